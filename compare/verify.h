// A dump against the reference in stages, so that one early difference is not counted three times: the global from X;
// the scales from X and the subject's global; the codes from X and the subject's global and scales.
#pragma once

#include "bitgate/compare/compare.h"
#include "bitgate/reference/recipe/recipe.h"

namespace bitgate::compare {

struct StagedVerdict {
  Tally global, scales, codes, extras, values;
  std::vector<Mismatch> first;                        // of each stage that differs
  std::vector<std::vector<reference::Stage>> traces;  // one for each entry of `first`: how the reference got there
  bool global_checked = true;
  std::vector<StagedVerdict> columnwise;  // of the twin, where the subject has one
  bool bit_exact() const noexcept;
};

// `global_given`: the subject's global is an input of its own and is not compared. Without a global in the scheme its
// tally is empty. Codes of recipes that scale elements by a number before it is stored (ggml) follow from X alone;
// extras are judged with the codes, values with X. The direction is the subject's. Throws InputError when the recipe
// refuses X or the subject has other sizes. `asked`: what the kernel was given; its direction and scales do not count,
// its amax and global decide what the subject's global is held against.
StagedVerdict verify(const reference::Recipe& recipe, const Request& asked, const QuantizedTensor& subject,
                     bool global_given);
StagedVerdict verify(const reference::Recipe& recipe, const TypedView& input, const QuantizedTensor& subject,
                     bool global_given);

}  // namespace bitgate::compare
