// The built-in CUDA kernels: what there is, what would run, what its digests are, and running it. No CUDA header here,
// and all of it is there without a CUDA build; only run() needs a GPU.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bitgate/device/error.h"
#include "bitgate/device/launch/plan.h"
#include "bitgate/device/support/embedded.h"
#include "bitgate/reference/format/scheme.h"
#include "bitgate/reference/format/tensor.h"

namespace bitgate::device {

struct Kernel {
  std::string_view subject;  // "cuda/te/nvfp4"
  std::string_view recipe;   // "te/nvfp4"
  std::string_view variant;  // "", or what sets it apart from the recipe's first kernel: "fast-math"
  SchemeId scheme;
  GlobalNumber global_number;
  std::span<const InputType> types;
  std::int64_t col_multiple;  // columns must be a multiple of this
  PlanFunction plan;
};

std::span<const Kernel> kernels() noexcept;
const Kernel* find_kernel(std::string_view subject, std::string_view variant = "") noexcept;  // null: unknown

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

// Throws InputError when the kernel does not take this request: type, columns, direction, the size of amax or global,
// given scales. Every value is taken: NaN, infinities, subnormals.
void require_accepted(const Kernel& kernel, const Request& request);

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

struct RunOptions {
  // Every output byte before the launch. Two runs with different bytes that agree have written everything they return.
  std::uint8_t poison = 0xA5;
};

// Runs the kernel on the current device: copies the input there, poisons outputs and the 256 bytes behind each,
// computes amax where none is given (`global` outranks `amax`, both are max |x|), launches, and reads back in logical
// order. An empty tensor launches nothing. Throws InputError as require_accepted(), and DeviceError when there is no
// GPU, a CUDA call fails or a kernel wrote behind one of its outputs.
QuantizedTensor run(const Kernel& kernel, const Request& request, const RunOptions& options = {});

}  // namespace bitgate::device
