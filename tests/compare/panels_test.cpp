// Panels: the default ones, those of a sweep file, and their expansion into cases.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <set>

#include "bitgate/compare/distribution.h"
#include "bitgate/compare/sweep.h"
#include "bitgate/tests/support/temporary_directory.h"

namespace bitgate::compare {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

const Panel& named(const std::vector<Panel>& panels, std::string_view name) {
  return *std::find_if(panels.begin(), panels.end(), [name](const Panel& panel) { return panel.name == name; });
}

std::filesystem::path written(const std::string& text) {
  static const TemporaryDirectory folder;
  const std::filesystem::path file = folder / "bitgate_panels_test.json";
  std::ofstream(file, std::ios::binary) << text;
  return file;
}

std::string refusal_of(const std::string& text) {
  try {
    read_panels(written(text));
  } catch (const InputError& error) {
    return error.what();
  }
  return "accepted";
}

TEST(DefaultPanels, HoldEveryPlainAndDirectedDistribution) {
  const std::vector<Panel> panels = default_panels();
  std::set<std::string> names;
  for (const Distribution& input : named(panels, "distribution").inputs) names.insert(input.name);
  for (const DistributionInfo& info : distributions())
    EXPECT_TRUE(info.family == Family::kRowVarying || info.family == Family::kCorner ||
                names.contains(std::string(info.name)))
        << info.name;
  EXPECT_THAT(names, Contains("row_ladder"));
  EXPECT_THAT(names, Contains("row_lognormal"));
  EXPECT_THAT(names, Contains("one_hot_row"));
}

TEST(DefaultPanels, AmplitudeRunsFromMinus24To12InStepsOf2) {
  const std::vector<Panel> panels = default_panels();
  const std::vector<Distribution>& inputs = named(panels, "amplitude").inputs;
  ASSERT_THAT(inputs, SizeIs(2 * 19));
  EXPECT_EQ(inputs[0], (Distribution{"normal", -24}));
  EXPECT_EQ(inputs[18], (Distribution{"normal", 12}));
  EXPECT_EQ(inputs[19], (Distribution{"gelu", -24}));
}

std::set<std::string> recipes_in(const std::function<bool(const Panel&)>& wanted) {
  std::set<std::string> recipes;
  for (const Panel& panel : default_panels())
    if (wanted(panel))
      for (const Case& c : expand({panel})) recipes.insert(c.recipe);
  return recipes;
}

TEST(DefaultPanels, EveryRecipeThatRunsStandsInOneOverDistributions) {
  std::set<std::string> runnable;
  for (const reference::Recipe& recipe : reference::catalog())
    if (reference::runs(recipe)) runnable.emplace(recipe.identity.name);
  EXPECT_EQ(recipes_in([](const Panel& p) { return p.name == "distribution" || p.name.starts_with("variants_"); }),
            runnable);
}

TEST(DefaultPanels, TheFirstRecipeOfEachProducersSchemeStandsInEveryOther) {
  const auto leading = recipes_in([](const Panel& p) { return p.name == "distribution"; });
  EXPECT_TRUE(leading.contains("te/nvfp4") && leading.contains("ggml/q8_1") && !leading.contains("te/nvfp4-v1"));
  EXPECT_EQ(recipes_in([](const Panel& p) { return p.name == "amplitude"; }), leading);
  // Drawn with fp32 alone, which each of them takes.
  EXPECT_EQ(recipes_in([](const Panel& p) { return p.name == "row_range"; }), leading);
}

TEST(DefaultPanels, ExpandWithoutRepeats) {
  const std::vector<Case> cases = expand(default_panels());
  std::set<std::string> names;
  for (const Case& c : cases) names.insert(c.name());
  EXPECT_EQ(names.size(), cases.size());
  EXPECT_GT(cases.size(), 1000u);
  EXPECT_LT(cases.size(), 16000u);
}

TEST(Expand, KeepsPanelOrderAndDropsRepeats) {
  const Panel panel{"p", {"te/nvfp4-row", "te/nvfp4"}, {InputType::kF32}, {{"normal"}, {"gelu", -2}}, {4, 32}, 9};
  std::vector<std::string> names;
  for (const Case& c : expand({panel, panel})) names.push_back(c.name());
  EXPECT_THAT(names, ElementsAre("te/nvfp4-row/fp32/normal/4x32/s9", "te/nvfp4-row/fp32/gelu@2^-2/4x32/s9",
                                 "te/nvfp4/fp32/normal/4x32/s9", "te/nvfp4/fp32/gelu@2^-2/4x32/s9"));
}

TEST(Expand, LeavesOutTypesThatTheRecipeDoesNotTake) {
  const Panel panel{"p", {"ggml/q8_1"}, {InputType::kF32, InputType::kBf16, InputType::kF16}, {{"normal"}}};
  const std::vector<Case> cases = expand({panel});
  ASSERT_THAT(cases, SizeIs(1));  // ggml quantizes fp32 activations only
  EXPECT_EQ(cases[0].type, InputType::kF32);
}

TEST(Expand, RefusesUnknownNames) {
  EXPECT_THROW(expand({{"p", {"te/nvfp5"}, {InputType::kF32}, {{"normal"}}}}), InputError);
  EXPECT_THROW(expand({{"p", {"te/nvfp4"}, {InputType::kF32}, {{"normally"}}}}), InputError);
}

TEST(SweepFile, ReadsEveryMember) {
  const std::vector<Panel> panels = read_panels(written(
      R"({"panels": [{"name": "noise", "recipes": ["te/nvfp4"], "types": ["bf16"], "inputs": ["normal", "gelu@2^-4"],
          "extent": [4, 32], "seed": 7}, {"name": "rest", "inputs": ["normal"]}]})"));
  ASSERT_THAT(panels, SizeIs(2));
  EXPECT_EQ(panels[0].name, "noise");
  EXPECT_THAT(panels[0].recipes, ElementsAre("te/nvfp4"));
  EXPECT_THAT(panels[0].types, ElementsAre(InputType::kBf16));
  EXPECT_THAT(panels[0].inputs, ElementsAre(Distribution{"normal", 0}, Distribution{"gelu", -4}));
  EXPECT_EQ(panels[0].extent, (Extent{4, 32}));
  EXPECT_EQ(panels[0].seed, 7u);
  EXPECT_TRUE(panels[1].recipes.empty());
  EXPECT_THAT(panels[1].types, SizeIs(3));
  EXPECT_EQ(panels[1].extent, (Extent{256, 256}));
}

