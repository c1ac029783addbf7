// Each mistake is made here by hand, as a kernel or a reader would make it, and has to be named.
#include "bitgate/compare/mistakes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bitgate/compare/distribution.h"

namespace bitgate::compare {
namespace {

using reference::Recipe;

struct Made {
  const Recipe* recipe;
  TypedTensor input;
  QuantizedTensor dump;  // right so far
};

Request request_for(const Made& made) {
  Request request;
  request.input = made.input.view();
  return request;
}

Made right(const char* name, Extent extent, const char* distribution = "normal") {
  Made made{&reference::require_recipe(name), {}, {}};
  made.input = generate(*made.recipe, {distribution}, InputType::kF32, extent, 5);
  made.dump = reference::quantize(*made.recipe, request_for(made));
  return made;
}

// The first explanation, where it leaves nothing: "" else.
std::string_view named(const Made& made) {
  const std::vector<Explanation> found = usual_mistakes({made.recipe}, request_for(made), made.dump);
  if (found.empty() || found.front().different_bytes != 0) return "";
  return found.front().mistake.name;
}

std::vector<std::uint8_t>& scale_bytes(QuantizedTensor& t) { return std::get<std::vector<std::uint8_t>>(t.scales); }

TEST(Mistakes, ARightDumpHasNone) {
  const Made made = right("te/nvfp4", {4, 64});
  EXPECT_TRUE(usual_mistakes({made.recipe}, request_for(made), made.dump).empty());
}

TEST(Mistakes, SwappedNibbles) {
  Made made = right("torchao/nvfp4", {4, 64});
  for (std::size_t i = 0; i < made.dump.codes.size(); i += 2) std::swap(made.dump.codes[i], made.dump.codes[i + 1]);
  EXPECT_EQ(named(made), "swapped-nibbles");
}

// The formula of te.md 7, written out for one tile row: 128 rows of 8 scales are two tiles.
TEST(Mistakes, SwizzledScalesReadAsAMatrix) {
  Made made = right("te/nvfp4", {128, 128});
  const std::vector<std::uint8_t> logical = scale_bytes(made.dump);
  for (std::size_t r = 0; r < 128; ++r)
    for (std::size_t c = 0; c < 8; ++c)
      scale_bytes(made.dump)[c / 4 * 512 + r % 32 * 16 + r / 32 * 4 + c % 4] = logical[r * 8 + c];
  EXPECT_EQ(named(made), "swizzled-scales");
}

TEST(Mistakes, AMatrixOfScalesReadAsSwizzled) {
  Made made = right("te/nvfp4", {128, 128});
  const std::vector<std::uint8_t> logical = scale_bytes(made.dump);
  for (std::size_t r = 0; r < 128; ++r)
    for (std::size_t c = 0; c < 8; ++c)
      scale_bytes(made.dump)[r * 8 + c] = logical[c / 4 * 512 + r % 32 * 16 + r / 32 * 4 + c % 4];
  EXPECT_EQ(named(made), "swizzled-scales");
}

TEST(Mistakes, TransposedScales) {
  Made made = right("torchao/mxfp8e4m3-floor", {6, 128}, "row_ladder");
  const std::vector<std::uint8_t> logical = scale_bytes(made.dump);
  for (std::size_t r = 0; r < 6; ++r)
    for (std::size_t c = 0; c < 4; ++c) scale_bytes(made.dump)[c * 6 + r] = logical[r * 4 + c];
  EXPECT_EQ(named(made), "transposed-scales");
}

TEST(Mistakes, CodesABlockLate) {
  Made made = right("te/nvfp4", {4, 64});
  made.dump.codes.insert(made.dump.codes.begin(), 16, 0);
  made.dump.codes.resize(4 * 64);
  EXPECT_EQ(named(made), "shifted-codes");
}

TEST(Mistakes, CodesABlockEarly) {
  Made made = right("te/nvfp4", {4, 64});
  made.dump.codes.erase(made.dump.codes.begin(), made.dump.codes.begin() + 16);
  made.dump.codes.resize(4 * 64);
  EXPECT_EQ(named(made), "shifted-codes");
}

TEST(Mistakes, ScalesABlockLate) {
  Made made = right("te/nvfp4", {4, 64});
  scale_bytes(made.dump).insert(scale_bytes(made.dump).begin(), 0);
  scale_bytes(made.dump).pop_back();
  EXPECT_EQ(named(made), "shifted-scales");
}

// Neighbours are alike in a tensor of ones: a shift explains nothing that an unshifted dump does not.
TEST(Mistakes, OneWrongByteOfAConstantTensorIsNoShift) {
  for (const std::size_t wrong : {0u, 64u * 64u - 1u, 2000u}) {
    Made made = right("te/nvfp4", {64, 64});
    std::get<0>(made.input.values).assign(64 * 64, 1.0f);
    made.dump = reference::quantize(*made.recipe, request_for(made));
    Made scales = made;
    made.dump.codes[wrong] ^= 1;
    EXPECT_TRUE(usual_mistakes({made.recipe}, request_for(made), made.dump).empty()) << wrong;
    scale_bytes(scales.dump)[wrong / 16] ^= 1;
    EXPECT_TRUE(usual_mistakes({scales.recipe}, request_for(scales), scales.dump).empty()) << wrong;
  }
}

TEST(Mistakes, InvertedGlobal) {
  Made made = right("torchao/nvfp4-tensorwise", {4, 64});
  made.dump.global[0] = 1.0f / made.dump.global[0];
  EXPECT_EQ(named(made), "inverted-global");
}

TEST(Mistakes, TheOtherKindOfGlobal) {
  Made made = right("te/nvfp4", {4, 64});
  const float amax = made.dump.global[0];
  made.dump.global[0] = amax / 2688.0f;
  EXPECT_EQ(named(made), "multiplier-stored");
  made.dump.global[0] = 2688.0f / amax;
  EXPECT_EQ(named(made), "encode-scale-stored");
}

TEST(Mistakes, FirstRowsAmaxForAllRows) {
  Made made = right("te/nvfp4-row", {4, 64}, "row_ladder");
  const std::vector<float> first(4, made.dump.global[0]);
  Request request = request_for(made);
  request.amax = first;
  made.dump = reference::quantize(*made.recipe, request);
  EXPECT_EQ(named(made), "first-rows-amax");
}

TEST(Mistakes, FirstRowsAmaxForTheTensor) {
  Made made = right("te/nvfp4", {4, 64});
  const std::vector<float> of_first =
      reference::amax_of(reference::require_recipe("te/nvfp4-row").rules, made.input.view());
  ASSERT_NE(of_first[0], made.dump.global[0]);
  Request request = request_for(made);
  request.amax = std::span<const float>(of_first).first(1);
  made.dump = reference::quantize(*made.recipe, request);
  EXPECT_EQ(named(made), "first-rows-amax");
}

TEST(Mistakes, TheTensorsAmaxForEveryRowUnderTheRightGlobals) {
  Made made = right("te/nvfp4-row", {4, 64});
  const std::vector<float> stored = made.dump.global;
  const std::vector<float> largest(4, *std::max_element(stored.begin(), stored.end()));
  Request request = request_for(made);
  request.amax = largest;
  made.dump = reference::quantize(*made.recipe, request);
  made.dump.global = stored;
  EXPECT_EQ(named(made), "tensors-amax");
}

// An encode scale of 1 is what amax = 2688 gives.
TEST(Mistakes, GlobalForgotten) {
  Made made = right("te/nvfp4", {4, 64});
  const std::vector<float> stored = made.dump.global, one{2688.0f};
  Request request = request_for(made);
  request.amax = one;
  made.dump = reference::quantize(*made.recipe, request);
  made.dump.global = stored;
  EXPECT_EQ(named(made), "global-forgotten");
}

TEST(Mistakes, GlobalAppliedTwice) {
  Made made = right("te/nvfp4", {4, 64});
  const std::vector<float> amax = made.dump.global;
  const float encode_scale = 2688.0f / amax[0];
  for (float& x : std::get<0>(made.input.values)) x *= encode_scale;
  Request request = request_for(made);
  request.amax = amax;
  made.dump = reference::quantize(*made.recipe, request);
  made.input = generate(*made.recipe, {"normal"}, InputType::kF32, {4, 64}, 5);
  EXPECT_EQ(named(made), "global-twice");
}

TEST(Mistakes, TheRecipeThatExplainsIsNamed) {
  Made made = right("te/nvfp4", {8, 128});
  std::get<0>(made.input.values)[5] = -0.0f;  // parts te/nvfp4 from its PyTorch reference
  made.dump = reference::quantize(*made.recipe, request_for(made));
  for (std::size_t i = 0; i < made.dump.codes.size(); i += 2) std::swap(made.dump.codes[i], made.dump.codes[i + 1]);
  const std::vector<Explanation> found =
      usual_mistakes({&reference::require_recipe("te/nvfp4-pyref"), made.recipe}, request_for(made), made.dump);
  ASSERT_FALSE(found.empty());
  EXPECT_EQ(found.front().recipe, made.recipe);
  EXPECT_EQ(found.front().different_bytes, 0);
}

TEST(Mistakes, BytesCountByTheirWidth) {
  std::array<Tally, kFieldCount> tally{};
  for (Tally& field : tally) field.different = 1;
  EXPECT_EQ(different_bytes(tally, scheme_of(SchemeId::kNvfp4)), 4 + 1 + 1 + 2 + 4);
  EXPECT_EQ(different_bytes(tally, scheme_of(SchemeId::kQ8_1MmqD4)), 4 + 4 + 1 + 2 + 4);
}

}  // namespace
}  // namespace bitgate::compare
