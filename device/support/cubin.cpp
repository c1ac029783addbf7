#include "bitgate/device/support/cubin.h"

#include <array>
#include <cstdint>

#include "bitgate/reference/format/error.h"

namespace bitgate::device {
namespace {

using Bytes = std::span<const std::byte>;

constexpr std::uint32_t kNoBits = 8;  // a section type that takes no room in the file
constexpr std::uint64_t kHeaderBytes = 64, kSectionHeaderBytes = 64;

[[noreturn]] void refuse(const std::string& what) { throw InputError("cubin: " + what); }

// `size` bytes from `offset`, or a refusal that names what was wanted.
Bytes part(Bytes elf, std::uint64_t offset, std::uint64_t size, const std::string& what) {
  if (offset > elf.size() || size > elf.size() - offset)
    refuse(what + " (" + std::to_string(size) + " bytes at " + std::to_string(offset) + ") lies outside the file of " +
           std::to_string(elf.size()) + " bytes");
  return elf.subspan(static_cast<std::size_t>(offset), static_cast<std::size_t>(size));
}

// Little endian; the caller has checked that the field lies inside.
std::uint64_t unsigned_at(Bytes bytes, std::size_t offset, std::size_t size) {
  std::uint64_t value = 0;
  for (std::size_t i = size; i-- > 0;) value = value << 8 | std::to_integer<std::uint64_t>(bytes[offset + i]);
  return value;
}

struct Section {
  std::uint64_t name, type, offset, size;
};

class SectionTable {
 public:
  explicit SectionTable(Bytes elf) : elf_(elf) {
    const Bytes header = part(elf, 0, kHeaderBytes, "the ELF header");
    constexpr std::array<unsigned, 6> kIdent{0x7F, 'E', 'L', 'F', 2, 1};  // 64-bit, little endian
    for (std::size_t i = 0; i < kIdent.size(); ++i)
      if (std::to_integer<unsigned>(header[i]) != kIdent[i]) refuse("no little-endian ELF64 file");
    const std::uint64_t offset = unsigned_at(header, 40, 8);
    entry_bytes_ = unsigned_at(header, 58, 2);
    count_ = unsigned_at(header, 60, 2);
    const std::uint64_t names_index = unsigned_at(header, 62, 2);
    if (entry_bytes_ < kSectionHeaderBytes)
      refuse("section headers of " + std::to_string(entry_bytes_) + " bytes, expected 64");
    headers_ = part(elf, offset, count_ * entry_bytes_, "the section table");
    if (names_index >= count_)
      refuse("section names in section " + std::to_string(names_index) + " of " + std::to_string(count_));
    names_ = contents(at(names_index), "the section of names");
  }

  std::uint64_t size() const noexcept { return count_; }

  Section at(std::uint64_t index) const {
    const Bytes entry = headers_.subspan(static_cast<std::size_t>(index * entry_bytes_), kSectionHeaderBytes);
    return {unsigned_at(entry, 0, 4), unsigned_at(entry, 4, 4), unsigned_at(entry, 24, 8), unsigned_at(entry, 32, 8)};
  }

  std::string_view name(const Section& section) const {
    if (section.name >= names_.size()) refuse("a section name at " + std::to_string(section.name) + " lies outside");
    const std::string_view all(reinterpret_cast<const char*>(names_.data()), names_.size());
    const std::size_t end = all.find('\0', static_cast<std::size_t>(section.name));
    if (end == std::string_view::npos) refuse("a section name has no end");
    return all.substr(static_cast<std::size_t>(section.name), end - static_cast<std::size_t>(section.name));
  }

  Bytes contents(const Section& section, const std::string& what) const {
    return section.type == kNoBits ? Bytes{} : part(elf_, section.offset, section.size, what);
  }

 private:
  Bytes elf_, headers_, names_;
  std::uint64_t entry_bytes_ = 0, count_ = 0;
};

}  // namespace

std::optional<Bytes> find_section(Bytes elf, std::string_view name) {
  const SectionTable table(elf);
  for (std::uint64_t i = 0; i < table.size(); ++i) {
    const Section section = table.at(i);
    if (table.name(section) == name) return table.contents(section, "section " + std::string(name));
  }
  return std::nullopt;
}

std::optional<Bytes> text_of(Bytes cubin, std::string_view symbol) {
  return find_section(cubin, std::string(".text.").append(symbol));
}

std::vector<std::string> section_names(Bytes elf) {
  const SectionTable table(elf);
  std::vector<std::string> names;
  for (std::uint64_t i = 0; i < table.size(); ++i) names.emplace_back(table.name(table.at(i)));
  return names;
}

}  // namespace bitgate::device
