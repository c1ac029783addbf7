// Nothing in device/ may share arithmetic with the reference: a kernel that used our encoder would be compared with
// itself. The build refuses includes of other rooms; this holds the one room that device does see, the words, to words.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <string>
#include <vector>

namespace bitgate::device {
namespace {

namespace fs = std::filesystem;

// What of ours a source includes beyond device/ and the words, and which of the words' conversions it calls.
std::vector<std::string> offences(const std::string& source) {
  static const std::regex include(
      "#include \"bitgate/(?!device/|reference/format/(error|format|scheme|tensor)\\.h)[^\"]*\"");
  static const std::regex call("\\b(encode|decode|decode_float|widen_bf16|widen_f16|element)\\(");
  std::vector<std::string> found;
  for (const std::regex& each : {include, call})
    for (auto at = std::sregex_iterator(source.begin(), source.end(), each); at != std::sregex_iterator(); ++at)
      found.push_back(at->str());
  return found;
}

TEST(Independence, DeviceUsesNoArithmeticOfTheReference) {
  int sources = 0;
  for (const auto& entry : fs::recursive_directory_iterator(fs::path(BITGATE_SOURCE_DIR) / "device")) {
    const std::string ending = entry.path().extension().string();
    if (ending != ".h" && ending != ".cpp" && ending != ".cu" && ending != ".cuh") continue;
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    ++sources;
    for (const std::string& offence : offences(text)) ADD_FAILURE() << entry.path() << ": " << offence;
  }
  EXPECT_GE(sources, 30);
}

TEST(Independence, AnOffenceIsSeen) {
  EXPECT_EQ(offences("#include \"bitgate/reference/arith/ieee.h\"\n").size(), 1u);
  EXPECT_EQ(offences("#include \"bitgate/reference/format/encode.h\"\n").size(), 1u);
  EXPECT_EQ(offences("x = bitgate::encode(kE2m1, y, rule);").size(), 1u);
  EXPECT_TRUE(offences("#include \"bitgate/reference/format/tensor.h\"\n x = encode_e2m1(y); float_of(z);").empty());
}

}  // namespace
}  // namespace bitgate::device
