#include "bitgate/compare/consumers_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "bitgate/tests/support/temporary_directory.h"

namespace bitgate::compare {
namespace {

using testing::AllOf;
using testing::HasSubstr;

class ConsumersFile : public testing::Test {
 protected:
  reference::NormGraph read(const std::string& json) const {
    std::ofstream(folder_ / "c.json") << json;
    return read_consumers(folder_ / "c.json");
  }
  std::string message(const std::string& json) const {
    return refusal([&] { read(json); });
  }
  // One MUL_MAT of q4_0 with more keys.
  std::string message_with(const std::string& keys) const {
    return message(R"({"arch": "sm_90", "uses": 1, "consumers": [{"op": "MUL_MAT", "weight_type": "q4_0", )" + keys +
                   "}]}");
  }
  TemporaryDirectory folder_;
};

TEST_F(ConsumersFile, AbsentKeysHaveTheirDefaults) {
  const auto graph =
      read(R"({"arch": "sm_90", "batch": 1, "uses": 1, "consumers": [{"op": "MUL_MAT", "weight_type": "q4_0"}]})");
  EXPECT_EQ(graph.arch, "sm_90");
  EXPECT_TRUE(graph.fusion && graph.f32 && graph.contiguous);
  EXPECT_FALSE(graph.graph_output);
  ASSERT_EQ(graph.consumers.size(), 1U);
  const reference::Consumer& consumer = graph.consumers[0];
  EXPECT_EQ(consumer.source, 1);
  EXPECT_EQ(consumer.batch, 1);
  EXPECT_TRUE(consumer.f32_source && consumer.f32_output);
  EXPECT_FALSE(consumer.bad_padding || consumer.hadamard_hint || consumer.split_rows);
  EXPECT_TRUE(reference::may_write_q8_1(graph).may_write_q8_1);
}

TEST_F(ConsumersFile, EveryKeyIsRead) {
  const auto graph = read(R"({"arch": "sm_120a", "batch": 4, "fusion": false, "graph_output": true, "uses": 9,
    "f32": false, "contiguous": false, "consumers": [
      {"op": "MUL_MAT", "src": 2, "weight_type": "q6_K", "ne11": 3, "src1_type": "f16", "dst_type": "bf16",
       "bad_padding": true, "hadamard": true, "split_rows": true},
      {"op": "MUL_MAT_ID", "weight_type": "mxfp4", "ne2": 7}, {"op": "MUL_MAT", "weight_type": "f32"}, {"op": "ADD"}]})");
  EXPECT_TRUE(graph.graph_output);
  EXPECT_FALSE(graph.fusion || graph.f32 || graph.contiguous);
  EXPECT_EQ(graph.uses, 9);
  ASSERT_EQ(graph.consumers.size(), 4U);
  const reference::Consumer& first = graph.consumers[0];
  EXPECT_EQ(first.source, 2);
  EXPECT_EQ(first.weight_type, "q6_K");
  EXPECT_EQ(first.batch, 3);
  EXPECT_FALSE(first.f32_source || first.f32_output);
  EXPECT_TRUE(first.bad_padding && first.hadamard_hint && first.split_rows);
  EXPECT_EQ(graph.consumers[1].batch, 7);
  EXPECT_EQ(graph.consumers[2].batch, 4);
  EXPECT_EQ(graph.consumers[3].operation, "ADD");
}

TEST_F(ConsumersFile, WhatIsWrongIsNamedWithItsPlace) {
  EXPECT_THAT(message("{"), HasSubstr("c.json"));
  EXPECT_THAT(message(R"({"uses": 1, "consumers": []})"), HasSubstr("no \"arch\""));
  EXPECT_THAT(message(R"({"arch": "sm_90", "consumers": []})"), HasSubstr("no \"uses\""));
  EXPECT_THAT(message(R"({"arch": "sm_90", "uses": 1})"), HasSubstr("no \"consumers\""));
  EXPECT_THAT(message(R"({"arch": "sm_1", "uses": 1, "consumers": []})"),
              AllOf(HasSubstr("/arch"), HasSubstr("unknown arch 'sm_1'")));
  EXPECT_THAT(message(R"({"arch": "sm_90", "uses": -1, "consumers": []})"), HasSubstr("/uses"));
  EXPECT_THAT(message(R"({"arch": "sm_90", "uses": 1, "consumers": {}})"), HasSubstr("expected an array"));
  EXPECT_THAT(message(R"({"arch": "sm_90", "uses": 1, "fusion": 1, "consumers": []})"),
              AllOf(HasSubstr("/fusion"), HasSubstr("expected true or false")));
  EXPECT_THAT(message(R"({"arch": "sm_90", "uses": 1, "fused": true, "consumers": []})"), HasSubstr("\"fused\""));
  EXPECT_THAT(message(R"({"arch": "sm_90", "uses": 1, "consumers": [{"op": "MUL_MAT"}]})"),
              AllOf(HasSubstr("/consumers/0"), HasSubstr("no \"weight_type\"")));
  EXPECT_THAT(message(R"({"arch": "sm_90", "uses": 1, "consumers": [{"op": "MUL_MAT", "weight_type": "q4_k"}]})"),
              AllOf(HasSubstr("unknown weight type"), HasSubstr("q4_K")));
  EXPECT_THAT(message(R"({"arch": "sm_90", "uses": 1, "consumers": [{"op": ""}]})"), HasSubstr("/consumers/0/op"));
  EXPECT_THAT(message_with("\"src\": 10"), HasSubstr("from 0 to 9"));
  EXPECT_THAT(message_with("\"ne11\": 0"), HasSubstr("/consumers/0/ne11"));
  EXPECT_THAT(message_with("\"ne2\": 1"), HasSubstr("expected for MUL_MAT_ID only"));
  EXPECT_THAT(message_with("\"ne11\": 1, \"dst_type\": \"q8_0\""), HasSubstr("expected f32, f16 or bf16"));
  EXPECT_THAT(message_with("\"ne11\": 1, \"hadamard\": \"yes\""), HasSubstr("/consumers/0/hadamard"));
}

TEST_F(ConsumersFile, AProductWithoutItsColumnsIsRefused) {
  const auto with = [&](const std::string& consumers) {
    return message(R"({"arch": "sm_90", "uses": 2, "consumers": [{"op": "ADD"}, )" + consumers + "]}");
  };
  EXPECT_THAT(with(R"({"op": "MUL_MAT", "weight_type": "q4_0"})"),
              AllOf(HasSubstr("/consumers/1"), HasSubstr("\"ne11\""), HasSubstr("\"batch\"")));
  EXPECT_THAT(with(R"({"op": "MUL_MAT_ID", "weight_type": "q4_0"})"),
              AllOf(HasSubstr("/consumers/1"), HasSubstr("\"ne2\""), HasSubstr("\"batch\"")));
  EXPECT_EQ(with(R"({"op": "MUL_MAT", "weight_type": "q4_0", "ne11": 1})"), "");
  EXPECT_EQ(with(R"({"op": "MUL_MAT_ID", "weight_type": "q4_0", "ne2": 1})"), "");
  EXPECT_EQ(with(R"({"op": "VIEW"})"), "");
}

TEST_F(ConsumersFile, AMissingFileIsNamed) {
  EXPECT_THAT(refusal([&] { read_consumers(folder_ / "none.json"); }), HasSubstr("none.json"));
}

}  // namespace
}  // namespace bitgate::compare
