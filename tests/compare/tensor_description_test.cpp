#include "bitgate/compare/tensor_description.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "bitgate/reference/layout/raw_blocks.h"
#include "bitgate/tests/support/temporary_directory.h"

namespace bitgate::compare {
namespace {

using ::testing::HasSubstr;

TensorDescription parse(std::string_view json) {
  return parse_description(std::as_bytes(std::span<const char>(json)), "d/tensor.json");
}
std::string message(const std::string& json) {
  return refusal([&] { parse(json); });
}
// A whole description of nvfp4 with keys replaced (null: removed).
std::string message_with(const nlohmann::json& changes) {
  const TensorDescription nvfp4{SchemeId::kNvfp4, {2, 16}, GlobalNumber::kMultiplier, NibbleOrder::kLowFirst, {}, ""};
  nlohmann::json object = nlohmann::json::parse(to_json(nvfp4));
  object.merge_patch(changes);
  return message(object.dump());
}

TEST(TensorDescription, EverySchemeReadsBack) {
  for (const Scheme& scheme : kSchemes) {
    TensorDescription d{scheme.id, {3, 33}, GlobalNumber::kNone, NibbleOrder::kLowFirst, std::nullopt, "a/b"};
    if (scheme.global != GlobalAxis::kNone) d.global_number = GlobalNumber::kDivisor;
    if (scheme.element.bits == 4) d.nibbles = NibbleOrder::kHighFirst;
    d.values = InputType::kBf16;
    d.blocks = reference::default_blocks(scheme.id);
    const TensorDescription back = parse(to_json(d));
    EXPECT_TRUE(back.agrees_with(d)) << scheme.name;
    EXPECT_EQ(back.recipe, "a/b");
  }
}

TEST(TensorDescription, EveryDirectionLayoutAndPaddingReadsBack) {
  for (const Direction direction : {Direction::kRowwise, Direction::kColumnwise, Direction::kBoth}) {
    for (const reference::ScaleLayout layout : reference::kScaleLayouts) {
      for (const bool zero : {true, false}) {
        TensorDescription d{SchemeId::kMxfp4, {3, 33}, GlobalNumber::kNone, NibbleOrder::kLowFirst, {}, ""};
        d.direction = direction;
        d.layout = layout;
        d.padding_is_zero = zero || layout == reference::ScaleLayout::kLogical;
        EXPECT_TRUE(parse(to_json(d)).agrees_with(d)) << to_json(d);
      }
    }
  }
}

TEST(TensorDescription, EveryKindOfBlocksReadsBack) {
  for (const reference::BlockLayout& layout : reference::kBlockLayouts) {
    EXPECT_EQ(find_blocks(layout.name), layout.id);
    for (const Scheme& scheme : kSchemes) {
      if (!reference::fits(layout.id, scheme)) continue;
      TensorDescription d{scheme.id, {3, 33}, GlobalNumber::kNone, NibbleOrder::kLowFirst, {}, ""};
      if (scheme.global != GlobalAxis::kNone) d.global_number = GlobalNumber::kMultiplier;
      d.blocks = layout.id;
      EXPECT_EQ(parse(to_json(d)).blocks, layout.id) << scheme.name << " " << layout.name;
    }
  }
  EXPECT_EQ(find_blocks("q9_0"), std::nullopt);
}

TEST(TensorDescription, JsonSaysEverythingByName) {
  const TensorDescription d{SchemeId::kNvfp4Row,    {2, 16}, GlobalNumber::kAmax,
                            NibbleOrder::kLowFirst, {},      "te/nvfp4-row"};
  const auto json = nlohmann::json::parse(to_json(d));
  EXPECT_EQ(json, nlohmann::json::parse(R"({"bitgate_tensor": 1, "scheme": "nvfp4-row", "rows": 2, "cols": 16,
    "element": "e2m1", "scale": "e4m3", "extra": "none", "block": [1, 16], "direction": "row", "global": "row",
    "global_number": "amax", "amax_over": 2688, "nibble_order": "low-first", "scale_layout": "logical",
    "padding": "none", "blocks": "none", "values": "none", "recipe": "te/nvfp4-row"})"));
}

TEST(TensorDescription, PartsMayStandInForTheNameWhereTheyFitOneScheme) {
  EXPECT_EQ(parse(R"({"bitgate_tensor": 1, "rows": 1, "cols": 32, "element": "e4m3", "scale": "e8m0",
                      "block": [1, 32], "global": "none"})")
                .scheme,
            SchemeId::kMxfp8E4m3);
  EXPECT_THAT(message(R"({"bitgate_tensor": 1, "rows": 1, "cols": 32, "element": "int8", "scale": "fp16",
                          "block": [1, 32], "global": "none"})"),
              HasSubstr("q8_1, q8_1-mmq-ds4, q8_0 fit, expected \"scheme\" to choose"));
  EXPECT_THAT(message(R"({"bitgate_tensor": 1, "rows": 1, "cols": 32, "element": "e4m3", "scale": "e8m0",
                          "block": [1, 16], "global": "none"})"),
              HasSubstr("no scheme fits"));
  EXPECT_THAT(message(R"({"bitgate_tensor": 1, "rows": 1, "cols": 32, "element": "e4m3"})"),
              HasSubstr("expected \"scheme\", or \"scale\""));
}

