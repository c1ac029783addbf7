// One file of a quantized tensor to one field, by what the description says that it holds. Each throws InputError, with
// the file named, for a type or shape other than that; none allocates before the shape is known to be the file's.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bitgate/compare/npy.h"
#include "bitgate/compare/tensor_description.h"
#include "bitgate/reference/format/tensor.h"

namespace bitgate::compare {

struct NamedArray {
  std::string name;  // of the file, for complaints
  NpyArray array;
};

// `t` says scheme, extent and direction; `nonzero_padding` grows by what pads and is not zero.
std::vector<std::uint8_t> read_codes(const NamedArray& file, const QuantizedTensor& t, NibbleOrder nibbles,
                                     std::int64_t& nonzero_padding);
Scales read_scales(const NamedArray& file, const QuantizedTensor& t, const TensorDescription& d,
                   std::int64_t& nonzero_padding);
std::vector<std::uint16_t> read_extras(const NamedArray& file, const QuantizedTensor& t);
// One number or one a row: any shape with at most one side other than 1, so that the order is never in doubt.
std::vector<float> read_global(const NamedArray& file, const QuantizedTensor& t);
// Codes, scales and extras of raw blocks.
QuantizedTensor read_blocks(const NamedArray& file, const TensorDescription& d, std::int64_t& nonzero_padding);
std::vector<float> read_values(const NamedArray& file, const TensorDescription& d);

}  // namespace bitgate::compare
