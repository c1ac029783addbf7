// Memory in which code that is not ours computes: the host's, or a GPU's with a stream. No CUDA header here; both kinds
// are there without a CUDA build, where a GPU's says so.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "bitgate/device/error.h"

namespace bitgate::device {

// Every operation is in order with the others and with what was enqueued on stream(). Throws DeviceError when a CUDA
// call fails, which is also how an error of the code that ran before is seen.
class Memory {
 public:
  Memory() = default;
  virtual ~Memory() = default;
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  virtual void* allocate(std::size_t bytes) = 0;  // aligned to 256 bytes; throws CannotServe
  virtual void release(void* memory) noexcept = 0;
  virtual void fill(void* at, std::uint8_t with, std::size_t bytes) = 0;
  virtual void put(void* to, const void* from_host, std::size_t bytes) = 0;
  virtual void get(void* to_host, const void* from, std::size_t bytes) = 0;

  virtual void* stream() const noexcept = 0;  // cudaStream_t; null on the host
  virtual void wait() = 0;                    // until the whole device has nothing left to do
  virtual bool works() noexcept = 0;          // false: a CUDA error stays until the process ends
  // What `enqueue` puts on the stream, which does not run yet; each replay() enqueues it all.
  virtual void capture(const std::function<void()>& enqueue) = 0;
  virtual void replay() = 0;
  // "700 (cudaErrorIllegalAddress)"; on the host the number alone.
  virtual std::string describe(std::int32_t status) const = 0;
};

std::unique_ptr<Memory> host_memory();
std::unique_ptr<Memory> gpu_memory();  // of the current device; throws CannotServe

}  // namespace bitgate::device
