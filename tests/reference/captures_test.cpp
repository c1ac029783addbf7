// Every row-wise capture, when BITGATE_DATA names the folder that holds golden/ with torch.npz, torch-compile.npz,
// ggml.tar.xz and blackwell-on-hopper.tar.xz. Unset: skipped, and the committed excerpts (golden_test.cpp) stand alone.
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "bitgate/tests/support/captures.h"
#include "bitgate/tests/support/temporary_directory.h"

extern char** environ;

namespace bitgate {
namespace {

namespace fs = std::filesystem;

const fs::path kGolden{BITGATE_GOLDEN_DIR};

// Unpacks the members that begin with `member` of a .tar.xz archive. Throws when tar or xz is missing or fails.
void unpack(const fs::path& archive, const char* member, const fs::path& folder) {
  const std::string file = archive.string(), to = folder.string();
  std::vector<std::string> words{"tar", "-xJf", file, "-C", to, member};
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t child = 0;
  int status = -1;
  if (posix_spawnp(&child, "tar", nullptr, nullptr, arguments.data(), environ) != 0 ||
      waitpid(child, &status, 0) != child || status != 0)
    throw std::runtime_error("tar -xJf " + file + " failed; the captures need tar and xz");
}

// Unpacked once for all recipes.
const oracle::Captures& captures(const fs::path& data) {
  static const compare::TemporaryDirectory folder;
  static const oracle::Captures opened = [&data] {
    const fs::path golden = data / "golden";
    unpack(golden / "ggml.tar.xz", "ggml", folder / ".");
    unpack(golden / "blackwell-on-hopper.tar.xz", "te", folder / ".");
    unpack(golden / "blackwell-on-hopper.tar.xz", "ggml_fp4", folder / ".");
    unpack(golden / "blackwell-on-hopper.tar.xz", "flashinfer", folder / ".");
    const auto own = [](const char* name) { return oracle::npz_source(kGolden / name); };
    const auto older =
        oracle::first_of(own("torchao-0.12.npz"), oracle::first_of(own("torchao-old.npz"), own("torch-cpu.npz")));
    return oracle::Captures{
        oracle::folder_source(folder / "te"),
        oracle::first_of(oracle::npz_source(golden / "torch.npz"), oracle::first_of(own("te-pyref2.npz"), older)),
        oracle::npz_source(golden / "torch-compile.npz"),
        oracle::first_of(oracle::folder_source(folder / "ggml"),
                         oracle::first_of(own("ggml-host.npz"), own("ggml-host2.npz"))),
        oracle::folder_source(folder / "ggml_fp4"),
        oracle::folder_source(folder / "flashinfer")};
  }();
  return opened;
}

// Bytes that the captures hold of each recipe, together with the committed files that stand beside them.
const std::vector<oracle::ExpectedBytes> kExpected = oracle::expected_bytes(kGolden / "bytes-captures.txt");

class AllCaptures : public ::testing::TestWithParam<oracle::ExpectedBytes> {};
INSTANTIATE_TEST_SUITE_P(, AllCaptures, ::testing::ValuesIn(kExpected),
                         [](const auto& each) { return oracle::test_name(each.param.recipe); });

TEST_P(AllCaptures, HaveNoDifferingByte) {
  const char* data = std::getenv("BITGATE_DATA");
  if (data == nullptr || *data == '\0')
    GTEST_SKIP() << "BITGATE_DATA is not set: it names the folder that holds golden/ with the full captures";
  const oracle::CaptureTally tally = oracle::compare_with_captures(GetParam().recipe, captures(data));
  std::printf("%s: %lld bytes compared, %lld differ\n", std::string(GetParam().recipe).c_str(),
              static_cast<long long>(tally.compared), static_cast<long long>(tally.different));
  RecordProperty("bytes_compared", std::to_string(tally.compared));
  EXPECT_GE(tally.compared, GetParam().bytes);
  EXPECT_EQ(tally.different, 0);
  for (const std::string& difference : tally.first) ADD_FAILURE() << difference;
}

}  // namespace
}  // namespace bitgate
