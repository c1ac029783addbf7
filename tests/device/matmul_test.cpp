// FP8 products of the GPU: what is refused before any GPU is asked, and what happens without one.
#include <gtest/gtest.h>

#include <vector>

#include "bitgate/device/cublaslt.h"
#include "bitgate/device/gemm.h"
#include "bitgate/device/kernel.h"
#include "bitgate/device/support/embedded.h"

namespace bitgate::device {
namespace {

TEST(Gemm, WhatIsNoProductIsRefusedInOneSentence) {
  const std::vector<std::uint8_t> codes(64 * 64);
  const auto why = [&](GemmShape shape, std::size_t a, std::size_t b, std::int64_t promotion) {
    return why_not_gemm(
        {shape, Fp8::kE4m3, Fp8::kE5m2, std::span(codes).first(a), std::span(codes).first(b), promotion});
  };
  EXPECT_EQ(why({2, 3, 5}, 10, 15, 0), "");
  EXPECT_EQ(why({2, 3, 5}, 10, 15, 128), "");
  EXPECT_EQ(why({2, 3, 0}, 0, 0, 0), "");
  EXPECT_EQ(why({2, 3, 5}, 9, 15, 0), "A must hold m x k codes");
  EXPECT_EQ(why({2, 3, 5}, 10, 16, 0), "B must hold n x k codes");
  EXPECT_EQ(why({2, 3, 5}, 10, 15, 48), "a promotion must be a multiple of 32 k");
  EXPECT_EQ(why({2, 3, 5}, 10, 15, -32), "a promotion must be a multiple of 32 k");
  EXPECT_EQ(why({-1, 3, 5}, 0, 15, 0), "a matrix product has no negative sizes");
  EXPECT_EQ(why({std::int64_t{1} << 40, 3, 5}, 0, 15, 0), "the matrix product is too large for its kernel");
}

TEST(Gemm, ItHasASourceDigestAndACodeDigestWhereItIsBuilt) {
  EXPECT_EQ(gemm_source_digest().size(), 64u);
  EXPECT_EQ(gemm_code_digest("sm_61"), std::nullopt);
  for (const Architecture& architecture : architectures()) {
    const bool built = !embedded_cubin("gemm_wgmma", architecture.name).empty();
    EXPECT_EQ(gemm_code_digest(architecture.name).has_value(), built) << architecture.name;
  }
}

TEST(Gemm, WithoutAGpuItSaysWhy) {
  const auto why = why_no_gpu();
  if (!why) GTEST_SKIP() << "there is a GPU";
  EXPECT_FALSE(gemm_runs_here());
  const std::vector<std::uint8_t> codes(32);
  try {
    run_gemm({{1, 1, 32}, Fp8::kE4m3, Fp8::kE4m3, codes, codes, 0});
    FAIL() << "it ran";
  } catch (const CannotServe& error) {
    EXPECT_EQ(error.what(), *why);
  }
  EXPECT_THROW(CublasLt(), CannotServe);
}

TEST(CublasLtRequest, WhatTheLibraryDoesNotTakeIsRefusedInOneSentence) {
  const std::vector<std::uint8_t> codes(16 * 32);
  const std::vector<std::uint32_t> c(16 * 16);
  MatmulRequest request{{16, 16, 32}, codes, codes};
  EXPECT_EQ(why_not_matmul(request), "");
  request.c = c;
  EXPECT_EQ(why_not_matmul(request), "");
  request.c = std::span(c).first(3);
  EXPECT_EQ(why_not_matmul(request), "C must hold m x n numbers");
  EXPECT_EQ(why_not_matmul({{16, 16, 16}, codes, codes}), "A must hold m x k codes");
  EXPECT_EQ(why_not_matmul({{0, 16, 32}, {}, codes}), "a matrix product of cuBLASLt has sizes above 0");
  const auto some = [&](std::size_t count) { return std::span(codes).first(count); };
  const char* const kAligned = "cuBLASLt takes FP8 only with k and columns of D of whole 16 bytes";
  EXPECT_EQ(why_not_matmul({{16, 16, 24}, some(16 * 24), some(16 * 24)}), kAligned);
  EXPECT_EQ(why_not_matmul({{4, 16, 32}, some(4 * 32), codes}), "");
  EXPECT_EQ(why_not_matmul({{4, 16, 32}, some(4 * 32), codes, false, MatmulResult::kBf16}), kAligned);
}

}  // namespace
}  // namespace bitgate::device
