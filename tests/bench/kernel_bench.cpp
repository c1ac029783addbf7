// Kernel bandwidth on the current GPU beside a device-to-device copy: Google Benchmark, time by CUDA events.
//
// bytes_per_second counts each input byte read and each output byte written once (the copy: read plus written);
// ratio_to_copy divides it by the copy's. Inputs are random and rotate among buffers that together exceed the L2 cache.
// Report medians: --benchmark_repetitions=9 --benchmark_report_aggregates_only=true.
#include <benchmark/benchmark.h>
#include <cuda_runtime_api.h>

#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "bitgate/device/kernel.h"
#include "bitgate/device/launch/launch.h"
#include "bitgate/device/support/buffer.h"

namespace bitgate::device {
namespace {

constexpr Extent kExtent{8192, 8192};
constexpr std::size_t kInputs = 4;
constexpr int kWarmUps = 20;
constexpr int kLaunchesTimed = 8;  // in one interval, so that the events' own time stays small

// Bits of numbers in about [-2, 2): random significands and signs, exponents of 2^-2 to 1.
std::vector<std::uint32_t> random_input(std::size_t words, InputType type, std::uint64_t seed) {
  const bool wide = type == InputType::kF32;
  const int mantissa_bits = format_of(type).mantissa_bits;
  const std::uint32_t bias = static_cast<std::uint32_t>(format_of(type).bias);
  const auto element = [&](std::uint32_t random) {
    const std::uint32_t field = bias - (random >> 1 & 3) % 3;
    const std::uint32_t sign = (random & 1) << (format_of(type).bits - 1);
    return sign | field << mantissa_bits | (random >> 3 & mantissa_mask(format_of(type)));
  };
  std::vector<std::uint32_t> bits(words);
  for (std::uint32_t& word : bits) {
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    const auto random = static_cast<std::uint32_t>(seed >> 32);
    word = wide ? element(random) : element(random & 0xFFFF) | element(random >> 16) << 16;
  }
  return bits;
}

std::vector<DeviceBuffer> upload_inputs(std::size_t bytes, InputType type) {
  std::vector<DeviceBuffer> inputs;
  for (std::size_t i = 0; i < kInputs; ++i) {
    const std::vector<std::uint32_t> bits = random_input(bytes / sizeof(std::uint32_t), type, i + 1);
    check(cudaMemcpy(inputs.emplace_back(bytes).data(), bits.data(), bytes, cudaMemcpyHostToDevice),
          "copying an input");
  }
  return inputs;
}

// Seconds for one call of `work(i)`, as the mean of an interval of them.
template <class Work>
double seconds_per_call(const Work& work, cudaStream_t stream, const Event& begin, const Event& end) {
  check(cudaEventRecord(begin.get(), stream), "cudaEventRecord");
  for (int i = 0; i < kLaunchesTimed; ++i) work(static_cast<std::size_t>(i));
  check(cudaEventRecord(end.get(), stream), "cudaEventRecord");
  check(cudaEventSynchronize(end.get()), "cudaEventSynchronize");
  float milliseconds = 0.0f;
  check(cudaEventElapsedTime(&milliseconds, begin.get(), end.get()), "cudaEventElapsedTime");
  return static_cast<double>(milliseconds) / 1e3 / kLaunchesTimed;
}

struct Stopwatch {
  Stream stream = make_stream();
  Event begin = make_event(), end = make_event();

  template <class Work>
  double operator()(const Work& work) const {
    return seconds_per_call(work, stream.get(), begin, end);
  }
};

// Bytes a second of a copy of `bytes`, read plus written: the median of 25 intervals.
double copy_rate(std::size_t bytes) {
  const Stopwatch time;
  std::vector<DeviceBuffer> from, to;
  for (std::size_t i = 0; i < kInputs; ++i) {
    check(cudaMemset(from.emplace_back(bytes).data(), static_cast<int>(i + 1), bytes), "cudaMemset");
    to.emplace_back(bytes);
  }
  std::vector<double> seconds;
  for (int i = 0; i < 25; ++i)
    seconds.push_back(time([&](std::size_t n) {
      check(cudaMemcpyAsync(to[n % kInputs].data(), from[n % kInputs].data(), bytes, cudaMemcpyDeviceToDevice,
                            time.stream.get()),
            "device copy");
    }));
  std::nth_element(seconds.begin(), seconds.begin() + 12, seconds.end());
  return 2.0 * static_cast<double>(bytes) / seconds[12];
}

void finish(benchmark::State& state, double seconds, double bytes_per_call, double copy) {
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes_per_call) * state.iterations());
  state.counters["ratio_to_copy"] = bytes_per_call * static_cast<double>(state.iterations()) / seconds / copy;
}

