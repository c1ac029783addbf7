// Which recipes explain a dump: every recipe of its scheme is asked for the same input, in stages (see verify.h), and
// the answers are counted. Where none explains every byte, the usual mistakes are tried (mistakes.h).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bitgate/compare/compare.h"
#include "bitgate/compare/mistakes.h"
#include "bitgate/compare/rules_axes.h"
#include "bitgate/reference/recipe/recipe.h"

namespace bitgate::compare {

// One recipe against the dump. Globals from the input; scales from the input and the dump's global; codes and extras
// from the dump's global and scales; values from the input.
struct Candidate {
  const reference::Recipe* recipe = nullptr;
  std::array<Tally, kFieldCount> tally{};  // by Field
  std::int64_t different_bytes = 0;        // a code counts as one
  std::optional<Mismatch> parts;           // the first difference of the earliest stage that has one
  bool parts_in_twin = false;              // that difference is in the column-wise twin of a dump of both directions
  std::vector<AxisDifference> axes;        // against the first of the exact ones, else against the nearest: why
  bool exact() const noexcept { return different_bytes == 0; }
};

struct Refusal {
  const reference::Recipe* recipe = nullptr;
  std::string why;
};

struct Identification {
  std::vector<Candidate> exact;           // every byte explained; more than one: equal on this input
  std::vector<Candidate> others;          // the nearest first
  std::vector<Refusal> refused;           // of the scheme, but their producer does not take this input
  std::vector<Explanation> mistakes;      // only without an exact one: what explains most, the best of each, best first
  std::vector<Explanation> explanations;  // what those were chosen from: a mistake may have several recipes
  std::vector<std::string> notes;         // what cannot be told from this dump
};

// `request` says what the kernel was given: input, amax, global, random words, operands of a fused one. Direction and
// scales are taken from the dump. A dump of both directions carries its twin. Candidates have the dump's scheme and
// kind of global number; a dump of one row is held against tensor and row scaling alike.
Identification identify(const Request& request, const QuantizedTensor& dump);

// Several inputs that the same kernel was given (a probe set): what is exact for one only is among the others, and a
// mistake counts where the same one in the same recipe explains every dump.
Identification combine(const std::vector<Identification>& parts);

// Whether no code and no value was compared (empty tensors): then nothing can be told, whatever is exact.
bool nothing_compared(const Identification& found) noexcept;

// "scale, first at (3, 7)", "column-wise scale, ..." of a twin; "" for an exact one.
std::string where_it_parts(const Candidate& candidate);

}  // namespace bitgate::compare
