// The models held against silicon without a GPU: every checksum that `bitgate hardware` recorded on one
// (tests/golden/hardware) is that of the model's own results; label `exhaustive`. MUFU, rcp.rn, sqrt.rn and the narrow
// conversions were asked all 2^32 inputs.
#include <gtest/gtest.h>
#include <tbb/parallel_for.h>
#include <zlib.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <vector>

#include "bitgate/compare/hardware_parts.h"

namespace bitgate::compare {
namespace {

struct Recorded {
  std::string op, part;
  std::uint64_t inputs = 0;
  std::uint32_t crc32 = 0;
  friend void PrintTo(const Recorded& r, std::ostream* out) { *out << r.op << ", " << r.part; }
};

// Those whose bits the models promise: not where any NaN will do.
std::vector<Recorded> recorded() {
  std::ifstream file(BITGATE_GOLDEN_DIR "/hardware/h100.json");
  const nlohmann::json recording = nlohmann::json::parse(file);
  std::vector<Recorded> all;
  for (const nlohmann::json& result : recording.at("results")) {
    const std::string op = result.at("op");
    if (const HardwareModel* model = find_hardware_model(op); model != nullptr && model->nan == NanRule::kAnyNan)
      continue;
    const auto crc32 = static_cast<std::uint32_t>(std::stoul(result.at("crc32").get<std::string>(), nullptr, 16));
    all.push_back({op, result.at("part"), result.at("inputs"), crc32});
  }
  return all;
}

// CRC-32 of results begin .. end - 1, little-endian.
std::uint32_t checksum(const HardwareModel& model, const HardwareOperands& operands, std::uint32_t begin,
                       std::uint32_t end) {
  constexpr std::uint32_t kStep = 1u << 13;  // results that stay in the first cache
  std::vector<std::uint32_t> results(kStep);
  uLong crc = crc32_z(0, nullptr, 0);
  for (std::uint32_t at = begin; at < end; at += kStep) {
    const std::span<std::uint32_t> step = std::span(results).first(std::min(kStep, end - at));
    model.expected(operands, at, step);
    crc = crc32_z(crc, reinterpret_cast<const Bytef*>(step.data()), step.size_bytes());
  }
  return static_cast<std::uint32_t>(crc);
}

std::uint32_t checksum_of_part(const HardwareModel& model, const HardwarePart& part) {
  constexpr std::uint32_t kChunk = 1u << 24, kBlock = 1u << 18;
  uLong all = crc32_z(0, nullptr, 0);
  for (std::uint64_t begin = 0; begin < part.inputs; begin += kChunk) {
    const auto count = static_cast<std::uint32_t>(std::min<std::uint64_t>(kChunk, part.inputs - begin));
    const HardwareInputs inputs = part.at(begin, count);
    std::vector<std::uint32_t> blocks((count + kBlock - 1) / kBlock);
    const auto end_of = [&](std::uint32_t block) { return std::min(count, (block + 1) * kBlock); };
    tbb::parallel_for(0u, static_cast<std::uint32_t>(blocks.size()), [&](std::uint32_t block) {
      blocks[block] = checksum(model, inputs.operands, block * kBlock, end_of(block));
    });
    for (std::uint32_t block = 0; block < blocks.size(); ++block)
      all = crc32_combine(all, blocks[block], static_cast<z_off_t>(end_of(block) - block * kBlock) * 4);
  }
  return static_cast<std::uint32_t>(all);
}

class HardwareExhaustive : public testing::TestWithParam<Recorded> {};

TEST_P(HardwareExhaustive, TheModelsResultsHaveTheChecksumOfTheChips) {
  const Recorded& expected = GetParam();
  const HardwareModel* model = find_hardware_model(expected.op);
  ASSERT_NE(model, nullptr);
  const std::vector<HardwarePart> parts = hardware_parts(*model, HardwareReach::kDefault);
  const auto part =
      std::find_if(parts.begin(), parts.end(), [&](const HardwarePart& p) { return p.name == expected.part; });
  ASSERT_NE(part, parts.end());
  ASSERT_EQ(part->inputs, expected.inputs);
  EXPECT_EQ(checksum_of_part(*model, *part), expected.crc32);
}

INSTANTIATE_TEST_SUITE_P(H100, HardwareExhaustive, testing::ValuesIn(recorded()));

}  // namespace
}  // namespace bitgate::compare
