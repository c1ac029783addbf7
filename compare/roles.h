// Every tensor of a run against the recipe that its role asks for. The roles, JSON:
//
//   {"roles": [{"pattern": "*.qkv.weight", "role": "weight", "recipe": "te/nvfp4-2d", "dtype": "bf16"}, ...]}
//
// The first pattern that matches a tensor's name counts: '*' stands for any characters, '?' for one. dtype ("bf16" or
// "f16", what uint16 patterns of the input are) may be left out. The folder holds for a tensor NAME, which may have
// folders of its own:
//   NAME/           its dump, with tensor.json (tensor_files.h)
//   NAME.input.npy  what the kernel was given
//   NAME.rbits.npy, NAME.rbits_t.npy  for a recipe that draws random words: those of the row-wise side, uint32 [rows,
//                   cols / 4], and of the column-wise side, uint32 [cols, rows / 4], whichever the dump has
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bitgate/compare/identify.h"
#include "bitgate/compare/verify.h"

namespace bitgate::compare {

struct Role {
  std::string pattern, name;  // "*.qkv.weight", "weight"
  const reference::Recipe* recipe = nullptr;
  std::string dtype;  // "" when not said
};

// Throws InputError naming the file and the place: not JSON, another shape, no role, an unknown recipe or type, a
// pattern that is empty or has characters of other pattern languages.
std::vector<Role> read_roles(const std::filesystem::path& file);

bool matches(std::string_view pattern, std::string_view name) noexcept;

struct RoleVerdict {
  std::string tensor;
  Role role;
  std::string not_comparable;           // not empty: the dump stores other fields than the recipe makes; no stages
  StagedVerdict verdict;                // of a comparable one
  std::int64_t nonzero_padding = 0;     // pad bytes that the dump says are zero and are not
  std::optional<Identification> found;  // where it differs: whose bytes they are
  bool exact() const noexcept;
  bool empty() const noexcept;  // nothing was compared
};

struct RolesReport {
  std::vector<RoleVerdict> tensors;  // by name
  std::vector<std::string> unnamed;  // dumps that no pattern matches
};

// One tensor is held in memory at a time. Throws InputError: a folder without a tensor that a pattern matches, a
// pattern that matches none, a dump without its input or words, an input without its dump, a malformed file, an input
// that the recipe refuses.
RolesReport verify_roles(const std::vector<Role>& roles, const std::filesystem::path& folder);

// "te/nvfp4"; "te/nvfp4 or te/nvfp4-v1"; "te/nvfp4 if the two 4-bit codes of each byte are swapped"; "of no recipe
// known here, the nearest te/nvfp4: 3 bytes differ".
std::string whose_bytes(const Identification& found);

}  // namespace bitgate::compare
