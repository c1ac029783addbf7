#include "bitgate/compare/alias.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "bitgate/reference/format/error.h"

namespace bitgate::compare {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::StartsWith;

std::string message_for(std::string_view name) {
  try {
    require_named(name);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST(Suggest, APrefixFindsItsOwnProducerAndScheme) {
  EXPECT_THAT(suggest("torchao/mxfp8").front(), StartsWith("torchao/mxfp8e4m3"));
  EXPECT_THAT(suggest("ggml/q8_1-mmq").front(), StartsWith("ggml/q8_1-mmq-"));
}

TEST(Suggest, AMisspeltNameFindsTheRightOne) {
  EXPECT_EQ(suggest("torchao/nvpf4").front(), "torchao/nvfp4");
  EXPECT_EQ(suggest("TE/NVFP4_ROW").front(), "te/nvfp4-row");
  EXPECT_EQ(suggest("ggml/q81").front(), "ggml/q8_1");
}

TEST(Suggest, AliasesFindWhatTheyMean) {
  EXPECT_EQ(suggest("te/nvfp4-per-token").front(), "te/nvfp4-row");
  EXPECT_EQ(suggest("te/nvfp4 per row").front(), "te/nvfp4-row");
  EXPECT_THAT(suggest("per-token"), Contains("te/nvfp4-row"));
  EXPECT_EQ(suggest("double quant").front(), "torchao/nvfp4-tensorwise");
  EXPECT_EQ(suggest("1D").front(), "te/nvfp4");
  EXPECT_EQ(suggest("te/nvfp4-1D").front(), "te/nvfp4");
  EXPECT_THAT(std::string(suggest("E4M3 scales").front()), HasSubstr("nvfp4"));
}

TEST(Suggest, GivesAsManyAsAskedForAndNoneTwice) {
  std::vector<std::string_view> names = suggest("nvfp4", 5);
  EXPECT_EQ(names.size(), 5u);
  std::sort(names.begin(), names.end());
  EXPECT_EQ(std::unique(names.begin(), names.end()), names.end());
}

TEST(FindAlias, KnowsCapitalsUnderscoresAndSpaces) {
  for (const char* name : {"per-token", "Per_Token", "PER TOKEN", "te/nvfp4-per-token"}) {
    ASSERT_NE(find_alias(name), nullptr) << name;
    EXPECT_EQ(find_alias(name)->here, "row") << name;
  }
}

TEST(FindAlias, TakesWholeWordsOnly) {
  EXPECT_EQ(find_alias("te/nvfp4"), nullptr);  // "fp4" is a part of a word
  EXPECT_EQ(find_alias("ggml/q8_0"), nullptr);
}

TEST(FindAlias, TheLongestWins) {
  ASSERT_NE(find_alias("stochastic rounding"), nullptr);
  EXPECT_EQ(find_alias("stochastic rounding")->name, "stochastic-rounding");
}

TEST(Aliases, EachIsInNormalFormAndTellsADifference) {
  for (const Alias& alias : aliases()) {
    EXPECT_EQ(find_alias(alias.name), &alias) << alias.name;
    EXPECT_FALSE(alias.here.empty()) << alias.name;
    EXPECT_GT(alias.difference.size(), 20u) << alias.name;
  }
}

TEST(Aliases, WholeRecipesAmongThemExist) {
  for (const Alias& alias : aliases())
    EXPECT_TRUE(alias.here.find('/') == std::string_view::npos || reference::find_recipe(alias.here) != nullptr)
        << alias.name << " -> " << alias.here;
}

TEST(RequireNamed, GivesTheRecipeOfThatNameOnly) {
  EXPECT_EQ(require_named("te/nvfp4").identity.name, "te/nvfp4");
  EXPECT_THROW(require_named("te/nvfp4-per-token"), InputError);
}

TEST(RequireNamed, TheMessageTellsNamesAndDifference) {
  const std::string message = message_for("te/nvfp4-per-token");
  EXPECT_THAT(message, HasSubstr("'te/nvfp4-row'"));
  EXPECT_THAT(message, HasSubstr("FlashInfer's per-token scale is a multiplier"));
}

}  // namespace
}  // namespace bitgate::compare
