#include "bitgate/reports/program/inputs.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>
#include <utility>

#include "bitgate/compare/alias.h"
#include "bitgate/compare/case_operands.h"
#include "bitgate/compare/distribution.h"
#include "bitgate/compare/input_file.h"

namespace bitgate::program {

void add_input_options(CLI::App& command, InputOptions& options) {
  command.add_option("--recipe", options.recipe, "The arithmetic, e.g. te/nvfp4 ('bitgate list recipes')");
  command.add_option("--input", options.input, "The tensor: FILE.npy or FILE.npz:KEY");
  command.add_option("--dtype", options.dtype, "What uint16 patterns are: bf16 or f16");
  command.add_option("--case", options.case_name,
                     "A generated input and its recipe, by name, instead of --recipe and --input");
  command.add_flag("--columnwise", options.columnwise, "Blocks down the columns: the transposed operand");
  command.add_flag("--both", options.both, "Row-wise and column-wise");
  add_operand_options(command, options);
}

void add_operand_options(CLI::App& command, InputOptions& options) {
  command.add_option("--amax", options.amax, "max|x|, a number or FILE.npy (default: from the input)");
  command.add_option("--amax-columnwise", options.amax_columnwise, "max|x| of the column-wise side, likewise");
  command.add_option("--global", options.global, "The number that the producer stores, or FILE.npy; outranks --amax");
  command.add_option("--weight", options.weight, "FILE.npy, float32: what a fused norm multiplies by");
  command.add_option("--residual", options.residual, "FILE.npy, float32: what a fused norm adds");
  command.add_option("--gate", options.gate,
                     "FILE.npy or FILE.npz:KEY, as --input: SiLU of it multiplies the input; of the input's type");
  command.add_option("--eps", options.epsilon, "Epsilon of a fused norm (default 1e-5)");
  command.add_option("--rbits", options.random_bits,
                     "FILE.npy, uint32 [rows, cols / 4]: the words of stochastic rounding, in output order");
  command.add_option("--rbits-columnwise", options.random_bits_columnwise,
                     "FILE.npy, uint32 [cols, rows / 4]: those of the column-wise side");
  command.add_option("--seed", options.seed, "Seed of the producer's own generator, instead of --rbits");
  command.add_option("--offset", options.offset, "Its offset, in blocks of 128 bits");
}

namespace {

std::vector<float> operand_of(const std::string& option, const std::string& file) {
  if (file.empty()) return {};
  const compare::NpyArray array = compare::read_array(file);
  if (array.type != compare::NpyType::kFloat32)
    throw InputError(fmt::format("{} {}: float32 expected, {} found", option, file, name_of(array.type)));
  return compare::values_of<float>(array.data);
}

// The whole of `text`, nothing before or behind it.
template <class Number>
Number number_of(const std::string& option, const std::string& text, const char* expected) {
  Number value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size())
    throw InputError(fmt::format("{} '{}': {} expected", option, text, expected));
  return value;
}

// Of the input's type, widened, in row-major order.
std::vector<float> gate_of(const InputOptions& options, const TypedTensor& input) {
  if (options.gate.empty()) return {};
  const TypedTensor gate = compare::read_input(options.gate, options.dtype);
  if (gate.type != input.type || gate.extent != input.extent)
    throw InputError(fmt::format("--gate {}: holds {} of {} x {}, and the input is {} of {} x {}", options.gate,
                                 name_of(gate.type), gate.extent.rows, gate.extent.cols, name_of(input.type),
                                 input.extent.rows, input.extent.cols));
  std::vector<float> numbers;
  for (std::int64_t i = 0; i < count(gate.extent); ++i) numbers.push_back(element(gate.view(), i));
  return numbers;
}

// One word for four elements of a row.
std::vector<std::uint32_t> words_of(const std::string& option, const std::string& file, const Extent& extent) {
  if (file.empty()) return {};
  const compare::NpyArray array = compare::read_array(file);
  const std::vector<std::int64_t> shape{extent.rows, extent.cols / 4};
  if (extent.cols % 4 != 0 || array.type != compare::NpyType::kUint32 || array.shape != shape)
    throw InputError(fmt::format("{} {}: holds {} of {}, and {} x {} values take uint32 of {}", option, file,
                                 name_of(array.type), compare::shape_text(array.shape), extent.rows, extent.cols,
                                 compare::shape_text(shape)));
  return compare::values_of<std::uint32_t>(array.data);
}

Direction direction_of(const InputOptions& options, const reference::Recipe& recipe) {
  if (options.both && options.columnwise) throw InputError("give --columnwise or --both, not the two of them");
  if (options.both) return Direction::kBoth;
  return options.columnwise ? Direction::kColumnwise : reference::default_direction(recipe);
}

std::vector<float> amax_of(const std::string& option, const std::string& text) {
  std::vector<float> numbers = numbers_of(option, text);
  for (const float amax : numbers)
    if (amax < 0.0f) throw InputError(fmt::format("{} {}: max|x| is not negative", option, amax));
  return numbers;
}

PhiloxState philox_of(const InputOptions& options, const Drawer& drawer) {
  if (options.seed.empty() && options.offset.empty()) return {};
  if (!options.random_bits.empty() || !options.random_bits_columnwise.empty())
    throw InputError("give --rbits, or --seed and --offset, not the two of them");
  if (!drawer.draws) throw InputError(fmt::format("--seed: {} draws no random words", drawer.name));
  const auto word = [](const std::string& option, const std::string& text) {
    return text.empty() ? 0 : number_of<std::uint64_t>(option, text, "a number from 0 to 2^64 - 1");
  };
  return {word("--seed", options.seed), word("--offset", options.offset)};
}

// What a case brings of its own: an option outranks it.
void add_case_operands(const InputOptions& options, const compare::Case& c, LoadedRequest& loaded) {
  compare::CaseOperands own = compare::operands_of(*loaded.recipe, c);
  if (options.weight.empty()) loaded.weight = std::move(own.weight);
  if (options.residual.empty()) loaded.residual = std::move(own.residual);
  if (options.gate.empty()) loaded.gate = std::move(own.gate);
  loaded.request.fused.weight = loaded.weight;
  loaded.request.fused.residual = loaded.residual;
  loaded.request.fused.gate = loaded.gate;
  const bool drawn = options.seed.empty() && options.offset.empty() && options.random_bits.empty() &&
                     options.random_bits_columnwise.empty();
  if (drawn) loaded.request.philox = own.philox;
}

}  // namespace

