// The kernels of one level, over N lanes. Included by one translation unit a level, which must not emit functions that
// other units could take for their own: everything here is a template of N or always inlined.
#pragma once

#include "bitgate/reference/arith/ieee.h"
#include "bitgate/reference/format/encode.h"
#include "bitgate/reference/format/tensor.h"
#include "bitgate/reference/mma/lanes.h"
#include "bitgate/reference/mma/step.h"

namespace bitgate::reference {

template <int N>
struct LevelMma {
  using F = Lanes<float, N>;
  using I = Lanes<std::int32_t, N>;

  // One row's operands against a panel's.
  struct Products {
    const std::int16_t *a_significands, *a_exponents, *b_significands, *b_exponents;
    [[gnu::always_inline]] I significand(int i) const noexcept {
      return I(a_significands[i]) * load_lanes<I>(b_significands + i * N);
    }
    [[gnu::always_inline]] I exponent(int i) const noexcept {
      return I(a_exponents[i]) + load_lanes<I>(b_exponents + i * N);
    }
  };

  [[gnu::always_inline]] static bool any_special(I bits, bool half) noexcept {
    const I exponent(half ? 0x7C00 : 0x7F800000);
    return any((bits & exponent) == exponent);
  }

  [[gnu::always_inline]] static I added(I c, I sum, bool half) noexcept {
    const auto sum_bits = bits_as<std::uint32_t>(sum), c_bits = bits_as<std::uint32_t>(c);
    if (!half) return bits_as<std::int32_t>(bits_of(add_rn(float_of(c_bits), float_of(sum_bits))));
    const F d = add_rn(widen(InputType::kF16, c_bits), widen(InputType::kF16, sum_bits));
    return bits_as<std::int32_t>(encode_lanes<F>(kFp16, d, kCvtRnInf));
  }

  // One instruction on finite operands; false, and `d` as it was, where a special value turns up.
  template <class W>
  [[gnu::always_inline]] static bool instruction(const MmaLaneJob& job, Products at, bool has_c, I& d) noexcept {
    const MmaRules& rules = job.instruction->rules;
    const bool half = is_fp16(job.instruction->result);
    const bool after = job.instruction->order == MmaOrder::kPtxasFp8;
    I sum = after ? I(0) : d;
    bool has_addend = has_c || after;
    for (int step = 0; step < job.steps; ++step, has_addend = true) {
      if (has_addend && any_special(sum, half)) return false;
      mma_step::Addend<I> addend{I(0), I(kNoExponent)};
      if (has_addend) addend = mma_step::addend_of<I>(sum, half, rules.zero_c);
      const auto exact = mma_step::fused_sum<W, I>(job.shape, job.products, at, addend);
      if (rules.zero_sign != MmaZeroSign::kPlus && any(exact.total == W(0))) return false;
      const W largest = mma_step::widened<W>(exact.exponent);
      const W bits = mma_step::rounded<W>(exact.total, largest, job.shape.fraction_bits, job.target, rules);
      sum = number_as<std::int32_t>(bits);
      at.a_significands += job.products;
      at.a_exponents += job.products;
      at.b_significands += job.products * N;
      at.b_exponents += job.products * N;
    }
    if (after && (any_special(sum, half) || any_special(d, half))) return false;
    d = after ? added(d, sum, half) : sum;
    return true;
  }

  template <class W>
  static void chain(const MmaLaneJob& job) {
    std::uint32_t memory[N];
    I d = load_lanes<I>(reinterpret_cast<const std::int32_t*>(job.d));
    I main = d;
    bool has_c = job.has_c;
    for (std::int64_t i = 0; i < job.instructions; ++i) {
      if (job.promotion != 0 && i % job.promotion == 0) {
        if (i != 0) main = added(main, d, false);
        has_c = false;
      }
      const std::int64_t place = i * job.steps * job.products;
      const Products at{job.a_significands + place, job.a_exponents + place, job.b_significands + place * N,
                        job.b_exponents + place * N};
      const bool special = (job.a_special[i] | job.b_special[i]) != 0;
      const bool reads_c = has_c || job.instruction->reads_c;
      if (!has_c) d = I(0);
      if (special || !instruction<W>(job, at, reads_c, d)) {
        store_lanes<std::int32_t>(reinterpret_cast<std::int32_t*>(memory), d);
        job.each_element(job.context, i, has_c, memory);
        d = load_lanes<I>(reinterpret_cast<const std::int32_t*>(memory));
      }
      has_c = true;
    }
    if (job.promotion != 0) d = job.instructions == 0 ? main : added(main, d, false);
    store_lanes<std::int32_t>(reinterpret_cast<std::int32_t*>(job.d), d);
  }

  static constexpr MmaKernels kKernels{N, chain<I>, chain<Lanes<std::int64_t, N>>};
};

}  // namespace bitgate::reference
