#include "bitgate/compare/recipe_diff.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "bitgate/reference/format/error.h"

namespace bitgate::compare {
namespace {

using reference::require_recipe;
using testing::HasSubstr;
using testing::IsEmpty;

DiffOptions small() {
  DiffOptions options;
  options.extent = {64, 256};
  return options;
}

const DiffRow& row_of(const RecipeDiff& diff, std::string_view distribution) {
  const auto found = std::find_if(diff.rows.begin(), diff.rows.end(),
                                  [&](const DiffRow& row) { return row.distribution == distribution; });
  if (found == diff.rows.end()) throw std::logic_error("no such row");
  return *found;
}

const Frequency& frequency(const RecipeDiff& diff, std::string_view distribution, Field field) {
  return row_of(diff, distribution).fields[static_cast<std::size_t>(field)];
}

TEST(Diff, ARecipeAndItselfAreEqualOnAllTried) {
  const RecipeDiff d = diff(require_recipe("te/nvfp4"), require_recipe("te/nvfp4"), small());
  EXPECT_THAT(d.axes, IsEmpty());
  EXPECT_FALSE(d.separator.has_value());
  for (const DiffRow& row : d.rows)
    for (const Frequency& field : row.fields) EXPECT_EQ(field.tally.different, 0) << row.distribution;
  EXPECT_GT(frequency(d, "normal", Field::kElement).tally.total, 0);
}

TEST(Diff, AxesNameTheFieldsOfRulesThatDiffer) {
  const RecipeDiff d =
      diff(require_recipe("torchao/mxfp8e4m3-floor"), require_recipe("torchao/mxfp8e4m3-rceil"), small());
  const auto form = std::find_if(d.axes.begin(), d.axes.end(),
                                 [](const AxisDifference& axis) { return axis.axis == "block scale: form"; });
  ASSERT_NE(form, d.axes.end());
  EXPECT_THAT(form->a, HasSubstr("floor"));
  EXPECT_THAT(form->b, HasSubstr("rounded up"));
}

// Worked by hand: of an amax in [448, 512) * 2^k floor gives 2^k and rceil 2^(k+1), elsewhere they agree. Under the
// law of pow2_edges no amax falls there.
TEST(Diff, CountsWhatDiffers) {
  const RecipeDiff d =
      diff(require_recipe("torchao/mxfp8e4m3-floor"), require_recipe("torchao/mxfp8e4m3-rceil"), small());
  const Frequency& scales = frequency(d, "normal", Field::kScale);
  EXPECT_EQ(scales.tally.total, 64 * 256 / 32);
  EXPECT_GT(scales.tally.different, 0);
  EXPECT_DOUBLE_EQ(scales.ppm,
                   1e6 * static_cast<double>(scales.tally.different) / static_cast<double>(scales.tally.total));
  EXPECT_GT(scales.standard_error_ppm, 0.0);
  EXPECT_EQ(frequency(d, "normal", Field::kGlobal).tally.total, 0);  // the scheme has none
}

TEST(Diff, DirectedInputsOfBothAreTried) {
  const RecipeDiff d = diff(require_recipe("te/nvfp4"), require_recipe("te/nvfp4-pyref"), small());
  for (const char* name : {"element_ties of te/nvfp4", "scale_ties of te/nvfp4-pyref", "special of te/nvfp4"})
    EXPECT_NO_THROW(row_of(d, name)) << name;
}

// Special values hold NaNs, which the PyTorch reference refuses: such a tensor is not counted as equal.
TEST(Diff, TensorsThatOneRefusesAreNotCounted) {
  DiffOptions options = small();
  options.extent = {16 * 128, 256};
  options.search = false;
  const RecipeDiff d = diff(require_recipe("te/nvfp4"), require_recipe("te/nvfp4-pyref"), options);
  EXPECT_LT(row_of(d, "special of te/nvfp4").tensors, 4);
  EXPECT_EQ(row_of(d, "normal").tensors, 128);
}

TEST(Diff, TheSameTwiceAndTheExtentScalesTheCount) {
  const auto count_of = [](Extent extent) {
    DiffOptions options;
    options.extent = extent;
    options.distributions = {"normal"};
    options.search = false;
    const RecipeDiff d = diff(require_recipe("te/nvfp4"), require_recipe("te/nvfp4-row"), options);
    return frequency(d, "normal", Field::kElement).tally;
  };
  EXPECT_EQ(count_of({64, 256}).total, 64 * 256);
  EXPECT_EQ(count_of({128, 256}).total, 128 * 256);
  EXPECT_EQ(count_of({64, 256}).different, count_of({64, 256}).different);
}

TEST(Diff, RecipesWithoutACommonTypeSaySo) {
  const RecipeDiff d = diff(require_recipe("te/nvfp4"), require_recipe("ggml/q8_1"), small());
  EXPECT_FALSE(d.why_not.empty());
  EXPECT_THAT(d.rows, IsEmpty());
  EXPECT_FALSE(d.axes.empty());
}

TEST(Diff, BadOptionsAreRefused) {
  DiffOptions options = small();
  options.type = InputType::kBf16;
  EXPECT_THROW(diff(require_recipe("ggml/q8_1"), require_recipe("ggml/q8_1-cpu-ref"), options), InputError);
  options = small();
  options.distributions = {"no_such_law"};
  EXPECT_THROW(diff(require_recipe("te/nvfp4"), require_recipe("te/nvfp4-row"), options), InputError);
  options = small();
  options.extent = {0, 256};
  EXPECT_THROW(diff(require_recipe("te/nvfp4"), require_recipe("te/nvfp4-row"), options), InputError);
}

// te.md 1.7: 285 of 256 000 scales, 13 470 of 4 096 000 codes. Four errors of both counts together.
class DiffOfTheNotes : public testing::Test {
 protected:
  static void expect_share(const Frequency& measured, double of_notes_ppm, double error_of_notes_ppm) {
    const double error = std::hypot(measured.standard_error_ppm, error_of_notes_ppm);
    EXPECT_NEAR(measured.ppm, of_notes_ppm, 4.0 * error);
    EXPECT_LT(measured.standard_error_ppm, 0.2 * of_notes_ppm);
  }
  static RecipeDiff with_te(const char* other) {
    DiffOptions options;
    options.distributions = {"normal"};
    options.search = false;
    return diff(require_recipe("te/nvfp4"), require_recipe(other), options);
  }
};

TEST_F(DiffOfTheNotes, V1DiffersIn011PercentOfScales) {
  expect_share(frequency(with_te("te/nvfp4-v1"), "normal", Field::kScale), 285 / 0.256, 16.9 / 0.256);
}

TEST_F(DiffOfTheNotes, FastDiffersIn033PercentOfCodes) {
  expect_share(frequency(with_te("te/nvfp4-fast"), "normal", Field::kElement), 13470 / 4.096, 116 / 4.096);
}

}  // namespace
}  // namespace bitgate::compare
