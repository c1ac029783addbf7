// Matrix instructions on the GPU, their operands any bit patterns: what a harness asks of a chip before it judges
// products there. No CUDA header here; all of it is there without a CUDA build, and only an MmaRun needs a GPU.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "bitgate/device/error.h"
#include "bitgate/device/kernels/mma_op.h"

namespace bitgate::device {

struct MmaOpInfo {
  MmaOp op;
  std::string_view name;  // as PTX: "mma.sync.m16n8k16.f32.f16.f16.f32", "wgmma.m64n64k32.f32.e4m3.e5m2"
  int k;                  // products of one element of D
  int element_bits;       // of A and of B in memory: 8, 16, 32 (TF32)
  bool needs_sm_90a = false;
};
std::span<const MmaOpInfo> mma_ops() noexcept;
const MmaOpInfo* find_mma_op(std::string_view name) noexcept;  // null: unknown

// Tiles one behind the other, as mma_op.h lays them out: for each 512 words of A, 512 of B, 4,096 of C, one of flags.
struct MmaTiles {
  std::span<const std::uint32_t> a, b, c, flags;
};

// SHA-256 over the sources and flags of the kernel that does `op`, with or without CUDA.
std::string_view mma_source_digest(const MmaOpInfo& op) noexcept;
// SHA-256 of the lines "DIGEST  SYMBOL\n" of the kernel that does `op`, DIGEST that of its .text section in the cubin
// for the architecture ("sm_90a"). None without a CUDA build.
std::optional<std::string> mma_code_digest(const MmaOpInfo& op, std::string_view architecture);

// The current device, with room for two launches: one computes while the results of the other are read.
class MmaRun {
 public:
  static constexpr std::uint32_t kMaxTiles = 1u << 10;

  MmaRun();  // throws DeviceError with why_no_gpu()
  ~MmaRun();
  MmaRun(const MmaRun&) = delete;
  MmaRun& operator=(const MmaRun&) = delete;

  bool has(const MmaOpInfo& op) const noexcept;

  // Starts `op` on all tiles; returns before it is done. The operands are copied before it returns. Throws DeviceError
  // when a call fails, and for more than kMaxTiles tiles, words that are no whole tiles, or a third start without a
  // finish().
  void start(const MmaOpInfo& op, const MmaTiles& tiles);

  // Waits for the oldest start not finished: D of all its tiles, valid until the second start after this. Throws
  // DeviceError when the launch failed.
  std::span<const std::uint32_t> finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace bitgate::device
