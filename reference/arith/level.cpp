#include "bitgate/reference/arith/level.h"

#include <cstdlib>
#include <string>

#include "bitgate/reference/format/error.h"

namespace bitgate::reference {

namespace {

constexpr std::array kLevels{Level::kV2, Level::kV3, Level::kV4};

std::size_t count_levels() noexcept {
#if defined(__x86_64__)
  const bool v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2") &&
                  __builtin_cpu_supports("fma");
  const bool v4 = v3 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                  __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
                  __builtin_cpu_supports("avx512vl");
  return v4 ? 3 : v3 ? 2 : 1;
#else
  return 1;
#endif
}

Level level_of_environment() {
  const std::span<const Level> levels = levels_here();
  const char* const name = std::getenv("BITGATE_LEVEL");
  if (name == nullptr || *name == '\0') return levels.back();
  for (const Level level : levels)
    if (name_of(level) == name) return level;
  throw InputError("BITGATE_LEVEL is \"" + std::string(name) + "\": this CPU has " +
                   std::string(name_of(levels.back())) + (levels.size() > 1 ? " and below, down to v2" : " alone"));
}

}  // namespace

std::string_view name_of(Level level) noexcept {
  switch (level) {
    case Level::kV2: return "v2";
    case Level::kV3: return "v3";
    case Level::kV4: return "v4";
  }
  return "?";
}

std::span<const Level> levels_here() noexcept {
  static const std::size_t count = count_levels();
  return std::span(kLevels).first(count);
}

Level chosen_level() {
  static const Level level = level_of_environment();
  return level;
}

}  // namespace bitgate::reference
