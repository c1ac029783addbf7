#include "bitgate/compare/hardware_model.h"

#include <algorithm>
#include <bit>

#include "bitgate/compare/hardware_arithmetic.h"
#include "bitgate/compare/hardware_fills.h"
#include "bitgate/compare/hardware_rounding.h"

namespace bitgate::compare {
namespace {

using namespace hardware;
using enum HardwareInput;

// What runs over lanes, at the level that was chosen.
template <HardwareFill HardwareFills::*kFill>
void at_level(const HardwareOperands& operands, std::uint32_t begin, std::span<std::uint32_t> results) {
  (hardware_fills().*kFill)(operands, begin, results);
}

using Model = std::uint32_t (*)(std::uint32_t, std::uint32_t, std::uint32_t);

template <Model kModel>
void fill(const HardwareOperands& operands, std::uint32_t begin, std::span<std::uint32_t> results) {
  const auto& [a, b, c] = operands;
  for (std::uint32_t i = 0; i < results.size(); ++i)
    results[i] = kModel(a.at(begin + i), b.at(begin + i), c.at(begin + i));
}

// Functions of binary32 as functions of words.
template <float (*kFunction)(float)>
std::uint32_t of_one(std::uint32_t a, std::uint32_t, std::uint32_t) noexcept {
  return to_bits(kFunction(to_float(a)));
}
template <float (*kFunction)(float, float)>
std::uint32_t of_two(std::uint32_t a, std::uint32_t b, std::uint32_t) noexcept {
  return to_bits(kFunction(to_float(a), to_float(b)));
}
template <float (*kFunction)(float, float, float)>
std::uint32_t of_three(std::uint32_t a, std::uint32_t b, std::uint32_t c) noexcept {
  return to_bits(kFunction(to_float(a), to_float(b), to_float(c)));
}

template <float (*kFunction)(float)>
constexpr auto kOne = fill<of_one<kFunction>>;
template <float (*kFunction)(float, float)>
constexpr auto kBoth = fill<of_two<kFunction>>;
template <float (*kFunction)(float, float, float)>
constexpr auto kAll = fill<of_three<kFunction>>;

constexpr std::array kSuites{
    HardwareSuite{"mufu", "rcp, rsqrt, ex2 and lg2 .approx, with and without .ftz"},
    HardwareSuite{"divide", "div.approx and div.full, with and without .ftz"},
    HardwareSuite{"arithmetic", "add, mul, fma, div, rcp and sqrt, rounded as kernels ask, with and without .ftz"},
    HardwareSuite{"select", "min and max of every kind that kernels use"},
    HardwareSuite{"narrow", "binary32 to FP16, BF16 and FP8; to FP6, FP4 and E8M0 where the GPU has them"},
    HardwareSuite{"widen", "FP16, BF16 and FP8 to wider floats; FP4 and E8M0 where the GPU has them"},
    HardwareSuite{"integer", "binary32 to int32 and to whole numbers, int32 to binary32"},
    HardwareSuite{"library", "CUDA's tanhf, and GELU around it"},
    HardwareSuite{"convert", "binary32 to FP4 and FP6 by bitgate's kernels and by CUDA's headers"},
};

constexpr bool kSample = false, kEvery = true;

constexpr std::array kModels{
    HardwareModel{"rcp.approx.ftz.f32", "mufu", kWord, kEvery, NanRule::kBits,
                  at_level<&HardwareFills::rcp_approx_ftz>},
    HardwareModel{"rsqrt.approx.ftz.f32", "mufu", kWord, kEvery, NanRule::kBits,
                  at_level<&HardwareFills::rsqrt_approx_ftz>},
    HardwareModel{"ex2.approx.ftz.f32", "mufu", kWord, kEvery, NanRule::kBits,
                  at_level<&HardwareFills::ex2_approx_ftz>},
    HardwareModel{"lg2.approx.ftz.f32", "mufu", kWord, kEvery, NanRule::kBits,
                  at_level<&HardwareFills::lg2_approx_ftz>},
    HardwareModel{"rcp.approx.f32", "mufu", kWord, kSample, NanRule::kBits, at_level<&HardwareFills::rcp_approx>},
    HardwareModel{"rsqrt.approx.f32", "mufu", kWord, kSample, NanRule::kBits, at_level<&HardwareFills::rsqrt_approx>},
    HardwareModel{"ex2.approx.f32", "mufu", kWord, kSample, NanRule::kBits, at_level<&HardwareFills::ex2_approx>},
    HardwareModel{"lg2.approx.f32", "mufu", kWord, kSample, NanRule::kBits, at_level<&HardwareFills::lg2_approx>},
    HardwareModel{"div.approx.ftz.f32", "divide", kQuotient, kEvery, NanRule::kBits,
                  at_level<&HardwareFills::div_approx_ftz>},
    HardwareModel{"div.approx.f32", "divide", kQuotient, kSample, NanRule::kBits, at_level<&HardwareFills::div_approx>},
    HardwareModel{"div.full.ftz.f32", "divide", kQuotient, kSample, NanRule::kBits,
                  at_level<&HardwareFills::div_full_ftz>},
    HardwareModel{"div.full.f32", "divide", kQuotient, kEvery, NanRule::kBits, at_level<&HardwareFills::div_full>},
    HardwareModel{"add.rn.f32", "arithmetic", kTwo, kSample, NanRule::kBits, at_level<&HardwareFills::add_rn>},
    HardwareModel{"mul.rn.f32", "arithmetic", kTwo, kSample, NanRule::kBits, at_level<&HardwareFills::mul_rn>},
    HardwareModel{"fma.rn.f32", "arithmetic", kThree, kSample, NanRule::kBits, at_level<&HardwareFills::fma_rn>},
    HardwareModel{"div.rn.f32", "arithmetic", kQuotient, kEvery, NanRule::kBits, at_level<&HardwareFills::div_rn>},
    HardwareModel{"rcp.rn.f32", "arithmetic", kWord, kEvery, NanRule::kBits, at_level<&HardwareFills::rcp_rn>},
    HardwareModel{"sqrt.rn.f32", "arithmetic", kWord, kEvery, NanRule::kBits, kOne<sqrt_rn>},
    HardwareModel{"add.rn.ftz.f32", "arithmetic", kTwo, kSample, NanRule::kBits, at_level<&HardwareFills::add_rn_ftz>},
    HardwareModel{"mul.rn.ftz.f32", "arithmetic", kTwo, kSample, NanRule::kBits, at_level<&HardwareFills::mul_rn_ftz>},
    HardwareModel{"fma.rn.ftz.f32", "arithmetic", kThree, kSample, NanRule::kBits,
                  at_level<&HardwareFills::fma_rn_ftz>},
    HardwareModel{"div.rn.ftz.f32", "arithmetic", kQuotient, kSample, NanRule::kBits,
                  at_level<&HardwareFills::div_rn_ftz>},
    HardwareModel{"add.rz.ftz.f32", "arithmetic", kTwo, kSample, NanRule::kBits, kBoth<add_rz_ftz>},
    HardwareModel{"fma.rz.f32", "arithmetic", kThree, kSample, NanRule::kBits, kAll<fma_rz>},
    HardwareModel{"fma.rp.f32", "arithmetic", kThree, kSample, NanRule::kBits, kAll<fma_rp>},
    HardwareModel{"mul.rn.bf16x2", "arithmetic", kTwo, kSample, NanRule::kBits, fill<mul_rn_bf16x2>},
    HardwareModel{"fma.rn.bf16x2", "arithmetic", kThree, kSample, NanRule::kBits, fill<fma_rn_bf16x2>},
    HardwareModel{"min.f32", "select", kTwo, kSample, NanRule::kBits, kBoth<min_number>},
    HardwareModel{"max.f32", "select", kTwo, kSample, NanRule::kBits, kBoth<max_number>},
    HardwareModel{"min.ftz.f32", "select", kTwo, kSample, NanRule::kBits, kBoth<min_number_ftz>},
    HardwareModel{"max.ftz.f32", "select", kTwo, kSample, NanRule::kBits, kBoth<max_number_ftz>},
    HardwareModel{"min.NaN.f32", "select", kTwo, kSample, NanRule::kBits, kBoth<min_nan>},
    HardwareModel{"max.NaN.f32", "select", kTwo, kSample, NanRule::kBits, kBoth<max_nan>},
    HardwareModel{"min.xorsign.abs.f32", "select", kTwo, kSample, NanRule::kAnyNan, kBoth<min_magnitude>},
    HardwareModel{"cvt.rn.satfinite.e4m3x2.f32", "narrow", kPair, kEvery, NanRule::kBits,
                  at_level<&HardwareFills::e4m3_pair>},
    HardwareModel{"cvt.rn.satfinite.e5m2x2.f32", "narrow", kPair, kEvery, NanRule::kBits,
                  at_level<&HardwareFills::e5m2_pair>},
    HardwareModel{"cvt.rn.f16.f32", "narrow", kWord, kEvery, NanRule::kBits, at_level<&HardwareFills::fp16>},
    HardwareModel{"cvt.rn.bf16.f32", "narrow", kWord, kEvery, NanRule::kBits, at_level<&HardwareFills::bf16>},
    HardwareModel{"cvt.rn.f16x2.f32", "narrow", kPair, kSample, NanRule::kBits, at_level<&HardwareFills::fp16_pair>},
    HardwareModel{"cvt.rn.bf16x2.f32", "narrow", kPair, kSample, NanRule::kBits, at_level<&HardwareFills::bf16_pair>},
    HardwareModel{"cvt.rn.satfinite.e2m1x2.f32", "narrow", kPair, kEvery, NanRule::kBits,
                  at_level<&HardwareFills::e2m1_pair>},
    HardwareModel{"cvt.rn.satfinite.e2m3x2.f32", "narrow", kPair, kSample, NanRule::kBits,
                  at_level<&HardwareFills::e2m3_pair>},
    HardwareModel{"cvt.rn.satfinite.e3m2x2.f32", "narrow", kPair, kSample, NanRule::kBits,
                  at_level<&HardwareFills::e3m2_pair>},
    HardwareModel{"cvt.rp.satfinite.ue8m0x2.f32", "narrow", kPositivePair, kEvery, NanRule::kBits,
                  at_level<&HardwareFills::e8m0_pair_up>},
    HardwareModel{"cvt.rz.satfinite.ue8m0x2.f32", "narrow", kPositivePair, kSample, NanRule::kBits,
                  at_level<&HardwareFills::e8m0_pair_toward_zero>},
    HardwareModel{"cvt.f32.f16", "widen", kCodes16, kEvery, NanRule::kAnyNan, fill<widened_fp16>},
    HardwareModel{"cvt.f32.bf16", "widen", kCodes16, kEvery, NanRule::kAnyNan, fill<widened_bf16>},
    HardwareModel{"cvt.rn.f16x2.e4m3x2", "widen", kCodes16, kEvery, NanRule::kBits, fill<widened_e4m3_pair>},
    HardwareModel{"cvt.rn.f16x2.e5m2x2", "widen", kCodes16, kEvery, NanRule::kBits, fill<widened_e5m2_pair>},
    HardwareModel{"cvt.rn.f16x2.e2m1x2", "widen", kCodes8, kEvery, NanRule::kBits, fill<widened_e2m1_pair>},
    HardwareModel{"cvt.rn.bf16x2.ue8m0x2", "widen", kCodes16, kEvery, NanRule::kBits, fill<widened_e8m0_pair>},
    HardwareModel{"cvt.rzi.s32.f32", "integer", kWord, kEvery, NanRule::kBits,
                  at_level<&HardwareFills::int32_toward_zero>},
    HardwareModel{"cvt.rzi.ftz.s32.f32", "integer", kWord, kSample, NanRule::kBits,
                  at_level<&HardwareFills::int32_toward_zero>},
    HardwareModel{"cvt.rni.s32.f32", "integer", kWord, kSample, NanRule::kBits,
                  at_level<&HardwareFills::int32_nearest>},
    HardwareModel{"cvt.rni.f32.f32", "integer", kWord, kEvery, NanRule::kAnyNan,
                  at_level<&HardwareFills::round_half_even>},
    HardwareModel{"cvt.rn.f32.s32", "integer", kWord, kEvery, NanRule::kBits, at_level<&HardwareFills::float_of_int32>},
    HardwareModel{"tanhf", "library", kWord, kSample, NanRule::kBits, at_level<&HardwareFills::tanh_of_cuda>},
    HardwareModel{"gelu", "library", kWord, kSample, NanRule::kBits, at_level<&HardwareFills::gelu>},
    HardwareModel{"bitgate-e2m1x2", "convert", kPair, kEvery, NanRule::kBits, at_level<&HardwareFills::e2m1_pair>},
    HardwareModel{"cuda_fp4.h-e2m1x2", "convert", kPair, kEvery, NanRule::kBits, at_level<&HardwareFills::e2m1_pair>},
    HardwareModel{"bitgate-e2m3x2", "convert", kPair, kEvery, NanRule::kBits, at_level<&HardwareFills::e2m3_pair>},
    HardwareModel{"cuda_fp6.h-e2m3x2", "convert", kPair, kEvery, NanRule::kBits, at_level<&HardwareFills::e2m3_pair>},
    HardwareModel{"bitgate-e3m2x2", "convert", kPair, kEvery, NanRule::kBits, at_level<&HardwareFills::e3m2_pair>},
    HardwareModel{"cuda_fp6.h-e3m2x2", "convert", kPair, kEvery, NanRule::kBits, at_level<&HardwareFills::e3m2_pair>},
};

}  // namespace

int operands_of(HardwareInput input) noexcept {
  switch (input) {
    case kWord:
    case kCodes16:
    case kCodes8: return 1;
    case kPair:
    case kPositivePair:
    case kQuotient:
    case kTwo: return 2;
    case kThree: return 3;
  }
  return 0;
}

std::span<const HardwareModel> hardware_models() noexcept { return kModels; }

const HardwareModel* find_hardware_model(std::string_view op) noexcept {
  const auto found = std::find_if(kModels.begin(), kModels.end(), [&](const HardwareModel& m) { return m.op == op; });
  return found == kModels.end() ? nullptr : &*found;
}

std::span<const HardwareSuite> hardware_suites() noexcept { return kSuites; }

}  // namespace bitgate::compare
