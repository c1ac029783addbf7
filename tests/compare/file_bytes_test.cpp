#include "bitgate/compare/file_bytes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bitgate/tests/support/temporary_directory.h"

namespace bitgate::compare {
namespace {

using ::testing::ElementsAre;

TEST(FileBytes, WhatIsWrittenIsReadAndNoTemporaryIsLeft) {
  const TemporaryDirectory directory;
  const std::vector<std::byte> bytes{std::byte{0}, std::byte{255}, std::byte{10}, std::byte{13}};
  write_bytes(directory / "f", std::vector<std::byte>(100));
  write_bytes(directory / "f", bytes);
  EXPECT_EQ(read_bytes(directory / "f"), bytes);
  write_bytes(directory / "empty", {});
  EXPECT_TRUE(read_bytes(directory / "empty").empty());
  EXPECT_THAT(directory.names(), ElementsAre("empty", "f"));
}

TEST(FileBytes, AFileThatCannotBeWrittenIsNamed) {
  const TemporaryDirectory directory;
  const std::string file = (directory / "no/f").string();
  EXPECT_EQ(refusal([&] { write_bytes(file, {}); }), file + ": cannot be written: No such file or directory");
  std::filesystem::create_directory(directory / "d");
  EXPECT_EQ(refusal([&] { write_bytes(directory / "d", {}); }),
            (directory / "d").string() + ": cannot be written: Is a directory");
  EXPECT_THAT(directory.names(), ElementsAre("d"));
}

TEST(FileBytes, ADeviceIsNotRead) {
  EXPECT_EQ(refusal([] { read_bytes("/dev/zero"); }), "/dev/zero: is not a regular file");
}

TEST(FileBytes, TemporaryNamesDiffer) { EXPECT_NE(temporary_beside("f"), temporary_beside("f")); }

TEST(FileBytes, AComplaintNamesFileOffsetAndReason) {
  EXPECT_EQ(refusal([] { refuse_file("x.npy", 8, "why"); }), "x.npy: byte 8: why");
}

TEST(FileBytes, ValuesAreCopiedAsTheyLieAndAPartOfOneIsLeftOut) {
  const std::vector<std::byte> bytes{std::byte{1}, std::byte{2}, std::byte{3}};
  EXPECT_THAT(values_of<std::uint16_t>(bytes), ElementsAre(0x0201));
  EXPECT_TRUE(values_of<float>({}).empty());
}

}  // namespace
}  // namespace bitgate::compare
