// The named conversions against the codes that ml_dtypes and PyTorch gave, NaN inputs included, and decode() against
// the values that ml_dtypes gives back: the committed excerpt, and the full file when BITGATE_DATA names the folder
// that holds golden/. A failing golden file means ask, not regenerate.
#include <gtest/gtest.h>

#include <bit>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "bitgate/compare/npz.h"
#include "bitgate/reference/format/conversion.h"

#ifndef BITGATE_GOLDEN_DIR
#error "BITGATE_GOLDEN_DIR: the folder tests/golden, as a string; the build sets it"
#endif

namespace bitgate {
namespace {

// Of the file's arrays, and of the table of conversions.
struct Producer {
  std::string array, conversion;
  bool decodes;
};

std::vector<Producer> producers() {
  std::vector<Producer> all;
  for (const char* dtype :
       {"float4_e2m1fn", "float6_e2m3fn", "float6_e3m2fn", "float8_e3m4", "float8_e4m3", "float8_e4m3fn",
        "float8_e4m3fnuz", "float8_e4m3b11fnuz", "float8_e5m2", "float8_e5m2fnuz", "float8_e8m0fnu"})
    all.push_back({dtype, std::string("ml_dtypes-0.6/") + dtype, true});
  for (const char* dtype : {"e4m3fn", "e5m2", "e8m0fnu"})
    for (const char* device : {"/cpu", "/cuda"})
      all.push_back({std::string("torch_") + dtype + device, std::string("torch-2.11/") + dtype, false});
  return all;
}

struct Tally {
  std::size_t compared = 0, different = 0;
};

void compare_codes(const Conversion& conversion, const std::vector<std::uint32_t>& inputs,
                   const std::vector<std::uint8_t>& codes, Tally& tally) {
  ASSERT_EQ(codes.size(), inputs.size());
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const std::optional<std::uint32_t> code = convert(conversion, std::bit_cast<float>(inputs[i]));
    ++tally.compared;
    if (code == codes[i]) continue;
    if (++tally.different <= 3) {
      ADD_FAILURE() << conversion.name << std::hex << ": " << inputs[i] << " is " << int{codes[i]} << " there, here "
                    << code.value_or(0xDEAD);
    }
  }
}

// Of NaN any: the casts back do not say which.
void compare_values(const Format& format, const std::vector<float>& values, Tally& tally) {
  ASSERT_EQ(values.size(), code_count(format));
  for (std::uint32_t code = 0; code < values.size(); ++code) {
    const float value = decode_float(format, code);
    ++tally.compared;
    const bool both_nan = value != value && values[code] != values[code];
    if (both_nan || std::bit_cast<std::uint32_t>(value) == std::bit_cast<std::uint32_t>(values[code])) continue;
    ++tally.different;
    ADD_FAILURE() << format.name << std::hex << ": code " << code << " is " << values[code] << " there, here " << value;
  }
}

Tally compare_all(const std::filesystem::path& file) {
  const compare::NpzFile casts(file);
  std::vector<std::uint32_t> every_bf16(65536);
  for (std::uint32_t i = 0; i < 65536; ++i) every_bf16[i] = i << 16;
  const auto patterns = [&](const char* key) { return compare::values_of<std::uint32_t>(casts.array(key).data); };
  const std::vector<std::pair<const char*, std::vector<std::uint32_t>>> inputs{
      {"/bf16", every_bf16}, {"/f32", patterns("in_f32")}, {"/ties", patterns("in_ties")}};
  Tally tally;
  for (const Producer& producer : producers()) {
    const Conversion* conversion = find_conversion(producer.conversion);
    if (conversion == nullptr) {
      ADD_FAILURE() << producer.conversion << " is not in the table";
      continue;
    }
    for (const auto& [key, values] : inputs)
      compare_codes(*conversion, values, compare::values_of<std::uint8_t>(casts.array(producer.array + key).data),
                    tally);
    if (producer.decodes)
      compare_values(conversion->format, compare::values_of<float>(casts.array(producer.array + "/decode").data),
                     tally);
  }
  return tally;
}

// 17 producers of 65,536 + 16,384 + 2,160 codes, and 16 + 2 * 64 + 8 * 256 values.
TEST(Casts, HaveNoDifferingCode) {
  const Tally tally = compare_all(std::filesystem::path{BITGATE_GOLDEN_DIR} / "casts.npz");
  EXPECT_EQ(tally.compared, 1'429'360u + 2'192u);
  EXPECT_EQ(tally.different, 0u);
}

// With 131,072 random floats of each producer.
TEST(Casts, HaveNoDifferingCodeInTheFullFile) {
  const char* data = std::getenv("BITGATE_DATA");
  if (data == nullptr || *data == '\0')
    GTEST_SKIP() << "BITGATE_DATA is not set: it names the folder that holds golden/ with the full captures";
  const Tally tally = compare_all(std::filesystem::path{data} / "golden" / "casts.npz");
  RecordProperty("codes_compared", std::to_string(tally.compared));
  EXPECT_EQ(tally.compared, 3'379'056u + 2'192u);
  EXPECT_EQ(tally.different, 0u);
}

}  // namespace
}  // namespace bitgate
