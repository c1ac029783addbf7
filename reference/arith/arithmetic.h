// The operations of one machine. A recipe says which machine it runs on; a line of it then reads on.mul_rn(a, b).
#pragma once

#include "bitgate/reference/arith/ieee.h"
#include "bitgate/reference/arith/machine.h"
#include "bitgate/reference/arith/mufu.h"

namespace bitgate::reference {

constexpr bool is_host(Machine machine) noexcept { return machine == Machine::kX86 || machine == Machine::kArm; }

// A host's result of an operation whose IEEE value is `value`.
constexpr float host_result(Machine machine, float a, float b, float value) noexcept {
  if (!is_nan(value)) return value;
  const float operand = is_nan(a) ? a : b;
  if (!is_nan(operand)) return std::bit_cast<float>(machine == Machine::kX86 ? kX86NanBits : kArmNanBits);
  return std::bit_cast<float>(std::bit_cast<std::uint32_t>(operand) | 0x00400000);
}

struct Arithmetic {
  Machine machine;

  constexpr float add_rn(float a, float b) const noexcept {
    if (machine == Machine::kGpuFtz) return reference::add_rn_ftz(a, b);
    if (is_host(machine)) return host_result(machine, a, b, a + b);
    return reference::add_rn(a, b);
  }
  constexpr float mul_rn(float a, float b) const noexcept {
    if (machine == Machine::kGpuFtz) return reference::mul_rn_ftz(a, b);
    if (is_host(machine)) return host_result(machine, a, b, a * b);
    return reference::mul_rn(a, b);
  }
  constexpr float div_rn(float a, float b) const noexcept {
    if (machine == Machine::kGpuFtz) return reference::div_rn_ftz(a, b);
    if (is_host(machine)) return host_result(machine, a, b, a / b);
    return reference::div_rn(a, b);
  }
  constexpr float fma_rn(float a, float b, float c) const noexcept {
    if (machine == Machine::kGpuFtz) return reference::fma_rn_ftz(a, b, c);
    const float sum = reference::fma_rn(a, b, c);
    if (is_host(machine) && is_nan(sum)) return host_result(machine, is_nan(a) ? a : b, c, sum);
    return sum;
  }
  // An operand as the machine reads it.
  constexpr float read(float x) const noexcept { return machine == Machine::kGpuFtz ? flushed(x) : x; }
};

}  // namespace bitgate::reference