void load_operands(const InputOptions& options, const Drawer& drawer, LoadedRequest& loaded) {
  const Extent extent = loaded.input.extent;
  loaded.amax = amax_of("--amax", options.amax);
  loaded.amax_columnwise = amax_of("--amax-columnwise", options.amax_columnwise);
  loaded.global = numbers_of("--global", options.global);
  for (const float number : loaded.global)
    if (!(number >= 0.0f)) throw InputError(fmt::format("--global {}: a number that is not negative expected", number));
  loaded.weight = operand_of("--weight", options.weight);
  loaded.residual = operand_of("--residual", options.residual);
  loaded.gate = gate_of(options, loaded.input);
  loaded.random_bits = words_of("--rbits", options.random_bits, extent);
  loaded.random_bits_columnwise =
      words_of("--rbits-columnwise", options.random_bits_columnwise, {extent.cols, extent.rows});
  Request& request = loaded.request;
  request.input = loaded.input.view();
  request.amax = loaded.amax;
  request.amax_columnwise = loaded.amax_columnwise;
  request.global = loaded.global;
  request.fused.weight = loaded.weight;
  request.fused.residual = loaded.residual;
  request.fused.gate = loaded.gate;
  if (!options.epsilon.empty()) {
    request.fused.epsilon = number_of<float>("--eps", options.epsilon, "a number");
    if (!(request.fused.epsilon >= 0.0f))
      throw InputError(fmt::format("--eps {}: a number that is not negative expected", options.epsilon));
  }
  request.random_bits = loaded.random_bits;
  request.random_bits_columnwise = loaded.random_bits_columnwise;
  request.philox = philox_of(options, drawer);
}

std::vector<float> numbers_of(const std::string& option, const std::string& text) {
  if (text.empty()) return {};
  const bool file = text.find(".npy") != std::string::npos || text.find(".npz") != std::string::npos;
  if (file) return operand_of(option, text);
  return {number_of<float>(option, text, "a number or a .npy file")};
}

void load_request(const InputOptions& options, LoadedRequest& loaded) {
  if (options.case_name.empty() == options.input.empty())
    throw InputError("give either --input with --recipe, or --case");
  std::optional<compare::Case> c;
  if (!options.case_name.empty()) {
    c = compare::parse_case(options.case_name);
    loaded.recipe = &compare::require_named(options.recipe.empty() ? c->recipe : options.recipe);
    loaded.input = compare::generate(*c);
  } else {
    if (options.recipe.empty()) throw InputError("--recipe is missing; 'bitgate list recipes' names them");
    loaded.recipe = &compare::require_named(options.recipe);
    loaded.input = compare::read_input(options.input, options.dtype);
  }
  loaded.request.direction = direction_of(options, *loaded.recipe);
  const bool draws = loaded.recipe->storage.random != reference::RandomOrder::kNone;
  load_operands(options, {loaded.recipe->identity.name, draws}, loaded);
  if (c) add_case_operands(options, *c, loaded);
}

}  // namespace bitgate::program
