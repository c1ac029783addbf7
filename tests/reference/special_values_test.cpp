// Special values beyond one block, scales and globals that a subject gives, and that every recipe has a row of every
// value in the tables of special_values_PRODUCER_test.cpp.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "bitgate/tests/support/examples.h"
#include "bitgate/tests/support/recipe_samples.h"
#include "bitgate/tests/support/special_rows.h"

namespace bitgate {
namespace {

using oracle::from_bits;
using oracle::kHalf;
using oracle::kInf;
using oracle::kMinus0;
using oracle::kNanBits;
using oracle::kOne;
using oracle::kPlus0;
using oracle::kUnit;
using oracle::SpecialRow;
using oracle::Three;
using oracle::Value;
using reference::Recipe;

constexpr std::string_view kQ8 = "ggml/q8_1", kD4 = "ggml/q8_1-mmq-d4", kDs4 = "ggml/q8_1-mmq-ds4";
constexpr std::string_view kD2s6 = "ggml/q8_1-mmq-d2s6", kCpu = "ggml/q8_1-cpu-ref";

TypedTensor block_of(const Recipe& recipe, const Three& x) {
  const auto width = static_cast<std::size_t>(scheme_of(recipe.rules.scheme).block.cols);
  std::vector<std::uint32_t> bits(width, x.rest);
  bits[0] = x.first;
  bits[1] = x.second;
  return oracle::f32_row_of_bits(bits);
}

std::span<const SpecialRow> rows_of(std::string_view recipe) {
  for (const std::string_view family :
       {"flashinfer/mx", "trtllm/mx", "vllm/mx", "cutlass/mx", "flashinfer/silu", "vllm/silu", "sglang/silu"})
    if (recipe.starts_with(family)) return oracle::inference_mx_special_rows();
  if (recipe.starts_with("te/")) return oracle::te_special_rows();
  if (recipe.starts_with("torchao/")) return oracle::torchao_special_rows();
  if (recipe.starts_with("mx/")) return oracle::mx_special_rows();
  if (recipe.starts_with("modelopt/")) return oracle::modelopt_special_rows();
  if (recipe.starts_with("compressed-tensors/") || recipe.starts_with("gfloat/"))
    return oracle::compressed_tensors_special_rows();
  if (recipe.starts_with("flashinfer/nvfp4-4over6") || recipe.starts_with("flashinfer/nvfp4-pertoken") ||
      recipe == "flashinfer/nvfp4-cute-rmsnorm" || recipe == "flashinfer/rmsnorm-mxfp4-cute")
    return oracle::flashinfer_search_special_rows();
  if (recipe.starts_with("ggml/")) return oracle::ggml_special_rows();
  return recipe.find("/nvfp4") == std::string_view::npos ? oracle::fp8_special_rows()
                                                         : oracle::inference_nvfp4_special_rows();
}

TEST(SpecialValues, OfEveryRecipeHaveARow) {
  for (const Recipe* recipe : oracle::runnable_recipes()) {
    const auto rows = rows_of(recipe->identity.name);
    const bool has_global = scheme_of(recipe->rules.scheme).global != GlobalAxis::kNone;
    for (std::size_t i = 0; i < (has_global ? oracle::kValueNames.size() : oracle::kOfEveryRecipe); ++i) {
      const auto has = [&](const SpecialRow& row) {
        return row.value == static_cast<Value>(i) && oracle::names(row, recipe->identity.name);
      };
      EXPECT_TRUE(std::any_of(rows.begin(), rows.end(), has))
          << recipe->identity.name << ", " << oracle::kValueNames[i];
    }
  }
}

// Most rows say what is answered or refused: a table of nothing but reasons would hold nothing.
TEST(SpecialValues, AreMostlyStated) {
  std::size_t stated = 0, unstated = 0;
  for (const Recipe* recipe : oracle::runnable_recipes()) {
    const auto rows = rows_of(recipe->identity.name);
    for (std::size_t i = 0; i < oracle::kValueNames.size(); ++i) {
      const auto row = std::find_if(rows.begin(), rows.end(), [&](const SpecialRow& each) {
        return each.value == static_cast<Value>(i) && oracle::names(each, recipe->identity.name);
      });
      if (row != rows.end()) ++(row->outcome == oracle::Outcome::kUnstated ? unstated : stated);
    }
  }
  EXPECT_GT(stated, 20 * unstated) << unstated << " of " << stated + unstated << " have a reason instead";
}

// --- beyond one block ---

TEST(SpecialValues, ANanPoisonsEveryBlockUnderTorchaosTensorScale) {
  std::vector<float> values(48, 1.0f);
  values[20] = from_bits(kNanBits);
  for (const std::string_view recipe : {"torchao/nvfp4-tensorwise", "torchao/nvfp4-pr2408"}) {
    const QuantizedTensor answer = oracle::quantize(recipe, oracle::f32_row(values));
    for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(scale_bits(answer.scales, i), 0x7Fu) << recipe << " " << i;
    for (const std::uint8_t code : answer.codes) EXPECT_EQ(code, 0x4) << recipe;
  }
}

TEST(SpecialValues, ARowsNanOrInfinityStaysInItsRow) {
  std::vector<float> values(48, 6.0f);
  values[3] = from_bits(kNanBits);
  values[20] = from_bits(kInf);
  const QuantizedTensor answer = oracle::quantize("te/nvfp4-row", oracle::f32_tensor({3, 16}, values));
  EXPECT_EQ(answer.global, (std::vector<float>{6.0f, from_bits(kInf), 6.0f}));
  EXPECT_EQ(answer.codes[0], 0x7);
  EXPECT_EQ(answer.codes[16], 0x0);  // 6 / 448
  EXPECT_EQ(answer.codes[32], 0x7);
}

// 2^-126 is normal, but 127 times its reciprocal overflows (MMQ), and so does the reciprocal of a 127th (Q8_1 and the
// host): infinite products have the low byte of a saturated integer, which differs between GPU and x86.
TEST(SpecialValues, SmallestNormalOfGgml) {
  struct Expected {
    std::string_view recipe;
    std::uint8_t positive;
  };
  for (const auto& [recipe, positive] : {Expected{kQ8, 0xFF}, {kD4, 0xFF}, {kDs4, 0xFF}, {kD2s6, 0xFF}, {kCpu, 0x00}}) {
    const Three x{0x80800000, kPlus0, 0x00800000};
    const QuantizedTensor answer = oracle::quantize(recipe, block_of(reference::require_recipe(recipe), x));
    EXPECT_EQ(scale_bits(answer.scales, 0), 0u) << recipe;
    EXPECT_EQ(answer.codes[0], 0x00) << recipe;
    EXPECT_EQ(answer.codes[1], 0x00) << recipe;
    EXPECT_EQ(answer.codes[2], positive) << recipe;
    for (const std::uint16_t extra : answer.extras) EXPECT_EQ(extra, 0u) << recipe;
  }
}

// --- scales and globals that a subject gives ---

struct GivenRow {
  std::string_view recipe;
  std::uint32_t scale;
  std::array<std::uint8_t, 3> codes;  // of 1, -0 and 0.5
};
constexpr GivenRow kGiven[] = {
    // A NaN scale: fminf makes the multiplier FLT_MAX, PyTorch's min keeps the NaN.
    {"te/nvfp4", 0x7F, {0x7, 0x8, 0x7}},
    {"te/nvfp4-pyref", 0x7F, {0x0, 0x0, 0x0}},
    {"torchao/nvfp4", 0x7F, {0x4, 0x4, 0x4}},
    {"torchao/nvfp4-cpu", 0x7F, {0x4, 0x4, 0x4}},
    {"torchao/mxfp4-floor", 0xFF, {0x4, 0x4, 0x4}},
    {"torchao/mxfp8e4m3-floor", 0xFF, {0x7F, 0x7F, 0x7F}},
    // A zero scale: 1 / 0 is infinite, and -0 times it NaN.
    {"te/nvfp4", 0x00, {0x7, 0x8, 0x7}},
    {"te/nvfp4-pyref", 0x00, {0x7, 0x0, 0x7}},
    {"torchao/nvfp4", 0x00, {0x7, 0x4, 0x7}},
    {"torchao/nvfp4-cpu", 0x00, {0x7, 0xB, 0x7}},
    // 2^-127: FLOOR clamps to 448, round-up leaves the overflow to the cast.
    {"torchao/mxfp4-floor", 0x00, {0x7, 0x8, 0x7}},
    {"torchao/mxfp8e4m3-floor", 0x00, {0x7E, 0x80, 0x7E}},
    {"torchao/mxfp8e4m3-rceil", 0x00, {0x7F, 0x80, 0x7F}},
};

TEST(GivenScale, CodesFollowFromIt) {
  for (const GivenRow& row : kGiven) {
    const Recipe& recipe = reference::require_recipe(row.recipe);
    const TypedTensor input = block_of(recipe, {kOne, kMinus0, kHalf});
    const Scales scales = std::vector<std::uint8_t>{static_cast<std::uint8_t>(row.scale)};
    Request request = oracle::request_for(input);
    request.scales = &scales;
    const QuantizedTensor answer = reference::quantize(recipe, request);
    EXPECT_EQ(scale_bits(answer.scales, 0), row.scale) << row.recipe;
    EXPECT_EQ(answer.codes[0], row.codes[0]) << row.recipe << " under " << row.scale;
    EXPECT_EQ(answer.codes[1], row.codes[1]) << row.recipe << " under " << row.scale;
    EXPECT_EQ(answer.codes[2], row.codes[2]) << row.recipe << " under " << row.scale;
  }
}

TEST(GivenScale, OfGgmlIsStoredAndChangesNoCode) {
  const std::vector<float> values(32, 127.0f);
  const TypedTensor input = oracle::f32_row(values);
  const Scales scales = std::vector<std::uint16_t>{0x7E00};
  Request request = oracle::request_for(input);
  request.scales = &scales;
  for (const std::string_view recipe : {kQ8, kDs4, kCpu}) {
    const QuantizedTensor answer = reference::quantize(reference::require_recipe(recipe), request);
    EXPECT_EQ(scale_bits(answer.scales, 0), 0x7E00u) << recipe;
    for (const std::uint8_t code : answer.codes) EXPECT_EQ(code, 0x7F) << recipe;
  }
}

// A subject's own global may be NaN whatever the recipe refuses: the later stages still have a result.
TEST(GivenGlobal, ANanIsDroppedByTheKernelsAndKeptByThePyTorchReference) {
  const std::array nan{from_bits(kNanBits)};
  for (const std::string_view recipe : {"te/nvfp4", "te/nvfp4-pyref"}) {
    const TypedTensor input = block_of(reference::require_recipe(recipe), kUnit);
    const QuantizedTensor answer =
        reference::quantize(reference::require_recipe(recipe), oracle::request_for(input, {}, nan));
    const bool kept = recipe == "te/nvfp4-pyref";
    EXPECT_EQ(scale_bits(answer.scales, 0), kept ? 0x7Fu : 0x7Eu) << recipe;
    EXPECT_EQ(answer.codes[0], kept ? 0x0 : 0x7) << recipe;
    EXPECT_EQ(answer.codes[1], kept ? 0x0 : 0xF) << recipe;
  }
}

}  // namespace
}  // namespace bitgate
