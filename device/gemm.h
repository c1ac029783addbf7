// A plain FP8 matrix product by Hopper's wgmma.m64n64k32, with and without promotion: D = A B^T. It is there to be held
// against the emulation, so it is simple, not fast. No CUDA header here; only run_gemm() needs a GPU.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bitgate/device/error.h"

namespace bitgate::device {

enum class Fp8 : std::uint8_t { kE4m3, kE5m2 };
std::string_view name_of(Fp8 type) noexcept;  // "e4m3", "e5m2"

struct GemmShape {
  std::int64_t m = 0, n = 0, k = 0;
  friend bool operator==(const GemmShape&, const GemmShape&) = default;
};

// A [m, k] and B [n, k], codes row-major.
struct GemmRequest {
  GemmShape shape;
  Fp8 a_type = Fp8::kE4m3, b_type = Fp8::kE4m3;
  std::span<const std::uint8_t> a, b;
  std::int64_t promotion = 0;  // k of a partial sum, a multiple of 32; 0: one chain
};

// One sentence when no product is made of this, on any machine; empty: it is.
std::string why_not_gemm(const GemmRequest& request);

// SHA-256 over the sources and flags of the kernel; and of its machine code, none without a CUDA build.
std::string_view gemm_source_digest() noexcept;
std::optional<std::string> gemm_code_digest(std::string_view architecture);

// Whether the current device has the instruction. False without a GPU.
bool gemm_runs_here();

// D [m, n], FP32 bits. Throws DeviceError with one sentence: without a GPU, without the instruction, what why_not_gemm
// names, or a call that failed.
std::vector<std::uint32_t> run_gemm(const GemmRequest& request);

}  // namespace bitgate::device
