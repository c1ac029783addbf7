// The model of matrix instructions held against what an H100 gave, without a GPU: its checksums of every family of
// probes and of the first tile of every kind of random dot products (tests/golden/hardware/h100-mma.json). And every
// other model, one change away, fails them, unless no operands of those types could show the change.
#include <gtest/gtest.h>
#include <zlib.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "bitgate/compare/mma_fit.h"
#include "bitgate/compare/mma_probes.h"
#include "bitgate/tests/compare/mma_unseen.h"

namespace bitgate::compare {
namespace {

struct Asked {
  std::string part;
  std::vector<MmaTile> tiles;
  std::uint32_t crc32 = 0;  // of what the H100 gave
};

std::uint32_t number_of(const nlohmann::json& hex) {
  return static_cast<std::uint32_t>(std::stoul(hex.get<std::string>(), nullptr, 16));
}

const nlohmann::json& recording() {
  static const nlohmann::json json = [] {
    std::ifstream file(BITGATE_GOLDEN_DIR "/hardware/h100-mma.json");
    return nlohmann::json::parse(file);
  }();
  return json;
}

std::map<std::string, nlohmann::json> parts_of(const MmaModel& model) {
  std::map<std::string, nlohmann::json> parts;
  for (const nlohmann::json& op : recording().at("instructions"))
    if (op.at("op") == model.op)
      for (const nlohmann::json& part : op.at("parts")) parts[part.at("part")] = part;
  return parts;
}

std::vector<MmaTile> all_tiles(const MmaPart& part) {
  std::vector<MmaTile> tiles;
  for (std::uint64_t i = 0; i < part.tiles; ++i) tiles.push_back(part.at(i));
  return tiles;
}

std::vector<Asked> asked_of(const MmaModel& model) {
  const auto recorded = parts_of(model);
  std::vector<Asked> all;
  for (const MmaProbePart& probes : mma_probe_parts(model))
    all.push_back({probes.part.name, all_tiles(probes.part), number_of(recorded.at(probes.part.name).at("crc32"))});
  for (const MmaPart& part : mma_mix_parts(model, recording().at("seed"), 1)) {
    const nlohmann::json& of_part = recorded.at(part.name);
    all.push_back(
        {part.name, all_tiles(part), number_of(of_part.at(of_part.contains("first_crc32") ? "first_crc32" : "crc32"))});
  }
  return all;
}

std::uint32_t checksum(const MmaModel& model, const reference::MmaInstruction& row, const Asked& asked) {
  uLong crc = crc32_z(0, nullptr, 0);
  for (const MmaTile& tile : asked.tiles) {
    std::vector<std::uint32_t> d(tile.asked);
    mma_expected(model, row, tile, d);
    crc = crc32_z(crc, reinterpret_cast<const Bytef*>(d.data()), d.size() * sizeof(d[0]));
  }
  return static_cast<std::uint32_t>(crc);
}

class MmaRecording : public testing::TestWithParam<MmaModel> {};

TEST_P(MmaRecording, IsWhatTheModelGives) {
  const MmaModel& model = GetParam();
  for (const Asked& asked : asked_of(model))
    EXPECT_EQ(checksum(model, instruction_of(model), asked), asked.crc32) << model.op << ' ' << asked.part;
}

TEST_P(MmaRecording, IsWhatNoModelOneChangeAwayGives) {
  const MmaModel& model = GetParam();
  const std::vector<Asked> all = asked_of(model);
  for (const MmaFit& fit : changed_rows(model)) {
    const bool seen = std::any_of(all.begin(), all.end(),
                                  [&](const Asked& asked) { return checksum(model, fit.row, asked) != asked.crc32; });
    const std::string_view unseen = MmaUnseen(model, fit).why();
    EXPECT_EQ(seen, unseen.empty()) << model.op << ", " << fit.changes.front() << ": " << unseen;
  }
}

std::string name_of(const testing::TestParamInfo<MmaModel>& info) {
  std::string name(info.param.op);
  for (char& letter : name)
    if (letter == '.') letter = '_';
  return name;
}
std::vector<MmaModel> every_model() { return {mma_models().begin(), mma_models().end()}; }
INSTANTIATE_TEST_SUITE_P(Every, MmaRecording, testing::ValuesIn(every_model()), name_of);

TEST(MmaRecordingFile, HoldsEveryInstructionOfAnH100WithNothingDifferent) {
  EXPECT_EQ(recording().at("gpu").at("name"), "NVIDIA H100 80GB HBM3");
  EXPECT_EQ(recording().at("status"), 0);
  EXPECT_EQ(recording().at("instructions").size(), mma_models().size());
  for (const MmaModel& model : mma_models()) {
    std::uint64_t random = 0;
    for (const auto& [name, part] : parts_of(model)) {
      EXPECT_EQ(part.at("different"), 0) << model.op << ' ' << name;
      if (name.starts_with("mix/")) random += part.at("asked").get<std::uint64_t>();
    }
    EXPECT_GE(random, 100'000'000u) << model.op;
  }
}

}  // namespace
}  // namespace bitgate::compare
