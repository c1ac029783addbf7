#include "bitgate/compare/nvfp4_facts.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <limits>

#include "bitgate/compare/case_operands.h"
#include "bitgate/compare/common_input.h"
#include "bitgate/compare/distribution.h"
#include "bitgate/reference/format/error.h"

namespace bitgate::compare {
namespace {

using reference::Recipe;
using Question = Nvfp4Question;

constexpr float kAmax = 2688.0f, kTinyAmax = 0x1p-116f;

Extent swapped(const Extent& e) noexcept { return {e.cols, e.rows}; }

struct Numbers {
  float special, six, minus_three, outside;
};

Numbers numbers_of(Question question) noexcept {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN(), kInf = std::numeric_limits<float>::infinity();
  const auto scaled = [](float unit, float outside) {
    return Numbers{6.0f * unit, 6.0f * unit, -3.0f * unit, outside};
  };
  switch (question) {
    case Question::kZeroTensor: return {-0.0f, 0.0f, 0.0f, 0.0f};
    case Question::kZeroBlock: return {-0.0f, 0.0f, 0.0f, kAmax};
    case Question::kScaleUnderflows: return scaled(0x1p-12f, kAmax);
    case Question::kNan: return {kNan, 6.0f, -3.0f, kAmax};
    case Question::kInfinity: return {kInf, 6.0f, -3.0f, kAmax};
    case Question::kMinusZero: return {-0.0f, 6.0f, -3.0f, kAmax};
    case Question::kSubnormals: return scaled(0x1p-129f, kTinyAmax);
  }
  return {};
}

QuantizedTensor answer_with_amax(const Recipe& recipe, const TypedTensor& input, Direction direction, float amax) {
  const CaseOperands operands =
      operands_of(recipe, {std::string(recipe.identity.name), input.type, {"normal"}, input.extent, 1});
  Request request = request_of(recipe, input, operands);
  request.direction = direction;
  const bool columns = direction == Direction::kColumnwise;
  const Extent side = columns ? swapped(input.extent) : input.extent;
  const std::vector<float> all(static_cast<std::size_t>(amax_count(scheme_of(recipe.rules.scheme), side)), amax);
  const bool transformed = columns && recipe.rules.transform != reference::Transform::kNone;
  (transformed ? request.amax_columnwise : request.amax) = all;
  return reference::quantize(recipe, request);
}

// Elements (0, 0) and (0, 2) of the answer: the special one, and a -3.
Nvfp4Answer read_answer(const QuantizedTensor& tensor) {
  Nvfp4Answer answer;
  if (!tensor.global.empty()) answer.global = tensor.global[0];
  if (is_values_only(tensor.scheme)) {
    answer.special = std::bit_cast<std::uint32_t>(tensor.values[0]);
    answer.rest = std::bit_cast<std::uint32_t>(tensor.values[2]);
    return answer;
  }
  answer.scale_code = scale_bits(tensor.scales, 0);
  answer.special = tensor.codes[0];
  answer.rest = tensor.codes[2];
  return answer;
}

Nvfp4Answer answer_of(const Recipe& recipe, InputType type, Question question) {
  if (question == Question::kSubnormals && type == InputType::kF16) return {"no f16 number is that small", {}};
  const std::optional<Direction> direction = common_direction({&recipe}, type);
  if (!direction) return {fmt::format("makes no direction from {}", name_of(type)), {}};
  Extent extent = common_extent({&recipe}, *direction);
  const std::int64_t square = std::max<std::int64_t>(scheme_of(recipe.rules.scheme).block.cols, 16);
  // Room for the square and something beside it.
  extent.rows *= ceil_div(square + 1, extent.rows);
  extent.cols *= ceil_div(square + 1, extent.cols);
  const TypedTensor input = nvfp4_input(question, type, extent, square);
  try {
    if (question == Question::kZeroTensor) return read_answer(ask(recipe, input.view(), *direction));
    const float amax = question == Question::kSubnormals ? kTinyAmax : kAmax;
    return read_answer(answer_with_amax(recipe, input, *direction, amax));
  } catch (const InputError& error) {
    return {error.what(), {}};
  }
}

}  // namespace

bool is_nvfp4(const Recipe& recipe) noexcept {
  return scheme_of(recipe.rules.scheme).name.starts_with("nvfp4") ||
         recipe.identity.name.find("nvfp4") != std::string_view::npos;
}

std::string_view why_not_asked(const Recipe& recipe) noexcept {
  if (!runs(recipe)) return "open question";
  return recipe.rules.fusion != reference::Fusion::kNone ? "fused" : "";
}

TypedTensor nvfp4_input(Nvfp4Question question, InputType type, const Extent& extent, std::int64_t square) {
  const Numbers numbers = numbers_of(question);
  const auto number = [&](std::int64_t row, std::int64_t col) {
    if (row >= square || col >= square) return numbers.outside;
    if (row == col) return numbers.special;
    return col == (row + 1) % square ? numbers.six : numbers.minus_three;
  };
  TypedTensor input = make_input(type, extent);
  for (std::int64_t row = 0; row < extent.rows; ++row)
    for (std::int64_t col = 0; col < extent.cols; ++col) {
      const auto at = static_cast<std::size_t>(row * extent.cols + col);
      const float x = number(row, col);
      if (type == InputType::kF32)
        std::get<0>(input.values)[at] = x;
      else
        std::get<1>(input.values)[at] = static_cast<std::uint16_t>(
            encode(format_of(type), x, {Rounding::kNearestEven, Overflow::kInfinity, NanCode::kSignedQuiet}));
    }
  return input;
}

Nvfp4Facts nvfp4_facts(const Recipe& recipe) {
  Nvfp4Facts facts{&recipe, common_type({&recipe}), {}};
  const std::string why(why_not_asked(recipe));
  for (const Question question : kNvfp4Questions) {
    Nvfp4Answer& answer = facts.answers[static_cast<std::size_t>(question)];
    answer = !why.empty() || !facts.type ? Nvfp4Answer{why.empty() ? "takes no type" : why, {}}
                                         : answer_of(recipe, *facts.type, question);
  }
  return facts;
}

}  // namespace bitgate::compare
