// FlashInfer NVFP4 whose global scale is each row's own: what the recipes leave to the caller as an argument.
#pragma once

#include <string_view>

#include "bitgate/device/cpu/exact.h"
#include "bitgate/device/cpu/flashinfer_blocks.h"

namespace bitgate::device::cpu {

inline constexpr float kInverse2688 = div_rn<Gpu>(1.0f, 2688.0f);

enum class PerTokenKernel : std::uint8_t { kHalves, kHalvesFourOverSix, kFloat32 };

struct PerTokenRow {
  std::string_view recipe;
  PerTokenKernel kernel;
  FourOverSix form;  // only its build counts where the kernel does not search
};

// `global_scale_inverse` is the kernel's argument of that name; the recipes take 1 / 2688. The answer stores
// perTokenScale, which multiplies. Request.amax replaces the maxima of the rows; Request.global replaces perTokenScale
// and what follows from it, which the kernel itself cannot be asked for.
QuantizedTensor quantize_per_token(const PerTokenRow& row, const Request& request, float global_scale_inverse);

}  // namespace bitgate::device::cpu
