// The rows "cuda-13.0/..." against CUDA's own host converters: all 2^32 floats, and 2^23 doubles (every sign, exponent
// and upper eight bits of the mantissa, at and beside what these bits say). Label `exhaustive`; compiled where the CUDA
// Toolkit's headers are.
#include <cuda_bf16.h>
#include <cuda_fp16.h>
#include <cuda_fp4.h>
#include <cuda_fp6.h>
#include <cuda_fp8.h>
#include <cuda_runtime_api.h>
#include <gtest/gtest.h>
#include <tbb/blocked_range.h>
#include <tbb/parallel_reduce.h>

#include <bit>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string_view>
#include <vector>

#include "bitgate/reference/format/conversion.h"

namespace bitgate {
namespace {

struct Difference {
  std::uint64_t bits;
  std::uint32_t expected, actual;
};

struct Verdict {
  std::uint64_t compared = 0, different = 0;
  std::vector<Difference> first;

  void add(std::uint64_t bits, std::uint32_t expected, std::uint32_t actual) {
    ++compared;
    if (expected == actual) return;
    ++different;
    if (first.size() < 3) first.push_back({bits, expected, actual});
  }
  static Verdict joined(Verdict a, const Verdict& b) {
    a.compared += b.compared;
    a.different += b.different;
    a.first.insert(a.first.end(), b.first.begin(), b.first.end());
    return a;
  }
};

constexpr EncodeRule kRz{Rounding::kTowardZero, Overflow::kSaturate, NanCode::kPositiveAllOnes};
constexpr EncodeRule kRzInf{Rounding::kTowardZero, Overflow::kSaturateFinite, NanCode::kPositiveAllOnes};
constexpr EncodeRule kSignedNan{Rounding::kNearestEven, Overflow::kSignedNan, NanCode::kPositiveAllOnes};

constexpr std::uint64_t kChunk = std::uint64_t{1} << 20;

// Calls check(i, verdict) for i in 0 .. count - 1, in chunks over all cores.
template <class Check>
Verdict over_all(std::uint64_t count, Check check) {
  const tbb::blocked_range<std::uint64_t> chunks(0, count / kChunk);
  return tbb::parallel_reduce(
      chunks, Verdict{},
      [&](const tbb::blocked_range<std::uint64_t>& some, Verdict verdict) {
        for (std::uint64_t i = some.begin() * kChunk; i < some.end() * kChunk; ++i) check(i, verdict);
        return verdict;
      },
      Verdict::joined);
}

template <class Check>
void expect_none_differs(std::string_view name, std::uint64_t count, Check check) {
  if (CUDART_VERSION / 10 != 1300) GTEST_SKIP() << "the headers are of CUDA " << CUDART_VERSION << ", not of 13.0";
  const auto start = std::chrono::steady_clock::now();
  const Verdict verdict = over_all(count, check);
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  std::printf("%.*s: %llu compared, %llu differ, %.1f s\n", static_cast<int>(name.size()), name.data(),
              static_cast<unsigned long long>(verdict.compared), static_cast<unsigned long long>(verdict.different),
              seconds);
  std::fflush(stdout);
  EXPECT_EQ(verdict.compared, count);
  EXPECT_EQ(verdict.different, 0u);
  for (const Difference& d : verdict.first)
    ADD_FAILURE() << name << std::hex << ": " << d.bits << " is " << d.expected << " there, here " << d.actual;
}

// theirs: what CUDA does with a float. The row's format and rule stand here once more, so that encode() is compiled for
// them alone.
template <const Format* kFormat, EncodeRule kRule, class Theirs>
void expect_all_floats(std::string_view name, Theirs theirs) {
  const Conversion* conversion = find_conversion(name);
  ASSERT_NE(conversion, nullptr) << name;
  ASSERT_EQ(conversion->format.name, kFormat->name) << name;
  ASSERT_EQ(conversion->rule, kRule) << name;
  expect_none_differs(name, std::uint64_t{1} << 32, [&](std::uint64_t bits, Verdict& verdict) {
    const auto value = std::bit_cast<float>(static_cast<std::uint32_t>(bits));
    verdict.add(bits, theirs(value), encode(*kFormat, value, kRule));
  });
}

// Number i of the doubles: sign, exponent and the upper eight bits of the mantissa count up; below them stands one of
// eight patterns: none, the last bit, half, half but the last, all, mixed bits, and one bit that binary32 loses or
// keeps.
double double_of(std::uint64_t i) {
  constexpr std::uint64_t kLower[] = {0,
                                      1,
                                      std::uint64_t{1} << 43,
                                      (std::uint64_t{1} << 43) - 1,
                                      0xFFFFFFFFFFF,
                                      0x123456789AB,
                                      std::uint64_t{1} << 20,
                                      std::uint64_t{1} << 28};
  return std::bit_cast<double>((i >> 3) << 44 | kLower[i & 7]);
}

template <class Theirs>
void expect_doubles(std::string_view name, Theirs theirs) {
  const Conversion* conversion = find_conversion(name);
  ASSERT_NE(conversion, nullptr) << name;
  expect_none_differs(name, std::uint64_t{1} << 23, [&](std::uint64_t i, Verdict& verdict) {
    const double value = double_of(i);
    verdict.add(std::bit_cast<std::uint64_t>(value), theirs(value), *convert(*conversion, value));
  });
}

TEST(CudaHeaders, Fp8) {
  expect_all_floats<&kE4m3, kCvtRnSatfinite>(
      "cuda-13.0/e4m3-satfinite", [](float x) { return __nv_cvt_float_to_fp8(x, __NV_SATFINITE, __NV_E4M3); });
  expect_all_floats<&kE4m3, kSignedNan>("cuda-13.0/e4m3-nosat",
                                        [](float x) { return __nv_cvt_float_to_fp8(x, __NV_NOSAT, __NV_E4M3); });
  expect_all_floats<&kE5m2, kCvtRnSatfinite>(
      "cuda-13.0/e5m2-satfinite", [](float x) { return __nv_cvt_float_to_fp8(x, __NV_SATFINITE, __NV_E5M2); });
  expect_all_floats<&kE5m2, kCvtRnInf>("cuda-13.0/e5m2-nosat",
                                       [](float x) { return __nv_cvt_float_to_fp8(x, __NV_NOSAT, __NV_E5M2); });
}

TEST(CudaHeaders, Fp4) {
  expect_all_floats<&kE2m1, kCvtRnSatfinite>(
      "cuda-13.0/e2m1-rn", [](float x) { return __nv_cvt_float_to_fp4(x, __NV_E2M1, cudaRoundNearest); });
  expect_all_floats<&kE2m1, kRz>("cuda-13.0/e2m1-rz",
                                 [](float x) { return __nv_cvt_float_to_fp4(x, __NV_E2M1, cudaRoundZero); });
}

TEST(CudaHeaders, Fp6) {
  expect_all_floats<&kE2m3, kCvtRnSatfinite>(
      "cuda-13.0/e2m3-rn", [](float x) { return __nv_cvt_float_to_fp6(x, __NV_E2M3, cudaRoundNearest); });
  expect_all_floats<&kE2m3, kRz>("cuda-13.0/e2m3-rz",
                                 [](float x) { return __nv_cvt_float_to_fp6(x, __NV_E2M3, cudaRoundZero); });
  expect_all_floats<&kE3m2, kCvtRnSatfinite>(
      "cuda-13.0/e3m2-rn", [](float x) { return __nv_cvt_float_to_fp6(x, __NV_E3M2, cudaRoundNearest); });
  expect_all_floats<&kE3m2, kRz>("cuda-13.0/e3m2-rz",
                                 [](float x) { return __nv_cvt_float_to_fp6(x, __NV_E3M2, cudaRoundZero); });
}

TEST(CudaHeaders, E8m0) {
  expect_all_floats<&kE8m0, kRz>("cuda-13.0/e8m0-rz-satfinite",
                                 [](float x) { return __nv_cvt_float_to_e8m0(x, __NV_SATFINITE, cudaRoundZero); });
  expect_all_floats<&kE8m0, kCvtRz>("cuda-13.0/e8m0-rz-nosat",
                                    [](float x) { return __nv_cvt_float_to_e8m0(x, __NV_NOSAT, cudaRoundZero); });
  expect_all_floats<&kE8m0, kCvtRpSatfinite>("cuda-13.0/e8m0-rp-satfinite", [](float x) {
    return __nv_cvt_float_to_e8m0(x, __NV_SATFINITE, cudaRoundPosInf);
  });
  expect_all_floats<&kE8m0, kCvtRp>("cuda-13.0/e8m0-rp-nosat",
                                    [](float x) { return __nv_cvt_float_to_e8m0(x, __NV_NOSAT, cudaRoundPosInf); });
}

TEST(CudaHeaders, SixteenBits) {
  expect_all_floats<&kFp16, kCvtRnInf>("cuda-13.0/fp16-rn", [](float x) { return __half_raw(__float2half_rn(x)).x; });
  expect_all_floats<&kFp16, kRzInf>("cuda-13.0/fp16-rz", [](float x) { return __half_raw(__float2half_rz(x)).x; });
  expect_all_floats<&kBf16, kCvtRnInf>("cuda-13.0/bf16-rn",
                                       [](float x) { return __nv_bfloat16_raw(__float2bfloat16_rn(x)).x; });
  expect_all_floats<&kBf16, kRzInf>("cuda-13.0/bf16-rz",
                                    [](float x) { return __nv_bfloat16_raw(__float2bfloat16_rz(x)).x; });
}

TEST(CudaHeaders, Doubles) {
  expect_doubles("cuda-13.0/e4m3-satfinite-double",
                 [](double x) { return __nv_cvt_double_to_fp8(x, __NV_SATFINITE, __NV_E4M3); });
  expect_doubles("cuda-13.0/e4m3-nosat-double",
                 [](double x) { return __nv_cvt_double_to_fp8(x, __NV_NOSAT, __NV_E4M3); });
  expect_doubles("cuda-13.0/e5m2-satfinite-double",
                 [](double x) { return __nv_cvt_double_to_fp8(x, __NV_SATFINITE, __NV_E5M2); });
  expect_doubles("cuda-13.0/e5m2-nosat-double",
                 [](double x) { return __nv_cvt_double_to_fp8(x, __NV_NOSAT, __NV_E5M2); });
  expect_doubles("cuda-13.0/e2m1-rn", [](double x) { return __nv_cvt_double_to_fp4(x, __NV_E2M1, cudaRoundNearest); });
  expect_doubles("cuda-13.0/e2m1-rz", [](double x) { return __nv_cvt_double_to_fp4(x, __NV_E2M1, cudaRoundZero); });
  expect_doubles("cuda-13.0/e2m3-rn", [](double x) { return __nv_cvt_double_to_fp6(x, __NV_E2M3, cudaRoundNearest); });
  expect_doubles("cuda-13.0/e2m3-rz", [](double x) { return __nv_cvt_double_to_fp6(x, __NV_E2M3, cudaRoundZero); });
  expect_doubles("cuda-13.0/e3m2-rn", [](double x) { return __nv_cvt_double_to_fp6(x, __NV_E3M2, cudaRoundNearest); });
  expect_doubles("cuda-13.0/e3m2-rz", [](double x) { return __nv_cvt_double_to_fp6(x, __NV_E3M2, cudaRoundZero); });
  expect_doubles("cuda-13.0/e8m0-rz-satfinite",
                 [](double x) { return __nv_cvt_double_to_e8m0(x, __NV_SATFINITE, cudaRoundZero); });
  expect_doubles("cuda-13.0/e8m0-rz-nosat",
                 [](double x) { return __nv_cvt_double_to_e8m0(x, __NV_NOSAT, cudaRoundZero); });
  expect_doubles("cuda-13.0/e8m0-rp-satfinite",
                 [](double x) { return __nv_cvt_double_to_e8m0(x, __NV_SATFINITE, cudaRoundPosInf); });
  expect_doubles("cuda-13.0/e8m0-rp-nosat",
                 [](double x) { return __nv_cvt_double_to_e8m0(x, __NV_NOSAT, cudaRoundPosInf); });
  expect_doubles("cuda-13.0/fp16-rn", [](double x) { return __half_raw(__double2half(x)).x; });
  expect_doubles("cuda-13.0/bf16-rn", [](double x) { return __nv_bfloat16_raw(__double2bfloat16(x)).x; });
}

}  // namespace
}  // namespace bitgate
