// The host side of each kernel as a pure function: shape, input type and options in, launches out. Built with and
// without CUDA, so that what would run can be checked, and compared with a recording, where no GPU is. The plans
// themselves stand in this folder, a file a family (families.h).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bitgate/reference/format/scheme.h"
#include "bitgate/reference/format/tensor.h"

namespace bitgate::device {

struct Dim3 {
  std::uint32_t x = 1, y = 1, z = 1;
  friend bool operator==(const Dim3&, const Dim3&) = default;
};

// The device memory that a kernel takes as a pointer. Column-wise: of the transposed operand.
enum class Buffer : std::uint8_t {
  kInput,
  kAmax,    // max|x|, amax_count() floats: given, or 0 before the first launch, which raises it
  kGlobal,  // the number that the producer stores, where it is not amax: given, or written by a launch
  kCodes,
  kScales,
  kExtras,
  kValues,  // of values-only schemes, binary32
  kAmaxColumnwise,
  kCodesColumnwise,
  kScalesColumnwise,
  kWeight,
  kResidual,
  kRandom,  // given words of stochastic rounding
  kRandomColumnwise,
  kWorkspace,
  kTiles,   // block scales in tiles of 128 x 4 (operation.h)
  kPacked,  // interleaved blocks (operation.h)
  kGate,    // a second operand of the input's type and extent (FusedOperands.gate)
};
inline constexpr std::size_t kBufferCount = 18;
std::string_view name_of(Buffer buffer) noexcept;

struct Scalar {
  std::string_view name;
  std::int64_t value = 0;  // a float travels as its bits
  friend bool operator==(const Scalar&, const Scalar&) = default;
};

// One kernel launch. Its arguments are the pointers in order, then the scalars in order, each an int64.
struct Launch {
  std::string_view unit;  // device/kernels/UNIT.cu
  std::string kernel;     // symbol
  Dim3 grid, block;
  std::uint32_t shared_bytes = 0;  // dynamic
  std::vector<Buffer> pointers;
  std::vector<Scalar> scalars;
  friend bool operator==(const Launch&, const Launch&) = default;
};

// "bitgate_te_nvfp4_fp32 grid=2x1x1 block=32x1x1 shared=0 args=input,amax,codes,scales cols=256 chunks=1".
std::string to_text(const Launch& launch);
// All launches in order, joined by "; "; "nothing" for an empty tensor.
std::string to_text(const std::vector<Launch>& launches);

struct PlanOptions {
  Direction direction = Direction::kRowwise;
  bool amax_given = false;             // else a launch computes it, where the scheme has a global number
  bool amax_columnwise_given = false;  // likewise of the column-wise side
  bool global_given = false;           // kGlobal: no launch writes it
  bool random_given = false;           // kRandom, kRandomColumnwise: else the kernel draws from `philox`
  PhiloxState philox{};
  std::int64_t weights = 0, residuals = 0;  // how many numbers the fused operands have
  float epsilon = 1e-5f;
};

// Empty for an empty tensor, unless a launch has to write its stored number. Throws InputError when the tensor needs
// more thread blocks than a grid has. Extent, type and options are those that the kernel accepts (see
// require_accepted() in kernel.h).
using PlanFunction = std::vector<Launch> (*)(const Extent&, InputType, const PlanOptions&);

// Columns of a row of codes on the device: `cols` rounded up to whole blocks where a block is part of a row.
std::int64_t padded_cols(const Scheme& scheme, std::int64_t cols) noexcept;

}  // namespace bitgate::device
