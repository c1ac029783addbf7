// What the tests of TransformerEngine's second implementation share: requests with a direction, and the inputs of the
// worked examples that more than one recipe takes.
#pragma once

#include <string>
#include <vector>

#include "bitgate/tests/device/cpu_examples.h"

namespace bitgate::device {

// Bits of bf16, 16 a block.
inline constexpr const char* kE1 = "0000 3f00 3f80 3fc0 4000 4040 4080 40c0 bf00 bf80 bfc0 c000 c040 c080 c0c0 be80";
inline constexpr const char* kE3 = "0000 8000 0000 8000 0000 8000 0000 8000 0000 8000 0000 8000 0000 8000 0000 8000";
inline constexpr const char* kE5 = "0000 b580 3580 b580 3580 b580 3580 b580 3580 b580 3580 b580 3580 b580 3580 b580";
inline constexpr const char* kE10 = "3f54 3f9a bf9b bfcb 3f86 bf93 bfc8 3dc9 3eaf 3d5f 3de1 bd89 bf29 bf1c 3ecd 3ecd";
inline constexpr const char* kE11 = "3ead 3f3c 3f6d 3ed4 3f94 3fa3 bf67 3ea4 3f65 bfb6 3fbc 3f02 bf61 3f1d bf7b 3e5a";
inline constexpr const char* kE12 = "beb0 bfc7 3da5 3db0 3efb be98 3e88 bf31 bfc9 3e65 3fb5 3fe8 bf9c 3fa7 3d5c 3e3c";
inline constexpr const char* kE15 = "bf97 bfd8 3f14 3feb bfb0 3eb4 bfb9 be1b 3fee bfa3 be50 3f65 be8f bf52 3f06 3e75";

// rows x cols zeros of bf16 with `block` laid from the upper left corner along the first row, or down the first column.
inline TypedTensor bf16_zeros_with(std::int64_t rows, std::int64_t cols, const std::string& block, Direction along) {
  Words bits(static_cast<std::size_t>(rows * cols), 0);
  const Words given = words(block);
  for (std::size_t i = 0; i < given.size(); ++i)
    bits[along == Direction::kRowwise ? i : i * static_cast<std::size_t>(cols)] = given[i];
  return tensor(InputType::kBf16, rows, bits);
}

inline QuantizedTensor run_in(Direction direction, std::string_view recipe, const TypedTensor& input,
                              const std::vector<float>& amax = {}, const std::vector<float>& amax_columnwise = {}) {
  Request request;
  request.input = input.view();
  request.direction = direction;
  request.amax = amax;
  request.amax_columnwise = amax_columnwise;
  return find_cpu_subject(recipe)(request);
}

inline Bytes first_codes(const QuantizedTensor& t, std::size_t count) {
  return {t.codes.begin(), t.codes.begin() + static_cast<std::ptrdiff_t>(count)};
}

}  // namespace bitgate::device
