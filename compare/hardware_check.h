// A chip held against the models of its instructions, chunk by chunk, on all cores of the host.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "bitgate/compare/hardware_parts.h"

namespace bitgate::compare {

// What is asked. Two chunks are in flight: one computes while the other is compared.
class HardwareSubject {
 public:
  static constexpr std::uint32_t kMaxCount = 1u << 24;

  virtual ~HardwareSubject() = default;
  virtual bool has(const HardwareModel& model) const = 0;
  // Of at most kMaxCount inputs; the operands stay until their results were compared.
  virtual void start(const HardwareModel& model, const HardwareOperands& operands, std::uint32_t count) = 0;
  // Of the oldest start not yet finished; valid until the second start after this.
  virtual std::span<const std::uint32_t> finish() = 0;
};

// The results of inputs whose first operand is `input` differ from the model's in the bits of `flip`.
struct HardwareFault {
  std::string op;
  std::uint32_t input = 0, flip = 1;
};

// The models themselves, one fault planted: holds this comparison to what it says, without a GPU.
std::unique_ptr<HardwareSubject> model_subject(std::optional<HardwareFault> fault = {});

struct HardwareMismatch {
  std::array<std::uint32_t, 3> input{};  // as many as the model has operands
  std::uint32_t expected = 0, actual = 0;
};

struct HardwareResult {
  const HardwareModel* model = nullptr;
  std::string part;
  std::uint64_t inputs = 0, asked = 0, different = 0;
  std::optional<HardwareMismatch> first;
  std::uint32_t crc32 = 0;  // zlib's, of the results asked so far in order, each four bytes, little-endian
  double seconds = 0;
};

// Asks all inputs of the part. What was compared so far stands in `result` when the subject throws. `progress` hears
// how many were asked.
void ask_hardware(const HardwareModel& model, const HardwarePart& part, HardwareSubject& subject,
                  HardwareResult& result, const std::function<void(std::uint64_t)>& progress);

// "rcp.approx.ftz.f32(0x3F800001): expected 0x3F7FFFFE, got 0x3F7FFFFF".
std::string describe(const HardwareModel& model, const HardwareMismatch& mismatch);

}  // namespace bitgate::compare
