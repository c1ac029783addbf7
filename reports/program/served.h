// What a device cannot do for want of a GPU or of its memory is no verdict on a kernel.
#pragma once

#include "bitgate/compare/sweep.h"
#include "bitgate/device/error.h"

namespace bitgate::program {

// The answer of `run`, whose device::CannotServe becomes compare::NotRun.
template <class Run>
auto served(const Run& run) {
  try {
    return run();
  } catch (const device::CannotServe& lack) {
    throw compare::NotRun(lack.what());
  }
}

}  // namespace bitgate::program
