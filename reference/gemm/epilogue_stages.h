// One element of D, stage by stage: one rounding a line, in the order that EpilogueRules name.
#pragma once

#include <bit>

#include "bitgate/reference/arith/ieee.h"
#include "bitgate/reference/format/encode.h"
#include "bitgate/reference/gemm/epilogue.h"

namespace bitgate::reference {

struct EpilogueElement {
  const EpilogueRules& rules;
  const EpilogueOperands& operands;
  std::int64_t row, col;

  // The bits of D. `trace` is told every stage; the last one is D.
  template <class Trace>
  std::uint32_t bits(Trace& trace) const {
    const float product = with_c_and_bias(trace);
    const float scaled = rescaled(product, trace);
    float biased = rules.bias == Bias::kFp32 ? with_bias(scaled, trace) : scaled;
    if (operands.accumulate && rules.accumulate == Accumulate::kBeforeCast) {
      const float old = c_value(trace);
      biased = told("+old", "old D + product", add_rn(old, biased), trace);
    }
    float d = cast(biased, "D", "cast", trace);
    if (rules.bias == Bias::kOutputType && has(operands.bias)) {
      const float sum = add_rn(d, bias_value(trace));
      d = cast(sum, "D+bias", "D + bias, in D's type", trace);
    }
    if (operands.accumulate && rules.accumulate == Accumulate::kAfterCast) {
      const float old = c_value(trace);
      d = cast(add_rn(old, d), "D+old", "old D + D, in D's type", trace);
    }
    return code_of(d);
  }

 private:
  // What is multiplied last, and by what.
  struct Product {
    float value = 0.0f, factor = 1.0f;
    bool multiplied = false;  // no: the product is the value
  };

  static bool has(const TypedView& view) noexcept { return view.data != nullptr; }
  static float number(std::span<const float> numbers, std::int64_t i) noexcept {
    if (numbers.empty()) return 1.0f;
    return numbers.size() == 1 ? numbers[0] : numbers[static_cast<std::size_t>(i)];
  }
  std::int64_t index() const noexcept { return row * operands.cols + col; }

  std::uint32_t code_of(float value) const noexcept {
    if (operands.output == InputType::kF32) return std::bit_cast<std::uint32_t>(value);
    return encode(format_of(operands.output), value, kCvtRnInf);
  }
  // Rounded to D's type; a stage of that type.
  template <class Trace>
  float cast(float value, std::string_view name, std::string_view formula, Trace& trace) const {
    const std::uint32_t code = code_of(value);
    trace.code(name, formula, code, format_of(operands.output));
    return operands.output == InputType::kF32 ? value : widen(operands.output, code);
  }
  template <class Trace>
  float told(std::string_view name, std::string_view formula, float value, Trace& trace) const {
    trace.value(name, formula, value);
    return value;
  }

  template <class Trace>
  float c_value(Trace& trace) const {
    return told("C", operands.accumulate ? "the old D" : "C", element(operands.c, index()), trace);
  }
  template <class Trace>
  float bias_value(Trace& trace) const {
    return told("bias", "bias of the column", element(operands.bias, col), trace);
  }
  template <class Trace>
  float with_bias(float value, Trace& trace) const {
    if (!has(operands.bias)) return value;
    const float bias = bias_value(trace);
    return told("+bias", "product + bias", add_rn(value, bias), trace);
  }

  // alpha * amax of B * amax of A / constant, by a reciprocal that is rounded.
  template <class Trace>
  float te_alpha(float amax_b, float amax_a, Trace& trace) const {
    const float alpha = told("alpha", "given", operands.alpha, trace);
    const float reciprocal = told("f", "1 / (36 * E4M3 maximums)", div_rn(1.0f, rules.constant), trace);
    const float with_b = told("alpha*b", "alpha * amax of B", mul_rn(alpha, amax_b), trace);
    const float with_both = told("alpha*b*a", "... * amax of A", mul_rn(with_b, amax_a), trace);
    return told("alpha'", "... * f", mul_rn(with_both, reciprocal), trace);
  }
  template <class Trace>
  float te_quotient(Trace& trace) const {
    const float a = told("amax A", "given", number(operands.a_amax, row), trace);
    const float b = told("amax B", "given", number(operands.b_amax, col), trace);
    const float both = told("a*b", "amax A * amax B", mul_rn(a, b), trace);
    return told("alpha'", "a*b / (36 * E4M3 maximums)", div_rn(both, rules.constant), trace);
  }

  // Factors of alpha and the decode scales.
  template <class Trace>
  Product scaled_product(float acc, Trace& trace) const {
    const float alpha = told("alpha", "given", operands.alpha, trace);
    const float a = told("scale A", "given", number(operands.a_scale, row), trace);
    const float b = told("scale B", "given", number(operands.b_scale, col), trace);
    switch (rules.factor) {
      case Factor::kFactorFirst: {
        const float with_a = told("alpha*a", "alpha * scale A", mul_rn(alpha, a), trace);
        return {acc, told("factor", "... * scale B", mul_rn(with_a, b), trace), true};
      }
      case Factor::kScalesFirst: {
        const float scales = told("a*b", "scale A * scale B", mul_rn(a, b), trace);
        return {told("acc*(a*b)", "acc * (a*b)", mul_rn(acc, scales), trace), alpha, true};
      }
      case Factor::kAThenB: {
        const float once = told("acc*a", "acc * scale A", mul_rn(acc, a), trace);
        return {told("*b", "... * scale B", mul_rn(once, b), trace), alpha, true};
      }
      default: {  // kBThenA
        const float once = told("acc*b", "acc * scale B", mul_rn(acc, b), trace);
        return {told("*a", "... * scale A", mul_rn(once, a), trace), alpha, true};
      }
    }
  }

