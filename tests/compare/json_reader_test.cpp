#include "bitgate/compare/json_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <functional>
#include <limits>

#include "bitgate/reference/format/error.h"
#include "bitgate/tests/support/temporary_directory.h"

namespace bitgate::compare {
namespace {

using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;

std::filesystem::path written(const std::string& text) {
  static const TemporaryDirectory folder;
  const std::filesystem::path file = folder / "bitgate_json_reader_test.json";
  std::ofstream(file, std::ios::binary) << text;
  return file;
}

std::string message_of(const std::function<void()>& reading) {
  try {
    reading();
  } catch (const InputError& error) {
    return error.what();
  }
  return "accepted";
}

std::string refusal_of(const std::string& text, const std::function<void(const JsonValue&)>& reading) {
  const nlohmann::json json = read_json(written(text), 1000);
  return message_of([&] { reading(JsonValue(json, "f.json")); });
}

TEST(JsonReader, MalformedFilesAreRefusedWithTheirOffset) {
  EXPECT_THAT(message_of([] { read_json(written("{\"a\": tru}"), 1000); }),
              AllOf(HasSubstr("bitgate_json_reader_test.json: byte 10"), EndsWith("not JSON")));
  EXPECT_THAT(message_of([] { read_json(written("{} {}"), 1000); }), HasSubstr("not JSON"));
  EXPECT_THAT(message_of([] { read_json(written("\"\xff\""), 1000); }), HasSubstr("not JSON"));
  EXPECT_THAT(message_of([] { read_json(written("1e999"), 1000); }), HasSubstr("too large"));
}

TEST(JsonReader, LargerFilesThanAllowedAreRefused) {
  EXPECT_THAT(message_of([] { read_json(written("[1, 2]"), 5); }), EndsWith("6 bytes, expected at most 5"));
  EXPECT_EQ(read_json(written("[1, 2]"), 6).size(), 2u);
}

TEST(JsonReader, FoldersAndMissingFilesAreNamed) {
  EXPECT_THAT(message_of([] { read_json("no/such.json", 1000); }), HasSubstr("no/such.json"));
  EXPECT_THAT(message_of([] { read_json(testing::TempDir(), 1000); }), HasSubstr(testing::TempDir()));
}

TEST(JsonReader, AKeyThatStandsTwiceIsRefused) {
  EXPECT_THAT(message_of([] { read_json(written(R"({"a": 1, "b": {"a": 2, "a": 3}})"), 1000); }),
              HasSubstr("key \"a\" stands twice"));
  EXPECT_NO_THROW(read_json(written(R"({"a": {"a": 1}, "b": [{"a": 1}, {"a": 2}]})"), 1000));
}

TEST(JsonReader, RefusalsNameFileAndPlace) {
  EXPECT_EQ(
      refusal_of(R"({"a/b": [0, {"c": 1}]})", [](const JsonValue& v) { v.at("a/b").elements(9)[1].at("c").text(9); }),
      "f.json: /a~1b/1/c: expected a string");
  EXPECT_EQ(refusal_of("[]", [](const JsonValue& v) { v.at("a"); }), "f.json: /: no \"a\", expected one");
}

TEST(JsonReader, BoundsAreKept) {
  const auto integer = [](const JsonValue& v) { v.integer(-2, 5); };
  EXPECT_EQ(refusal_of("5", integer), "accepted");
  EXPECT_EQ(refusal_of("-2", integer), "accepted");
  for (const char* text : {"6", "-3", "2.0", "true", "\"2\"", "null", "18446744073709551615"})
    EXPECT_THAT(refusal_of(text, integer), EndsWith("expected an integer from -2 to 5")) << text;
  EXPECT_THAT(refusal_of("\"abcd\"", [](const JsonValue& v) { v.text(3); }), HasSubstr("at most 3 bytes"));
  EXPECT_THAT(refusal_of("[1, 2]", [](const JsonValue& v) { v.elements(1); }), HasSubstr("at most 1"));
  EXPECT_THAT(refusal_of(R"({"a": 1, "b": 1})", [](const JsonValue& v) { v.members(1); }), HasSubstr("at most 1"));
}

TEST(JsonReader, MissingAndUnknownKeysAreRefused) {
  const auto keys = [](const JsonValue& v) { v.require_keys({"a"}, {"b"}); };
  EXPECT_EQ(refusal_of(R"({"a": 1})", keys), "accepted");
  EXPECT_EQ(refusal_of(R"({"a": 1, "b": 1})", keys), "accepted");
  EXPECT_THAT(refusal_of(R"({"b": 1})", keys), HasSubstr("no \"a\""));
  EXPECT_THAT(refusal_of(R"({"a": 1, "c": 1})", keys), HasSubstr("unknown key \"c\""));
  EXPECT_THAT(refusal_of("3", keys), HasSubstr("expected an object"));
}

TEST(JsonReader, NumbersThatAreNotFiniteAreStrings) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  for (const double value : {1.5, -0x1p-1074, 0.1, kInfinity, -kInfinity}) {
    const nlohmann::json json = read_json(written(json_number(value).dump()), 1000);
    EXPECT_EQ(JsonValue(json, "f.json").number(), value);
  }
  const nlohmann::json nan = json_number(std::numeric_limits<double>::quiet_NaN());
  EXPECT_TRUE(std::isnan(JsonValue(nan, "f.json").number()));
  EXPECT_THAT(refusal_of("\"infinite\"", [](const JsonValue& v) { v.number(); }), HasSubstr("expected a number"));
}

}  // namespace
}  // namespace bitgate::compare
