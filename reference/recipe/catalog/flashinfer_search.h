// What FlashInfer's recipes of two candidates share, whether S is the tensor's or a row's.
#pragma once

#include "bitgate/reference/recipe/catalog/inference_rules.h"
#include "bitgate/reference/recipe/catalog/te_rules.h"

namespace bitgate::reference {

inline constexpr std::string_view kFlashinferQuantization =
    "flashinfer-ai/flashinfer, csrc/nv_internal/tensorrt_llm/kernels/quantization_utils.cuh, fb28d724";
inline constexpr std::string_view kFlashinferKernels =
    "FlashInfer's kernel (-use_fast_math), its sm_100a PTX down-levelled, on an H100; 16 elements a thread";
inline constexpr std::string_view kSearchRead =
    "flashinfer-vllm-cutlass.md 3.5 of the notes; each of its axes has bytes of the kernel in another mode";

inline constexpr LargestScale k448 = LargestScale::k448, k256 = LargestScale::k256;
inline constexpr BlockError kMae = BlockError::kMae, kMse = BlockError::kMse;
inline constexpr ErrorMath kStrict = ErrorMath::kExact, kErrFast = ErrorMath::kHalf;
inline constexpr Quotients kIeee = Quotients::kIeee, kApprox = Quotients::kApprox;
inline constexpr ErrorThreads kEight = ErrorThreads::kTwoOfEight;

struct Search {
  LargestScale largest;
  BlockError error;
  ErrorMath math;
  Quotients quotients;
  ErrorThreads threads = ErrorThreads::kOneOfSixteen;
};

// Without scheme and global form. The target is 6 times the largest scale.
constexpr Rules search_rules(const Search& search) noexcept {
  Rules rules{};
  rules.machine = Machine::kGpuFtz;
  rules.global.target = search.largest == LargestScale::k448 ? 2688.0f : 1536.0f;
  rules.block.amax_nan = AmaxNan::kOddHalfLast;
  rules.element.encode = ElementEncode::kCvt;
  rules.special = {.kind = Special::kFlashinferFourOverSix,
                   .error = search.error,
                   .math = search.math,
                   .quotients = search.quotients,
                   .threads = search.threads};
  return rules;
}

}  // namespace bitgate::reference
