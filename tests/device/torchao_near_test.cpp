// What device/kernels/torchao_near.cuh says of its divisions, with the same operations on the host: MUFU.RCP by its
// integer model, fma as the C library has it.
#include <gtest/gtest.h>

#include <array>
#include <bit>
#include <cmath>
#include <cstdint>

#include "bitgate/device/cpu/mufu_rcp.h"

namespace bitgate::device {
namespace {

constexpr std::uint32_t kSignificands = 1u << 23;

float significand(std::uint32_t fraction) { return std::bit_cast<float>(0x3F800000u + fraction); }

float rcp_near(float b) {
  const float approximate = cpu::rcp_approx_ftz(b);
  return std::fma(approximate, std::fma(-b, approximate, 1.0f), approximate);
}

float div_near(float a, float b, float reciprocal) {
  const float quotient = cpu::mul_rn<cpu::Gpu>(a, reciprocal);
  return std::fma(std::fma(-quotient, b, a), reciprocal, quotient);
}

int side_of(float x, float boundary) { return (x > boundary) - (x < boundary); }

TEST(TorchaoNear, ReciprocalIsRoundedForEverySignificand) {
  std::uint32_t wrong = 0;
  for (std::uint32_t f = 0; f < kSignificands; ++f) {
    const float b = significand(f);
    wrong += rcp_near(b) != cpu::div_rn<cpu::Gpu>(1.0f, b);
  }
  EXPECT_EQ(wrong, 0u);
}

TEST(TorchaoNear, QuotientBySixOrAnE4m3ScaleIsRounded) {
  std::uint32_t wrong = 0;
  for (const float b : {1.0f, 1.125f, 1.25f, 1.375f, 1.5f, 1.625f, 1.75f, 1.875f, 6.0f}) {
    const float reciprocal = rcp_near(b);
    for (std::uint32_t f = 0; f < kSignificands; ++f)
      wrong += div_near(significand(f), b, reciprocal) != cpu::div_rn<cpu::Gpu>(significand(f), b);
  }
  EXPECT_EQ(wrong, 0u);
}

// Boundaries of E2M1 (1, 1.25, 1.5, 1.75 times powers of two) and of normal E4M3 (odd sixteenths). The dividends are
// those whose quotients lie next to the boundary; every 31st divisor, which are 2^23 / 31 of all.
TEST(TorchaoNear, AnyQuotientLiesOnItsSideOfEachBoundary) {
  constexpr std::array<float, 12> kBoundaries{1.0f,    1.25f,   1.5f,    1.75f,   1.0625f, 1.1875f,
                                              1.3125f, 1.4375f, 1.5625f, 1.6875f, 1.8125f, 1.9375f};
  std::uint32_t wrong = 0;
  for (std::uint32_t f = 0; f < kSignificands; f += 31) {
    const float b = significand(f);
    const float reciprocal = cpu::div_rn<cpu::Gpu>(1.0f, b);
    for (const float boundary : kBoundaries) {
      const auto middle = std::bit_cast<std::uint32_t>(cpu::mul_rn<cpu::Gpu>(b, boundary));
      for (std::uint32_t bits = middle - 3; bits <= middle + 3; ++bits) {
        const auto a = std::bit_cast<float>(bits);
        wrong += side_of(div_near(a, b, reciprocal), boundary) != side_of(cpu::div_rn<cpu::Gpu>(a, b), boundary);
      }
    }
  }
  EXPECT_EQ(wrong, 0u);
}

}  // namespace
}  // namespace bitgate::device
