#include "bitgate/device/support/cubin.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "bitgate/device/kernel.h"
#include "bitgate/device/support/sha256.h"
#include "bitgate/reference/format/error.h"

namespace bitgate::device {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// An ELF64 file of four sections: none, ".text.k" (4 bytes at 64), ".nobits", ".names" (at 68); the table is at 96.
class ElfFile {
 public:
  static constexpr std::size_t kTable = 96, kEntry = 64, kText = 64, kNames = 68;

  ElfFile() : bytes_(kTable + 4 * kEntry) {
    put(0, 4, 0x464C457F);
    bytes_[4] = std::byte{2};
    bytes_[5] = std::byte{1};
    put(40, 8, kTable);
    put(58, 2, kEntry);
    put(60, 2, 4);
    put(62, 2, 3);
    put(kText, 4, 0x44332211);
    const std::string names("\0.text.k\0.nobits\0.names\0", 24);
    for (std::size_t i = 0; i < names.size(); ++i) bytes_[kNames + i] = static_cast<std::byte>(names[i]);
    section(1, {.name = 1, .type = 1, .offset = kText, .size = 4});
    section(2, {.name = 9, .type = 8, .offset = 1u << 30, .size = 1u << 30});
    section(3, {.name = 17, .type = 3, .offset = kNames, .size = 24});
  }

  struct Header {
    std::uint64_t name, type, offset, size;
  };
  void section(std::size_t index, const Header& header) {
    const std::size_t at = kTable + index * kEntry;
    put(at, 4, header.name);
    put(at + 4, 4, header.type);
    put(at + 24, 8, header.offset);
    put(at + 32, 8, header.size);
  }
  void put(std::size_t at, std::size_t size, std::uint64_t value) {
    for (std::size_t i = 0; i < size; ++i, value >>= 8) bytes_[at + i] = static_cast<std::byte>(value & 0xFF);
  }
  void truncate(std::size_t size) { bytes_.resize(size); }
  std::span<const std::byte> bytes() const { return bytes_; }