  template <class Trace>
  Product product_of(Trace& trace) const {
    const float acc = told("acc", "the accumulator", operands.accumulator[static_cast<std::size_t>(index())], trace);
    switch (rules.factor) {
      case Factor::kNone: return {acc, 1.0f, false};
      case Factor::kAlpha: return {acc, told("alpha", "given", operands.alpha, trace), true};
      case Factor::kTeNvfp4: {
        const float amax_a = told("amax A", "given", number(operands.a_amax, row), trace);
        const float amax_b = told("amax B", "given", number(operands.b_amax, col), trace);
        return {acc, te_alpha(amax_b, amax_a, trace), true};
      }
      case Factor::kTeNvfp4AFirst: {
        const float amax_a = told("amax A", "given", number(operands.a_amax, row), trace);
        const float amax_b = told("amax B", "given", number(operands.b_amax, col), trace);
        return {acc, te_alpha(amax_a, amax_b, trace), true};
      }
      case Factor::kTeNvfp4Ones: return {acc, te_alpha(1.0f, 1.0f, trace), true};
      case Factor::kTeQuotient: return {acc, te_quotient(trace), true};
      default: return scaled_product(acc, trace);
    }
  }

  template <class Trace>
  float with_c_and_bias(Trace& trace) const {
    const Product p = product_of(trace);
    const float beta = operands.accumulate && !operands.beta_given ? 1.0f : operands.beta;
    const bool reads_c = rules.c != CTerm::kNone && has(operands.c) && beta != 0.0f;
    const bool fuses_bias = rules.bias == Bias::kFused && has(operands.bias);
    const bool fuses_acc = reads_c && rules.c == CTerm::kFusedAcc;
    const float c = reads_c ? c_value(trace) : 0.0f;
    if (reads_c) told("beta", operands.beta_given ? "given" : "1, since it accumulates", beta, trace);
    float product = p.value;
    if (fuses_acc) {
      const float part = told("beta*C", "beta * C", mul_rn(beta, c), trace);
      const float addend =
          fuses_bias ? told("beta*C+bias", "beta*C + bias", add_rn(part, bias_value(trace)), trace) : part;
      return told("product", "fma(factor, acc, addend)", fma_rn(p.factor, p.value, addend), trace);
    }
    if (fuses_bias)
      product = told("product", "fma(factor, acc, bias)", fma_rn(p.factor, p.value, bias_value(trace)), trace);
    else if (p.multiplied)
      product = told("product", "acc * factor", mul_rn(p.value, p.factor), trace);
    if (!reads_c) return product;
    if (rules.c == CTerm::kFusedC) return told("+C", "fma(beta, C, product)", fma_rn(beta, c, product), trace);
    const float part = told("beta*C", "beta * C", mul_rn(beta, c), trace);
    return told("+C", "product + beta*C", add_rn(product, part), trace);
  }

  template <class Trace>
  float rescaled_in_type(float product, float a, float b, Trace& trace) const {
    const float rounded = cast(product, "mm", "the product in D's type", trace);
    const float scales = told("a*b", "scale A * scale B", mul_rn(a, b), trace);
    const float factor = cast(scales, "scale", "a*b in D's type", trace);
    return cast(mul_rn(rounded, factor), "mm*scale", "mm * scale, in D's type", trace);
  }
  template <class Trace>
  float folded(float product, float a, float b, Trace& trace) const {
    const float factor = told("a*b", "A's number * B's", mul_rn(a, b), trace);
    return told("rescaled", "product * (a*b)", mul_rn(product, factor), trace);
  }
  template <class Trace>
  float rescaled(float product, Trace& trace) const {
    if (rules.rescale == Rescale::kNone) return product;
    const bool of_scales = rules.rescale == Rescale::kOutputType || rules.rescale == Rescale::kScalesFp32;
    const float a = told("A", "number of the row", number(of_scales ? operands.a_scale : operands.a_amax, row), trace);
    const float b =
        told("B", "number of the column", number(of_scales ? operands.b_scale : operands.b_amax, col), trace);
    const bool one_number = operands.a_amax.size() == 1 || operands.b_amax.size() == 1;
    if (rules.rescale == Rescale::kOutputType) return rescaled_in_type(product, a, b, trace);
    if (of_scales || rules.rescale == Rescale::kAmaxFolded) return folded(product, a, b, trace);
    if (rules.rescale == Rescale::kAmaxFoldedOrTwo && one_number) return folded(product, a, b, trace);
    if (rules.rescale == Rescale::kAmaxBThenA) {
      const float once = told("*B", "product * amax B", mul_rn(product, b), trace);
      return told("rescaled", "... * amax A", mul_rn(once, a), trace);
    }
    const float once = told("*A", "product * amax A", mul_rn(product, a), trace);
    return told("rescaled", "... * amax B", mul_rn(once, b), trace);
  }
};

}  // namespace bitgate::reference
