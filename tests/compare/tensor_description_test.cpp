#include "bitgate/compare/tensor_description.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

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
    const TensorDescription back = parse(to_json(d));
    EXPECT_TRUE(back.agrees_with(d)) << scheme.name;
    EXPECT_EQ(back.recipe, "a/b");
  }
}

TEST(TensorDescription, JsonSaysEverythingByName) {
  const TensorDescription d{SchemeId::kNvfp4Row,    {2, 16}, GlobalNumber::kAmax,
                            NibbleOrder::kLowFirst, {},      "te/nvfp4-row"};
  const auto json = nlohmann::json::parse(to_json(d));
  EXPECT_EQ(json, nlohmann::json::parse(R"({"bitgate_tensor": 1, "scheme": "nvfp4-row", "rows": 2, "cols": 16,
    "element": "e2m1", "scale": "e4m3", "extra": "none", "block": [1, 16], "direction": "row", "global": "row",
    "global_number": "amax", "nibble_order": "low-first", "scale_layout": "logical", "padding": "none",
    "values": "none", "recipe": "te/nvfp4-row"})"));
}

TEST(TensorDescription, PartsMayStandInForTheNameWhereTheyFitOneScheme) {
  EXPECT_EQ(parse(R"({"bitgate_tensor": 1, "rows": 1, "cols": 32, "element": "e4m3", "scale": "e8m0",
                      "block": [1, 32], "global": "none"})")
                .scheme,
            SchemeId::kMxfp8E4m3);
  EXPECT_THAT(message(R"({"bitgate_tensor": 1, "rows": 1, "cols": 32, "element": "int8", "scale": "fp16",
                          "block": [1, 32], "global": "none"})"),
              HasSubstr("both q8_1 and q8_1-mmq-ds4 fit, expected \"scheme\" to choose"));
  EXPECT_THAT(message(R"({"bitgate_tensor": 1, "rows": 1, "cols": 32, "element": "e4m3", "scale": "e8m0",
                          "block": [1, 16], "global": "none"})"),
              HasSubstr("no scheme fits"));
  EXPECT_THAT(message(R"({"bitgate_tensor": 1, "rows": 1, "cols": 32, "element": "e4m3"})"),
              HasSubstr("expected \"scheme\", or \"scale\""));
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
  EXPECT_THAT(message_with({{"direction", "column"}}), HasSubstr("/direction: expected \"row\""));
  EXPECT_THAT(message_with({{"scale_layout", "128x4"}}), HasSubstr("expected \"logical\""));
  EXPECT_THAT(message_with({{"padding", "zero"}}), HasSubstr("expected \"none\""));
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
