// Matrix instructions against the 70,000 results that V100, A100 and H100 gave (tests/golden/README.md), and that those
// rows would see a wrong model: one parameter changed at a time, with the number of rows that then differ. The counts
// of FP32 results are those of an earlier, separate implementation of the same algorithm. A failing golden file means
// ask, not regenerate.
#include <gtest/gtest.h>

#include <bit>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <ostream>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "bitgate/compare/npz.h"
#include "bitgate/reference/format/encode.h"
#include "bitgate/reference/mma/instruction.h"

#ifndef BITGATE_GOLDEN_DIR
#error "BITGATE_GOLDEN_DIR: the folder tests/golden, as a string; the build sets it"
#endif

namespace bitgate::reference {
namespace {

constexpr int kNone = -1;

// How many of 5,000 rows differ once one thing is changed; kNone: there is no such change. FP16 results are rounded to
// nearest already; the halves of FP8 mma.sync are its order.
struct Teeth {
  int less_f, more_f, half_g, floor, of_product, late_c, nearest, wide_result;
};

struct Rows {
  const char *set, *operands, *result;  // arrays of the file: SET/c, OPERANDS/a and /b, SET/d_RESULT
  const char* instruction;
  Format format;
  bool has_c;  // no: D leaves C out
  Teeth teeth;
};
void PrintTo(const Rows& rows, std::ostream* out) { *out << rows.set << " " << rows.result; }

const Rows kRows[] = {
    // clang-format off
    {"V100/fp16", "V100/fp16", "fp32", "sm_70/mma.m8n8k4/f16/f32", kFp16, true, {2235, 1200, 828, 857, 793, 1027, 649, kNone}},
    {"V100/fp16", "V100/fp16", "fp16", "sm_70/mma.m8n8k4/f16/f16", kFp16, true, {0, 0, 1310, 0, 0, 1542, kNone, kNone}},
    {"A100/fp16", "A100/fp16", "fp32", "sm_80/mma.m16n8k8/f16/f32", kFp16, true, {1685, 766, 1261, 847, 626, 1363, 1257, kNone}},
    {"A100/fp16", "A100/fp16", "fp16", "sm_80/mma.m16n8k8/f16/f16", kFp16, true, {1, 0, 1296, 1, 0, 1497, kNone, kNone}},
    {"A100/bf16", "A100/bf16", "fp32", "sm_80/mma.m16n8k8/bf16/f32", kBf16, true, {1003, 426, 741, 34, 337, 679, 1247, kNone}},
    {"A100/tf32", "V100/fp16", "fp32", "sm_80/mma.m16n8k4/tf32/f32", kTf32, true, {1173, 465, 888, 362, 396, 1060, 1151, kNone}},
    {"H100/fp16", "H100/fp16", "fp32", "sm_90/mma.m16n8k16/f16/f32", kFp16, true, {1175, 536, 1533, 780, 412, 1728, 1782, kNone}},
    {"H100/fp16", "H100/fp16", "fp16", "sm_90/mma.m16n8k16/f16/f16", kFp16, true, {0, 2, 1311, 3, 0, 1379, kNone, kNone}},
    {"H100/bf16", "H100/bf16", "fp32", "sm_90/mma.m16n8k16/bf16/f32", kBf16, true, {491, 158, 944, 37, 146, 577, 1683, kNone}},
    // Half of G 8 still holds the four products.
    {"H100/tf32", "V100/fp16", "fp32", "sm_90/mma.m16n8k4/tf32/f32", kTf32, true, {498, 168, 0, 125, 159, 1063, 1400, kNone}},
    {"H100/E4M3", "H100/E4M3", "fp32", "sm_90a/wgmma.k32/fp8/f32", kE4m3, false, {1963, 867, 814, 1030, 462, 0, 715, 1415}},
    {"H100/E5M2", "H100/E5M2", "fp32", "sm_90a/wgmma.k32/fp8/f32", kE5m2, false, {1026, 452, 378, 541, 157, 0, 440, 841}},
    {"H100/E4M3", "H100/E4M3", "fp16", "sm_90/mma.m16n8k32/fp8/f16", kE4m3, true, {0, 0, kNone, 0, 0, 1089, kNone, kNone}},
    {"H100/E5M2", "H100/E5M2", "fp16", "sm_90/mma.m16n8k32/fp8/f16", kE5m2, true, {0, 0, kNone, 0, 0, 771, kNone, kNone}},
    // clang-format on
};

// Codes of an array of any unsigned type.
std::vector<std::uint32_t> codes_of(const compare::NpyArray& array) {
  const auto widened = [](const auto& codes) { return std::vector<std::uint32_t>(codes.begin(), codes.end()); };
  if (array.type == compare::NpyType::kUint8) return widened(compare::values_of<std::uint8_t>(array.data));
  if (array.type == compare::NpyType::kUint16) return widened(compare::values_of<std::uint16_t>(array.data));
  return compare::values_of<std::uint32_t>(array.data);
}

// The rows of one set.
struct Set {
  Format format;
  bool has_c;
  std::vector<std::uint32_t> a, b, c, d;
};

Set set_of(const Rows& rows) {
  const compare::NpzFile file(std::filesystem::path{BITGATE_GOLDEN_DIR} / "tensor-core.npz");
  const auto array = [&](const char* name, const std::string& field) { return codes_of(file.array(name + field)); };
  Set set{rows.format,
          rows.has_c,
          array(rows.operands, "/a"),
          array(rows.operands, "/b"),
          array(rows.set, "/c"),
          array(rows.set, std::string("/d_") + rows.result)};
  // The TF32 rows have FP16 numbers, in FP32 registers.
  if (rows.format.name == kTf32.name)
    for (auto* codes : {&set.a, &set.b})
      for (std::uint32_t& code : *codes) code = std::bit_cast<std::uint32_t>(static_cast<float>(decode(kFp16, code)));
  // The FP16 instructions were given C rounded to FP16.
  if (is_fp16(require_mma_instruction(rows.instruction).result))
    for (std::uint32_t& c : set.c) c = encode(kFp16, std::bit_cast<float>(c), kCvtRnInf);
  return set;
}

int differing(const Set& set, const MmaInstruction& instruction) {
  const std::size_t k = set.a.size() / set.d.size();
  int count = 0;
  for (std::size_t row = 0; row < set.d.size(); ++row) {
    MmaDot dot{set.format, set.format,  std::span(set.a).subspan(row * k, k), std::span(set.b).subspan(row * k, k), {},
               {},         std::nullopt};
    if (set.has_c) dot.c = set.c[row];
    if (multiply_accumulate(instruction, dot) != set.d[row]) ++count;
  }
  return count;
}

class MmaGolden : public testing::TestWithParam<Rows> {};

TEST_P(MmaGolden, HaveNoDifferingResult) {
  const Set set = set_of(GetParam());
  EXPECT_EQ(set.d.size(), 5000u);
  EXPECT_EQ(differing(set, require_mma_instruction(GetParam().instruction)), 0);
}

TEST_P(MmaGolden, SeeOneWrongParameter) {
  struct Change {
    const char* name;
    int rows;
    void (*make)(MmaInstruction&);
  };
  const Teeth& teeth = GetParam().teeth;
  const Change changes[] = {
      {"F - 1", teeth.less_f, [](MmaInstruction& i) { --i.fraction_bits; }},
      {"F + 1", teeth.more_f, [](MmaInstruction& i) { ++i.fraction_bits; }},
      {"half G", teeth.half_g, [](MmaInstruction& i) { i.products /= 2; }},
      {"floor", teeth.floor, [](MmaInstruction& i) { i.rules.cut = MmaCut::kFloor; }},
      {"the product's own exponent", teeth.of_product,
       [](MmaInstruction& i) { i.rules.product_exponent = MmaProductExponent::kOfProduct; }},
      {"late C", teeth.late_c, [](MmaInstruction& i) { i.rules.addend = MmaAddend::kAfterwards; }},
      {"nearest", teeth.nearest, [](MmaInstruction& i) { i.rules.rounding = MmaRounding::kNearestEven; }},
      {"23 bits", teeth.wide_result, [](MmaInstruction& i) { i.result = MmaResult::kFp32TowardZero; }},
  };
  const Set set = set_of(GetParam());
  for (const Change& change : changes) {
    if (change.rows == kNone) continue;
    MmaInstruction changed = require_mma_instruction(GetParam().instruction);
    change.make(changed);
    EXPECT_EQ(differing(set, changed), change.rows) << change.name;
  }
}

std::string name_of_rows(const testing::TestParamInfo<Rows>& info) {
  std::string name = std::string(info.param.set) + "_" + info.param.result;
  for (char& c : name)
    if (c == '/') c = '_';
  return name;
}
INSTANTIATE_TEST_SUITE_P(Sets, MmaGolden, testing::ValuesIn(kRows), name_of_rows);

// The table says "captured" of these rows, of those that an H100 was asked (tests/golden/hardware/h100-mma.json, held
// by tests/compare/mma_recording_test.cpp), and of no others.
TEST(MmaGoldenRows, AreTheCapturedOnesOfTheTable) {
  std::set<std::string> here, table;
  for (const Rows& rows : kRows) here.insert(rows.instruction);
  std::ifstream file(BITGATE_GOLDEN_DIR "/hardware/h100-mma.json");
  const nlohmann::json recording = nlohmann::json::parse(file);
  for (const nlohmann::json& each : recording.at("instructions")) here.insert(each.at("row").get<std::string>());
  for (const MmaInstruction& each : mma_instructions())
    if (each.evidence == MmaEvidence::kCaptured) table.emplace(each.name);
  EXPECT_EQ(here, table);
}

TEST(MmaGoldenTeeth, Fp16ResultsCutTowardZeroAreSeen) {
  for (const Rows& rows : kRows) {
    MmaInstruction changed = require_mma_instruction(rows.instruction);
    if (!is_fp16(changed.result)) continue;
    changed.rules.rounding = MmaRounding::kTowardZero;
    EXPECT_GT(differing(set_of(rows), changed), 1000) << rows.set;
  }
}

// As one step of 32, or k in order instead of by k mod 4.
TEST(MmaGoldenTeeth, AnotherOrderOfFp8MmaSyncIsSeen) {
  for (const Rows& rows : kRows) {
    MmaInstruction changed = require_mma_instruction(rows.instruction);
    if (changed.order != MmaOrder::kPtxasFp8) continue;
    changed.order = MmaOrder::kChain;
    const Set set = set_of(rows);
    EXPECT_GT(differing(set, changed), 1000) << rows.set;
    changed.products = 32;
    EXPECT_GT(differing(set, changed), 1000) << rows.set;
  }
}

TEST(MmaGoldenTeeth, FlushedSubnormalOperandsAreSeen) {
  int subnormal = 0;
  for (const Rows& rows : kRows) {
    if (rows.format.name != kE4m3.name || rows.has_c) continue;
    Set set = set_of(rows);
    for (auto* codes : {&set.a, &set.b})
      for (std::uint32_t& code : *codes)
        if ((code & exponent_mask(kE4m3)) == 0) {
          subnormal += (code & mantissa_mask(kE4m3)) != 0;
          code &= sign_mask(kE4m3);
        }
    EXPECT_GT(differing(set, require_mma_instruction(rows.instruction)), 1000);
  }
  EXPECT_EQ(subnormal, 3373);
}

}  // namespace
}  // namespace bitgate::reference
