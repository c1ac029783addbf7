// Single machine operations on the GPU, their operands any bit patterns: what a harness asks of a chip before it judges
// kernels there. No CUDA header here; all of it is there without a CUDA build, and only a HardwareRun needs a GPU.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "bitgate/device/error.h"
#include "bitgate/device/kernels/hardware_op.h"

namespace bitgate::device {

struct HardwareOpInfo {
  HardwareOp op;
  std::string_view name;      // the PTX instruction: "rcp.approx.ftz.f32"; else the function of CUDA's library: "tanhf"
  int operands;               // words: 1, 2 or 3; a pair's low element is the first
  bool needs_sm_100 = false;  // compute capability 10.0 is the first to have it
};
std::span<const HardwareOpInfo> hardware_ops() noexcept;
const HardwareOpInfo* find_hardware_op(std::string_view name) noexcept;  // null: unknown

// Word i is words[i], or first + i * step modulo 2^32 where there are no words.
struct HardwareOperand {
  std::span<const std::uint32_t> words;
  std::uint32_t first = 0, step = 0;
};

// The current device, with room for two launches: one computes while the results of the other are read.
class HardwareRun {
 public:
  static constexpr std::uint32_t kMaxCount = 1u << 24;

  HardwareRun();  // throws DeviceError with why_no_gpu()
  ~HardwareRun();
  HardwareRun(const HardwareRun&) = delete;
  HardwareRun& operator=(const HardwareRun&) = delete;

  bool has(const HardwareOpInfo& op) const noexcept;

  // Starts `op` on inputs 0 .. count - 1; returns before it is done. Each operand has `count` words or none, and they
  // are copied before it returns. Throws DeviceError when a call fails, and for more than kMaxCount inputs, other
  // operands than the operation has, or a third start without a finish().
  void start(const HardwareOpInfo& op, std::span<const HardwareOperand> operands, std::uint32_t count);

  // Waits for the oldest start not finished: a result of 32 bits for each input, valid until the second start after
  // this. Throws DeviceError when the launch failed.
  std::span<const std::uint32_t> finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace bitgate::device
