// What `bitgate gemm` was asked, and its three kinds: what follows an accumulator, a matrix instruction, ggml's MMVQ.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "bitgate/reference/format/tensor.h"

namespace bitgate::program {

struct GemmOptions {
  std::string epilogue, acc, a_amax, b_amax, a_scale, b_scale, alpha, beta, c, bias, dtype = "fp32", at;
  std::vector<std::string> with;
  bool accumulate = false;
  std::string instruction, a, b;
  std::int64_t promote = 0;
  std::string mmvq, weights, activations;
  std::int64_t rows = 0, cols = 0, columns = 1, capability = 90;
  std::string from, out;
  bool json = false;
};

// The exit status.
int run_gemm_epilogue(const GemmOptions& options);
int run_gemm_instruction(const GemmOptions& options);
int run_gemm_mmvq(const GemmOptions& options);

// Bits of element i, whichever type holds it.
std::uint32_t gemm_bits(const TypedTensor& tensor, std::int64_t i) noexcept;

struct GemmDifferences {
  std::int64_t elements = 0, different = 0, first = -1;  // the index of the first that differs
};
// Byte for byte. Throws InputError naming `file` when the shapes differ.
GemmDifferences gemm_differences(const TypedTensor& expected, const TypedTensor& actual, const std::string& file);

// "3 of 64 elements of fp32 differ; first (4, 17): expected 3f800000 = 1, got 3f800001 = 1.0000001", without an end of
// line.
std::string gemm_differences_text(const GemmDifferences& found, const TypedTensor& expected, const TypedTensor& actual);
nlohmann::ordered_json gemm_differences_json(const GemmDifferences& found, const TypedTensor& expected,
                                             const TypedTensor& actual);

// uint16 bit patterns where the type is bf16.
void write_gemm(const std::string& file, const TypedTensor& tensor);

}  // namespace bitgate::program