// Each scheme by its words alone: found, or refused with all that fit.
TEST(TensorDescription, WordsNameOneSchemeOrAllThatFit) {
  std::string ambiguous;
  for (const Scheme& scheme : kSchemes) {
    TensorDescription d{scheme.id, {3, 33}, GlobalNumber::kNone, NibbleOrder::kLowFirst, InputType::kF32, ""};
    if (scheme.global != GlobalAxis::kNone) d.global_number = GlobalNumber::kAmax;
    nlohmann::json object = nlohmann::json::parse(to_json(d));
    object.erase("scheme");
    const std::string refused = message(object.dump());
    if (refused.empty())
      EXPECT_EQ(parse(object.dump()).scheme, scheme.id) << scheme.name;
    else
      ambiguous += refused.substr(refused.rfind(": ") + 2) + "\n";
  }
  const std::string pair = "q8_1, q8_1-mmq-ds4 fit, expected \"scheme\" to choose\n";
  EXPECT_EQ(ambiguous, pair + pair);
}

TEST(TensorDescription, AmaxOverTellsTheSchemesOf448And256Apart) {
  const std::string words = R"({"bitgate_tensor": 1, "rows": 1, "cols": 32, "element": "e2m1", "scale": "e4m3",
      "block": [1, 16], "global": "tensor", "global_number": "amax", "nibble_order": "low-first")";
  EXPECT_EQ(parse(words + "}").scheme, SchemeId::kNvfp4);
  EXPECT_EQ(parse(words + R"(, "amax_over": 2688})").scheme, SchemeId::kNvfp4);
  EXPECT_EQ(parse(words + R"(, "amax_over": 1536})").scheme, SchemeId::kNvfp4E256);
  EXPECT_THAT(message(words + R"(, "amax_over": 1537})"), HasSubstr("no scheme fits"));
  EXPECT_THAT(message(words + R"(, "amax_over": "nan"})"), HasSubstr("no scheme fits"));
  EXPECT_NE(message(words + R"(, "amax_over": "2688"})"), "");
  EXPECT_THAT(message_with({{"amax_over", 1536}}), HasSubstr("amax_over contradicts scheme nvfp4"));
  EXPECT_EQ(message_with({{"scheme", "nvfp4-256"}, {"amax_over", nullptr}}), "");
  EXPECT_THAT(message(R"({"bitgate_tensor": 1, "rows": 1, "cols": 32, "scheme": "q8_1", "amax_over": 2688})"),
              HasSubstr("contradicts scheme q8_1"));
}

TEST(TensorDescription, StorageThatTheSchemeLacksIsRefused) {
  EXPECT_THAT(message_with({{"blocks", "q8_1"}}), HasSubstr("scheme nvfp4 is not stored in blocks q8_1"));
  EXPECT_THAT(message_with({{"blocks", "nvfp4"}, {"direction", "both"}}),
              HasSubstr("in blocks nvfp4 lies by rows, but its direction is said to be both"));
  EXPECT_THAT(message_with({{"values", "fp32"}, {"direction", "column"}}),
              HasSubstr("has values, which lie by rows, but its direction is said to be column"));
  const std::string start = R"({"bitgate_tensor": 1, "rows": 1, "cols": 32, "scheme": )";
  EXPECT_THAT(message(start + R"("q8_1", "scale_layout": "padded"})"),
              HasSubstr("scheme q8_1 has no scales laid out padded"));
  EXPECT_THAT(message(start + R"("fp8-e4m3", "scale_layout": "128x4"})"),
              HasSubstr("scheme fp8-e4m3 has no scales laid out 128x4"));
  EXPECT_THAT(message(start + R"("fp8-e4m3", "scale_layout": "8x4"})"),
              HasSubstr("scheme fp8-e4m3 has no scales laid out 8x4"));
  EXPECT_THAT(message(start + R"("values-e2m1"})"), HasSubstr("has only values, whose type is not stated"));
  EXPECT_EQ(message(start + R"("values-e2m1", "values": "bf16"})"), "");
}

TEST(TensorDescription, BlocksThatAreNotStatedAreThoseOfTheSchemesName) {
  const std::string start =
      R"({"bitgate_tensor": 1, "rows": 1, "cols": 32, "scheme": "q4_0", "nibble_order": "low-first")";
  EXPECT_EQ(parse(start + "}").blocks, RawBlocks::kQ4_0);
  EXPECT_EQ(parse(start + R"(, "blocks": "none"})").blocks, RawBlocks::kNone);
  EXPECT_EQ(parse(start + R"(, "direction": "column"})").blocks, RawBlocks::kNone);
}

