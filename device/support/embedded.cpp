#include "bitgate/device/support/embedded.h"

#include <array>

#include "bitgate_device_build.h"

namespace bitgate::device {
namespace {

constexpr std::array<Architecture, 3> kArchitectures{{{"sm_90a", 9, 0}, {"sm_100a", 10, 0}, {"sm_75", 7, 5}}};

}  // namespace

std::span<const Architecture> architectures() noexcept { return kArchitectures; }

std::span<const std::byte> embedded_cubin(std::string_view unit, std::string_view architecture) noexcept {
  for (const build::Cubin& cubin : build::kCubins)
    if (cubin.unit == unit && cubin.architecture == architecture) return std::as_bytes(cubin.words);
  return {};
}

std::string_view unit_source_digest(std::string_view unit) noexcept {
  for (const build::Source& source : build::kSources)
    if (source.unit == unit) return source.sha256;
  return {};
}

std::string_view nvcc_version() noexcept { return build::kNvccVersion; }

}  // namespace bitgate::device
