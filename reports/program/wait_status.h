// What the end of a bitgate process says.
#pragma once

#include <sys/wait.h>

#include "bitgate/reports/program/command.h"

namespace bitgate::program {

// The exit status of the process by what wait(), or pclose() of a shell, said. One that died is a difference: it did so
// in the subject. A status that no bitgate has (a program that could not be started) tells nothing; never a pass.
inline int status_of_wait(int raw) noexcept {
  constexpr int kSignal = 128;  // and the signal's number: how the shell says that a program died
  if (raw == -1) return kCouldNotTell;
  if (!WIFEXITED(raw) || WEXITSTATUS(raw) > kSignal) return kDifference;
  return WEXITSTATUS(raw) <= kBadInput ? WEXITSTATUS(raw) : kCouldNotTell;
}

}  // namespace bitgate::program
