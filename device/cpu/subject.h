// `cpu/RECIPE`: a second, scalar implementation of each recipe, written from the notes and sharing no arithmetic with
// the reference. It is slow and plain; its worth is that it was wrong, if ever, in other places.
//
// A subject takes Request.input (row-wise; fp32, and bf16 or f16 where the producer does) and, for schemes with a
// global number, optionally Request.amax (max|x|) or Request.global (the number that the producer stores: amax for
// TransformerEngine, the multiplier for torchao and ModelOpt, the divisor or its inverse for inference engines and
// compressed-tensors; of vllm/fp8-static and -tensor the scale), one for the tensor or one a row. Recipes with a SiLU
// take its operand as FusedOperands.gate. Request.scales is not read.
// Codes, scales and extras have the extent of the input: ragged rows, which te/nvfp4-pyref, the ggml CUDA recipes, FP8
// and fake quantization take, count as followed by +0. NaN, Inf, -0, subnormals: what the producer's machine returns; a
// NaN on a GPU is
// 0x7FFFFFFF, one made by x86 0xFFC00000. Throws InputError, naming recipe and expectation: direction not row-wise,
// input type or row length that the producer does not take, wrong count of given globals.
#pragma once

#include <span>
#include <string_view>

#include "bitgate/reference/format/tensor.h"

namespace bitgate::device {

using CpuQuantize = QuantizedTensor (*)(const Request&);

// Null: there is none of this name (the recipe's own, without "cpu/").
CpuQuantize find_cpu_subject(std::string_view recipe) noexcept;

std::span<const std::string_view> cpu_subject_names() noexcept;

}  // namespace bitgate::device
