// The kernels of one level, over N lanes. Included by one translation unit a level, which must not emit functions that
// other units could take for their own: everything here is a template of N or always inlined.
#pragma once

#include "bitgate/reference/fused/gelu.h"
#include "bitgate/reference/fused/hadamard.h"
#include "bitgate/reference/fused/kernels.h"
#include "bitgate/reference/fused/rms_norm.h"
#include "bitgate/reference/fused/rms_norm_cute.h"
#include "bitgate/reference/fused/silu.h"
#include "bitgate/reference/recipe/lanes/interleave.h"

namespace bitgate::reference {

template <int N>
struct LevelFused {
  using F = Lanes<float, N>;
  using U = Lanes<std::uint32_t, N>;

  // Tensors of one type.
  template <InputType kType>
  struct Typed {
    using T = std::conditional_t<kType == InputType::kF32, float, std::uint16_t>;

    // `few` of N consecutive elements, zeros in the other lanes.
    [[gnu::always_inline]] static F load(const T* from, int few) noexcept {
      T padded[N] = {};
      if (few < N) {
        for (int k = 0; k < few; ++k) padded[k] = from[k];
        from = padded;
      }
      if constexpr (kType == InputType::kF32)
        return load_lanes<F>(from);
      else
        return widen(kType, load_lanes<U>(from));
    }
    [[gnu::always_inline]] static U narrowed(F x) noexcept {
      return encode_lanes<F>(kType == InputType::kBf16 ? kBf16 : kFp16, x, kCvtRnInf);
    }
    [[gnu::always_inline]] static void store(T* to, F x, int few) noexcept {
      T result[N];
      T* const all = few == N ? to : result;
      if constexpr (kType == InputType::kF32)
        store_lanes(all, x);
      else
        store_lanes(all, narrowed(x));
      for (int k = 0; few < N && k < few; ++k) to[k] = result[k];
    }
    [[gnu::always_inline]] static F stored(F x) noexcept {
      if constexpr (kType == InputType::kF32)
        return x;
      else
        return widen(kType, narrowed(x));
    }

    static void gelu(const T* input, std::int64_t count, T* results) noexcept {
      each(count, [&](std::int64_t i, int few) { store(results + i, reference::gelu(load(input + i, few)), few); });
    }
    static void silu_times(Fusion fusion, const T* input, const float* gate, std::int64_t count, T* results) noexcept {
      each(count, [&](std::int64_t i, int few) {
        const F factor = Typed<InputType::kF32>::load(gate + i, few);
        store(results + i, silu_product(fusion, factor, load(input + i, few), stored), few);
      });
    }
    static void rms_norm_cute(const T* row, const float* weight, float factor, std::int64_t cols,
                              float* results) noexcept {
      each(cols, [&](std::int64_t i, int few) {
        const F product = odd_product(load(row + i, few), Single::load(weight + i, few));
        Single::store(results + i, mul_rn(stored(product), factor), few);
      });
    }
    static void hadamard_16(const T* input, std::uint32_t signs, std::int64_t groups, T* results) noexcept {
      each(groups, [&](std::int64_t group, int few) {
        F x[16], y[16];
        for (int col = 0; col < 16; col += N) {
          for (int i = 0; i < N; ++i) x[col + i] = load(input + (group + (i < few ? i : 0)) * 16 + col, N);
          interleave<N>(x + col);
        }
        hadamard_of_16(x, signs, y);
        for (int col = 0; col < 16; col += N) {
          interleave<N>(y + col);
          for (int i = 0; i < few; ++i) store(results + (group + i) * 16 + col, y[col + i], N);
        }
      });
    }
  };
  using Single = Typed<InputType::kF32>;

  // step(first, how many): N at a time.
  template <class Step>
  [[gnu::always_inline]] static void each(std::int64_t count, Step step) noexcept {
    std::int64_t i = 0;
    for (; i + N <= count; i += N) step(i, N);
    if (i < count) step(i, static_cast<int>(count - i));
  }
  template <class Work>
  [[gnu::always_inline]] static void by_type(InputType type, Work work) noexcept {
    switch (type) {
      case InputType::kF32: return work(Typed<InputType::kF32>{});
      case InputType::kBf16: return work(Typed<InputType::kBf16>{});
      case InputType::kF16: return work(Typed<InputType::kF16>{});
    }
  }

