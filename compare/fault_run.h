// Each fault injected into a subject: which question of the quick suite sees it, and whether the peers' gates would.
#pragma once

#include <string>
#include <vector>

#include "bitgate/compare/faults.h"
#include "bitgate/compare/peer_gates.h"

namespace bitgate::compare {

enum class FaultFate : std::uint8_t {
  kSeen,
  kNoEffect,   // it changes no byte of this recipe, for the reason given; no question sees it
  kNotSeen,    // neither
  kMisjudged,  // said to change no byte, and yet a question sees it
};

std::string_view name_of(FaultFate fate) noexcept;

struct FaultSight {
  const Fault* fault = nullptr;
  std::string recipe;
  FaultFate fate = FaultFate::kNotSeen;
  std::string by;                // the question that sees it, as options of `bitgate verify`; or why it has no effect
  std::int64_t different = 0;    // bytes that differ there
  PeerSights peers = kNoSights;  // on a normal input of 256 x 256, the peers' usual one
};

// Every fault that applies to the recipe, asked in the direction that the recipe makes (row-wise where it makes both).
// `subject` must be right: throws InputError, with the question, when it differs without any fault.
std::vector<FaultSight> inject_faults(const reference::Recipe& recipe, const Subject& subject);

// The smallest: one code of 2^24 off by one step, in a normal input of 4096 x 4096.
struct SmallestFault {
  std::int64_t codes = 0, different = 0;
  std::string first;  // in the words of describe()
  PeerSights peers = kNoSights;
};
SmallestFault smallest_fault(const reference::Recipe& recipe);

}  // namespace bitgate::compare
