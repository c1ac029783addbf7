// The conversions from binary32 and binary64 to narrow codes that libraries and instructions do, each by its name:
// "cuda-13.0/e4m3-satfinite", "ptx/cvt.rn.satfinite.e2m1x2", "torch-2.11/e4m3fn", "ml_dtypes-0.6/float8_e4m3fnuz".
// One row each; where two rows of one format differ is what sets the libraries apart.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string_view>

#include "bitgate/reference/format/encode.h"
#include "bitgate/reference/format/format.h"

namespace bitgate {

struct Conversion {
  std::string_view name;
  Format format;
  EncodeRule rule;
  std::string_view source;
  int random_bits = 0;  // of stochastic rounding, an element; 0: rule.rounding
  // Numbers under this become NaN: how a library without sign or zero in the format treats them.
  float nan_below = -std::numeric_limits<float>::infinity();
  bool refuses_nan = false;             // the library throws when it is given NaN and the format has none
  std::string_view open_question = {};  // what of it nobody has run
  bool double_through_float = false;    // a double is rounded to binary32 first: to nearest, ties to even
};

// In the order of `bitgate list conversions`.
std::span<const Conversion> conversions() noexcept;

// The row of this name, or nullptr.
const Conversion* find_conversion(std::string_view name) noexcept;

// The code; nothing where the library throws. `random`: the low random_bits bits decide; not read otherwise.
std::optional<std::uint32_t> convert(const Conversion& conversion, float value, std::uint32_t random = 0) noexcept;

// From binary64: in one rounding, or through binary32 where the library goes there. A NaN keeps its sign and the upper
// 23 bits of its mantissa.
std::optional<std::uint32_t> convert(const Conversion& conversion, double value, std::uint32_t random = 0) noexcept;

// In words, for tables.
std::string_view name_of(Rounding rounding) noexcept;
std::string_view name_of(Overflow overflow) noexcept;
std::string_view name_of(NanCode nan) noexcept;

// What narrows binary64 without deciding anything: toward zero, and the last bit set if something was lost. Rounding
// the result to a format of at most 22 significant bits, whose smallest code is at least 2^-147, is rounding `value`.
float narrowed_to_odd(double value) noexcept;

}  // namespace bitgate
