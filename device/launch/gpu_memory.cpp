// Memory of the current CUDA device for code of others. Any device serves, also one that no kernel of ours was compiled
// for.
#include <cuda_runtime_api.h>

#include "bitgate/device/memory.h"
#include "bitgate/device/support/buffer.h"

namespace bitgate::device {
namespace {

std::string with_name(cudaError_t status) {
  return std::string(cudaGetErrorString(status)) + " (" + cudaGetErrorName(status) + ")";
}

void require_device() {
  int devices = 0;
  const cudaError_t status = cudaGetDeviceCount(&devices);
  if (status == cudaErrorInsufficientDriver)
    throw CannotServe("it needs a GPU, and no NVIDIA driver, or too old a one, is loaded");
  if (status == cudaErrorNoDevice || (status == cudaSuccess && devices == 0))
    throw CannotServe("it needs a GPU, and no CUDA device is visible");
  if (status != cudaSuccess) throw CannotServe("the CUDA devices cannot be counted: " + with_name(status));
  // Makes the context, for which a full or a lent device may have no room.
  if (const cudaError_t context = cudaFree(nullptr); context != cudaSuccess)
    throw CannotServe("the CUDA device cannot be used: " + with_name(context));
}

class GpuMemory final : public Memory {
 public:
  GpuMemory() : stream_(make_stream()) {}

  void* allocate(std::size_t bytes) override {
    void* memory = nullptr;
    check_memory(cudaMalloc(&memory, bytes), bytes, "cudaMalloc");
    return memory;
  }
  void release(void* memory) noexcept override { cudaFree(memory); }

  void fill(void* at, std::uint8_t with, std::size_t bytes) override {
    if (bytes != 0) check(cudaMemsetAsync(at, with, bytes, stream_.get()), "cudaMemsetAsync");
  }
  void put(void* to, const void* from_host, std::size_t bytes) override {
    copy(to, from_host, bytes, cudaMemcpyHostToDevice);
  }
  void get(void* to_host, const void* from, std::size_t bytes) override {
    copy(to_host, from, bytes, cudaMemcpyDeviceToHost);
  }

  void* stream() const noexcept override { return stream_.get(); }
  void wait() override {
    check(cudaGetLastError(), "the launch");
    check(cudaDeviceSynchronize(), "the kernel");
  }
  bool works() noexcept override {
    const bool works = cudaDeviceSynchronize() == cudaSuccess;
    cudaGetLastError();  // what a kernel left is told: the next call is not to see it
    return works;
  }

  void capture(const std::function<void()>& enqueue) override {
    graph_.reset();
    check(cudaStreamBeginCapture(stream_.get(), cudaStreamCaptureModeThreadLocal), "cudaStreamBeginCapture");
    cudaGraph_t captured = nullptr;
    try {
      enqueue();
    } catch (...) {
      cudaStreamEndCapture(stream_.get(), &captured);
      const Graph dropped(captured);
      cudaGetLastError();
      throw;
    }
    check(cudaStreamEndCapture(stream_.get(), &captured), "its capture into a CUDA graph");
    const Graph owner(captured);
    cudaGraphExec_t ready = nullptr;
    check(cudaGraphInstantiate(&ready, captured, 0), "cudaGraphInstantiate");
    graph_.reset(ready);
  }
  void replay() override { check(cudaGraphLaunch(graph_.get(), stream_.get()), "the replay of its CUDA graph"); }

  std::string describe(std::int32_t status) const override {
    const std::string name = cudaGetErrorName(static_cast<cudaError_t>(status));
    const std::string number = std::to_string(status);
    return name.starts_with("cuda") ? number + " (" + name + ")" : number;
  }

 private:
  void copy(void* to, const void* from, std::size_t bytes, cudaMemcpyKind kind) {
    if (bytes == 0) return;
    check(cudaMemcpyAsync(to, from, bytes, kind, stream_.get()), "cudaMemcpyAsync");
    check(cudaStreamSynchronize(stream_.get()), "cudaMemcpyAsync");
  }

  Stream stream_;
  GraphExec graph_;
};

}  // namespace

std::unique_ptr<Memory> gpu_memory() {
  require_device();
  try {
    return std::make_unique<GpuMemory>();
  } catch (const CannotServe&) {
    throw;
  } catch (const DeviceError& error) {
    throw CannotServe(std::string("the CUDA device cannot be used: ") + error.what());
  }
}

}  // namespace bitgate::device
