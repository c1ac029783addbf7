#include "bitgate/compare/parity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bitgate/tests/support/temporary_directory.h"

namespace bitgate::compare {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

DiffOptions small() {
  DiffOptions options;
  options.extent = {64, 256};
  options.distributions = {"normal", "uniform"};
  return options;
}

Parity parity_of(std::string_view a, std::string_view b) {
  return parity(parse_contender(a), parse_contender(b), small());
}

std::string refused(std::string_view text) {
  return refusal([&] { parse_contender(text); });
}

TEST(Contender, ASituationSaysEveryWordOfResolve) {
  const Contender c = parse_contender(
      "te@v2.9:dtype=bf16,shape=128x256,arch=sm_100a,role=weight,direction=rowwise,env.NVTE_USE_FAST_MATH=1,2d=1,"
      "part=rowwise");
  EXPECT_EQ(c.recipe, nullptr);
  EXPECT_EQ(c.situation.producer, "te");
  EXPECT_EQ(c.situation.version, "v2.9");
  EXPECT_EQ(c.situation.dtype, "bf16");
  EXPECT_EQ(c.situation.shape, (Extent{128, 256}));
  EXPECT_EQ(c.situation.arch, "sm_100a");
  EXPECT_EQ(c.situation.role, "weight");
  EXPECT_EQ(c.situation.direction, "rowwise");
  ASSERT_THAT(c.situation.environment, SizeIs(1));
  EXPECT_EQ(c.situation.environment[0].name, "NVTE_USE_FAST_MATH");
  ASSERT_THAT(c.situation.options, SizeIs(1));
  EXPECT_EQ(c.situation.options[0].name, "2d");
  EXPECT_EQ(c.part, "rowwise");
}

TEST(Contender, AReleaseMayBeNamedWithoutItsV) {
  EXPECT_EQ(parse_contender("te@2.9").situation.version, "v2.9");
  EXPECT_EQ(parse_contender("te@main").situation.version, "main");
}

TEST(Contender, WhatIsUnknownIsNamed) {
  EXPECT_THAT(refused("te/nvpf4"), HasSubstr("te/nvfp4"));
  EXPECT_THAT(refused("tf:dtype=bf16"), HasSubstr("unknown producer 'tf'"));
  EXPECT_THAT(refused("te:dtyp=bf16"), HasSubstr("unknown key 'dtyp'"));
  EXPECT_THAT(refused("te:dtype=bf17"), HasSubstr("bf17"));
  EXPECT_THAT(refused("te:env.NVTE_NONE=1"), HasSubstr("unknown key 'env.NVTE_NONE'"));
  EXPECT_THAT(refused("te:NVTE_USE_FAST_MATH=1"), HasSubstr("unknown key"));
  EXPECT_THAT(refused("te:shape=128"), HasSubstr("ROWSxCOLS expected"));
  EXPECT_THAT(refused("te:dtype"), HasSubstr("KEY=VALUE expected"));
  EXPECT_THAT(refused("te:dtype=bf16,dtype=fp32"), HasSubstr("dtype is given twice"));
  EXPECT_THAT(refused("te@:dtype=bf16"), HasSubstr("a version is missing"));
  EXPECT_THAT(refused("te:arch=sm_42"), HasSubstr("sm_42"));
}

TEST(Parity, OneRecipeIsEqualToItself) {
  const Parity p = parity_of("te/nvfp4", "te/nvfp4");
  EXPECT_EQ(p.likeness(), Likeness::kEqual);
  EXPECT_EQ(p.pairs.at(0).why, "the same recipe");
  EXPECT_FALSE(p.pairs[0].diff.has_value());
}

TEST(Parity, TwoRecipesThatDifferComeWithSharesAndASeparator) {
  const Parity p = parity_of("te/nvfp4", "te/nvfp4-fast");
  EXPECT_EQ(p.likeness(), Likeness::kDifferent);
  ASSERT_TRUE(p.pairs.at(0).diff.has_value());
  EXPECT_TRUE(p.pairs[0].diff->separator.has_value());
  EXPECT_GT(p.pairs[0].diff->rows.at(0).fields[static_cast<std::size_t>(Field::kElement)].ppm, 0.0);
}

TEST(Parity, ASituationRunsWhatResolveSays) {
  const Parity p = parity_of("te:dtype=bf16,shape=128x256,arch=sm_100a,env.NVTE_USE_FAST_MATH=1,part=rowwise",
                             "te:dtype=bf16,shape=128x256,arch=sm_100a,part=rowwise");
  ASSERT_THAT(p.pairs, SizeIs(1));
  EXPECT_EQ(p.pairs[0].part, "rowwise");
  EXPECT_EQ(p.pairs[0].a->identity.name, "te/nvfp4-fast");
  EXPECT_EQ(p.pairs[0].b->identity.name, "te/nvfp4");
  EXPECT_EQ(p.likeness(), Likeness::kDifferent);
  EXPECT_FALSE(p.a.resolution->rules.empty());
}

TEST(Parity, ANamedRecipeIsHeldAgainstEachPart) {
  const Parity p = parity_of("te/nvfp4", "te:dtype=bf16,shape=128x256,arch=sm_100a");
  ASSERT_THAT(p.pairs, SizeIs(2));
  EXPECT_EQ(p.pairs[0].part, "rowwise");
  EXPECT_EQ(p.pairs[1].part, "columnwise");
  EXPECT_EQ(p.likeness(), Likeness::kEqual);
}

TEST(Parity, TheColumnWisePartIsAskedColumnWise) {
  const Parity p = parity_of("te:dtype=bf16,shape=128x256,arch=sm_100a,part=columnwise", "te/nvfp4-rht");
  ASSERT_TRUE(p.pairs.at(0).diff.has_value());
  EXPECT_EQ(p.pairs[0].diff->direction, Direction::kColumnwise);
  EXPECT_EQ(p.likeness(), Likeness::kDifferent);
}

TEST(Parity, WhatNoRuleStatesCannotBeTold) {
  const Parity p = parity_of("te@99:dtype=bf16", "te/nvfp4");
  EXPECT_THAT(p.a.refusal, HasSubstr("unknown version '99'"));
  EXPECT_THAT(p.pairs, IsEmpty());
  EXPECT_EQ(p.likeness(), Likeness::kCannotTell);
}

TEST(Parity, OtherFormatsAreDifferentThoughNothingCanBeCounted) {
  const Parity p = parity_of("te/nvfp4", "torchao/mxfp8e4m3-floor");
  EXPECT_EQ(p.likeness(), Likeness::kDifferent);
  EXPECT_THAT(p.pairs.at(0).why, HasSubstr("other formats"));
}

TEST(Parity, ARecipeThatDoesNotTakeTheTypeCannotBeTold) {
  const Parity p = parity_of("te:dtype=fp32,shape=128x256,arch=sm_100a,part=rowwise", "te/nvfp4-fast");
  EXPECT_EQ(p.likeness(), Likeness::kCannotTell);
  EXPECT_THAT(p.pairs.at(0).why, HasSubstr("does not take fp32"));
}

TEST(Parity, TwoTypesAndUnknownPartsAreRefused) {
  EXPECT_THAT(refusal([] { parity_of("te:dtype=bf16", "te:dtype=fp32"); }), HasSubstr("no input is of both types"));
  EXPECT_THAT(refusal([] { parity_of("te:dtype=bf16,shape=128x256,arch=sm_100a,part=weight", "te/nvfp4"); }),
              HasSubstr("no part 'weight'"));
}

}  // namespace
}  // namespace bitgate::compare
