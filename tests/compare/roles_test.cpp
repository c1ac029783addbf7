#include "bitgate/compare/roles.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "bitgate/compare/distribution.h"
#include "bitgate/compare/npy.h"
#include "bitgate/compare/tensor_files.h"
#include "bitgate/tests/support/temporary_directory.h"

namespace bitgate::compare {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

namespace fs = std::filesystem;

TEST(RolePattern, StarIsAnyCharactersAndQuestionMarkOne) {
  EXPECT_TRUE(matches("*.qkv.weight", "layers.0.qkv.weight"));
  EXPECT_TRUE(matches("*", ""));
  EXPECT_TRUE(matches("a*b*c", "a-b-b-c"));
  EXPECT_TRUE(matches("layers.?.x", "layers.7.x"));
  EXPECT_TRUE(matches("deep*grad", "deep/layers.2.grad"));
  EXPECT_FALSE(matches("layers.?.x", "layers.17.x"));
  EXPECT_FALSE(matches("*.weight", "layers.0.weight.t"));
  EXPECT_FALSE(matches("a*b", "acbd"));
  EXPECT_FALSE(matches("", "a"));
  EXPECT_FALSE(matches("?", ""));
}

TEST(RolePattern, ManyStarsEndSoon) { EXPECT_FALSE(matches("*a*a*a*a*a*a*a*a*a*a*b", std::string(4096, 'a'))); }

// A run of one layer: the weight by te/nvfp4-2d, the input by te/nvfp4.
class Roles : public testing::Test {
 protected:
  Roles() {
    add("l.weight", "te/nvfp4-2d");
    add("l.input", "te/nvfp4");
    manifest(R"({"roles": [{"pattern": "*.weight", "role": "weight", "recipe": "te/nvfp4-2d", "dtype": "bf16"},
                           {"pattern": "*.input", "role": "input", "recipe": "te/nvfp4"}]})");
  }
  TypedTensor input() const {
    return generate(reference::require_recipe("te/nvfp4"), {"normal"}, InputType::kBf16, {128, 128}, 5);
  }
  void add(const std::string& name, const std::string& recipe_name) const {
    const reference::Recipe& recipe = reference::require_recipe(recipe_name);
    const TypedTensor x = input();
    Request request;
    request.input = x.view();
    const QuantizedTensor answer = reference::quantize(recipe, request);
    write_tensor(run_ / name, description_of(answer, recipe.storage.nibbles, ""), answer);
    write_npy(run_ / (name + ".input.npy"), make_npy({128, 128}, std::get<1>(x.values)));
  }
  void manifest(const std::string& text) const { std::ofstream(file_, std::ios::binary) << text; }
  RolesReport report() const { return verify_roles(read_roles(file_), run_); }
  std::string message() const {
    return refusal([&] { report(); });
  }

  TemporaryDirectory folder_;
  const fs::path file_ = folder_ / "roles.json", run_ = folder_ / "run";
};

TEST_F(Roles, EachTensorIsHeldAgainstTheRecipeOfItsRole) {
  manifest(R"({"roles": [{"pattern": "*.weight", "role": "weight", "recipe": "te/nvfp4-2d", "dtype": "bf16"},
                         {"pattern": "*.input", "role": "input", "recipe": "te/nvfp4", "dtype": "bf16"}]})");
  const RolesReport r = report();
  ASSERT_THAT(r.tensors, SizeIs(2));
  EXPECT_EQ(r.tensors[0].tensor, "l.input");
  EXPECT_EQ(r.tensors[1].role.name, "weight");
  for (const RoleVerdict& tensor : r.tensors) {
    EXPECT_TRUE(tensor.exact()) << tensor.tensor;
    EXPECT_FALSE(tensor.empty());
    EXPECT_FALSE(tensor.found.has_value());
  }
}

TEST_F(Roles, AnotherRecipeIsNamedByIdentify) {
  add("l.input", "te/nvfp4-fast");
  manifest(R"({"roles": [{"pattern": "*.input", "role": "input", "recipe": "te/nvfp4", "dtype": "bf16"},
                         {"pattern": "*", "role": "weight", "recipe": "te/nvfp4-2d", "dtype": "bf16"}]})");
  const RoleVerdict tensor = report().tensors.at(0);
  EXPECT_FALSE(tensor.exact());
  EXPECT_GT(tensor.verdict.codes.different, 0);
  EXPECT_EQ(whose_bytes(tensor.found.value()), "te/nvfp4-fast");
}

TEST_F(Roles, ADumpOfAnotherSchemeIsADifferenceAndIdentified) {
  manifest(R"({"roles": [{"pattern": "l.*", "role": "weight", "recipe": "te/nvfp4-2d", "dtype": "bf16"}]})");
  const RoleVerdict tensor = report().tensors.at(0);
  EXPECT_EQ(tensor.tensor, "l.input");
  EXPECT_FALSE(tensor.exact());
  EXPECT_FALSE(tensor.empty());
  EXPECT_EQ(tensor.not_comparable, "it stores nvfp4, and the recipe makes nvfp4-2d");
  EXPECT_THAT(whose_bytes(tensor.found.value()), HasSubstr("te/nvfp4"));
}

