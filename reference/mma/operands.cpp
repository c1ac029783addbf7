#include "bitgate/reference/mma/operands.h"

#include <algorithm>

#include "bitgate/reference/mma/evaluate.h"
#include "bitgate/reference/recipe/lanes/threads.h"

namespace bitgate::reference {

MmaElements elements_of(const MmaInstruction& instruction, const MmaMatrix& matrix) {
  MmaElements made{matrix.rows, matrix.k, 0, {}, {}};
  if (matrix.rows != 0) made.blocks = static_cast<std::int64_t>(matrix.scales.size()) / matrix.rows;
  made.numbers.resize(matrix.codes.size());
  over_threads(matrix.rows, [&](std::int64_t row) {
    for (std::int64_t i = row * matrix.k; i < (row + 1) * matrix.k; ++i)
      made.numbers[i] = operand_number(instruction, matrix.format, matrix.codes[i]);
  });
  for (const std::uint8_t code : matrix.scales) made.scales.push_back(scale_number(instruction.scale, code));
  return made;
}

MmaPlaces places_of(const MmaInstruction& instruction, std::int64_t k) {
  const bool halves = instruction.order == MmaOrder::kPtxasFp8;
  const int products = halves ? instruction.k / 2 : std::min(instruction.products, instruction.k);
  const int steps = (instruction.k + products - 1) / products;
  return {products, steps, (k + instruction.k - 1) / instruction.k};
}

MmaPanels panels_of(const MmaInstruction& instruction, const MmaElements& elements, int lanes) {
  const MmaPlaces places = places_of(instruction, elements.k);
  const std::int64_t panels = (elements.rows + lanes - 1) / lanes;
  MmaPanels made{lanes, {}, {}, {}};
  made.significands.assign(static_cast<std::size_t>(panels * places.count() * lanes), 0);
  made.exponents.assign(made.significands.size(), kNoExponent);
  made.special.assign(static_cast<std::size_t>(panels * places.instructions), 0);
  const int of_instruction = places.steps * places.products;
  over_threads(elements.rows, [&](std::int64_t row) {
    const std::int64_t first = row / lanes * places.count() * lanes + row % lanes;
    for (std::int64_t place = 0; place < places.count(); ++place) {
      const auto within = static_cast<int>(place % of_instruction);
      if (within >= instruction.k) continue;
      const std::int64_t k = place / of_instruction * instruction.k + place_in_order(instruction, within);
      if (k >= elements.k) continue;
      const MmaNumber& number = elements.numbers[row * elements.k + k];
      int exponent = number.exponent;
      if (elements.blocks != 0)
        exponent += elements.scales[row * elements.blocks + k / instruction.scale_block].exponent;
      made.significands[first + place * lanes] = number.significand;
      made.exponents[first + place * lanes] = static_cast<std::int16_t>(exponent);
    }
  });
  over_threads(panels, [&](std::int64_t panel) {
    for (std::int64_t row = panel * lanes; row < std::min((panel + 1) * lanes, elements.rows); ++row)
      for (std::int64_t k = 0; k < elements.k; ++k) {
        const MmaKind kind = elements.numbers[row * elements.k + k].kind;
        const bool nan_scale =
            elements.blocks != 0 && elements.scales[row * elements.blocks + k / instruction.scale_block].nan;
        if (kind != MmaKind::kFinite || nan_scale) made.special[panel * places.instructions + k / instruction.k] = 1;
      }
  });
  return made;
}

}  // namespace bitgate::reference
