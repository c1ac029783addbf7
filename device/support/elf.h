// The section table of an ELF64 file in memory: a cubin, a shared library, a program.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace bitgate::device {

struct ElfSection {
  std::uint64_t name = 0, type = 0, flags = 0, offset = 0, size = 0, link = 0, entry_bytes = 0;
};

inline constexpr std::uint64_t kNoBits = 8;  // a section type that takes no room in the file

// Every member throws InputError "WHAT: reason" where the file is no little-endian ELF64, is truncated, or a header
// points outside it. Refers to the bytes.
class ElfSections {
 public:
  ElfSections(std::span<const std::byte> elf, std::string what);

  std::uint64_t size() const noexcept { return count_; }
  std::uint64_t machine() const noexcept { return machine_; }
  ElfSection at(std::uint64_t index) const;
  std::string_view name(const ElfSection& section) const;
  // Empty for one without bits; `called` is what a complaint calls it.
  std::span<const std::byte> contents(const ElfSection& section, const std::string& called) const;
  [[noreturn]] void refuse(const std::string& reason) const;

  // The zero-terminated text at `offset` of `table`; `called` as above.
  std::string_view text(std::span<const std::byte> table, std::uint64_t offset, const std::string& called) const;

 private:
  std::span<const std::byte> part(std::uint64_t offset, std::uint64_t size, const std::string& called) const;

  std::string what_;
  std::span<const std::byte> elf_, headers_, names_;
  std::uint64_t entry_bytes_ = 0, count_ = 0, machine_ = 0;
};

// Little endian; the caller has checked that the field lies inside.
std::uint64_t unsigned_at(std::span<const std::byte> bytes, std::size_t offset, std::size_t size);

}  // namespace bitgate::device
