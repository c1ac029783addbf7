#include "bitgate/compare/verify.h"

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
    case Field::kScale: return {m.row, m.col * scheme.block.cols};
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
    if (count(subject.extent) != 0) trace = reference::explain(recipe, request, at.rows, at.cols);
    verdict.traces.push_back(std::move(trace));
  }
}

}  // namespace

bool StagedVerdict::bit_exact() const noexcept {
  return global.different + scales.different + codes.different + extras.different == 0;
}

StagedVerdict verify(const reference::Recipe& recipe, const TypedView& input, const QuantizedTensor& subject,
                     bool global_given) {
  StagedVerdict verdict;
  verdict.global_checked = !global_given;

  Request request;
  request.input = input;
  const Comparison from_input = compare(reference::quantize(recipe, request), subject);
  if (!global_given) {
    verdict.global = tally_of(from_input, Field::kGlobal);
    keep_first(from_input, Field::kGlobal, recipe, request, subject, verdict);
  }

  request.global = subject.global;
  const Comparison from_global = compare(reference::quantize(recipe, request), subject);
  verdict.scales = tally_of(from_global, Field::kScale);
  keep_first(from_global, Field::kScale, recipe, request, subject, verdict);

  request.scales = &subject.scales;
  const Comparison from_scales = compare(reference::quantize(recipe, request), subject);
  verdict.codes = tally_of(from_scales, Field::kElement);
  verdict.extras = tally_of(from_scales, Field::kExtra);
  keep_first(from_scales, Field::kElement, recipe, request, subject, verdict);
  keep_first(from_scales, Field::kExtra, recipe, request, subject, verdict);
  return verdict;
}

}  // namespace bitgate::compare
