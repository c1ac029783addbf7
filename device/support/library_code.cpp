#include "bitgate/device/support/library_code.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "bitgate/device/support/elf.h"
#include "bitgate/device/support/sha256.h"

namespace bitgate::device {
namespace {

using Bytes = std::span<const std::byte>;

constexpr std::uint64_t kLoaded = 2, kExecutable = 4;  // section flags
constexpr std::uint64_t kDynamicSymbols = 11, kSymbolBytes = 24;
constexpr std::size_t kMaxCompilerBytes = 2048;
constexpr std::size_t kMaxOverlap = 16;  // linkers let a name end in another
// String tables, hashes, the dynamic section, notes, symbols; GNU's hash and versions.
constexpr std::array<std::uint64_t, 9> kOfThePlace{3,          5,          6,          7,         kDynamicSymbols,
                                                   0x6ffffff6, 0x6ffffffd, 0x6ffffffe, 0x6fffffff};

std::string line(const std::string& digest, std::string_view name) { return (digest + "  ").append(name); }

std::string hex(std::uint64_t value) {
  std::string text;
  do text.insert(text.begin(), "0123456789abcdef"[value & 0xF]);
  while ((value >>= 4) != 0);
  return text;
}

// The dynamic symbols in order, one a line: relocations tell them by their number. Its name, its kind and where it lies
// (0: in another library): two functions that swap their names swap nothing but these.
std::string symbol_lines(const ElfSections& table, const ElfSection& symbols) {
  const Bytes entries = table.contents(symbols, "the dynamic symbols");
  if (symbols.entry_bytes != kSymbolBytes || entries.size() % kSymbolBytes != 0)
    table.refuse("dynamic symbols of " + std::to_string(symbols.entry_bytes) + " bytes, expected 24");
  if (symbols.link >= table.size()) table.refuse("the names of the dynamic symbols are in no section");
  const Bytes names = table.contents(table.at(symbols.link), "the names of the dynamic symbols");
  std::string all;
  for (std::size_t at = 0; at < entries.size(); at += kSymbolBytes) {
    all.append(table.text(names, unsigned_at(entries, at, 4), "the name of a dynamic symbol"));
    all += " " + hex(unsigned_at(entries, at + 4, 1)) + " " + hex(unsigned_at(entries, at + 8, 8)) + "\n";
    if (all.size() > kMaxOverlap * names.size() + entries.size()) table.refuse("the names of dynamic symbols overlap");
  }
  return all;
}

// .comment holds one zero-terminated text a compiler.
std::string compilers(Bytes comment) {
  std::string text;
  for (const std::byte byte : comment.first(std::min(comment.size(), kMaxCompilerBytes))) {
    const char c = static_cast<char>(byte);
    if (c != '\0')
      text.push_back(c);
    else if (!text.empty() && !text.ends_with("; "))
      text += "; ";
  }
  while (text.ends_with("; ")) text.resize(text.size() - 2);
  return text;
}

std::string architecture_name(std::uint64_t machine) {
  if (machine == 62) return "x86_64";
  if (machine == 183) return "aarch64";
  return "elf machine " + std::to_string(machine);
}

}  // namespace

LibraryCode library_code(Bytes elf, const std::string& what) {
  const ElfSections table(elf, what);
  LibraryCode code;
  code.architecture = architecture_name(table.machine());
  std::string symbols;
  std::uint64_t digested = 0;
  bool executable = false;
  for (std::uint64_t i = 0; i < table.size(); ++i) {
    const ElfSection section = table.at(i);
    const std::string name(table.name(section));
    if (name == ".comment") code.compiler = compilers(table.contents(section, name));
    if ((section.flags & kLoaded) == 0) continue;
    if (section.type == kDynamicSymbols) symbols += symbol_lines(table, section);
    if (std::find(kOfThePlace.begin(), kOfThePlace.end(), section.type) != kOfThePlace.end()) continue;
    if (section.type != kNoBits && (digested += section.size) > elf.size()) table.refuse("its sections overlap");
    executable = executable || ((section.flags & kExecutable) != 0 && section.size != 0);
    if (section.type == kNoBits)
      code.parts.push_back(line(sha256_hex(std::to_string(section.size) + " bytes"), name));
    else
      code.parts.push_back(line(sha256_hex(table.contents(section, "section " + name)), name));
  }
  if (!executable) table.refuse("it holds no code");
  code.parts.push_back(line(sha256_hex(std::string_view(symbols)), "symbols"));
  return code;
}

}  // namespace bitgate::device
