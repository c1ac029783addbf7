// Memory that a plugin's kernel gets, between two guard zones.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "bitgate/device/memory.h"

namespace bitgate::program {

// What a kernel did wrong, in one sentence without its name.
class KernelFault : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

inline constexpr std::size_t kGuardBytes = 16384;

// Of 0 bytes: no memory, data() is null.
class Guarded {
 public:
  Guarded(device::Memory& memory, std::string_view name, std::size_t bytes);
  ~Guarded();
  Guarded(Guarded&& other) noexcept;
  Guarded& operator=(Guarded&&) = delete;
  Guarded(const Guarded&) = delete;
  Guarded& operator=(const Guarded&) = delete;

  std::string_view name() const noexcept { return name_; }
  std::size_t bytes() const noexcept { return bytes_; }
  void* data() const noexcept;
  void fill(std::uint8_t poison);                 // guard zones too
  void put(std::span<const std::byte> contents);  // exactly bytes() of them
  // After wait(). Throws KernelFault when a guard zone is not what it was filled with.
  std::vector<std::byte> read() const;

 private:
  void require_whole(std::span<const std::byte> guard, std::string_view where) const;

  device::Memory& memory_;
  std::string_view name_;
  std::size_t bytes_;
  void* start_ = nullptr;
  std::uint8_t poison_ = 0;
};

}  // namespace bitgate::program
