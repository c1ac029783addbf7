#include "bitgate/device/support/library_code.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <fstream>
#include <functional>
#include <iterator>
#include <string>
#include <vector>

#include "bitgate/reference/format/error.h"

namespace bitgate::device {
namespace {

using ::testing::Contains;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

struct Section {
  std::string name;
  std::uint64_t type, flags;
  std::string bytes;
  std::uint64_t link = 0, entry_bytes = 0;
};

void put(std::string& bytes, std::size_t at, std::size_t size, std::uint64_t value) {
  for (std::size_t i = 0; i < size; ++i, value >>= 8) bytes[at + i] = static_cast<char>(value & 0xFF);
}

// A file of these sections behind section 0, then .shstrtab; the table stands at the end.
std::string elf_of(std::vector<Section> sections) {
  sections.insert(sections.begin(), Section{"", 0, 0, ""});
  std::string names;
  for (const Section& s : sections) names += s.name + '\0';
  names += ".shstrtab";
  names += '\0';
  sections.push_back({".shstrtab", 3, 0, names});
  std::string file(64, '\0'), table;
  file.replace(0, 6,
               "\x7f"
               "ELF\x02\x01");
  std::size_t name = 0;
  for (const Section& s : sections) {
    std::string header(64, '\0');
    put(header, 0, 4, name), put(header, 4, 4, s.type), put(header, 8, 8, s.flags);
    put(header, 24, 8, file.size()), put(header, 32, 8, s.bytes.size());
    put(header, 40, 4, s.link), put(header, 56, 8, s.entry_bytes);
    name += s.name.size() + 1;
    if (s.type != 8) file += s.bytes;
    table += header;
  }
  put(file, 18, 2, 62);
  put(file, 40, 8, file.size()), put(file, 58, 2, 64);
  put(file, 60, 2, sections.size()), put(file, 62, 2, sections.size() - 1);
  return file + table;
}

constexpr std::uint64_t kProgbits = 1, kStrings = 3, kDynamic = 6, kNote = 7, kNoBits = 8, kSymbols = 11;
constexpr std::uint64_t kLoaded = 2, kCode = 6;

std::string symbols(std::initializer_list<std::uint64_t> names) {
  std::string bytes(24 * names.size(), '\0');
  std::size_t at = 0;
  for (const std::uint64_t name : names) put(bytes, at, 4, name), at += 24;
  return bytes;
}

std::vector<Section> library() {
  return {{".note.gnu.build-id", kNote, kLoaded, "id"},
          {".dynsym", kSymbols, kLoaded, symbols({0, 1}), 3, 24},
          {".dynstr", kStrings, kLoaded, std::string("\0roundf\0/home/me/lib\0", 21)},
          {".text", kProgbits, kCode, "code"},
          {".rodata", kProgbits, kLoaded, "constants"},
          {".dynamic", kDynamic, kLoaded, "paths"},
          {".bss", kNoBits, kLoaded, std::string(32, ' ')},
          {".comment", kProgbits, 0, std::string("GCC 12\0clang 14\0", 16)},
          {".debug_info", kProgbits, 0, "debug"}};
}

LibraryCode code_of(const std::string& file) { return library_code(std::as_bytes(std::span(file)), "k.so"); }

std::vector<std::string> parts_with(std::size_t section, const std::function<void(Section&)>& change) {
  std::vector<Section> sections = library();
  change(sections[section]);
  return code_of(elf_of(sections)).parts;
}

std::string refusal_of(const std::string& file) {
  try {
    (void)code_of(file);
  } catch (const InputError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(LibraryCode, NamesItsPartsItsCompilersAndItsArchitecture) {
  const LibraryCode code = code_of(elf_of(library()));
  ASSERT_EQ(code.parts.size(), 4u);
  EXPECT_THAT(code.parts[0], EndsWith("  .text"));
  EXPECT_THAT(code.parts[1], EndsWith("  .rodata"));
  EXPECT_THAT(code.parts[2], EndsWith("  .bss"));
  EXPECT_THAT(code.parts[3], EndsWith("  symbols"));
  EXPECT_EQ(code.compiler, "GCC 12; clang 14");
  EXPECT_EQ(code.architecture, "x86_64");
}

TEST(LibraryCode, SeesCodeConstantsSizesAndTheNamesOfWhatIsCalled) {
  const std::vector<std::string> parts = code_of(elf_of(library())).parts;
  EXPECT_NE(parts_with(3, [](Section& s) { s.bytes = "edoc"; }), parts);
  EXPECT_NE(parts_with(4, [](Section& s) { s.bytes = "Constants"; }), parts);
  EXPECT_NE(parts_with(6, [](Section& s) { s.bytes += ' '; }), parts);
  EXPECT_NE(parts_with(2, [](Section& s) { s.bytes[6] = 'g'; }), parts);
}

// f at 0x1110 and g at 0x1120 against g at 0x1110 and f at 0x1120: a caller of f, its relocation and every section that
// is code are the same.
TEST(LibraryCode, SeesTwoFunctionsThatSwapTheirNames) {
  const auto at = [](std::uint64_t address) {
    return parts_with(1, [&](Section& s) { put(s.bytes, 24 + 8, 8, address); });
  };
  EXPECT_NE(at(0x1110), at(0x1120));
  EXPECT_EQ(at(0x1110), at(0x1110));
}

TEST(LibraryCode, SeesAFunctionThatBecomesOneChosenAtLoadTime) {
  const auto of_kind = [](std::uint64_t info) {
    return parts_with(1, [&](Section& s) { put(s.bytes, 24 + 4, 1, info); });
  };
  EXPECT_NE(of_kind(0x12), of_kind(0x1A));
}

TEST(LibraryCode, DoesNotSeeThePlaceTheBuildIdNorWhatIsNotLoaded) {
  const std::vector<std::string> parts = code_of(elf_of(library())).parts;
  EXPECT_EQ(parts_with(0, [](Section& s) { s.bytes = "di"; }), parts);
  EXPECT_EQ(parts_with(2, [](Section& s) { s.bytes.replace(8, 8, "/var/you"); }), parts);
  EXPECT_EQ(parts_with(5, [](Section& s) { s.bytes = "other"; }), parts);
  EXPECT_EQ(parts_with(7, [](Section& s) { s.bytes[4] = '9'; }), parts);
  EXPECT_EQ(parts_with(8, [](Section& s) { s.bytes = "longer"; }), parts);
}

TEST(LibraryCode, ThisProgramHasCodeAndConstants) {
  std::ifstream file("/proc/self/exe", std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  const LibraryCode code = code_of(bytes);
  EXPECT_THAT(code.parts, Contains(EndsWith("  .text")));
  EXPECT_THAT(code.parts, Contains(EndsWith("  .rodata")));
  EXPECT_THAT(code.parts, Not(Contains(HasSubstr("build-id"))));
  EXPECT_NE(code.compiler, "");
}

TEST(LibraryCode, EveryTruncationIsRefused) {
  const std::string whole = elf_of(library());
  for (std::size_t size = 0; size < whole.size(); ++size)
    EXPECT_THAT(refusal_of(whole.substr(0, size)), HasSubstr("k.so: ")) << size;
}

TEST(LibraryCode, EveryFieldOfTheTableMayBeWrongWithoutACrash) {
  const std::string whole = elf_of(library());
  const std::size_t table = whole.size() - 11 * 64;
  for (const std::uint64_t value :
       {~std::uint64_t{0}, std::uint64_t{1} << 40, std::uint64_t{whole.size()}, std::uint64_t{0}}) {
    for (std::size_t at = 16; at + 8 <= 64; at += 2) {
      std::string file = whole;
      put(file, at, 8, value);
      (void)refusal_of(file);
    }
    for (std::size_t at = table; at + 8 <= whole.size(); at += 4) {
      std::string file = whole;
      put(file, at, 8, value);
      (void)refusal_of(file);
    }
  }
}

TEST(LibraryCode, ContradictionsAreRefusedInOneSentence) {
  const auto with = [](std::size_t section, const std::function<void(Section&)>& change) {
    std::vector<Section> sections = library();
    change(sections[section]);
    return refusal_of(elf_of(sections));
  };
  EXPECT_EQ(refusal_of("#!/bin/sh\n" + std::string(64, ' ')), "k.so: no little-endian ELF64 file");
  EXPECT_EQ(with(1, [](Section& s) { s.entry_bytes = 16; }), "k.so: dynamic symbols of 16 bytes, expected 24");
  EXPECT_EQ(with(1, [](Section& s) { s.link = 99; }), "k.so: the names of the dynamic symbols are in no section");
  EXPECT_EQ(with(1,
                 [](Section& s) {
                   s.bytes = symbols({0, 9999});
                 }),
            "k.so: the name of a dynamic symbol at 9999 lies outside");
  EXPECT_EQ(with(3, [](Section& s) { s.flags = kLoaded; }), "k.so: it holds no code");
}

// Each of many sections may claim the whole file: the work stays that of one file.
TEST(LibraryCode, OverlappingSectionsAreRefused) {
  std::string file = elf_of(library());
  const std::size_t table = file.size() - 11 * 64;
  for (const std::size_t section : {4, 5})
    put(file, table + section * 64 + 24, 8, 0), put(file, table + section * 64 + 32, 8, file.size());
  EXPECT_EQ(refusal_of(file), "k.so: its sections overlap");
}

TEST(LibraryCode, NamesThatOverlapAreRefusedBeforeTheyFillTheMemory) {
  std::vector<Section> sections = library();
  sections[2].bytes = std::string(20'000, 'x') + '\0';
  std::string many(24 * 1000, '\0');
  sections[1].bytes = many;
  EXPECT_EQ(refusal_of(elf_of(sections)), "k.so: the names of dynamic symbols overlap");
}

}  // namespace
}  // namespace bitgate::device
