#include "bitgate/reports/program/inputs.h"

#include <fmt/format.h>
#include <charconv>

#include "bitgate/compare/distribution.h"
#include "bitgate/compare/input_file.h"

namespace bitgate::program {

void add_input_options(CLI::App& command, InputOptions& options) {
  command.add_option("--recipe", options.recipe, "The arithmetic, e.g. te/nvfp4 ('bitgate list recipes')");
  command.add_option("--input", options.input, "The tensor: FILE.npy or FILE.npz:KEY");
  command.add_option("--dtype", options.dtype, "What uint16 patterns are: bf16 or f16");
  command.add_option("--case", options.case_name,
                     "A generated input and its recipe, by name, instead of --recipe and --input");
  command.add_option("--amax", options.amax, "max|x|, a number or FILE.npy (default: from the input)");
  command.add_option("--global", options.global, "The number that the producer stores, or FILE.npy; outranks --amax");
}

std::vector<float> numbers_of(const std::string& option, const std::string& text) {
  if (text.empty()) return {};
  const bool file = text.find(".npy") != std::string::npos || text.find(".npz") != std::string::npos;
  if (file) {
    const compare::NpyArray array = compare::read_array(text);
    if (array.type != compare::NpyType::kFloat32)
      throw InputError(fmt::format("{} {}: float32 expected, {} found", option, text, name_of(array.type)));
    return compare::values_of<float>(array.data);
  }
  float value = 0.0f;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size())
    throw InputError(fmt::format("{} '{}': a number or a .npy file expected", option, text));
  return {value};
}

void load_request(const InputOptions& options, LoadedRequest& loaded) {
  if (options.case_name.empty() == options.input.empty())
    throw InputError("give either --input with --recipe, or --case");
  if (!options.case_name.empty()) {
    const compare::Case c = compare::parse_case(options.case_name);
    loaded.recipe = &reference::require_recipe(options.recipe.empty() ? c.recipe : options.recipe);
    loaded.input = compare::generate(c);
  } else {
    if (options.recipe.empty()) throw InputError("--recipe is missing; 'bitgate list recipes' names them");
    loaded.recipe = &reference::require_recipe(options.recipe);
    loaded.input = compare::read_input(options.input, options.dtype);
  }
  loaded.amax = numbers_of("--amax", options.amax);
  for (const float amax : loaded.amax)
    if (amax < 0.0f) throw InputError(fmt::format("--amax {}: max|x| is not negative", amax));
  loaded.global = numbers_of("--global", options.global);
  loaded.request.input = loaded.input.view();
  loaded.request.amax = loaded.amax;
  loaded.request.global = loaded.global;
}

}  // namespace bitgate::program
