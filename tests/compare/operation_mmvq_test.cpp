// MMVQ's suites: a second implementation, thread by thread and on integers, agrees with the reference in every bit, and
// what one could take for ggml's arithmetic is seen.
#include "bitgate/compare/operation_mmvq.h"

#include <gtest/gtest.h>

#include <cstring>

#include "bitgate/tests/support/mmvq_oracle.h"

namespace bitgate::compare {
namespace {

using oracle::MmvqMistake;

constexpr std::string_view kTypes[] = {"q4_0", "q4_1", "q5_0", "q5_1", "q8_0", "mxfp4", "nvfp4", "q4_k", "q6_k"};

CheckedOperation operation(std::string_view type, std::int64_t columns) {
  auto found = find_checked_operation("mmvq/" + std::string(type) + "/" + std::to_string(columns));
  EXPECT_TRUE(found) << type;
  return std::move(*found);
}

OperationSubject second_opinion(const CheckedOperation& checked, int warps, MmvqMistake mistake = MmvqMistake::kNone) {
  return [=](const OperationInput& input) {
    std::vector<std::uint8_t> answer;
    const std::span<const std::uint8_t> weights(input.bytes), activations(input.activations);
    const std::size_t rows = static_cast<std::size_t>(input.extent.rows);
    const std::size_t row_bytes = rows == 0 ? 0 : weights.size() / rows;
    const std::size_t column_bytes = activations.size() / static_cast<std::size_t>(checked.columns);
    for (std::size_t column = 0; column < static_cast<std::size_t>(checked.columns); ++column)
      for (std::size_t row = 0; row < rows; ++row) {
        const std::uint32_t bits = oracle::mmvq_output(
            checked.weights->name, weights.subspan(row * row_bytes, row_bytes),
            activations.subspan(column * column_bytes, column_bytes), input.extent.cols, warps, mistake);
        for (int i = 0; i < 4; ++i) answer.push_back(static_cast<std::uint8_t>(bits >> 8 * i));
      }
    return answer;
  };
}

SuiteResult result_of(std::string_view suite, const CheckedOperation& checked, const OperationSubject& subject) {
  return run_suite(std::string(suite), operation_probes(suite, checked, subject), {}, {});
}

int warps_of(std::int64_t columns) { return columns < 5 ? 4 : 2; }

struct MmvqTypes : ::testing::TestWithParam<std::string_view> {};

TEST_P(MmvqTypes, ASecondImplementationAgreesOnEveryShapeAndSpecialNumber) {
  for (const std::int64_t columns : {1, 5}) {
    const CheckedOperation checked = operation(GetParam(), columns);
    for (const std::string_view suite : {"special", "layout", "poison"}) {
      const SuiteResult result = result_of(suite, checked, second_opinion(checked, warps_of(columns)));
      EXPECT_GT(result.asked, 0);
      EXPECT_EQ(result.asked, result.probes) << result.refusal;
      EXPECT_EQ(result.failed, 0) << suite << ": " << (result.first ? result.first->what : "");
    }
  }
}

TEST_P(MmvqTypes, EveryNumberOfColumnsRunsItsOwnWarps) {
  for (std::int64_t columns = 1; columns <= 8; ++columns) {
    const CheckedOperation checked = operation(GetParam(), columns);
    // 260 blocks are several turns of each of 128 threads; of 256 threads' calls, several too.
    const OperationInput input = drawn_product(checked, {3, 260 * checked.weights->cols}, 70);
    const std::vector<std::uint8_t> expected = reference_answer(checked, input);
    EXPECT_EQ(answer_difference(checked, input, expected, second_opinion(checked, warps_of(columns))(input)), "");
    EXPECT_NE(answer_difference(checked, input, expected, second_opinion(checked, 6 - warps_of(columns))(input)), "");
  }
}

TEST_P(MmvqTypes, TwoRoundingsWhereTheHardwareHasOneAreSeen) {
  const CheckedOperation checked = operation(GetParam(), 1);
  EXPECT_GT(result_of("special", checked, second_opinion(checked, 4, MmvqMistake::kUncontracted)).failed, 0);
}

INSTANTIATE_TEST_SUITE_P(Each, MmvqTypes, ::testing::ValuesIn(kTypes),
                         [](const auto& type) { return std::string(type.param); });

TEST(MmvqMistakes, TheZeroPointTimesTheSumOfCodesIsSeen) {
  for (const std::string_view type : {"q4_0", "q5_0"}) {
    const CheckedOperation checked = operation(type, 1);
    EXPECT_GT(result_of("layout", checked, second_opinion(checked, 4, MmvqMistake::kZeroPointOfCodes)).failed, 0);
  }
}

TEST(MmvqMistakes, ProductsOfScalesInBinary32AreSeen) {
  for (const std::string_view type : {"q4_1", "q5_1"}) {
    const CheckedOperation checked = operation(type, 1);
    EXPECT_GT(result_of("layout", checked, second_opinion(checked, 4, MmvqMistake::kWideProducts)).failed, 0);
  }
}

// Only E8M0 reaches so low: products of two FP16 do not.
TEST(MmvqMistakes, SubnormalsThatAreKeptAreSeen) {
  const CheckedOperation checked = operation("mxfp4", 1);
  EXPECT_GT(result_of("special", checked, second_opinion(checked, 4, MmvqMistake::kSubnormals)).failed, 0);
}

TEST(MmvqInputs, NoOutputOfDrawnProductsIsLostInAnInfinity) {
  for (const std::string_view type : kTypes) {
    const CheckedOperation checked = operation(type, 2);
    const std::vector<std::uint8_t> answer = reference_answer(checked, drawn_product(checked, {16, 2560}, 3));
    for (std::size_t at = 0; at < answer.size(); at += 4) {
      std::uint32_t bits = 0;
      std::memcpy(&bits, answer.data() + at, 4);
      EXPECT_LT(bits & 0x7FFFFFFF, 0x7F800000u) << type;
    }
  }
}

TEST(MmvqInputs, SpecialProductsHoldFiniteNumbersInfinitiesAndNan) {
  for (const std::string_view type : kTypes) {
    const CheckedOperation checked = operation(type, 1);
    bool finite = false, infinite = false, nan = false;
    for (const OperationInput& input : special_products(checked)) {
      const std::vector<std::uint8_t> answer = reference_answer(checked, input);
      for (std::size_t at = 0; at < answer.size(); at += 4) {
        std::uint32_t bits = 0;
        std::memcpy(&bits, answer.data() + at, 4);
        finite |= (bits & 0x7FFFFFFF) < 0x7F800000;
        infinite |= (bits & 0x7FFFFFFF) == 0x7F800000;
        nan |= bits == 0x7FFFFFFF;
      }
    }
    // Sixteen and more threads share a block of 256 values: in one output its infinities have both signs.
    EXPECT_TRUE(finite && nan && (infinite || checked.weights->cols == 256)) << type;
  }
}

}  // namespace
}  // namespace bitgate::compare
