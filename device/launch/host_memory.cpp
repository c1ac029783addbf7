#include <cstring>
#include <new>

#include "bitgate/device/memory.h"

namespace bitgate::device {
namespace {

constexpr std::align_val_t kAlignment{256};

class HostMemory final : public Memory {
 public:
  void* allocate(std::size_t bytes) override {
    void* memory = ::operator new(bytes, kAlignment, std::nothrow);
    if (memory == nullptr) throw CannotServe("there is not enough memory for " + std::to_string(bytes) + " bytes");
    return memory;
  }
  void release(void* memory) noexcept override { ::operator delete(memory, kAlignment); }
  void fill(void* at, std::uint8_t with, std::size_t bytes) override { std::memset(at, with, bytes); }
  void put(void* to, const void* from_host, std::size_t bytes) override { copy(to, from_host, bytes); }
  void get(void* to_host, const void* from, std::size_t bytes) override { copy(to_host, from, bytes); }
  void* stream() const noexcept override { return nullptr; }
  void wait() override {}
  bool works() noexcept override { return true; }
  void capture(const std::function<void()>&) override { throw DeviceError("the host has no graphs"); }
  void replay() override { throw DeviceError("the host has no graphs"); }
  std::string describe(std::int32_t status) const override { return std::to_string(status); }

 private:
  static void copy(void* to, const void* from, std::size_t bytes) {
    if (bytes != 0) std::memcpy(to, from, bytes);
  }
};

}  // namespace

std::unique_ptr<Memory> host_memory() { return std::make_unique<HostMemory>(); }

}  // namespace bitgate::device
