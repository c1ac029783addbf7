// The reference against the second implementation in every direction, type and shape that a recipe takes: sweeps ask
// only the direction a recipe is named for.
#include <gtest/gtest.h>
#include <oneapi/tbb/parallel_for.h>

#include <atomic>
#include <mutex>
#include <string>
#include <vector>

#include "bitgate/compare/case_operands.h"
#include "bitgate/compare/compare.h"
#include "bitgate/compare/distribution.h"
#include "bitgate/device/cpu/subject.h"

namespace bitgate::compare {
namespace {

using reference::Recipe;

struct Asked {
  const Recipe* recipe;
  Case input;
  Direction direction;
};

std::vector<Asked> all_questions() {
  std::vector<Asked> all;
  for (const Recipe& recipe : reference::catalog())
    for (const InputType type : kInputTypes)
      for (const Direction direction : {Direction::kRowwise, Direction::kColumnwise, Direction::kBoth}) {
        const auto ask = [&](const char* law, Extent extent, std::uint64_t seed) {
          all.push_back({&recipe, {std::string(recipe.identity.name), type, {law}, extent, seed}, direction});
        };
        if (!reference::runs(recipe) || !accepts(recipe.accepts, type)) continue;
        for (const std::uint64_t seed : {1, 4}) ask("special", {128, 128}, seed);
        ask("scale_ties", {128, 128}, 2);
        ask("normal", {6, 96}, 3);
        ask("normal", {33, 50}, 3);
      }
  return all;
}

// What differs; "" for nothing. A question that the reference refuses has no answer to compare.
enum class Outcome { kRefused, kEqual, kDifferent };
Outcome hold(const Asked& asked, std::string& difference) {
  const TypedTensor input = generate(asked.input);
  const CaseOperands operands = operands_of(*asked.recipe, asked.input);
  Request request = request_of(*asked.recipe, input, operands);
  request.direction = asked.direction;
  QuantizedTensor expected;
  try {
    expected = reference::quantize(*asked.recipe, request);
  } catch (const InputError&) {
    return Outcome::kRefused;
  }
  try {
    const QuantizedTensor actual = device::find_cpu_subject(asked.recipe->identity.name)(request);
    difference = describe(compare(expected, actual), expected);
  } catch (const std::exception& failure) {
    difference = failure.what();
  }
  return difference.empty() ? Outcome::kEqual : Outcome::kDifferent;
}

TEST(SecondOpinion, EveryRecipeThatRunsHasOne) {
  for (const Recipe& recipe : reference::catalog())
    EXPECT_EQ(device::find_cpu_subject(recipe.identity.name) != nullptr, reference::runs(recipe))
        << recipe.identity.name;
}

TEST(SecondOpinion, AgreesInEveryDirectionTypeAndShape) {
  const std::vector<Asked> all = all_questions();
  std::atomic<int> equal{0};
  std::mutex mutex;
  oneapi::tbb::parallel_for(std::size_t{0}, all.size(), [&](std::size_t i) {
    std::string difference;
    const Outcome outcome = hold(all[i], difference);
    equal += outcome == Outcome::kEqual;
    if (outcome != Outcome::kDifferent) return;
    const std::lock_guard lock(mutex);
    ADD_FAILURE() << all[i].input.name() << ", direction " << static_cast<int>(all[i].direction) << ": " << difference;
  });
  EXPECT_GT(equal, 2000);
}

}  // namespace
}  // namespace bitgate::compare
