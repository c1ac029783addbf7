// Worked examples of the FP8 (and DeepGEMM's FP4) recipes of inference engines, by hand from
// flashinfer-vllm-cutlass.md 1.4, 3.14 to 3.16, 4.3, 5 and 7: where producers that compute the same thing part.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bitgate/tests/support/examples.h"

namespace bitgate {
namespace {

using oracle::from_bits;
using oracle::stage;
using oracle::to_bits;

constexpr std::uint32_t kBf448 = 0x43E0, kBfOne = 0x3F80, kBfHalf = 0x3F00;

// A row of `cols` bf16 zeros that starts with these.
TypedTensor row_of(std::vector<std::uint32_t> first, std::size_t cols = 128) {
  first.resize(cols, 0);
  return oracle::bf16_row(first);
}

std::uint32_t code_of(std::string_view recipe, const TypedTensor& input, std::size_t at) {
  return oracle::quantize(recipe, input).codes.at(at);
}
std::uint32_t scale_of(std::string_view recipe, const TypedTensor& input, std::size_t at = 0) {
  return scale_bits(oracle::quantize(recipe, input).scales, at);
}

// --- Amax 2.15625, x 0x3C4F: 448 x / amax is 2.625, a tie of 2.5 and 2.75 ---

TEST(EnginesFp8, AReciprocalMissesATieThatADivisionMeets) {
  const TypedTensor input = row_of({0x400A, 0x3C4F});
  EXPECT_EQ(stage("vllm/fp8-token", input, {}, "v", 0, 1), 0x40280000u);
  EXPECT_EQ(code_of("vllm/fp8-token", input, 1), 0x42u);
  EXPECT_EQ(code_of("vllm/fp8-group", input, 1), 0x42u);
  EXPECT_EQ(code_of("flashinfer/fp8-cutile-column", input, 1), 0x42u);
  for (const char* recipe : {"vllm/fp8-static", "vllm/fp8-tensor", "sglang/fp8-token", "flashinfer/fp8-cutile-row"}) {
    EXPECT_EQ(scale_of(recipe, input), 0x3B9DB6DBu) << recipe;
    EXPECT_EQ(code_of(recipe, input, 1), 0x43u) << recipe;
  }
  // 448 / amax = 0x434FC4A3 meets it too; MUFU's 0x434FC4A4 does not.
  for (const char* recipe :
       {"sglang/fp8-group-v1", "trtllm/fp8-token-direct", "trtllm/fp8-1x128", "deepep/fp8-1x128"}) {
    EXPECT_EQ(stage(recipe, input, {}, "multiplier"), 0x434FC4A3u) << recipe;
    EXPECT_EQ(code_of(recipe, input, 1), 0x42u) << recipe;
  }
  for (const char* recipe : {"sglang/fp8-group-v1-sm90", "flashinfer/fp8-token-direct", "flashinfer/fp8-1x128"}) {
    EXPECT_EQ(stage(recipe, input, {}, "multiplier"), 0x434FC4A4u) << recipe;
    EXPECT_EQ(code_of(recipe, input, 1), 0x43u) << recipe;
  }
}

// --- Amax 1.53125: amax / 448 is 0x3B600000, amax * RN(1/448) one more ---

TEST(EnginesFp8, StoredScalesAreAQuotientOrAProduct) {
  const TypedTensor input = row_of({0x3FC4, 0x3C3D});
  for (const char* recipe : {"vllm/fp8-group", "vllm/fp8-token", "sglang/fp8-token", "trtllm/fp8-token",
                             "flashinfer/fp8-cutile-row", "deepgemm/fp8-1x128-cpu"})
    EXPECT_EQ(scale_of(recipe, input), 0x3B600000u) << recipe;
  for (const char* recipe : {"sglang/fp8-group-v1", "sglang/fp8-group-v2", "sglang/fp8-token-sm90",
                             "flashinfer/fp8-token", "deepseek/fp8-1x128", "deepgemm/fp8-1x128", "deepep/fp8-1x128"})
    EXPECT_EQ(scale_of(recipe, input), 0x3B600001u) << recipe;
  // 3.375, a tie of 3.25 and 3.5, against just under it.
  EXPECT_EQ(stage("vllm/fp8-group", input, {}, "v", 0, 1), 0x40580000u);
  EXPECT_EQ(code_of("vllm/fp8-group", input, 1), 0x46u);
  EXPECT_EQ(code_of("deepseek/fp8-1x128", input, 1), 0x45u);
  EXPECT_EQ(code_of("deepgemm/fp8-1x128", input, 1), 0x45u);
  EXPECT_EQ(code_of("deepgemm/fp8-1x128-cpu", input, 1), 0x46u);
}

// --- TensorRT-LLM ---

TEST(TrtllmFp8, TheWayThroughBf16RoundsTwice) {
  const TypedTensor input = row_of({0x4029, 0x3E3B});
  // 30.98 is 31 in bf16, a tie of 30 and 32.
  for (const char* recipe : {"trtllm/fp8-token", "trtllm/fp8-token-direct"})
    EXPECT_EQ(stage(recipe, input, {}, "v", 0, 1), 0x41F7DBA5u);
  EXPECT_EQ(code_of("trtllm/fp8-token", input, 1), 0x60u);
  EXPECT_EQ(code_of("trtllm/fp8-token-direct", input, 1), 0x5Fu);
  EXPECT_EQ(code_of("flashinfer/fp8-token", input, 1), 0x60u);
  EXPECT_EQ(code_of("flashinfer/fp8-token-direct", input, 1), 0x5Fu);
}

TEST(TrtllmFp8, TheRowMaximumStartsAtOneMillionthOfTheInputsType) {
  EXPECT_EQ(stage("trtllm/fp8-token", row_of({}), {}, "block_amax"), 0x35860000u);  // 9.98e-7
}

TEST(TrtllmFp8, ASmallestScaleHoldsTheMultiplierToo) {
  const TypedTensor input = row_of({0x3A80});  // 2^-10: half of 1/512
  EXPECT_EQ(scale_of("trtllm/fp8-token-minscale", input), 0x36924925u);
  EXPECT_EQ(stage("trtllm/fp8-token-minscale", input, {}, "multiplier"), to_bits(229376.0f));
  EXPECT_EQ(code_of("trtllm/fp8-token-minscale", input, 0), 0x76u);  // 224
  EXPECT_EQ(code_of("trtllm/fp8-token", input, 0), 0x7Eu);
}

TEST(TrtllmFp8, BlocksStoreTheReciprocalOfTheMultiplier) {
  const TypedTensor input = row_of({0x4029});
  const float multiplier = from_bits(stage("trtllm/fp8-1x128", input, {}, "scale"));
  EXPECT_EQ(scale_of("trtllm/fp8-1x128", input), to_bits(1.0f / multiplier));
  EXPECT_EQ(scale_of("trtllm/fp8-1x128", row_of({})), to_bits(1.0f));
}

// A tile of ones with 448 in row 4. Over 128 columns the older kernel looks at rows 0 to 3 of the tile: row 4 would
// start at column 128. Over 256 columns it looks at rows 0 to 7 of the left tile.
TEST(TrtllmFp8, TheOlderSquareKernelLeavesRowsOutNearTheRightEdge) {
  for (const std::int64_t cols : {128, 256}) {
    std::vector<std::uint32_t> bits(static_cast<std::size_t>(128 * cols), kBfOne);
    for (std::int64_t col = 0; col < cols; col += 128) bits[static_cast<std::size_t>(4 * cols + col)] = kBf448;
    const TypedTensor input = oracle::bf16_tensor({128, cols}, bits);
    const auto at = static_cast<std::size_t>(4 * cols);
    EXPECT_EQ(scale_of("trtllm/fp8-128x128", input), to_bits(1.0f));
    EXPECT_EQ(code_of("trtllm/fp8-128x128", input, at + 1), 0x38u);
    for (const char* recipe : {"trtllm/fp8-128x128-2025", "flashinfer/fp8-128x128"}) {
      SCOPED_TRACE(recipe);
      const QuantizedTensor answer = oracle::quantize(recipe, input);
      // The right tile saturates: its amax is 1.
      const std::size_t last = scale_count(answer.scales) - 1;
      EXPECT_EQ(scale_bits(answer.scales, last), 0x3B124925u);
      EXPECT_EQ(answer.codes.at(5 * static_cast<std::size_t>(cols) - 1), 0x7Eu);
      EXPECT_EQ(scale_bits(answer.scales, 0), cols == 128 ? 0x3B124925u : to_bits(1.0f));
      EXPECT_EQ(stage(recipe, input, {}, "block_amax", 4, 0), cols == 128 ? to_bits(1.0f) : to_bits(448.0f));
    }
  }
}

// --- vLLM ---

TEST(VllmFp8, StaticTakesTheCallersScale) {
  const TypedTensor input = row_of({kBfOne, 0xBF80, 0x4396, kBfHalf}, 4);  // 1, -1, 300, 0.5
  const Scales half = std::vector<float>{0.5f};
  Request request = oracle::request_for(input);
  request.scales = &half;
  const QuantizedTensor answer = reference::quantize(reference::require_recipe("vllm/fp8-static"), request);
  EXPECT_EQ(scale_bits(answer.scales, 0), to_bits(0.5f));
  EXPECT_EQ(oracle::hex_text(answer.codes), "40c07e38");
  // The same by way of an amax.
  const QuantizedTensor by_amax = oracle::quantize("vllm/fp8-static", input, std::array{224.0f});
  EXPECT_EQ(scale_bits(by_amax.scales, 0), to_bits(0.5f));
  EXPECT_EQ(by_amax.codes, answer.codes);
}

TEST(VllmFp8, AZeroGroupsPackedByteIs5E) {
  EXPECT_EQ(scale_of("vllm/fp8-group-packed", row_of({})), 0x5Eu);
  EXPECT_EQ(scale_of("vllm/fp8-group-ue8m0", row_of({})), to_bits(0x1p-33f));
  EXPECT_EQ(scale_of("sglang/fp8-group-v2-ue8m0", row_of({})), 0x55u);
}

TEST(VllmFp8, PowersOfTwoAreRoundedUp) {
  // 1.75 / 448 is 2^-8; one more step of bf16 is 2^-7.
  EXPECT_EQ(scale_of("vllm/fp8-group-packed", row_of({0x3FE0})), 119u);
  EXPECT_EQ(scale_of("vllm/fp8-group-packed", row_of({0x3FE1})), 120u);
  EXPECT_EQ(code_of("vllm/fp8-group-packed", row_of({0x3FE0}), 0), 0x7Eu);
  EXPECT_EQ(code_of("vllm/fp8-group-packed", row_of({0x3FE1}), 0), 0x76u);  // 224.9
}

// --- SGLang: v2's row-major scales with UE8M0 are not those that the data were multiplied by ---

TEST(SglangFp8, RowMajorPowersOfTwoAreStoredAndNotUsed) {
  const TypedTensor input = row_of({0x3FC4, kBfOne});
  EXPECT_EQ(scale_of("sglang/fp8-group-v2-ue8m0-row", input), to_bits(0x1p-8f));
  EXPECT_EQ(scale_of("sglang/fp8-group-v2-ue8m0", input), 119u);
  EXPECT_EQ(code_of("sglang/fp8-group-v2-ue8m0-row", input, 1), code_of("sglang/fp8-group-v2", input, 1));
  EXPECT_EQ(code_of("sglang/fp8-group-v2-ue8m0-row", input, 1), 0x79u);  // 292.57: 288
  EXPECT_EQ(code_of("sglang/fp8-group-v2-ue8m0", input, 1), 0x78u);      // 256
}

// --- DeepGEMM ---

TEST(DeepGemmFp4, TiesGoToTheLowerCodeAndZeroHasNoSign) {
  // amax 6: the scale is 1. 0.25 0.75 1.25 1.75 2.5 3.5 5, and just above each; -0, -0.25, -0.5.
  const TypedTensor input = row_of({0x40C0, 0x3E80, 0x3F40, 0x3FA0, 0x3FE0, 0x4020, 0x4060, 0x40A0, 0x3E81, 0x3F41,
                                    0x3FA1, 0x3FE1, 0x4021, 0x4061, 0x40A1, 0x8000, 0xBE80, 0xBF00});
  for (const char* recipe : {"deepgemm/fp4-1x32", "deepgemm/fp4-1x128"}) {
    const QuantizedTensor answer = oracle::quantize(recipe, input);
    EXPECT_EQ(scale_bits(answer.scales, 0), to_bits(1.0f));
    EXPECT_EQ(oracle::hex_text(std::span(answer.codes).first(18)), "070001020304050601020304050607000009");
  }
}

TEST(DeepGemmFp8, AmaxHasAFloor) {
  EXPECT_EQ(scale_of("deepgemm/fp8-1x128", row_of({})), 0x346FACADu);
  EXPECT_EQ(scale_of("deepgemm/fp8-1x128-ue8m0", row_of({})), to_bits(0x1p-22f));
  EXPECT_EQ(scale_of("deepep/fp8-1x128-ue8m0", row_of({})), 0x69u);
}

// --- 8 x 8: element (r, c) is 2^(r - 4) * unit(c) ---

constexpr std::array<std::uint32_t, 8> kUnits{0x0000, 0x3F80, 0xBF80, 0x3FC0, 0x4000, 0xC040, 0x40C0, 0x40E0};

TypedTensor eight_by_eight() {
  std::vector<std::uint32_t> bits;
  for (std::uint32_t r = 0; r < 8; ++r)
    for (const std::uint32_t unit : kUnits) bits.push_back(unit == 0 ? 0 : unit + (r << 7) - (4 << 7));
  return oracle::bf16_tensor({8, 8}, bits);
}

// A row's amax is 7 * 2^(r-4): scale 2^(r-10), and the units times 64 are its codes: 64 96 128 192 384 448.
TEST(EightByEight, OfATokenHaveTheSameCodesInEveryRow) {
  for (const char* recipe : {"vllm/fp8-token", "sglang/fp8-token", "sglang/fp8-token-small", "trtllm/fp8-token",
                             "trtllm/fp8-token-direct", "trtllm/fp8-token-minscale"}) {
    SCOPED_TRACE(recipe);
    const QuantizedTensor answer = oracle::quantize(recipe, eight_by_eight());
    for (std::size_t r = 0; r < 8; ++r) {
      EXPECT_EQ(scale_bits(answer.scales, r), (127 + r - 10) << 23);
      EXPECT_EQ(oracle::hex_text(std::span(answer.codes).subspan(8 * r, 8)), "0068e86c70f47c7e");
    }
  }
}

// One scale: amax 56, scale 1/8. Row r's units times 2^(r-1).
TEST(EightByEight, OfATensorOrOneTileShareAScale) {
  for (const char* recipe : {"vllm/fp8-static", "vllm/fp8-tensor", "deepgemm/fp8-128x128", "deepgemm/fp8-128x128-cpu",
                             "deepgemm/fp8-128x128-ue8m0"}) {
    SCOPED_TRACE(recipe);
    const QuantizedTensor answer = oracle::quantize(recipe, eight_by_eight());
    ASSERT_EQ(scale_count(answer.scales), 1u);
    // 56 * RN(1/448) is 0.125 again: the reciprocal's excess is less than half a step.
    EXPECT_EQ(scale_bits(answer.scales, 0), to_bits(0.125f));
    EXPECT_EQ(oracle::hex_text(std::span(answer.codes).first(8)), "0030b03438bc4446");
    EXPECT_EQ(oracle::hex_text(std::span(answer.codes).subspan(8, 8)), "0038b83c40c44c4e");
    EXPECT_EQ(oracle::hex_text(std::span(answer.codes).subspan(56, 8)), "0068e86c70f47c7e");
  }
}

}  // namespace
}  // namespace bitgate
