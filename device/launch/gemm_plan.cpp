#include <algorithm>
#include <limits>

#include "bitgate/device/cublaslt.h"
#include "bitgate/device/gemm.h"
#include "bitgate/device/kernels/gemm_op.h"
#include "bitgate/device/support/cubin.h"
#include "bitgate/device/support/embedded.h"
#include "bitgate/device/support/sha256.h"

namespace bitgate::device {
namespace {

// Rows and columns are counted by blocks of 64 in a grid, whose second side ends at 65,535; k in 32 bits.
constexpr std::int64_t kMostRows = std::int64_t{65535} * kGemmTile, kMost = std::numeric_limits<std::int32_t>::max();

}  // namespace

std::string_view name_of(Fp8 type) noexcept { return type == Fp8::kE4m3 ? "e4m3" : "e5m2"; }

std::string why_not_gemm(const GemmRequest& request) {
  const auto [m, n, k] = request.shape;
  if (m < 0 || n < 0 || k < 0) return "a matrix product has no negative sizes";
  if (m > kMostRows || n > kMostRows || k > kMost - kGemmStep) return "the matrix product is too large for its kernel";
  if (static_cast<std::int64_t>(request.a.size()) != m * k) return "A must hold m x k codes";
  if (static_cast<std::int64_t>(request.b.size()) != n * k) return "B must hold n x k codes";
  if (request.promotion < 0 || request.promotion % kGemmStep != 0 || request.promotion > kMost)
    return "a promotion must be a multiple of 32 k";
  return {};
}

std::string why_not_matmul(const MatmulRequest& request) {
  const auto [m, n, k] = request.shape;
  const std::int64_t row_bytes = m * (request.result == MatmulResult::kBf16 ? 2 : 4);
  if (m <= 0 || n <= 0 || k <= 0) return "a matrix product of cuBLASLt has sizes above 0";
  if (std::max({m, n, k}) > kMost) return "the matrix product is too large";
  if (static_cast<std::int64_t>(request.a.size()) != m * k) return "A must hold m x k codes";
  if (static_cast<std::int64_t>(request.b.size()) != n * k) return "B must hold n x k codes";
  if (!request.c.empty() && static_cast<std::int64_t>(request.c.size()) != m * n) return "C must hold m x n numbers";
  if (k % 16 != 0 || row_bytes % 16 != 0) return "cuBLASLt takes FP8 only with k and columns of D of whole 16 bytes";
  return {};
}

std::string_view gemm_source_digest() noexcept { return unit_source_digest("gemm_wgmma"); }

std::optional<std::string> gemm_code_digest(std::string_view architecture) {
  const std::span<const std::byte> cubin = embedded_cubin("gemm_wgmma", architecture);
  if (cubin.empty()) return std::nullopt;
  const std::string symbol = "bitgate_gemm_wgmma";
  const auto text = text_of(cubin, symbol);
  if (!text) throw DeviceError("the " + std::string(architecture) + " cubin has no kernel " + symbol);
  return sha256_hex(sha256_hex(*text) + "  " + symbol + "\n");
}

}  // namespace bitgate::device
