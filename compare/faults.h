// Faults to inject into any subject: what kernels have got wrong in public, and what the usual gates let pass. The
// quick suite has to see every one of them. Which thread became which fault, and which cannot be one: fault_threads.h.
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

// What a fault of the answer may know: the question, and the numbers that the answer's rows stand for (the input, or
// its transpose, after the recipe's fused operation and transform).
struct FaultContext {
  const reference::Recipe& recipe;
  const Request& request;
  TypedView operand;
};

// A fault of the answer changes what the subject gave; one of the random words changes what the subject is given; one
// around the subject asks it otherwise, or more than once. Exactly one of the three functions is there.
struct Fault {
  std::string_view name;  // "element-truncated"
  FaultGroup group = FaultGroup::kQuantizer;
  std::string_view sentence;  // what is wrong
  std::string_view source;    // the thread or table that tells of it
  bool (*applies)(const reference::Recipe&) = nullptr;
  void (*in_answer)(const FaultContext&, QuantizedTensor&) = nullptr;
  void (*in_words)(std::span<std::uint32_t>) = nullptr;
  QuantizedTensor (*around)(const reference::Recipe&, const Subject&, const Request&) = nullptr;
  // Why the fault changes no byte of a recipe to which it applies; "" where it may. Absent: it always may.
  std::string_view (*no_effect)(const reference::Recipe&) = nullptr;
};

std::span<const Fault> faults() noexcept;
std::string_view why_no_effect(const Fault& fault, const reference::Recipe& recipe);

// The subject with the fault. A subject of a stochastic recipe is given the words that the producer would draw, or
// those of the request, after the fault. Of a question for both directions the row-wise answer has the fault, its twin
// is left as it is.
Subject with_fault(const Fault& fault, const reference::Recipe& recipe, Subject subject);

}  // namespace bitgate::compare
