// Kernel bandwidth on the current GPU beside a device-to-device copy: Google Benchmark, time by CUDA events.
//
// bytes_per_second counts each input byte read (once for each pass over it) and each output byte written once (the
// copy: read plus written); ratio_to_copy divides it by the copy's. decode/ rows: the time of one call on few rows.
// Inputs are random and rotate among buffers that together exceed the L2 cache. Report medians:
// --benchmark_repetitions=9 --benchmark_report_aggregates_only=true.
#include <benchmark/benchmark.h>
#include <cuda_runtime_api.h>

#include <cstdio>
#include <string>
#include <vector>

#include "bitgate/device/kernel.h"
#include "bitgate/device/launch/launch.h"
#include "bitgate/tests/bench/device_timing.h"

namespace bitgate::device {
namespace {

constexpr Extent kExtent{8192, 8192};
void bench_copy(benchmark::State& state, double copy) {
  const auto bytes = static_cast<std::size_t>(count(kExtent)) * sizeof(float);
  const Stopwatch time;
  const std::vector<DeviceBuffer>& from = upload_inputs(bytes, InputType::kF32);
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

// What is timed of a kernel: one input type, one direction, amax given or not.
struct Variation {
  InputType type;
  Direction direction;
  bool amax_given;
};

// Whether the recipe multiplies by weights or adds a residual; its kernel is then asked with one a column.
bool is_fused(const Kernel& kernel) { return kernel.recipe.find("mul") != std::string_view::npos; }

// Device memory of one call beside its inputs, and what its plan is told.
struct Prepared {
  Request request;
  std::vector<float> amax, columns;
  PlanOptions options;
  std::vector<Launch> launches;
  std::vector<DeviceBuffer> memory;
  Addresses addresses{};
};

void give_operands(Prepared& call, const Kernel& kernel, const Variation& variation, const Extent& extent) {
  const Extent side = has_rows(variation.direction) ? extent : Extent{extent.cols, extent.rows};
  call.request.input = {variation.type, extent, nullptr};
  call.request.direction = variation.direction;
  call.amax.assign(static_cast<std::size_t>(amax_count(scheme_of(kernel.scheme), side)), 2.0f);
  if (variation.amax_given) {
    call.request.amax = call.amax;
    if (kernel.own_columnwise_amax) call.request.amax_columnwise = call.amax;
  }
  call.columns.assign(static_cast<std::size_t>(extent.cols), 1.5f);
  if (is_fused(kernel)) call.request.fused.weight = call.columns;
  if (kernel.recipe.find("add") != std::string_view::npos) call.request.fused.residual = call.columns;
}

Prepared prepare(const Kernel& kernel, const Variation& variation, const Extent& extent) {
  Prepared call;
  give_operands(call, kernel, variation, extent);
  call.options = plan_options(kernel, call.request);
  call.launches = kernel.plan(extent, variation.type, call.options);
  const BufferBytes bytes = buffer_bytes(kernel, call.request);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto size = static_cast<std::size_t>(bytes[i]);
    const DeviceBuffer& memory = call.memory.emplace_back(i == 0 ? 0 : size);
    call.addresses[i] = memory.data();
    const auto buffer = static_cast<Buffer>(i);
    const bool read = buffer == Buffer::kAmax || buffer == Buffer::kAmaxColumnwise || buffer == Buffer::kWeight ||
                      buffer == Buffer::kResidual;
    if (read && size != 0) {
      const std::vector<float> twos(size / sizeof(float), 2.0f);
      check(cudaMemcpy(memory.data(), twos.data(), size, cudaMemcpyHostToDevice), "filling a buffer");
    }
  }
  if (call.request.amax_columnwise.empty() && !kernel.own_columnwise_amax)
    call.addresses[static_cast<std::size_t>(Buffer::kAmaxColumnwise)] =
        call.addresses[static_cast<std::size_t>(Buffer::kAmax)];
  return call;
}

void enqueue(const Prepared& call, const void* input, cudaStream_t stream) {
  Addresses addresses = call.addresses;
  addresses[0] = const_cast<void*>(input);
  const auto clear = [&](Buffer buffer, bool given) {
    const DeviceBuffer& memory = call.memory[static_cast<std::size_t>(buffer)];
    if (!given && memory.bytes() != 0)
      check(cudaMemsetAsync(memory.data(), 0, memory.bytes(), stream), "clearing amax");
  };
  clear(Buffer::kAmax, call.options.amax_given);
  clear(Buffer::kAmaxColumnwise, call.options.amax_columnwise_given);
  for (const Launch& launch : call.launches) start(launch, addresses, stream);
}

// Each input byte once for each launch that takes the input, each output byte once; what passes through the workspace
// is written and read.
double bytes_moved(const Kernel& kernel, const Prepared& call) {
  const BufferBytes bytes = buffer_bytes(kernel, call.request);
  const auto of = [&](Buffer buffer) { return static_cast<double>(bytes[static_cast<std::size_t>(buffer)]); };
  double moved = 0.0;
  for (const Launch& launch : call.launches)
    for (const Buffer buffer : launch.pointers)
      if (buffer == Buffer::kInput || buffer == Buffer::kWorkspace) moved += of(buffer);
  for (const Buffer buffer : {Buffer::kCodes, Buffer::kScales, Buffer::kExtras, Buffer::kValues,
                              Buffer::kCodesColumnwise, Buffer::kScalesColumnwise})
    moved += of(buffer);
  return moved;
}

void bench_kernel(benchmark::State& state, const Kernel& kernel, const Variation& variation, double copy) {
  const Prepared call = prepare(kernel, variation, kExtent);
  const auto input_bytes = static_cast<std::size_t>(count(kExtent) * format_of(variation.type).bits / 8);
  const Stopwatch time;
  const std::vector<DeviceBuffer>& inputs = upload_inputs(input_bytes, variation.type);
  const auto work = [&](std::size_t n) { enqueue(call, inputs[n % kInputs].data(), time.stream.get()); };
  for (int i = 0; i < kWarmUps; ++i) work(static_cast<std::size_t>(i));
  double total = 0.0;
  for (auto _ : state) {
    const double seconds = time(work);
    state.SetIterationTime(seconds);
    total += seconds;
  }
  finish(state, total, bytes_moved(kernel, call), copy);
}

// Decode: a few rows, in microseconds a call, as launches and as a graph that holds kCallsInGraph of them.
constexpr int kCallsInGraph = 64;

GraphExec graph_of(const Prepared& call, const DeviceBuffer& input, cudaStream_t stream) {
  for (const Launch& launch : call.launches) load_kernel(launch);
  check(cudaStreamBeginCapture(stream, cudaStreamCaptureModeThreadLocal), "cudaStreamBeginCapture");
  for (int i = 0; i < kCallsInGraph; ++i) enqueue(call, input.data(), stream);
  cudaGraph_t graph = nullptr;
  check(cudaStreamEndCapture(stream, &graph), "cudaStreamEndCapture");
  const Graph owner(graph);
  cudaGraphExec_t ready = nullptr;
  check(cudaGraphInstantiate(&ready, graph, 0), "cudaGraphInstantiate");
  return GraphExec(ready);
}

void bench_decode(benchmark::State& state, const Kernel& kernel, const Extent& extent, bool as_graph) {
  const Prepared call = prepare(kernel, {InputType::kF32, Direction::kRowwise, false}, extent);
  const auto bytes = static_cast<std::size_t>(count(extent)) * sizeof(float);
  const DeviceBuffer input(bytes);
  const std::vector<std::uint32_t> bits = random_input(bytes / sizeof(float), InputType::kF32, 1);
  check(cudaMemcpy(input.data(), bits.data(), bytes, cudaMemcpyHostToDevice), "copying an input");
  const Stopwatch time;
  const GraphExec graph = as_graph ? graph_of(call, input, time.stream.get()) : GraphExec();
  const auto work = [&](std::size_t) {
    if (as_graph)
      check(cudaGraphLaunch(graph.get(), time.stream.get()), "cudaGraphLaunch");
    else
      for (int i = 0; i < kCallsInGraph; ++i) enqueue(call, input.data(), time.stream.get());
  };
  for (int i = 0; i < kWarmUps; ++i) work(0);
  for (auto _ : state) state.SetIterationTime(time(work) / kCallsInGraph);
}

std::string_view suffix_of(Direction direction) {
  return direction == Direction::kRowwise ? "" : direction == Direction::kColumnwise ? "/columnwise" : "/both";
}

void register_kernel(const Kernel& kernel, double copy) {
  const bool has_amax = amax_count(scheme_of(kernel.scheme), kExtent) != 0;
  for (const InputType type : kernel.types)
    for (const Direction direction : {Direction::kRowwise, Direction::kColumnwise, Direction::kBoth}) {
      if (!makes(kernel.directions, direction)) continue;
      const std::string name = key(kernel) + "/" + std::string(name_of(type)) + std::string(suffix_of(direction));
      for (const bool given : {true, false}) {
        if (given && !has_amax) continue;
        const Variation variation{type, direction, given};
        benchmark::RegisterBenchmark(
            (name + (given ? "/amax_given" : "")).c_str(),
            [&kernel, variation, copy](benchmark::State& state) { bench_kernel(state, kernel, variation, copy); })
            ->UseManualTime()
            ->Iterations(kIntervals);
      }
    }
}

void register_decode(const Kernel& kernel) {
  for (const std::int64_t rows : {1, 4, 8})
    for (const std::int64_t cols : {2048, 4096, 8192})
      for (const bool as_graph : {false, true}) {
        const std::string name = "decode/" + key(kernel) + "/" + std::to_string(rows) + "x" + std::to_string(cols) +
                                 (as_graph ? "/graph" : "");
        const Extent extent{rows, cols};
        benchmark::RegisterBenchmark(
            name.c_str(),
            [&kernel, extent, as_graph](benchmark::State& state) { bench_decode(state, kernel, extent, as_graph); })
            ->UseManualTime()
            ->Iterations(kIntervals);
      }
}

void register_all() {
  const double copy = copy_rate(static_cast<std::size_t>(count(kExtent)) * sizeof(float));
  benchmark::RegisterBenchmark("device_copy", [=](benchmark::State& state) { bench_copy(state, copy); })
      ->UseManualTime()
      ->Iterations(kIntervals);
  for (const Kernel& kernel : kernels()) register_kernel(kernel, copy);
  for (const Kernel& kernel : kernels())
    if (kernel.recipe == "ggml/rms_norm-mul-q8_1") register_decode(kernel);
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
