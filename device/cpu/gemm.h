// Products by a matrix unit once more: scalar, in binary64, sharing nothing with reference/mma. Terms are numbers cut
// by truncation to a multiple of a power of two, where the reference shifts integers.
//
// D [m, n] = A [m, k] B [n, k]^T + C, bits of binary32. Codes one a byte, row-major; A and B of one format each call.
// NaN is 0x7FFFFFFF; a sum of zero is +0; results from 2^128 on are infinity. Rules: bitgate's instruction rows, from
// MMA-Sim and MATLAB-tensor-core (see reference/mma/instruction.h).
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace bitgate::device {

enum class GemmCodes : std::uint8_t { kE4m3, kE5m2, kE2m1 };

struct GemmCall {
  std::int64_t m = 0, n = 0, k = 0;
  GemmCodes a_codes = GemmCodes::kE4m3, b_codes = GemmCodes::kE4m3;
  std::span<const std::uint8_t> a, b;                // [m, k], [n, k]
  std::span<const std::uint8_t> a_scales, b_scales;  // UE4M3, [rows, ceil(k / 16)]; of NVFP4 alone
  std::span<const std::uint32_t> c;                  // [m, n] or empty
};

struct CpuGemm {
  std::string_view name;         // "wgmma-fp8/promote-128"
  std::string_view instruction;  // that it claims, as reference/mma names it
  std::int64_t promotion;        // k of each partial sum; 0: one chain
  GemmCodes codes;               // of both sides; FP8 subjects take either FP8 format on either side
  std::vector<std::uint32_t> (*run)(const GemmCall&);
};

std::span<const CpuGemm> cpu_gemms() noexcept;
const CpuGemm* find_cpu_gemm(std::string_view name) noexcept;  // null: there is none

}  // namespace bitgate::device
