#include "bitgate/compare/mutation.h"

#include <oneapi/tbb/parallel_for.h>

#include <mutex>

#include "bitgate/compare/compare.h"
#include "bitgate/reference/format/error.h"
#include "bitgate/reference/layout/nibbles.h"

namespace bitgate::compare {
namespace {

using reference::Recipe;

// What a mutant of a fused operation needs and the recipe itself does not.
struct SpareOperands {
  std::vector<float> weight, residual, row_factor, gate;
  explicit SpareOperands(const Extent& extent) {
    const std::int64_t cols = extent.cols;
    for (std::int64_t row = 0; row < extent.rows; ++row)
      row_factor.push_back(1.0f + 0.125f * static_cast<float>(row % 3));
    for (std::int64_t i = 0; i < count(extent); ++i) gate.push_back(0.5f * static_cast<float>(i % 9) - 2.0f);
    for (std::int64_t col = 0; col < cols; ++col) {
      weight.push_back(1.0f + 0.125f * static_cast<float>(col % 7));
      residual.push_back(0.25f * static_cast<float>(col % 5) - 0.5f);
    }
  }
};

// The bytes of the codes where only the order of nibbles is another.
bool stored_alike(const Recipe& recipe, const Mutant& mutant, const QuantizedTensor& expected,
                  const QuantizedTensor& actual) {
  if (mutant.storage.nibbles == recipe.storage.nibbles) return true;
  return reference::pack_nibbles(expected.codes, expected.extent, recipe.storage.nibbles) ==
         reference::pack_nibbles(actual.codes, actual.extent, mutant.storage.nibbles);
}

bool kills(const Recipe& recipe, const Mutant& mutant, const Request& request, const QuantizedTensor& expected) {
  try {
    const QuantizedTensor actual = reference::quantize_with(mutant.rules, mutant.storage, request);
    return !compare(expected, actual).bit_exact() || !stored_alike(recipe, mutant, expected, actual);
  } catch (const InputError&) {
    return true;
  }
}

// One question against every mutant that still lives.
void ask_living(const Recipe& recipe, const Question& question, const std::vector<Mutant>& mutants,
                std::vector<std::size_t>& living, std::vector<MutantFate>& fates) {
  Asked asked(recipe, question);
  QuantizedTensor expected;
  try {
    expected = reference::quantize(recipe, asked.request);
  } catch (const InputError&) {
    return;
  }
  const SpareOperands spare(question.id.extent);
  FusedOperands& fused = asked.request.fused;
  if (fused.weight.empty()) fused.weight = spare.weight;
  if (fused.residual.empty()) fused.residual = spare.residual;
  if (fused.row_factor.empty()) fused.row_factor = spare.row_factor;
  if (fused.gate.empty()) fused.gate = spare.gate;
  std::erase_if(living, [&](std::size_t i) {
    if (!kills(recipe, mutants[i], asked.request, expected)) return false;
    if (fates[i].fate == Fate::kEquivalent) {
      fates[i].fate = Fate::kMisjudged;
      fates[i].by += "; but " + question.options();
      return true;
    }
    fates[i].fate = Fate::kKilled;
    fates[i].by = question.options();
    return true;
  });
}

// Trials take time: they are made of what no question kills, or of all where a killed one is to contradict them.
RecipeMutation run_recipe(const Recipe& recipe, const MutationOptions& options) {
  const std::vector<Mutant> mutants = mutants_of(recipe);
  RecipeMutation result{std::string(recipe.identity.name), {}};
  std::vector<std::size_t> living;
  for (std::size_t i = 0; i < mutants.size(); ++i) {
    const std::string_view reason =
        options.run_equivalent ? why_equivalent(recipe, mutants[i]) : why_equivalent_by_rules(recipe, mutants[i]);
    result.mutants.push_back(
        {mutants[i].change, reason.empty() ? Fate::kSurvived : Fate::kEquivalent, std::string(reason)});
    if (reason.empty() || options.run_equivalent) living.push_back(i);
  }
  const std::vector<Question> questions = options.questions ? options.questions(recipe) : quick_questions(recipe);
  for (const Question& question : questions) {
    if (living.empty()) break;
    ask_living(recipe, question, mutants, living, result.mutants);
  }
  for (const std::size_t i : living) {
    MutantFate& fate = result.mutants[i];
    if (fate.fate != Fate::kSurvived || options.run_equivalent) continue;
    fate.by = why_equivalent_by_trial(recipe, mutants[i]);
    if (!fate.by.empty()) fate.fate = Fate::kEquivalent;
  }
  return result;
}

}  // namespace

std::string_view name_of(Fate fate) noexcept {
  switch (fate) {
    case Fate::kKilled: return "killed";
    case Fate::kEquivalent: return "equivalent";
    case Fate::kSurvived: return "survived";
    case Fate::kMisjudged: return "misjudged";
  }
  return "?";
}

std::vector<RecipeMutation> run_mutants(const std::vector<const Recipe*>& recipes, const MutationOptions& options,
                                        const std::function<void(std::size_t)>& progress) {
  std::vector<RecipeMutation> all(recipes.size());
  std::mutex mutex;
  std::size_t done = 0;
  oneapi::tbb::parallel_for(std::size_t{0}, recipes.size(), [&](std::size_t i) {
    if (runs(*recipes[i]))
      all[i] = run_recipe(*recipes[i], options);
    else
      all[i].recipe = recipes[i]->identity.name;
    const std::lock_guard lock(mutex);
    if (progress) progress(++done);
  });
  return all;
}

MutationScore score_of(const std::vector<RecipeMutation>& all) noexcept {
  MutationScore score;
  for (const RecipeMutation& recipe : all)
    for (const MutantFate& mutant : recipe.mutants)
      ++(mutant.fate == Fate::kKilled       ? score.killed
         : mutant.fate == Fate::kEquivalent ? score.equivalent
         : mutant.fate == Fate::kMisjudged  ? score.misjudged
                                            : score.survived);
  return score;
}

}  // namespace bitgate::compare
