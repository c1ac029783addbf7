// bitgate gemm --instruction and --mmvq: whole products, written or checked byte for byte.
#include <fmt/format.h>

#include <bit>

#include "bitgate/compare/input_file.h"
#include "bitgate/compare/tensor_files.h"
#include "bitgate/reference/format/error.h"
#include "bitgate/reference/gemm/ggml_mmvq.h"
#include "bitgate/reference/mma/product.h"
#include "bitgate/reports/program/command.h"
#include "bitgate/reports/program/gemm.h"

namespace bitgate::program {

namespace {

using reference::MmaInstruction;
using reference::MmaMatrix;

void require_one_direction(const GemmOptions& options, std::string_view kind) {
  if (options.from.empty() == options.out.empty())
    throw InputError(fmt::format("gemm --{}: give --out FILE to compute or --from FILE to check, one of them", kind));
}

// Written, or compared.
int finish_product(const GemmOptions& options, const std::string& what, const TypedTensor& d) {
  if (!options.out.empty()) {
    write_gemm(options.out, d);
    return kPass;
  }
  const TypedTensor actual = compare::read_input(options.from, name_of(d.type));
  const GemmDifferences found = gemm_differences(d, actual, options.from);
  if (options.json) {
    nlohmann::ordered_json json{{"product", what}};
    json.update(gemm_differences_json(found, d, actual));
    fmt::print("{}\n", json.dump(2));
  } else {
    fmt::print("{}: {}\n", what, gemm_differences_text(found, d, actual));
  }
  if (found.elements == 0) {
    fmt::print(stderr, "bitgate: {}: nothing was compared, it holds no element\n", options.from);
    return kCouldNotTell;
  }
  return found.different == 0 ? kPass : kDifference;
}

// A dump as an instruction takes it.
struct ProductSide {
  QuantizedTensor tensor;
  std::vector<std::uint32_t> codes;
  std::vector<std::uint8_t> scales;

