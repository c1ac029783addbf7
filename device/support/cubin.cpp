#include "bitgate/device/support/cubin.h"

#include "bitgate/device/support/elf.h"

namespace bitgate::device {
namespace {

using Bytes = std::span<const std::byte>;

constexpr const char* kWhat = "cubin";

}  // namespace

std::optional<Bytes> find_section(Bytes elf, std::string_view name) {
  const ElfSections table(elf, kWhat);
  for (std::uint64_t i = 0; i < table.size(); ++i) {
    const ElfSection section = table.at(i);
    if (table.name(section) == name) return table.contents(section, "section " + std::string(name));
  }
  return std::nullopt;
}

std::optional<Bytes> text_of(Bytes cubin, std::string_view symbol) {
  return find_section(cubin, std::string(".text.").append(symbol));
}

std::vector<std::string> section_names(Bytes elf) {
  const ElfSections table(elf, kWhat);
  std::vector<std::string> names;
  for (std::uint64_t i = 0; i < table.size(); ++i) names.emplace_back(table.name(table.at(i)));
  return names;
}

}  // namespace bitgate::device
