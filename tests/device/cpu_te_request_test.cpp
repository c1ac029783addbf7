// What all families share: directions and shapes refused, the operand of a side, whose amax counts.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bitgate/device/cpu/request.h"
#include "bitgate/reference/format/error.h"
#include "bitgate/tests/device/cpu_te_examples.h"

namespace bitgate::device::cpu {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr Direction kRow = Direction::kRowwise, kColumn = Direction::kColumnwise, kBoth = Direction::kBoth;

// 2 x 3: 1 2 3 / -4 5 6.
const TypedTensor kInput{InputType::kF32, {2, 3}, std::vector<float>{1, 2, 3, -4, 5, 6}};

std::string refusal(const Request& request, const Accepts& accepts) {
  try {
    require(request, accepts);
    return "";
  } catch (const InputError& error) {
    return error.what();
  }
}

Request asking(Direction direction) {
  Request request;
  request.input = kInput.view();
  request.direction = direction;
  return request;
}

TEST(CpuTeRequest, DirectionsAreThoseOfTheProducer) {
  const auto taken = [](Directions directions) {
    std::string text;
    for (const Direction each : {kRow, kColumn, kBoth})
      text += refusal(asking(each), {"p/r", kEveryType, 1, GlobalAxis::kNone, 1, directions}).empty() ? 'y' : 'n';
    return text;
  };
  EXPECT_EQ(taken(Directions::kRowwise), "ynn");
  EXPECT_EQ(taken(Directions::kColumnwise), "nyn");
  EXPECT_EQ(taken(Directions::kWithColumnwise), "nyy");
  EXPECT_EQ(taken(Directions::kEvery), "yyy");
}

TEST(CpuTeRequest, RowsCountAlwaysOrForColumnsOnly) {
  const Accepts always{"p/r", kEveryType, 1, GlobalAxis::kNone, 4, Directions::kEvery};
  EXPECT_THAT(refusal(asking(kRow), always), HasSubstr("cpu/p/r: the input has 2 rows, expected a multiple of 4"));
  const Accepts for_columns{"p/r", kEveryType, 1, GlobalAxis::kNone, 1, Directions::kEvery, 4};
  EXPECT_THAT(refusal(asking(kRow), for_columns), IsEmpty());
  EXPECT_THAT(refusal(asking(kBoth), for_columns), HasSubstr("expected a multiple of 4"));
}

TEST(CpuTeRequest, GivenNumbersAreCountedOnBothSides) {
  const Accepts rows{"p/r", kEveryType, 1, GlobalAxis::kRow, 1, Directions::kEvery};
  const std::vector<float> two{1, 2}, three{1, 2, 3};
  Request request = asking(kBoth);
  request.amax = two;
  request.amax_columnwise = three;
  EXPECT_THAT(refusal(request, rows), IsEmpty());
  request.amax_columnwise = two;
  EXPECT_THAT(refusal(request, rows), HasSubstr("2 numbers of column-wise amax were given, expected 3"));
}

TEST(CpuTeRequest, OperandOfColumnsIsTheTranspose) {
  const Operand columns = operand_of(kInput.view(), kColumn);
  EXPECT_EQ(columns.extent, (Extent{3, 2}));
  EXPECT_THAT(columns.x, ElementsAre(1, -4, 2, 5, 3, 6));
  EXPECT_THAT(operand_of(kInput.view(), kRow).x, ElementsAre(1, 2, 3, -4, 5, 6));
  EXPECT_THAT(padded_row(columns, 1, 4), ElementsAre(2, 5, 0, 0));
}

TEST(CpuTeRequest, AmaxIsFoundGivenOrShared) {
  const Operand columns = operand_of(kInput.view(), kColumn);
  const auto of_columns = [&](const Request& request, GlobalAxis axis) {
    return amax_of_side(request, axis, kColumn, columns, amax_without_nan);
  };
  Request request = asking(kBoth);
  EXPECT_THAT(of_columns(request, GlobalAxis::kTensor), ElementsAre(6));
  EXPECT_THAT(of_columns(request, GlobalAxis::kRow), ElementsAre(4, 5, 6));
  const std::vector<float> one{7}, two{8, 9}, other{10};
  request.amax = one;
  EXPECT_THAT(of_columns(request, GlobalAxis::kTensor), ElementsAre(7));
  request.amax = two;
  EXPECT_THAT(of_columns(request, GlobalAxis::kRow), ElementsAre(4, 5, 6));
  request.amax_columnwise = other;
  EXPECT_THAT(of_columns(request, GlobalAxis::kTensor), ElementsAre(10));
}

TEST(CpuTeRequest, GlobalOutranksAmax) {
  const std::vector<float> one{1}, two{2};
  Request request = asking(kRow);
  request.amax = one;
  request.global = two;
  EXPECT_THAT(given_global(request, GlobalAxis::kTensor, kRow), ElementsAre(2));
  EXPECT_THAT(given_global(request, GlobalAxis::kTensor, kColumn), ElementsAre(2));
}

TEST(CpuTeRequest, BothSidesHangTogether) {
  const auto side = [](Direction which) {
    return make_quantized(scheme_of(SchemeId::kNvfp4), GlobalNumber::kAmax,
                          which == kColumn ? Extent{3, 2} : Extent{2, 3});
  };
  const QuantizedTensor both = answer_in(kBoth, side);
  EXPECT_EQ(both.direction, kRow);
  EXPECT_EQ(both.columnwise.at(0).direction, kColumn);
  EXPECT_EQ(both.columnwise.at(0).extent, (Extent{3, 2}));
  EXPECT_TRUE(answer_in(kColumn, side).columnwise.empty());
  EXPECT_EQ(answer_in(kColumn, side).direction, kColumn);
}

}  // namespace
}  // namespace bitgate::device::cpu
