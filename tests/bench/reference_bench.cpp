// How fast the reference is: each recipe from fp32 and bf16 with amax given, beside memcpy of the same input and a pass
// that only reads it. Elements a second are comparable across rows of one run.
#include <benchmark/benchmark.h>

#include <fmt/format.h>
#include <cstring>

#include "bitgate/compare/case_operands.h"
#include "bitgate/compare/distribution.h"
#include "bitgate/reference/recipe/recipe.h"

namespace {

using namespace bitgate;

constexpr Extent kExtent{1024, 4096};

TypedTensor normal_input(InputType type) {
  return compare::generate(reference::require_recipe("torchao/nvfp4"), {"normal", 0}, type, kExtent, 1);
}

void count_elements(benchmark::State& state) { state.SetItemsProcessed(state.iterations() * count(kExtent)); }

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

void quantize(benchmark::State& state, const reference::Recipe& recipe, InputType type) {
  const TypedTensor input = normal_input(type);
  const compare::Case c{std::string(recipe.identity.name), type, {"normal"}, kExtent, 1};
  const compare::CaseOperands operands = compare::operands_of(recipe, c);
  Request request = compare::request_of(recipe, input, operands);
  // Of the side that is made: column-wise for a transform of that side.
  const TypedTensor side = reference::operand(recipe, request, request.direction);
  const std::vector<float> amax = reference::amax_of(recipe.rules, side.view());
  const bool transformed =
      recipe.rules.transform != reference::Transform::kNone && request.direction == Direction::kColumnwise;
  (transformed ? request.amax_columnwise : request.amax) = amax;
  for (auto _ : state) benchmark::DoNotOptimize(reference::quantize(recipe, request));
  count_elements(state);
}

void register_all() {
  benchmark::RegisterBenchmark("memcpy/fp32", copy_input);
  benchmark::RegisterBenchmark("read/fp32", read_input);
  for (const reference::Recipe& recipe : reference::catalog())
    for (const InputType type : {InputType::kF32, InputType::kBf16})
      if (reference::runs(recipe) && accepts(recipe.accepts, type))
        benchmark::RegisterBenchmark(fmt::format("reference/{}/{}", recipe.identity.name, name_of(type)).c_str(),
                                     [&recipe, type](benchmark::State& state) { quantize(state, recipe, type); });
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
