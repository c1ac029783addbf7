// How fast encode() over lanes is: the leading formats and rules at each level of x86-64 that this CPU has (4, 8 and 16
// lanes), from binary32 to codes of 8 or 16 bits, beside memcpy of the same input and a pass that only reads it.
// Elements a second are comparable across rows of one run.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <bit>
#include <cstdint>
#include <cstring>
#include <vector>

#include "bitgate/tests/support/encode_levels.h"

namespace {

using namespace bitgate;

constexpr std::size_t kCount = std::size_t{1} << 22;  // 16 MiB: more than a core's caches

// Bit patterns of numbers between 2^-16 and 2^16 of both signs: what narrow formats round, and what overflows them.
std::vector<float> input() {
  std::vector<float> values(kCount);
  std::uint32_t state = 1;
  for (float& value : values) {
    state = state * 1664525u + 1013904223u;
    const std::uint32_t field = 111 + (state >> 27);
    value = std::bit_cast<float>((state << 13 & 0x80000000u) | field << 23 | (state >> 4 & 0x7FFFFFu));
  }
  return values;
}

void count_elements(benchmark::State& state) {
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(kCount));
}

void copy_input(benchmark::State& state) {
  const std::vector<float> from = input();
  std::vector<float> to(kCount);
  for (auto _ : state) {
    std::memcpy(to.data(), from.data(), kCount * sizeof(float));
    benchmark::DoNotOptimize(to.data());
    benchmark::ClobberMemory();
  }
  count_elements(state);
}

void read_input(benchmark::State& state) {
  const std::vector<float> from = input();
  for (auto _ : state) {
    std::uint32_t all = 0;
    for (const float x : from) all |= std::bit_cast<std::uint32_t>(x);
    benchmark::DoNotOptimize(all);
  }
  count_elements(state);
}

void encode_input(benchmark::State& state, reference::Level level, std::size_t leading) {
  const std::vector<float> from = input();
  std::vector<std::uint16_t> codes(kCount);
  for (auto _ : state) {
    levels::loops_of(level).encode(leading, from.data(), kCount, codes.data());
    benchmark::DoNotOptimize(codes.data());
    benchmark::ClobberMemory();
  }
  count_elements(state);
}

void register_all() {
  benchmark::RegisterBenchmark("memcpy/fp32", copy_input);
  benchmark::RegisterBenchmark("read/fp32", read_input);
  for (const reference::Level level : reference::levels_here())
    for (std::size_t i = 0; i < levels::kLeading.size(); ++i)
      benchmark::RegisterBenchmark(fmt::format("encode/{}/{}", name_of(level), levels::kLeading[i].name).c_str(),
                                   [level, i](benchmark::State& state) { encode_input(state, level, i); });
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
