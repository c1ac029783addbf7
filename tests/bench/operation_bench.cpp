// Bandwidth of operations that quantize nothing, on the current GPU, beside a device-to-device copy: as
// kernel_bench.cpp. Each byte given is counted once, each byte of the answer once.
#include <benchmark/benchmark.h>

#include <cstdio>
#include <string>
#include <vector>

#include "bitgate/device/launch/launch.h"
#include "bitgate/device/operation.h"
#include "bitgate/tests/bench/device_timing.h"

namespace bitgate::device {
namespace {

constexpr Extent kExtent{8192, 8192};

// Device memory of one call: what is given holds random bits, which are codes and scales as they come.
struct OperationMemory {
  std::vector<DeviceBuffer> memory;
  Addresses addresses{};
};

// As many random words as any buffer here holds, made once.
const std::vector<std::uint32_t>& random_words() {
  static const std::vector<std::uint32_t> words =
      random_input(static_cast<std::size_t>(count(kExtent)) + kInputs, InputType::kF32, 1);
  return words;
}

OperationMemory memory_of(const Operation& operation, const BufferBytes& bytes, std::size_t input) {
  OperationMemory call;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto size = static_cast<std::size_t>(bytes[i]);
    call.addresses[i] = call.memory.emplace_back(size).data();
    if (size == 0 || i == static_cast<std::size_t>(operation.answer)) continue;
    check(cudaMemcpy(call.addresses[i], random_words().data() + input, size, cudaMemcpyHostToDevice),
          "filling a buffer");
  }
  return call;
}

double bytes_moved(const Operation& operation, const BufferBytes& bytes) {
  double moved = static_cast<double>(bytes[static_cast<std::size_t>(operation.answer)]);
  for (const Buffer buffer : operation.given) moved += static_cast<double>(bytes[static_cast<std::size_t>(buffer)]);
  return moved;
}

void bench_operation(benchmark::State& state, const Operation& operation, InputType type, double copy) {
  const BufferBytes bytes = operation.bytes(operation, kExtent, type);
  const std::vector<Launch> launches = operation.plan(operation, kExtent, type);
  std::vector<OperationMemory> calls;
  for (std::size_t i = 0; i < kInputs; ++i) calls.push_back(memory_of(operation, bytes, i));
  const Stopwatch time;
  const auto work = [&](std::size_t n) {
    for (const Launch& launch : launches) start(launch, calls[n % kInputs].addresses, time.stream.get());
  };
  for (int i = 0; i < kWarmUps; ++i) work(static_cast<std::size_t>(i));
  double total = 0.0;
  for (auto _ : state) {
    const double seconds = time(work);
    state.SetIterationTime(seconds);
    total += seconds;
  }
  finish(state, total, bytes_moved(operation, bytes), copy);
}

void register_all() {
  const double copy = copy_rate(static_cast<std::size_t>(count(kExtent)) * sizeof(float));
  for (const Operation& operation : operations())
    for (const InputType type : operation.types)
      benchmark::RegisterBenchmark(
          (std::string(operation.name) + "/" + std::string(name_of(type))).c_str(),
          [&operation, type, copy](benchmark::State& state) { bench_operation(state, operation, type, copy); })
          ->UseManualTime()
          ->Iterations(kIntervals);
}

}  // namespace
}  // namespace bitgate::device

int main(int argc, char** argv) {
  if (const auto why = bitgate::device::why_no_gpu()) {
    std::fprintf(stderr, "nothing measured: %s\n", why->c_str());
    return 2;
  }
  const bitgate::device::DeviceFacts facts = bitgate::device::device_facts();
  benchmark::AddCustomContext("gpu", facts.name);
  benchmark::AddCustomContext("driver", facts.driver);
  benchmark::AddCustomContext("nvcc", facts.nvcc);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 3;
  bitgate::device::register_all();
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
