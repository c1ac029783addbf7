// What a producer takes, and the sentence for what it does not.
#include <fmt/format.h>

#include <algorithm>

#include "bitgate/reference/arith/ieee.h"
#include "bitgate/reference/fused/silu.h"
#include "bitgate/reference/recipe/recipe.h"
#include "bitgate/reference/recipe/refusals.h"

namespace bitgate::reference {

namespace {

[[noreturn]] void refuse(const Recipe& recipe, const std::string& why) {
  throw InputError(fmt::format("{}: {}", recipe.identity.name, why));
}

// As above, with the producer's rule where the table of refusals has it.
[[noreturn]] void refuse(const Recipe& recipe, RefusalKind kind, const std::string& why) {
  const Refusal* row = find_refusal(recipe.identity.name, kind);
  refuse(recipe, row == nullptr ? why : fmt::format("{}; {} ({})", why, row->rule, row->source));
}

bool wants_rows(Direction direction) noexcept { return direction != Direction::kColumnwise; }
bool wants_columns(Direction direction) noexcept { return direction != Direction::kRowwise; }

void require_direction(const Recipe& recipe, const Request& request) {
  const Directions& d = recipe.accepts.directions;
  if (request.direction == Direction::kRowwise && !d.rowwise)
    refuse(recipe, RefusalKind::kRowwise,
           "the row-wise side is not transformed: this recipe is the "
           "column-wise side alone");
  if (request.direction == Direction::kColumnwise && !d.columnwise)
    refuse(recipe, RefusalKind::kColumnwise, "this producer makes no column-wise side");
  if (request.direction == Direction::kBoth && !d.both)
    refuse(recipe, RefusalKind::kBoth, "this producer does not make both directions at once");
  if (recipe.accepts.bf16_only_columnwise && wants_columns(request.direction) && request.input.type != InputType::kBf16)
    refuse(recipe, RefusalKind::kColumnwiseType,
           fmt::format("the column-wise side takes bf16 only, not {}", name_of(request.input.type)));
}

void require_multiples(const Recipe& recipe, const Extent& extent, std::int64_t rows, std::int64_t cols,
                       RefusalKind kind) {
  if (extent.cols % cols != 0)
    refuse(recipe, kind, fmt::format("{} columns given, a multiple of {} expected", extent.cols, cols));
  if (extent.rows % rows != 0)
    refuse(recipe, kind, fmt::format("{} rows given, a multiple of {} expected", extent.rows, rows));
}

void require_shape(const Recipe& recipe, const Request& request) {
  const Accepts& a = recipe.accepts;
  const Extent& extent = request.input.extent;
  if (extent.rows < 0 || extent.cols < 0)
    refuse(recipe, fmt::format("shape {}x{} has a negative side", extent.rows, extent.cols));
  const bool columns = wants_columns(request.direction);
  if (columns && a.columnwise_multiple > 1) {
    // A kernel of its own makes the column-wise side: its multiple is that of
    // both sides.
    require_multiples(recipe, extent, a.columnwise_multiple, a.columnwise_multiple, RefusalKind::kColumnwiseMultiple);
  } else {
    // Blocks of the column-wise side run down the rows; its sides swap the
    // multiples.
    const std::int64_t rows = columns ? std::max(a.row_multiple, a.col_multiple) : a.row_multiple;
    const std::int64_t cols =
        std::max<std::int64_t>(wants_rows(request.direction) ? a.col_multiple : 1, columns ? a.row_multiple : 1);
    require_multiples(recipe, extent, rows, cols, RefusalKind::kMultiple);
    if (columns) require_multiples(recipe, extent, 1, a.columnwise_cols, RefusalKind::kColumnwiseMultiple);
  }
  if (count(extent) == 0 && !a.empty)
    refuse(recipe, RefusalKind::kEmpty,
           fmt::format("an empty tensor ({}x{}) is refused: {}", extent.rows, extent.cols, a.refusal));
}

void require_count(const Recipe& recipe, std::size_t given, std::int64_t wanted, std::string_view what) {
  if (given != 0 && given != static_cast<std::size_t>(wanted))
    refuse(recipe, fmt::format("{} {} given, {} expected", given, what, wanted));
}

void require_sizes(const Recipe& recipe, const Request& request) {
  const Scheme& scheme = scheme_of(recipe.rules.scheme);
  const Extent& input = request.input.extent;
  const Extent transposed{input.cols, input.rows};
  const Extent& side = request.direction == Direction::kColumnwise ? transposed : input;
  require_count(recipe, request.amax.size(), amax_count(scheme, side), "amax values");
  require_count(recipe, request.amax_columnwise.size(), amax_count(scheme, transposed), "column-wise amax values");
  require_count(recipe, request.global.size(), global_count(scheme, side), "global numbers");
  const std::int64_t scales = count(scale_extent(scheme, side));
  if (request.scales != nullptr && scale_count(*request.scales) != static_cast<std::size_t>(scales))
    refuse(recipe, fmt::format("{} block scales given, {} expected", scale_count(*request.scales), scales));
  require_count(recipe, request.random_bits.size(), count(input) / 4, "random words");
  require_count(recipe, request.random_bits_columnwise.size(), count(input) / 4, "column-wise random words");
  const bool stochastic = recipe.storage.random != RandomOrder::kNone;
  const bool rows = !request.random_bits.empty(), columns = !request.random_bits_columnwise.empty();
  if (!stochastic && (rows || columns)) refuse(recipe, "random words were given, and this recipe rounds to nearest");
  if ((rows || columns) && ((wants_rows(request.direction) && !rows) || (wants_columns(request.direction) && !columns)))
    refuse(recipe,
           "random words were given for one side only, and the other "
           "is asked for too");
}

// The norm from its row statistic on: a weight of the input's type for each column, a factor for each row.
void require_row_factors(const Recipe& recipe, const Request& request) {
  const Extent& extent = request.input.extent;
  const FusedOperands& fused = request.fused;
  if (count(extent) == 0) return;
  if (fused.row_factor.size() != static_cast<std::size_t>(extent.rows))
    refuse(recipe, fmt::format("{} row factors given, one a row ({}) expected: rsqrt(mean of squares + eps), whose sum "
                               "runs in an order that is not known",
                               fused.row_factor.size(), extent.rows));
  if (fused.weight.size() != static_cast<std::size_t>(extent.cols))
    refuse(recipe, fmt::format("{} weights given, one a column ({}) expected", fused.weight.size(), extent.cols));
  const auto is_factor = [](float x) { return x > 0.0f && x <= kFloat32Max; };
  if (!std::all_of(fused.row_factor.begin(), fused.row_factor.end(), is_factor))
    refuse(recipe, "a row factor is not a positive finite number");
  if (!fused.residual.empty()) refuse(recipe, "a residual was given, and this recipe adds none");
}

// Numbers of the input's type, one an element.
void require_gate(const Recipe& recipe, const Request& request) {
  const std::span<const float> gate = request.fused.gate;
  if (!is_silu(recipe.rules.fusion)) {
    if (!gate.empty()) refuse(recipe, "a gate was given, and this recipe takes none");
    return;
  }
  const auto elements = static_cast<std::size_t>(count(request.input.extent));
  if (gate.empty() && elements != 0) refuse(recipe, "a gate is needed: one number an element");
  if (gate.size() != elements)
    refuse(recipe, fmt::format("{} numbers of a gate given, one an element ({}) expected", gate.size(), elements));
  const InputType type = request.input.type;
  if (type == InputType::kF32) return;
  for (std::size_t i = 0; i < gate.size(); ++i) {
    const auto bits = static_cast<std::uint16_t>(encode(format_of(type), gate[i], kCvtRnInf));
    if (!is_nan(gate[i]) && widen(type, bits) != gate[i])
      refuse(recipe, fmt::format("gate number {} ({}) is no {} number: the gate has the input's type", i, gate[i],
                                 name_of(type)));
  }
}

void require_operands(const Recipe& recipe, const Request& request) {
  const Fusion fusion = recipe.rules.fusion;
  const bool cute = fusion == Fusion::kRmsNormCute;
  const bool weight = fusion == Fusion::kRmsNormMul || fusion == Fusion::kRmsNormMulAdd || cute;
  const bool residual = fusion == Fusion::kRmsNormMulAdd;
  if (weight && request.fused.weight.empty() && count(request.input.extent) != 0)
    refuse(recipe, "a weight is needed: one number a column, or fewer");
  if (residual && request.fused.residual.empty() && count(request.input.extent) != 0)
    refuse(recipe, "a residual is needed: one number an element or a column, or fewer");
  if (cute) return require_row_factors(recipe, request);
  if (!request.fused.row_factor.empty()) refuse(recipe, "a factor a row was given, and this recipe takes none");
  const auto cols = static_cast<std::size_t>(request.input.extent.cols);
  const auto elements = static_cast<std::size_t>(count(request.input.extent));
  if (request.fused.weight.size() > cols)
    refuse(recipe,
           fmt::format("{} weights given, at most one a column ({}) expected", request.fused.weight.size(), cols));
  if (request.fused.residual.size() > cols && request.fused.residual.size() != elements)
    refuse(recipe, fmt::format("{} residuals given, one an element ({}) or at most one a column ({}) expected",
                               request.fused.residual.size(), elements, cols));
  if (!weight && !request.fused.weight.empty())
    refuse(recipe, "a weight was given, and this recipe multiplies by none");
  if (!residual && !request.fused.residual.empty()) refuse(recipe, "a residual was given, and this recipe adds none");
  require_gate(recipe, request);
}

// An amax given in place of the producer's own is not negative, and what the input may not hold neither may it. A given
// global is taken as it is: verify() hands over a dump's own, whatever it holds.
void require_numbers(const Recipe& recipe, std::span<const float> numbers, std::string_view what) {
  const Accepts& a = recipe.accepts;
  for (const float number : numbers) {
    if (number < 0.0f) refuse(recipe, fmt::format("{} {}: it is not negative", what, number));
    if (is_nan(number) && !a.nan)
      refuse(recipe, RefusalKind::kNan, fmt::format("NaN given as {}: {}", what, a.refusal));
    if (number == std::numeric_limits<float>::infinity() && !a.infinity)
      refuse(recipe, RefusalKind::kInfinity, fmt::format("infinity given as {}: {}", what, a.refusal));
  }
}

void require_special_values(const Recipe& recipe, const Request& request) {
  const Accepts& a = recipe.accepts;
  const TypedView& input = request.input;
  require_numbers(recipe, request.amax, "amax");
  require_numbers(recipe, request.amax_columnwise, "column-wise amax");
  if (recipe.rules.transform != Transform::kNone && request.direction == Direction::kColumnwise &&
      !request.amax.empty())
    refuse(recipe, "amax is that of the input; of the transformed side the column-wise amax is to be given");
  const bool nan_taken = a.nan && (a.nan_columnwise || !wants_columns(request.direction));
  if (nan_taken && a.infinity) return;
  for (std::int64_t i = 0; i < count(input.extent); ++i) {
    const float x = element(input, i);
    const bool nan = is_nan(x);
    const bool infinite = magnitude(x) == std::numeric_limits<float>::infinity();
    if ((nan && !nan_taken) || (infinite && !a.infinity))
      refuse(recipe, nan ? RefusalKind::kNan : RefusalKind::kInfinity,
             fmt::format("{} at ({}, {}): {}", nan ? "NaN" : "infinity", i / input.extent.cols, i % input.extent.cols,
                         a.refusal));
  }
}

}  // namespace

void require_accepted(const Recipe& recipe, const Request& request) {
  const Accepts& a = recipe.accepts;
  if (!runs(recipe))
    refuse(recipe, RefusalKind::kOpen, fmt::format("not run, a question is open: {}", recipe.open_question));
  if (!accepts(a, request.input.type))
    refuse(recipe, RefusalKind::kType,
           fmt::format("input type {} is not taken by this producer; it takes{}{}{}", name_of(request.input.type),
                       a.f32 ? " fp32" : "", a.bf16 ? " bf16" : "", a.f16 ? " f16" : ""));
  require_direction(recipe, request);
  require_shape(recipe, request);
  require_sizes(recipe, request);
  require_operands(recipe, request);
  require_special_values(recipe, request);
}

}  // namespace bitgate::reference
