// A tensor whose elements follow from the input's in the same place, made in pieces over threads.
#pragma once

#include <algorithm>

#include "bitgate/reference/format/tensor.h"
#include "bitgate/reference/recipe/lanes/threads.h"

namespace bitgate::reference {

// Of the input's type and extent. make(first, how many, input, results) makes elements first, first + 1, ..., a
// multiple of `step`; the pointers are to element `first`. Elements behind the last multiple of `step` are zero.
template <class Make>
TypedTensor made_in_pieces(const TypedView& input, std::int64_t step, Make make) {
  constexpr std::int64_t kPiece = 1 << 16;
  const std::int64_t n = count(input.extent) / step * step;
  TypedTensor out{input.type, input.extent, {}};
  const auto fill = [&]<class T>(const T* from) {
    std::vector<T> results(static_cast<std::size_t>(count(input.extent)));
    over_threads((n + kPiece - 1) / kPiece, [&](std::int64_t piece) {
      const std::int64_t first = piece * kPiece;
      make(first, std::min(kPiece, n - first), from + first, results.data() + first);
    });
    out.values = std::move(results);
  };
  if (input.type == InputType::kF32)
    fill(input.f32().data());
  else
    fill(input.bits16().data());
  return out;
}

}  // namespace bitgate::reference
