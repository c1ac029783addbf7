#include "bitgate/device/support/elf.h"

#include <array>
#include <utility>

#include "bitgate/reference/format/error.h"

namespace bitgate::device {
namespace {

using Bytes = std::span<const std::byte>;

constexpr std::uint64_t kHeaderBytes = 64, kSectionHeaderBytes = 64;
constexpr std::size_t kMaxTextBytes = std::size_t{64} << 10;

}  // namespace

std::uint64_t unsigned_at(Bytes bytes, std::size_t offset, std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t i = size; i-- > 0;) value = value << 8 | std::to_integer<std::uint64_t>(bytes[offset + i]);
  return value;
}

ElfSections::ElfSections(Bytes elf, std::string what) : what_(std::move(what)), elf_(elf) {
  const Bytes header = part(0, kHeaderBytes, "the ELF header");
  constexpr std::array<unsigned, 6> kIdent{0x7F, 'E', 'L', 'F', 2, 1};  // 64-bit, little endian
  for (std::size_t i = 0; i < kIdent.size(); ++i)
    if (std::to_integer<unsigned>(header[i]) != kIdent[i]) refuse("no little-endian ELF64 file");
  machine_ = unsigned_at(header, 18, 2);
  const std::uint64_t offset = unsigned_at(header, 40, 8);
  entry_bytes_ = unsigned_at(header, 58, 2);
  count_ = unsigned_at(header, 60, 2);
  const std::uint64_t names_index = unsigned_at(header, 62, 2);
  if (entry_bytes_ < kSectionHeaderBytes)
    refuse("section headers of " + std::to_string(entry_bytes_) + " bytes, expected 64");
  headers_ = part(offset, count_ * entry_bytes_, "the section table");
  if (names_index >= count_)
    refuse("section names in section " + std::to_string(names_index) + " of " + std::to_string(count_));
  names_ = contents(at(names_index), "the section of names");
}

ElfSection ElfSections::at(std::uint64_t index) const {
  const Bytes entry = headers_.subspan(static_cast<std::size_t>(index * entry_bytes_), kSectionHeaderBytes);
  return {unsigned_at(entry, 0, 4),  unsigned_at(entry, 4, 4),  unsigned_at(entry, 8, 8), unsigned_at(entry, 24, 8),
          unsigned_at(entry, 32, 8), unsigned_at(entry, 40, 4), unsigned_at(entry, 56, 8)};
}

std::string_view ElfSections::name(const ElfSection& section) const {
  return text(names_, section.name, "a section name");
}

Bytes ElfSections::contents(const ElfSection& section, const std::string& called) const {
  return section.type == kNoBits ? Bytes{} : part(section.offset, section.size, called);
}

void ElfSections::refuse(const std::string& reason) const { throw InputError(what_ + ": " + reason); }

std::string_view ElfSections::text(Bytes table, std::uint64_t offset, const std::string& called) const {
  if (offset >= table.size()) refuse(called + " at " + std::to_string(offset) + " lies outside");
  const std::string_view all(reinterpret_cast<const char*>(table.data()), table.size());
  const auto start = static_cast<std::size_t>(offset);
  const std::string_view rest = all.substr(start, kMaxTextBytes);
  const std::size_t end = rest.find('\0');
  if (end == std::string_view::npos) refuse(called + " has no end");
  return rest.substr(0, end);
}

// `size` bytes from `offset`, or a refusal that names what was wanted.
Bytes ElfSections::part(std::uint64_t offset, std::uint64_t size, const std::string& called) const {
  if (offset > elf_.size() || size > elf_.size() - offset)
    refuse(called + " (" + std::to_string(size) + " bytes at " + std::to_string(offset) +
           ") lies outside the file of " + std::to_string(elf_.size()) + " bytes");
  return elf_.subspan(static_cast<std::size_t>(offset), static_cast<std::size_t>(size));
}

}  // namespace bitgate::device
