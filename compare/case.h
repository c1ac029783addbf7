// One input to one recipe. Its name is enough to run it again: RECIPE/DTYPE/DISTRIBUTION[@2^K]/ROWSxCOLS/sSEED.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "bitgate/reference/format/tensor.h"

namespace bitgate::compare {

inline constexpr int kMinLog2Amplitude = -149, kMaxLog2Amplitude = 127;
inline constexpr std::int64_t kMaxElements = std::int64_t{1} << 40;

struct Distribution {
  std::string name;        // a row of distributions()
  int log2_amplitude = 0;  // every value is multiplied by 2^this before it is rounded to the input type
  friend bool operator==(const Distribution&, const Distribution&) = default;
};

struct Case {
  std::string recipe;
  InputType type = InputType::kF32;
  Distribution input;
  Extent extent;
  std::uint64_t seed = 0;

  std::string name() const;  // te/nvfp4/bf16/normal@2^-4/128x256/s7
  friend bool operator==(const Case&, const Case&) = default;
};

// The inverse of Case::name(): parse_case(name).name() == name, so that one case has one name (no leading zeros, no
// @2^0). Throws InputError naming the part that does not parse; whether the recipe and the distribution exist is not
// asked here.
Case parse_case(std::string_view name);

}  // namespace bitgate::compare
