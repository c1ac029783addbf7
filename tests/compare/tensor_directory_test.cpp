#include "bitgate/compare/tensor_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bitgate/compare/tensor_files.h"
#include "bitgate/tests/support/temporary_directory.h"

namespace bitgate::compare {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
namespace fs = std::filesystem;

std::vector<std::byte> text(std::string_view characters) {
  const auto bytes = std::as_bytes(std::span<const char>(characters));
  return {bytes.begin(), bytes.end()};
}

ArchiveMembers tensor() {
  const QuantizedTensor t = make_quantized(scheme_of(SchemeId::kMxfp4), GlobalNumber::kNone, {1, 32});
  return tensor_members(description_of(t, NibbleOrder::kLowFirst, ""), t);
}

std::vector<std::string> names_in(const fs::path& directory) {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(directory)) names.push_back(entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

TEST(TensorDirectory, ANewDirectoryHoldsTheMembersAndNothingElseIsLeft) {
  const TemporaryDirectory parent;
  write_directory(parent / "a/b/", tensor());
  EXPECT_THAT(parent.names(), ElementsAre("a"));
  EXPECT_THAT(names_in(parent / "a"), ElementsAre("b"));
  EXPECT_THAT(names_in(parent / "a/b"), ElementsAre("codes.npy", "scales.npy", "tensor.json"));
  EXPECT_EQ(read_bytes(parent / "a/b/codes.npy"), tensor().at("codes.npy"));
}

TEST(TensorDirectory, AnEmptyDirectoryIsFilled) {
  const TemporaryDirectory parent;
  fs::create_directory(parent / "d");
  write_directory(parent / "d", tensor());
  EXPECT_THAT(names_in(parent / "d"), ElementsAre("codes.npy", "scales.npy", "tensor.json"));
}

TEST(TensorDirectory, OursIsReplacedAndOtherFilesInItAreKept) {
  const TemporaryDirectory parent;
  write_directory(parent / "d", tensor());
  write_bytes(parent / "d/global.npy", text("of an earlier tensor"));
  write_bytes(parent / "d/notes.txt", text("mine"));
  write_directory(parent / "d", tensor());
  EXPECT_THAT(names_in(parent / "d"), ElementsAre("codes.npy", "notes.txt", "scales.npy", "tensor.json"));
  EXPECT_EQ(read_bytes(parent / "d/notes.txt"), text("mine"));
  EXPECT_THAT(parent.names(), ElementsAre("d"));
}

TEST(TensorDirectory, ADirectoryOfOtherFilesIsRefusedAndUntouched) {
  const TemporaryDirectory parent;
  fs::create_directory(parent / "d");
  write_bytes(parent / "d/notes.txt", text("mine"));
  EXPECT_EQ(refusal([&] { write_directory(parent / "d", tensor()); }),
            (parent / "d").string() +
                ": cannot be written: it holds other files (notes.txt): expected a new or empty "
                "directory, or one that bitgate wrote");
  write_bytes(parent / "d/tensor.json", text("{}"));
  EXPECT_THAT(refusal([&] { write_directory(parent / "d", tensor()); }), HasSubstr("it holds other files"));
  EXPECT_THAT(names_in(parent / "d"), ElementsAre("notes.txt", "tensor.json"));
  EXPECT_THAT(parent.names(), ElementsAre("d"));
}

TEST(TensorDirectory, AFileInThePlaceOrOnTheWayIsRefused) {
  const TemporaryDirectory parent;
  write_bytes(parent / "f", text("x"));
  EXPECT_THAT(refusal([&] { write_directory(parent / "f", tensor()); }), HasSubstr("it exists and is not a directory"));
  EXPECT_THAT(refusal([&] { write_directory(parent / "f/d", tensor()); }), HasSubstr("f/d: cannot be written: "));
  EXPECT_THAT(refusal([&] { write_directory("", tensor()); }), HasSubstr("cannot be written"));
  EXPECT_THAT(parent.names(), ElementsAre("f"));
}

TEST(TensorDirectory, AFailureHalfWayLeavesWhatWasThere) {
  const TemporaryDirectory parent;
  write_directory(parent / "d", tensor());
  ArchiveMembers members = tensor();
  members["no/such/folder.npy"] = text("x");
  EXPECT_NE(refusal([&] { write_directory(parent / "d", members); }), "");
  EXPECT_THAT(names_in(parent / "d"), ElementsAre("codes.npy", "scales.npy", "tensor.json"));
  EXPECT_THAT(parent.names(), ElementsAre("d"));
}

TEST(TensorDirectory, ALinkToADirectoryStaysALink) {
  const TemporaryDirectory parent;
  write_directory(parent / "d", tensor());
  fs::create_directory_symlink(parent / "d", parent / "link");
  write_directory(parent / "link", tensor());
  EXPECT_TRUE(fs::is_symlink(parent / "link"));
  EXPECT_THAT(parent.names(), ElementsAre("d", "link"));
}

}  // namespace
}  // namespace bitgate::compare
