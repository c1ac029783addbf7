// The tables of kernels, one a family; kernels() in kernel.h joins them.
#pragma once

#include <span>

#include "bitgate/device/kernel.h"

namespace bitgate::device {

std::span<const Kernel> ggml_fp4_kernels() noexcept;
std::span<const Kernel> ggml_q8_kernels() noexcept;
std::span<const Kernel> ggml_rms_norm_kernels() noexcept;
std::span<const Kernel> inference_nvfp4_kernels() noexcept;
std::span<const Kernel> te_four_over_six_kernels() noexcept;
std::span<const Kernel> te_fp8_kernels() noexcept;
std::span<const Kernel> te_mxfp8_kernels() noexcept;
std::span<const Kernel> te_nvfp4_kernels() noexcept;
std::span<const Kernel> te_random_kernels() noexcept;
std::span<const Kernel> te_nvfp4_variant_kernels() noexcept;
std::span<const Kernel> te_rht_kernels() noexcept;
std::span<const Kernel> torchao_mx_kernels() noexcept;
std::span<const Kernel> torchao_nvfp4_kernels() noexcept;

// The input types of most tables.
inline constexpr InputType kEveryType[] = {InputType::kF32, InputType::kBf16, InputType::kF16};
inline constexpr InputType kF32AndBf16[] = {InputType::kF32, InputType::kBf16};
inline constexpr InputType kF32Only[] = {InputType::kF32};
inline constexpr InputType kBf16Only[] = {InputType::kBf16};
inline constexpr InputType kBothHalves[] = {InputType::kBf16, InputType::kF16};

}  // namespace bitgate::device
