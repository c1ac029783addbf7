// bitgate quantize and dequantize: the reference on a user's tensor, and back.
#include <fmt/format.h>

#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>
#include <utility>

#include "bitgate/compare/alias.h"
#include "bitgate/compare/json_reader.h"
#include "bitgate/compare/metrics.h"
#include "bitgate/compare/peer_metrics.h"
#include "bitgate/compare/sweep.h"
#include "bitgate/compare/tensor_files.h"
#include "bitgate/reference/layout/scale_layout.h"
#include "bitgate/reference/layout/transpose.h"
#include "bitgate/reports/program/command.h"
#include "bitgate/reports/program/inputs.h"

namespace bitgate::program {

namespace {

struct QuantizeOptions {
  InputOptions input;
  std::string out, layout = "logical";
  bool json = false;
};

// Against what the codes stand for: of the row-wise tensor where there is one.
struct Measured {
  compare::Metrics ours;
  compare::PeerErrors peers;
};

Measured measured(const LoadedRequest& loaded, const QuantizedTensor& answer) {
  const std::uint32_t floor = compare::floor_scale_bits(*loaded.recipe);
  const TypedTensor x = reference::operand(*loaded.recipe, loaded.request, answer.direction);
  return {compare::measure(x.view(), answer, floor), compare::peer_errors(x.view(), answer)};
}

compare::TensorDescription described(const QuantizeOptions& options, const LoadedRequest& loaded,
                                     const QuantizedTensor& answer) {
  const auto layout = reference::find_scale_layout(options.layout);
  if (!layout) throw InputError(fmt::format("--layout '{}': logical, padded, 128x4 or 8x4 expected", options.layout));
  if (!reference::has_layout(answer.scheme, *layout))
    throw InputError(
        fmt::format("--layout {}: scheme {} has no scales laid out so", options.layout, answer.scheme.name));
  compare::TensorDescription d = compare::description_of(*loaded.recipe, loaded.input.extent, loaded.request.direction);
  d.layout = *layout;
  return d;
}

// A ratio of nothing to nothing is no number.
std::string number_text(std::string text, double number) { return std::isnan(number) ? "none" : std::move(text); }

void run_quantize(const QuantizeOptions& options) {
  LoadedRequest loaded;
  load_request(options.input, loaded);
  const reference::Recipe& recipe = *loaded.recipe;
  const QuantizedTensor answer = reference::quantize(recipe, loaded.request);
  const std::string name(recipe.identity.name);
  const compare::TensorDescription description = described(options, loaded, answer);
  compare::write_tensor(options.out, description, answer);
  const auto [metrics, peers] = measured(loaded, answer);
  const Extent& extent = loaded.input.extent;
  if (options.json) {
    const nlohmann::ordered_json result{{"recipe", name},
                                        {"rows", extent.rows},
                                        {"cols", extent.cols},
                                        {"dtype", name_of(loaded.input.type)},
                                        {"direction", compare::name_of(description.direction)},
                                        {"layout", name_of(description.layout)},
                                        {"sqnr_db", compare::json_number(metrics.sqnr_db)},
                                        {"peers",
                                         {{"torchao_db", compare::json_number(peers.torchao_db)},
                                          {"ggml_nmse", compare::json_number(peers.ggml_nmse)},
                                          {"ggml_rmse", compare::json_number(peers.ggml_rmse)}}},
                                        {"out", options.out}};
    fmt::print("{}\n", result.dump(2));
    return;
  }
  fmt::print("{}: {} x {} {} -> {}, SQNR {}\n", name, extent.rows, extent.cols, name_of(loaded.input.type), options.out,
             number_text(fmt::format("{:.2f} dB", metrics.sqnr_db), metrics.sqnr_db));
  fmt::print("as their tests compute it: torchao {} in {}, ggml NMSE {}, ggml array RMSE {}\n",
             number_text(fmt::format("{:.6g} dB", peers.torchao_db), peers.torchao_db), name_of(loaded.input.type),
             number_text(fmt::format("{:.6g}", peers.ggml_nmse), peers.ggml_nmse),
             number_text(fmt::format("{:.6g}", peers.ggml_rmse), peers.ggml_rmse));
}

struct DequantizeOptions {
  std::string from, out, recipe, dtype = "fp32";
  bool json = false;
};

InputType output_type(const std::string& name) {
  for (const InputType type : kInputTypes)
    if (name_of(type) == name) return type;
  throw InputError(fmt::format("--dtype '{}': fp32, bf16 or f16 expected", name));
}

compare::NpyArray array_of(const std::vector<float>& values, InputType type, const Extent& extent) {
  const std::vector<std::int64_t> shape{extent.rows, extent.cols};
  if (type == InputType::kF32) return compare::make_npy(shape, values);
  std::vector<std::uint16_t> bits(values.size());
  for (std::size_t i = 0; i < values.size(); ++i)
    bits[i] = static_cast<std::uint16_t>(encode(format_of(type), values[i], kCvtRnInf));
  return compare::make_npy(shape, bits);
}

void run_dequantize(const DequantizeOptions& options) {
  const InputType type = output_type(options.dtype);
  const compare::LoadedTensor loaded = compare::read_tensor(options.from);
  const std::string name = options.recipe.empty() ? loaded.description.recipe : options.recipe;
  if (name.empty())
    throw InputError(fmt::format("{}: its tensor.json names no recipe; --recipe is needed", options.from));
  const reference::Recipe& recipe = compare::require_named(name);
  if (loaded.tensor.scheme.id != recipe.rules.scheme || loaded.tensor.global_number != recipe.storage.global_number)
    throw InputError(fmt::format("{}: it holds {} with global number '{}', and {} makes {} with '{}'", options.from,
                                 loaded.tensor.scheme.name, compare::name_of(loaded.tensor.global_number), name,
                                 scheme_of(recipe.rules.scheme).name, compare::name_of(recipe.storage.global_number)));
  std::vector<float> values = reference::dequantize(recipe, loaded.tensor, type);
  const Extent& extent = loaded.description.extent;
  // A column-wise tensor is that of the transposed operand; the numbers are written as the operand lies.
  if (loaded.tensor.direction == Direction::kColumnwise) values = reference::transposed(values, loaded.tensor.extent);
  compare::write_npy(options.out, array_of(values, type, extent));
  if (options.json) {
    const nlohmann::ordered_json result{
        {"recipe", name}, {"rows", extent.rows}, {"cols", extent.cols}, {"dtype", options.dtype}, {"out", options.out}};
    fmt::print("{}\n", result.dump(2));
    return;
  }
  fmt::print("{}: {} x {} -> {} ({})\n", name, extent.rows, extent.cols, options.out, options.dtype);
}

}  // namespace

void add_quantize(CLI::App& app) {
  CLI::App* command = app.add_subcommand("quantize", "The reference on a tensor");
  auto options = std::make_shared<QuantizeOptions>();
  add_input_options(*command, options->input);
  command->add_option("--out", options->out, "Directory (or FILE.npz) to write")->required();
  command->add_option("--layout", options->layout, "Of the scales: logical (default), padded, 128x4, 8x4");
  command->add_flag("--json", options->json, "Print JSON");
  command->footer("Example: bitgate quantize --recipe te/nvfp4 --input x.npy --dtype bf16 --out x.nvfp4");
  command->callback([options] { run_quantize(*options); });
}

void add_dequantize(CLI::App& app) {
  CLI::App* command = app.add_subcommand("dequantize", "Codes back to numbers, in the producer's order of products");
  auto options = std::make_shared<DequantizeOptions>();
  command->add_option("--from", options->from, "Directory or FILE.npz that quantize, or a producer's dump, wrote")
      ->required();
  command->add_option("--recipe", options->recipe, "Whose order (default: the recipe that tensor.json names)");
  command->add_option("--dtype", options->dtype, "Type of the result: fp32, bf16, f16 (16-bit types as patterns)");
  command->add_option("--out", options->out, "FILE.npy to write")->required();
  command->add_flag("--json", options->json, "Print JSON");
  command->footer("Example: bitgate dequantize --from x.nvfp4 --out y.npy");
  command->callback([options] { run_dequantize(*options); });
}

}  // namespace bitgate::program
