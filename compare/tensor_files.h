// The files of a quantized tensor, in a directory or as members of a .npz:
//
//   tensor.json  what the rest means (tensor_description.h)
//   codes.npy    uint8 [rows, ceil(cols / 2)], two 4-bit codes a byte in the nibble order that tensor.json states, the
//                pad nibble of an odd row zero; any other code one a byte, [rows, cols]
//   scales.npy   uint8 codes, uint16 bit patterns (fp16, bf16) or float32: one a cell, [rows, cells a row] and so on,
//   or
//                laid out as tensor.json states (scale_layout.h)
//   extras.npy   uint16 [rows, extras a row], where the scheme has extras
//   global.npy   float32, one number or one a row: the number that the producer stores
//   packed.npy   uint8, the raw blocks of producers that interleave (ggml), in the producer's axes, row padding
//                included
//   values.npy   [rows, cols], float32 or uint16 bit patterns: the only file of a producer that fake-quantizes
//   codes_t.npy, scales_t.npy, extras_t.npy, global_t.npy
//                of the column-wise tensor, which is that of the transposed operand: codes [cols, ceil(rows / 2)] or
//                [cols, rows]. MXFP8 is not turned: codes [rows, cols], scales [ceil(rows / 32), cols].
//
// A row-wise tensor has the files without _t, a column-wise one those with it, both directions have both.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>

#include "bitgate/compare/npy.h"
#include "bitgate/compare/npz.h"
#include "bitgate/compare/tensor_description.h"
#include "bitgate/reference/format/tensor.h"

namespace bitgate::compare {

struct LoadedTensor {
  TensorDescription description;
  QuantizedTensor tensor;
  // Pad nibbles, pad scales and pad bytes of raw blocks that are not zero: data, not an error.
  std::int64_t nonzero_padding = 0;
};

// The description of a tensor that this program made, with its twin where it has one. `recipe` "" when unknown.
// Without `blocks`: those that the scheme's name implies.
TensorDescription description_of(const QuantizedTensor& tensor, NibbleOrder nibbles, std::string recipe);
TensorDescription description_of(const QuantizedTensor& tensor, NibbleOrder nibbles, std::string recipe,
                                 RawBlocks blocks);

// Everything above by file name; the bytes of .npy files and of tensor.json. Throws std::logic_error when a field does
// not have the size that the description states, InputError when values do not fit their 16-bit type.
ArchiveMembers tensor_members(const TensorDescription& description, const QuantizedTensor& tensor);

// Writes a directory, or an archive when `to` ends in .npz; either appears whole or not at all. A directory may exist
// if it is empty or one that bitgate wrote: then the tensor's files are replaced and any others kept. Otherwise
// InputError.
void write_tensor(const std::filesystem::path& to, const TensorDescription& description, const QuantizedTensor& tensor);

// Reads a directory or a .npz. `given` (the flags) stands in for tensor.json and has to agree with one that is there.
// Needs codes with scales, or packed, or values, of each direction that is stated; where both logical files and packed
// are there they have to agree. Throws InputError naming the file: missing, malformed, of a type or shape other than
// the description states, or of a direction, blocks or fields that it does not state.
LoadedTensor read_tensor(const std::filesystem::path& from, const TensorDescription* given = nullptr);

// One file each, by the names "codes", "scales", "global", "extras", "packed", "values", "codes_t" and so on; each path
// as read_array takes it.
LoadedTensor read_tensor(const std::map<std::string, std::string>& files, const TensorDescription& given);

// Arrays in memory by the same names, in either direction without _t; complaints name them so. The direction is row or
// column.
LoadedTensor tensor_from(const std::map<std::string, NpyArray>& arrays, const TensorDescription& given);

}  // namespace bitgate::compare
