#include "bitgate/compare/boundary_search.h"

#include "bitgate/compare/choices.h"
#include "bitgate/compare/distribution.h"
#include "bitgate/reference/format/error.h"

namespace bitgate::compare {
namespace {

using reference::Recipe;

constexpr int kElements = 6;      // moved, of each tensor
constexpr int kIntervals = 12;    // of each element's way from 0 to kLargest
constexpr double kLargest = 3.0;  // of data of sigma 1: rarely past a block's amax

// One element of a tensor as the free variable, its magnitude as bits.
class Path {
 public:
  Path(const Recipe& a, const Recipe& b, TypedTensor& tensor, Direction direction, std::int64_t index,
       std::uint32_t sign)
      : a_(a), b_(b), tensor_(tensor), direction_(direction), index_(index), sign_(sign) {}

  void set(std::uint32_t magnitude) { put(tensor_, index_, magnitude | sign_); }
  QuantizedTensor answer(std::uint32_t magnitude) {
    set(magnitude);
    return ask(a_, tensor_.view(), direction_);
  }
  bool separates(std::uint32_t magnitude) {
    const QuantizedTensor of_a = answer(magnitude);
    return !compare_common(of_a, ask(b_, tensor_.view(), direction_)).bit_exact();
  }

  // Narrows low .. high, whose answers differ, to neighbours; leaves the tensor where a and b differ, if they do there.
  bool separates_between(std::uint32_t low, std::uint32_t high) {
    const QuantizedTensor before = answer(low);
    if (compare(before, answer(high)).bit_exact()) return false;
    while (high - low > 1) {
      const std::uint32_t middle = low + (high - low) / 2;
      (compare(before, answer(middle)).bit_exact() ? low : high) = middle;
    }
    return separates(low) || separates(high);
  }

 private:
  const Recipe &a_, &b_;
  TypedTensor& tensor_;
  Direction direction_;
  std::int64_t index_;
  std::uint32_t sign_;
};

bool separates_on_the_way(Path path, InputType type) {
  for (int i = 0; i < kIntervals; ++i) {
    const std::uint32_t low = bits_of(type, kLargest * i / kIntervals);
    const std::uint32_t high = bits_of(type, kLargest * (i + 1) / kIntervals);
    if (path.separates_between(low, high)) return true;
  }
  return false;
}

}  // namespace

std::optional<TypedTensor> differ_at_a_boundary(const Recipe& a, const Recipe& b, InputType type, Direction direction,
                                                const Extent& extent, std::uint64_t rounds) {
  try {
    for (std::uint64_t round = 1; round <= rounds; ++round) {
      const TypedTensor base = generate(a, {"normal"}, type, extent, round);
      Choices choices(round, Purpose::kBlock, 0);
      for (int k = 0; k < kElements; ++k) {
        TypedTensor tensor = base;
        const auto index = static_cast<std::int64_t>(choices.below(static_cast<std::uint32_t>(count(extent))));
        // Either recipe's boundaries: what one of them never decides the other may.
        if (separates_on_the_way({a, b, tensor, direction, index, choices.sign(type)}, type)) return tensor;
        tensor = base;
        if (separates_on_the_way({b, a, tensor, direction, index, 0}, type)) return tensor;
      }
    }
  } catch (const InputError&) {
    // One of them refuses such an input, so every one.
  }
  return std::nullopt;
}

}  // namespace bitgate::compare
