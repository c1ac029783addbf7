// What several commands ask for: a recipe, and an input from a file or from a case's name.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bitgate/reference/recipe/recipe.h"

namespace bitgate::program {

struct InputOptions {
  std::string recipe, input, dtype, case_name, amax, amax_columnwise, global;
  std::string weight, residual, gate, epsilon, random_bits, random_bits_columnwise, seed, offset;
  bool columnwise = false, both = false;
};

void add_input_options(CLI::App& command, InputOptions& options);
// Those of them that say what the kernel was given beside the input: --amax ... --offset.
void add_operand_options(CLI::App& command, InputOptions& options);

// A request that owns what it views. Not copyable: the request points into it.
struct LoadedRequest {
  const reference::Recipe* recipe = nullptr;
  TypedTensor input;
  std::vector<float> amax, amax_columnwise, global, weight, residual, gate;
  std::vector<std::uint32_t> random_bits, random_bits_columnwise;
  Request request;

  LoadedRequest() = default;
  LoadedRequest(const LoadedRequest&) = delete;
  LoadedRequest& operator=(const LoadedRequest&) = delete;
};

// Fills `loaded` from the options; without --columnwise and --both the direction is the recipe's own. Throws
// InputError: neither or both of input and case, an unknown recipe, a bad file, options that exclude each other. A case
// brings its own weight, residual, gate and random state where no option gives another.
void load_request(const InputOptions& options, LoadedRequest& loaded);

// Who would draw random words, for what --seed is told.
struct Drawer {
  std::string_view name;
  bool draws = false;
};

// The operands alone, of `loaded.input`: what load_request does for a command that knows no recipe. Throws InputError.
void load_operands(const InputOptions& options, const Drawer& drawer, LoadedRequest& loaded);

// A float, or the float32 array of FILE.npy or FILE.npz:KEY.
std::vector<float> numbers_of(const std::string& option, const std::string& text);

}  // namespace bitgate::program
