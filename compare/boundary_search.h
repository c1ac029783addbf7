// Inputs at the edge of a decision: one element is moved until a recipe's answer changes, and there another recipe may
// still decide the other way. Finds what random data meets once in millions of blocks: near ties of a search over
// scales, one rounding more or less in front of a code.
#pragma once

#include <optional>

#include "bitgate/compare/common_input.h"

namespace bitgate::compare {

// The first tensor found on which the answers differ; none after `rounds` tensors. Deterministic.
std::optional<TypedTensor> differ_at_a_boundary(const reference::Recipe& a, const reference::Recipe& b, InputType type,
                                                Direction direction, const Extent& extent, std::uint64_t rounds);

}  // namespace bitgate::compare
