// What the build left in the program: cubins, the digests of their sources and flags, and the name of the compiler.
#pragma once

#include <cstddef>
#include <span>
#include <string_view>

namespace bitgate::device {

// Architectures that kernels are compiled for; an "a" target runs on exactly that compute capability.
struct Architecture {
  std::string_view name;  // "sm_90a"
  int major = 0, minor = 0;
};
std::span<const Architecture> architectures() noexcept;

// The cubin of device/kernels/UNIT.cu. Empty without a CUDA build, or for an unknown unit or architecture.
std::span<const std::byte> embedded_cubin(std::string_view unit, std::string_view architecture) noexcept;

// SHA-256 over the unit's sources and compiler flags, with or without CUDA. Empty for an unknown unit.
std::string_view unit_source_digest(std::string_view unit) noexcept;

// "13.0.88"; empty without a CUDA build.
std::string_view nvcc_version() noexcept;

}  // namespace bitgate::device
