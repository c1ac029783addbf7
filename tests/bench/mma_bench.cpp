// How fast products of matrix instructions are emulated: 1024 x 1024 x 1024, one instruction of each kind, on one
// thread and on all, beside Eigen's float GEMM of that size on one thread (for the instructions that this program is
// compiled for, SSE2 where nothing else is asked). Items are products of two numbers; `of_eigen` is their rate over
// Eigen's, measured at the start of the same run. BITGATE_LEVEL chooses the level of instructions of the emulation.
#include <benchmark/benchmark.h>

#include <fmt/format.h>
#include <tbb/global_control.h>
#include <tbb/info.h>
#include <Eigen/Core>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "bitgate/reference/mma/product.h"
#include "bitgate/tests/support/mma_draws.h"

namespace {

using namespace bitgate;

constexpr std::int64_t kSize = 1024;
constexpr double kProducts = static_cast<double>(kSize) * kSize * kSize;

double gemm_seconds() {
  const Eigen::MatrixXf a = Eigen::MatrixXf::Random(kSize, kSize), b = Eigen::MatrixXf::Random(kSize, kSize);
  Eigen::MatrixXf d(kSize, kSize);
  double best = 1e9;
  for (int i = 0; i < 3; ++i) {
    const auto start = std::chrono::steady_clock::now();
    d.noalias() = a * b.transpose();
    benchmark::DoNotOptimize(d.data());
    best = std::min(best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  return best;
}
const double kEigenRate = kProducts / gemm_seconds();

void count_products(benchmark::State& state) {
  const double products = static_cast<double>(state.iterations()) * kProducts;
  state.counters["products"] = benchmark::Counter(products, benchmark::Counter::kIsRate);
  state.counters["of_eigen"] = benchmark::Counter(products / kEigenRate, benchmark::Counter::kIsRate);
}

void eigen(benchmark::State& state) {
  const Eigen::MatrixXf a = Eigen::MatrixXf::Random(kSize, kSize), b = Eigen::MatrixXf::Random(kSize, kSize);
  Eigen::MatrixXf d(kSize, kSize);
  for (auto _ : state) {
    d.noalias() = a * b.transpose();
    benchmark::DoNotOptimize(d.data());
    benchmark::ClobberMemory();
  }
  count_products(state);
}

// Operands of the first format that the instruction takes: numbers about 1, scales about theirs.
struct Operand {
  Format format;
  std::vector<std::uint32_t> codes;
  std::vector<std::uint8_t> scales;
  reference::MmaMatrix view() const { return {format, kSize, kSize, codes, scales}; }
};
Operand drawn(const reference::MmaInstruction& instruction, std::uint64_t seed) {
  oracle::SplitMix random(seed);
  const Format f = oracle::operand_formats(instruction).front();
  Operand made{f, std::vector<std::uint32_t>(kSize * kSize), {}};
  for (std::uint32_t& code : made.codes) {
    const std::uint32_t bits = random.next32();
    code = bits & (sign_mask(f) | magnitude_mask(f));
    if (f.exponent_bits < 4) continue;
    const std::uint32_t field = static_cast<std::uint32_t>(f.bias) - 3 + random.next32() % 6;
    code = (bits & (sign_mask(f) | mantissa_mask(f))) | field << f.mantissa_bits;
    if (f.name == kTf32.name) code <<= 13;
  }
  if (instruction.scale_block != 0) made.scales.resize(kSize * kSize / instruction.scale_block);
  for (std::uint8_t& scale : made.scales) {
    const int one = instruction.scale.bias << instruction.scale.mantissa_bits;
    scale = static_cast<std::uint8_t>(one - 8 + static_cast<int>(random.next32() % 16));
  }
  return made;
}

void product(benchmark::State& state, const reference::MmaInstruction& instruction, std::int64_t promotion,
             std::size_t threads) {
  const tbb::global_control limit(tbb::global_control::max_allowed_parallelism, threads);
  const Operand a = drawn(instruction, 1), b = drawn(instruction, 2);
  for (auto _ : state) {
    const auto d = mma_product({&instruction, promotion}, a.view(), b.view());
    benchmark::DoNotOptimize(d.data());
    benchmark::ClobberMemory();
  }
  count_products(state);
}

void register_all() {
  benchmark::RegisterBenchmark("eigen/sgemm", eigen)->Unit(benchmark::kMillisecond)->UseRealTime();
  const auto all = static_cast<std::size_t>(tbb::info::default_concurrency());
  for (const char* name : {"sm_90a/wgmma.k32/fp8/f32", "sm_90/mma.m16n8k32/fp8/f32", "sm_90/mma.m16n8k16/f16/f32",
                           "sm_90/mma.m16n8k16/f16/f16", "sm_90a/wgmma.k16/bf16/f32", "sm_90a/wgmma.k8/tf32/f32",
                           "sm_80/mma.m16n8k16/f16/f32", "sm_100a/tcgen05.mxf8f6f4.k32/mxfp8/f32",
                           "sm_100a/tcgen05.mxf4nvf4.k64/nvfp4/f32", "sm_90a/wgmma.k32/int8/s32"}) {
    const reference::MmaInstruction& instruction = reference::require_mma_instruction(name);
    for (const std::int64_t promotion : {0, 128}) {
      if (promotion != 0 && std::string_view(name) != "sm_90a/wgmma.k32/fp8/f32") continue;
      for (const std::size_t threads : {std::size_t{1}, all}) {
        const std::string title = fmt::format("{}{}/threads:{}", name, promotion == 0 ? "" : "/promotion:128", threads);
        benchmark::RegisterBenchmark(title.c_str(),
                                     [&instruction, promotion, threads](benchmark::State& state) {
                                       product(state, instruction, promotion, threads);
                                     })
            ->Unit(benchmark::kMillisecond)
            ->UseRealTime();
        if (all == 1) break;
      }
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  register_all();
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 3;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
