// What a shared library or a program computes with, as far as its ELF file says: digests that stay equal when the same
// sources are built again elsewhere, and change with its code, its constants and its initial data.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace bitgate::device {

// `parts` has one line a section that is loaded, in file order: "SHA256  .text", and "SHA256  symbols" last. Code,
// constants (.rodata), initialised data (.data, .data.rel.ro), tables of relocations, exception tables, embedded GPU
// code (.nv_fatbin); of .bss its size; of the dynamic symbols names, kinds and addresses in their order, since a call
// of another function, or two functions that swap their names, change nothing else.
// Left out, since they tell of the place and not of the code: notes (the build id), names of libraries and search
// paths (.dynstr, .dynamic), symbol hashes and versions; and all that is not loaded (debug information, .comment).
// Not seen: the code of other libraries that it needs, files that it reads, its environment. A __FILE__ in a message is
// a constant: -ffile-prefix-map keeps it equal in another folder.
struct LibraryCode {
  std::vector<std::string> parts;
  std::string compiler;      // .comment: "GCC: (Debian 12.2.0-14) 12.2.0", several joined by "; "; empty without
  std::string architecture;  // "x86_64", "aarch64", "elf machine 243"
};

// The file is parsed, never loaded. Throws InputError "WHAT: reason" when it is no little-endian ELF64, is truncated or
// contradicts itself, or has no code.
LibraryCode library_code(std::span<const std::byte> elf, const std::string& what);

}  // namespace bitgate::device
