#include "bitgate/compare/fault_run.h"

#include <fmt/format.h>

#include <memory>

#include "bitgate/compare/case_operands.h"
#include "bitgate/compare/distribution.h"
#include "bitgate/compare/fault_groups.h"
#include "bitgate/compare/suite.h"
#include "bitgate/reference/format/error.h"

namespace bitgate::compare {
namespace {

using reference::Recipe;

constexpr Extent kUsual{256, 256}, kLarge{4096, 4096};

InputType usual_type(const Recipe& recipe) noexcept {
  return recipe.accepts.bf16 ? InputType::kBf16 : recipe.accepts.f32 ? InputType::kF32 : InputType::kF16;
}

// A question with the answer that it should have; none where the recipe refuses.
struct Answered {
  explicit Answered(const Recipe& recipe, const Question& question) : asked(recipe, question), question(question) {
    try {
      expected = reference::quantize(recipe, asked.request);
      taken = true;
    } catch (const InputError&) {
      taken = false;
    }
  }
  Asked asked;
  Question question;
  QuantizedTensor expected;
  bool taken = false;
};

std::vector<std::unique_ptr<Answered>> answered_questions(const Recipe& recipe, const Subject& subject) {
  std::vector<std::unique_ptr<Answered>> all;
  for (const Question& question : quick_questions(recipe)) {
    if (question.direction != Direction::kRowwise) continue;
    auto answered = std::make_unique<Answered>(recipe, question);
    if (!answered->taken) continue;
    const Comparison right = compare(answered->expected, subject(answered->asked.request));
    if (!right.bit_exact())
      throw InputError(fmt::format("the subject differs without a fault ({}): {}", question.options(),
                                   describe(right, answered->expected)));
    all.push_back(std::move(answered));
  }
  return all;
}

std::array<PeerSight, 4> judged_by_peers(const Fault& fault, const Recipe& recipe, const Subject& subject) {
  const Question usual{{std::string(recipe.identity.name), usual_type(recipe), {"normal"}, kUsual, 1}, {}, {}};
  const Answered answered(recipe, usual);
  // One draw says nothing of odds: their tests of stochastic rounding average many.
  if (fault.in_words != nullptr || !answered.taken)
    return {PeerSight::kDoesNotApply, PeerSight::kDoesNotApply, PeerSight::kDoesNotApply, PeerSight::kDoesNotApply};
  return peer_sights(answered.asked.input.view(), answered.expected,
                     with_fault(fault, recipe, subject)(answered.asked.request));
}

}  // namespace

std::vector<FaultSight> inject_faults(const Recipe& recipe, const Subject& subject) {
  if (!recipe.accepts.directions.rowwise)
    throw InputError(
        fmt::format("faults are injected into the row-wise side, which {} does not make alone", recipe.identity.name));
  const std::vector<std::unique_ptr<Answered>> questions = answered_questions(recipe, subject);
  std::vector<FaultSight> sights;
  for (const Fault& fault : faults()) {
    if (!fault.applies(recipe)) continue;
    FaultSight sight{&fault, std::string(recipe.identity.name), "", 0, judged_by_peers(fault, recipe, subject)};
    const Subject faulty = with_fault(fault, recipe, subject);
    for (const auto& answered : questions) {
      const Comparison comparison = compare(answered->expected, faulty(answered->asked.request));
      if (comparison.bit_exact()) continue;
      sight.seen_by = answered->question.options();
      sight.different = comparison.different();
      break;
    }
    sights.push_back(std::move(sight));
  }
  return sights;
}

SmallestFault smallest_fault(const Recipe& recipe) {
  const Question large{{std::string(recipe.identity.name), usual_type(recipe), {"normal"}, kLarge, 1}, {}, {}};
  const Answered answered(recipe, large);
  if (!answered.taken) throw InputError(fmt::format("{} refuses {}", recipe.identity.name, large.id.name()));
  QuantizedTensor faulty = answered.expected;
  std::uint8_t& code = faulty.codes[faulty.codes.size() / 3];
  code = fault::next_code(faulty.scheme.element, code);
  const Comparison comparison = compare(answered.expected, faulty);
  return {count(kLarge), comparison.different(), describe(comparison, answered.expected),
          peer_sights(answered.asked.input.view(), answered.expected, faulty)};
}

}  // namespace bitgate::compare
