#include "bitgate/device/launch/gate.h"

#include <bit>
#include <optional>
#include <string>

#include "bitgate/reference/format/error.h"

namespace bitgate::device {

namespace {

// The bits of a bf16 that is `number`; none where it is not one. Every NaN is 0x7FFF.
std::optional<std::uint16_t> bf16_of(float number) noexcept {
  if (number != number) return std::uint16_t{0x7FFF};
  const auto bits = std::bit_cast<std::uint32_t>(number);
  if ((bits & 0xFFFFu) != 0) return std::nullopt;
  return static_cast<std::uint16_t>(bits >> 16);
}

// Likewise of an f16: its mantissa keeps 10 bits, and each step of the exponent below -14 takes one of them away.
std::optional<std::uint16_t> f16_of(float number) noexcept {
  if (number != number) return std::uint16_t{0x7FFF};
  const auto bits = std::bit_cast<std::uint32_t>(number);
  const auto sign = static_cast<std::uint16_t>(bits >> 16 & 0x8000u);
  const auto field = static_cast<int>(bits >> 23 & 0xFF);
  const std::uint32_t mantissa = bits & 0x7FFFFFu;
  if (field == 0 && mantissa == 0) return sign;
  if (field == 255) return static_cast<std::uint16_t>(sign | 0x7C00u);
  const int exponent = field - 127;
  if (exponent > 15 || exponent < -24 || field == 0) return std::nullopt;
  const bool subnormal = exponent < -14;
  const std::uint32_t significand = mantissa | 0x800000u;
  const int dropped = subnormal ? 13 + (-14 - exponent) : 13;
  if ((significand & ((1u << dropped) - 1)) != 0) return std::nullopt;
  const std::uint32_t kept = significand >> dropped;
  const std::uint32_t code = subnormal ? kept : (static_cast<std::uint32_t>(exponent + 15) << 10) + (kept & 0x3FFu);
  return static_cast<std::uint16_t>(sign | code);
}

}  // namespace

std::vector<std::uint16_t> gate_bits(const Request& request) {
  const std::span<const float> gate = request.fused.gate;
  if (gate.empty()) return {};
  const InputType type = request.input.type;
  if (type == InputType::kF32) throw InputError("a gate is taken beside an input of bf16 or f16, not of fp32");
  std::vector<std::uint16_t> bits;
  bits.reserve(gate.size());
  for (const float number : gate) {
    const auto code = type == InputType::kBf16 ? bf16_of(number) : f16_of(number);
    if (!code)
      throw InputError("the gate's number " + std::to_string(bits.size()) + " is none of " +
                       std::string(name_of(type)) + ", the input's type");
    bits.push_back(*code);
  }
  return bits;
}

}  // namespace bitgate::device
