// The models of one level, over N lanes. Included by one translation unit a level: all are templates of N or inlined.
#pragma once

#include "bitgate/compare/hardware_arithmetic.h"
#include "bitgate/compare/hardware_fills.h"

namespace bitgate::compare {

template <int N>
struct LevelFills {
  using U = Lanes<std::uint32_t, N>;

  // Words i, i + 1, ...
  [[gnu::always_inline]] static U consecutive(const OperandWords& operand, std::uint32_t i) noexcept {
    if (!operand.words.empty()) return load_lanes<U>(operand.words.data() + i);
    return (each_lane<U>([](int k) { return static_cast<std::uint32_t>(k); }) + i) * U(operand.step) + operand.first;
  }
  // Likewise, of `count` words; the last one again in the lanes beyond.
  [[gnu::always_inline]] static U first_few(const OperandWords& operand, std::uint32_t i, int count) noexcept {
    return each_lane<U>([&](int k) { return operand.at(i + static_cast<std::uint32_t>(k < count ? k : count - 1)); });
  }

  // kModel takes kOperands words as numbers of type T and gives one.
  template <class T, int kOperands, auto kModel>
  [[gnu::always_inline]] static U result(U a, U b, U c) noexcept {
    if constexpr (kOperands == 1) return bits_of(kModel(bits_as<T>(a)));
    if constexpr (kOperands == 2) return bits_of(kModel(bits_as<T>(a), bits_as<T>(b)));
    if constexpr (kOperands == 3) return bits_of(kModel(bits_as<T>(a), bits_as<T>(b), bits_as<T>(c)));
  }

  template <class T, int kOperands, auto kModel>
  static void fill(const HardwareOperands& operands, std::uint32_t begin, std::span<std::uint32_t> results) {
    const auto& [a, b, c] = operands;
    const auto count = static_cast<std::uint32_t>(results.size());
    std::uint32_t* const to = results.data();
    std::uint32_t i = 0;
    for (; i + N <= count; i += N) {
      const std::uint32_t at = begin + i;
      store_lanes(to + i, result<T, kOperands, kModel>(consecutive(a, at), consecutive(b, at), consecutive(c, at)));
    }
    if (i == count) return;
    const int rest = static_cast<int>(count - i);
    const auto few = [&](const OperandWords& operand) { return first_few(operand, begin + i, rest); };
    const U last = result<T, kOperands, kModel>(few(a), few(b), few(c));
    for (int k = 0; k < rest; ++k) to[i + static_cast<std::uint32_t>(k)] = lane(last, k);
  }

  static constexpr HardwareFills kFills{
      .rcp_approx_ftz = fill<float, 1, [](auto a) { return reference::rcp_approx_ftz(a); }>,
      .rsqrt_approx_ftz = fill<float, 1, [](auto a) { return reference::rsqrt_approx_ftz(a); }>,
      .ex2_approx_ftz = fill<float, 1, [](auto a) { return reference::ex2_approx_ftz(a); }>,
      .lg2_approx_ftz = fill<float, 1, [](auto a) { return reference::lg2_approx_ftz(a); }>,
      .rcp_approx = fill<float, 1, [](auto a) { return hardware::rcp_approx(a); }>,
      .rsqrt_approx = fill<float, 1, [](auto a) { return hardware::rsqrt_approx(a); }>,
      .ex2_approx = fill<float, 1, [](auto a) { return hardware::ex2_approx(a); }>,
      .lg2_approx = fill<float, 1, [](auto a) { return hardware::lg2_approx(a); }>,
      .rcp_rn = fill<float, 1, [](auto a) { return hardware::rcp_rn(a); }>,
      .round_half_even = fill<float, 1, [](auto a) { return reference::round_half_even(a); }>,
      .tanh_of_cuda = fill<float, 1, [](auto a) { return reference::tanh_of_cuda(a); }>,
      .gelu = fill<float, 1, [](auto a) { return reference::gelu(a); }>,
      .div_approx_ftz = fill<float, 2, [](auto a, auto b) { return hardware::div_approx_ftz(a, b); }>,
      .div_approx = fill<float, 2, [](auto a, auto b) { return hardware::div_approx(a, b); }>,
      .div_full_ftz = fill<float, 2, [](auto a, auto b) { return hardware::div_full_ftz(a, b); }>,
      .div_full = fill<float, 2, [](auto a, auto b) { return reference::div_full(a, b); }>,
      .add_rn = fill<float, 2, [](auto a, auto b) { return reference::add_rn(a, b); }>,
      .mul_rn = fill<float, 2, [](auto a, auto b) { return reference::mul_rn(a, b); }>,
      .div_rn = fill<float, 2, [](auto a, auto b) { return reference::div_rn(a, b); }>,
      .add_rn_ftz = fill<float, 2, [](auto a, auto b) { return reference::add_rn_ftz(a, b); }>,
      .mul_rn_ftz = fill<float, 2, [](auto a, auto b) { return reference::mul_rn_ftz(a, b); }>,
      .div_rn_ftz = fill<float, 2, [](auto a, auto b) { return reference::div_rn_ftz(a, b); }>,
      .fma_rn = fill<float, 3, [](auto a, auto b, auto c) { return reference::fma_rn(a, b, c); }>,
      .fma_rn_ftz = fill<float, 3, [](auto a, auto b, auto c) { return reference::fma_rn_ftz(a, b, c); }>,
      .e4m3_pair = fill<std::uint32_t, 2, [](auto a, auto b) { return hardware::e4m3_pair(a, b); }>,
      .e5m2_pair = fill<std::uint32_t, 2, [](auto a, auto b) { return hardware::e5m2_pair(a, b); }>,
      .fp16 = fill<std::uint32_t, 1, [](auto a) { return hardware::fp16(a); }>,
      .bf16 = fill<std::uint32_t, 1, [](auto a) { return hardware::bf16(a); }>,
      .fp16_pair = fill<std::uint32_t, 2, [](auto a, auto b) { return hardware::fp16_pair(a, b); }>,
      .bf16_pair = fill<std::uint32_t, 2, [](auto a, auto b) { return hardware::bf16_pair(a, b); }>,
      .e2m1_pair = fill<std::uint32_t, 2, [](auto a, auto b) { return hardware::e2m1_pair(a, b); }>,
      .e2m3_pair = fill<std::uint32_t, 2, [](auto a, auto b) { return hardware::e2m3_pair(a, b); }>,
      .e3m2_pair = fill<std::uint32_t, 2, [](auto a, auto b) { return hardware::e3m2_pair(a, b); }>,
      .e8m0_pair_up = fill<std::uint32_t, 2, [](auto a, auto b) { return hardware::e8m0_pair_up(a, b); }>,
      .e8m0_pair_toward_zero =
          fill<std::uint32_t, 2, [](auto a, auto b) { return hardware::e8m0_pair_toward_zero(a, b); }>,
      .int32_toward_zero = fill<std::uint32_t, 1, [](auto a) { return hardware::int32_toward_zero(a); }>,
      .int32_nearest = fill<std::uint32_t, 1, [](auto a) { return hardware::int32_nearest(a); }>,
      .float_of_int32 = fill<std::uint32_t, 1, [](auto a) { return hardware::float_of_int32(a); }>,
  };
};

}  // namespace bitgate::compare
