// A user's input tensor from a .npy or .npz file.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "bitgate/compare/npy.h"
#include "bitgate/reference/format/tensor.h"

namespace bitgate::compare {

// fp32, bf16 or f16; none for any other name.
std::optional<InputType> find_input_type(std::string_view name) noexcept;

// `where` is FILE.npy, FILE.npz:KEY, or FILE.npz when the archive holds one array. One dimension is one row; of three,
// the leading two are flattened into rows; others are refused. float32 is fp32, float16 is f16, and uint16 holds bit
// patterns of `dtype`, bf16 or f16. `dtype` empty: not given; given, it must agree with what the file holds.
// Throws InputError naming the file and what was expected.
TypedTensor read_input(const std::string& where, std::string_view dtype = {});
TypedTensor input_from(const NpyArray& array, std::string_view name, std::string_view dtype);

// The array that `where` names, of any type and shape that .npy files may have here.
NpyArray read_array(const std::string& where);

// Throws InputError naming `file` unless both sizes are at most 2^40 and, so that a file without data cannot make
// anyone walk or allocate by its shape, those of an empty tensor at most 2^20.
void require_extent(std::string_view file, const Extent& extent);

}  // namespace bitgate::compare
