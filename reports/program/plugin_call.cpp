#include "bitgate/reports/program/plugin_call.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "bitgate/reports/program/plugin_memory.h"

namespace bitgate::program {

namespace {

std::int64_t workspace_bytes(const bitgate_kernel& kernel, const PluginCall& call) {
  if (kernel.workspace == nullptr) return kernel.workspace_bytes;
  const std::int64_t bytes = kernel.workspace(call.rows, call.cols, call.input_type);
  if (bytes < 0) throw KernelFault(fmt::format("workspace() of {} x {} returned {}", call.rows, call.cols, bytes));
  return bytes;
}

class Call {
 public:
  Call(device::Memory& memory, const bitgate_kernel& kernel, const PluginCall& call, std::span<const std::byte> given)
      : memory_(memory), kernel_(kernel), call_(call) {
    for (std::size_t i = 0; i < kPluginBuffers; ++i) {
      const bool own = i == at(PluginBuffer::kWorkspace);
      const std::size_t bytes = own ? static_cast<std::size_t>(workspace_bytes(kernel, call)) : call.bytes[i];
      buffers_.emplace_back(memory, kPluginBufferNames[i], bytes);
      if (i >= kFirstAnswered) continue;
      given_[i] = given.first(bytes);
      given = given.subspan(bytes);
    }
  }

  Frame run() {
    prepare();
    if (call_.replay != 0)
      replay();
    else
      enqueue();
    memory_.wait();
    return answer();
  }

 private:
  void prepare() {
    for (std::size_t i = 0; i < kPluginBuffers; ++i) {
      buffers_[i].fill(call_.poison);
      if (i < kFirstAnswered) buffers_[i].put(given_[i]);
    }
  }

  // Captured and replayed on the bytes of the input in reverse order first: what a capture saw is not what counts.
  void replay() {
    std::vector<std::byte> other(given_[0].begin(), given_[0].end());
    std::ranges::reverse(other);
    buffers_[0].put(other);
    memory_.capture([&] { enqueue(); });
    memory_.replay();
    memory_.wait();
    prepare();
    memory_.replay();
  }

  void* data(PluginBuffer buffer) const noexcept { return buffers_[at(buffer)].data(); }
  const float* numbers(PluginBuffer buffer) const noexcept { return static_cast<const float*>(data(buffer)); }
  std::int64_t count(PluginBuffer buffer) const noexcept {
    return static_cast<std::int64_t>(buffers_[at(buffer)].bytes() / sizeof(float));
  }

  bitgate_launch launch() const {
    using enum PluginBuffer;
    bitgate_launch launch{};
    launch.size = sizeof launch;
    launch.input_type = call_.input_type;
    launch.rows = call_.rows;
    launch.cols = call_.cols;
    launch.input = data(kInput);
    launch.amax = numbers(kAmax);
    launch.codes = data(kCodes);
    launch.scales = data(kScales);
    launch.extras = data(kExtras);
    launch.global = data(kGlobal);
    launch.workspace = data(kWorkspace);
    launch.stream = memory_.stream();
    launch.direction = call_.direction;
    launch.epsilon = call_.epsilon;
    launch.values = data(kValues);
    launch.codes_t = data(kCodesT);
    launch.scales_t = data(kScalesT);
    launch.global_t = data(kGlobalT);
    launch.amax_t = numbers(kAmaxT);
    launch.global_given = numbers(kGlobalGiven);
    launch.global_t_given = numbers(kGlobalGivenT);
    launch.random = static_cast<const std::uint32_t*>(data(kRandom));
    launch.random_t = static_cast<const std::uint32_t*>(data(kRandomT));
    launch.philox_seed = call_.philox_seed;
    launch.philox_offset = call_.philox_offset;
    launch.weight = numbers(kWeight);
    launch.residual = numbers(kResidual);
    launch.weight_count = count(kWeight);
    launch.residual_count = count(kResidual);
    launch.gate = data(kGate);
    launch.row_factor = numbers(kRowFactor);
    return launch;
  }

  void enqueue() {
    const bitgate_launch one = launch();
    const std::int32_t status = kernel_.run(&one);
    if (status != 0) throw KernelFault(fmt::format("the kernel returned {}", memory_.describe(status)));
  }

  Frame answer() {
    Frame frame{kAnswer};
    for (std::size_t i = 0; i < kPluginBuffers; ++i) {
      const std::vector<std::byte> bytes = buffers_[i].read();
      if (i < kFirstAnswered && !std::ranges::equal(bytes, given_[i]))
        throw KernelFault(fmt::format("the kernel changed {}{}",
                                      i == 0 ? "" : "what it was given: ", i == 0 ? "its input" : buffers_[i].name()));
      if (i >= kFirstAnswered && i < kEndAnswered) frame.insert(frame.end(), bytes.begin(), bytes.end());
    }
    return frame;
  }

  device::Memory& memory_;
  const bitgate_kernel& kernel_;
  const PluginCall& call_;
  std::vector<Guarded> buffers_;
  std::array<std::span<const std::byte>, kFirstAnswered> given_;
};

}  // namespace

Frame call_kernel(device::Memory& memory, const bitgate_kernel& kernel, const PluginCall& call,
                  std::span<const std::byte> given) {
  return Call(memory, kernel, call, given).run();
}

}  // namespace bitgate::program
