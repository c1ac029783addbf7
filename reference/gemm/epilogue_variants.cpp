// Orders that differ from another in one step.

#include "bitgate/reference/gemm/epilogue.h"

namespace bitgate::reference {
namespace {

void add(std::vector<EpilogueReading>& all, const EpilogueRules& rules, const EpilogueRules& base,
         std::string_view words) {
  if (rules != base) all.push_back({rules, std::string(words)});
}

constexpr bool is_te(Factor factor) noexcept {
  return factor == Factor::kTeNvfp4 || factor == Factor::kTeNvfp4Ones || factor == Factor::kTeQuotient;
}

void add_factors(std::vector<EpilogueReading>& all, const EpilogueRules& base) {
  EpilogueRules rules = base;
  if (base.factor == Factor::kTeNvfp4 || base.factor == Factor::kTeQuotient) {
    rules.factor = Factor::kTeNvfp4;
    add(all, rules, base, "alpha' as ((alpha * amax B) * amax A) * 1/constant");
    rules.factor = Factor::kTeNvfp4AFirst;
    add(all, rules, base, "alpha' as ((alpha * amax A) * amax B) * 1/constant");
    rules.factor = Factor::kTeQuotient;
    add(all, rules, base, "alpha' as (amax A * amax B) / constant");
  }
  if (base.factor == Factor::kTeNvfp4Ones) {
    rules.factor = Factor::kTeNvfp4;
    rules.rescale = Rescale::kNone;
    add(all, rules, base, "the amax in alpha', not neutralised");
  }
  if (!is_te(base.factor)) return;
  rules = base;
  for (const float constant : {36.0f * 448.0f * 448.0f, 36.0f * 448.0f * 256.0f, 36.0f * 256.0f * 256.0f}) {
    rules.constant = constant;
    add(all, rules, base,
        constant == 36.0f * 448.0f * 448.0f   ? "the constant of 448 and 448"
        : constant == 36.0f * 448.0f * 256.0f ? "the constant of 448 and 256"
                                              : "the constant of 256 and 256");
  }
}

void add_rescales(std::vector<EpilogueReading>& all, const EpilogueRules& base) {
  EpilogueRules rules = base;
  if (base.rescale == Rescale::kAmaxFoldedOrTwo) {
    rules.rescale = Rescale::kAmaxFolded;
    add(all, rules, base, "the rescale folded, product * (amax A * amax B)");
    rules.rescale = Rescale::kAmaxAThenB;
    add(all, rules, base, "the rescale by two multiplies, amax A first");
    rules.rescale = Rescale::kAmaxBThenA;
    add(all, rules, base, "the rescale by two multiplies, amax B first");
  }
  if (base.rescale == Rescale::kOutputType) {
    rules.rescale = Rescale::kScalesFp32;
    add(all, rules, base, "the scale multiplied in FP32, before the cast");
  }
}

void add_c(std::vector<EpilogueReading>& all, const EpilogueRules& base) {
  if (base.c == CTerm::kNone) return;
  EpilogueRules rules = base;
  rules.c = CTerm::kFusedC;
  add(all, rules, base, "C by fma(beta, C, product)");
  rules.c = CTerm::kFusedAcc;
  add(all, rules, base, "C by fma(factor, acc, beta * C)");
  rules.c = CTerm::kSeparate;
  add(all, rules, base, "C by product + beta * C, each rounded");
}

void add_bias(std::vector<EpilogueReading>& all, const EpilogueRules& base) {
  if (base.bias == Bias::kNone) return;
  EpilogueRules rules = base;
  rules.bias = Bias::kFp32;
  // Behind a rescale in D's type the two are one.
  if (base.rescale != Rescale::kOutputType) add(all, rules, base, "the bias added in FP32, before the cast");
  rules.bias = Bias::kOutputType;
  add(all, rules, base, "the bias added after the cast");
}

void add_accumulate(std::vector<EpilogueReading>& all, const EpilogueRules& base) {
  EpilogueRules rules = base;
  if (base.accumulate == Accumulate::kAfterCast) {
    rules.accumulate = Accumulate::kBeforeCast;
    add(all, rules, base, "accumulated in FP32, before the cast");
  }
  if (base.accumulate == Accumulate::kBetaOne) {
    rules.accumulate = Accumulate::kAfterCast;
    rules.c = CTerm::kNone;
    add(all, rules, base, "accumulated after the cast");
  }
}

}  // namespace

std::vector<EpilogueReading> one_step_away(const EpilogueRules& rules) {
  std::vector<EpilogueReading> all;
  add_factors(all, rules);
  add_rescales(all, rules);
  add_c(all, rules);
  add_bias(all, rules);
  add_accumulate(all, rules);
  return all;
}

}  // namespace bitgate::reference
