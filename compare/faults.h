// Faults to inject into any subject: what kernels have got wrong in public, and what the usual gates let pass. The
// quick suite has to see every one of them.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "bitgate/compare/compare.h"
#include "bitgate/reference/recipe/recipe.h"

namespace bitgate::compare {

enum class FaultGroup : std::uint8_t {
  kQuantizer,   // the sixteen of the table that measured the usual gates
  kStochastic,  // of stochastic rounding
  kField,       // public threads
  kLowering,    // of a compiler or of one who writes its output by hand
};
std::string_view name_of(FaultGroup group) noexcept;

// A fault of the answer changes what the subject gave, from the input and that answer alone; one of the random words
// changes what the subject is given. Exactly one of the two functions is there.
struct Fault {
  std::string_view name;  // "e2m1-truncates"
  FaultGroup group = FaultGroup::kQuantizer;
  std::string_view sentence;  // what is wrong
  std::string_view source;    // the thread or table that tells of it
  bool (*applies)(const reference::Recipe&) = nullptr;
  void (*in_answer)(const Request&, QuantizedTensor&) = nullptr;
  void (*in_words)(std::span<std::uint32_t>) = nullptr;
};

std::span<const Fault> faults() noexcept;

// The subject with the fault. A subject of a stochastic recipe is given the words that the producer would draw, or
// those of the request, after the fault. Row-wise questions; the twin of both directions is left as it is.
Subject with_fault(const Fault& fault, const reference::Recipe& recipe, Subject subject);

}  // namespace bitgate::compare
