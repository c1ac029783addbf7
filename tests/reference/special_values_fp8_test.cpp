// Special values of the FP8 (and DeepGEMM's FP4) recipes of inference engines, by hand from flashinfer-vllm-cutlass.md
// 1.6, 3.10, 3.14 to 3.16, 4.3, 5, 7 and 12. An amax of 448 scales by 1, and so does one of 6 for E2M1.
#include <gtest/gtest.h>

#include "bitgate/tests/support/special_rows.h"

namespace bitgate::oracle {
namespace {

using enum Value;

constexpr std::string_view kTensor = "vllm/fp8-static vllm/fp8-tensor", kVllmToken = "vllm/fp8-token";
constexpr std::string_view kVllm = "vllm/fp8-group", kVllmPower = "vllm/fp8-group-ue8m0";
constexpr std::string_view kVllmByte = "vllm/fp8-group-packed";
constexpr std::string_view kV1 = "sglang/fp8-group-v1", kV1Fast = "sglang/fp8-group-v1-sm90";
constexpr std::string_view kV1s = "sglang/fp8-group-v1 sglang/fp8-group-v1-sm90";
constexpr std::string_view kV1Bytes = "sglang/fp8-group-v1-ue8m0 sglang/fp8-group-v1-ue8m0-sm90";
constexpr std::string_view kV2 = "sglang/fp8-group-v2", kV2Fast = "sglang/fp8-group-v2-sm90";
constexpr std::string_view kV2s = "sglang/fp8-group-v2 sglang/fp8-group-v2-sm90";
constexpr std::string_view kV2Bytes = "sglang/fp8-group-v2-ue8m0 sglang/fp8-group-v2-ue8m0-sm90";
constexpr std::string_view kV2Row = "sglang/fp8-group-v2-ue8m0-row", kV2RowFast = "sglang/fp8-group-v2-ue8m0-row-sm90";
constexpr std::string_view kV2Rows = "sglang/fp8-group-v2-ue8m0-row sglang/fp8-group-v2-ue8m0-row-sm90";
constexpr std::string_view kSgToken = "sglang/fp8-token", kSgTokenFast = "sglang/fp8-token-sm90";
constexpr std::string_view kSgTokens = "sglang/fp8-token sglang/fp8-token-sm90";
constexpr std::string_view kSmall = "sglang/fp8-token-small", kSmallFast = "sglang/fp8-token-small-sm90";
constexpr std::string_view kSmalls = "sglang/fp8-token-small sglang/fp8-token-small-sm90";
constexpr std::string_view kTrtToken = "trtllm/fp8-token trtllm/fp8-token-direct";
constexpr std::string_view kTrtTokens = "trtllm/fp8-token*", kFlashTokens = "flashinfer/fp8-token*";
constexpr std::string_view kFlashToken = "flashinfer/fp8-token flashinfer/fp8-token-direct";
constexpr std::string_view kMinScale = "trtllm/fp8-token-minscale flashinfer/fp8-token-minscale";
constexpr std::string_view kBlocks = "trtllm/fp8-1x128 trtllm/fp8-128x128 trtllm/fp8-128x128-2025";
constexpr std::string_view kFlashBlocks = "flashinfer/fp8-1x128 flashinfer/fp8-128x128";
constexpr std::string_view kTile = "flashinfer/fp8-cutile-row flashinfer/fp8-cutile-column";
constexpr std::string_view kTiles = "flashinfer/fp8-cutile-*", kTilePower = "flashinfer/fp8-cutile-ue8m0";
constexpr std::string_view kFlashByte = "flashinfer/fp8-group-packed", kTriton = "deepseek/fp8-1x128";
constexpr std::string_view kGemm = "deepgemm/fp8-1x128 deepgemm/fp8-128x128", kGemmCpu = "deepgemm/*-cpu";
constexpr std::string_view kGemmPower = "deepgemm/*-ue8m0", kFp4 = "deepgemm/fp4-1x32 deepgemm/fp4-1x128";
constexpr std::string_view kEp = "deepep/fp8-1x128", kEpByte = "deepep/fp8-1x128-ue8m0";
// Where nothing is special: a scale of 1 as binary32, or as the byte 7F.
constexpr std::string_view kAnyByte =
    "vllm/fp8-group-packed sglang/fp8-group-v1-ue8m0 sglang/fp8-group-v1-ue8m0-sm90 sglang/fp8-group-v2-ue8m0 "
    "sglang/fp8-group-v2-ue8m0-sm90 flashinfer/fp8-group-packed deepep/fp8-1x128-ue8m0";
constexpr std::string_view kAnyFp8 =
    "sglang/fp8-* trtllm/fp8-* flashinfer/fp8-* deepseek/* deepgemm/fp8-* deepep/* vllm/fp8-group vllm/fp8-group-ue8m0";
constexpr std::string_view kAnyFp32 = "vllm/fp8-static vllm/fp8-tensor vllm/fp8-token";

constexpr Three kBfTinyAnd0{kMinusBf1st, kPlus0, k2m127}, kBfMaxAnd3{kMinusBfMax, k3, kBfMax};
constexpr Three bf_small_and(std::uint32_t m) { return {kMinusBf1st, k2m127, m}; }
constexpr Three kAbove448{0xC4600000, k3, 0x44E00000};  // -896, 3, 1792

// amax / 448 and amax * RN(1/448), RN(1/448) being 4.5e-8 too large, of the floors 1e-10, 1e-4 and bf16(1e-6) = 3586,
// and of BF16_MAX.
constexpr std::uint32_t kEps10 = 0x2A7B5123, kEps10Times = 0x2A7B5124, kEps4 = 0x346FACAD;
constexpr std::uint32_t kEps6 = 0x31192492, kEps6Times = 0x31192493, kMinFp8 = 0x36924925;
constexpr std::uint32_t kBfMax448 = 0x7B11B6DB, kBfMaxTimes = 0x7B11B6DC;
constexpr std::uint32_t k2m33 = 0x2F000000, k2m42 = 0x2A800000, k2m22 = 0x34800000, k2m15 = 0x38000000;
constexpr std::uint32_t k2p120 = 0x7B800000, k2p126 = 0x7E800000, k2p127 = 0x7F000000;
constexpr std::uint32_t k2m127Over448 = 0x00002492;  // 9362.29 subnormal steps

constexpr SpecialRow kRows[] = {
    // clang-format off
    // A maximum drops NaN. max(min(y, 448), -448) makes 448 of it, min(max(y, -448), 448) makes -448, a bare cast 7F.
    answers(kTensor, kNan, kNone, nan_and(k448), kNone, kOne, {0x7E, 0x44, 0xFE}),
    answers(kVllmToken, kNan, kNone, nan_and(k448), kNone, kOne, {0x7E, 0x44, 0xFE}),
    answers(kVllm, kNan, kNone, nan_and(k448), kNone, kOne, {0xFE, 0x44, 0xFE}),
    answers(kVllmPower, kNan, kNone, nan_and(k448), kNone, kOne, {0xFE, 0x44, 0xFE}),
    answers(kVllmByte, kNan, kNone, nan_and(k448), kNone, 0x7F, {0xFE, 0x44, 0xFE}),
    answers(kV1s, kNan, kNone, nan_and(k448), kNone, kOne, {0x7F, 0x44, 0xFE}),
    answers(kV1Bytes, kNan, kNone, nan_and(k448), kNone, 0x7F, {0x7F, 0x44, 0xFE}),
    answers(kV2s, kNan, kNone, nan_and(k448), kNone, kOne, {0xFE, 0x44, 0xFE}),
    answers(kV2Bytes, kNan, kNone, nan_and(k448), kNone, 0x7F, {0xFE, 0x44, 0xFE}),
    answers(kV2Rows, kNan, kNone, nan_and(k448), kNone, kOne, {0xFE, 0x44, 0xFE}),
    answers(kSgTokens, kNan, kNone, nan_and(k448), kNone, kOne, {0x7E, 0x44, 0xFE}),
    answers(kSmalls, kNan, kNone, nan_and(k448), kNone, kOne, {0x7E, 0x44, 0xFE}),
    refuses(kTrtTokens, kNan, kNone, nan_and(k448)),
    refuses(kFlashTokens, kNan, kNone, nan_and(k448)),
    answers(kBlocks, kNan, kNone, nan_and(k448), kNone, kOne, {0x7F, 0x44, 0xFE}),
    answers(kFlashBlocks, kNan, kNone, nan_and(k448), kNone, kOne, {0x7F, 0x44, 0xFE}),
    refuses(kTiles, kNan, kNone, nan_and(k448)),
    refuses(kFlashByte, kNan, kNone, nan_and(k448)),
    answers(kTriton, kNan, kNone, nan_and(k448), kNone, kOne, {0x7F, 0x44, 0xFE}),
    // PyTorch keeps it: sf is NaN; its bits' exponent 255 + 1 is held at 254, 2^127.
    answers(kGemm, kNan, kNone, nan_and(k448), kNone, kGpuNan, {0x7F, 0x7F, 0x7F}),
    answers(kGemmPower, kNan, kNone, nan_and(k448), kNone, k2p127, {0x7F, 0x00, 0x80}),
    refuses(kGemmCpu, kNan, kNone, nan_and(k448)),
    answers(kFp4, kNan, kNone, nan_and(k6), kNone, k2p127, {0x7, 0x0, 0x0}),
    answers(kEp, kNan, kNone, nan_and(k448), kNone, kOne, {0x7F, 0x44, 0xFE}),
    answers(kEpByte, kNan, kNone, nan_and(k448), kNone, 0x7F, {0x7F, 0x44, 0xFE}),

    // amax 0, or the floor: 1e-10 / 448 = 2.2e-13 lies under 2^-42 (SGLang); vLLM's scale is at least 1e-10, 2^-33.
    answers(kTensor, kAllNan, kNone, kNans, kNone, 0, {0x7E, 0x7E, 0x7E}),
    answers(kVllmToken, kAllNan, kNone, kNans, kNone, kMinFp8, {0x7E, 0x7E, 0x7E}),
    answers(kVllm, kAllNan, kNone, kNans, kNone, kEps10, {0xFE, 0xFE, 0xFE}),
    answers(kVllmPower, kAllNan, kNone, kNans, kNone, k2m33, {0xFE, 0xFE, 0xFE}),
    answers(kVllmByte, kAllNan, kNone, kNans, kNone, 0x5E, {0xFE, 0xFE, 0xFE}),
    answers(kV1s, kAllNan, kNone, kNans, kNone, kEps10Times, {0x7F, 0x7F, 0x7F}),
    answers(kV1Bytes, kAllNan, kNone, kNans, kNone, 0x55, {0x7F, 0x7F, 0x7F}),
    answers(kV2s, kAllNan, kNone, kNans, kNone, kEps10Times, {0xFE, 0xFE, 0xFE}),
    answers(kV2Bytes, kAllNan, kNone, kNans, kNone, 0x55, {0xFE, 0xFE, 0xFE}),
    answers(kV2Rows, kAllNan, kNone, kNans, kNone, k2m42, {0xFE, 0xFE, 0xFE}),
    answers(kSgTokens, kAllNan, kNone, kNans, kNone, 0, {0x7E, 0x7E, 0x7E}),
    answers(kSmalls, kAllNan, kNone, kNans, kNone, 0, {0x7E, 0x7E, 0x7E}),
    refuses(kTrtTokens, kAllNan, kNone, kNans),
    refuses(kFlashTokens, kAllNan, kNone, kNans),
    answers(kBlocks, kAllNan, kNone, kNans, kNone, kOne, {0x7F, 0x7F, 0x7F}),
    answers(kFlashBlocks, kAllNan, kNone, kNans, kNone, kOne, {0x7F, 0x7F, 0x7F}),
    refuses(kTiles, kAllNan, kNone, kNans),
    refuses(kFlashByte, kAllNan, kNone, kNans),
    answers(kTriton, kAllNan, kNone, kNans, kNone, kGpuNan, {0x7F, 0x7F, 0x7F}),
    answers(kGemm, kAllNan, kNone, kNans, kNone, kGpuNan, {0x7F, 0x7F, 0x7F}),
    answers(kGemmPower, kAllNan, kNone, kNans, kNone, k2p127, {0x7F, 0x7F, 0x7F}),
    refuses(kGemmCpu, kAllNan, kNone, kNans),
    answers(kFp4, kAllNan, kNone, kNans, kNone, k2p127, {0x7, 0x7, 0x7}),
    answers(kEp, kAllNan, kNone, kNans, kNone, kEps4, {0x7F, 0x7F, 0x7F}),
    answers(kEpByte, kAllNan, kNone, kNans, kNone, 0x69, {0x7F, 0x7F, 0x7F}),

    // The scale is infinite, numbers become zeros of their sign, Inf * 0 or Inf / Inf is NaN.
    answers(kTensor, kInfinity, kNone, inf_and(k448), kNone, kInf, {0x7E, 0x00, 0x80}),
    answers(kVllmToken, kInfinity, kNone, inf_and(k448), kNone, kInf, {0x7E, 0x00, 0x80}),
    answers(kVllm, kInfinity, kNone, inf_and(k448), kNone, kInf, {0xFE, 0x00, 0x80}),
    answers(kVllmPower, kInfinity, kNone, inf_and(k448), kNone, kInf, {0xFE, 0x00, 0x80}),
    answers(kVllmByte, kInfinity, kNone, inf_and(k448), kNone, 0xFF, {0xFE, 0x00, 0x80}),
    answers(kV1s, kInfinity, kNone, inf_and(k448), kNone, kInf, {0x7F, 0x00, 0x80}),
    // 2^-128 built from exponent bits is -Inf: every sign is turned.
    answers(kV1Bytes, kInfinity, kNone, inf_and(k448), kNone, 0xFF, {0x7E, 0xFE, 0x7E}),
    answers(kV2s, kInfinity, kNone, inf_and(k448), kNone, kInf, {0xFE, 0x00, 0x80}),
    answers(kV2Bytes, kInfinity, kNone, inf_and(k448), kNone, 0xFF, {0x7E, 0xFE, 0x7E}),
    answers(kV2Rows, kInfinity, kNone, inf_and(k448), kNone, kInf, {0xFE, 0x00, 0x80}),
    answers(kSgTokens, kInfinity, kNone, inf_and(k448), kNone, kInf, {0x7E, 0x00, 0x80}),
    answers(kSmalls, kInfinity, kNone, inf_and(k448), kNone, kInf, {0x7E, 0x00, 0x80}),
    answers(kTrtTokens, kInfinity, kNone, inf_and(k448), kNone, kInf, {0x7F, 0x00, 0x80}),
    answers(kFlashTokens, kInfinity, kNone, inf_and(k448), kNone, kInf, {0x7F, 0x00, 0x80}),
    answers(kBlocks, kInfinity, kNone, inf_and(k448), kNone, kInf, {0x7F, 0x00, 0x80}),
    answers(kFlashBlocks, kInfinity, kNone, inf_and(k448), kNone, kInf, {0x7F, 0x00, 0x80}),
    refuses(kTiles, kInfinity, kNone, inf_and(k448)),
    refuses(kFlashByte, kInfinity, kNone, inf_and(k448)),
    answers(kTriton, kInfinity, kNone, inf_and(k448), kNone, kInf, {0x7F, 0x00, 0x80}),
    answers(kGemm, kInfinity, kNone, inf_and(k448), kNone, kInf, {0x7F, 0x00, 0x80}),
    // -Inf * 2^-127 is cast as it is.
    answers(kGemmPower, kInfinity, kNone, inf_and(k448), kNone, k2p127, {0xFF, 0x00, 0x80}),
    refuses(kGemmCpu, kInfinity, kNone, inf_and(k448)),
    answers(kFp4, kInfinity, kNone, inf_and(k6), kNone, k2p127, {0xF, 0x0, 0x0}),
    answers(kEp, kInfinity, kNone, inf_and(k448), kNone, kInf, {0x7F, 0x00, 0x80}),
    answers(kEpByte, kInfinity, kNone, inf_and(k448), kNone, 0xFF, {0x7E, 0xFE, 0x7E}),

    // -0 keeps its sign in FP8, and never has one in DeepGEMM's FP4.
    answers(kAnyByte, kMinusZero, kNone, zeros_and(k448), kNone, 0x7F, {0x80, 0x00, 0x7E}),
    answers(kAnyFp8, kMinusZero, kNone, zeros_and(k448), kNone, kOne, {0x80, 0x00, 0x7E}),
    answers(kAnyFp32, kMinusZero, kNone, zeros_and(k448), kNone, kOne, {0x80, 0x00, 0x7E}),
    answers(kFp4, kMinusZero, kNone, zeros_and(k6), kNone, kOne, {0x0, 0x0, 0x7}),

    // amax 0: 1 / 0 = Inf, and 0 * Inf is NaN, unless something guards.
    answers(kTensor, kAllMinusZero, kNone, kMinusZeros, kNone, 0, {0x7E, 0x7E, 0x7E}),
    answers(kVllmToken, kAllMinusZero, kNone, kMinusZeros, kNone, kMinFp8, {0x80, 0x80, 0x80}),
    answers(kVllm, kAllMinusZero, kNone, kMinusZeros, kNone, kEps10, {0x80, 0x80, 0x80}),
    answers(kVllmPower, kAllMinusZero, kNone, kMinusZeros, kNone, k2m33, {0x80, 0x80, 0x80}),
    answers(kVllmByte, kAllMinusZero, kNone, kMinusZeros, kNone, 0x5E, {0x80, 0x80, 0x80}),
    answers(kV1s, kAllMinusZero, kNone, kMinusZeros, kNone, kEps10Times, {0x80, 0x80, 0x80}),
    answers(kV1Bytes, kAllMinusZero, kNone, kMinusZeros, kNone, 0x55, {0x80, 0x80, 0x80}),
    answers(kV2s, kAllMinusZero, kNone, kMinusZeros, kNone, kEps10Times, {0x80, 0x80, 0x80}),
    answers(kV2Bytes, kAllMinusZero, kNone, kMinusZeros, kNone, 0x55, {0x80, 0x80, 0x80}),
    answers(kV2Rows, kAllMinusZero, kNone, kMinusZeros, kNone, k2m42, {0x80, 0x80, 0x80}),
    answers(kSgTokens, kAllMinusZero, kNone, kMinusZeros, kNone, 0, {0x80, 0x80, 0x80}),
    answers(kSmalls, kAllMinusZero, kNone, kMinusZeros, kNone, 0, {0x7E, 0x7E, 0x7E}),
    answers(kTrtToken, kAllMinusZero, kNone, kMinusZeros, kNone, kEps6, {0x80, 0x80, 0x80}),
    answers(kFlashToken, kAllMinusZero, kNone, kMinusZeros, kNone, kEps6Times, {0x80, 0x80, 0x80}),
    answers(kMinScale, kAllMinusZero, kNone, kMinusZeros, kNone, kMinFp8, {0x80, 0x80, 0x80}),
    answers(kBlocks, kAllMinusZero, kNone, kMinusZeros, kNone, kOne, {0x80, 0x80, 0x80}),
    answers(kFlashBlocks, kAllMinusZero, kNone, kMinusZeros, kNone, kOne, {0x80, 0x80, 0x80}),
    answers(kTile, kAllMinusZero, kNone, kMinusZeros, kNone, kEps10, {0x80, 0x80, 0x80}),
    answers(kTilePower, kAllMinusZero, kNone, kMinusZeros, kNone, k2m33, {0x80, 0x80, 0x80}),
    answers(kFlashByte, kAllMinusZero, kNone, kMinusZeros, kNone, 0x5E, {0x80, 0x80, 0x80}),
    answers(kTriton, kAllMinusZero, kNone, kMinusZeros, kNone, 0, {0x7F, 0x7F, 0x7F}),
    answers(kGemm, kAllMinusZero, kNone, kMinusZeros, kNone, kEps4, {0x80, 0x80, 0x80}),
    answers(kGemmCpu, kAllMinusZero, kNone, kMinusZeros, kNone, kEps4, {0x80, 0x80, 0x80}),
    answers(kGemmPower, kAllMinusZero, kNone, kMinusZeros, kNone, k2m22, {0x80, 0x80, 0x80}),
    answers(kFp4, kAllMinusZero, kNone, kMinusZeros, kNone, k2m15, {0x0, 0x0, 0x0}),
    answers(kEp, kAllMinusZero, kNone, kMinusZeros, kNone, kEps4, {0x80, 0x80, 0x80}),
    answers(kEpByte, kAllMinusZero, kNone, kMinusZeros, kNone, 0x69, {0x80, 0x80, 0x80}),
    answers(kTensor, kZeroBlock, kNone, kZeros, kNone, 0, {0x7E, 0x7E, 0x7E}),
    answers(kVllmToken, kZeroBlock, kNone, kZeros, kNone, kMinFp8, {0x80, 0x00, 0x00}),
    answers(kVllm, kZeroBlock, kNone, kZeros, kNone, kEps10, {0x80, 0x00, 0x00}),
    answers(kVllmPower, kZeroBlock, kNone, kZeros, kNone, k2m33, {0x80, 0x00, 0x00}),
    answers(kVllmByte, kZeroBlock, kNone, kZeros, kNone, 0x5E, {0x80, 0x00, 0x00}),
    answers(kV1s, kZeroBlock, kNone, kZeros, kNone, kEps10Times, {0x80, 0x00, 0x00}),
    answers(kV1Bytes, kZeroBlock, kNone, kZeros, kNone, 0x55, {0x80, 0x00, 0x00}),
    answers(kV2s, kZeroBlock, kNone, kZeros, kNone, kEps10Times, {0x80, 0x00, 0x00}),
    answers(kV2Bytes, kZeroBlock, kNone, kZeros, kNone, 0x55, {0x80, 0x00, 0x00}),
    answers(kV2Rows, kZeroBlock, kNone, kZeros, kNone, k2m42, {0x80, 0x00, 0x00}),
    answers(kSgTokens, kZeroBlock, kNone, kZeros, kNone, 0, {0x80, 0x00, 0x00}),
    answers(kSmalls, kZeroBlock, kNone, kZeros, kNone, 0, {0x7E, 0x7E, 0x7E}),
    answers(kTrtToken, kZeroBlock, kNone, kZeros, kNone, kEps6, {0x80, 0x00, 0x00}),
    answers(kFlashToken, kZeroBlock, kNone, kZeros, kNone, kEps6Times, {0x80, 0x00, 0x00}),
    answers(kMinScale, kZeroBlock, kNone, kZeros, kNone, kMinFp8, {0x80, 0x00, 0x00}),
    answers(kBlocks, kZeroBlock, kNone, kZeros, kNone, kOne, {0x80, 0x00, 0x00}),
    answers(kFlashBlocks, kZeroBlock, kNone, kZeros, kNone, kOne, {0x80, 0x00, 0x00}),
    answers(kTile, kZeroBlock, kNone, kZeros, kNone, kEps10, {0x80, 0x00, 0x00}),
    answers(kTilePower, kZeroBlock, kNone, kZeros, kNone, k2m33, {0x80, 0x00, 0x00}),
    answers(kFlashByte, kZeroBlock, kNone, kZeros, kNone, 0x5E, {0x80, 0x00, 0x00}),
    answers(kTriton, kZeroBlock, kNone, kZeros, kNone, 0, {0x7F, 0x7F, 0x7F}),
    answers(kGemm, kZeroBlock, kNone, kZeros, kNone, kEps4, {0x80, 0x00, 0x00}),
    answers(kGemmCpu, kZeroBlock, kNone, kZeros, kNone, kEps4, {0x80, 0x00, 0x00}),
    answers(kGemmPower, kZeroBlock, kNone, kZeros, kNone, k2m22, {0x80, 0x00, 0x00}),
    answers(kFp4, kZeroBlock, kNone, kZeros, kNone, k2m15, {0x0, 0x0, 0x0}),
    answers(kEp, kZeroBlock, kNone, kZeros, kNone, kEps4, {0x80, 0x00, 0x00}),
    answers(kEpByte, kZeroBlock, kNone, kZeros, kNone, 0x69, {0x80, 0x00, 0x00}),

    answers(kAnyByte, kSubnormal, kNone, bf_small_and(k448), kNone, 0x7F, {0x80, 0x00, 0x7E}),
    answers(kAnyFp8, kSubnormal, kNone, bf_small_and(k448), kNone, kOne, {0x80, 0x00, 0x7E}),
    answers(kAnyFp32, kSubnormal, kNone, small_and(k448), kNone, kOne, {0x80, 0x00, 0x7E}),
    answers(kFp4, kSubnormal, kNone, bf_small_and(k6), kNone, kOne, {0x0, 0x0, 0x7}),

    // No floor: the scale is subnormal and its reciprocal infinite.
    answers(kTensor, kTinyBlock, kNone, kTinyAnd0, kNone, k2m127Over448, {0xFE, 0x7E, 0x7E}),
    answers(kVllmToken, kTinyBlock, kNone, kTinyAnd0, kNone, kMinFp8, {0x80, 0x00, 0x00}),
    answers(kVllm, kTinyBlock, kNone, kBfTinyAnd0, kNone, kEps10, {0x80, 0x00, 0x00}),
    answers(kVllmPower, kTinyBlock, kNone, kBfTinyAnd0, kNone, k2m33, {0x80, 0x00, 0x00}),
    answers(kVllmByte, kTinyBlock, kNone, kBfTinyAnd0, kNone, 0x5E, {0x80, 0x00, 0x00}),
    answers(kV1s, kTinyBlock, kNone, kBfTinyAnd0, kNone, kEps10Times, {0x80, 0x00, 0x00}),
    answers(kV1Bytes, kTinyBlock, kNone, kBfTinyAnd0, kNone, 0x55, {0x80, 0x00, 0x00}),
    answers(kV2s, kTinyBlock, kNone, kBfTinyAnd0, kNone, kEps10Times, {0x80, 0x00, 0x00}),
    answers(kV2Bytes, kTinyBlock, kNone, kBfTinyAnd0, kNone, 0x55, {0x80, 0x00, 0x00}),
    answers(kV2Rows, kTinyBlock, kNone, kBfTinyAnd0, kNone, k2m42, {0x80, 0x00, 0x00}),
    answers(kSgToken, kTinyBlock, kNone, kBfTinyAnd0, kNone, k2m127Over448, {0xFE, 0x7E, 0x7E}),
    // With .ftz the block is zeros of both signs.
    answers(kSgTokenFast, kTinyBlock, kNone, kBfTinyAnd0, kNone, 0, {0x80, 0x00, 0x00}),
    answers(kSmall, kTinyBlock, kNone, kBfTinyAnd0, kNone, k2m127Over448, {0xFE, 0x7E, 0x7E}),
    answers(kSmallFast, kTinyBlock, kNone, kBfTinyAnd0, kNone, 0, {0x7E, 0x7E, 0x7E}),
    answers(kTrtToken, kTinyBlock, kNone, kBfTinyAnd0, kNone, kEps6, {0x80, 0x00, 0x00}),
    answers(kFlashToken, kTinyBlock, kNone, kBfTinyAnd0, kNone, kEps6Times, {0x80, 0x00, 0x00}),
    answers(kMinScale, kTinyBlock, kNone, kBfTinyAnd0, kNone, kMinFp8, {0x80, 0x00, 0x00}),
    // 448 / 2^-127 overflows, its reciprocal is 0; 0 * Inf is NaN.
    answers(kBlocks, kTinyBlock, kNone, kBfTinyAnd0, kNone, 0, {0xFE, 0x7F, 0x7E}),
    unstated(kFlashBlocks, kTinyBlock, "no note states whether fast math's comparison of 16-bit maxima flushes"),
    answers(kTile, kTinyBlock, kNone, kBfTinyAnd0, kNone, kEps10, {0x80, 0x00, 0x00}),
    answers(kTilePower, kTinyBlock, kNone, kBfTinyAnd0, kNone, k2m33, {0x80, 0x00, 0x00}),
    answers(kFlashByte, kTinyBlock, kNone, kBfTinyAnd0, kNone, 0x5E, {0x80, 0x00, 0x00}),
    // div.full scales both by 2^24: 2^22 / 9362 = 448.01, and -2^16 / 9362 = -7.0002.
    answers(kTriton, kTinyBlock, kNone, kBfTinyAnd0, kNone, k2m127Over448, {0xCE, 0x00, 0x7E}),
    answers(kGemm, kTinyBlock, kNone, kBfTinyAnd0, kNone, kEps4, {0x80, 0x00, 0x00}),
    answers(kGemmCpu, kTinyBlock, kNone, kBfTinyAnd0, kNone, kEps4, {0x80, 0x00, 0x00}),
    answers(kGemmPower, kTinyBlock, kNone, kBfTinyAnd0, kNone, k2m22, {0x80, 0x00, 0x00}),
    answers(kFp4, kTinyBlock, kNone, kBfTinyAnd0, kNone, k2m15, {0x0, 0x0, 0x0}),
    answers(kEp, kTinyBlock, kNone, kBfTinyAnd0, kNone, kEps4, {0x80, 0x00, 0x00}),
    answers(kEpByte, kTinyBlock, kNone, kBfTinyAnd0, kNone, 0x69, {0x80, 0x00, 0x00}),

    // BF16_MAX / 448 = 7.6e35, up to a power of two 2^120, under which BF16_MAX is 255: 256.
    answers(kTensor, kLargest, kNone, kMaxAnd3, kNone, 0x7B124924, {0xFE, 0x00, 0x7E}),
    answers(kVllmToken, kLargest, kNone, kMaxAnd3, kNone, 0x7B124924, {0xFE, 0x00, 0x7E}),
    answers(kVllm, kLargest, kNone, kBfMaxAnd3, kNone, kBfMax448, {0xFE, 0x00, 0x7E}),
    answers(kVllmPower, kLargest, kNone, kBfMaxAnd3, kNone, k2p120, {0xF8, 0x00, 0x78}),
    answers(kVllmByte, kLargest, kNone, kBfMaxAnd3, kNone, 0xF7, {0xF8, 0x00, 0x78}),
    answers(kV1, kLargest, kNone, kBfMaxAnd3, kNone, kBfMaxTimes, {0xFE, 0x00, 0x7E}),
    // MUFU's reciprocal above 2^126 is 0: every product is.
    answers(kV1Fast, kLargest, kNone, kBfMaxAnd3, kNone, kBfMaxTimes, {0x80, 0x00, 0x00}),
    answers(kV1Bytes, kLargest, kNone, kBfMaxAnd3, kNone, 0xF7, {0xF8, 0x00, 0x78}),
    answers(kV2, kLargest, kNone, kBfMaxAnd3, kNone, kBfMaxTimes, {0xFE, 0x00, 0x7E}),
    answers(kV2Fast, kLargest, kNone, kBfMaxAnd3, kNone, kBfMaxTimes, {0x80, 0x00, 0x00}),
    answers(kV2Bytes, kLargest, kNone, kBfMaxAnd3, kNone, 0xF7, {0xF8, 0x00, 0x78}),
    answers(kV2Row, kLargest, kNone, kBfMaxAnd3, kNone, k2p120, {0xFE, 0x00, 0x7E}),
    answers(kV2RowFast, kLargest, kNone, kBfMaxAnd3, kNone, k2p120, {0x80, 0x00, 0x00}),
    answers(kSgToken, kLargest, kNone, kBfMaxAnd3, kNone, kBfMax448, {0xFE, 0x00, 0x7E}),
    answers(kSgTokenFast, kLargest, kNone, kBfMaxAnd3, kNone, kBfMaxTimes, {0xFE, 0x00, 0x7E}),
    answers(kSmall, kLargest, kNone, kBfMaxAnd3, kNone, kBfMax448, {0xFE, 0x00, 0x7E}),
    answers(kSmallFast, kLargest, kNone, kBfMaxAnd3, kNone, kBfMaxTimes, {0xFE, 0x00, 0x7E}),
    answers(kTrtTokens, kLargest, kNone, kBfMaxAnd3, kNone, kBfMax448, {0xFE, 0x00, 0x7E}),
    answers(kFlashTokens, kLargest, kNone, kBfMaxAnd3, kNone, kBfMaxTimes, {0x80, 0x00, 0x00}),
    answers(kBlocks, kLargest, kNone, kBfMaxAnd3, kNone, kBfMax448, {0xFE, 0x00, 0x7E}),
    answers(kFlashBlocks, kLargest, kNone, kBfMaxAnd3, kNone, kInf, {0x80, 0x00, 0x00}),
    answers(kTile, kLargest, kNone, kBfMaxAnd3, kNone, kBfMax448, {0xFE, 0x00, 0x7E}),
    answers(kTilePower, kLargest, kNone, kBfMaxAnd3, kNone, k2p120, {0xF8, 0x00, 0x78}),
    answers(kFlashByte, kLargest, kNone, kBfMaxAnd3, kNone, 0xF7, {0xF8, 0x00, 0x78}),
    answers(kTriton, kLargest, kNone, kBfMaxAnd3, kNone, kBfMaxTimes, {0xFE, 0x00, 0x7E}),
    answers(kGemm, kLargest, kNone, kBfMaxAnd3, kNone, kBfMaxTimes, {0xFE, 0x00, 0x7E}),
    answers(kGemmCpu, kLargest, kNone, kBfMaxAnd3, kNone, kBfMax448, {0xFE, 0x00, 0x7E}),
    answers(kGemmPower, kLargest, kNone, kBfMaxAnd3, kNone, k2p120, {0xF8, 0x00, 0x78}),
    // BF16_MAX / 6 = 5.6e37 goes up to 2^126, under which BF16_MAX is 3.98: 4.
    answers(kFp4, kLargest, kNone, kBfMaxAnd3, kNone, k2p126, {0xE, 0x0, 0x6}),
    answers(kEp, kLargest, kNone, kBfMaxAnd3, kNone, kBfMaxTimes, {0xFE, 0x00, 0x7E}),
    answers(kEpByte, kLargest, kNone, kBfMaxAnd3, kNone, 0xF7, {0xF8, 0x00, 0x78}),

    answers(kAnyByte, kOneHot, kNone, hot(k448), kNone, 0x7F, {0xFE, 0x00, 0x00}),
    answers(kAnyFp8, kOneHot, kNone, hot(k448), kNone, kOne, {0xFE, 0x00, 0x00}),
    answers(kAnyFp32, kOneHot, kNone, hot(k448), kNone, kOne, {0xFE, 0x00, 0x00}),
    answers(kFp4, kOneHot, kNone, hot(k6), kNone, kOne, {0xF, 0x0, 0x0}),

    // A scale that was calibrated on less: saturated.
    answers(kTensor, kAboveAmax, k448, kAbove448, kNone, kOne, {0xFE, 0x44, 0x7E}),
    // clang-format on
};

}  // namespace

std::span<const SpecialRow> fp8_special_rows() { return kRows; }

namespace {

class SpecialValuesFp8 : public testing::TestWithParam<Value> {};
INSTANTIATE_TEST_SUITE_P(, SpecialValuesFp8,
                         testing::Values(kNan, kAllNan, kInfinity, kMinusZero, kAllMinusZero, kZeroBlock, kSubnormal,
                                         kTinyBlock, kLargest, kOneHot, kAboveAmax),
                         [](const auto& each) { return kValueNames[static_cast<std::size_t>(each.param)]; });
TEST_P(SpecialValuesFp8, HaveTheseBytesOrAreRefused) { expect_rows(fp8_special_rows(), GetParam()); }

}  // namespace
}  // namespace bitgate::oracle
