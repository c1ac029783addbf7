// May a MUL be written as Q8_1: the norm of llama.cpp #22710, and every reason against it once.
#include "bitgate/reference/dispatch/ggml_consumers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "bitgate/tests/support/temporary_directory.h"

namespace bitgate::reference {
namespace {

using compare::refusal;
using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;

Consumer product(std::string weight_type, std::int64_t batch = 1) {
  Consumer consumer;
  consumer.operation = "MUL_MAT";
  consumer.weight_type = std::move(weight_type);
  consumer.batch = batch;
  return consumer;
}

// A norm of Qwen3.6-35B-A3B while decoding: five products read it.
NormGraph norm_of_22710() {
  NormGraph graph;
  graph.arch = "sm_120";
  graph.uses = 5;
  graph.consumers = {product("q4_K"), product("q4_K"), product("q6_K"), product("q8_0"), product("q5_K")};
  return graph;
}

std::vector<std::string> reasons_of(const NormGraph& graph) {
  std::vector<std::string> ids;
  for (const ConsumerReason& reason : may_write_q8_1(graph).reasons) ids.emplace_back(reason.rule->id);
  return ids;
}
// The first consumer changed.
template <class Change>
std::vector<std::string> reasons_with(const Change& change) {
  NormGraph graph = norm_of_22710();
  change(graph, graph.consumers[0]);
  return reasons_of(graph);
}

TEST(GgmlConsumers, TheNormWithFiveProductsMay) {
  const ConsumerAnswer answer = may_write_q8_1(norm_of_22710());
  EXPECT_TRUE(answer.may_write_q8_1);
  EXPECT_THAT(answer.kernels, Each("MMVQ"));
  EXPECT_THAT(reasons_of(norm_of_22710()), ElementsAre("ggml.consumers.may"));
}

TEST(GgmlConsumers, OneWithAnF32GateMayNot) {
  NormGraph graph = norm_of_22710();
  graph.consumers[4] = product("f32");
  const ConsumerAnswer answer = may_write_q8_1(graph);
  EXPECT_FALSE(answer.may_write_q8_1);
  ASSERT_EQ(answer.reasons.size(), 1U);
  EXPECT_EQ(answer.reasons[0].consumer, 4);
  EXPECT_EQ(answer.reasons[0].rule->id, "ggml.consumers.quantized");
  EXPECT_THAT(answer.reasons[0].text, HasSubstr("This weight is f32"));
  EXPECT_EQ(answer.kernels[4], "mmvf, mmf or cuBLAS");
}

TEST(GgmlConsumers, OneWithAResidualMayNot) {
  NormGraph graph = norm_of_22710();
  graph.consumers[2] = Consumer{};
  graph.consumers[2].operation = "ADD";
  EXPECT_THAT(reasons_of(graph), ElementsAre("ggml.consumers.product"));
}

TEST(GgmlConsumers, WithFusionSwitchedOffNothingChanges) {
  NormGraph graph = norm_of_22710();
  const ConsumerAnswer on = may_write_q8_1(graph);
  graph.fusion = false;
  const ConsumerAnswer off = may_write_q8_1(graph);
  EXPECT_FALSE(off.may_write_q8_1);
  EXPECT_EQ(off.kernels, on.kernels);
  EXPECT_THAT(reasons_of(graph), ElementsAre("ggml.consumers.fusion-off"));
}

TEST(GgmlConsumers, EveryReasonAgainstItIsFound) {
  using Reasons = std::vector<std::string>;
  const std::vector<std::pair<std::string, Reasons>> cases{
      {"graph-output", reasons_with([](NormGraph& g, Consumer&) { g.graph_output = true; })},
      {"norm-f32", reasons_with([](NormGraph& g, Consumer&) { g.f32 = false; })},
      {"contiguous", reasons_with([](NormGraph& g, Consumer&) { g.contiguous = false; })},
      {"all-found", reasons_with([](NormGraph& g, Consumer&) { g.uses = 6; })},
      {"product", reasons_with([](NormGraph&, Consumer& c) { c.operation = "VIEW"; })},
      {"src1", reasons_with([](NormGraph&, Consumer& c) { c.source = 0; })},
      {"split", reasons_with([](NormGraph&, Consumer& c) { c.split_rows = true; })},
      {"hadamard", reasons_with([](NormGraph&, Consumer& c) { c.hadamard_hint = true; })},
      {"padding", reasons_with([](NormGraph&, Consumer& c) { c.bad_padding = true; })},
      {"f32", reasons_with([](NormGraph&, Consumer& c) { c.f32_source = false; })},
      {"f32", reasons_with([](NormGraph&, Consumer& c) { c.f32_output = false; })},
      {"quantized", reasons_with([](NormGraph&, Consumer& c) { c.weight_type = "f16"; })},
      {"batch", reasons_with([](NormGraph&, Consumer& c) { c.batch = 6; })},
      {"fusion-off", reasons_with([](NormGraph& g, Consumer&) { g.fusion = false; })}};
  std::set<std::string> found{"ggml.consumers.may"};
  for (const auto& [name, reasons] : cases) {
    EXPECT_THAT(reasons, ElementsAre("ggml.consumers." + name));
    found.insert(reasons.begin(), reasons.end());
  }
  EXPECT_EQ(found.size(), consumer_rules().size());
}

TEST(GgmlConsumers, AllReasonsAreGivenTogether) {
  NormGraph graph = norm_of_22710();
  graph.graph_output = true;
  graph.uses = 4;
  graph.consumers[1].source = 2;
  graph.consumers[1].batch = 9;
  EXPECT_THAT(reasons_of(graph), ElementsAre("ggml.consumers.graph-output", "ggml.consumers.all-found",
                                             "ggml.consumers.src1", "ggml.consumers.batch"));
}

TEST(GgmlConsumers, AMulThatNobodyReadsMayNot) {
  NormGraph graph = norm_of_22710();
  graph.consumers.clear();
  graph.uses = 0;
  EXPECT_THAT(reasons_of(graph), ElementsAre("ggml.consumers.all-found"));
}

TEST(GgmlConsumers, TheBatchLimitIsThatOfTypeChipAndOperation) {
  const auto with = [](const char* arch, const char* operation, const char* type, std::int64_t batch) {
    NormGraph graph;
    graph.arch = arch;
    graph.uses = 1;
    graph.consumers = {product(type, batch)};
    graph.consumers[0].operation = operation;
    return may_write_q8_1(graph).may_write_q8_1;
  };
  EXPECT_TRUE(with("sm_120", "MUL_MAT", "q4_K", 5));
  EXPECT_FALSE(with("sm_120", "MUL_MAT", "q4_K", 6));
  EXPECT_TRUE(with("sm_90", "MUL_MAT", "q4_K", 8));
  EXPECT_FALSE(with("sm_90", "MUL_MAT", "q4_K", 9));
  EXPECT_TRUE(with("sm_89", "MUL_MAT", "q2_K", 4));
  EXPECT_FALSE(with("sm_89", "MUL_MAT", "q2_K", 5));
  EXPECT_TRUE(with("sm_89", "MUL_MAT_ID", "q2_K", 8));
  EXPECT_TRUE(with("sm_86", "MUL_MAT_ID", "q3_K", 5));
  EXPECT_FALSE(with("sm_86", "MUL_MAT_ID", "q3_K", 6));
  EXPECT_TRUE(with("sm_70", "MUL_MAT_ID", "q3_K", 8));
}

TEST(GgmlConsumers, LimitsAreBelowTheGeneralOneAndOfQuantizedTypes) {
  for (const MmvqLimit& row : mmvq_limits()) {
    EXPECT_LT(row.columns, kMmvqColumns);
    EXPECT_LE(row.capability_from, row.capability_to);
    ASSERT_NE(find_weight_type(row.type), nullptr) << row.type;
    EXPECT_FALSE(find_weight_type(row.type)->mmq_layout.empty()) << row.type;
  }
}

TEST(GgmlConsumers, UnknownChipsAndTypesAreRefused) {
  NormGraph graph = norm_of_22710();
  graph.arch = "sm_61";
  EXPECT_THAT(refusal([&] { may_write_q8_1(graph); }), HasSubstr("unknown arch 'sm_61'"));
  graph.arch = "x86";
  EXPECT_THAT(refusal([&] { may_write_q8_1(graph); }), HasSubstr("is a CPU"));
  graph = norm_of_22710();
  graph.consumers[0].weight_type = "q9_9";
  EXPECT_THAT(refusal([&] { may_write_q8_1(graph); }), HasSubstr("unknown weight_type 'q9_9', expected one of q1_0, "));
}

}  // namespace
}  // namespace bitgate::reference
