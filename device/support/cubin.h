// Reads sections of an ELF64 file in memory: a cubin is one, with the machine code of each kernel in a section of its
// own.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bitgate::device {

// The bytes of the first section called `name`, inside `elf`; none when no section has that name. Throws InputError
// when the file is no little-endian ELF64, is truncated, or a header points outside it.
std::optional<std::span<const std::byte>> find_section(std::span<const std::byte> elf, std::string_view name);

// The machine code of a kernel: section ".text.SYMBOL".
std::optional<std::span<const std::byte>> text_of(std::span<const std::byte> cubin, std::string_view symbol);

// Names of all sections, in file order. Throws as find_section() does.
std::vector<std::string> section_names(std::span<const std::byte> elf);

}  // namespace bitgate::device
