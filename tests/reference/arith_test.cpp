// Machine arithmetic: add, mul, div, fma and their .ftz forms against exact integers; MUFU rcp and rsqrt against the
// check values and checksums of the hardware; and that this build does not contract a * b + c.
#include <gtest/gtest.h>
#include <zlib.h>

#include <array>
#include <bit>
#include <cstdint>
#include <vector>

#include "bitgate/reference/arith/arithmetic.h"
#include "bitgate/tests/support/exact_arithmetic.h"
#include "bitgate/tests/support/splitmix.h"

namespace bitgate::reference {
namespace {

using oracle::Subnormals;

float from_bits(std::uint32_t bits) { return std::bit_cast<float>(bits); }
std::uint32_t to_bits(float value) { return std::bit_cast<std::uint32_t>(value); }

// Every pair of these meets in every operation: zeros, subnormals, the edges of the normal range, ties, infinities,
// NaNs.
constexpr std::array<std::uint32_t, 34> kDirected{
    0x00000000, 0x80000000, 0x00000001, 0x80000001, 0x00000002, 0x00400000, 0x007FFFFF, 0x807FFFFF, 0x00800000,
    0x80800000, 0x00800001, 0x00FFFFFF, 0x01000000, 0x33800000, 0x34000000, 0x3F7FFFFF, 0x3F800000, 0xBF800000,
    0x3F800001, 0x3FC00000, 0x3FFFFFFF, 0x40400000, 0x42FE0000, 0x4B7FFFFF, 0x4B800000, 0x4B800001, 0x7E800000,
    0x7F000000, 0x7F7FFFFF, 0xFF7FFFFF, 0x7F800000, 0xFF800000, 0x7FC00000, 0xFF800001};

constexpr std::uint32_t kSmallestNormal = 0x00800000;  // 2^-126

struct Pair {
  std::uint32_t a, b;
};

std::vector<Pair> pairs() {
  std::vector<Pair> all;
  for (const std::uint32_t a : kDirected)
    for (const std::uint32_t b : kDirected) all.push_back({a, b});
  oracle::SplitMix random(1);
  for (int i = 0; i < 200000; ++i) {
    const std::uint32_t a = random.next32(), b = random.next32();
    all.push_back({a, b});
    // Exponents near each other, so that sums cancel and quotients stay finite.
    all.push_back({a, (b & 0x807FFFFF) | ((a & 0x7F800000) ^ (random.next32() & 0x02000000))});
    // Products and quotients within a few units of the smallest normal number.
    const std::uint32_t few = random.next32() % 5 - 2;
    all.push_back({a, oracle::exact_div(kSmallestNormal, a) + few});
    all.push_back({oracle::exact_mul(b, kSmallestNormal) + few, b});
  }
  return all;
}

template <class Operation, class Oracle>
void expect_exact(Operation operation, Oracle exact, Subnormals subnormals, const char* name) {
  for (const auto& [a, b] : pairs())
    ASSERT_EQ(to_bits(operation(from_bits(a), from_bits(b))), exact(a, b, subnormals))
        << name << std::hex << " " << a << " " << b;
}

TEST(Ieee, AddMulDivAreTheExactResultRoundedOnce) {
  expect_exact([](float a, float b) { return add_rn(a, b); }, oracle::exact_add, Subnormals::kKept, "add_rn");
  expect_exact([](float a, float b) { return mul_rn(a, b); }, oracle::exact_mul, Subnormals::kKept, "mul_rn");
  expect_exact([](float a, float b) { return div_rn(a, b); }, oracle::exact_div, Subnormals::kKept, "div_rn");
}

TEST(Ieee, FtzFormsFlushOperandsAndResult) {
  expect_exact([](float a, float b) { return add_rn_ftz(a, b); }, oracle::exact_add, Subnormals::kFlushed,
               "add_rn_ftz");
  expect_exact([](float a, float b) { return mul_rn_ftz(a, b); }, oracle::exact_mul, Subnormals::kFlushed,
               "mul_rn_ftz");
  expect_exact([](float a, float b) { return div_rn_ftz(a, b); }, oracle::exact_div, Subnormals::kFlushed,
               "div_rn_ftz");
}

TEST(Ieee, SubnormalResultsAreKept) {
  EXPECT_EQ(to_bits(mul_rn(0x1p-100f, 0x1p-49f)), 0x00000001u);
  EXPECT_EQ(to_bits(mul_rn(0x1p-100f, 0x1p-50f)), 0x00000000u);         // 2^-150, tie to even
  EXPECT_EQ(to_bits(mul_rn(0x1.000002p-100f, 0x1p-50f)), 0x00000001u);  // just above the tie
  EXPECT_EQ(to_bits(div_rn(1.0f, 0x1.fffffep+127f)), 0x00200000u);
  EXPECT_EQ(to_bits(add_rn(0x1p-126f, -0x1p-149f)), 0x007FFFFFu);
}

TEST(Ieee, FtzKeepsTheSignOfWhatItFlushes) {
  EXPECT_EQ(to_bits(add_rn_ftz(from_bits(0x80000001), -0.0f)), 0x80000000u);
  EXPECT_EQ(to_bits(mul_rn_ftz(-0x1p-100f, 0x1p-49f)), 0x80000000u);
  EXPECT_EQ(to_bits(mul_rn_ftz(from_bits(0x007FFFFF), 0x1p127f)), 0x00000000u);
  EXPECT_EQ(to_bits(div_rn_ftz(1.0f, from_bits(0x80400000))), 0xFF800000u);  // by a flushed -0
  EXPECT_EQ(to_bits(fma_rn_ftz(1.0f, 1.0f, from_bits(0x007FFFFF))), 0x3F800000u);
}

TEST(Ieee, FtzIsDecidedAfterRoundingWithAnUnboundedExponent) {
  // 1 - 2^-24 has 24 bits: below 2^-126 it is flushed, although the subnormal grid would round it up to 2^-126.
  EXPECT_EQ(to_bits(mul_rn_ftz(0x1.fffffep-1f, 0x1p-126f)), 0x00000000u);
  EXPECT_EQ(to_bits(mul_rn(0x1.fffffep-1f, 0x1p-126f)), 0x00800000u);
  EXPECT_EQ(to_bits(div_rn_ftz(-0x1.fffffep-1f, 0x1p126f)), 0x80000000u);
  EXPECT_EQ(to_bits(fma_rn_ftz(0x1p-126f, 0x1p-24f, -0x1p-126f)), 0x80000000u);
  // 18631 * 1801 = 2^25 - 1: a tie of 24 bits, which goes up to 2^-126 and stays.
  EXPECT_EQ(to_bits(mul_rn_ftz(18631 * 0x1p-76f, 1801 * 0x1p-75f)), 0x00800000u);
  // (1 + 2^-13)(1 - 2^-13) = 1 - 2^-26 lies above that tie.
  EXPECT_EQ(to_bits(mul_rn_ftz(0x1.0008p-63f, -0x1.fffp-64f)), 0x80800000u);
  EXPECT_EQ(to_bits(fma_rn_ftz(0x1p-75f, 0x1p-77f, -0x1p-126f)), 0x80800000u);  // 2^-126 - 2^-152
}

TEST(Ieee, NanResultsAreTheGpusOwn) {
  const float inf = from_bits(0x7F800000), nan = from_bits(0xFF812345);
  for (const float result :
       {add_rn(inf, -inf), mul_rn(0.0f, inf), div_rn(0.0f, 0.0f), div_rn(inf, inf), fma_rn(0.0f, inf, 1.0f),
        fma_rn(1.0f, inf, -inf), add_rn(nan, 1.0f), mul_rn(1.0f, nan), div_rn(nan, nan), fma_rn(1.0f, 1.0f, nan),
        add_rn_ftz(nan, 1.0f), mul_rn_ftz(from_bits(1), inf), div_rn_ftz(from_bits(1), from_bits(2)),
        fma_rn_ftz(from_bits(1), inf, 1.0f)})
    EXPECT_EQ(to_bits(result), 0x7FFFFFFFu);
}

TEST(Ieee, SignedZerosFollowIeee) {
  EXPECT_EQ(to_bits(add_rn(0.0f, -0.0f)), 0x00000000u);
  EXPECT_EQ(to_bits(add_rn(-0.0f, -0.0f)), 0x80000000u);
  EXPECT_EQ(to_bits(add_rn(1.0f, -1.0f)), 0x00000000u);
  EXPECT_EQ(to_bits(mul_rn(-0.0f, 3.0f)), 0x80000000u);
  EXPECT_EQ(to_bits(fma_rn(-0.0f, 1.0f, 0.0f)), 0x00000000u);
  EXPECT_EQ(to_bits(fma_rn(-0.0f, 1.0f, -0.0f)), 0x80000000u);
}

// --- fma ---

TEST(Fma, DirectedTriplesAreRoundedOnce) {
  for (const std::uint32_t a : kDirected)
    for (const std::uint32_t b : kDirected)
      for (const std::uint32_t c : kDirected) {
        ASSERT_EQ(to_bits(fma_rn(from_bits(a), from_bits(b), from_bits(c))), oracle::exact_fma(a, b, c))
            << std::hex << a << " " << b << " " << c;
        ASSERT_EQ(to_bits(fma_rn_ftz(from_bits(a), from_bits(b), from_bits(c))),
                  oracle::exact_fma(a, b, c, Subnormals::kFlushed))
            << std::hex << a << " " << b << " " << c;
      }
}

TEST(Fma, RandomTriplesAreRoundedOnce) {
  oracle::SplitMix random(2);
  for (int i = 0; i < 300000; ++i) {
    const std::uint32_t a = random.next32();
    // Every other product lies near the smallest normal number.
    const std::uint32_t b = i % 2 == 0 ? random.next32() : oracle::exact_div(random.next32() % 0x04000000, a);
    const std::uint32_t product = oracle::exact_mul(a, b);
    // An addend beside minus the product cancels; one 24 binades below it decides ties.
    const std::uint32_t near = (product ^ 0x80000000) + (random.next32() % 7) - 3;
    const std::uint32_t below = (random.next32() & 0x807FFFFF) | ((product & 0x7F800000) - (24u << 23));
    // One that leaves a few units around the smallest normal number.
    const std::uint32_t boundary = oracle::exact_fma(a ^ 0x80000000, b, kSmallestNormal) + random.next32() % 5 - 2;
    for (const std::uint32_t c : {random.next32(), near, below, boundary}) {
      ASSERT_EQ(to_bits(fma_rn(from_bits(a), from_bits(b), from_bits(c))), oracle::exact_fma(a, b, c))
          << std::hex << a << " " << b << " " << c;
      ASSERT_EQ(to_bits(fma_rn_ftz(from_bits(a), from_bits(b), from_bits(c))),
                oracle::exact_fma(a, b, c, Subnormals::kFlushed))
          << std::hex << a << " " << b << " " << c;
    }
  }
}

TEST(Fma, ATinyAddendDecidesATieThatBinary64CannotSee) {
  // (1 + 2^-12)^2 = 1 + 2^-11 + 2^-24: a tie in binary32. The addend lies far below binary64's last place, where a
  // product and sum in binary64, then rounded, would lose it.
  const float a = 0x1.001p0f;
  EXPECT_EQ(to_bits(fma_rn(a, a, 0.0f)), to_bits(0x1.002p0f));
  EXPECT_EQ(to_bits(fma_rn(a, a, 0x1p-100f)), to_bits(0x1.002002p0f));
  EXPECT_EQ(to_bits(fma_rn(a, a, -0x1p-100f)), to_bits(0x1.002p0f));
  EXPECT_EQ(to_bits(fma_rn(-a, a, -0x1p-149f)), to_bits(-0x1.002002p0f));
}

TEST(Fma, SubnormalResultsAreRoundedOnce) {
  EXPECT_EQ(to_bits(fma_rn(0x1p-75f, 0x1p-75f, 0.0f)), 0x00000000u);       // 2^-150, tie
  EXPECT_EQ(to_bits(fma_rn(0x1p-75f, 0x1p-75f, 0x1p-149f)), 0x00000002u);  // 1.5 units, tie to even
  EXPECT_EQ(to_bits(fma_rn(0x1.000002p-75f, 0x1p-75f, 0.0f)), 0x00000001u);
  EXPECT_EQ(to_bits(fma_rn(0x1p-126f, 0x1p-126f, 0x1p-149f)), 0x00000001u);
}

// --- contraction ---

// (1 + 2^-12)^2 - (1 + 2^-11): the product rounds to 1 + 2^-11, and only an unrounded one leaves 2^-24. Nothing else
// may use the product in the same function: a compiler that needs it rounded anyway does not fuse. Only a build for a
// chip with fma (-mfma, -march=native, AArch64) could fail here; the others have no such instruction.
volatile float kFactor = 0x1.001p0f, kAddend = -0x1.002p0f;

TEST(Contraction, APlainProductAndSumAreNotFused) {
  const float x = kFactor, y = kFactor, z = kAddend;
  EXPECT_EQ(to_bits(x * y + z), 0u);
}

TEST(Contraction, NamedOperationsAreNotFused) {
  const float x = kFactor, y = kFactor, z = kAddend;
  EXPECT_EQ(to_bits(add_rn(mul_rn(x, y), z)), 0u);
}

TEST(Contraction, OperationsOfTheHostAsAMachineAreNotFused) {
  const Arithmetic x86{Machine::kX86};
  const float x = kFactor, y = kFactor, z = kAddend;
  EXPECT_EQ(to_bits(x86.add_rn(x86.mul_rn(x, y), z)), 0u);
}

TEST(Contraction, FmaIsFused) {
  const float x = kFactor, y = kFactor, z = kAddend;
  EXPECT_EQ(to_bits(fma_rn(x, y, z)), to_bits(0x1p-24f));
}

TEST(Contraction, TheHostEvaluatesInBinary32) {
  volatile float a = 0x1p24f, b = 1.0f;
  const float x = a, y = b;
  EXPECT_EQ(to_bits((x + y) - x), 0u);  // 1 if the sum were kept in a wider type
}

TEST(Contraction, TheHostKeepsSubnormals) {
  volatile float a = 0x1p-126f, b = 0.5f;
  const float x = a, y = b;
  EXPECT_EQ(to_bits(x * y), 0x00400000u);
}

// --- which machine ---

TEST(Machine, X86PassesTheFirstNanQuietedAndGeneratesANegativeOne) {
  const Arithmetic x86{Machine::kX86};
  const float first = from_bits(0x7F812345), second = from_bits(0xFFC54321);
  EXPECT_EQ(to_bits(x86.add_rn(first, second)), 0x7FC12345u);
  EXPECT_EQ(to_bits(x86.mul_rn(1.0f, second)), 0xFFC54321u);
  EXPECT_EQ(to_bits(x86.div_rn(0.0f, 0.0f)), 0xFFC00000u);
  EXPECT_EQ(to_bits(x86.mul_rn(0.0f, from_bits(0x7F800000))), 0xFFC00000u);
}

TEST(Machine, OnlyTheFtzMachineFlushes) {
  const float tiny = from_bits(0x80000001);
  EXPECT_EQ(to_bits(Arithmetic{Machine::kGpuFtz}.read(tiny)), 0x80000000u);
  EXPECT_EQ(to_bits(Arithmetic{Machine::kGpu}.read(tiny)), 0x80000001u);
  EXPECT_EQ(to_bits(Arithmetic{Machine::kX86}.read(tiny)), 0x80000001u);
  EXPECT_EQ(to_bits(Arithmetic{Machine::kGpuFtz}.mul_rn(tiny, 1.0f)), 0x80000000u);
  EXPECT_EQ(to_bits(Arithmetic{Machine::kGpu}.mul_rn(tiny, 1.0f)), 0x80000001u);
}

// --- MUFU: figures measured on an H100 80GB HBM3, driver 580.159.04, CUDA 13.0 ---

struct MufuRow {
  std::uint32_t x, rcp, rsqrt;
};
constexpr MufuRow kMufuTable[] = {
    {0x3F800000, 0x3F800000, 0x3F800000}, {0x3F800001, 0x3F7FFFFE, 0x3F7FFFFE}, {0x3FC00000, 0x3F2AAAAB, 0x3F5105EB},
    {0x40400000, 0x3EAAAAAB, 0x3F13CD3A}, {0x40C00000, 0x3E2AAAAB, 0x3ED105EB}, {0x3DCCCCCD, 0x41200000, 0x404A62C2},
    {0x42FE0000, 0x3C010204, 0x3DB5BB09}, {0x00800000, 0x7E800000, 0x5F000000}, {0x7F7FFFFF, 0x00000000, 0x1F800000},
    {0x7E800000, 0x00800000, 0x20000000}, {0x7E800001, 0x00000000, 0x1FFFFFFE}, {0x00000001, 0x7F800000, 0x7F800000},
    {0x80000000, 0xFF800000, 0xFF800000}, {0x7F800000, 0x00000000, 0x00000000}, {0x7FC12345, 0x7FFFFFFF, 0x7FFFFFFF},
    {0xC0400000, 0xBEAAAAAB, 0x7FFFFFFF}, {0x358637BD, 0x49742400, 0x447A0000}};

TEST(Mufu, CheckValuesHold) {
  for (const MufuRow& row : kMufuTable) {
    EXPECT_EQ(to_bits(rcp_approx_ftz(from_bits(row.x))), row.rcp) << std::hex << row.x;
    EXPECT_EQ(to_bits(rsqrt_approx_ftz(from_bits(row.x))), row.rsqrt) << std::hex << row.x;
  }
}

TEST(Mufu, SpecialInputsOfEitherSign) {
  EXPECT_EQ(to_bits(rcp_approx_ftz(from_bits(0xFF800000))), 0x80000000u);
  EXPECT_EQ(to_bits(rcp_approx_ftz(from_bits(0x807FFFFF))), 0xFF800000u);
  EXPECT_EQ(to_bits(rcp_approx_ftz(from_bits(0xFE800001))), 0x80000000u);
  EXPECT_EQ(to_bits(rcp_approx_ftz(from_bits(0xFF800001))), 0x7FFFFFFFu);
  EXPECT_EQ(to_bits(rsqrt_approx_ftz(from_bits(0xFF800000))), 0x7FFFFFFFu);
  EXPECT_EQ(to_bits(rsqrt_approx_ftz(from_bits(0x80000001))), 0xFF800000u);
}

// As the chip squares: each partial product is cut before it is added, and the sum once more.
TEST(Mufu, TheSquarerIsTheSumOfCutPartialProducts) {
  for (std::uint32_t x = 0; x < 1u << 17; ++x) {
    std::uint32_t sum = 0;
    for (unsigned i = 0; i < 17; ++i)
      if ((x >> i & 1) != 0) sum += x >> (18 - i);
    ASSERT_EQ(mufu_detail::truncated_square(x), sum >> 1) << x;
  }
}

// CRC-32 of the little-endian results for `count` inputs from 1.0 on.
std::uint32_t checksum(float (*function)(float), std::uint32_t count) {
  std::vector<std::uint32_t> results(count);
  for (std::uint32_t i = 0; i < count; ++i) results[i] = to_bits(function(from_bits(0x3F800000 + i)));
  return static_cast<std::uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(results.data()), results.size() * 4));
}

