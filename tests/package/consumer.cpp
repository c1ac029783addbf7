// Quantizes one block with an installed bitgate; its exit status is the test.
#include <array>

#include "bitgate/compare/compare.h"
#include "bitgate/reference/recipe/recipe.h"

int main() {
  const std::array<float, 16> x{0, 0.5f, 1, 1.5f, 2, 3, 4, 6, -0.5f, -1, -1.5f, -2, -3, -4, -6, -0.25f};
  bitgate::Request request;
  request.input = {bitgate::InputType::kF32, {1, 16}, x.data()};
  const bitgate::QuantizedTensor answer =
      bitgate::reference::quantize(bitgate::reference::require_recipe("te/nvfp4"), request);
  const bool exact = answer.codes[7] == 0x7 && bitgate::scale_bits(answer.scales, 0) == 0x7E;
  return exact && bitgate::compare::compare(answer, answer).bit_exact() ? 0 : 1;
}
