// The CUDA half of hardware.h; hardware_without_cuda.cpp takes its place in a build without kernels.
#include "bitgate/device/hardware.h"

#include <algorithm>
#include <array>
#include <string>

#include "bitgate/device/kernel.h"
#include "bitgate/device/launch/launch.h"
#include "bitgate/device/support/buffer.h"

namespace bitgate::device {
namespace {

constexpr int kOperands = 3;
constexpr std::size_t kBytes = std::size_t{HardwareRun::kMaxCount} * sizeof(std::uint32_t);
constexpr std::uint32_t kThreads = 256, kMaxBlocks = 132 * 16;
constexpr int kPoison = 0xA5;

// Page-locked: copies run while the host works, at the speed of the bus.
class HostBuffer {
 public:
  HostBuffer() {
    void* memory = nullptr;
    check(cudaMallocHost(&memory, kBytes), "cudaMallocHost of " + std::to_string(kBytes) + " bytes");
    memory_.reset(static_cast<std::uint32_t*>(memory));
  }
  std::uint32_t* data() const noexcept { return memory_.get(); }

 private:
  struct Free {
    void operator()(std::uint32_t* memory) const noexcept { cudaFreeHost(memory); }
  };
  std::unique_ptr<std::uint32_t, Free> memory_;
};

// A launch in flight. Buffers for operands come with the first words given.
struct Slot {
  Stream stream = make_stream();
  DeviceBuffer results{kBytes};
  HostBuffer read;
  std::array<DeviceBuffer, kOperands> words;
  std::uint32_t count = 0;
  std::string_view name;
};

HardwareWords uploaded(const HardwareOperand& operand, DeviceBuffer& memory, cudaStream_t stream) {
  if (operand.words.empty()) return {nullptr, operand.first, operand.step};
  if (memory.bytes() == 0) memory = DeviceBuffer(kBytes);
  check(
      cudaMemcpyAsync(memory.data(), operand.words.data(), operand.words.size_bytes(), cudaMemcpyHostToDevice, stream),
      "copying operands");
  return {static_cast<const std::uint32_t*>(memory.data()), 0, 0};
}

void require_startable(const HardwareOpInfo& op, std::span<const HardwareOperand> operands, std::uint32_t count) {
  bool fits = count <= HardwareRun::kMaxCount && static_cast<int>(operands.size()) == op.operands;
  for (const HardwareOperand& operand : operands) fits &= operand.words.empty() || operand.words.size() == count;
  if (!fits) throw DeviceError(std::string(op.name) + ": operands that it does not take");
}

}  // namespace

struct HardwareRun::State {
  std::array<Slot, 2> slots;
  Capability capability = current_capability();
  cudaKernel_t kernel = nullptr;
  std::uint64_t started = 0, finished = 0;
};

HardwareRun::HardwareRun() {
  if (const auto why = why_no_gpu()) throw DeviceError(*why);
  state_ = std::make_unique<State>();
  Launch launch;
  launch.unit = "hardware";
  launch.kernel = "bitgate_hardware";
  state_->kernel = load_kernel(launch);
}

HardwareRun::~HardwareRun() = default;

bool HardwareRun::has(const HardwareOpInfo& op) const noexcept {
  return !op.needs_sm_100 || state_->capability.major >= 10;
}

void HardwareRun::start(const HardwareOpInfo& op, std::span<const HardwareOperand> operands, std::uint32_t count) {
  require_startable(op, operands, count);
  if (!has(op)) throw DeviceError("this GPU has no " + std::string(op.name));
  if (state_->started - state_->finished == state_->slots.size())
    throw DeviceError("results of an earlier start were not read");
  Slot& slot = state_->slots[state_->started++ % state_->slots.size()];
  slot.count = count;
  slot.name = op.name;
  if (count == 0) return;
  cudaStream_t stream = slot.stream.get();
  std::array<HardwareWords, kOperands> words;
  for (std::size_t k = 0; k < operands.size(); ++k) words[k] = uploaded(operands[k], slot.words[k], stream);
  const std::size_t bytes = count * sizeof(std::uint32_t);
  check(cudaMemsetAsync(slot.results.data(), kPoison, bytes, stream), "poisoning results");
  void* results = slot.results.data();
  HardwareOp number = op.op;
  std::array<void*, 6> arguments{&number, &words[0], &words[1], &words[2], &results, &count};
  const std::uint32_t blocks = std::min(kMaxBlocks, (count + kThreads - 1) / kThreads);
  check(cudaLaunchKernel(reinterpret_cast<const void*>(state_->kernel), dim3{blocks}, dim3{kThreads}, arguments.data(),
                         0, stream),
        "launch of " + std::string(op.name));
  check(cudaMemcpyAsync(slot.read.data(), results, bytes, cudaMemcpyDeviceToHost, stream), "reading results");
}

std::span<const std::uint32_t> HardwareRun::finish() {
  if (state_->started == state_->finished) throw DeviceError("no results are awaited");
  Slot& slot = state_->slots[state_->finished++ % state_->slots.size()];
  check(cudaStreamSynchronize(slot.stream.get()), "running " + std::string(slot.name));
  return {slot.read.data(), slot.count};
}

}  // namespace bitgate::device