TEST(Mufu, ChecksumsOfOneAndTwoBinadesHold) {
  EXPECT_EQ(checksum(rcp_approx_ftz, 1u << 23), 0xA9F2ECFCu);
  EXPECT_EQ(checksum(rcp_approx_ftz, 1u << 24), 0xCDAE2699u);
  EXPECT_EQ(checksum(rsqrt_approx_ftz, 1u << 23), 0xEFE1FAF5u);
  EXPECT_EQ(checksum(rsqrt_approx_ftz, 1u << 24), 0x9D0587E4u);
}

TEST(Mufu, RcpDiffersFromTheCorrectReciprocalAsMeasured) {
  std::uint32_t low = 0, high = 0, equal = 0;
  for (std::uint32_t bits = 0x3F800000; bits < 0x40000000; ++bits) {
    const std::uint32_t correct = to_bits(div_rn(1.0f, from_bits(bits)));
    const std::uint32_t approximate = to_bits(rcp_approx_ftz(from_bits(bits)));
    if (approximate == correct)
      ++equal;
    else if (approximate + 1 == correct)
      ++low;
    else if (approximate == correct + 1)
      ++high;
  }
  EXPECT_EQ(low, 374723u);
  EXPECT_EQ(high, 733799u);
  EXPECT_EQ(equal, 7280086u);
}

}  // namespace
}  // namespace bitgate::reference
