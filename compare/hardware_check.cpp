#include "bitgate/compare/hardware_check.h"

#include <fmt/format.h>
#include <tbb/parallel_for.h>
#include <zlib.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <vector>

namespace bitgate::compare {
namespace {

// What a task compares, and what fits the second-level cache beside its results.
constexpr std::uint32_t kBlock = 1u << 18, kStep = 1u << 13;

struct BlockTally {
  std::uint64_t different = 0;
  std::optional<HardwareMismatch> first;
  std::uint32_t crc32 = 0;
};

constexpr bool is_nan(std::uint32_t bits) noexcept { return (bits & 0x7FFFFFFF) > 0x7F800000; }

void tally_step(const HardwareModel& model, const HardwareOperands& operands, std::uint32_t begin,
                std::span<const std::uint32_t> expected, std::span<const std::uint32_t> actual, BlockTally& tally) {
  for (std::uint32_t i = 0; i < actual.size(); ++i) {
    if (expected[i] == actual[i]) continue;
    if (model.nan == NanRule::kAnyNan && is_nan(expected[i]) && is_nan(actual[i])) continue;
    ++tally.different;
    if (tally.first) continue;
    const std::uint32_t at = begin + i;
    tally.first = {{operands[0].at(at), operands[1].at(at), operands[2].at(at)}, expected[i], actual[i]};
  }
}

// Results begin .. end - 1 of a chunk.
BlockTally tally_block(const HardwareModel& model, const HardwareOperands& operands,
                       std::span<const std::uint32_t> results, std::uint32_t begin, std::uint32_t end) {
  static thread_local std::vector<std::uint32_t> expected(kStep);
  BlockTally tally;
  for (std::uint32_t at = begin; at < end; at += kStep) {
    const std::span<const std::uint32_t> actual = results.subspan(at, std::min(kStep, end - at));
    const std::span<std::uint32_t> model_results = std::span(expected).first(actual.size());
    model.expected(operands, at, model_results);
    if (std::memcmp(model_results.data(), actual.data(), actual.size_bytes()) != 0)
      tally_step(model, operands, at, model_results, actual, tally);
  }
  const auto* bytes = reinterpret_cast<const Bytef*>(results.data() + begin);
  tally.crc32 = static_cast<std::uint32_t>(crc32_z(0, bytes, (end - begin) * sizeof(std::uint32_t)));
  return tally;
}

void compare_chunk(const HardwareModel& model, const HardwareOperands& operands, std::span<const std::uint32_t> results,
                   HardwareResult& result) {
  const auto count = static_cast<std::uint32_t>(results.size());
  std::vector<BlockTally> tallies((count + kBlock - 1) / kBlock);
  const auto end_of = [&](std::size_t block) {
    return std::min(count, static_cast<std::uint32_t>(block + 1) * kBlock);
  };
  tbb::parallel_for(std::size_t{0}, tallies.size(), [&](std::size_t block) {
    tallies[block] = tally_block(model, operands, results, static_cast<std::uint32_t>(block) * kBlock, end_of(block));
  });
  for (std::size_t block = 0; block < tallies.size(); ++block) {
    const std::uint32_t length = end_of(block) - static_cast<std::uint32_t>(block) * kBlock;
    result.different += tallies[block].different;
    if (!result.first) result.first = tallies[block].first;
    result.crc32 = static_cast<std::uint32_t>(
        crc32_combine(result.crc32, tallies[block].crc32, static_cast<z_off_t>(length * sizeof(std::uint32_t))));
  }
  result.asked += count;
}

}  // namespace

void ask_hardware(const HardwareModel& model, const HardwarePart& part, HardwareSubject& subject,
                  HardwareResult& result, const std::function<void(std::uint64_t)>& progress) {
  result = {&model, part.name, part.inputs, 0, 0, {}, 0, 0};
  const auto since = std::chrono::steady_clock::now();
  std::array<HardwareInputs, 2> flying;
  std::uint64_t started = 0;
  const auto start_next = [&](HardwareInputs& inputs) {
    const auto count =
        static_cast<std::uint32_t>(std::min<std::uint64_t>(HardwareSubject::kMaxCount, part.inputs - started));
    inputs = part.at(started, count);
    subject.start(model, inputs.operands, count);
    started += count;
  };
  if (part.inputs != 0) start_next(flying[0]);
  for (std::size_t chunk = 0; result.asked < part.inputs; ++chunk) {
    if (started < part.inputs) start_next(flying[(chunk + 1) % 2]);
    compare_chunk(model, flying[chunk % 2].operands, subject.finish(), result);
    result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - since).count();
    progress(result.asked);
  }
}

std::string describe(const HardwareModel& model, const HardwareMismatch& mismatch) {
  std::string operands;
  for (int k = 0; k < operands_of(model.input); ++k)
    operands += fmt::format("{}0x{:08X}", k == 0 ? "" : ", ", mismatch.input[static_cast<std::size_t>(k)]);
  return fmt::format("{}({}): expected 0x{:08X}, got 0x{:08X}", model.op, operands, mismatch.expected, mismatch.actual);
}

}  // namespace bitgate::compare
