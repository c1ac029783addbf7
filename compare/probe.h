// Probe sets: for a scheme and input type the fewest small tensors that tell its recipes apart. A user runs an unknown
// kernel on them, and `identify` gives its name.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "bitgate/compare/common_input.h"

namespace bitgate::compare {

struct Probe {
  TypedTensor input;
  std::string from;  // what it is: "normal, seed 1", "scale_ties of te/nvfp4, seed 2"
};

// Two recipes that gave the same bytes for every candidate, in a direction that both make.
struct EqualPair {
  std::string a, b;
  Direction direction = Direction::kRowwise;
  friend bool operator==(const EqualPair&, const EqualPair&) = default;
};

struct ProbeSet {
  SchemeId scheme = SchemeId::kNvfp4;
  InputType type = InputType::kF32;
  std::vector<Probe> probes;         // all of one extent
  std::vector<std::string> recipes;  // told apart, in the catalog's order
  std::vector<EqualPair> equal;      // but for these
};

// Recipes of the scheme that can be asked with an input alone: those that run, take the type, need no operand of a
// fused operation and no amax from a history.
RecipeList probed_recipes(SchemeId scheme, InputType type);

// Searches: general inputs, then directed ones of every two recipes still alike, then the smallest separators of what
// is left; of all of these a greedy cover. Deterministic. No probes where fewer than two recipes are.
ProbeSet make_probe_set(SchemeId scheme, InputType type);

// One row a recipe and direction: whom identify names when that recipe's own answers to the probes are its dumps.
struct ConfusionRow {
  std::string recipe;
  Direction direction = Direction::kRowwise;
  std::vector<std::string> named;  // in the catalog's order; the recipe itself is always there
};
std::vector<ConfusionRow> confusion(const ProbeSet& set);

// "nvfp4-bf16": the file is NAME.npz, with probes.json and probe-1.npy, ... (bit patterns for bf16 and f16).
std::string name_of(const ProbeSet& set);
void write_probe_set(const std::filesystem::path& directory, const ProbeSet& set);
// Throws InputError naming the file.
ProbeSet read_probe_set(const std::filesystem::path& file);

}  // namespace bitgate::compare
