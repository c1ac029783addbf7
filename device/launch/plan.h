// The host side of each kernel as a pure function: shape, input type and options in, launches out. Built with and
// without CUDA, so that what would run can be checked, and compared with a recording, where no GPU is.
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

// The device memory that a kernel takes as a pointer.
enum class Buffer : std::uint8_t { kInput, kAmax, kCodes, kScales, kExtras };
std::string_view name_of(Buffer buffer) noexcept;

struct Scalar {
  std::string_view name;
  std::int64_t value = 0;
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
  bool amax_given = false;  // else the amax kernel runs first, where the scheme has a global number
};

// Empty for an empty tensor. Throws InputError when the tensor needs more thread blocks than a grid has. The extent and
// type are those that the kernel accepts (see require_accepted() in kernel.h).
using PlanFunction = std::vector<Launch> (*)(const Extent&, InputType, const PlanOptions&);
std::vector<Launch> plan_te_nvfp4(const Extent& extent, InputType type, const PlanOptions& options);
std::vector<Launch> plan_te_nvfp4_row(const Extent& extent, InputType type, const PlanOptions& options);
std::vector<Launch> plan_torchao_mxfp4_floor(const Extent& extent, InputType type, const PlanOptions& options);
std::vector<Launch> plan_torchao_mxfp8e4m3_rceil(const Extent& extent, InputType type, const PlanOptions& options);
std::vector<Launch> plan_ggml_q8_1(const Extent& extent, InputType type, const PlanOptions& options);
std::vector<Launch> plan_ggml_q8_1_fast_math(const Extent& extent, InputType type, const PlanOptions& options);

// Bytes of each buffer on the device. Codes are packed (two 4-bit codes a byte, the first in the low nibble) and, where
// the scheme takes ragged rows, padded to whole blocks.
struct BufferBytes {
  std::int64_t input = 0, amax = 0, codes = 0, scales = 0, extras = 0;
  friend bool operator==(const BufferBytes&, const BufferBytes&) = default;
};
BufferBytes buffer_bytes(const Scheme& scheme, const Extent& extent, InputType type) noexcept;
// Columns of a row of codes on the device: `cols` rounded up to whole blocks.
std::int64_t padded_cols(const Scheme& scheme, std::int64_t cols) noexcept;

}  // namespace bitgate::device
