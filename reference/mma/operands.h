// The matrices of a product taken apart once: element by element, and in the order in which lanes take them.
#pragma once

#include <cstdint>
#include <vector>

#include "bitgate/reference/mma/number.h"
#include "bitgate/reference/mma/product.h"

namespace bitgate::reference {

struct MmaElements {
  std::int64_t rows, k, blocks;    // blocks: scales of a row
  std::vector<MmaNumber> numbers;  // [rows, k]
  std::vector<MmaScale> scales;    // [rows, blocks]
};
MmaElements elements_of(const MmaInstruction& instruction, const MmaMatrix& matrix);

// How a chain over k goes through its places: `steps` of `products` for each instruction.
struct MmaPlaces {
  int products, steps;
  std::int64_t instructions;
  std::int64_t count() const noexcept { return instructions * steps * products; }
};
MmaPlaces places_of(const MmaInstruction& instruction, std::int64_t k);

// Panels of `lanes` rows, [panels, places, lanes]; rows and places that there are not are absent. Exponents with that
// of the block scale.
struct MmaPanels {
  int lanes;
  std::vector<std::int16_t> significands, exponents;
  std::vector<std::uint8_t> special;  // [panels, instructions]: a NaN or infinity, a NaN scale
};
MmaPanels panels_of(const MmaInstruction& instruction, const MmaElements& elements, int lanes);

}  // namespace bitgate::reference
