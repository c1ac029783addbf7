// Rules as rows: each is well formed, reached, and answers with a recipe of the catalog; the rest is refused.
#include "bitgate/reference/dispatch/resolve.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <set>

#include "bitgate/reference/recipe/recipe.h"
#include "bitgate/tests/reference/resolve_words.h"
#include "bitgate/tests/support/splitmix.h"

namespace bitgate::reference {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::IsSupersetOf;
using testing::Not;
using testing::StartsWith;

constexpr int kSituations = 20000;

// Producers with one part, row-wise, whose dtype is the operand's: what they answer can be asked of the recipe.
bool is_engine(const Producer& producer) {
  return producer.name != "te" && producer.name != "torchao" && producer.name != "ggml";
}

bool takes(const Recipe& recipe, const Situation& s) {
  const InputType type = s.dtype == "bf16" ? InputType::kBf16 : s.dtype == "f16" ? InputType::kF16 : InputType::kF32;
  return accepts(recipe.accepts, type) && (!s.shape || s.shape->cols % recipe.accepts.col_multiple == 0);
}

TEST(Resolve, UnknownNamesAreRefusedWithTheAcceptedWords) {
  EXPECT_THAT(why_not("marlin", ""), HasSubstr("unknown producer 'marlin', expected one of te, torchao, ggml, "));
  EXPECT_THAT(why_not("te", "arch=sm_100a dtype=bf16 shape=128x256 NVTE_USE_FASTMATH=1"),
              AllOf(HasSubstr("variable 'NVTE_USE_FASTMATH'"), HasSubstr("NVTE_USE_FAST_MATH")));
  EXPECT_THAT(why_not("te", "arch=sm_100a dtype=bf16 shape=128x256 role=bias"),
              AllOf(HasSubstr("unknown role 'bias'"), HasSubstr("gradient")));
  EXPECT_THAT(why_not("te", "arch=sm_100a dtype=bf16 shape=128x256 3d=1"),
              AllOf(HasSubstr("unknown option '3d'"), HasSubstr("2d")));
  EXPECT_THAT(why_not("te", "arch=sm_100a dtype=bf16 shape=128x256 2d=2"),
              HasSubstr("unknown 2d '2', expected one of recipe, 0, 1"));
  EXPECT_THAT(why_not("te", "arch=sm_91"), AllOf(HasSubstr("unknown arch 'sm_91'"), HasSubstr("sm_100a")));
  EXPECT_THAT(why_not("te", "dtype=fp64"), HasSubstr("unknown dtype 'fp64'"));
  EXPECT_THAT(why_not("te", "direction=up"), HasSubstr("unknown direction 'up'"));
  EXPECT_THAT(why_not("te", "arch=sm_100a dtype=bf16 shape=128x256 2d=1 2d=0"), HasSubstr("2d is given twice"));
  EXPECT_THAT(why_not("torchao", "AO_X=1"), HasSubstr("unknown environment variable 'AO_X', expected one of none"));
  EXPECT_THAT(why_not("ggml", "arch=sm_90 weight_type=q4_0"), HasSubstr("--batch"));
  EXPECT_THAT(why_not("te", "arch=sm_100a dtype=bf16"), HasSubstr("--shape"));
}

// A condition or an assignment of a row that names nothing known would never fire.
TEST(Resolve, EveryRowNamesKnownFactsAndValues) {
  const std::set<std::string_view> own{"release", "rows", "cols", "refuse", "note"};
  for (const Producer* producer : producers()) {
    std::set<std::string_view> ids;
    std::set<std::string_view> facts = own;
    for (const Word& word : producer->words) facts.insert(word.name);
    for (const Rule& rule : producer->rules)
      for (const std::string_view assignment : split(rule.sets, ';'))
        facts.insert(assignment.substr(0, assignment.find('=')));
    for (const Rule& rule : producer->rules) {
      EXPECT_TRUE(ids.insert(rule.id).second) << rule.id;
      EXPECT_THAT(rule.id, StartsWith(producer->name));
      ASSERT_NE(rule.source, nullptr) << rule.id;
      EXPECT_FALSE(rule.source->repository.empty() || rule.source->file.empty() || rule.source->note.empty())
          << rule.id;
      if (rule.sets.starts_with("refuse") || rule.sets == "note") {
        EXPECT_FALSE(rule.text.empty()) << rule.id;
      }
      for (const std::string_view condition : split(rule.when, ';')) {
        const auto fact = condition.substr(0, condition.find_first_of("!<>="));
        ASSERT_THAT(facts, Contains(fact)) << rule.id;
        const Word* word = find_word(producer->words, fact);
        const auto value = condition.substr(condition.find('=') + 1);
        const bool is_list = word != nullptr && !word->accepts.empty() && word->accepts != "*" && word->accepts != "#";
        if (is_list) {
          EXPECT_THAT(split(word->accepts, '|'), IsSupersetOf(split(value, '|'))) << rule.id;
        }
      }
    }
  }
}

// Random situations near what a rule looks at: the words it wants, and those of rules that decide what it wants.
class RandomSituations {
 public:
  explicit RandomSituations(const Producer& producer) : producer_(&producer) {}

