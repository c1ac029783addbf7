// Why a subject differs: whether each difference is the answer that another named recipe of the same scheme gives
// there, so that it can be allowed by that recipe's name and a count, never by a tolerance.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "bitgate/reference/recipe/recipe.h"

namespace bitgate::compare {

// Entries where the subject differs from the claimed recipe, judged in the stages of verify.h. The two recipes are
// asked under the subject's own global, then under its own global and scales, so that an early difference is counted
// once.
struct Explained {
  std::string by;                 // the other recipe
  std::int64_t element_ties = 0;  // a code one step away, which is the other recipe's
  std::int64_t scale_ties = 0;    // a scale, an extra or a global number that is the other recipe's
  std::int64_t selections = 0;    // a whole block of a search (4over6, ggml's) that is the other recipe's
  std::int64_t unexplained = 0;   // neither recipe's, or more than a step away
  std::int64_t total = 0;         // elements of the tensor
  bool all_explained() const noexcept { return unexplained == 0; }
  double ppm() const noexcept;  // explained differences in a million elements; 0 of an empty tensor
  friend bool operator==(const Explained&, const Explained&) = default;
};

// One explanation; none where `other` stores something else or refuses the request. The subject must have the sizes of
// the claimed recipe's answer (compare.h), which takes the request.
std::optional<Explained> explained_by(const reference::Recipe& claimed, const reference::Recipe& other,
                                      const Request& asked, const QuantizedTensor& subject);

// The best over all other recipes of the claimed one's scheme: the fewest unexplained, then the fewest differences,
// then the first in the catalog. None where no other recipe takes the request.
std::optional<Explained> best_explanation(const reference::Recipe& claimed, const Request& asked,
                                          const QuantizedTensor& subject);

// Whether two codes of one format stand at most one step apart in the order of their values; +0 and -0 stand together.
bool adjacent(const Format& format, std::uint32_t a, std::uint32_t b) noexcept;

}  // namespace bitgate::compare