TEST(TensorDescription, ARecipeSaysHowItsProducerStores) {
  reference::Recipe recipe{};
  recipe.identity.name = "ggml/mxfp4-mmq";
  recipe.rules.scheme = SchemeId::kMxfp4;
  recipe.storage.blocks = RawBlocks::kFp4MmqMx;
  recipe.storage.nibbles = NibbleOrder::kHighFirst;
  const TensorDescription d = description_of(recipe, {2, 32}, Direction::kRowwise);
  EXPECT_EQ(d.blocks, RawBlocks::kFp4MmqMx);
  EXPECT_EQ(d.nibbles, NibbleOrder::kHighFirst);
  EXPECT_EQ(d.recipe, "ggml/mxfp4-mmq");
  recipe.rules.scheme = SchemeId::kValuesE2m1;
  recipe.storage.blocks = RawBlocks::kNone;
  EXPECT_EQ(description_of(recipe, {2, 32}, Direction::kRowwise).values, InputType::kF32);
}

TEST(TensorDescription, ContradictionsAreRefused) {
  EXPECT_EQ(message_with(nlohmann::json::object()), "");
  EXPECT_THAT(message_with({{"element", "e4m3"}}), HasSubstr("contradicts scheme nvfp4"));
  EXPECT_THAT(message_with({{"block", {1, 32}}}), HasSubstr("contradicts scheme nvfp4"));
  EXPECT_THAT(message_with({{"global_number", "none"}}), HasSubstr("scheme nvfp4 has a global"));
  EXPECT_THAT(message(R"({"bitgate_tensor": 1, "rows": 1, "cols": 32, "scheme": "q8_1", "global_number": "amax"})"),
              HasSubstr("scheme q8_1 has no global"));
}

TEST(TensorDescription, UnknownWordsNameWhatWasExpected) {
  EXPECT_THAT(message_with({{"scheme", "nvfp5"}}), HasSubstr("/scheme: unknown scheme, expected one of nvfp4,"));
  EXPECT_THAT(message_with({{"global_number", "scale"}}), HasSubstr("expected none, amax, multiplier or divisor"));
  EXPECT_THAT(message_with({{"nibble_order", "none"}}), HasSubstr("expected low-first or high-first"));
  EXPECT_THAT(message_with({{"direction", "col"}}), HasSubstr("/direction: expected \"row\", \"column\" or \"both\""));
  EXPECT_THAT(message_with({{"scale_layout", "4x4"}}),
              HasSubstr("expected \"logical\", \"padded\", \"128x4\" or \"8x4\""));
  EXPECT_THAT(message_with({{"blocks", "q9"}}), HasSubstr("/blocks: expected \"none\" or the name of ggml's blocks"));
  EXPECT_THAT(message_with({{"padding", "zero"}}), HasSubstr("scale_layout logical goes with \"none\""));
  EXPECT_THAT(message_with({{"padding", "none"}, {"scale_layout", "128x4"}}),
              HasSubstr("scale_layout 128x4 goes with \"zero\" or \"any\""));
  EXPECT_THAT(message_with({{"values", "fp64"}}), HasSubstr("expected none, fp32, bf16 or f16"));
}

TEST(TensorDescription, WhatIsNeededIsNotInferred) {
  for (const std::string key : {"rows", "cols", "nibble_order", "global_number", "bitgate_tensor"})
    EXPECT_THAT(message_with({{key, nullptr}}), HasSubstr(key)) << key;
  EXPECT_NE(message_with({{"bitgate_tensor", 2}}), "");
  EXPECT_NE(message_with({{"rows", -1}}), "");
  EXPECT_NE(message_with({{"rows", 1.5}}), "");
  EXPECT_NE(message_with({{"cols", std::uint64_t{1} << 63}}), "");
  EXPECT_NE(message_with({{"rows", 0}, {"cols", std::int64_t{1} << 39}}), "");
}

TEST(TensorDescription, WhatIsNotJsonIsRefusedWithItsPlace) {
  EXPECT_EQ(message("{\"rows\": }"), "d/tensor.json: byte 10: is not JSON");
  EXPECT_NE(message(""), "");
  EXPECT_NE(message("[]"), "");
  EXPECT_NE(message("{\"rows\": 1e999}"), "");
  EXPECT_NE(message("\xff"), "");
}

TEST(TensorDescription, EveryChangedByteIsReadOrRefused) {
  const std::string json = to_json({SchemeId::kQ8_1, {1, 32}, GlobalNumber::kNone, NibbleOrder::kLowFirst, {}, "r"});
  const auto bytes = std::as_bytes(std::span<const char>(json));
  EXPECT_GT(refused_mutations({bytes.begin(), bytes.end()},
                              [](const std::vector<std::byte>& mutated) { parse_description(mutated, "t"); }),
            10000);
}

TEST(TensorDescription, ANibbleOrderWithoutMeaningAndTheRecipeDoNotCount) {
  const TensorDescription a{SchemeId::kQ8_1, {1, 32}, GlobalNumber::kNone, NibbleOrder::kLowFirst, {}, "a"};
  TensorDescription b = a;
  b.nibbles = NibbleOrder::kHighFirst;
  b.recipe = "b";
  EXPECT_TRUE(a.agrees_with(b));
  b.extent.rows = 2;
  EXPECT_FALSE(a.agrees_with(b));
}

}  // namespace
}  // namespace bitgate::compare
