// What a GPU's single instructions give, by the reference's arithmetic: models that a chip is held against before the
// kernels on it are.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace bitgate::compare {

// Word i is words[i], or first + i * step modulo 2^32 where there are no words.
struct OperandWords {
  std::span<const std::uint32_t> words;
  std::uint32_t first = 0, step = 0;

  std::uint32_t at(std::uint32_t i) const noexcept { return words.empty() ? first + i * step : words[i]; }
};
using HardwareOperands = std::array<OperandWords, 3>;

// Which inputs there are to ask.
enum class HardwareInput : std::uint8_t {
  kWord,          // a binary32 or an int32, in isolation: 2^32
  kPair,          // two binary32, converted each by itself: each of 2^32
  kPositivePair,  // likewise without a sign: each of 2^31
  kCodes16,       // a 16-bit float or two 8-bit codes: 2^16
  kCodes8,        // two 4-bit codes: 2^8
  kQuotient,      // dividend and divisor
  kTwo,           // operands that meet
  kThree,
};
int operands_of(HardwareInput input) noexcept;

enum class NanRule : std::uint8_t {
  kBits,   // a NaN is the one that the model gives
  kAnyNan  // of binary32: which one it is depends on what the assembler makes of the instruction (notes, 2.8)
};

struct HardwareModel {
  std::string_view op;     // as PTX names it; of CUDA's library, as C does
  std::string_view suite;  // of hardware_suites()
  HardwareInput input;
  bool every = true;  // all inputs are asked without being asked for: else a sample
  NanRule nan = NanRule::kBits;
  // The results of inputs begin, begin + 1, ...
  void (*expected)(const HardwareOperands& operands, std::uint32_t begin, std::span<std::uint32_t> results) = nullptr;
};
std::span<const HardwareModel> hardware_models() noexcept;
const HardwareModel* find_hardware_model(std::string_view op) noexcept;  // null: unknown

struct HardwareSuite {
  std::string_view name, description;
};
std::span<const HardwareSuite> hardware_suites() noexcept;

}  // namespace bitgate::compare
