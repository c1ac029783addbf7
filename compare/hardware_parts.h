// The inputs that an instruction is asked: in parts, each made chunk by chunk, the same on every machine.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "bitgate/compare/hardware_model.h"

namespace bitgate::compare {

// kQuick: 2^20 of what there is. kDefault: every input of what HardwareModel::every says, else 2^26; an operand of
// quotients fixed once. kFull: every input of everything, operands of quotients fixed several times, 2^28 drawn.
enum class HardwareReach : std::uint8_t { kQuick, kDefault, kFull };

struct HardwareInputs {
  HardwareOperands operands;
  std::vector<std::vector<std::uint32_t>> words;  // what the operands refer to
};

struct HardwarePart {
  std::string name;  // "every input", "every divisor of 0x45280000", "drawn"
  std::uint64_t inputs = 0;
  std::function<HardwareInputs(std::uint64_t begin, std::uint32_t count)> at;  // inputs begin .. begin + count - 1
};

// First of all, for every instruction of words: zeros, subnormals, the ends of ranges, ties, infinities and NaNs of 64
// patterns, each with each. Then every input or a sample; of operands that meet, drawn ones, most of which land where a
// result is subnormal, overflows, cancels or is a tie.
std::vector<HardwarePart> hardware_parts(const HardwareModel& model, HardwareReach reach);

}  // namespace bitgate::compare
