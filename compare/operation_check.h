// Operations that quantize nothing, held against the reference byte for byte: codes back to numbers, scales to tiles of
// 128 x 4 and back, ggml's interleaved blocks and their products, max|x|.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bitgate/compare/suite_probe.h"
#include "bitgate/reference/gemm/ggml_mmvq.h"

namespace bitgate::compare {

enum class OperationKind : std::uint8_t {
  kDequantize,
  kSwizzle,
  kUnswizzle,
  kPack,
  kAmaxTensor,
  kAmaxRow,
  kAmaxColumn,
  kMmvq
};

struct CheckedOperation {
  std::string name;  // "dequantize/te/nvfp4", "swizzle/128x4", "pack/q8_1", "amax/row", "mmvq/q4_0/5"
  OperationKind kind;
  const reference::Recipe* recipe = nullptr;  // whose order of products, whose amax
  SchemeId scheme = SchemeId::kValues;        // of what is dequantized or packed
  RawBlocks blocks = RawBlocks::kNone;
  std::vector<InputType> types;                     // of the values it writes or reads; fp32 alone where there are none
  const reference::GgmlWeights* weights = nullptr;  // of mmvq
  std::int64_t columns = 0;                         // likewise: how many of activations
};

// What one call is given; the fields that the kind does not name are empty.
struct OperationInput {
  Extent extent;  // of the values; of swizzles that of the matrix of scales, of mmvq that of the weights
  InputType type = InputType::kF32;
  QuantizedTensor tensor;           // dequantize, pack
  std::vector<std::uint8_t> bytes;  // swizzle: the scales, row-major; unswizzle: the tiles; mmvq: the weights' blocks
  TypedTensor values;               // amax
  std::vector<std::uint8_t> activations = {};  // mmvq: blocks of Q8_1, rows padded
};
using OperationSubject = std::function<std::vector<std::uint8_t>(const OperationInput&)>;

// All, in the order of `bitgate list subjects`: dequantize/RECIPE of each recipe that states an order of products.
std::vector<CheckedOperation> checked_operations();
std::optional<CheckedOperation> find_checked_operation(std::string_view name);

// The reference's answer: values in their type, tiles, scales, blocks, or binary32 maxima or outputs; little-endian.
std::vector<std::uint8_t> reference_answer(const CheckedOperation& operation, const OperationInput& input);
OperationSubject reference_subject(const CheckedOperation& operation);

// "3 of 64 values differ; the first (1, 17): expected 0x3F800000, got 0x7FFFFFFF"; empty: nothing differs.
std::string answer_difference(const CheckedOperation& operation, const OperationInput& input,
                              const std::vector<std::uint8_t>& expected, const std::vector<std::uint8_t>& actual);

// The probes of a suite of `bitgate check` for an operation; none of suites that ask quantizers alone. They ask
// `subject`, whatever the Subject that run_suite() hands them.
std::vector<SuiteProbe> operation_probes(std::string_view suite, const CheckedOperation& operation,
                                         const OperationSubject& subject);

}  // namespace bitgate::compare