  std::string next() {
    constexpr std::array kShapes{"128x256", "64x128", "48x240", "96x96", "32x1024", "16x40", "32x48"};
    constexpr std::array kDates{"2025-01-01", "2025-06-30", "2025-07-10", "2025-08-01", "2025-11-01", "2026-03-20",
                                "2026-05-01", "2026-08-01", "2026-08-12", "2026-08-13", "2026-08-21", "2026-08-30"};
    const std::string_view arch = pick(2) == 0 ? "sm_100a" : archs()[pick(archs().size())].name;
    words_ = fmt::format("arch={} shape={}", arch, kShapes[pick(kShapes.size())]);
    if (producer_->name == "ggml") words_ += fmt::format(" batch={}", 1 + pick(12) * pick(8));
    said_ = {"batch"};
    want(producer_->rules[next_rule_++ % producer_->rules.size()], 3);
    if (pick(2) == 0) say(producer_->words[pick(producer_->words.size())], "");
    for (const Word& word : producer_->words) {
      if (word.initial.empty()) say(word, "");
    }
    if (pick(2) == 0) return words_;
    const bool is_dated = std::any_of(producer_->releases.begin(), producer_->releases.end(),
                                      [](const Release& release) { return release.name == "DATE"; });
    return words_ + fmt::format(" version={}", is_dated ? kDates[pick(kDates.size())]
                                                        : producer_->releases[pick(producer_->releases.size())].name);
  }

 private:
  std::size_t pick(std::size_t n) { return static_cast<std::size_t>(random_.next64() % n); }

  // One of `wanted`, or anything but `unwanted`.
  void say(const Word& word, std::string_view wanted, std::string_view unwanted = "") {
    if (word.kind == WordKind::kDerived || !said_.insert(word.name).second) return;
    auto choices = split(wanted.empty() ? word.accepts : wanted, '|');
    const auto banned = split(unwanted, '|');
    std::erase_if(choices,
                  [&](auto choice) { return std::find(banned.begin(), banned.end(), choice) != banned.end(); });
    const bool is_free = word.accepts == "*" || word.accepts == "#";
    const std::string_view free = word.name == "mslk" ? "2026-08-22" : word.name == "compiled_arch" ? "sm_90" : "7";
    words_ += fmt::format(" {}={}", word.name, is_free ? free : choices[pick(choices.size())]);
  }

  void want(const Rule& rule, int depth) {
    for (const std::string_view condition : split(rule.when, ';')) {
      const auto end = condition.find_first_of("!<>=");
      const std::string_view fact = condition.substr(0, end);
      const std::string_view value = condition.substr(condition.find('=') + 1);
      if (const Word* word = find_word(producer_->words, fact)) {
        say(*word, condition[end] == '=' ? value : "", condition[end] == '!' ? value : "");
        continue;
      }
      if (depth > 0) want_decided(fact, condition[end] == '=' ? value : "", depth - 1);
    }
  }

