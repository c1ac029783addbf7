#include "bitgate/device/launch/gate.h"

#include <bit>
#include <string>

#include "bitgate/reference/format/encode.h"
#include "bitgate/reference/format/error.h"

namespace bitgate::device {

std::vector<std::uint16_t> gate_bits(const Request& request) {
  const std::span<const float> gate = request.fused.gate;
  if (gate.empty()) return {};
  const InputType type = request.input.type;
  if (type == InputType::kF32) throw InputError("a gate is taken beside an input of bf16 or f16, not of fp32");
  std::vector<std::uint16_t> bits;
  bits.reserve(gate.size());
  for (const float number : gate) {
    const auto code = static_cast<std::uint16_t>(encode(format_of(type), number, kCvtRnInf));
    const bool held =
        number != number || std::bit_cast<std::uint32_t>(widen(type, code)) == std::bit_cast<std::uint32_t>(number);
    if (!held)
      throw InputError("the gate's number " + std::to_string(bits.size()) + " is none of " +
                       std::string(name_of(type)) + ", the input's type");
    bits.push_back(code);
  }
  return bits;
}

}  // namespace bitgate::device
