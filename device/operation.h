// Device operations that quantize nothing: codes back to numbers, scales to tiles and back, ggml's interleaved blocks
// and their products, max|x|. Bytes in, bytes out. No CUDA header here, and all of it is there without a CUDA build;
// only run() needs a GPU.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "bitgate/device/kernel.h"

namespace bitgate::device {

// How the factor of a block's codes follows from its decoded scale.
enum class FactorOrder : std::uint8_t {
  kNone,               // the operation dequantizes nothing
  kScale,              // scale
  kGlobalTimesScale,   // global * scale
  kScaleAmaxConstant,  // (scale * amax) * (1 / amax_over of the scheme)
};

// Which lengths an operation takes.
enum class Lengths : std::uint8_t {
  kAny,
  kWholeVectors,      // rows are whole vectors of 16 bytes
  kWholeVectorsInAll  // the tensor is
};

struct Operation;
using OperationBytes = BufferBytes (*)(const Operation&, const Extent&, InputType);
using OperationPlan = std::vector<Launch> (*)(const Operation&, const Extent&, InputType);

// Its extent is that of the values; of swizzles that of the matrix of scales, of products that of the weights, whose
// blocks are kPacked and whose activations kInput.
struct Operation {
  std::string_view name;                // "dequantize/nvfp4", "swizzle/128x4", "amax/row", "pack/q8_1", "mmvq/q4_0/5"
  SchemeId scheme = SchemeId::kValues;  // of what is dequantized or packed
  FactorOrder order = FactorOrder::kNone;
  std::span<const InputType> types;  // of the values that it reads or writes; fp32 alone where there are none
  Lengths lengths = Lengths::kAny;
  std::span<const Buffer> given;
  Buffer answer;
  bool raised = false;       // the answer is 0 before the launches, which raise it
  std::string_view stem;     // of the kernel's symbol
  OperationBytes bytes;      // of each buffer; 0: the operation has no such buffer
  OperationPlan plan;        // {} for an empty tensor
  std::int64_t columns = 0;  // of activations, where it multiplies
};

std::span<const Operation> operations() noexcept;
const Operation* find_operation(std::string_view name) noexcept;                // null: unknown
const Operation* find_dequantize(SchemeId scheme, FactorOrder order) noexcept;  // null: there is none

// Codes in a row of what is dequantized: whole cells, so that 4-bit rows end with a byte; of FP8 as they are.
std::int64_t code_pitch(const Scheme& scheme, std::int64_t cols) noexcept;

// Bytes by Buffer, in the sizes of Operation::bytes.
using OperationData = std::array<std::span<const std::byte>, kBufferCount>;

// Throws InputError: a type, length or size that the operation does not take.
void require_accepted(const Operation& operation, const Extent& extent, InputType type, const OperationData& given);

// The answer's bytes: over each poison the same, or DeviceError, which is also thrown for a write beside the answer or
// into what is given; CannotServe when there is no GPU or not enough memory.
std::vector<std::byte> run(const Operation& operation, const Extent& extent, InputType type, const OperationData& given,
                           const RunOptions& options = {});

}  // namespace bitgate::device
