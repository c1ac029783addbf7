// CUTLASS's Sm1xxBlockScaledConfig: the "SfAtom" of 512 bytes that holds 128 rows (of M or N) and 4 one-byte scales
// (along K), and how atoms lie: K fastest, then the rows, then the batch L. Rows and scales are padded to whole atoms.
// K-major it is the 128 x 4 of swizzle.h, byte for byte; the MN-major atom is its transpose: the first coordinate
// counts scales, the second rows. Source: flashinfer-vllm-cutlass.md 6.4 of the notes, shape ((32,4),(V,4)) and stride
// ((16,4),(0,1)).
#pragma once

#include <cstdint>

#include "bitgate/reference/layout/padded.h"

namespace bitgate::reference {

inline constexpr std::int64_t kAtomRows = 128, kAtomScales = 4, kAtomBytes = 512;

// Byte in the atom of row 0 .. 127 and scale 0 .. 3, by the strides of the layout: all V elements of a block share one.
constexpr std::int64_t sf_atom_byte(std::int64_t row, std::int64_t scale) noexcept {
  return row % 32 * 16 + row / 32 * 4 + scale;
}
constexpr std::int64_t sf_atom_byte_mn_major(std::int64_t scale, std::int64_t row) noexcept {
  return sf_atom_byte(row, scale);
}

// Byte of scale `scale` of row `row` in batch `batch`, of `rows` rows with `scales` scales each.
constexpr std::int64_t sf_byte(std::int64_t row, std::int64_t scale, std::int64_t batch, std::int64_t rows,
                               std::int64_t scales) noexcept {
  const std::int64_t atoms_across = ceil_div(scales, kAtomScales), atoms_down = ceil_div(rows, kAtomRows);
  const std::int64_t atom = (batch * atoms_down + row / kAtomRows) * atoms_across + scale / kAtomScales;
  return atom * kAtomBytes + sf_atom_byte(row % kAtomRows, scale % kAtomScales);
}

static_assert(sf_atom_byte(1, 0) == 16 && sf_atom_byte(31, 3) == 499);
static_assert(sf_atom_byte(32, 0) == 4 && sf_atom_byte(127, 3) == kAtomBytes - 1);
static_assert(sf_byte(0, 4, 0, 128, 8) == 512);     // the next four scales of the same rows
static_assert(sf_byte(128, 0, 0, 256, 8) == 1024);  // the next rows
static_assert(sf_byte(0, 0, 1, 130, 5) == 2048);    // the next batch: 2 x 2 atoms

}  // namespace bitgate::reference
