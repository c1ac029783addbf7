// All random dot products that an H100 was asked, 10^8 an instruction, held against the model without a GPU: the
// checksums of tests/golden/hardware/h100-mma.json; label `exhaustive`.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "bitgate/compare/mma_check.h"

namespace bitgate::compare {
namespace {

class MmaEveryDotProduct : public testing::TestWithParam<MmaModel> {};

TEST_P(MmaEveryDotProduct, IsWhatAnH100Gave) {
  std::ifstream file(BITGATE_GOLDEN_DIR "/hardware/h100-mma.json");
  const nlohmann::json recording = nlohmann::json::parse(file);
  const MmaModel& model = *find_mma_model(GetParam().op);
  const auto subject = mma_model_subject();
  for (const MmaPart& part : mma_mix_parts(model, recording.at("seed"), recording.at("count"))) {
    MmaFindings result;
    ask_mma(model, part, *subject, result, [](std::uint64_t) {});
    const auto crc32 = [&] {
      for (const nlohmann::json& op : recording.at("instructions"))
        if (op.at("op") == model.op)
          for (const nlohmann::json& each : op.at("parts"))
            if (each.at("part") == part.name && each.at("asked") == result.asked)
              return static_cast<std::uint32_t>(std::stoul(each.at("crc32").get<std::string>(), nullptr, 16));
      return 0u;
    }();
    EXPECT_EQ(result.crc32, crc32) << model.op << ' ' << part.name;
  }
}

std::string name_of(const testing::TestParamInfo<MmaModel>& info) {
  std::string name(info.param.op);
  for (char& letter : name)
    if (letter == '.') letter = '_';
  return name;
}
std::vector<MmaModel> every_model() { return {mma_models().begin(), mma_models().end()}; }
INSTANTIATE_TEST_SUITE_P(Every, MmaEveryDotProduct, testing::ValuesIn(every_model()), name_of);

}  // namespace
}  // namespace bitgate::compare
