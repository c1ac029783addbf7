// What checks operations: the reference passes its own suites, and each planted fault is seen.
#include "bitgate/compare/operation_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cstring>

namespace bitgate::compare {
namespace {

using ::testing::HasSubstr;

CheckedOperation operation(std::string_view name) {
  auto found = find_checked_operation(name);
  EXPECT_TRUE(found) << name;
  return std::move(*found);
}

SuiteResult result_of(std::string_view suite, const CheckedOperation& checked, const OperationSubject& subject) {
  return run_suite(std::string(suite), operation_probes(suite, checked, subject), {}, {});
}

constexpr const char* kOperations[] = {"dequantize/te/nvfp4-row",
                                       "dequantize/torchao/nvfp4-tensorwise",
                                       "dequantize/te/mxfp8-e5m2",
                                       "dequantize/te/fp8-current-e4m3",
                                       "dequantize/ggml/q5_0-cpu-ref",
                                       "swizzle/128x4",
                                       "unswizzle/128x4",
                                       "pack/mmq-d2s6",
                                       "amax/tensor",
                                       "amax/row"};

TEST(OperationCheck, TheReferencePassesItsOwnSuites) {
  for (const char* name : kOperations) {
    const CheckedOperation checked = operation(name);
    for (const char* suite : {"special", "layout", "poison"}) {
      const SuiteResult result = result_of(suite, checked, reference_subject(checked));
      EXPECT_GT(result.asked, 0) << name;
      EXPECT_EQ(result.asked, result.probes) << name << " " << suite << ": " << result.refusal;
      EXPECT_EQ(result.failed, 0) << name << " " << suite << ": " << (result.first ? result.first->what : "");
    }
  }
}

TEST(OperationCheck, OneWrongBitIsSeenAndNamed) {
  for (const char* name : kOperations) {
    const CheckedOperation checked = operation(name);
    const SuiteResult result = result_of("layout", checked, [&](const OperationInput& input) {
      std::vector<std::uint8_t> answer = reference_answer(checked, input);
      if (!answer.empty()) answer.back() ^= 1;
      return answer;
    });
    EXPECT_GT(result.failed, 0) << name;
    ASSERT_TRUE(result.first) << name;
    EXPECT_THAT(result.first->what, HasSubstr("1 of ")) << name;
  }
}

TEST(OperationCheck, ANanScaleReadAsANumberIsSeen) {
  const CheckedOperation checked = operation("dequantize/te/mxfp8-e4m3");
  const SuiteResult result = result_of("special", checked, [&](OperationInput input) {
    for (std::uint8_t& code : std::get<std::vector<std::uint8_t>>(input.tensor.scales)) code = code == 255 ? 254 : code;
    return reference_answer(checked, input);
  });
  EXPECT_GT(result.failed, 0);
}

TEST(OperationCheck, AnotherOrderOfProductsIsSeen) {
  const CheckedOperation checked = operation("dequantize/te/nvfp4");
  CheckedOperation other = checked;
  other.recipe = &reference::require_recipe("torchao/nvfp4-tensorwise");
  const SuiteResult result = result_of("special", checked, [&](OperationInput input) {
    for (float& global : input.tensor.global) global /= 2688.0f;
    return reference_answer(other, input);
  });
  EXPECT_GT(result.failed, 0);
}

TEST(OperationCheck, TilesThatKeepWhatLayInTheirPaddingAreSeen) {
  const CheckedOperation checked = operation("swizzle/128x4");
  const SuiteResult result = result_of("layout", checked, [&](const OperationInput& input) {
    std::vector<std::uint8_t> tiles = reference_answer(checked, input);
    for (std::uint8_t& byte : tiles) byte = byte == 0 ? 0xA5 : byte;
    return tiles;
  });
  EXPECT_GT(result.failed, 0);
}

TEST(OperationCheck, SuitesOfQuantizersAskOperationsNothing) {
  const CheckedOperation checked = operation("amax/row");
  EXPECT_TRUE(operation_probes("metamorphic", checked, reference_subject(checked)).empty());
  EXPECT_TRUE(operation_probes("directed", checked, reference_subject(checked)).empty());
}

}  // namespace
}  // namespace bitgate::compare
