// What `bitgate matmul` asks: FP8 products of our kernel and of cuBLASLt, each against the emulation.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "bitgate/compare/matmul_data.h"
#include "bitgate/compare/matmul_fit.h"
#include "bitgate/device/cublaslt.h"
#include "bitgate/device/gemm.h"
#include "bitgate/device/kernel.h"

namespace bitgate::program {

// Who answers; an empty function: nobody does.
struct MatmulSubjects {
  std::function<std::vector<std::uint32_t>(const device::GemmRequest&)> kernel;
  std::function<std::vector<device::MatmulAnswer>(const device::MatmulRequest&, int)> library;
};
// The emulation in place of both: a library that promotes every `interval` k unless accumulation is fast, and ends as
// an H100's did, fma((alpha * a) * b, sum, beta * C).
MatmulSubjects emulated_subjects(std::int64_t interval);

struct KernelFinding {
  device::GemmShape shape;
  device::Fp8 a_type, b_type;
  compare::MatmulDraw draw;
  std::int64_t promotion;
  std::int64_t different;
  std::string sha256;  // of D, little-endian
};

// One for each set of bytes that the library's algorithms answered to a product.
struct LibraryFinding {
  device::GemmShape shape;
  compare::MatmulDraw draw;
  bool fast;
  std::int64_t different;  // elements, from one chain or from promotion every 128 k
  std::vector<device::MatmulAlgorithm> algorithms;
  std::vector<compare::SumFit> fits;  // all candidates, where something differs
  std::string sha256;
};

struct ReaderFinding {
  std::string name;
  bool fast;
  std::uint32_t bits;  // of D[0, 0]
  bool all_equal;      // so is every element
  std::vector<std::string> explained_by;
};

struct EpilogueTally {
  compare::EpilogueModel model;
  std::int64_t different = 0, asked = 0;
};
struct EpilogueCase {
  device::GemmShape shape;
  compare::MatmulFactors factors;
  bool a_scaled, b_scaled, bf16;
  std::string best;  // of this case alone
  std::int64_t different;
  device::MatmulAlgorithm algorithm;
  std::string sha256;
};

struct MatmulReport {
  std::optional<device::DeviceFacts> gpu;
  std::string library, no_library, no_kernel, broke_off;
  std::size_t library_version = 0;
  std::uint64_t seed = 1;
  std::vector<KernelFinding> kernel;
  std::vector<LibraryFinding> products;
  std::vector<compare::SumFit> slow_fits, fast_fits;  // over all answers, where something differs
  std::vector<ReaderFinding> readers;
  std::vector<EpilogueCase> cases;
  std::vector<EpilogueTally> epilogues;  // over all cases, best first
};

void ask_kernel(const MatmulSubjects& subjects, bool quick, MatmulReport& report);
void ask_library(const MatmulSubjects& subjects, bool quick, MatmulReport& report);
void ask_readers(const MatmulSubjects& subjects, MatmulReport& report);
void ask_epilogues(const MatmulSubjects& subjects, bool quick, MatmulReport& report);

}  // namespace bitgate::program
