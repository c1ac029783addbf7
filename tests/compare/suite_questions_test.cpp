// The suites that ask the reference: the quick suite is all there, addresses are told, every pattern is asked.
#include "bitgate/compare/suite_questions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <set>
#include <span>
#include <stdexcept>
#include <utility>

#include "bitgate/compare/faults.h"
#include "bitgate/compare/sweep.h"
#include "bitgate/reference/format/error.h"

namespace bitgate::compare {
namespace {

using reference::Recipe;
using testing::HasSubstr;

SuiteScope scope_of(const Recipe& recipe) {
  SuiteScope scope{&recipe, {}, 1, false};
  for (const InputType type : kInputTypes)
    if (accepts(recipe.accepts, type)) scope.types.push_back(type);
  return scope;
}
SuiteScope scope_of(std::string_view recipe) { return scope_of(reference::require_recipe(recipe)); }

Subject reference_of(const SuiteScope& scope) {
  return [&recipe = *scope.recipe](const Request& request) { return reference::quantize(recipe, request); };
}

Subject faulty(const SuiteScope& scope, std::string_view name) {
  const auto fault = std::find_if(faults().begin(), faults().end(), [&](const Fault& f) { return f.name == name; });
  return with_fault(*fault, *scope.recipe, reference_of(scope));
}

TEST(SuiteQuestions, DirectedAndSpecialTogetherAreTheQuickSuite) {
  for (const char* name : {"te/nvfp4", "te/nvfp4-rht", "ggml/q4_0-cpu-ref", "torchao/mxfp4-floor"}) {
    const SuiteScope scope = scope_of(name);
    std::multiset<std::string> asked, wanted;
    for (const auto& probes : {directed_probes(scope), special_probes(scope)}) {
      EXPECT_FALSE(probes.empty());
      for (const SuiteProbe& probe : probes) asked.insert(probe.repeat);
    }
    for (const Question& question : quick_questions(*scope.recipe)) wanted.insert(question.options());
    EXPECT_EQ(asked, wanted) << name;
  }
}

TEST(SuiteQuestions, KeepToTheColumnsTypesAndSidesOfTheSubject) {
  const SuiteScope scope{&reference::require_recipe("te/nvfp4"), {InputType::kF32}, 384, true};
  const Subject picky = [&](const Request& request) {
    EXPECT_EQ(request.input.extent.cols % 384, 0);
    EXPECT_EQ(request.input.type, InputType::kF32);
    EXPECT_EQ(request.direction, Direction::kRowwise);
    return reference::quantize(*scope.recipe, request);
  };
  for (const auto& probes : {special_probes(scope), layout_probes(scope), random_probes(scope), poison_probes(scope)}) {
    const SuiteResult result = run_suite("", {probes.begin(), probes.begin() + 2}, picky, {});
    EXPECT_EQ(result.asked, 2);
    EXPECT_EQ(result.failed, 0) << result.first->what;
  }
}

TEST(SuiteQuestions, KeepToTheRowsOfTheSubject) {
  for (const char* name : {"te/nvfp4", "torchao/mxfp4-floor", "te/nvfp4-rht"}) {
    SuiteScope scope = scope_of(name);
    scope.types = {InputType::kBf16};
    scope.row_multiple = 96;
    const Subject picky = [&](const Request& request) {
      EXPECT_EQ(request.input.extent.rows % 96, 0) << name;
      return reference::quantize(*scope.recipe, request);
    };
    for (const auto& probes : {special_probes(scope), directed_probes(scope), random_probes(scope),
                               poison_probes(scope), layout_probes(scope)}) {
      const SuiteResult result = run_suite("", {probes.begin(), probes.begin() + 2}, picky, {});
      EXPECT_EQ(result.asked, 2) << name << " " << result.refusal;
      EXPECT_EQ(result.failed, 0) << result.first->what;
    }
  }
}

TEST(SuiteLayout, EveryRecipeIsAskedAndTheReferenceIsRight) {
  for (const Recipe& recipe : reference::catalog()) {
    if (!runs(recipe)) continue;
    SuiteScope scope = scope_of(recipe);
    // One type and no addresses: steps of 128 x 128 take longer than a quick test has.
    scope.types.resize(1);
    std::vector<SuiteProbe> probes = layout_probes(scope);
    std::erase_if(probes, [](const SuiteProbe& probe) { return probe.name.starts_with("addresses"); });
    const SuiteResult result = run_suite("layout", probes, reference_of(scope), {});
    EXPECT_GE(result.asked, 4) << recipe.identity.name << " " << result.refusal;
    EXPECT_EQ(result.refused, 0) << recipe.identity.name << " " << result.refusal;
    EXPECT_EQ(result.failed, 0);
  }
}

TEST(SuiteLayout, AMisplacedScaleIsNamedWithThePlaceWhereItBelongs) {
  const SuiteScope scope = scope_of("te/nvfp4");
  const SuiteResult transposed = run_suite("layout", layout_probes(scope), faulty(scope, "scales-transposed"), {});
  ASSERT_TRUE(transposed.first.has_value());
  EXPECT_THAT(transposed.first->what, HasSubstr("scale (0, 1) is that of (1, 0), 56 of 64 lie elsewhere"));
  const SuiteResult swapped = run_suite("layout", layout_probes(scope), faulty(scope, "nibbles-swapped"), {});
  EXPECT_THAT(swapped.first->what, HasSubstr("element (0, 0) is that of (0, 1), 1024 of 1024 lie elsewhere"));
}

TEST(SuiteLayout, RaggedShapesAreAskedWhereTheRecipeCutsBlocks) {
  const auto cuts = [](std::string_view recipe) {
    const std::vector<SuiteProbe> probes = layout_probes(scope_of(recipe));
    return std::any_of(probes.begin(), probes.end(),
                       [](const SuiteProbe& probe) { return probe.name.find("/5x129/") != std::string::npos; });
  };
  EXPECT_TRUE(cuts("te/fp8-block1x128-e4m3") || cuts("te/fp8-block1x128-e5m2"));
  EXPECT_FALSE(cuts("torchao/mxfp4-floor"));
}

TEST(SuiteRandom, SeesATruncatedElement) {
  const SuiteScope scope = scope_of("te/nvfp4");
  EXPECT_EQ(run_suite("random", random_probes(scope), reference_of(scope), {}).failed, 0);
  EXPECT_GT(run_suite("random", random_probes(scope), faulty(scope, "element-truncated"), {}).failed, 0);
}

// Blocks of one row as the exhaustive suite asks them, by the largest number of all that shares one.
struct AskedBlocks {
  std::set<std::pair<std::uint32_t, std::uint32_t>> elements;  // the block's first number, another of it
  std::set<std::pair<std::uint32_t, std::uint32_t>> largest;   // the tensor's largest number, the block's
};

// Of bf16, an answer for each request.
Subject noting(const SuiteScope& scope, std::size_t block, AskedBlocks& asked) {
  return [&scope, block, &asked](const Request& request) {
    const auto input = request.input.bits16();
    const auto most_of = [](std::span<const std::uint16_t> some) {
      std::uint32_t most = 0;
      for (const std::uint16_t bits : some) most = std::max<std::uint32_t>(most, bits & 0x7FFFu);
      return most;
    };
    const std::uint32_t tensor = most_of(input);
    for (std::size_t at = 0; at < input.size(); at += block) {
      const auto values = input.subspan(at, block);
      for (const std::uint16_t bits : values.subspan(1)) asked.elements.insert({values.front(), bits});
      asked.largest.insert({tensor, most_of(values)});
    }
    return reference::quantize(*scope.recipe, request);
  };
}

constexpr std::uint32_t kFiniteBf16 = 0x7F80;

TEST(SuiteExhaustive, AsksEveryPatternUnderEveryDistanceAndAsTheLargest) {
  SuiteScope scope = scope_of("torchao/mxfp4-floor");
  scope.types = {InputType::kBf16};
  AskedBlocks asked;
  EXPECT_EQ(run_suite("", exhaustive_probes(scope), noting(scope, 32, asked), {}).failed, 0);
  std::set<std::uint32_t> largest;
  for (const auto& [tensor, block] : asked.largest) largest.insert(block);
  for (std::uint32_t pattern = 0; pattern < kFiniteBf16; ++pattern) {
    EXPECT_TRUE(largest.contains(pattern)) << pattern;
    for (std::uint32_t distance = 0; distance < 6; ++distance) {
      const std::uint32_t pin = std::clamp((pattern >> 7) + distance, 1u, 254u) << 7;
      EXPECT_TRUE(asked.elements.contains({pin, pattern}) && asked.elements.contains({pin, pattern | 0x8000}))
          << pattern << " under " << pin;
    }
  }
}

// Where the tensor has a number of its own, every block is asked under each of 20 of it.
TEST(SuiteExhaustive, AsksEveryLargestNumberUnderEveryGlobal) {
  SuiteScope scope = scope_of("te/nvfp4-v1div");
  scope.types = {InputType::kBf16};
  AskedBlocks asked;
  EXPECT_EQ(run_suite("", exhaustive_probes(scope), noting(scope, 16, asked), {}).failed, 0);
  for (std::uint32_t pattern = 0; pattern < kFiniteBf16; ++pattern)
    for (std::uint32_t distance = 1; distance < 20; ++distance) {
      const std::uint32_t global = std::max(std::clamp((pattern >> 7) + distance, 1u, 254u) << 7, pattern | 0x7Fu);
      EXPECT_TRUE(asked.largest.contains({global, pattern})) << pattern << " under " << global;
    }
}

// A tensor of one scale: every pattern is the largest number of one.
TEST(SuiteExhaustive, AsksEveryPatternAsTheLargestOfATensor) {
  SuiteScope scope = scope_of("te/fp8-current-e4m3");
  scope.types = {InputType::kBf16};
  AskedBlocks asked;
  EXPECT_EQ(run_suite("", exhaustive_probes(scope), noting(scope, 16, asked), {}).failed, 0);
  std::set<std::uint32_t> tensors;
  for (const auto& [tensor, block] : asked.largest) tensors.insert(tensor);
  EXPECT_EQ(tensors.size(), kFiniteBf16);
}

// One value of 65,536 wrong, and one amax of 32,768: nothing smaller can be.
TEST(SuiteExhaustive, SeesOneWrongValueAndOneWrongAmax) {
  SuiteScope scope = scope_of("torchao/mxfp4-floor");
  scope.types = {InputType::kBf16};
  const std::vector<SuiteProbe> probes = exhaustive_probes(scope);
  const auto flip = [&](std::uint16_t pattern, bool when_largest) {
    return [&, pattern, when_largest](const Request& request) {
      QuantizedTensor answer = reference::quantize(*scope.recipe, request);
      const auto input = request.input.bits16();
      for (std::size_t block = 0; block < input.size() / 32; ++block) {
        const auto values = input.subspan(block * 32, 32);
        const auto largest =
            std::max_element(values.begin(), values.end(), [](auto a, auto b) { return (a & 0x7FFF) < (b & 0x7FFF); });
        for (std::size_t i = 0; i < 32; ++i)
          if (values[i] == pattern && (!when_largest || (*largest & 0x7FFF) == pattern))
            answer.codes[block * 32 + i] ^= 1;
      }
      return answer;
    };
  };
  for (const std::uint16_t pattern : std::initializer_list<std::uint16_t>{0x0001, 0x3C00, 0x3C55, 0x3C7F, 0x7F7F}) {
    const auto negative = static_cast<std::uint16_t>(pattern | 0x8000);
    EXPECT_GT(run_suite("", probes, flip(pattern, false), {}).failed, 0) << pattern;
    EXPECT_GT(run_suite("", probes, flip(negative, false), {}).failed, 0) << pattern;
    EXPECT_GT(run_suite("", probes, flip(pattern, true), {}).failed, 0) << pattern;
  }
}

TEST(SuiteExhaustive, HoldsOnTheReferenceForSomeOfEveryScheme) {
  for (const char* name : {"te/nvfp4", "te/nvfp4-row", "te/nvfp4-2d", "te/mxfp8-e4m3-2d", "te/fp8-current-e5m2",
                           "te/fp8-block1x128-e4m3", "ggml/q8_1", "ggml/rms_norm", "mx/mxint8-even-py"}) {
    const SuiteScope scope = scope_of(name);
    std::vector<SuiteProbe> probes, all = exhaustive_probes(scope);
    // The first probe of each kind and type, and one in sixty-four.
    std::set<std::string> kinds;
    for (std::size_t i = 0; i < all.size(); ++i)
      if (kinds.insert(all[i].name.substr(0, all[i].name.find(" exponent"))).second || i % 64 == 0)
        probes.push_back(std::move(all[i]));
    EXPECT_EQ(kinds.size(), 2 * scope.types.size());
    const SuiteResult result = run_suite("exhaustive", probes, reference_of(scope), {});
    EXPECT_EQ(result.asked, result.probes) << name << " " << result.refusal;
    EXPECT_EQ(result.failed, 0) << name << ": " << result.first->what;
  }
}

// One value of 2^32 wrong, of either sign, wherever in its exponent it lies; every number is asked exactly once.
TEST(SuiteExhaustiveFp32, SeesOneWrongValue) {
  const SuiteScope scope = scope_of("torchao/mxfp4-floor");
  std::vector<SuiteProbe> probes = exhaustive_fp32_probes(scope);
  ASSERT_EQ(probes.size(), 255u);
  std::erase_if(probes, [](const SuiteProbe& probe) { return probe.name != "floats exponent 120"; });
  std::vector<std::uint8_t> times(1u << 24);
  const auto flips = [&](std::uint32_t pattern) {
    return [&, pattern](const Request& request) {
      QuantizedTensor answer = reference::quantize(*scope.recipe, request);
      const auto input = request.input.f32();
      for (std::size_t i = 0; i < input.size(); ++i) {
        const auto bits = std::bit_cast<std::uint32_t>(input[i]);
        if ((bits >> 23 & 0xFF) == 120 && i % 32 != 0) ++times[bits >> 31 << 23 | (bits & 0x7FFFFF)];
        if (bits == pattern && i % 32 != 0) answer.codes[i] ^= 1;
      }
      return answer;
    };
  };
  constexpr std::uint32_t kNotAsked = 0x7FC00000u;
  EXPECT_EQ(run_suite("", probes, flips(kNotAsked), {}).failed, 0);
  EXPECT_EQ(std::count(times.begin(), times.end(), 1), 1 << 24);
  EXPECT_EQ(run_suite("", probes, flips(0x3C000000u), {}).failed, 1);
  EXPECT_EQ(run_suite("", probes, flips(0xBC7FFFFFu), {}).failed, 1);
}

TEST(SuiteExhaustiveFp32, AsksNothingOfASubjectWithoutBinary32) {
  SuiteScope scope = scope_of("te/nvfp4");
  scope.types = {InputType::kBf16};
  EXPECT_TRUE(exhaustive_fp32_probes(scope).empty());
}

TEST(SuitePoison, SeesAnAnswerThatFollowsTheRequestBefore) {
  const SuiteScope scope = scope_of("te/nvfp4");
  EXPECT_EQ(run_suite("poison", poison_probes(scope), reference_of(scope), {}).failed, 0);
  std::uint8_t before = 0;
  const Subject leaks = [&](const Request& request) {
    QuantizedTensor answer = reference::quantize(*scope.recipe, request);
    std::swap(answer.codes.back(), before);
    return answer;
  };
  const SuiteResult result = run_suite("poison", poison_probes(scope), leaks, {});
  EXPECT_GT(result.failed, 0);
  EXPECT_THAT(result.first->what, HasSubstr("asked again"));
}

TEST(SuitePoison, SeesAChangedInput) {
  const SuiteScope scope = scope_of("ggml/q8_1");
  const Subject scribbles = [&](const Request& request) {
    QuantizedTensor answer = reference::quantize(*scope.recipe, request);
    auto* bytes = static_cast<unsigned char*>(const_cast<void*>(request.input.data));
    bytes[6] ^= 1;
    return answer;
  };
  const SuiteResult result = run_suite("poison", poison_probes(scope), scribbles, {});
  EXPECT_EQ(result.failed, 1);
  EXPECT_THAT(result.first->what, HasSubstr("the input was changed, the first at byte 6"));
}

SuiteProbe probe(const char* name, std::function<std::string()> differs) {
  return {name, "", [differs = std::move(differs)](const Subject&) { return differs(); }};
}

TEST(SuiteProbes, TellsRightWrongRefusedAndBroken) {
  const std::vector<SuiteProbe> probes{probe("right", [] { return std::string(); }),
                                       probe("refused", []() -> std::string { throw InputError("why"); }),
                                       probe("broken", []() -> std::string { throw std::runtime_error("it crashed"); }),
                                       probe("wrong", [] { return std::string("1 of 2 differ"); })};
  const SuiteResult result = run_suite("mixed", probes, {}, {});
  EXPECT_EQ(result.asked, 3);
  EXPECT_EQ(result.failed, 2);
  EXPECT_EQ(result.broken, 1);
  EXPECT_EQ(result.refused, 1);
  EXPECT_EQ(result.refusal, "why");
  ASSERT_TRUE(result.first.has_value());
  EXPECT_EQ(result.first->name, "broken");
}

TEST(SuiteProbes, ASuiteEndsAfterSoManyBreaksAndASubjectThatCannotRunEndsAll) {
  const std::vector<SuiteProbe> probes(3 * kMostBroken,
                                       probe("broken", []() -> std::string { throw std::runtime_error("no"); }));
  EXPECT_EQ(run_suite("", probes, {}, {}).asked, kMostBroken);
  const SuiteProbe absent = probe("absent", []() -> std::string { throw NotRun("no GPU"); });
  EXPECT_THROW(run_suite("", {absent}, {}, {}), NotRun);
  const SuiteProbe wrong = probe("wrong", []() -> std::string { return "differs"; });
  const SuiteResult result = run_suite("", {wrong, absent, wrong}, {}, {});
  EXPECT_EQ(result.failed, 1);
  EXPECT_EQ(result.asked, 1);
}

}  // namespace
}  // namespace bitgate::compare
