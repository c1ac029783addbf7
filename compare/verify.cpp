#include "bitgate/compare/verify.h"

#include <algorithm>

namespace bitgate::compare {
namespace {

Tally tally_of(const Comparison& comparison, Field field) noexcept {
  return comparison.tally[static_cast<std::size_t>(field)];
}

// The element at which a field's entry is explained: the first that the entry governs.
Extent element_of(const Mismatch& m, const QuantizedTensor& tensor) noexcept {
  const Scheme& scheme = tensor.scheme;
  switch (m.field) {
    case Field::kGlobal: return {m.row, m.col};
    case Field::kScale: return {m.row * scheme.cell.rows, m.col * scheme.cell.cols};
    case Field::kExtra: return {m.row, m.col / scheme.extras_per * scheme.extra_cols};
    case Field::kElement:
    case Field::kValue: return {m.row, m.col};
  }
  return {};
}

void keep_first(const Comparison& comparison, Field field, const reference::Recipe& recipe, const Request& request,
                const QuantizedTensor& subject, StagedVerdict& verdict) {
  for (const Mismatch& mismatch : comparison.first) {
    if (mismatch.field != field) continue;
    verdict.first.push_back(mismatch);
    std::vector<reference::Stage> trace;
    const Extent at = element_of(mismatch, subject);
    // An empty tensor has a global and no element to trace.
    const bool explained = count(subject.extent) != 0 &&
                           (request.direction == Direction::kColumnwise || recipe.accepts.directions.rowwise);
    if (explained) trace = reference::explain(recipe, request, at.rows, at.cols);
    verdict.traces.push_back(std::move(trace));
  }
}

// One side alone. Where a producer makes the row-wise side only together with the other, both are made.
QuantizedTensor side_of(const reference::Recipe& recipe, const Request& request, bool with_twin) {
  if (!with_twin || request.direction != Direction::kRowwise || recipe.accepts.directions.rowwise)
    return reference::quantize(recipe, request);
  Request both = request;
  both.direction = Direction::kBoth;
  QuantizedTensor answer = reference::quantize(recipe, both);
  answer.columnwise.clear();
  return answer;
}

void verify_side(const reference::Recipe& recipe, Request request, const QuantizedTensor& subject, bool global_given,
                 bool with_twin, StagedVerdict& verdict) {
  verdict.global_checked = !global_given;
  request.scales = nullptr;
  const Comparison from_input = compare(side_of(recipe, request, with_twin), subject);
  verdict.values = tally_of(from_input, Field::kValue);
  keep_first(from_input, Field::kValue, recipe, request, subject, verdict);
  if (!global_given) {
    verdict.global = tally_of(from_input, Field::kGlobal);
    keep_first(from_input, Field::kGlobal, recipe, request, subject, verdict);
  }
  if (is_values_only(subject.scheme)) return;

  request.global = subject.global;
  const Comparison from_global = compare(side_of(recipe, request, with_twin), subject);
  verdict.scales = tally_of(from_global, Field::kScale);
  keep_first(from_global, Field::kScale, recipe, request, subject, verdict);

  request.scales = &subject.scales;
  const Comparison from_scales = compare(side_of(recipe, request, with_twin), subject);
  verdict.codes = tally_of(from_scales, Field::kElement);
  verdict.extras = tally_of(from_scales, Field::kExtra);
  keep_first(from_scales, Field::kElement, recipe, request, subject, verdict);
  keep_first(from_scales, Field::kExtra, recipe, request, subject, verdict);
}

// What the twin's side was given: an amax of its own, or the tensor's one where no transform changes it.
Request twin_request(const reference::Recipe& recipe, const Request& asked) {
  Request request = asked;
  request.direction = Direction::kColumnwise;
  const bool shared = recipe.rules.transform == reference::Transform::kNone && asked.amax.size() == 1;
  if (asked.amax_columnwise.empty() && !shared) request.amax = {};
  if (recipe.rules.transform != reference::Transform::kNone || asked.global.size() != 1) request.global = {};
  return request;
}

}  // namespace

bool StagedVerdict::bit_exact() const noexcept {
  const bool own = global.different + scales.different + codes.different + extras.different + values.different == 0;
  return own && std::all_of(columnwise.begin(), columnwise.end(), [](const auto& twin) { return twin.bit_exact(); });
}

StagedVerdict verify(const reference::Recipe& recipe, const Request& asked, const QuantizedTensor& subject,
                     bool global_given) {
  Request request = asked;
  request.direction = subject.direction;
  StagedVerdict verdict;
  // Sides are compared one at a time, and a side with a twin is not comparable to one without.
  QuantizedTensor alone = subject;
  alone.columnwise.clear();
  verify_side(recipe, request, alone, global_given, !subject.columnwise.empty(), verdict);
  for (const QuantizedTensor& twin : subject.columnwise) {
    verdict.columnwise.emplace_back();
    verify_side(recipe, twin_request(recipe, asked), twin, global_given, true, verdict.columnwise.back());
  }
  return verdict;
}

StagedVerdict verify(const reference::Recipe& recipe, const TypedView& input, const QuantizedTensor& subject,
                     bool global_given) {
  Request request;
  request.input = input;
  return verify(recipe, request, subject, global_given);
}

}  // namespace bitgate::compare
