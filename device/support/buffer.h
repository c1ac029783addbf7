// Owners of device memory, streams, events and graphs.
#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>

#include "bitgate/device/support/check.h"

namespace bitgate::device {

// For what asks for `bytes` of the device. Throws CannotServe when it has no more, else as check().
inline void check_memory(cudaError_t status, std::size_t bytes, std::string_view call) {
  if (status == cudaErrorMemoryAllocation) {
    cudaGetLastError();
    throw CannotServe("the GPU has not enough memory for " + std::to_string(bytes) + " bytes");
  }
  check(status, std::string(call) + " of " + std::to_string(bytes) + " bytes");
}

struct FreeMemory {
  cudaStream_t stream = nullptr;
  void operator()(void* memory) const noexcept {
    if (stream == nullptr)
      cudaFree(memory);
    else
      cudaFreeAsync(memory, stream);
  }
};

// Bytes of device memory, at least 256-byte aligned. A buffer of 0 bytes holds no memory.
class DeviceBuffer {
 public:
  DeviceBuffer() = default;
  explicit DeviceBuffer(std::size_t bytes) : bytes_(bytes) {
    if (bytes == 0) return;
    void* memory = nullptr;
    check_memory(cudaMalloc(&memory, bytes), bytes, "cudaMalloc");
    memory_.reset(memory);
  }
  // Taken and given back in the order of `stream`, which must outlive it: microseconds once the pool has grown.
  DeviceBuffer(std::size_t bytes, cudaStream_t stream) : bytes_(bytes) {
    if (bytes == 0) return;
    void* memory = nullptr;
    check_memory(cudaMallocAsync(&memory, bytes, stream), bytes, "cudaMallocAsync");
    memory_ = {memory, FreeMemory{stream}};
  }

  void* data() const noexcept { return memory_.get(); }
  std::size_t bytes() const noexcept { return bytes_; }

 private:
  std::unique_ptr<void, FreeMemory> memory_;
  std::size_t bytes_ = 0;
};

struct DestroyStream {
  void operator()(cudaStream_t stream) const noexcept { cudaStreamDestroy(stream); }
};
using Stream = std::unique_ptr<std::remove_pointer_t<cudaStream_t>, DestroyStream>;
inline Stream make_stream() {
  cudaStream_t stream = nullptr;
  check(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "cudaStreamCreateWithFlags");
  return Stream(stream);
}

struct DestroyEvent {
  void operator()(cudaEvent_t event) const noexcept { cudaEventDestroy(event); }
};
using Event = std::unique_ptr<std::remove_pointer_t<cudaEvent_t>, DestroyEvent>;
inline Event make_event() {
  cudaEvent_t event = nullptr;
  check(cudaEventCreate(&event), "cudaEventCreate");
  return Event(event);
}

struct DestroyGraph {
  void operator()(cudaGraph_t graph) const noexcept { cudaGraphDestroy(graph); }
  void operator()(cudaGraphExec_t graph) const noexcept { cudaGraphExecDestroy(graph); }
};
using Graph = std::unique_ptr<std::remove_pointer_t<cudaGraph_t>, DestroyGraph>;
using GraphExec = std::unique_ptr<std::remove_pointer_t<cudaGraphExec_t>, DestroyGraph>;

}  // namespace bitgate::device
