// How fast the reference is: each recipe from fp32 and bf16, with max|x| given and with the pass that finds it, on one
// thread, on four and on all, beside memcpy of the same input and a pass that only reads it. Counters: elements a
// second, and `of_memcpy`, their ratio to memcpy's of fp32, measured at the start of the same run.
//
// BITGATE_LEVEL chooses the level of instructions (reference/recipe/lanes/kernels.h). Two runs' JSON files
// (--benchmark_out=FILE) are compared by tests/bench/compare.py.
#include <benchmark/benchmark.h>

#include <fmt/format.h>
#include <tbb/global_control.h>
#include <tbb/info.h>
#include <algorithm>
#include <chrono>
#include <cstring>
#include <set>

#include "bitgate/compare/case_operands.h"
#include "bitgate/compare/distribution.h"
#include "bitgate/reference/recipe/recipe.h"

namespace {

using namespace bitgate;

constexpr Extent kExtent{1024, 4096};

TypedTensor normal_input(InputType type) {
  return compare::generate(reference::require_recipe("torchao/nvfp4"), {"normal", 0}, type, kExtent, 1);
}

// memcpy's elements a second: the median of several.
double copy_rate() {
  const TypedTensor input = normal_input(InputType::kF32);
  std::vector<float> out(static_cast<std::size_t>(count(kExtent)));
  std::vector<double> seconds(15);
  for (double& one : seconds) {
    const auto start = std::chrono::steady_clock::now();
    std::memcpy(out.data(), input.view().data, out.size() * sizeof(float));
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
    one = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }
  std::nth_element(seconds.begin(), seconds.begin() + 7, seconds.end());
  return static_cast<double>(count(kExtent)) / seconds[7];
}
const double kCopyRate = copy_rate();

void count_elements(benchmark::State& state) {
  const auto elements = static_cast<double>(state.iterations() * count(kExtent));
  state.SetItemsProcessed(state.iterations() * count(kExtent));
  state.counters["of_memcpy"] = benchmark::Counter(elements / kCopyRate, benchmark::Counter::kIsRate);
}

void copy_input(benchmark::State& state) {
  const TypedTensor input = normal_input(InputType::kF32);
  std::vector<float> out(static_cast<std::size_t>(count(kExtent)));
  for (auto _ : state) {
    std::memcpy(out.data(), input.view().data, out.size() * sizeof(float));
    benchmark::DoNotOptimize(out.data());
    benchmark::ClobberMemory();
  }
  count_elements(state);
}

void read_input(benchmark::State& state) {
  const TypedTensor input = normal_input(InputType::kF32);
  for (auto _ : state) {
    std::uint32_t all = 0;
    for (const float x : input.view().f32()) all |= std::bit_cast<std::uint32_t>(x);
    benchmark::DoNotOptimize(all);
  }
  count_elements(state);
}

struct Run {
  const reference::Recipe* recipe;
  InputType type;
  bool amax_given;
  int threads;
};

// Whether there is a number of the whole tensor, or of its rows, that could be given.
bool has_amax(const reference::Recipe& recipe) { return amax_count(scheme_of(recipe.rules.scheme), kExtent) != 0; }

void quantize(benchmark::State& state, const Run& run) {
  const reference::Recipe& recipe = *run.recipe;
  const tbb::global_control threads(tbb::global_control::max_allowed_parallelism,
                                    static_cast<std::size_t>(run.threads));
  const TypedTensor input = normal_input(run.type);
  const compare::Case c{std::string(recipe.identity.name), run.type, {"normal"}, kExtent, 1};
  const compare::CaseOperands operands = compare::operands_of(recipe, c);
  Request request = compare::request_of(recipe, input, operands);
  // Of the side that is made: column-wise for a transform of that side.
  const TypedTensor side = reference::operand(recipe, request, request.direction);
  const std::vector<float> amax = reference::amax_of(recipe.rules, side.view());
  const bool transformed =
      recipe.rules.transform != reference::Transform::kNone && request.direction == Direction::kColumnwise;
  if (run.amax_given) (transformed ? request.amax_columnwise : request.amax) = amax;
  // As memcpy, into memory that is there already.
  QuantizedTensor out;
  for (auto _ : state) {
    reference::quantize_into(recipe, request, out);
    benchmark::DoNotOptimize(out);
  }
  count_elements(state);
}

void register_recipe(const reference::Recipe& recipe, InputType type) {
  const int cores = tbb::info::default_concurrency();
  for (const int threads : std::set<int>{1, std::min(4, cores), cores})
    for (const bool given : {true, false}) {
      if (!given && !has_amax(recipe)) continue;
      const Run run{&recipe, type, given, threads};
      const std::string_view amax = given && has_amax(recipe) ? "/amax given" : "";
      benchmark::RegisterBenchmark(
          fmt::format("reference/{}/{}{}/threads:{}", recipe.identity.name, name_of(type), amax, threads).c_str(),
          [run](benchmark::State& state) { quantize(state, run); })
          ->UseRealTime();
    }
}

void register_all() {
  benchmark::RegisterBenchmark("memcpy/fp32", copy_input)->UseRealTime();
  benchmark::RegisterBenchmark("read/fp32", read_input)->UseRealTime();
  for (const reference::Recipe& recipe : reference::catalog())
    for (const InputType type : {InputType::kF32, InputType::kBf16})
      if (reference::runs(recipe) && accepts(recipe.accepts, type)) register_recipe(recipe, type);
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