  static void gelu(InputType type, const void* input, std::int64_t count, void* results) {
    by_type(type, [&]<class Type>(Type) {
      using T = typename Type::T;
      Type::gelu(static_cast<const T*>(input), count, static_cast<T*>(results));
    });
  }
  static void silu_times(Fusion fusion, InputType type, const void* input, const float* gate, std::int64_t count,
                         void* results) {
    by_type(type, [&]<class Type>(Type) {
      using T = typename Type::T;
      Type::silu_times(fusion, static_cast<const T*>(input), gate, count, static_cast<T*>(results));
    });
  }
  static void rms_norm_cute(InputType type, const void* row, const float* weight, float factor, std::int64_t cols,
                            float* results) {
    by_type(type, [&]<class Type>(Type) {
      using T = typename Type::T;
      Type::rms_norm_cute(static_cast<const T*>(row), weight, factor, cols, results);
    });
  }
  static void hadamard_16(InputType type, const void* input, std::uint32_t signs, std::int64_t groups, void* results) {
    by_type(type, [&]<class Type>(Type) {
      using T = typename Type::T;
      Type::hadamard_16(static_cast<const T*>(input), signs, groups, static_cast<T*>(results));
    });
  }

  // The sums of up to N warps of 32 threads, a warp a lane: lanes 16, 8, 4, 2, 1 apart are added.
  [[gnu::always_inline]] static F warp_sums(const F* chains, int warps) noexcept {
    F of_lane[kWarp];
    for (int col = 0; col < kWarp; col += N) {
      for (int i = 0; i < N; ++i) of_lane[col + i] = i < warps ? chains[(i * kWarp + col) / N] : F(0.0f);
      interleave<N>(of_lane + col);
    }
    return warp_sum(of_lane);
  }

  static float rms_norm_sum(const float* row, std::int64_t cols) {
    constexpr int kMostThreads = 1024;
    const auto threads = static_cast<int>(rms_norm_threads(cols));
    // Thread t's own chain over columns t, t + threads, ...; a column beyond the row adds nothing.
    F chains[kMostThreads / N];
    for (F& chain : chains) chain = F(0.0f);
    for (std::int64_t first = 0; first < cols; first += threads) {
      const std::int64_t left = cols - first;
      each(left < threads ? left : threads, [&](std::int64_t thread, int few) {
        const F x = Single::load(row + first + thread, few);
        chains[thread / N] = fma_rn_ftz(x, x, chains[thread / N]);
      });
    }
    float of_warps[kWarp] = {};
    const int warps = threads / kWarp;
    for (int warp = 0; warp < warps; warp += N) {
      const F sums = warp_sums(chains + warp * kWarp / N, warps - warp);
      for (int i = 0; i < N && warp + i < warps; ++i) of_warps[warp + i] = lane(sums, i);
    }
    return warp_sum(of_warps);
  }

  static void rms_norm(Fusion fusion, float scale, const float* row, const float* weight, const float* residual,
                       std::int64_t cols, float* results) {
    each(cols, [&](std::int64_t i, int few) {
      const F scaled = mul_rn_ftz(scale, Single::load(row + i, few));
      const auto weighted = [&] { return Single::load(weight + i, few); };
      F result = scaled;
      if (fusion == Fusion::kRmsNormMul) result = mul_rn_ftz(scaled, weighted());
      if (fusion == Fusion::kRmsNormMulAdd) result = fma_rn_ftz(scaled, weighted(), Single::load(residual + i, few));
      Single::store(results + i, result, few);
    });
  }

  static constexpr FusedKernels kKernels{gelu, silu_times, rms_norm_sum, rms_norm, rms_norm_cute, hadamard_16};
};

}  // namespace bitgate::reference
