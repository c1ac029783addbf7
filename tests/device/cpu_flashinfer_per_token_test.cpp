// FlashInfer's NVFP4 per token by the second implementation, worked by hand from the note.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "bitgate/device/cpu/flashinfer_per_token.h"
#include "bitgate/device/cpu/subject.h"
#include "bitgate/tests/device/cpu_examples.h"

namespace bitgate::device {
namespace {

using testing::Each;
using testing::ElementsAre;

const std::vector<std::string> kHalfRecipes = {"flashinfer/nvfp4-pertoken-fast", "flashinfer/nvfp4-pertoken-exact"};
constexpr const char* kFp32 = "flashinfer/nvfp4-pertoken-fp32";

// Two rows of two blocks: maxima 6 and 3, then all zeros.
constexpr const char* kRows =
    "40C0 C080 8000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 "
    "4040 BF80 8000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 "
    "8000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 "
    "0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 ";

TypedTensor widened(const std::string& bf16_rows, std::int64_t rows) {
  Words x = words(bf16_rows);
  for (std::uint32_t& bits : x) bits <<= 16;
  return tensor(InputType::kF32, rows, x);
}

std::vector<int> codes_at(const QuantizedTensor& t, std::size_t first) {
  return {t.codes[first], t.codes[first + 1], t.codes[first + 2], t.codes[first + 3]};
}

TEST(CpuFlashinferPerToken, RowAmaxIsTheGlobalScale) {
  for (const std::string& recipe : kHalfRecipes) {
    const QuantizedTensor t = run(recipe, tensor(InputType::kBf16, 2, words(kRows)));
    EXPECT_EQ(bits_of(t.global)[0], 0x3B124925u) << recipe;  // 6 / 2688
    EXPECT_EQ(t.global_number, GlobalNumber::kMultiplier) << recipe;
    EXPECT_EQ(t.scheme.id, SchemeId::kNvfp4Row) << recipe;
    EXPECT_EQ(scale_bytes(t)[0], 0x7E) << recipe;
    EXPECT_EQ(scale_bytes(t)[1], 0x76) << recipe;  // 224
    EXPECT_THAT(codes_at(t, 0), ElementsAre(7, 14, 8, 0)) << recipe;
    EXPECT_THAT(codes_at(t, 16), ElementsAre(7, 12, 8, 0)) << recipe;
  }
}

// The fast build's S is rcp(0) = +Inf for a row of zeros, and +Inf * 0 is NaN; captured bytes say so too.
TEST(CpuFlashinferPerToken, ZeroRow) {
  const QuantizedTensor fast = run(kHalfRecipes[0], tensor(InputType::kBf16, 2, words(kRows)));
  EXPECT_EQ(bits_of(fast.global)[1], 0u);
  EXPECT_THAT(scale_bytes(fast), ElementsAre(0x7E, 0x76, 0x7F, 0x7F));
  EXPECT_THAT(codes_at(fast, 32), ElementsAre(8, 0, 0, 0));
  // 1 / FLT_MAX is subnormal, and the build flushes.
  const QuantizedTensor exact = run(kHalfRecipes[1], tensor(InputType::kBf16, 2, words(kRows)));
  EXPECT_EQ(bits_of(exact.global)[1], 0u);
  EXPECT_THAT(scale_bytes(exact), ElementsAre(0x7E, 0x76, 0x00, 0x00));
  EXPECT_THAT(codes_at(exact, 32), ElementsAre(8, 0, 0, 0));
}

// Here every block's codes use its own maximum, and a scale of a zero block is 1 / 0.
TEST(CpuFlashinferPerToken, Binary32KernelGivesZeroBlocksTheLargestScale) {
  const QuantizedTensor t = run(kFp32, widened(kRows, 2));
  EXPECT_EQ(bits_of(t.global), (Words{0x3B124925, 0}));
  EXPECT_THAT(scale_bytes(t), ElementsAre(0x7E, 0x76, 0x7E, 0x7E));
  EXPECT_THAT(codes_at(t, 0), ElementsAre(7, 14, 8, 0));
  EXPECT_THAT(codes_at(t, 16), ElementsAre(7, 12, 8, 0));
  EXPECT_THAT(codes_at(t, 32), ElementsAre(8, 0, 0, 0));
}

TEST(CpuFlashinferPerToken, NanDoesNotCountInTheAmaxOfARow) {
  Words x(16, 0x4000);  // 2
  x[3] = 0xFFC0;
  for (const std::string& recipe : kHalfRecipes) {
    const QuantizedTensor t = run(recipe, tensor(InputType::kBf16, 1, x));
    EXPECT_THAT(scale_bytes(t), ElementsAre(0x7E)) << recipe;
    EXPECT_THAT(t.codes, Each(7)) << recipe;
  }
}

// An infinite amax: S is 0, and in the exact build 0 becomes 1.
TEST(CpuFlashinferPerToken, Infinity) {
  Words x(32, 0x4000);
  x[3] = 0xFF80;
  const QuantizedTensor fast = run(kHalfRecipes[0], tensor(InputType::kBf16, 1, x));
  EXPECT_EQ(bits_of(fast.global), Words{kInf});
  EXPECT_THAT(scale_bytes(fast), ElementsAre(0x7F, 0x00));  // 0 * Inf
  EXPECT_THAT(fast.codes, Each(7));
  const QuantizedTensor exact = run(kHalfRecipes[1], tensor(InputType::kBf16, 1, x));
  EXPECT_EQ(exact.global, std::vector<float>{1.0f});
  EXPECT_EQ(scale_bytes(exact)[0], 0x7E);
  EXPECT_EQ(exact.codes[3], 15);
  EXPECT_EQ(exact.codes[2], 0);
  EXPECT_EQ(scale_bytes(exact)[1], 0x2B);  // 1 / 3 is nearest to 0.34375
}

TEST(CpuFlashinferPerToken, GivenAmaxReplacesTheMaximum) {
  const std::vector<float> twelve = {12.0f, 12.0f};
  for (const std::string& recipe : kHalfRecipes) {
    const QuantizedTensor t = run(recipe, tensor(InputType::kBf16, 2, words(kRows)), twelve);
    EXPECT_EQ(scale_bytes(t)[0], 0x76) << recipe;
    EXPECT_EQ(bits_of(t.global)[1], 0x3B924925u) << recipe;
  }
}

// The caller's globalScaleInv: with 1, S is 1 / amax of the row and the block of the maximum has 1 / 6 for a scale.
TEST(CpuFlashinferPerToken, GlobalScaleInverseIsTheCallers) {
  const TypedTensor input = tensor(InputType::kBf16, 2, words(kRows));
  Request request;
  request.input = input.view();
  for (const cpu::Flashinfer build : {cpu::Flashinfer::kFast, cpu::Flashinfer::kExact}) {
    const cpu::PerTokenRow row{"flashinfer/nvfp4-pertoken", cpu::PerTokenKernel::kHalves, {build}};
    const QuantizedTensor t = cpu::quantize_per_token(row, request, 1.0f);
    EXPECT_EQ(scale_bytes(t)[0], 0x23);  // 0.171875
    EXPECT_EQ(t.codes[0], 7);
  }
}

}  // namespace
}  // namespace bitgate::device
