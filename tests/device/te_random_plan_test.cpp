#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bitgate/device/launch/families.h"
#include "bitgate/reference/format/error.h"

namespace bitgate::device {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

const Kernel& kernel_of(std::string_view recipe) {
  for (const Kernel& kernel : te_random_kernels())
    if (kernel.recipe == recipe) return kernel;
  throw InputError("no kernel of " + std::string(recipe));
}

std::string plan_text(std::string_view recipe, const Extent& extent, InputType type, const PlanOptions& options) {
  return to_text(kernel_of(recipe).plan(extent, type, options));
}

TEST(RandomPlan, TableHasEachRecipeOnce) {
  EXPECT_THAT(te_random_kernels(), SizeIs(8));
  for (const Kernel& kernel : te_random_kernels()) {
    EXPECT_EQ(&kernel_of(kernel.recipe), &kernel);
    EXPECT_EQ(kernel.subject, "cuda/" + std::string(kernel.recipe));
  }
}

TEST(RandomPlan, DrawnWordsNeedSeedOffsetAndOrder) {
  const PlanOptions options{.amax_given = true, .philox = {123, 321}};
  EXPECT_EQ(
      plan_text("te/nvfp4-sr-soft-tuned", {128, 256}, InputType::kBf16, options),
      "bitgate_te_random_soft_drawn_bf16 grid=128x1x1 block=32x1x1 shared=0 args=input,amax,codes,scales cols=256 "
      "chunks=1 seed=123 offset=321 order=0");
  EXPECT_EQ(kernel_of("te/nvfp4-sr-hw-tuned-t").plan({128, 128}, InputType::kBf16, options)[0].scalars.back(),
            (Scalar{"order", 1}));
  EXPECT_EQ(kernel_of("te/nvfp4-sr-hw-fallback").plan({128, 128}, InputType::kF16, options)[0].scalars.back(),
            (Scalar{"order", 3}));
}

TEST(RandomPlan, SeedsBeyondInt64KeepTheirBits) {
  const PlanOptions options{.amax_given = true, .philox = {~std::uint64_t{0}, std::uint64_t{1} << 63}};
  const auto launches = kernel_of("te/nvfp4-sr-soft-2d").plan({128, 128}, InputType::kBf16, options);
  ASSERT_THAT(launches, SizeIs(1));
  EXPECT_EQ(launches[0].scalars[3], (Scalar{"seed", -1}));
  EXPECT_EQ(launches[0].scalars[4], (Scalar{"offset", std::numeric_limits<std::int64_t>::min()}));
}

TEST(RandomPlan, GivenWordsAreThoseOfTheSide) {
  const PlanOptions options{
      .direction = Direction::kBoth, .amax_given = true, .amax_columnwise_given = true, .random_given = true};
  EXPECT_EQ(plan_text("te/nvfp4-sr-hw-fallback", {128, 128}, InputType::kF32, options),
            "bitgate_te_random_hw_given_fp32 grid=128x1x1 block=32x1x1 shared=0 args=input,amax,random,codes,scales "
            "cols=128 chunks=1; bitgate_te_random_hw_given_columnwise_fp32 grid=1x1x1 block=256x1x1 shared=0 "
            "args=input,amax_t,random_t,codes_t,scales_t rows=128 cols=128 "
            "strips_across=1");
}

TEST(RandomPlan, SquaresKnowTheirOrder) {
  const PlanOptions options{.direction = Direction::kColumnwise, .amax_columnwise_given = true, .philox = {7, 0}};
  EXPECT_EQ(plan_text("te/nvfp4-sr-soft-2d", {128, 256}, InputType::kBf16, options),
            "bitgate_te_random_soft_drawn_2d_columnwise_bf16 grid=2x1x1 block=256x1x1 shared=0 "
            "args=input,amax_t,codes_t,scales_t rows=128 cols=256 strips_across=1 seed=7 "
            "offset=0");
}

TEST(RandomPlan, AmaxRunsFirstUnlessGiven) {
  const auto launches = kernel_of("te/nvfp4-sr-soft-fallback").plan({128, 128}, InputType::kF16, {});
  ASSERT_THAT(launches, SizeIs(2));
  EXPECT_EQ(launches[0].kernel, "bitgate_amax_f16");
}

TEST(RandomPlan, EmptyTensorRunsNothing) {
  for (const Kernel& kernel : te_random_kernels()) {
    EXPECT_THAT(kernel.plan({0, 128}, InputType::kBf16, {}), IsEmpty());
    EXPECT_THAT(kernel.plan({128, 0}, InputType::kBf16, {}), IsEmpty());
  }
}

TEST(RandomPlan, RefusesWhatTheProducerDoes) {
  Request request;
  request.input = {InputType::kBf16, {128, 128}, nullptr};
  EXPECT_NO_THROW(require_accepted(kernel_of("te/nvfp4-sr-soft-tuned"), request));
  request.direction = Direction::kBoth;
  EXPECT_THROW(require_accepted(kernel_of("te/nvfp4-sr-soft-tuned"), request), InputError);
  EXPECT_NO_THROW(require_accepted(kernel_of("te/nvfp4-sr-soft-tuned-t"), request));
  request.input.extent = {64, 128};
  EXPECT_THROW(require_accepted(kernel_of("te/nvfp4-sr-soft-tuned-t"), request), InputError);
  request.input = {InputType::kF32, {128, 128}, nullptr};
  EXPECT_THROW(require_accepted(kernel_of("te/nvfp4-sr-hw-2d"), request), InputError);
  EXPECT_NO_THROW(require_accepted(kernel_of("te/nvfp4-sr-hw-fallback"), request));
}

}  // namespace
}  // namespace bitgate::device
