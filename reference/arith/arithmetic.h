// The operations of one machine. A recipe says which machine it runs on; a line of it then reads on.mul_rn(a, b).
#pragma once

#include "bitgate/reference/arith/ieee.h"
#include "bitgate/reference/arith/machine.h"
#include "bitgate/reference/arith/mufu.h"

namespace bitgate::reference {

constexpr bool is_host(Machine machine) noexcept { return machine == Machine::kX86 || machine == Machine::kArm; }

// A host's result of an operation whose IEEE value is `value`.
template <class F>
[[gnu::always_inline]] constexpr F host_result(Machine machine, F a, F b, F value) noexcept {
  const F operand = select(is_nan(a), a, b);
  const F made = float_of(BitsOf<F>(machine == Machine::kX86 ? kX86NanBits : kArmNanBits));
  const F quieted = float_of(bits_of(operand) | 0x00400000u);
  return select(is_nan(value), select(is_nan(operand), quieted, made), value);
}

// F is float or lanes of it; a single number among lanes stands for all of them.
struct Arithmetic {
  Machine machine;

  template <class A, class B, class F = LanesOfAll<A, B>>
  [[gnu::always_inline]] constexpr F add_rn(A a, B b) const noexcept {
    if (machine == Machine::kGpuFtz) return reference::add_rn_ftz(a, b);
    if (is_host(machine)) return host_result(machine, F(a), F(b), F(a) + F(b));
    return reference::add_rn(a, b);
  }
  template <class A, class B, class F = LanesOfAll<A, B>>
  [[gnu::always_inline]] constexpr F mul_rn(A a, B b) const noexcept {
    if (machine == Machine::kGpuFtz) return reference::mul_rn_ftz(a, b);
    if (is_host(machine)) return host_result(machine, F(a), F(b), F(a) * F(b));
    return reference::mul_rn(a, b);
  }
  // mul_rn where it does not matter which NaN a NaN is.
  template <class A, class B, class F = LanesOfAll<A, B>>
  [[gnu::always_inline]] constexpr F mul_rn_any_nan(A a, B b) const noexcept {
    return machine == Machine::kGpuFtz ? mul_rn(a, b) : any_nan::mul_rn(a, b);
  }
  template <class A, class B, class F = LanesOfAll<A, B>>
  [[gnu::always_inline]] constexpr F div_rn(A a, B b) const noexcept {
    if (machine == Machine::kGpuFtz) return reference::div_rn_ftz(a, b);
    if (is_host(machine)) return host_result(machine, F(a), F(b), F(a) / F(b));
    return reference::div_rn(a, b);
  }
  template <class A, class B, class C, class F = LanesOfAll<A, B, C>>
  [[gnu::always_inline]] constexpr F fma_rn(A a, B b, C c) const noexcept {
    if (machine == Machine::kGpuFtz) return reference::fma_rn_ftz(a, b, c);
    const F sum = reference::fma_rn(a, b, c);
    if (is_host(machine)) return host_result(machine, select(is_nan(F(a)), F(a), F(b)), F(c), sum);
    return sum;
  }
  // add_rn of operands that the machine has read already.
  template <class F>
  [[gnu::always_inline]] constexpr F add_read(F a, F b) const noexcept {
    return machine == Machine::kGpuFtz ? flushed(reference::add_rn(a, b)) : add_rn(a, b);
  }
  // An operand as the machine reads it.
  template <class F>
  [[gnu::always_inline]] constexpr F read(F x) const noexcept {
    return machine == Machine::kGpuFtz ? flushed(x) : x;
  }
};

}  // namespace bitgate::reference
