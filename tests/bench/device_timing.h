// What benchmarks on the GPU share: random inputs, intervals between CUDA events, the rate of a device copy.
#pragma once

#include <benchmark/benchmark.h>
#include <cuda_runtime_api.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "bitgate/device/support/buffer.h"
#include "bitgate/reference/format/tensor.h"

namespace bitgate::device {

inline constexpr std::size_t kInputs = 4;
inline constexpr int kWarmUps = 20;
inline constexpr int kIntervals = 4;      // of one repetition
inline constexpr int kLaunchesTimed = 8;  // in one interval, so that the events' own time stays small

// Bits of numbers in about [-2, 2): random significands and signs, exponents of 2^-2 to 1.
inline std::vector<std::uint32_t> random_input(std::size_t words, InputType type, std::uint64_t seed) {
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

// Made once for each size and type: the benchmarks run one after the other.
inline const std::vector<DeviceBuffer>& upload_inputs(std::size_t bytes, InputType type) {
  static std::map<std::pair<std::size_t, InputType>, std::vector<DeviceBuffer>> made;
  std::vector<DeviceBuffer>& inputs = made[{bytes, type}];
  if (!inputs.empty()) return inputs;
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
inline double copy_rate(std::size_t bytes) {
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

inline void finish(benchmark::State& state, double seconds, double bytes_per_call, double copy) {
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes_per_call) * state.iterations());
  state.counters["ratio_to_copy"] = bytes_per_call * static_cast<double>(state.iterations()) / seconds / copy;
}

}  // namespace bitgate::device
