// The built-in CUDA kernels: what there is, what would run, what its digests are, and running it. No CUDA header here,
// and all of it is there without a CUDA build; only run() needs a GPU.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bitgate/device/directions.h"
#include "bitgate/device/error.h"
#include "bitgate/device/launch/plan.h"
#include "bitgate/device/support/embedded.h"
#include "bitgate/reference/format/scheme.h"
#include "bitgate/reference/format/tensor.h"

namespace bitgate::device {

// Bytes of kWorkspace.
using WorkspaceFunction = std::int64_t (*)(const Extent&, InputType);

struct Kernel {
  std::string_view subject;       // "cuda/te/nvfp4"
  std::string_view recipe;        // "te/nvfp4"
  std::string_view variant = {};  // "", or what sets it apart from the recipe's first kernel: "fast-math"
  SchemeId scheme;
  GlobalNumber global_number = GlobalNumber::kNone;
  std::span<const InputType> types;
  Directions directions = Directions::kRowwise;
  std::int64_t cols_multiple = 1, rows_multiple = 1;
  std::int64_t rows_multiple_columnwise = 1;  // of the rows too, where the column-wise side is asked for
  std::int64_t cols_multiple_columnwise = 0;  // of the columns, where that side alone is asked for; 0: cols_multiple
  // The column-wise side has an amax of its own, since it is transformed. Else kAmaxColumnwise is kAmax unless given.
  bool own_columnwise_amax = false;
  bool takes_gate = false;  // FusedOperands.gate: it must be given, and otherwise must not
  WorkspaceFunction workspace = nullptr;
  PlanFunction plan;
};

std::span<const Kernel> kernels() noexcept;
const Kernel* find_kernel(std::string_view subject, std::string_view variant = "") noexcept;  // null: unknown
const Kernel* kernel_by_key(std::string_view key) noexcept;                                   // null: unknown

// "cuda/ggml/q8_1", "cuda/ggml/q8_1:fast-math": unique, the key of a recording.
std::string key(const Kernel& kernel);

// Every function that the kernel launches for any of its input types, in the order of its plans.
struct EntryPoint {
  std::string_view unit;
  std::string symbol;
  friend bool operator==(const EntryPoint&, const EntryPoint&) = default;
};
std::vector<EntryPoint> entry_points(const Kernel& kernel);

// SHA-256 of the lines "DIGEST  UNIT\n", one for each unit that the kernel's entry points come from.
std::string source_digest(const Kernel& kernel);
// SHA-256 of the lines "DIGEST  SYMBOL\n", one for each entry point: DIGEST is that of the function's .text section in
// the cubin that run() loads. None without a CUDA build.
std::optional<std::string> code_digest(const Kernel& kernel, std::string_view architecture);

// Throws InputError when the kernel does not take this request: type, shape, direction, the size of amax, global
// or the gate, given scales. Every value is taken: NaN, infinities, subnormals.
void require_accepted(const Kernel& kernel, const Request& request);

// What the plan is told of a request, and the launches that answer it.
PlanOptions plan_options(const Kernel& kernel, const Request& request) noexcept;
std::vector<Launch> plan_of(const Kernel& kernel, const Request& request);

// Bytes of each buffer on the device, by Buffer; 0: the request has no such buffer. 4-bit codes are packed, the first
// in the low nibble; where the scheme takes ragged rows, rows of codes are padded to whole blocks.
using BufferBytes = std::array<std::int64_t, kBufferCount>;
BufferBytes buffer_bytes(const Kernel& kernel, const Request& request) noexcept;

// One sentence when nothing can run here: no CUDA build, no driver, no device, a device that no kernel was compiled
// for.
std::optional<std::string> why_no_gpu();

struct DeviceFacts {
  std::string name;                // "NVIDIA H100 80GB HBM3"
  std::string compute_capability;  // "9.0"
  std::string architecture;        // of the cubins that run on it: "sm_90a"
  std::string driver;              // "580.159.04", or "" where the system does not say
  std::string driver_cuda;         // the newest CUDA that the driver knows: "13.0"
  std::string runtime;             // the CUDA runtime linked in: "13.0"
  std::string nvcc;                // "13.0.88"
};
DeviceFacts device_facts();  // throws DeviceError with why_no_gpu()

inline constexpr std::array<std::uint8_t, 4> kPoisons{0xA5, 0x5A, 0x00, 0xFF};

struct RunOptions {
  // Every output byte before the launches. With several, the kernel runs once over each, and all answers must be the
  // same bytes, padding included: then it has written everything.
  std::span<const std::uint8_t> poisons = std::span(kPoisons).first(1);
  // The launches are captured into a CUDA graph, which is first replayed on another input.
  bool graph = false;
};

// Runs the kernel on the current device, on a stream of its own: copies the input there, poisons outputs, workspace and
// the 256 bytes before and behind each, computes amax where none is given (`global` outranks `amax` where the producer
// stores max |x|), launches, and reads back in logical order. An empty tensor launches nothing but
// what writes a stored number. Throws InputError as
// require_accepted(), DeviceError when a CUDA call fails, or the kernel wrote beside one of its outputs, changed the
// input, or left bytes unwritten, and CannotServe when there is no GPU or not enough memory.
QuantizedTensor run(const Kernel& kernel, const Request& request, const RunOptions& options = {});

}  // namespace bitgate::device
