// The figures that the field knows, from 2^22 samples: a recipe whose SQNR moves has changed its numerics.
// Sources: torchao-and-ocp.md 2.9 and 2.10, users.md 6.2 of the notes.
#include <gtest/gtest.h>

#include "bitgate/compare/distribution.h"
#include "bitgate/compare/metrics.h"
#include "bitgate/compare/sweep.h"

namespace bitgate::compare {
namespace {

Metrics measured(const char* recipe_name, const Distribution& input, Extent extent) {
  const reference::Recipe& recipe = reference::require_recipe(recipe_name);
  const TypedTensor x = generate(recipe, input, InputType::kF32, extent, 1);
  Request request;
  request.input = x.view();
  return measure(request.input, reference::quantize(recipe, request), floor_scale_bits(recipe));
}

constexpr Extent kLarge{2048, 2048};
constexpr Extent kSmall{256, 512};

TEST(Calibration, NormalSamplesGiveTheKnownSqnr) {
  EXPECT_NEAR(measured("te/nvfp4", {"normal", 0}, kLarge).sqnr_db, 20.43, 0.05);
  EXPECT_NEAR(measured("torchao/mxfp4-floor", {"normal", 0}, kLarge).sqnr_db, 18.79, 0.05);
  EXPECT_NEAR(measured("torchao/mxfp8e4m3-floor", {"normal", 0}, kLarge).sqnr_db, 30.65, 0.05);
  EXPECT_NEAR(measured("torchao/mxfp8e4m3-rceil", {"normal", 0}, kLarge).sqnr_db, 31.52, 0.05);
}

TEST(Calibration, OneLevelNvfp4FallsOffWithAmplitudeAndTensorwiseStaysFlat) {
  EXPECT_NEAR(measured("torchao/nvfp4", {"normal", 0}, kSmall).sqnr_db, 20.40, 0.1);
  EXPECT_NEAR(measured("torchao/nvfp4", {"normal", -6}, kSmall).sqnr_db, 16.29, 0.1);
  EXPECT_NEAR(measured("torchao/nvfp4", {"normal", -8}, kSmall).sqnr_db, 4.76, 0.1);
  EXPECT_NEAR(measured("torchao/nvfp4", {"normal", -10}, kSmall).sqnr_db, 0.0, 0.01);
  EXPECT_NEAR(measured("torchao/nvfp4", {"normal", 12}, kSmall).sqnr_db, 5.10, 0.1);
  for (const int log2_amplitude : {-14, -8, 0, 12})
    EXPECT_NEAR(measured("torchao/nvfp4-tensorwise", {"normal", log2_amplitude}, kSmall).sqnr_db, 20.42, 0.1)
        << "2^" << log2_amplitude;
}

TEST(Calibration, Pr2408FallsOffBelowItsClamp) {
  EXPECT_NEAR(measured("torchao/nvfp4-pr2408", {"normal", -10}, kSmall).sqnr_db, 20.35, 0.1);
  EXPECT_NEAR(measured("torchao/nvfp4-pr2408", {"normal", -12}, kSmall).sqnr_db, 16.29, 0.15);
  EXPECT_NEAR(measured("torchao/nvfp4-pr2408", {"normal", -14}, kSmall).sqnr_db, 4.76, 0.1);
  EXPECT_NEAR(measured("torchao/nvfp4-pr2408", {"normal", -16}, kSmall).sqnr_db, 0.0, 0.01);
}

TEST(Calibration, RowScalingSavesTheSmallestRowsOfALadder) {
  EXPECT_NEAR(measured("te/nvfp4", {"row_ladder", 0}, {192, 4096}).row_sqnr_db.min, 0.0, 0.1);
  EXPECT_NEAR(measured("te/nvfp4-row", {"row_ladder", 0}, {192, 4096}).row_sqnr_db.min, 19.9, 0.35);
}

}  // namespace
}  // namespace bitgate::compare
