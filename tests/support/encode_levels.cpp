#include "bitgate/tests/support/encode_levels.h"

#include <cstdlib>
#include <stdexcept>
#include <string>

namespace bitgate::levels {

std::vector<const Level*> levels_of_this_cpu() {
  std::vector<const Level*> levels;
  // What the three levels have beyond one another and these loops use.
  if (__builtin_cpu_supports("sse4.2")) levels.push_back(&kV2);
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2")) levels.push_back(&kV3);
  if (__builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl"))
    levels.push_back(&kV4);
  return levels;
}

const Level& chosen_level() {
  const std::vector<const Level*> levels = levels_of_this_cpu();
  const char* wanted = std::getenv("BITGATE_LEVEL");
  for (auto level = levels.rbegin(); level != levels.rend(); ++level)
    if (wanted == nullptr || (*level)->name == wanted) return **level;
  throw std::runtime_error("BITGATE_LEVEL=" + std::string(wanted == nullptr ? "" : wanted) +
                           " is not a level (v2, v3, v4) of this CPU");
}

}  // namespace bitgate::levels