 private:
  std::vector<std::byte> bytes_;
};

std::string refusal_of(const ElfFile& file) {
  try {
    (void)text_of(file.bytes(), "k");
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST(Cubin, SectionIsFoundByItsName) {
  const ElfFile file;
  EXPECT_THAT(section_names(file.bytes()), ElementsAre("", ".text.k", ".nobits", ".names"));
  const auto text = text_of(file.bytes(), "k");
  ASSERT_TRUE(text.has_value());
  EXPECT_THAT(*text, ElementsAre(std::byte{0x11}, std::byte{0x22}, std::byte{0x33}, std::byte{0x44}));
}

TEST(Cubin, UnknownSymbolIsNone) {
  EXPECT_FALSE(text_of(ElfFile().bytes(), "").has_value());
  EXPECT_FALSE(text_of(ElfFile().bytes(), "kk").has_value());
}

TEST(Cubin, SectionWithoutBitsIsEmptyWhateverItsSizeSays) {
  const ElfFile file;
  const auto section = find_section(file.bytes(), ".nobits");
  ASSERT_TRUE(section.has_value());
  EXPECT_TRUE(section->empty());
}

TEST(Cubin, OtherFilesAreRefused) {
  ElfFile magic, class32, big_endian;
  magic.put(1, 1, 'e');
  class32.put(4, 1, 1);
  big_endian.put(5, 1, 2);
  for (const ElfFile& file : {magic, class32, big_endian})
    EXPECT_EQ(refusal_of(file), "cubin: no little-endian ELF64 file");
}

TEST(Cubin, EveryTruncationIsRefused) {
  const std::size_t whole = ElfFile().bytes().size();
  for (std::size_t size = 0; size < whole; ++size) {
    ElfFile file;
    file.truncate(size);
    EXPECT_THAT(refusal_of(file), HasSubstr("lies outside the file of " + std::to_string(size) + " bytes")) << size;
  }
}

TEST(Cubin, TableOutsideTheFileIsRefused) {
  ElfFile beyond, wrapping, many;
  beyond.put(40, 8, 1u << 20);
  wrapping.put(40, 8, ~std::uint64_t{0} - 63);
  many.put(60, 2, 0xFFFF);
  for (const ElfFile& file : {beyond, wrapping, many}) EXPECT_THAT(refusal_of(file), HasSubstr("the section table"));
}

TEST(Cubin, SmallSectionHeadersAreRefused) {
  ElfFile file;
  file.put(58, 2, 63);
  EXPECT_EQ(refusal_of(file), "cubin: section headers of 63 bytes, expected 64");
}

TEST(Cubin, NamesInNoSectionAreRefused) {
  ElfFile file;
  file.put(62, 2, 4);
  EXPECT_EQ(refusal_of(file), "cubin: section names in section 4 of 4");
}

TEST(Cubin, SectionOutsideTheFileIsRefused) {
  ElfFile beyond, wrapping;
  beyond.section(1, {.name = 1, .type = 1, .offset = 64, .size = 1u << 20});
  wrapping.section(1, {.name = 1, .type = 1, .offset = ~std::uint64_t{0}, .size = 4});
  for (const ElfFile& file : {beyond, wrapping}) EXPECT_THAT(refusal_of(file), HasSubstr("section .text.k"));
}

TEST(Cubin, NameOutsideTheNamesIsRefused) {
  ElfFile file;
  file.section(1, {.name = 24, .type = 1, .offset = 64, .size = 4});
  EXPECT_EQ(refusal_of(file), "cubin: a section name at 24 lies outside");
}

TEST(Cubin, NameWithoutEndIsRefused) {
  ElfFile file;
  file.section(3, {.name = 17, .type = 3, .offset = ElfFile::kNames, .size = 5});
  EXPECT_EQ(refusal_of(file), "cubin: a section name has no end");
}

// The cubins that this program carries.
class EmbeddedCubins : public ::testing::Test {
 protected:
  void SetUp() override {
    if (nvcc_version().empty()) GTEST_SKIP() << "built without CUDA: no cubins";
  }
};

// Every entry point of every kernel with the cubins that hold it. An older architecture has those of few units.
struct Embedded {
  EntryPoint entry;
  std::string name;  // "SYMBOL sm_90a"
  std::span<const std::byte> cubin;
};
std::vector<Embedded> every_entry_point() {
  std::vector<Embedded> all;
  for (const Architecture& architecture : architectures())
    for (const Kernel& kernel : kernels())
      for (const EntryPoint& entry : entry_points(kernel)) {
        const std::span<const std::byte> cubin = embedded_cubin(entry.unit, architecture.name);
        const bool older = architecture.major < 9;
        if (!older || !cubin.empty())
          all.push_back({entry, entry.symbol + " " + std::string(architecture.name), cubin});
      }
  return all;
}

TEST_F(EmbeddedCubins, HaveCodeForEveryEntryPoint) {
  for (const Embedded& embedded : every_entry_point()) {
    const auto text = text_of(embedded.cubin, embedded.entry.symbol);
    ASSERT_TRUE(text.has_value()) << embedded.name;
    EXPECT_GT(text->size(), 256u) << embedded.name;
  }
}

TEST_F(EmbeddedCubins, TheQ8FamilyIsThereForOlderCardsToo) {
  for (const char* key : {"cuda/ggml/q8_1", "cuda/ggml/q8_1:fast-math", "cuda/ggml/q8_1-mmq-d4",
                          "cuda/ggml/q8_0-cuda-cpy", "cuda/ggml/rms_norm-mul-q8_1"})
    EXPECT_TRUE(code_digest(*kernel_by_key(key), "sm_75").has_value()) << key;
  EXPECT_FALSE(code_digest(*kernel_by_key("cuda/te/nvfp4"), "sm_75").has_value());
}

TEST_F(EmbeddedCubins, NoTwoEntryPointsHaveTheSameCode) {
  std::map<std::string, std::string> symbol_of_digest;
  for (const Embedded& embedded : every_entry_point()) {
    const auto text = text_of(embedded.cubin, embedded.entry.symbol);
    ASSERT_TRUE(text.has_value()) << embedded.name;
    const auto [found, fresh] = symbol_of_digest.emplace(sha256_hex(*text), embedded.name);
    EXPECT_TRUE(fresh || found->second == embedded.name) << embedded.name << " and " << found->second;
  }
}

TEST_F(EmbeddedCubins, KeepNoCodeOrConstantsOutsideTheDigestedSections) {
  std::set<const std::byte*> seen;
  for (const Embedded& embedded : every_entry_point()) {
    if (!seen.insert(embedded.cubin.data()).second) continue;
    for (const std::string& name : section_names(embedded.cubin)) {
      // Bank 0 holds a kernel's parameters; any other would hold literals that the code reads.
      const bool other_bank = name.starts_with(".nv.constant") && !name.starts_with(".nv.constant0.");
      EXPECT_FALSE(other_bank) << embedded.entry.unit << " " << name;
      const bool other_code = name.starts_with(".text") && !name.starts_with(".text.bitgate_");
      EXPECT_FALSE(other_code) << embedded.entry.unit << " " << name;
    }
  }
}

TEST_F(EmbeddedCubins, KernelsOfDifferentCodeHaveDifferentDigests) {
  const Kernel* explicit_ptx = find_kernel("cuda/ggml/q8_1");
  const Kernel* fast_math = find_kernel("cuda/ggml/q8_1", "fast-math");
  ASSERT_NE(explicit_ptx, nullptr);
  ASSERT_NE(fast_math, nullptr);
  for (const Architecture& architecture : architectures()) {
    ASSERT_TRUE(code_digest(*explicit_ptx, architecture.name).has_value());
    EXPECT_NE(code_digest(*explicit_ptx, architecture.name), code_digest(*fast_math, architecture.name));
  }
  EXPECT_NE(code_digest(*explicit_ptx, "sm_90a"), code_digest(*explicit_ptx, "sm_100a"));
}

TEST_F(EmbeddedCubins, UnknownArchitectureHasNoDigest) { EXPECT_FALSE(code_digest(kernels()[0], "sm_70").has_value()); }

}  // namespace
}  // namespace bitgate::device
