// Each fault injected into a subject: which question of the quick suite sees it, and whether the peers' gates would.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "bitgate/compare/faults.h"
#include "bitgate/compare/peer_gates.h"

namespace bitgate::compare {

struct FaultSight {
  const Fault* fault = nullptr;
  std::string recipe;
  std::string seen_by;               // the question, as options of `bitgate verify`; "" when none sees it
  std::int64_t different = 0;        // bytes that differ there
  std::array<PeerSight, 4> peers{};  // on a normal input of 256 x 256, the peers' usual one
};

// Every fault that applies to the recipe. `subject` must be right: throws InputError, with the question, when it
// differs without any fault.
std::vector<FaultSight> inject_faults(const reference::Recipe& recipe, const Subject& subject);

// The smallest: one code of 2^24 off by one step, in a normal input of 4096 x 4096.
struct SmallestFault {
  std::int64_t codes = 0, different = 0;
  std::string first;  // in the words of describe()
  std::array<PeerSight, 4> peers{};
};
SmallestFault smallest_fault(const reference::Recipe& recipe);

}  // namespace bitgate::compare
