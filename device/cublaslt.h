// NVIDIA's cuBLASLt, if it is installed: an FP8 matrix product of the library that everybody runs, loaded at run time
// (nothing of ours links it). The first of BITGATE_CUBLASLT (a path), libcublasLt.so.13 and libcublasLt.so.12.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bitgate/device/gemm.h"

namespace bitgate::device {

enum class MatmulResult : std::uint8_t { kFp32, kBf16 };

// D [m, n] = alpha * a_scale * b_scale * A B^T + beta * C, E4M3 codes, the sum of FP32; C of D's type. A layout that
// the library takes: k a multiple of 16 and rows of D of 16 bytes, since it keeps D column-major, so m counts.
struct MatmulRequest {
  GemmShape shape;
  std::span<const std::uint8_t> a, b;  // [m, k] and [n, k], row-major
  bool fast_accumulation = false;      // CUBLASLT_MATMUL_DESC_FAST_ACCUM
  MatmulResult result = MatmulResult::kFp32;
  float alpha = 1, beta = 0;
  std::optional<float> a_scale = std::nullopt, b_scale = std::nullopt;  // none: no pointer is set
  std::span<const std::uint32_t> c = {};                                // [m, n] bits of D's type, row-major; empty: +0
};

// As the library describes one: its numbers, without their meaning.
struct MatmulAlgorithm {
  std::int32_t id = 0;
  std::uint32_t tile = 0, stages = 0;
  std::int32_t split_k = 0;
  std::uint32_t reduction = 0;
  std::uint16_t inner_shape = 0, cluster_shape = 0;
  friend bool operator==(const MatmulAlgorithm&, const MatmulAlgorithm&) = default;
};

struct MatmulAnswer {
  std::vector<std::uint32_t> d;  // [m, n], bits of D's type, row-major
  MatmulAlgorithm algorithm;
  std::size_t workspace = 0;  // bytes that it asked for
};

// One sentence when no request like this is made; empty: it is.
std::string why_not_matmul(const MatmulRequest& request);

class CublasLt {
 public:
  CublasLt();  // throws CannotServe with one sentence: no library, no GPU, a build without CUDA
  ~CublasLt();
  CublasLt(const CublasLt&) = delete;
  CublasLt& operator=(const CublasLt&) = delete;

  std::string path() const;     // of the library, as it was found
  std::size_t version() const;  // of cublasLtGetVersion: 130101

  // One answer for each of the first `most` algorithms of the library's heuristic that take split-K 1, without a
  // reduction scheme; equal algorithms once. Throws DeviceError when a call fails or there is none.
  std::vector<MatmulAnswer> run(const MatmulRequest& request, int most = 1);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace bitgate::device
