// Every public thread that the notes tell of (users.md 1 and 3), with the fault that it became or the reason why it
// cannot be one: nothing of the answer's bytes is wrong there, or what is wrong lies outside the answer.
#pragma once

#include <span>
#include <string_view>

namespace bitgate::compare {

struct FaultThread {
  std::string_view thread;  // "NVIDIA/Model-Optimizer#1397"
  std::string_view fault;   // the name of one; "" where there is none
  std::string_view why;     // why there is none; "" where there is one
};

std::span<const FaultThread> fault_threads() noexcept;

}  // namespace bitgate::compare