TEST_F(Roles, TheFirstPatternThatMatchesCounts) {
  manifest(R"({"roles": [{"pattern": "l.weight", "role": "first", "recipe": "te/nvfp4-2d", "dtype": "bf16"},
                         {"pattern": "*.weight", "role": "second", "recipe": "te/nvfp4", "dtype": "bf16"}]})");
  EXPECT_EQ(report().tensors.at(0).role.name, "first");
}

TEST_F(Roles, WhatNoPatternNamesIsListed) {
  manifest(R"({"roles": [{"pattern": "*.weight", "role": "weight", "recipe": "te/nvfp4-2d", "dtype": "bf16"}]})");
  EXPECT_THAT(report().unnamed, ElementsAre("l.input"));
}

TEST_F(Roles, TensorsInFoldersOfTheirOwnAreFound) {
  add("block/0/l.weight", "te/nvfp4-2d");
  manifest(R"({"roles": [{"pattern": "block/*.weight", "role": "weight", "recipe": "te/nvfp4-2d", "dtype": "bf16"}]})");
  EXPECT_EQ(report().tensors.at(0).tensor, "block/0/l.weight");
}

TEST_F(Roles, NoTensorNamedAnUnusedPatternAndMissingFilesAreRefused) {
  EXPECT_THAT(message(), HasSubstr("uint16"));  // bit patterns of an unstated type
  manifest(R"({"roles": [{"pattern": "*.bias", "role": "weight", "recipe": "te/nvfp4"}]})");
  EXPECT_THAT(message(), HasSubstr("no pattern of the manifest matches any of its 2 tensors"));
  manifest(R"({"roles": [{"pattern": "*", "role": "any", "recipe": "te/nvfp4", "dtype": "bf16"},
                         {"pattern": "*.bias", "role": "weight", "recipe": "te/nvfp4"}]})");
  EXPECT_THAT(message(), HasSubstr("the manifest's pattern \"*.bias\" matches none of its tensors"));
  manifest(R"({"roles": [{"pattern": "*", "role": "any", "recipe": "te/nvfp4", "dtype": "bf16"}]})");
  fs::remove(run_ / "l.input.input.npy");
  EXPECT_THAT(message(), HasSubstr("l.input.input.npy"));
  fs::remove_all(run_ / "l.input");
  fs::copy(run_ / "l.weight.input.npy", run_ / "gone.input.npy");
  EXPECT_THAT(message(), HasSubstr("gone.input.npy has no dump"));
}

TEST_F(Roles, AMalformedManifestIsRefusedWithItsPlace) {
  const auto refused = [&](const std::string& text) {
    manifest(text);
    return message();
  };
  EXPECT_THAT(refused(R"({"roles": []})"), HasSubstr("names no tensor"));
  EXPECT_THAT(refused(R"({"roles": [{"pattern": "", "role": "w", "recipe": "te/nvfp4"}]})"),
              AllOf(HasSubstr("/roles/0/pattern"), HasSubstr("empty")));
  EXPECT_THAT(refused(R"({"roles": [{"pattern": "[ab]", "role": "w", "recipe": "te/nvfp4"}]})"),
              HasSubstr("only * and ? are known"));
  EXPECT_THAT(refused(R"({"roles": [{"pattern": "*", "role": "w", "recipe": "te/nvpf4"}]})"),
              AllOf(HasSubstr("/roles/0/recipe"), HasSubstr("te/nvfp4")));
  EXPECT_THAT(refused(R"({"roles": [{"pattern": "*", "role": "w", "recipe": "te/nvfp4", "dtype": "int8"}]})"),
              HasSubstr("/roles/0/dtype"));
  EXPECT_THAT(refused(R"({"roles": [{"pattern": "*", "role": "w", "recipe": "te/nvfp4", "dtpye": "bf16"}]})"),
              HasSubstr("dtpye"));
}

// The producer's words cannot be guessed.
TEST_F(Roles, ARecipeThatDrawsWordsNeedsThem) {
  manifest(R"({"roles": [{"pattern": "*.input", "role": "gradient", "recipe": "te/nvfp4-sr-soft-tuned",
                          "dtype": "bf16"}]})");
  EXPECT_THAT(message(), HasSubstr("l.input.rbits.npy"));
  std::vector<std::uint32_t> words(128 * 32);
  for (std::size_t i = 0; i < words.size(); ++i) words[i] = static_cast<std::uint32_t>(i * 2654435761u);
  write_npy(run_ / "l.input.rbits.npy", make_npy({128, 32}, words));
  const reference::Recipe& recipe = reference::require_recipe("te/nvfp4-sr-soft-tuned");
  const TypedTensor x = input();
  Request request;
  request.input = x.view();
  request.random_bits = words;
  const QuantizedTensor answer = reference::quantize(recipe, request);
  write_tensor(run_ / "l.input", description_of(answer, recipe.storage.nibbles, ""), answer);
  EXPECT_TRUE(report().tensors.at(0).exact());
}

}  // namespace
}  // namespace bitgate::compare
