// What a producer takes after its product, and with which words it refuses the rest.
#include <fmt/format.h>

#include "bitgate/reference/gemm/epilogue.h"

namespace bitgate::reference {
namespace {

[[noreturn]] void refuse(const Epilogue& epilogue, std::string_view why) {
  throw InputError(fmt::format("{}: {}", epilogue.identity.name, why));
}

constexpr bool accepts(const EpilogueAccepts& a, InputType type) noexcept {
  return type == InputType::kF32 ? a.f32 : type == InputType::kBf16 ? a.bf16 : a.f16;
}

constexpr bool takes_amax(const EpilogueRules& rules) noexcept {
  return rules.factor == Factor::kTeNvfp4 || rules.factor == Factor::kTeQuotient ||
         rules.rescale == Rescale::kAmaxFoldedOrTwo;
}
constexpr bool takes_scales(const EpilogueRules& rules) noexcept {
  const Factor f = rules.factor;
  return rules.rescale == Rescale::kOutputType || f == Factor::kOpenVectors ||
         (f >= Factor::kFactorFirst && f <= Factor::kBThenA);
}
constexpr bool takes_alpha(const EpilogueRules& rules) noexcept {
  return rules.factor != Factor::kNone && rules.factor != Factor::kTeQuotient;
}

void require_asked(const Epilogue& epilogue, const EpilogueOperands& operands) {
  for (const GemmAsk ask : operands.asks) {
    const AskAnswer* found = nullptr;
    for (const AskAnswer& answer : epilogue.accepts.answers)
      if (answer.ask == ask) found = &answer;
    if (found == nullptr)
      refuse(epilogue, fmt::format("{} is not covered: only the plain product's order is known", name_of(ask)));
    if (!found->reason.empty()) refuse(epilogue, found->reason);
  }
}

void require_numbers(const Epilogue& epilogue, bool taken, std::span<const float> numbers, std::int64_t vector,
                     std::string_view what) {
  if (!taken) {
    if (!numbers.empty()) refuse(epilogue, fmt::format("it takes no {}", what));
    return;
  }
  if (numbers.empty()) refuse(epilogue, fmt::format("it needs the {}", what));
  const auto n = static_cast<std::int64_t>(numbers.size());
  if (n == 1) return;
  if (!epilogue.accepts.vectors)
    refuse(epilogue, fmt::format("{} numbers for the {}: {}", n, what, epilogue.accepts.vectors_refusal));
  if (n != vector) refuse(epilogue, fmt::format("{} numbers for the {}: 1 or {} expected", n, what, vector));
}

void require_extent_of(const Epilogue& epilogue, const TypedView& view, const Extent& wanted, std::string_view what) {
  if (view.extent == wanted) return;
  refuse(epilogue, fmt::format("{} is {} x {}, expected {} x {}", what, view.extent.rows, view.extent.cols, wanted.rows,
                               wanted.cols));
}

void require_c(const Epilogue& epilogue, const EpilogueOperands& operands) {
  const EpilogueRules& rules = epilogue.rules;
  const bool has_c = operands.c.data != nullptr;
  if (operands.accumulate) {
    if (rules.accumulate == Accumulate::kRefused) refuse(epilogue, "it does not accumulate into D");
    if (!has_c) refuse(epilogue, "accumulating needs the old D as C");
    if (operands.c.type != operands.output)
      refuse(epilogue, fmt::format("the old D is {}, expected D's type {}", bitgate::name_of(operands.c.type),
                                   bitgate::name_of(operands.output)));
  } else if (has_c && rules.c == CTerm::kNone) {
    refuse(epilogue, "it takes no C");
  }
  if (rules.c == CTerm::kNone && operands.beta_given) refuse(epilogue, "it takes no beta");
  if (has_c) require_extent_of(epilogue, operands.c, {operands.rows, operands.cols}, "C");
  if (!has_c && operands.beta_given && operands.beta != 0.0f) refuse(epilogue, "beta without C: give C as well");
  if (has_c && !operands.accumulate && !operands.beta_given) refuse(epilogue, "C without beta: give beta as well");
}

void require_bias(const Epilogue& epilogue, const EpilogueOperands& operands) {
  if (operands.bias.data == nullptr) return;
  if (epilogue.rules.bias == Bias::kNone) refuse(epilogue, "it takes no bias");
  require_extent_of(epilogue, operands.bias, {1, operands.cols}, "the bias");
  const bool in_output_type = epilogue.rules.bias == Bias::kOutputType || epilogue.rules.bias == Bias::kOpenCast;
  if (in_output_type && operands.bias.type != operands.output)
    refuse(epilogue, fmt::format("the bias is {}, expected D's type {}", bitgate::name_of(operands.bias.type),
                                 bitgate::name_of(operands.output)));
}

}  // namespace

void require_accepted(const Epilogue& epilogue, const EpilogueOperands& operands) {
  const EpilogueRules& rules = epilogue.rules;
  const auto n = static_cast<std::int64_t>(operands.accumulator.size());
  if (operands.rows < 0 || operands.cols < 0 || n != operands.rows * operands.cols)
    refuse(epilogue, fmt::format("{} numbers of the accumulator for {} x {}", n, operands.rows, operands.cols));
  require_asked(epilogue, operands);
  if (!accepts(epilogue.accepts, operands.output)) refuse(epilogue, epilogue.accepts.refusal);
  require_numbers(epilogue, takes_amax(rules), operands.a_amax, operands.rows, "amax of A");
  require_numbers(epilogue, takes_amax(rules), operands.b_amax, operands.cols, "amax of B");
  require_numbers(epilogue, takes_scales(rules), operands.a_scale, operands.rows, "scale of A");
  require_numbers(epilogue, takes_scales(rules), operands.b_scale, operands.cols, "scale of B");
  if (!takes_alpha(rules) && operands.alpha != 1.0f) refuse(epilogue, "it takes no alpha");
  require_c(epilogue, operands);
  require_bias(epilogue, operands);
}

}  // namespace bitgate::reference
