#include "bitgate/reference/format/conversion.h"

#include <algorithm>
#include <array>
#include <bit>

#include "bitgate/reference/format/stochastic.h"

namespace bitgate {
namespace {

using enum Rounding;

constexpr NanCode kOnes = NanCode::kPositiveAllOnes;
constexpr NanCode kSignedOnes = NanCode::kSignedAllOnes;

constexpr EncodeRule kRn = kCvtRnSatfinite;
constexpr EncodeRule kRz{kTowardZero, Overflow::kSaturate, kOnes};
// FP16 and BF16 toward zero: only infinity is infinity.
constexpr EncodeRule kRzInf{kTowardZero, Overflow::kSaturateFinite, kOnes};
constexpr EncodeRule kMlFinite{kNearestEven, Overflow::kSaturate, NanCode::kNegatedZero};
constexpr EncodeRule kMlIeee{kNearestEven, Overflow::kInfinity, NanCode::kSignedQuiet};
constexpr EncodeRule kMlNan{kNearestEven, Overflow::kNan, NanCode::kSignedQuiet};
constexpr EncodeRule kHost{kNearestEven, Overflow::kSaturate, NanCode::kSignedLargest};
constexpr EncodeRule kGfloatSat{kNearestEvenCode, Overflow::kSaturate, NanCode::kNegativeAllOnes};
constexpr EncodeRule kGfloatNan{kNearestEvenCode, Overflow::kNan, NanCode::kNegativeAllOnes};
constexpr EncodeRule kGfloatInf{kNearestEvenCode, Overflow::kInfinity, NanCode::kNegativeAllOnes};

constexpr float kNoLimit = -std::numeric_limits<float>::infinity();
constexpr float kPositiveOnly = 0x1p-149f;

constexpr std::string_view kFp8Header = "CUDA 13.0 cuda_fp8.hpp, __nv_cvt_float_to_fp8";
constexpr std::string_view kFp8Double = "CUDA 13.0 cuda_fp8.hpp, __nv_cvt_double_to_fp8";
constexpr std::string_view kFp6Header = "CUDA 13.0 cuda_fp6.hpp, __nv_cvt_float_to_fp6 and __nv_cvt_double_to_fp6";
constexpr std::string_view kFp4Header = "CUDA 13.0 cuda_fp4.hpp, __nv_cvt_float_to_fp4 and __nv_cvt_double_to_fp4";
constexpr std::string_view kE8m0Header = "CUDA 13.0 cuda_fp8.hpp, __nv_cvt_float_to_e8m0 and __nv_cvt_double_to_e8m0";
constexpr std::string_view kPtx = "PTX ISA 9.0, cvt";
constexpr std::string_view kMlDtypes = "ml_dtypes 0.6.0, NumPy astype";
constexpr std::string_view kGfloat = "gfloat 0.5.2, round_float then encode_float";
constexpr std::string_view kGfloatSaturating = "gfloat 0.5.2, round_float(sat=True) then encode_float";
constexpr std::string_view kCutlass8 = "CUTLASS 4.2 float8.h, float8_base::convert_float_to_fp8 on the host";
constexpr std::string_view kCutlassExmy = "CUTLASS 4.2 exmy_base.h, FpBitRepresentation::convert_from on the host";

constexpr std::string_view kUe8m0Open = "no GPU was asked about negative numbers, nor about infinity without satfinite";
constexpr std::string_view kRsE2m1Open =
    "no GPU was asked which byte serves which element, nor what decides under the smallest normal number";
constexpr std::string_view kRsWideOpen = "how many random bits an element of four has is not known: 8 are assumed";
constexpr std::string_view kRsHalfOpen = "not run on a GPU";
constexpr std::string_view kTorch213Open = "no build of 2.13 was asked about infinity";
constexpr std::string_view kTf32Open = "no GPU was asked about NaN and overflow";

// Those that take doubles as they are.
constexpr std::array kOfDoubles = std::to_array<Conversion>({
    // A float's NaN is made positive first; a double's is not, and FP4, FP6 and E8M0 know no sign of NaN.
    {"cuda-13.0/e4m3-satfinite", kE4m3, kRn, kFp8Header},
    {"cuda-13.0/e4m3-nosat", kE4m3, {kNearestEven, Overflow::kSignedNan, kOnes}, kFp8Header},
    {"cuda-13.0/e4m3-satfinite-double", kE4m3, {kNearestEven, Overflow::kSaturate, kSignedOnes}, kFp8Double},
    {"cuda-13.0/e4m3-nosat-double", kE4m3, {kNearestEven, Overflow::kNan, kSignedOnes}, kFp8Double},
    {"cuda-13.0/e5m2-satfinite", kE5m2, kRn, kFp8Header},
    {"cuda-13.0/e5m2-nosat", kE5m2, kCvtRnInf, kFp8Header},
    {"cuda-13.0/e5m2-satfinite-double",
     kE5m2,
     {kNearestEven, Overflow::kSaturate, NanCode::kSignedPayload},
     kFp8Double},
    {"cuda-13.0/e5m2-nosat-double", kE5m2, {kNearestEven, Overflow::kInfinity, NanCode::kSignedPayload}, kFp8Double},
    {"cuda-13.0/e2m1-rn", kE2m1, kRn, kFp4Header},
    {"cuda-13.0/e2m1-rz", kE2m1, kRz, kFp4Header},
    {"cuda-13.0/e2m3-rn", kE2m3, kRn, kFp6Header},
    {"cuda-13.0/e2m3-rz", kE2m3, kRz, kFp6Header},
    {"cuda-13.0/e3m2-rn", kE3m2, kRn, kFp6Header},
    {"cuda-13.0/e3m2-rz", kE3m2, kRz, kFp6Header},
    {"cuda-13.0/e8m0-rz-satfinite", kE8m0, kRz, kE8m0Header},
    {"cuda-13.0/e8m0-rz-nosat", kE8m0, kCvtRz, kE8m0Header},
    {"cuda-13.0/e8m0-rp-satfinite", kE8m0, kCvtRpSatfinite, kE8m0Header},
    {"cuda-13.0/e8m0-rp-nosat", kE8m0, kCvtRp, kE8m0Header},
    {"cuda-13.0/fp16-rn", kFp16, kCvtRnInf, "CUDA 13.0 cuda_fp16.hpp, __float2half_rn and __double2half"},
    {"cuda-13.0/fp16-rz", kFp16, kRzInf, "CUDA 13.0 cuda_fp16.hpp, __float2half_rz"},
    {"cuda-13.0/bf16-rn", kBf16, kCvtRnInf, "CUDA 13.0 cuda_bf16.hpp, __float2bfloat16_rn and __double2bfloat16"},
    {"cuda-13.0/bf16-rz", kBf16, kRzInf, "CUDA 13.0 cuda_bf16.hpp, __float2bfloat16_rz"},

    {"gfloat-0.5/ocp_e4m3", kE4m3, kGfloatNan, kGfloat},
    {"gfloat-0.5/ocp_e4m3-sat", kE4m3, kGfloatSat, kGfloatSaturating},
    {"gfloat-0.5/ocp_e5m2", kE5m2, kGfloatInf, kGfloat},
    {"gfloat-0.5/ocp_e5m2-sat", kE5m2, kGfloatSat, kGfloatSaturating},
    {"gfloat-0.5/ocp_e2m3-sat", kE2m3, kGfloatSat, kGfloatSaturating, 0, kNoLimit, true},
    {"gfloat-0.5/ocp_e3m2-sat", kE3m2, kGfloatSat, kGfloatSaturating, 0, kNoLimit, true},
    {"gfloat-0.5/ocp_e2m1-sat", kE2m1, kGfloatSat, kGfloatSaturating, 0, kNoLimit, true},
    // Whatever rounds to a power under 2^-127 is outside: 0.75 * 2^-127 is the tie.
    {"gfloat-0.5/ocp_e8m0", kE8m0, kGfloatNan, kGfloat, 0, 0x1.8p-128f},
    {"gfloat-0.5/ocp_int8-sat", kMxInt8, kGfloatSat, kGfloatSaturating, 0, kNoLimit, true},
});

// Those that take floats: the library, or whoever calls the instruction, makes a double a float first.
constexpr std::array kOfFloats = std::to_array<Conversion>({
    {"ptx/cvt.rn.satfinite.e4m3x2", kE4m3, kRn, kPtx},
    {"ptx/cvt.rn.satfinite.e5m2x2", kE5m2, kRn, kPtx},
    {"ptx/cvt.rn.satfinite.e2m1x2", kE2m1, kRn, kPtx},
    {"ptx/cvt.rn.satfinite.e2m3x2", kE2m3, kRn, kPtx},
    {"ptx/cvt.rn.satfinite.e3m2x2", kE3m2, kRn, kPtx},
    {"ptx/cvt.rz.satfinite.ue8m0x2", kE8m0, kRz, kPtx, 0, kNoLimit, false, kUe8m0Open},
    {"ptx/cvt.rz.ue8m0x2", kE8m0, kCvtRz, kPtx, 0, kNoLimit, false, kUe8m0Open},
    {"ptx/cvt.rp.satfinite.ue8m0x2", kE8m0, kCvtRpSatfinite, kPtx, 0, kNoLimit, false, kUe8m0Open},
    {"ptx/cvt.rp.ue8m0x2", kE8m0, kCvtRp, kPtx, 0, kNoLimit, false, kUe8m0Open},
    {"ptx/cvt.rn.f16", kFp16, kCvtRnInf, kPtx},
    {"ptx/cvt.rz.f16", kFp16, kRzInf, kPtx},
    {"ptx/cvt.rn.bf16", kBf16, kCvtRnInf, kPtx},
    {"ptx/cvt.rz.bf16", kBf16, kRzInf, kPtx},
    {"ptx/cvt.rna.tf32", kTf32, {kNearestAway, Overflow::kInfinity, kOnes}, kPtx, 0, kNoLimit, false, kTf32Open},
    {"ptx/cvt.rs.satfinite.e2m1x4", kE2m1, kRn, kPtx, 8, kNoLimit, false, kRsE2m1Open},
    {"ptx/cvt.rs.satfinite.e4m3x4", kE4m3, kRn, kPtx, 8, kNoLimit, false, kRsWideOpen},
    {"ptx/cvt.rs.satfinite.e5m2x4", kE5m2, kRn, kPtx, 8, kNoLimit, false, kRsWideOpen},
    {"ptx/cvt.rs.satfinite.e2m3x4", kE2m3, kRn, kPtx, 8, kNoLimit, false, kRsWideOpen},
    {"ptx/cvt.rs.f16x2", kFp16, kCvtRnInf, kPtx, 13, kNoLimit, false, kRsHalfOpen},
    {"ptx/cvt.rs.bf16x2", kBf16, kCvtRnInf, kPtx, 13, kNoLimit, false, kRsHalfOpen},

    {"torch-2.11/e4m3fn", kE4m3, kTorchCast, "PyTorch 2.11.0 Float8_e4m3fn.h, as all before 2.13"},
    {"torch-2.13/e4m3fn",
     kE4m3,
     {kNearestEven, Overflow::kSaturateFinite, kSignedOnes},
     "pytorch/pytorch pull request 178817",
     0,
     kNoLimit,
     false,
     kTorch213Open},
    {"torch-2.11/e5m2", kE5m2, kTorchCastInf, "PyTorch 2.11.0 Float8_e5m2.h"},
    {"torch-2.11/e8m0fnu", kE8m0, kTorchCast, "PyTorch 2.11.0 Float8_e8m0fnu.h"},

    {"ml_dtypes-0.6/float4_e2m1fn", kE2m1, kMlFinite, kMlDtypes},
    {"ml_dtypes-0.6/float6_e2m3fn", kE2m3, kMlFinite, kMlDtypes},
    {"ml_dtypes-0.6/float6_e3m2fn", kE3m2, kMlFinite, kMlDtypes},
    {"ml_dtypes-0.6/float8_e3m4", kE3m4, kMlIeee, kMlDtypes},
    {"ml_dtypes-0.6/float8_e4m3", kE4m3Ieee, kMlIeee, kMlDtypes},
    {"ml_dtypes-0.6/float8_e4m3fn", kE4m3, kMlNan, kMlDtypes},
    {"ml_dtypes-0.6/float8_e4m3fnuz", kE4m3Fnuz, kMlNan, kMlDtypes},
    {"ml_dtypes-0.6/float8_e4m3b11fnuz", kE4m3B11Fnuz, kMlNan, kMlDtypes},
    {"ml_dtypes-0.6/float8_e5m2", kE5m2, kMlIeee, kMlDtypes},
    {"ml_dtypes-0.6/float8_e5m2fnuz", kE5m2Fnuz, kMlNan, kMlDtypes},
    {"ml_dtypes-0.6/float8_e8m0fnu", kE8m0, kMlNan, kMlDtypes, 0, kPositiveOnly},

    {"cutlass-4.2/e4m3-host", kE4m3, kRn, kCutlass8},
    {"cutlass-4.2/e5m2-host", kE5m2, kRn, kCutlass8},
    {"cutlass-4.2/e2m1-host", kE2m1, kHost, kCutlassExmy},
    {"cutlass-4.2/e2m3-host", kE2m3, kHost, kCutlassExmy},
    {"cutlass-4.2/e3m2-host", kE3m2, kHost, kCutlassExmy},
    {"cutlass-4.2/ue4m3-host", kUe4m3, kRn, kCutlassExmy},
    // The instruction is E4M3's: bit 7 of the byte holds the sign.
    {"cutlass-4.2/ue4m3-device", kE4m3, kRn, "CUTLASS 4.2 float8.h, float_ue4m3_t::convert_from_float on the device"},
    {"cutlass-4.2/ue8m0-host", kE8m0, {kUp, Overflow::kSaturateFinite, kOnes}, kCutlassExmy},

    {"ggml/fp16-host", kFp16, kGgmlHostHalf, "ggml ggml-impl.h, ggml_compute_fp32_to_fp16"},
});

constexpr auto kConversions = [] {
  std::array<Conversion, kOfDoubles.size() + kOfFloats.size()> all{};
  std::copy(kOfDoubles.begin(), kOfDoubles.end(), all.begin());
  std::copy(kOfFloats.begin(), kOfFloats.end(), all.begin() + kOfDoubles.size());
  for (std::size_t i = kOfDoubles.size(); i < all.size(); ++i) all[i].double_through_float = true;
  return all;
}();

}  // namespace

std::span<const Conversion> conversions() noexcept { return kConversions; }

const Conversion* find_conversion(std::string_view name) noexcept {
  for (const Conversion& conversion : kConversions)
    if (conversion.name == name) return &conversion;
  return nullptr;
}

std::optional<std::uint32_t> convert(const Conversion& conversion, float value, std::uint32_t random) noexcept {
  const encode_detail::Binary32<float> x = encode_detail::unpack(value);
  if (x.nan && conversion.refuses_nan) return std::nullopt;
  if (value < conversion.nan_below) value = std::numeric_limits<float>::quiet_NaN();
  if (conversion.random_bits == 0) return encode(conversion.format, value, conversion.rule);
  return encode_stochastic(conversion.format, value, random, conversion.random_bits, conversion.rule);
}

std::optional<std::uint32_t> convert(const Conversion& conversion, double value, std::uint32_t random) noexcept {
  const float narrowed = narrowed_to_odd(value);
  const bool number = value == value;
  if (!conversion.double_through_float || !number) return convert(conversion, narrowed, random);
  return convert(conversion, static_cast<float>(value), random);
}

std::string_view name_of(Rounding rounding) noexcept {
  switch (rounding) {
    case Rounding::kNearestEven: return "nearest, ties to even";
    case Rounding::kNearestAway: return "nearest, ties away";
    case Rounding::kTowardZero: return "toward zero";
    case Rounding::kUp: return "up";
    case Rounding::kNearestToZero: return "nearest, ties toward zero";
    case Rounding::kDown: return "down";
    case Rounding::kNearestEvenCode: return "nearest, ties to the even code";
  }
  return "?";
}
std::string_view name_of(Overflow overflow) noexcept {
  switch (overflow) {
    case Overflow::kSaturate: return "saturates";
    case Overflow::kNan: return "NaN";
    case Overflow::kInfinity: return "infinity";
    case Overflow::kSaturateFinite: return "saturates but for infinity";
    case Overflow::kSignedNan: return "NaN of the number's sign";
  }
  return "?";
}
std::string_view name_of(NanCode nan) noexcept {
  switch (nan) {
    case NanCode::kPositiveAllOnes: return "positive, all ones";
    case NanCode::kSignedAllOnes: return "signed, all ones";
    case NanCode::kSignedQuiet: return "signed, quiet bit";
    case NanCode::kLargest: return "the largest finite code";
    case NanCode::kZero: return "code 0";
    case NanCode::kSignedPayload: return "signed, quiet bit and payload";
    case NanCode::kSignedLargest: return "signed, the largest code where there is none";
    case NanCode::kNegatedZero: return "a zero of the other sign where there is none";
    case NanCode::kNegativeAllOnes: return "negative, all ones";
  }
  return "?";
}

float narrowed_to_odd(double value) noexcept {
  const auto bits = std::bit_cast<std::uint64_t>(value);
  const auto sign = static_cast<std::uint32_t>(bits >> 63) << 31;
  const int field = static_cast<int>((bits >> 52) & 0x7FF);
  const std::uint64_t mantissa = bits & ((std::uint64_t{1} << 52) - 1);
  // The first `kept` = 52 - lost bits of a number's mantissa, and whether there was more.
  const auto cut = [](std::uint64_t whole, int lost) {
    if (lost > 63) return whole != 0 ? 1u : 0u;
    const bool sticky = (whole & ((std::uint64_t{1} << lost) - 1)) != 0;
    return static_cast<std::uint32_t>(whole >> lost) | (sticky ? 1u : 0u);
  };
  if (field == 0x7FF) return std::bit_cast<float>(sign | 0x7F800000u | cut(mantissa, 29));
  const int exponent = field - 1023;
  if (exponent > 127) return std::bit_cast<float>(sign | 0x7F7FFFFFu);
  if (exponent >= -126)
    return std::bit_cast<float>(sign | static_cast<std::uint32_t>(exponent + 127) << 23 | cut(mantissa, 29));
  // binary64's own subnormals lie far under 2^-149: only that they are not zero remains.
  const std::uint64_t significand = field == 0 ? mantissa : mantissa | std::uint64_t{1} << 52;
  return std::bit_cast<float>(sign | cut(significand, 29 - 126 - exponent));
}

}  // namespace bitgate