TEST(SweepFile, RefusalsNameFileAndPlace) {
  EXPECT_THAT(refusal_of(R"({"panels": [{"name": "a", "inputs": ["normal"], "recipes": ["te/nvfp5"]}]})"),
              testing::AllOf(HasSubstr("bitgate_panels_test.json: /panels/0/recipes/0: "), HasSubstr("te/nvfp5")));
  EXPECT_THAT(refusal_of(R"({"panels": [{"name": "a", "inputs": ["normal", "normally"]}]})"),
              testing::AllOf(HasSubstr("/panels/0/inputs/1: "), HasSubstr("normally")));
  EXPECT_THAT(refusal_of(R"({"panels": [{"name": "a", "inputs": ["normal@2^x"]}]})"),
              HasSubstr("/panels/0/inputs/0: "));
  EXPECT_THAT(refusal_of(R"({"panels": [{"name": "a", "inputs": ["normal/8x8"]}]})"), HasSubstr("slash"));
}

TEST(SweepFile, WrongShapesAreRefused) {
  const auto panel = [](const std::string& rest) {
    return R"({"panels": [{"name": "a", "inputs": ["normal"])" + rest + "}]}";
  };
  ASSERT_EQ(refusal_of(panel("")), "accepted");
  EXPECT_THAT(refusal_of("{"), HasSubstr("not JSON"));
  EXPECT_THAT(refusal_of("[]"), HasSubstr("expected an object"));
  EXPECT_THAT(refusal_of(R"({"panels": []})"), HasSubstr("at least one panel"));
  EXPECT_THAT(refusal_of(R"({"panels": [{"name": "a"}]})"), HasSubstr("no \"inputs\""));
  EXPECT_THAT(refusal_of(R"({"panels": [{"name": "a", "inputs": []}]})"), HasSubstr("at least one distribution"));
  EXPECT_THAT(refusal_of(panel(R"(, "tyeps": [])")), HasSubstr("unknown key \"tyeps\""));
  EXPECT_THAT(refusal_of(panel(R"(, "types": [])")), HasSubstr("at least one input type"));
  EXPECT_THAT(refusal_of(panel(R"(, "types": ["fp64"])")), HasSubstr("/panels/0/types/0: unknown input type"));
  EXPECT_THAT(refusal_of(panel(R"(, "extent": [4])")), HasSubstr("expected [rows, cols]"));
  EXPECT_THAT(refusal_of(panel(R"(, "extent": [-1, 4])")), HasSubstr("/panels/0/extent/0: expected an integer"));
  EXPECT_THAT(refusal_of(panel(R"(, "extent": [1048576, 1048576])")), HasSubstr("elements"));
  EXPECT_THAT(refusal_of(panel(R"(, "seed": 1.5)")), HasSubstr("/panels/0/seed: expected an integer"));
  EXPECT_THAT(refusal_of(panel(R"(, "seed": 18446744073709551615)")), HasSubstr("/panels/0/seed"));
  EXPECT_THAT(refusal_of(panel(R"(, "seed": 1, "seed": 2)")), HasSubstr("key \"seed\" stands twice"));
}

TEST(SweepFile, MissingFileIsNamed) {
  try {
    read_panels("no/such/sweep.json");
    FAIL() << "accepted";
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("no/such/sweep.json"));
  }
}

}  // namespace
}  // namespace bitgate::compare