  MmaMatrix matrix() const { return {tensor.scheme.element, tensor.extent.rows, tensor.extent.cols, codes, scales}; }
};

// FP32 scales of whole rows or of the tensor, and global numbers, come after the unit and are left out.
void require_scales_of(const MmaInstruction& instruction, const QuantizedTensor& tensor, const std::string& from) {
  const Scheme& scheme = tensor.scheme;
  const bool codes = std::holds_alternative<std::vector<std::uint8_t>>(tensor.scales);
  const bool after = std::holds_alternative<std::vector<float>>(tensor.scales) && scheme.cell.cols == 0;
  const Format &held = scheme.scale, &taken = instruction.scale;
  const bool read = codes && scheme.cell.rows == 1 && scheme.cell.cols == instruction.scale_block &&
                    held.exponent_bits == taken.exponent_bits && held.mantissa_bits == taken.mantissa_bits;
  if (instruction.scale_block == 0 ? after : read) return;
  const std::string wanted = instruction.scale_block == 0
                                 ? "takes codes without block scales"
                                 : fmt::format("takes a {} for each {} elements", taken.name, instruction.scale_block);
  throw InputError(fmt::format("{}: {} has a scale of {} for {} x {} elements (0: all), and {} {}", from, scheme.name,
                               held.name, scheme.cell.rows, scheme.cell.cols, instruction.name, wanted));
}

ProductSide product_side(const MmaInstruction& instruction, const std::string& option, const std::string& from) {
  if (from.empty()) throw InputError(fmt::format("--instruction needs {}: a dump, a directory or FILE.npz", option));
  ProductSide side{compare::read_tensor(from).tensor, {}, {}};
  if (is_values_only(side.tensor.scheme))
    throw InputError(fmt::format("{}: holds values, and an instruction takes codes", from));
  side.codes.assign(side.tensor.codes.begin(), side.tensor.codes.end());
  require_scales_of(instruction, side.tensor, from);
  const auto* scales = std::get_if<std::vector<std::uint8_t>>(&side.tensor.scales);
  if (scales != nullptr) side.scales = *scales;
  return side;
}

TypedTensor product_tensor(const MmaInstruction& instruction, const std::vector<std::uint32_t>& bits,
                           const Extent& extent) {
  TypedTensor d{InputType::kF32, extent, {}};
  if (is_fp16(instruction.result)) {
    d.type = InputType::kF16;
    d.values = std::vector<std::uint16_t>(bits.begin(), bits.end());
    return d;
  }
  std::vector<float> numbers;
  for (const std::uint32_t each : bits) numbers.push_back(std::bit_cast<float>(each));
  d.values = std::move(numbers);
  return d;
}

std::vector<std::uint8_t> raw_blocks(const std::string& option, const std::string& file) {
  if (file.empty()) throw InputError(fmt::format("--mmvq needs {}: FILE.npy of raw blocks", option));
  const compare::NpyArray array = compare::read_array(file);
  if (array.type != compare::NpyType::kUint8)
    throw InputError(fmt::format("{} {}: uint8 expected, {} found", option, file, name_of(array.type)));
  return compare::values_of<std::uint8_t>(array.data);
}

}  // namespace

int run_gemm_instruction(const GemmOptions& options) {
  require_one_direction(options, "instruction");
  const MmaInstruction& instruction = reference::require_mma_instruction(options.instruction);
  const bool integers = instruction.inputs == reference::MmaInputs::kInt8;
  if (integers) throw InputError(fmt::format("{}: D is int32, and .npy files of D are float32 here", instruction.name));
  const ProductSide a = product_side(instruction, "--a", options.a), b = product_side(instruction, "--b", options.b);
  const std::string_view why = why_not_modelled(instruction, a.tensor.scheme.element, b.tensor.scheme.element);
  if (!why.empty()) throw InputError(fmt::format("{}: {}", instruction.name, why));
  if (a.tensor.extent.cols != b.tensor.extent.cols)
    throw InputError(
        fmt::format("{}: K is {}, and {} of {}", options.a, a.tensor.extent.cols, b.tensor.extent.cols, options.b));
  const bool promotes = options.promote > 0;
  if (options.promote < 0 || options.promote % instruction.k != 0 || (promotes && is_fp16(instruction.result)))
    throw InputError(fmt::format("--promote {}: a multiple of {}'s k, {}, expected, and a result of FP32",
                                 options.promote, instruction.name, instruction.k));
  const std::vector<std::uint32_t> bits =
      reference::mma_product({&instruction, options.promote}, a.matrix(), b.matrix());
  const Extent extent{a.tensor.extent.rows, b.tensor.extent.rows};
  return finish_product(options, options.instruction, product_tensor(instruction, bits, extent));
}

int run_gemm_mmvq(const GemmOptions& options) {
  require_one_direction(options, "mmvq");
  const reference::GgmlWeights* type = reference::find_ggml_weights(options.mmvq);
  if (type == nullptr) {
    std::string known;
    for (const reference::GgmlWeights& one : reference::kGgmlWeights)
      known += fmt::format("{}{}", known.empty() ? "" : ", ", one.name);
    throw InputError(fmt::format("--mmvq '{}': unknown weights; expected one of {}", options.mmvq, known));
  }
  compare::require_extent("--rows and --cols", {options.rows, options.cols});
  const std::vector<std::uint8_t> weights = raw_blocks("--weights", options.weights);
  const std::vector<std::uint8_t> activations = raw_blocks("--activations", options.activations);
  const reference::GgmlProduct product{type, {options.rows, options.cols}, weights, options.columns, activations};
  TypedTensor d{InputType::kF32, {options.columns, options.rows}, {}};
  d.values = ggml_mmvq(product, static_cast<int>(options.capability));
  return finish_product(options, fmt::format("ggml MMVQ {}", type->name), d);
}

}  // namespace bitgate::program
