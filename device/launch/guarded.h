// Device memory of one call: what is given, between copies that show it was not changed, and what is written, between
// guard zones that show nothing else was.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bitgate/device/launch/plan.h"
#include "bitgate/device/support/buffer.h"

namespace bitgate::device {

inline constexpr std::size_t kGuardBytes = 256;  // on each side: a multiple of the alignment that kernels count on

// Memory that a kernel writes, between two guard zones.
class Guarded {
 public:
  Guarded() = default;
  // On `stream`, which must outlive it.
  Guarded(Buffer buffer, std::int64_t bytes, cudaStream_t stream)
      : name_(name_of(buffer)), bytes_(static_cast<std::size_t>(bytes)), memory_(bytes_ + 2 * kGuardBytes, stream) {}

  void* data() const noexcept { return static_cast<char*>(memory_.data()) + kGuardBytes; }
  std::size_t bytes() const noexcept { return bytes_; }

  void poison(std::uint8_t with, cudaStream_t stream) const {
    check(cudaMemsetAsync(memory_.data(), with, memory_.bytes(), stream), "poisoning " + name_);
  }

  // With the guard zones; 0 where there is no memory.
  const DeviceBuffer& whole() const noexcept { return memory_; }

  // What lies between the guard zones of `all`, which whole() held. Throws DeviceError when a guard zone is not what it
  // was poisoned with.
  std::vector<std::byte> between(std::span<const std::byte> all, std::uint8_t poison) const {
    const auto changed = [&](std::size_t i) { return all[i] != std::byte{poison}; };
    for (std::size_t i = 0; i < kGuardBytes; ++i) {
      if (changed(i)) refuse(kGuardBytes - i, "before the start");
      if (changed(kGuardBytes + bytes_ + i)) refuse(i, "behind the end");
    }
    return {all.begin() + kGuardBytes, all.end() - kGuardBytes};
  }

  // After the stream is synchronised. Throws as between().
  std::vector<std::byte> read(std::uint8_t poison) const {
    std::vector<std::byte> all(memory_.bytes());
    check(cudaMemcpy(all.data(), memory_.data(), all.size(), cudaMemcpyDeviceToHost), "reading " + name_);
    return between(all, poison);
  }

 private:
  void refuse(std::size_t distance, std::string_view where) const {
    throw DeviceError("the kernel wrote " + std::to_string(distance) + " bytes " + std::string(where) + " of " + name_);
  }

  std::string name_;
  std::size_t bytes_ = 0;
  DeviceBuffer memory_;
};

// What streams give back stays with the process, for the next call; and a thread that waits for the device sleeps:
// others compute the reference's answers meanwhile.
inline void prepare_device() {
  int device = 0;
  check(cudaSetDeviceFlags(cudaDeviceScheduleBlockingSync), "cudaSetDeviceFlags");
  cudaMemPool_t pool = nullptr;
  std::uint64_t all = UINT64_MAX;
  check(cudaGetDevice(&device), "cudaGetDevice");
  check(cudaDeviceGetDefaultMemPool(&pool, device), "cudaDeviceGetDefaultMemPool");
  check(cudaMemPoolSetAttribute(pool, cudaMemPoolAttrReleaseThreshold, &all), "cudaMemPoolSetAttribute");
}

// Memory that a kernel reads, with what the host put there.
struct Given {
  Buffer buffer;
  const void* host = nullptr;
  DeviceBuffer memory;
};

inline void upload(void* to, const void* from, std::size_t bytes, cudaStream_t stream, std::string_view what) {
  if (bytes != 0) check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyHostToDevice, stream), what);
}

inline Given give_copy(Buffer buffer, const void* host, std::size_t bytes, cudaStream_t stream) {
  Given given{buffer, host, DeviceBuffer(bytes, stream)};
  upload(given.memory.data(), host, bytes, stream, "copying " + std::string(name_of(buffer)));
  return given;
}

// Of what the memory holds now. Throws DeviceError when it is not what the host holds.
inline void require_unchanged(const Given& given, std::span<const std::byte> now) {
  if (!now.empty() && std::memcmp(now.data(), given.host, now.size()) != 0)
    throw DeviceError("the kernel changed its " + std::string(name_of(given.buffer)));
}

// After the stream is synchronised.
inline void require_unchanged(const Given& given) {
  std::vector<std::byte> now(given.memory.bytes());
  if (now.empty()) return;
  check(cudaMemcpy(now.data(), given.memory.data(), now.size(), cudaMemcpyDeviceToHost), "reading back an input");
  require_unchanged(given, now);
}

// Page-locked memory, kept from one call of a thread to its next. Copies to it wait for nothing, so that all of a call
// are waited for at once: a wait takes longer than most copies, above all while other processes use the GPU.
class Landing {
 public:
  // Forgets what was fetched before, and makes room for `bytes`.
  void make_room(std::size_t bytes) {
    used_ = 0;
    if (bytes <= size_) return;
    memory_.reset();
    size_ = 0;
    void* memory = nullptr;
    check_memory(cudaMallocHost(&memory, std::bit_ceil(bytes)), bytes, "cudaMallocHost");
    memory_.reset(static_cast<std::byte*>(memory));
    size_ = std::bit_ceil(bytes);
  }

  // Where the bytes are once the stream is synchronised. `what` the stream does, for an error of it that shows here.
  std::span<const std::byte> fetch(const DeviceBuffer& from, cudaStream_t stream, std::string_view what) {
    const std::span<const std::byte> to(memory_.get() + used_, from.bytes());
    if (to.empty()) return {};
    check(cudaMemcpyAsync(memory_.get() + used_, from.data(), from.bytes(), cudaMemcpyDeviceToHost, stream), what);
    used_ += from.bytes();
    return to;
  }

 private:
  struct Free {
    void operator()(std::byte* memory) const noexcept { cudaFreeHost(memory); }
  };
  std::unique_ptr<std::byte, Free> memory_;
  std::size_t size_ = 0, used_ = 0;
};

// Of two runs over different poison. Throws DeviceError where they differ.
inline void require_equal(Buffer buffer, const std::vector<std::byte>& first, const std::vector<std::byte>& other) {
  if (first == other) return;
  std::size_t at = 0;
  while (at < first.size() && at < other.size() && first[at] == other[at]) ++at;
  throw DeviceError("runs over different poison disagree at byte " + std::to_string(at) + " of " +
                    std::string(name_of(buffer)) + ": it was not written, or depends on what was there");
}

}  // namespace bitgate::device
