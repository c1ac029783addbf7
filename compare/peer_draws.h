// TransformerEngine's own test of stochastic rounding, by its formula: of 50 draws no two that follow each other are
// equal, each element is one of the two grid values beside what it has to stand for, and the mean of the 50 decoded
// tensors has a smaller root mean square error than one tensor rounded to nearest
// (NVIDIA/TransformerEngine d0067d0d, tests/pytorch/nvfp4, stochastic rounding). Its input is 2 N(0, 1) - 1.
#pragma once

#include "bitgate/compare/compare.h"
#include "bitgate/compare/peer_gates.h"

namespace bitgate::compare {

inline constexpr int kDraws = 50;

// The subject is asked `request` with the seeds 1 to 50. kDoesNotApply where the recipe draws nothing.
PeerSight mean_of_draws_sight(const reference::Recipe& recipe, const Request& request, const Subject& subject);

}  // namespace bitgate::compare
