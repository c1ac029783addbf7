// The fused operations of every level that this CPU has, against the same text for one number.
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "bitgate/reference/fused/gelu.h"
#include "bitgate/reference/fused/hadamard.h"
#include "bitgate/reference/fused/kernels.h"
#include "bitgate/reference/fused/rms_norm.h"
#include "bitgate/reference/fused/rms_norm_cute.h"
#include "bitgate/reference/fused/silu.h"
#include "bitgate/reference/recipe/lanes/kernels.h"
#include "bitgate/tests/support/splitmix.h"

namespace bitgate::reference {
namespace {

// Not a multiple of any level's lanes.
constexpr std::int64_t kCount = 1 << 14 | 7;
constexpr Fusion kSilus[] = {Fusion::kSiluFtz, Fusion::kSiluApprox, Fusion::kSiluIeee, Fusion::kSiluRoundedFtz};

// Every other one between -4 and 4, the rest any bits.
std::vector<float> numbers(std::int64_t n, std::uint64_t seed) {
  std::vector<float> all;
  for (oracle::SplitMix random{seed}; std::ssize(all) < n;) {
    const auto word = random.next32();
    const float near = static_cast<float>(static_cast<std::int32_t>(word)) * 0x1p-29f;
    all.push_back(all.size() % 2 == 0 ? near : float_of(word));
  }
  return all;
}
std::vector<std::uint16_t> halves(std::int64_t n, std::uint64_t seed, InputType type) {
  std::vector<std::uint16_t> all;
  for (const float x : numbers(n, seed))
    all.push_back(static_cast<std::uint16_t>(encode(format_of(type), x, kCvtRnInf)));
  return all;
}

// One number, stored in its type and read again.
float stored(InputType type, float x) {
  return type == InputType::kF32 ? x : widen(type, encode(format_of(type), x, kCvtRnInf));
}
std::uint32_t bits_stored(InputType type, float x) { return bits_of(stored(type, x)); }

// run(kernels, input, results) fills the results, each of which is expected(input, its index), stored.
template <class Run, class Expected>
void each_level_and_type(std::int64_t n, Run run, Expected expected) {
  const std::vector<float> singles = numbers(n, 1);
  for (const Level level : levels_here())
    for (const InputType type : kInputTypes) {
      const std::vector<std::uint16_t> words =
          type == InputType::kF32 ? std::vector<std::uint16_t>{} : halves(n, 1, type);
      const bool single = type == InputType::kF32;
      const TypedView view{type, {1, n}, single ? static_cast<const void*>(singles.data()) : words.data()};
      TypedTensor made{type, {1, n}, std::vector<float>(static_cast<std::size_t>(n))};
      if (!single) made.values = std::vector<std::uint16_t>(static_cast<std::size_t>(n));
      void* results = single ? static_cast<void*>(std::get<0>(made.values).data()) : std::get<1>(made.values).data();
      run(fused_kernels_of(level), view, results);
      for (std::int64_t i = 0; i < n; ++i)
        ASSERT_EQ(bits_of(element(made.view(), i)), bits_stored(type, expected(view, i)))
            << name_of(level) << ' ' << name_of(type) << ' ' << i;
    }
}

TEST(FusedLevels, GeluIsThatOfOneNumber) {
  each_level_and_type(
      kCount, [](const FusedKernels& k, const TypedView& x, void* y) { k.gelu(x.type, x.data, kCount, y); },
      [](const TypedView& x, std::int64_t i) { return gelu(element(x, i)); });
}

TEST(FusedLevels, SiluIsThatOfOneNumber) {
  const std::vector<float> gate = numbers(kCount, 2);
  for (const Fusion fusion : kSilus)
    each_level_and_type(
        kCount,
        [&](const FusedKernels& k, const TypedView& x, void* y) {
          k.silu_times(fusion, x.type, x.data, gate.data(), kCount, y);
        },
        [&](const TypedView& x, std::int64_t i) {
          const auto as_stored = [&](float s) { return stored(x.type, s); };
          return silu_product(fusion, gate[static_cast<std::size_t>(i)], element(x, i), as_stored);
        });
}

TEST(FusedLevels, HadamardIsThatOfOneGroup) {
  constexpr std::int64_t kGroups = kCount / 16;
  each_level_and_type(
      kGroups * 16,
      [](const FusedKernels& k, const TypedView& x, void* y) {
        k.hadamard_16(x.type, x.data, kHadamardSigns, kGroups, y);
      },
      [](const TypedView& x, std::int64_t i) {
        float group[16], sums[16];
        for (std::int64_t k = 0; k < 16; ++k) group[k] = element(x, i / 16 * 16 + k);
        hadamard_of_16(group, kHadamardSigns, sums);
        return sums[i % 16];
      });
}

TEST(FusedLevels, SumsOfSquaresAndNormsAreTheSame) {
  for (const std::int64_t cols : {1, 31, 300, 1023, 1024, 2500}) {
    std::vector<float> row = numbers(cols, 3);
    for (float& x : row) x = std::isfinite(x * x) ? x : 1.0f;
    const std::vector<float> weight = numbers(cols, 4), residual = numbers(cols, 5);
    const FusedKernels& first = fused_kernels_of(Level::kV2);
    for (const Level level : levels_here()) {
      const FusedKernels& kernels = fused_kernels_of(level);
      ASSERT_EQ(bits_of(kernels.rms_norm_sum(row.data(), cols)), bits_of(first.rms_norm_sum(row.data(), cols))) << cols;
      std::vector<float> y(row.size());
      kernels.rms_norm(Fusion::kRmsNormMulAdd, 0.3f, row.data(), weight.data(), residual.data(), cols, y.data());
      for (std::size_t i = 0; i < y.size(); ++i)
        ASSERT_EQ(bits_of(y[i]), bits_of(fma_rn_ftz(mul_rn_ftz(0.3f, row[i]), weight[i], residual[i]))) << i;
    }
  }
}

TEST(FusedLevels, ProductsOfSixteenBitsAreRoundedOnce) {
  for (const InputType type : {InputType::kBf16, InputType::kF16}) {
    const std::vector<std::uint16_t> row = halves(kCount, 6, type);
    std::vector<float> weight = numbers(kCount, 7), y(row.size());
    for (float& w : weight) w = stored(type, w);
    for (const Level level : levels_here()) {
      fused_kernels_of(level).rms_norm_cute(type, row.data(), weight.data(), 0.3f, kCount, y.data());
      for (std::size_t i = 0; i < y.size(); ++i)
        ASSERT_EQ(bits_of(y[i]), bits_of(mul_rn(stored(type, odd_product(widen(type, row[i]), weight[i])), 0.3f))) << i;
    }
  }
}

}  // namespace
}  // namespace bitgate::reference
