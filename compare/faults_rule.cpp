// Public threads on equal algebra with unequal bits: the entries that the recipe would give under its neighbour's rule,
// and where they are not its own the subject's are replaced by them.
#include <bit>
#include <type_traits>

#include "bitgate/compare/fault_groups.h"
#include "bitgate/compare/mutants.h"

namespace bitgate::compare {
namespace {

using namespace fault;
using reference::Divide;
using reference::MultiplierForm;
using reference::Rules;
using reference::ScaleForm;

template <class Entry>
void replace_changed(const std::vector<Entry>& right, const std::vector<Entry>& wrong, std::vector<Entry>& answer) {
  for (std::size_t i = 0; i < answer.size(); ++i) {
    bool same = right[i] == wrong[i];
    if constexpr (std::is_same_v<Entry, float>)
      same = std::bit_cast<std::uint32_t>(right[i]) == std::bit_cast<std::uint32_t>(wrong[i]);
    if (!same) answer[i] = wrong[i];
  }
}

QuantizedTensor by_rules(const Rules& neighbour, const Recipe& recipe, const Subject& subject, const Request& request) {
  QuantizedTensor answer = subject(request);
  const QuantizedTensor right = reference::quantize(recipe, request);
  const QuantizedTensor wrong = reference::quantize_with(neighbour, recipe.storage, request);
  replace_changed(right.codes, wrong.codes, answer.codes);
  for (std::size_t i = 0; i < scale_count(answer.scales); ++i)
    if (scale_bits(right.scales, i) != scale_bits(wrong.scales, i))
      set_scale_bits(answer.scales, i, scale_bits(wrong.scales, i));
  replace_changed(right.extras, wrong.extras, answer.extras);
  replace_changed(right.global, wrong.global, answer.global);
  replace_changed(right.values, wrong.values, answer.values);
  return answer;
}

template <Rules (*neighbour)(Rules)>
QuantizedTensor around(const Recipe& recipe, const Subject& subject, const Request& request) {
  return by_rules(neighbour(recipe.rules), recipe, subject, request);
}
// By the argument for the mutant of the same rules.
template <Rules (*neighbour)(Rules)>
std::string_view no_effect(const Recipe& recipe) {
  const Rules changed = neighbour(recipe.rules);
  for (const Mutant& mutant : mutants_of(recipe))
    if (mutant.rules == changed) return why_equivalent(recipe, mutant);
  return "";
}
template <Rules (*neighbour)(Rules)>
bool differs(const Recipe& recipe) noexcept {
  return !(neighbour(recipe.rules) == recipe.rules);
}

Rules other_multiplier(Rules r) {
  switch (r.element.multiplier) {
    case MultiplierForm::kReciprocalOfProduct: r.element.multiplier = MultiplierForm::kGlobalReciprocalOverScale; break;
    case MultiplierForm::kGlobalReciprocalOverScale: r.element.multiplier = MultiplierForm::kReciprocalOfProduct; break;
    default: break;
  }
  return r;
}

Rules divides_throughout(Rules r) {
  if (r.element.multiplier == MultiplierForm::kReciprocalOfProduct ||
      r.element.multiplier == MultiplierForm::kGlobalReciprocalOverScale)
    r.element.multiplier = MultiplierForm::kDivideByProduct;
  return r;
}

Rules other_sixth(Rules r) {
  if (r.block.form == ScaleForm::kAmaxTimesFoldedGlobal)
    r.block.form = ScaleForm::kAmaxOverElementMaxTimesGlobal;
  else if (r.block.form == ScaleForm::kAmaxOverElementMaxTimesGlobal)
    r.block.form = ScaleForm::kAmaxTimesFoldedGlobal;
  return r;
}

Rules reciprocal_for_division(Rules r) {
  const bool divides = scheme_of(r.scheme).scale.has_zero;
  if (divides && r.block.divide == Divide::kIeee) r.block.divide = Divide::kTimesIeeeReciprocal;
  return r;
}

Rules other_score(Rules r) {
  if (r.special.kind != reference::Special::kFourOverSix) return r;
  r.special.math =
      r.special.math == reference::ErrorMath::kExact ? reference::ErrorMath::kHalf : reference::ErrorMath::kExact;
  return r;
}

template <Rules (*neighbour)(Rules)>
Fault rule_fault(std::string_view name, std::string_view sentence, std::string_view source) {
  return {name,    FaultGroup::kField, sentence,
          source,  differs<neighbour>, nullptr,
          nullptr, around<neighbour>,  no_effect<neighbour>};
}

}  // namespace

std::vector<Fault> rule_faults() {
  return {
      rule_fault<other_multiplier>("multiplier-other", "S / scale for 1 / (scale / S), or the reverse",
                                   "NVIDIA/TransformerEngine#2931, NVIDIA/Fuser#5696"),
      rule_fault<divides_throughout>("division-for-multiplier", "elements are divided by scale / S, not multiplied",
                                     "radixark/miles#1054"),
      rule_fault<other_sixth>("sixth-elsewhere", "amax times S/6 for amax/6 times S, or the reverse",
                              "flashinfer-ai/flashinfer#3264"),
      rule_fault<reciprocal_for_division>("reciprocal-for-division", "a scale's division is made by the reciprocal",
                                          "ROCm/aiter#5259, meta-pytorch/MSLK#161"),
      rule_fault<other_score>("candidates-scored-otherwise", "the two candidates of 4over6 are scored in the other way",
                              "radixark/miles#1261, flashinfer-ai/flashinfer#3448"),
  };
}

}  // namespace bitgate::compare
