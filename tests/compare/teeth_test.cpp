// Teeth: the quick cases tell any two recipes of one scheme apart, and see a single changed axis of a recipe. Where
// nothing can, the table below says why, and a test proves it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <oneapi/tbb/parallel_for.h>

#include <algorithm>
#include <bit>
#include <filesystem>
#include <map>
#include <optional>
#include <tuple>

#include "bitgate/compare/case_operands.h"
#include "bitgate/compare/compare.h"
#include "bitgate/compare/digest.h"
#include "bitgate/compare/distribution.h"
#include "bitgate/compare/probe.h"

namespace bitgate::compare {
namespace {

using reference::Recipe;
using reference::Rules;

constexpr Extent kExtent{128, 256};
constexpr std::uint64_t kSeeds[] = {1, 2, 3, 4};  // "special" leaves out other values by seed mod 4

std::vector<Case> quick_cases(const Recipe& recipe, InputType type) {
  std::vector<Case> cases;
  for (const DistributionInfo& info : distributions())
    if (info.family != Family::kRowVarying)
      for (const std::uint64_t seed : kSeeds)
        cases.push_back({std::string(recipe.identity.name), type, {std::string(info.name)}, kExtent, seed});
  // Subnormal blocks under an S that is not 0.
  if (type != InputType::kF16) cases.push_back({std::string(recipe.identity.name), type, {"normal", -126}, kExtent, 1});
  return cases;
}

bool takes(const Recipe& recipe, const Request& request) {
  try {
    reference::require_accepted(recipe, request);
    return true;
  } catch (const InputError&) {
    return false;
  }
}

// A recipe's answer to an input in one direction; empty when it does not take it.
std::optional<QuantizedTensor> answer(const Recipe& recipe, const Case& c, const TypedTensor& input,
                                      Direction direction) {
  const CaseOperands operands = operands_of(recipe, c);
  Request request = request_of(recipe, input, operands);
  request.direction = direction;
  if (!takes(recipe, request)) return std::nullopt;
  return reference::quantize(recipe, request);
}

// Recipes that no case so far has told apart stand in one group. A recipe that refuses an input stays where it is.
using Group = std::vector<const Recipe*>;

std::string bytes_of(const QuantizedTensor& t) {
  const Digests digests = digest(t);
  return digests.codes + digests.scales + digests.extras + digests.global + digests.values;
}

// Parts a group by the answers to one input. The refusers are told apart from nobody: they stay with the largest part.
std::vector<Group> parted(const Group& group, const Case& c, const TypedTensor& input, Direction direction) {
  std::map<std::string, Group> parts;
  Group refused;
  for (const Recipe* recipe : group) {
    const auto t = answer(*recipe, c, input, direction);
    (t ? parts[bytes_of(*t)] : refused).push_back(recipe);
  }
  std::vector<Group> result;
  for (auto& [bytes, part] : parts) result.push_back(std::move(part));
  if (result.empty()) return {refused};
  const auto largest = std::max_element(result.begin(), result.end(),
                                        [](const Group& a, const Group& b) { return a.size() < b.size(); });
  largest->insert(largest->end(), refused.begin(), refused.end());
  return result;
}

bool has_pairs(const std::vector<Group>& groups) {
  return std::any_of(groups.begin(), groups.end(), [](const Group& group) { return group.size() > 1; });
}

// Directed cases first: they part most.
std::vector<Case> cases_for(const Group& group, InputType type) {
  std::vector<Case> cases;
  for (const bool directed : {true, false})
    for (const Recipe* recipe : group)
      for (const Case& c : quick_cases(*recipe, type))
        if ((find_distribution(c.input.name)->family == Family::kDirected) == directed &&
            (directed || recipe == group.front()))
          cases.push_back(c);
  return cases;
}

// What is left of a group after its quick cases.
std::vector<Group> parted_by_cases(const Group& all, InputType type, Direction direction) {
  std::vector<Group> groups{all};
  for (Case c : cases_for(all, type)) {
    if (!has_pairs(groups)) break;
    if (direction == Direction::kColumnwise) std::swap(c.extent.rows, c.extent.cols);
    const TypedTensor input = generate(c);
    std::vector<Group> next;
    for (const Group& group : groups) {
      if (group.size() == 1) continue;
      for (Group& part : parted(group, c, input, direction)) next.push_back(std::move(part));
    }
    groups = std::move(next);
  }
  return groups;
}

// What the probe set of a scheme and type (tests/golden/probes) tells apart.
std::vector<Group> parted_by_probes(const Group& all, SchemeId scheme, InputType type, Direction direction) {
  std::vector<Group> groups{all};
  const ProbeSet named{scheme, type, {}, {}, {}};
  const auto file = std::filesystem::path(BITGATE_GOLDEN_DIR) / "probes" / (name_of(named) + ".npz");
  if (!has_pairs(groups) || !std::filesystem::exists(file)) return groups;
  for (const Probe& probe : read_probe_set(file).probes) {
    std::vector<Group> next;
    for (const Group& group : groups) {
      if (group.size() == 1) continue;
      const Case c{std::string(group.front()->identity.name), type, {"normal"}, probe.input.extent, 1};
      for (Group& part : parted(group, c, probe.input, direction)) next.push_back(std::move(part));
    }
    groups = std::move(next);
  }
  return groups;
}

struct Inseparable {
  std::string_view a, b;
  std::optional<InputType> type;  // none: every type
  std::string_view reason;
};

constexpr std::string_view kNanAlone = "they part in codes of NaN and infinity alone, which gfloat's recipe refuses";

// Pairs that no quick case tells apart, and why.
constexpr Inseparable kInseparable[] = {
    // On the CPU torchao divides by 6 where on CUDA it multiplies by the rounded 1/6. A bf16 amax has 8 bits: amax / 6
    // is
    // either exactly a tie of two E4M3 codes, and then both forms give it exactly, or further from it than both err.
    {"torchao/nvfp4", "torchao/nvfp4-cpu", InputType::kBf16,
     "no bf16 amax lies so near a tie of E4M3 that one rounding of amax / 6 moves it across"},
    {"torchao/nvfp4-div", "torchao/nvfp4-div-high", std::nullopt, "one arithmetic; only the order of nibbles differs"},
    {"te/fp8-current-e4m3", "te/fp8-delayed-e4m3", std::nullopt, "one arithmetic; only where amax comes from differs"},
    {"te/fp8-current-e5m2", "te/fp8-delayed-e5m2", std::nullopt, "one arithmetic; only where amax comes from differs"},
    {"torchao/mxfp8e4m3-ceil", "torchao/mxfp8e4m3-ceil-compile", std::nullopt,
     "rounded up, no element passes the clamp"},
    {"torchao/mxfp8e5m2-ceil", "torchao/mxfp8e5m2-ceil-compile", std::nullopt,
     "rounded up, no element passes the clamp"},
    {"torchao/mxfp8e5m2-even", "torchao/mxfp8e5m2-even-compile", std::nullopt,
     "EVEN goes up from 1.875, and below it x is less than 61440, where E5M2's rounding leaves its range"},
    {"flashinfer/nvfp4-cute-fast", "vllm/nvfp4", std::nullopt, "one arithmetic"},
    {"flashinfer/nvfp4-cute-fast", "sglang/nvfp4", std::nullopt, "one arithmetic"},
    {"vllm/nvfp4", "sglang/nvfp4", std::nullopt, "one arithmetic"},
    {"vllm/fp8-static", "vllm/fp8-tensor", std::nullopt, "one arithmetic; only where the scale comes from differs"},
    {"torchao/mxfp4-floor", "gfloat/mxfp4", InputType::kF32, kNanAlone},
    {"torchao/mxfp6e2m3-floor", "gfloat/mxfp6e2m3", InputType::kF32, kNanAlone},
    {"torchao/mxfp6e3m2-floor", "gfloat/mxfp6e3m2", InputType::kF32, kNanAlone},
    {"torchao/mxfp8e4m3-floor", "gfloat/mxfp8e4m3", InputType::kF32, kNanAlone},
    {"torchao/mxfp8e5m2-floor", "gfloat/mxfp8e5m2", InputType::kF32, kNanAlone},
    {"vllm/fp8-group", "flashinfer/fp8-cutile-column", std::nullopt,
     "they part in a NaN's code alone, and cuTile's recipe refuses NaN"},
    {"vllm/fp8-group-ue8m0", "flashinfer/fp8-cutile-ue8m0", std::nullopt,
     "a power of two divides as its reciprocal multiplies, and cuTile's recipe refuses NaN"},
    {"sglang/fp8-group-v1-ue8m0", "sglang/fp8-group-v1-ue8m0-sm90", std::nullopt,
     "the scale is a product by a constant in both, and a power of two scales exactly; the floor of amax keeps every "
     "number that counts from subnormals"},
    {"sglang/fp8-group-v2-ue8m0", "sglang/fp8-group-v2-ue8m0-sm90", std::nullopt,
     "the scale is a product by a constant in both, and a power of two scales exactly; the floor of amax keeps every "
     "number that counts from subnormals"},
    {"vllm/fp8-group-packed", "flashinfer/fp8-group-packed", std::nullopt,
     "no 16-bit amax lies so near 448 times a power of two that one form of amax / 448 moves it across (all were "
     "tried), "
     "and FlashInfer's recipe refuses NaN"},
    {"flashinfer/nvfp4-moe-allreduce", "trtllm/nvfp4-2025-rounded", InputType::kF16,
     "one flushes subnormals, and no f16 amax, S of one, or product of them is subnormal"},
    {"trtllm/mxfp8", "trtllm/mxfp8-2025", std::nullopt,
     "one asks whether amax is 0, the other whether amax / 448 is: of 16 bits the smallest amax over 448 is not"},
    {"modelopt/mxfp4", "modelopt/mxfp4-cpu", InputType::kBf16,
     "no 16-bit amax has another exponent for one rounding of amax / 6: all were tried"},
    {"modelopt/mxfp4", "modelopt/mxfp4-cpu", InputType::kF16,
     "no 16-bit amax has another exponent for one rounding of amax / 6: all were tried"},
    // Told apart by a gate that no quick case has: see AProductAtATieTellsTwoFormsOfSilu.
    {"flashinfer/silu-nvfp4-cute", "vllm/silu-nvfp4", std::nullopt,
     "SiLU by two divisions is an ulp apart for few gates, and its product rounds otherwise next to a tie alone"},
};

bool listed_as_inseparable(const Recipe& a, const Recipe& b, InputType type) {
  return std::any_of(std::begin(kInseparable), std::end(kInseparable), [&](const Inseparable& pair) {
    return pair.a == a.identity.name && pair.b == b.identity.name && pair.type.value_or(type) == type;
  });
}

TEST(Teeth, QuickCasesSeparateEveryTwoRecipesOfOneScheme) {
  std::map<std::tuple<SchemeId, GlobalNumber, InputType, Direction>, Group> families;
  for (const Recipe& recipe : reference::catalog())
    for (const InputType type : kInputTypes)
      for (const Direction direction : {Direction::kRowwise, Direction::kColumnwise}) {
        const reference::Directions& d = recipe.accepts.directions;
        const bool taken = type == InputType::kBf16 || !recipe.accepts.bf16_only_columnwise;
        const bool makes = direction == Direction::kRowwise ? d.rowwise : d.columnwise && taken;
        if (reference::runs(recipe) && accepts(recipe.accepts, type) && makes)
          families[{recipe.rules.scheme, recipe.storage.global_number, type, direction}].push_back(&recipe);
      }
  std::vector<std::pair<const std::tuple<SchemeId, GlobalNumber, InputType, Direction>*, const Group*>> jobs;
  for (const auto& [key, group] : families) jobs.emplace_back(&key, &group);
  std::vector<std::vector<Group>> left(jobs.size());
  oneapi::tbb::parallel_for(std::size_t{0}, jobs.size(), [&](std::size_t i) {
    const auto& [scheme, number, type, direction] = *jobs[i].first;
    for (const Group& group : parted_by_probes(*jobs[i].second, scheme, type, direction))
      for (Group& rest : parted_by_cases(group, type, direction)) left[i].push_back(std::move(rest));
  });
  for (std::size_t i = 0; i < jobs.size(); ++i)
    for (const Group& group : left[i])
      for (std::size_t j = 0; j < group.size(); ++j)
        for (std::size_t k = j + 1; k < group.size(); ++k)
          EXPECT_TRUE(listed_as_inseparable(*group[j], *group[k], std::get<2>(*jobs[i].first)))
              << group[j]->identity.name << " and " << group[k]->identity.name << ", "
              << name_of(std::get<2>(*jobs[i].first))
              << (std::get<3>(*jobs[i].first) == Direction::kRowwise ? "" : ", column-wise");
  EXPECT_GT(jobs.size(), 100u);
}

// The proof of the table's only row, over every bf16 value: every amax gives both recipes the same scale byte; under
// each scale byte every element gives both the same code.
TEST(Teeth, TorchaoSingleLevelIsTheSameOnCpuAndGpuForEveryBf16) {
  const Recipe& gpu = reference::require_recipe("torchao/nvfp4");
  const Recipe& cpu = reference::require_recipe("torchao/nvfp4-cpu");
  std::vector<std::uint16_t> amax_blocks(16 * (infinity_code(kBf16) + 1));
  for (std::size_t amax = 0; amax <= infinity_code(kBf16); ++amax)
    amax_blocks[16 * amax] = static_cast<std::uint16_t>(amax);
  std::vector<std::uint16_t> elements;
  for (std::uint32_t bits = 0; bits <= 0xFFFF; ++bits)
    if (!is_nan(kBf16, bits)) elements.push_back(static_cast<std::uint16_t>(bits));
  elements.resize(elements.size() / 16 * 16 + 16);

  Request request;
  request.input = {InputType::kBf16, {infinity_code(kBf16) + 1, 16}, amax_blocks.data()};
  const QuantizedTensor by_amax = reference::quantize(gpu, request);
  EXPECT_TRUE(compare(by_amax, reference::quantize(cpu, request)).bit_exact());

  request.input = {InputType::kBf16, {static_cast<std::int64_t>(elements.size() / 16), 16}, elements.data()};
  for (std::uint32_t code = 0; code < code_count(kE4m3); ++code) {
    const auto& given = std::get<std::vector<std::uint8_t>>(by_amax.scales);
    if (std::find(given.begin(), given.end(), code) == given.end()) continue;
    const Scales scales = std::vector<std::uint8_t>(elements.size() / 16, static_cast<std::uint8_t>(code));
    request.scales = &scales;
    EXPECT_EQ(reference::quantize(gpu, request).codes, reference::quantize(cpu, request).codes) << code;
  }
}

// The proof of two rows: under one scale the recipes have one rule for elements, none of which is a NaN.
TEST(Teeth, ModeloptScalesAreTheSameOnCpuAndGpuForEvery16BitAmax) {
  const Recipe& gpu = reference::require_recipe("modelopt/mxfp4");
  const Recipe& cpu = reference::require_recipe("modelopt/mxfp4-cpu");
  for (const InputType type : {InputType::kBf16, InputType::kF16}) {
    const std::uint32_t numbers = infinity_code(format_of(type));
    std::vector<std::uint16_t> blocks(std::size_t{32} * numbers);
    for (std::uint32_t amax = 0; amax < numbers; ++amax)
      blocks[std::size_t{32} * amax] = static_cast<std::uint16_t>(amax);
    Request request;
    request.input = {type, {numbers, 32}, blocks.data()};
    EXPECT_TRUE(compare(reference::quantize(gpu, request), reference::quantize(cpu, request)).bit_exact());
  }
}

// Quotients are monotone: of every amax that is not 0 the one over 448 is none.
TEST(Teeth, TheSmallestAmaxOver448IsNotZero) {
  for (const InputType type : {InputType::kBf16, InputType::kF16}) EXPECT_GT(widen(type, 1) / 448.0f, 0.0f);
}

// s = SiLU(gate) is an ulp apart, and s * x lies between two numbers of the type.
TEST(Teeth, AProductAtATieTellsTwoFormsOfSilu) {
  struct Tie {
    InputType type;
    float gate, x;
  };
  for (const Tie& tie :
       {Tie{InputType::kBf16, 0x1.d2p-12f, 0x1.f6p+13f}, Tie{InputType::kF16, 0x1.a4p-17f, 0x1.79cp+8f}}) {
    std::vector<std::uint16_t> x(16);
    x[0] = static_cast<std::uint16_t>(encode(format_of(tie.type), tie.x, kCvtRnInf));
    std::vector<float> gates(16);
    gates[0] = tie.gate;
    Request request;
    request.input = {tie.type, {1, 16}, x.data()};
    request.fused.gate = gates;
    EXPECT_FALSE(compare(reference::quantize(reference::require_recipe("flashinfer/silu-nvfp4-cute"), request),
                         reference::quantize(reference::require_recipe("vllm/silu-nvfp4"), request))
                     .bit_exact());
  }
}

// One axis of a recipe's Rules set to another value.
struct Change {
  const char* name;
  const char* recipe;
  void (*apply)(Rules&);
};

// The first quick case, of any type, on which the changed rules give other bytes than the recipe; "" when none does.
std::string seen_by(const Change& change) {
  const Recipe& recipe = reference::require_recipe(change.recipe);
  Rules rules = recipe.rules;
  change.apply(rules);
  EXPECT_NE(rules, recipe.rules) << change.name << " changes nothing";
  for (const InputType type : kInputTypes) {
    if (!accepts(recipe.accepts, type)) continue;
    for (const Case& c : quick_cases(recipe, type)) {
      const TypedTensor input = generate(c);
      Request request;
      request.input = input.view();
      if (!takes(recipe, request)) continue;
      const QuantizedTensor answer = reference::quantize_with(rules, recipe.storage, request);
      if (!compare(reference::quantize(recipe, request), answer).bit_exact()) return c.name();
    }
  }
  return "";
}

using namespace reference;

constexpr const char* kTe = "te/nvfp4";
constexpr const char* kAo = "torchao/nvfp4-tensorwise";
constexpr const char* kAoSingle = "torchao/nvfp4";
constexpr const char* kMx8Rceil = "torchao/mxfp8e4m3-rceil";
constexpr const char* kQ8 = "ggml/q8_1";

constexpr Change kFaults[] = {
    {"2688 one ulp larger", kTe, [](Rules& r) { r.global.target = 0x1.500002p+11f; }},
    {"2688 one ulp smaller", kTe, [](Rules& r) { r.global.target = 0x1.4ffffep+11f; }},
    {"a NaN becomes the tensor's amax", kTe, [](Rules& r) { r.global.amax_nan = AmaxNan::kPropagate; }},
    {"a zero encode scale is kept", kTe, [](Rules& r) { r.global.on_zero = ZeroGlobal::kKeep; }},
    {"amax / 6, then the global", kTe, [](Rules& r) { r.block.form = ScaleForm::kAmaxOverElementMaxThenGlobal; }},
    {"amax * (1 / 6), then the global", kTe,
     [](Rules& r) {
       r.block.form = ScaleForm::kAmaxOverElementMaxThenGlobal;
       r.block.divide = Divide::kTimesIeeeReciprocal;
     }},
    {"the global is left out", kTe, [](Rules& r) { r.block.form = ScaleForm::kAmaxOverElementMax; }},
    {"a NaN becomes the block's amax", kTe, [](Rules& r) { r.block.amax_nan = AmaxNan::kPropagate; }},
    {"a block of NaNs has amax NaN", kTe, [](Rules& r) { r.block.amax_nan = AmaxNan::kKeepAllNan; }},
    {"a NaN restarts the block's amax", kTe, [](Rules& r) { r.block.amax_nan = AmaxNan::kRestart; }},
    {"block scale at least 2^-9", kTe, [](Rules& r) { r.block.floor = 0x1p-9f; }},
    {"scale ties away from zero", kTe, [](Rules& r) { r.block.encode.rounding = Rounding::kNearestAway; }},
    {"scale truncated", kTe, [](Rules& r) { r.block.encode.rounding = Rounding::kTowardZero; }},
    {"scale rounded up", kTe, [](Rules& r) { r.block.encode.rounding = Rounding::kUp; }},
    {"scale overflow gives NaN", kTe, [](Rules& r) { r.block.encode.overflow = Overflow::kNan; }},
    {"S / scale", kTe, [](Rules& r) { r.element.multiplier = MultiplierForm::kGlobalReciprocalOverScale; }},
    {"x / (scale / S)", kTe, [](Rules& r) { r.element.multiplier = MultiplierForm::kDivideByProduct; }},
    {"1 / scale without the global", kTe, [](Rules& r) { r.element.multiplier = MultiplierForm::kReciprocalOfScale; }},
    {"-0 and NaN give code 0", kTe, [](Rules& r) { r.element.encode = ElementEncode::kComparisons; }},
    {"a NaN's payload decides", kTe, [](Rules& r) { r.element.encode = ElementEncode::kFloatBits; }},
    {"subnormals flushed", kTe, [](Rules& r) { r.machine = Machine::kGpuFtz; }},
    {"global divided, not multiplied", kAo, [](Rules& r) { r.global.divide = Divide::kIeee; }},
    {"amax / 6 divided, not multiplied", kAo, [](Rules& r) { r.block.divide = Divide::kIeee; }},
    {"amax / 6 divided, not multiplied", kAoSingle, [](Rules& r) { r.block.divide = Divide::kIeee; }},
    {"generated NaN of the other sign", kAo, [](Rules& r) { r.machine = Machine::kX86; }},
    {"intermediates in bf16", kAo, [](Rules& r) { r.block.intermediate = Intermediate::kInputType; }},
    {"scale at least 2^-5", kAoSingle, [](Rules& r) { r.block.floor = 0x1p-5f; }},
    {"infinite amax gives 2^127", kMx8Rceil, [](Rules& r) { r.block.encode = kCvtRpSatfinite; }},
    {"exponent truncated", kMx8Rceil, [](Rules& r) { r.block.encode = kCvtRz; }},
    {"exponent rounded to nearest", kMx8Rceil, [](Rules& r) { r.block.encode = kCvtRnSatfinite; }},
    {"sum in the order of mmq", kQ8, [](Rules& r) { r.extra = ExtraRule::kQuadThenTree; }},
    {"sum of codes", kQ8, [](Rules& r) { r.extra = ExtraRule::kScaledCodeSum; }},
    {"subnormals kept", kQ8, [](Rules& r) { r.machine = Machine::kGpu; }},
    {"1 / d divided, not by MUFU", kQ8,
     [](Rules& r) { r.element.multiplier = MultiplierForm::kHostReciprocalOfScale; }},
    {"half scale saturates", kQ8, [](Rules& r) { r.block.encode.overflow = Overflow::kSaturate; }},
};

// Values of an axis that mean the same for this recipe, and why.
constexpr Change kNoFaults[] = {
    // A tensor whose amax is 0 holds zeros and NaNs only: whatever S is, they give 0x0, 0x8 and 0x7 under scale 0.
    {"S of a zero amax", kTe, [](Rules& r) { r.global.on_zero = ZeroGlobal::kOneForZeroScale; }},
    // sd beyond 448 encodes as 448 anyway, as every magnitude beyond 6 encodes as 6.
    {"sd clamped to 448", kTe, [](Rules& r) { r.block.ceiling = 448.0f; }},
    {"sd not clamped", kTe, [](Rules& r) { r.block.ceiling = 0.0f; }},
    {"elements clamped to 6", kTe, [](Rules& r) { r.element.clamp = 6.0f; }},
    // E2M1 has neither NaN nor infinity, so the two casts differ in nothing.
    {"PyTorch's cast to E2M1", kTe, [](Rules& r) { r.element.encode = ElementEncode::kTorchCast; }},
    // sd is never NaN, and a NaN element gives +6 whatever its sign.
    {"sign of a NaN scale", kTe, [](Rules& r) { r.block.encode.nan = NanCode::kSignedAllOnes; }},
    {"sign of a generated NaN", kTe, [](Rules& r) { r.machine = Machine::kX86; }},
};

TEST(Teeth, QuickCasesSeeEveryFault) {
  for (const Change& fault : kFaults) EXPECT_NE(seen_by(fault), "") << fault.recipe << ": " << fault.name;
}

TEST(Teeth, ValuesOfAnAxisThatMeanTheSameGiveTheSameBytes) {
  for (const Change& change : kNoFaults) EXPECT_EQ(seen_by(change), "") << change.recipe << ": " << change.name;
}

// The one value above that a caller's own amax can tell apart: S is FLT_MAX instead of 1.
TEST(Teeth, AGivenZeroAmaxSeesTheRuleForZero) {
  const Recipe& recipe = reference::require_recipe(kTe);
  Rules rules = recipe.rules;
  rules.global.on_zero = ZeroGlobal::kOneForZeroScale;
  const std::vector<float> x(16, 1.0f), zero_amax{0.0f};
  Request request;
  request.input = {InputType::kF32, {1, 16}, x.data()};
  request.amax = zero_amax;
  EXPECT_FALSE(compare(reference::quantize(recipe, request), reference::quantize_with(rules, recipe.storage, request))
                   .bit_exact());
}

}  // namespace
}  // namespace bitgate::compare
