#include "bitgate/compare/lanes/kernels.h"

#include <array>
#include <cstdlib>
#include <string_view>

namespace bitgate::compare::lanes {
namespace {

constexpr std::array<std::string_view, 3> kNames{"v2", "v3", "v4"};
constexpr std::array<const Kernels*, 3> kLevels{&kV2, &kV3, &kV4};

std::size_t levels_of_machine() noexcept {
  const bool v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi") &&
                  __builtin_cpu_supports("bmi2");
  const bool v4 = v3 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                  __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
                  __builtin_cpu_supports("avx512vl");
  return v4 ? 3 : v3 ? 2 : 1;
}

const Kernels& chosen() noexcept {
  const std::span<const Kernels* const> here = kernels_here();
  const char* asked = std::getenv("BITGATE_LEVEL");
  for (std::size_t i = 0; asked != nullptr && i < here.size(); ++i)
    if (kNames[i] == asked) return *here[i];
  return *here.back();
}

}  // namespace

std::span<const Kernels* const> kernels_here() noexcept {
  static const std::size_t levels = levels_of_machine();
  return std::span<const Kernels* const>(kLevels).first(levels);
}

const Kernels& kernels() noexcept {
  static const Kernels& level = chosen();
  return level;
}

}  // namespace bitgate::compare::lanes