void bench_copy(benchmark::State& state, double copy) {
  const auto bytes = static_cast<std::size_t>(count(kExtent)) * sizeof(float);
  const Stopwatch time;
  const std::vector<DeviceBuffer> from = upload_inputs(bytes, InputType::kF32);
  std::vector<DeviceBuffer> to;
  for (std::size_t i = 0; i < kInputs; ++i) to.emplace_back(bytes);
  const auto work = [&](std::size_t n) {
    check(cudaMemcpyAsync(to[n % kInputs].data(), from[n % kInputs].data(), bytes, cudaMemcpyDeviceToDevice,
                          time.stream.get()),
          "device copy");
  };
  for (int i = 0; i < kWarmUps; ++i) work(static_cast<std::size_t>(i));
  double total = 0.0;
  for (auto _ : state) {
    const double seconds = time(work);
    state.SetIterationTime(seconds);
    total += seconds;
  }
  finish(state, total, 2.0 * static_cast<double>(bytes), copy);
}

// `amax_given`: the quantizer alone; else the amax pass too, which reads the input a second time.
void bench_kernel(benchmark::State& state, const Kernel& kernel, InputType type, PlanOptions options, double copy) {
  const BufferBytes bytes = buffer_bytes(scheme_of(kernel.scheme), kExtent, type);
  const Stopwatch time;
  const std::vector<DeviceBuffer> inputs = upload_inputs(static_cast<std::size_t>(bytes.input), type);
  const DeviceBuffer amax(static_cast<std::size_t>(bytes.amax)), codes(static_cast<std::size_t>(bytes.codes)),
      scales(static_cast<std::size_t>(bytes.scales)), extras(static_cast<std::size_t>(bytes.extras));
  if (amax.bytes() != 0) {
    const std::vector<float> twos(amax.bytes() / sizeof(float), 2.0f);
    check(cudaMemcpy(amax.data(), twos.data(), amax.bytes(), cudaMemcpyHostToDevice), "copying amax");
  }
  const std::vector<Launch> launches = kernel.plan(kExtent, type, options);
  const auto work = [&](std::size_t n) {
    if (!options.amax_given && amax.bytes() != 0)
      check(cudaMemsetAsync(amax.data(), 0, amax.bytes(), time.stream.get()), "clearing amax");
    for (const Launch& launch : launches)
      start(launch, {inputs[n % kInputs].data(), amax.data(), codes.data(), scales.data(), extras.data()},
            time.stream.get());
  };
  for (int i = 0; i < kWarmUps; ++i) work(static_cast<std::size_t>(i));
  double total = 0.0;
  for (auto _ : state) {
    const double seconds = time(work);
    state.SetIterationTime(seconds);
    total += seconds;
  }
  const double reads = static_cast<double>(bytes.input) * static_cast<double>(launches.size());
  finish(state, total, reads + static_cast<double>(bytes.codes + bytes.scales + bytes.extras), copy);
}

void register_all() {
  const double copy = copy_rate(static_cast<std::size_t>(count(kExtent)) * sizeof(float));
  benchmark::RegisterBenchmark("device_copy", [=](benchmark::State& state) {
    bench_copy(state, copy);
  })->UseManualTime();
  for (const Kernel& kernel : kernels())
    for (const InputType type : kernel.types) {
      const std::string name = key(kernel) + "/" + std::string(name_of(type));
      const auto add = [&](const std::string& suffix, PlanOptions options) {
        benchmark::RegisterBenchmark((name + suffix).c_str(), [&kernel, type, options, copy](benchmark::State& state) {
          bench_kernel(state, kernel, type, options, copy);
        })->UseManualTime();
      };
      if (kernel.global_number == GlobalNumber::kAmax) add("/amax_given", {.amax_given = true});
      add("", {.amax_given = false});
    }
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
