// Which level's kernels run.
#include "bitgate/reference/recipe/lanes/levels.h"

#include <array>
#include <cstdlib>
#include <string>

#include "bitgate/reference/format/error.h"

namespace bitgate::reference {

namespace {

#if defined(__x86_64__)
bool has_v3() noexcept {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") &&
         __builtin_cpu_supports("fma");
}
bool has_v4() noexcept {
  return has_v3() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
}
constexpr std::array<const LaneKernels*, 3> kLevels{&kLevelV4, &kLevelV3, &kLevelV2};
std::size_t first_level() noexcept { return has_v4() ? 0 : has_v3() ? 1 : 2; }
#else
constexpr std::array<const LaneKernels*, 1> kLevels{&kLevelV2};
std::size_t first_level() noexcept { return 0; }
#endif

const LaneKernels& chosen_level() {
  const char* name = std::getenv("BITGATE_LEVEL");
  const auto levels = available_levels();
  if (name == nullptr || *name == '\0') return *levels.front();
  for (const LaneKernels* level : levels)
    if (level->level == name) return *level;
  throw InputError("BITGATE_LEVEL is \"" + std::string(name) + "\": this CPU has " +
                   std::string(levels.front()->level) + " and below, down to v2");
}

}  // namespace

std::span<const LaneKernels* const> available_levels() noexcept {
  static const std::size_t first = first_level();
  return std::span(kLevels).subspan(first);
}

const LaneKernels& lane_kernels() {
  static const LaneKernels& chosen = chosen_level();
  return chosen;
}

}  // namespace bitgate::reference
