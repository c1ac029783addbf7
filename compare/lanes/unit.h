// What v2.cpp, v3.cpp and v4.cpp compile, each for its own level.
#pragma once

#include "bitgate/compare/lanes/errors.h"

namespace bitgate::compare::lanes {

// N lanes of 32 bits fill a register, and N / 2 of 64.
template <int N>
inline constexpr Kernels kKernels{metric_terms<N / 2>, peer_terms<N / 2>};

}  // namespace bitgate::compare::lanes
