// Public threads on the maximum of a block and on its sum: what the subject would give, had its maximum been another.
#include <algorithm>
#include <bit>
#include <limits>
#include <vector>

#include "bitgate/compare/fault_groups.h"
#include "bitgate/compare/round_to_type.h"

namespace bitgate::compare {
namespace {

using namespace fault;

// The input with each element changed, in its own type.
template <class Change>
TypedTensor changed_input(const TypedView& input, Change change) {
  TypedTensor other{input.type, input.extent, {}};
  if (input.type == InputType::kF32) {
    std::vector<float> values;
    for (const float x : input.f32()) values.push_back(std::bit_cast<float>(change(std::bit_cast<std::uint32_t>(x))));
    other.values = std::move(values);
    return other;
  }
  std::vector<std::uint16_t> values;
  for (const std::uint16_t x : input.bits16()) values.push_back(static_cast<std::uint16_t>(change(std::uint32_t{x})));
  other.values = std::move(values);
  return other;
}

// The answer under the scales and the global that the subject gives for the other input.
QuantizedTensor under_scales_of(const TypedTensor& other, const Recipe& recipe, const Subject& subject,
                                const Request& request) {
  QuantizedTensor answer = subject(request);
  Request asked = request;
  asked.input = other.view();
  QuantizedTensor of_other = subject(asked);
  const QuantizedTensor before = answer;
  answer.scales = std::move(of_other.scales);
  answer.global = std::move(of_other.global);
  const Direction side = request.direction == Direction::kColumnwise ? Direction::kColumnwise : Direction::kRowwise;
  encode_under_new_units(reference::operand(recipe, request, side).view(), before, answer);
  return answer;
}

QuantizedTensor amax_drops_nan(const Recipe& recipe, const Subject& subject, const Request& request) {
  const Format& type = format_of(request.input.type);
  const TypedTensor other =
      changed_input(request.input, [&](std::uint32_t bits) { return is_nan(type, bits) ? 0u : bits; });
  return under_scales_of(other, recipe, subject, request);
}

QuantizedTensor amax_through_bf16(const Recipe& recipe, const Subject& subject, const Request& request) {
  if (request.input.type != InputType::kF32) return subject(request);
  const TypedTensor other = changed_input(request.input, [](std::uint32_t bits) {
    return std::uint32_t{round_to_16(kBf16, std::bit_cast<float>(bits))} << 16;
  });
  return under_scales_of(other, recipe, subject, request);
}

// `step` added to the magnitude of a finite element that is not zero, as far as it stays finite.
std::uint32_t lifted(const Format& type, std::uint32_t bits, std::uint32_t step) noexcept {
  const std::uint32_t size = bits & magnitude_mask(type);
  return size == 0 || size + step > max_code(type) ? bits : bits + step;
}

QuantizedTensor amax_one_ulp_up(const Recipe& recipe, const Subject& subject, const Request& request) {
  const Format& type = format_of(request.input.type);
  const int finer = type.mantissa_bits - kBf16.mantissa_bits;
  const TypedTensor other =
      changed_input(request.input, [&](std::uint32_t bits) { return lifted(type, bits, 1u << finer); });
  return under_scales_of(other, recipe, subject, request);
}

// All but the largest and the smallest of each block two ulp larger in magnitude: the scales stay.
TypedTensor lifted_within_blocks(const Recipe& recipe, const TypedView& input) {
  const std::int64_t width = scheme_of(recipe.rules.scheme).block.cols, cols = input.extent.cols;
  std::int64_t at = 0;
  return changed_input(input, [&](std::uint32_t bits) {
    const std::int64_t i = at++, start = i - i % cols % width;
    const float x = element(input, i);
    bool inside_above = false, inside_below = false;
    for (std::int64_t j = start; j < std::min(start + width, i - i % cols + cols); ++j) {
      const float y = element(input, j);
      inside_above = inside_above || y > std::fabs(x);
      inside_below = inside_below || y < -std::fabs(x);
    }
    return inside_above || inside_below ? lifted(format_of(input.type), bits, 2) : bits;
  });
}

// Codes as of elements two ulp larger (a fast division is as coarse), where the scale is the same: off at ties.
QuantizedTensor codes_of_next_ulps(const Recipe& recipe, const Subject& subject, const Request& request) {
  QuantizedTensor answer = subject(request);
  const TypedTensor other = lifted_within_blocks(recipe, request.input);
  Request asked = request;
  asked.input = other.view();
  const QuantizedTensor of_other = subject(asked);
  const std::int64_t cols = answer.extent.cols;
  for (std::size_t i = 0; i < answer.codes.size(); ++i) {
    const auto at = static_cast<std::int64_t>(i);
    const std::size_t scale = scale_index(answer.scheme, cols, at / cols, at % cols);
    if (scale_bits(of_other.scales, scale) == scale_bits(answer.scales, scale)) answer.codes[i] = of_other.codes[i];
  }
  return answer;
}

// Columns that an extra is the sum of: a block's, or of the layout with six of them the sixteenths at its head.
std::int64_t summed_cols(const Scheme& scheme) noexcept { return scheme.extras_per == 1 ? scheme.extra_cols : 16; }

// Inputs added up in fp16, one after the other.
void sum_in_half(const FaultContext& at, QuantizedTensor& t) {
  const std::int64_t per_row = extras_per_row(t.scheme, t.extent.cols);
  for (std::size_t i = 0; i < t.extras.size(); ++i) {
    const auto extra = static_cast<std::int64_t>(i);
    const std::int64_t row = extra / per_row, in_row = extra % per_row;
    const std::int64_t first =
        in_row / t.scheme.extras_per * t.scheme.extra_cols + in_row % t.scheme.extras_per * summed_cols(t.scheme);
    const std::int64_t last = std::min(first + summed_cols(t.scheme), t.extent.cols);
    double sum = 0.0;
    for (std::int64_t col = first; col < last; ++col)
      sum =
          decode(kFp16, round_to_16(kFp16, sum + static_cast<double>(element(at.operand, row * t.extent.cols + col))));
    t.extras[i] = round_to_16(t.scheme.extra, sum);
  }
}

// Operands that are transformed or fused have another maximum than the input's.
bool has_own_amax(const Recipe& r) noexcept { return has_codes(r) && quantizes_its_input(r); }
// A search weighs every element: without its NaN it would choose otherwise, whatever the maximum.
bool has_plain_amax(const Recipe& r) noexcept {
  return has_own_amax(r) && r.rules.special.kind == reference::Special::kNone;
}
bool has_sums(const Recipe& r) noexcept { return scheme_of(r.rules.scheme).extra_is == Extra::kSum; }
bool has_integer_codes(const Recipe& r) noexcept {
  return has_own_amax(r) && is_integer(scheme_of(r.rules.scheme).element);
}

std::uint32_t scale_of_all(const Recipe& r, float x) {
  return reference::quantize_one_block(r.rules, InputType::kBf16, std::vector<float>(32, x), x).scale_bits;
}

std::string_view drops_nan_itself(const Recipe& r) {
  if (!r.accepts.nan) return "a NaN is refused";
  const bool block = r.rules.block.amax_nan == reference::AmaxNan::kIgnore;
  const bool global =
      r.rules.global.form == reference::GlobalForm::kNone || r.rules.global.amax_nan == reference::AmaxNan::kIgnore;
  if (block && global) return "the recipe's own maxima drop NaN";
  const bool all_nan = has_e8m0_scales(r) && r.rules.block.amax_nan == reference::AmaxNan::kKeepAllNan;
  return all_nan && scale_of_all(r, std::numeric_limits<float>::quiet_NaN()) == scale_of_all(r, 0.0f)
             ? "the recipe drops NaN but of NaN alone, and scales that as zeros"
             : "";
}

std::string_view reads_sixteen_bits(const Recipe& r) { return r.accepts.f32 ? "" : "it takes no binary32"; }

}  // namespace

std::vector<Fault> amax_faults() {
  constexpr FaultGroup kGroup = FaultGroup::kField;
  return {
      {"amax-drops-nan", kGroup, "the maximum drops a NaN", "pytorch/ao#4852", has_plain_amax, nullptr, nullptr,
       amax_drops_nan, drops_nan_itself},
      {"amax-through-bf16", kGroup, "the maximum is rounded to bf16 on its way to the scale", "pytorch/ao#4725",
       has_own_amax, nullptr, nullptr, amax_through_bf16, reads_sixteen_bits},
      {"amax-one-ulp", kGroup, "the maximum is one ulp of bf16 too large", "vllm-project/vllm#46658", has_own_amax,
       nullptr, nullptr, amax_one_ulp_up},
      {"integer-ties-off", kGroup, "integer codes are those of inputs two ulp larger: off at ties",
       "ggml-org/llama.cpp#4698, ggml-org/llama.cpp#14528", has_integer_codes, nullptr, nullptr, codes_of_next_ulps},
      {"sum-in-half", kGroup, "the block's sum is added up in fp16", "ggml-org/llama.cpp#21652", has_sums, sum_in_half},
  };
}

}  // namespace bitgate::compare
