// The CUDA half of mma.h; mma_without_cuda.cpp takes its place in a build without kernels.
#include "bitgate/device/mma.h"

#include <array>
#include <cstring>
#include <string>

#include "bitgate/device/kernel.h"
#include "bitgate/device/launch/launch.h"
#include "bitgate/device/support/buffer.h"

namespace bitgate::device {
namespace {

constexpr std::uint32_t kSideWords = kMmaTile * kMmaWords, kResultWords = kMmaTile * kMmaTile;
constexpr std::uint32_t kThreads = 128;
constexpr int kPoison = 0xA5;

constexpr std::size_t bytes_of(std::size_t words_of_a_tile) noexcept {
  return MmaRun::kMaxTiles * words_of_a_tile * sizeof(std::uint32_t);
}

// Page-locked: copies run while the host works, at the speed of the bus.
class HostBuffer {
 public:
  explicit HostBuffer(std::size_t bytes) {
    void* memory = nullptr;
    check_memory(cudaMallocHost(&memory, bytes), bytes, "cudaMallocHost");
    memory_.reset(static_cast<std::uint32_t*>(memory));
  }
  std::uint32_t* data() const noexcept { return memory_.get(); }

 private:
  struct Free {
    void operator()(std::uint32_t* memory) const noexcept { cudaFreeHost(memory); }
  };
  std::unique_ptr<std::uint32_t, Free> memory_;
};

// An operand on its way: from the caller's memory by way of page-locked memory, so that a start does not wait.
struct Operand {
  explicit Operand(std::size_t words_of_a_tile) : host(bytes_of(words_of_a_tile)), device(bytes_of(words_of_a_tile)) {}
  HostBuffer host;
  DeviceBuffer device;
};

// A launch in flight.
struct Slot {
  Stream stream = make_stream();
  Operand a{kSideWords}, b{kSideWords}, c{kResultWords}, flags{1};
  DeviceBuffer results{bytes_of(kResultWords)};
  HostBuffer read{bytes_of(kResultWords)};
  std::size_t tiles = 0;
  std::string_view name;
};

const std::uint32_t* uploaded(std::span<const std::uint32_t> words, Operand& to, cudaStream_t stream) {
  std::memcpy(to.host.data(), words.data(), words.size_bytes());
  check(cudaMemcpyAsync(to.device.data(), to.host.data(), words.size_bytes(), cudaMemcpyHostToDevice, stream),
        "copying operands");
  return static_cast<const std::uint32_t*>(to.device.data());
}

cudaKernel_t kernel_of(const char* unit, const char* symbol) {
  Launch launch;
  launch.unit = unit;
  launch.kernel = symbol;
  return load_kernel(launch);
}

}  // namespace

struct MmaRun::State {
  std::array<Slot, 2> slots;
  Capability capability = current_capability();
  cudaKernel_t sync = kernel_of("mma_sync", "bitgate_mma_sync");
  cudaKernel_t group = kernel_of("mma_wgmma", "bitgate_mma_wgmma");
  std::uint64_t started = 0, finished = 0;
};

MmaRun::MmaRun() {
  if (const auto why = why_no_gpu()) throw DeviceError(*why);
  state_ = std::make_unique<State>();
}

MmaRun::~MmaRun() = default;

bool MmaRun::has(const MmaOpInfo& op) const noexcept {
  return !op.needs_sm_90a || (state_->capability.major == 9 && state_->capability.minor == 0);
}

void MmaRun::start(const MmaOpInfo& op, const MmaTiles& tiles) {
  const std::size_t count = tiles.flags.size();
  if (count > kMaxTiles || tiles.a.size() != count * kSideWords || tiles.b.size() != count * kSideWords ||
      tiles.c.size() != count * kResultWords)
    throw DeviceError(std::string(op.name) + ": operands that are no whole tiles, or too many");
  if (!has(op)) throw DeviceError("this GPU has no " + std::string(op.name));
  if (state_->started - state_->finished == state_->slots.size())
    throw DeviceError("results of an earlier start were not read");
  Slot& slot = state_->slots[state_->started++ % state_->slots.size()];
  slot.tiles = count;
  slot.name = op.name;
  if (count == 0) return;
  cudaStream_t stream = slot.stream.get();
  MmaOperands operands{uploaded(tiles.a, slot.a, stream),
                       uploaded(tiles.b, slot.b, stream),
                       uploaded(tiles.c, slot.c, stream),
                       uploaded(tiles.flags, slot.flags, stream),
                       static_cast<std::uint32_t*>(slot.results.data()),
                       static_cast<std::uint32_t>(count)};
  const std::size_t bytes = count * kResultWords * sizeof(std::uint32_t);
  check(cudaMemsetAsync(slot.results.data(), kPoison, bytes, stream), "poisoning results");
  MmaOp number = op.op;
  std::array<void*, 2> arguments{&number, &operands};
  const cudaKernel_t kernel = op.needs_sm_90a ? state_->group : state_->sync;
  check(cudaLaunchKernel(reinterpret_cast<const void*>(kernel), dim3{static_cast<std::uint32_t>(count)}, dim3{kThreads},
                         arguments.data(), 0, stream),
        "launch of " + std::string(op.name));
  check(cudaMemcpyAsync(slot.read.data(), slot.results.data(), bytes, cudaMemcpyDeviceToHost, stream),
        "reading results");
}

std::span<const std::uint32_t> MmaRun::finish() {
  if (state_->started == state_->finished) throw DeviceError("no results are awaited");
  Slot& slot = state_->slots[state_->finished++ % state_->slots.size()];
  check(cudaStreamSynchronize(slot.stream.get()), "running " + std::string(slot.name));
  return {slot.read.data(), slot.tiles * kResultWords};
}

}  // namespace bitgate::device
