#include "bitgate/compare/hardware_parts.h"

#include <fmt/format.h>
#include <tbb/parallel_for.h>

#include <algorithm>

#include "bitgate/compare/hardware_draw.h"

namespace bitgate::compare {
namespace {

using enum HardwareInput;

constexpr std::uint64_t kAllWords = std::uint64_t{1} << 32;
constexpr std::uint64_t kQuickInputs = std::uint64_t{1} << 20, kSampleInputs = std::uint64_t{1} << 26;
constexpr std::uint64_t kDrawnInputs = std::uint64_t{1} << 24, kFullDrawnInputs = std::uint64_t{1} << 28;
// Odd, so that no input comes twice; 2^32 over the golden ratio, so that any number of them lies evenly.
constexpr std::uint32_t kSampleStep = 0x9E3779B1;

// first + i * step for each operand.
HardwarePart progression(std::string name, std::uint64_t inputs, const HardwareOperands& operands) {
  return {std::move(name), inputs, [operands](std::uint64_t begin, std::uint32_t) {
            HardwareInputs result{operands, {}};
            for (OperandWords& operand : result.operands)
              operand.first += static_cast<std::uint32_t>(begin) * operand.step;
            return result;
          }};
}

HardwarePart listed(std::string name, std::uint64_t inputs, int operands,
                    std::array<std::uint32_t, 3> (*at)(std::uint64_t)) {
  return {std::move(name), inputs, [operands, at](std::uint64_t begin, std::uint32_t count) {
            HardwareInputs result;
            result.words.assign(static_cast<std::size_t>(operands), std::vector<std::uint32_t>(count));
            tbb::parallel_for(std::uint32_t{0}, count, [&](std::uint32_t i) {
              const std::array<std::uint32_t, 3> words = at(begin + i);
              for (std::size_t k = 0; k < result.words.size(); ++k) result.words[k][i] = words[k];
            });
            for (std::size_t k = 0; k < result.words.size(); ++k) result.operands[k].words = result.words[k];
            return result;
          }};
}

// Every word once, or a sample of them. `second`: the other half of a pair, its complement in the bits of this mask.
HardwarePart words(const HardwareModel& model, HardwareReach reach, std::uint64_t there_are, std::uint32_t second) {
  const bool every = reach == HardwareReach::kFull || (reach == HardwareReach::kDefault && model.every);
  const std::uint64_t sample = reach == HardwareReach::kQuick ? kQuickInputs : kSampleInputs;
  if (every || there_are <= sample)
    return progression("every input", there_are, {{{{}, 0, 1}, {{}, second, second == 0 ? 0 : 0u - 1}, {}}});
  // Of positive words in order, with an odd step: low ones below all but the largest, high ones above the smallest.
  const auto in_order = static_cast<std::uint32_t>(there_are / sample) - 1;
  const std::uint32_t step = there_are == kAllWords ? kSampleStep : in_order;
  return progression("sample", sample, {{{{}, 0, step}, {{}, second, second == 0 ? 0 : 0u - step}, {}}});
}

void add_quotients(const HardwareModel& model, HardwareReach reach, std::vector<HardwarePart>& parts) {
  // 2688, 1, 1.1, a subnormal, the largest; 6, 448, pi, a subnormal, the first above 2^126.
  constexpr std::array<std::uint32_t, 5> kDividends{0x45280000, 0x3F800000, 0x3F8CCCCD, 0x00012345, 0x7F7FFFFF};
  constexpr std::array<std::uint32_t, 5> kDivisors{0x40C00000, 0x43E00000, 0x40490FDB, 0x00012345, 0x7E800001};
  const bool full = reach == HardwareReach::kFull;
  const std::uint64_t sample = reach == HardwareReach::kQuick ? kQuickInputs : kSampleInputs;
  const auto add = [&](bool every, const char* what, std::uint32_t fixed, bool divisor) {
    const OperandWords all{{}, 0, every ? 1 : kSampleStep}, one{{}, fixed, 0};
    parts.push_back(progression(fmt::format("{} {} 0x{:08X}", every ? "every" : "sampled", what, fixed),
                                every ? kAllWords : sample, {divisor ? one : all, divisor ? all : one, {}}));
  };
  const std::size_t fixed = full ? kDividends.size() : 1;
  for (std::size_t i = 0; i < fixed; ++i) {
    // The divisor is what the instruction's tables see; a dividend is only multiplied.
    add(full || (reach == HardwareReach::kDefault && model.every), "divisor of", kDividends[i], true);
    add(full, "dividend over", kDivisors[i], false);
  }
}

std::uint64_t drawn_inputs(HardwareReach reach) noexcept {
  return reach == HardwareReach::kQuick  ? kQuickInputs
         : reach == HardwareReach::kFull ? kFullDrawnInputs
                                         : kDrawnInputs;
}

}  // namespace

std::vector<HardwarePart> hardware_parts(const HardwareModel& model, HardwareReach reach) {
  const int operands = operands_of(model.input);
  std::uint64_t specials = 1;
  for (int k = 0; k < operands; ++k) specials *= kSpecialWords;
  std::vector<HardwarePart> parts;
  const auto add_special = [&] { parts.push_back(listed("special", specials, operands, special_words)); };
  const auto add_drawn = [&] { parts.push_back(listed("drawn", drawn_inputs(reach), operands, drawn_words)); };
  switch (model.input) {
    case kWord:
      add_special();
      parts.push_back(words(model, reach, kAllWords, 0));
      break;
    case kPair:
      add_special();
      parts.push_back(words(model, reach, kAllWords, 0xFFFFFFFF));
      break;
    case kPositivePair: parts.push_back(words(model, reach, kAllWords / 2, 0x7FFFFFFF)); break;
    case kCodes16: parts.push_back(words(model, HardwareReach::kFull, 1u << 16, 0)); break;
    case kCodes8: parts.push_back(words(model, HardwareReach::kFull, 1u << 8, 0)); break;
    case kQuotient:
      add_special();
      add_drawn();
      add_quotients(model, reach, parts);
      break;
    case kTwo:
    case kThree:
      add_special();
      add_drawn();
      break;
  }
  return parts;
}

}  // namespace bitgate::compare