  void want_decided(std::string_view fact, std::string_view value, int depth) {
    std::vector<const Rule*> deciders;
    for (const Rule& rule : producer_->rules) {
      const auto at = rule.sets.find(fmt::format("{}=", fact));
      if (at == std::string_view::npos) continue;
      const std::string_view set = rule.sets.substr(at + fact.size() + 1);
      if (set.starts_with(value) || set.starts_with('{')) deciders.push_back(&rule);
      if (!set.starts_with('{') || !value.starts_with('1')) continue;
      want_decided(set.substr(1, set.find('}') - 1), value, depth);
    }
    if (!deciders.empty()) want(*deciders[pick(deciders.size())], depth);
  }

  const Producer* producer_;
  oracle::SplitMix random_{7};
  std::size_t next_rule_ = 0;
  std::string words_;
  std::set<std::string_view> said_;
};

// Rows that a random situation rarely meets.
constexpr std::array kDeep{"arch=sm_100a dtype=bf16 shape=128x256 direction=columnwise rht=1 NVTE_USE_FAST_MATH=1",
                           "arch=sm_100a dtype=bf16 shape=128x256 direction=rowwise role=input 4over6=1 "
                           "NVTE_NVFP4_4OVER6_E4M3_USE_256=activations",
                           "arch=sm_100a dtype=bf16 shape=128x256 direction=rowwise role=gradient "
                           "NVTE_NVFP4_DISABLE_STOCHASTIC_ROUNDING=1"};

// What is not refused answers with a listed recipe; what is refused, a row refuses; and no row is dead.
TEST(Resolve, EveryRowIsReachedAndEverySituationIsAnsweredOrRefusedByARow) {
  for (const Producer* producer : producers()) {
    const auto listed = answerable_recipes(*producer);
    std::set<std::string> reached;
    RandomSituations situations(*producer);
    for (int i = 0; i < kSituations; ++i) {
      const auto deep = static_cast<std::size_t>(i);
      const bool is_deep = producer->name == "te" && deep < kDeep.size();
      const std::string words = is_deep ? std::string(kDeep[deep]) : situations.next();
      std::string refused;
      try {
        const Resolution resolution = resolve(situation(producer->name, words));
        for (const Reason& reason : resolution.rules) reached.emplace(reason.rule->id);
        for (const Part& part : resolution.parts) {
          if (!part.recipe.empty()) {
            ASSERT_THAT(listed, Contains(part.recipe)) << words;
            const Recipe* recipe = is_engine(*producer) ? find_recipe(part.recipe) : nullptr;
            const bool refuses = recipe != nullptr && !takes(*recipe, situation(producer->name, words));
            EXPECT_FALSE(refuses) << words << ": " << part.recipe << " takes no such tensor";
          }
        }
      } catch (const InputError& error) {
        refused = error.what();
      }
      const auto at = refused.find("(rule ");
      if (at != std::string::npos) reached.insert(refused.substr(at + 6, refused.find(',', at) - at - 6));
      ASSERT_THAT(refused, Not(HasSubstr("no rule of the notes"))) << words;
    }
    for (const Rule& rule : producer->rules) {
      if (!rule.text.empty()) {
        EXPECT_TRUE(reached.contains(std::string(rule.id))) << rule.id << " is dead";
      }
    }
  }
}

// The names that rules answer are the catalog's.
TEST(Resolve, EveryAnswerIsARecipeOfTheCatalog) {
  for (const Producer* producer : producers())
    for (const std::string& name : answerable_recipes(*producer)) EXPECT_NE(find_recipe(name), nullptr) << name;
  for (const char* name : {"ggml/rms_norm-mul-q8_1", "ggml/rms_norm-mul"})
    EXPECT_NE(find_recipe(name), nullptr) << name;
}

// A recipe of an engine that no situation is answered with would be one that nobody runs.
TEST(Resolve, EveryRecipeOfAnEngineIsAnswered) {
  for (const Producer* producer : producers()) {
    if (!is_engine(*producer)) continue;
    const auto listed = answerable_recipes(*producer);
    for (const Recipe& recipe : catalog()) {
      const std::string_view name = recipe.identity.name;
      const std::string_view family = name.substr(0, name.find('/'));
      const auto& families = producer->families;
      const bool own =
          family == producer->name || std::find(families.begin(), families.end(), family) != families.end();
      const bool never_launched = name == "sglang/mxfp4";
      if (own && !never_launched) {
        EXPECT_THAT(listed, Contains(name));
      }
    }
  }
}

}  // namespace
}  // namespace bitgate::reference
