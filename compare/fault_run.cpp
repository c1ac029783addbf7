#include "bitgate/compare/fault_run.h"

#include <fmt/format.h>

#include <memory>
#include <optional>

#include "bitgate/compare/case_operands.h"
#include "bitgate/compare/distribution.h"
#include "bitgate/compare/fault_groups.h"
#include "bitgate/compare/peer_draws.h"
#include "bitgate/compare/round_to_type.h"
#include "bitgate/compare/suite.h"
#include "bitgate/reference/format/error.h"

namespace bitgate::compare {
namespace {

using reference::Recipe;

constexpr Extent kUsual{256, 256}, kForDraws{128, 128}, kLarge{4096, 4096};

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
    if (question.direction != reference::default_direction(recipe)) continue;
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

Question normal_question(const Recipe& recipe, const Extent& extent) {
  return {{std::string(recipe.identity.name), usual_type(recipe), {"normal"}, extent, 1},
          reference::default_direction(recipe),
          {}};
}

// 2 x - 1 in its own type: what TransformerEngine draws for its test of stochastic rounding.
TypedTensor twice_less_one(const TypedView& input) {
  std::vector<std::uint16_t> values;
  for (const std::uint16_t x : input.bits16())
    values.push_back(round_to_16(format_of(input.type), 2.0 * static_cast<double>(widen(input.type, x)) - 1.0));
  return {input.type, input.extent, std::move(values)};
}

// A fault may make of an input what the recipe refuses (an infinity of a large number): nothing is then computed.
std::optional<QuantizedTensor> answer_of(const Subject& faulty, const Request& request) {
  try {
    return faulty(request);
  } catch (const InputError&) {
    return std::nullopt;
  }
}

// What the peers ask: once for all faults of a recipe.
class PeerQuestions {
 public:
  PeerQuestions(const Recipe& recipe, const Subject& subject)
      : recipe_(recipe),
        subject_(subject),
        usual_(recipe, normal_question(recipe, kUsual)),
        for_draws_(recipe, normal_question(recipe, kForDraws)) {
    if (!usual_.taken) throw InputError(fmt::format("{} refuses {}", recipe.identity.name, usual_.question.options()));
    operand_ = reference::operand(recipe, usual_.asked.request, usual_.question.direction);
    gates_ = std::make_unique<PeerGates>(operand_.view(), usual_.expected);
  }
  // One draw says nothing of odds: of faulty words only the test that averages many is asked.
  PeerSights judge(const Fault& fault) const {
    const Subject faulty = with_fault(fault, recipe_, subject_);
    PeerSights sights = kNoSights;
    const auto usual = fault.group == FaultGroup::kStochastic ? std::nullopt : answer_of(faulty, usual_.asked.request);
    if (usual) sights = gates_->sights(*usual);
    of(sights, Peer::kTeDraws) = judge_draws(faulty);
    return sights;
  }

 private:
  PeerSight judge_draws(const Subject& subject) const {
    if (recipe_.storage.random == reference::RandomOrder::kNone) return PeerSight::kDoesNotApply;
    const TypedTensor input = twice_less_one(for_draws_.asked.input.view());
    Request drawn = for_draws_.asked.request;
    drawn.input = input.view();
    return mean_of_draws_sight(recipe_, drawn, subject);
  }

  const Recipe& recipe_;
  const Subject& subject_;
  Answered usual_, for_draws_;
  TypedTensor operand_;
  std::unique_ptr<PeerGates> gates_;
};

FaultSight seen_by_questions(const Fault& fault, const Recipe& recipe, const Subject& subject,
                             const std::vector<std::unique_ptr<Answered>>& questions) {
  const std::string_view no_effect = why_no_effect(fault, recipe);
  FaultSight sight{&fault, std::string(recipe.identity.name),
                   no_effect.empty() ? FaultFate::kNotSeen : FaultFate::kNoEffect, std::string(no_effect)};
  const Subject faulty = with_fault(fault, recipe, subject);
  for (const auto& answered : questions) {
    const std::optional<QuantizedTensor> answer = answer_of(faulty, answered->asked.request);
    if (!answer) continue;
    const Comparison comparison = compare(answered->expected, *answer);
    if (comparison.bit_exact()) continue;
    sight.fate = no_effect.empty() ? FaultFate::kSeen : FaultFate::kMisjudged;
    sight.by = answered->question.options();
    sight.different = comparison.different();
    break;
  }
  return sight;
}

}  // namespace

std::string_view name_of(FaultFate fate) noexcept {
  switch (fate) {
    case FaultFate::kSeen: return "seen";
    case FaultFate::kNoEffect: return "no effect";
    case FaultFate::kNotSeen: return "not seen";
    case FaultFate::kMisjudged: return "misjudged";
  }
  return "?";
}

std::vector<FaultSight> inject_faults(const Recipe& recipe, const Subject& subject) {
  const std::vector<std::unique_ptr<Answered>> questions = answered_questions(recipe, subject);
  const PeerQuestions peers(recipe, subject);
  std::vector<FaultSight> sights;
  for (const Fault& fault : faults()) {
    if (!fault.applies(recipe)) continue;
    sights.push_back(seen_by_questions(fault, recipe, subject, questions));
    if (sights.back().fate == FaultFate::kSeen) sights.back().peers = peers.judge(fault);
  }
  return sights;
}

SmallestFault smallest_fault(const Recipe& recipe) {
  const Answered answered(recipe, normal_question(recipe, kLarge));
  if (!answered.taken)
    throw InputError(fmt::format("{} refuses {}", recipe.identity.name, answered.question.options()));
  QuantizedTensor faulty = answered.expected;
  fault::step_entry(faulty, static_cast<std::size_t>(count(kLarge)) / 3);
  const Comparison comparison = compare(answered.expected, faulty);
  const TypedTensor operand = reference::operand(recipe, answered.asked.request, answered.question.direction);
  return {count(kLarge), comparison.different(), describe(comparison, answered.expected),
          PeerGates(operand.view(), answered.expected).sights(faulty)};
}

}  // namespace bitgate::compare
