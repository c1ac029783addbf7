#include "bitgate/compare/npz.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bitgate/tests/support/temporary_directory.h"

namespace bitgate::compare {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// numpy.savez and numpy.savez_compressed of a=numpy.array([1, 2, 3], dtype=numpy.uint8), NumPy 2.4.6. The local headers
// have ZIP64 extra fields.
constexpr std::string_view kStored =
    "504b03042d0000000000000021002ae38eb1ffffffffffffffff05001400612e6e7079010010008300000000000000830000000000000093"
    "4e554d5059010076007b276465736372273a20277c7531272c2027666f727472616e5f6f72646572273a2046616c73652c20277368617065"
    "273a2028332c292c207d20202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020"
    "20202020202020202020202020200a010203504b01022d032d0000000000000021002ae38eb1830000008300000005000000000000000000"
    "0000800100000000612e6e7079504b0506000000000100010033000000ba0000000000";
constexpr std::string_view kDeflated =
    "504b03042d0000000800000021002ae38eb1ffffffffffffffff05001400612e6e707901001000830000000000000047000000000000009b"
    "ec17ea1b10c9c850c650ad9e925a9c5ca46ea5a05e536aa8aea3a09e965f54529498179f5f94920a12774bcc294e058a17672416a402f91a"
    "c63a9a3a0ab50a14002e46266600504b01022d032d0000000800000021002ae38eb147000000830000000500000000000000000000008001"
    "00000000612e6e7079504b05060000000001000100330000007e0000000000";
// Offsets in kStored: the directory's entry and the end record.
constexpr std::size_t kEntry = 186, kEnd = 237;

void put(std::vector<std::byte>& bytes, std::size_t at, std::uint64_t value, int size) {
  for (int i = 0; i < size; ++i) bytes[at + static_cast<std::size_t>(i)] = static_cast<std::byte>(value >> (8 * i));
}

std::string message(std::vector<std::byte> bytes) {
  return refusal([&] { NpzFile(std::move(bytes), "x.npz").array("a"); });
}

// kStored with one field changed.
std::string message_with(std::size_t at, std::uint64_t value, int size) {
  std::vector<std::byte> bytes = bytes_of_hex(kStored);
  put(bytes, at, value, size);
  return message(std::move(bytes));
}

ArchiveMembers two_members() {
  return {{"b.npy", npy_bytes(make_npy<float>({2}, {1.5f, -0.0f}))},
          {"tensor.json", std::vector<std::byte>(1000, std::byte{'x'})}};
}

TEST(Npz, ReadsWhatNumpyWroteStoredAndDeflated) {
  for (const std::string_view hex : {kStored, kDeflated}) {
    const NpzFile file(bytes_of_hex(hex), "x.npz");
    EXPECT_THAT(file.members(), ElementsAre("a.npy"));
    EXPECT_THAT(values_of<std::uint8_t>(file.array("a").data), ElementsAre(1, 2, 3));
  }
}

TEST(Npz, WhatIsWrittenReadsBackEitherWay) {
  const TemporaryDirectory directory;
  for (const Compression compression : {Compression::kStore, Compression::kDeflate}) {
    write_npz(directory / "x.npz", two_members(), compression);
    const NpzFile file(directory / "x.npz");
    EXPECT_THAT(file.members(), ElementsAre("b.npy", "tensor.json"));
    EXPECT_EQ(file.bytes("b.npy"), two_members().at("b.npy"));
    EXPECT_EQ(file.bytes("tensor.json"), two_members().at("tensor.json"));
    EXPECT_EQ(file.bytes("c.npy"), std::nullopt);
  }
  EXPECT_THAT(directory.names(), ElementsAre("x.npz"));
}

TEST(Npz, EqualMembersGiveEqualBytesAndDeflateShrinksThem) {
  EXPECT_EQ(npz_bytes("x", two_members(), Compression::kStore), npz_bytes("x", two_members(), Compression::kStore));
  EXPECT_LT(npz_bytes("x", two_members(), Compression::kDeflate).size(), 600u);
  EXPECT_GT(npz_bytes("x", two_members(), Compression::kStore).size(), 1000u);
}

TEST(Npz, AnEmptyArchiveAndAnEmptyMemberAreRead) {
  EXPECT_TRUE(NpzFile(npz_bytes("x", {}, Compression::kStore), "x.npz").members().empty());
  for (const Compression compression : {Compression::kStore, Compression::kDeflate})
    EXPECT_EQ(NpzFile(npz_bytes("x", {{"e", {}}}, compression), "x.npz").bytes("e"), std::vector<std::byte>());
}

TEST(Npz, LargeMembersInflateOverSeveralChunks) {
  std::vector<std::byte> large(300001);
  std::uint32_t state = 1;
  for (std::byte& byte : large) byte = static_cast<std::byte>((state = state * 1664525u + 1013904223u) >> 24);
  EXPECT_EQ(NpzFile(npz_bytes("x", {{"l", large}}, Compression::kDeflate), "x.npz").bytes("l"), large);
}

TEST(Npz, AMissingKeyNamesThoseThereAre) {
  EXPECT_EQ(refusal([] { NpzFile(bytes_of_hex(kStored), "x.npz").array("b"); }),
            "x.npz: has no array 'b': expected one of a.npy");
}

TEST(Npz, ADamagedMemberFailsItsChecksum) {
  EXPECT_THAT(message_with(183, 9, 1), HasSubstr("x.npz: byte 0: the CRC-32 of 'a.npy' is wrong"));
  std::vector<std::byte> deflated = bytes_of_hex(kDeflated);
  deflated[60] ^= std::byte{1};
  EXPECT_THAT(message(deflated), HasSubstr("x.npz: byte 0: "));
}

TEST(Npz, ASizeThatLiesIsRefusedWithoutAllocatingIt) {
  std::vector<std::byte> deflated = bytes_of_hex(kDeflated);
  put(deflated, deflated.size() - 22 - 51 + 24, 0xFFFFFFFE, 4);
  EXPECT_EQ(message(deflated),
            "x.npz: byte 0: 'a.npy' does not inflate to the 4294967294 bytes that the directory states");
  put(deflated, deflated.size() - 22 - 51 + 24, 130, 4);
  EXPECT_THAT(message(deflated), HasSubstr("does not inflate to the 130 bytes"));
  EXPECT_THAT(message_with(kEntry + 24, 1 << 30, 4), HasSubstr("is stored, but its two sizes differ"));
  std::vector<std::byte> stored = bytes_of_hex(kStored);
  put(stored, kEntry + 20, 1 << 30, 4);
  put(stored, kEntry + 24, 1 << 30, 4);
  EXPECT_THAT(message(stored), HasSubstr("a zip record of 1073741824 bytes is stated here, but the file has 259"));
}

TEST(Npz, WhatIsNotReadIsNamed) {
  EXPECT_THAT(message(bytes_of_hex("00")), HasSubstr("is not a whole .npz file"));
  EXPECT_THAT(message_with(0, 0, 4), HasSubstr("expected the local header of 'a.npy'"));
  EXPECT_THAT(message_with(30, 'b', 1), HasSubstr("does not agree with the directory on 'a.npy'"));
  EXPECT_THAT(message_with(6, 1, 2), HasSubstr("'a.npy' is encrypted"));
  EXPECT_THAT(message_with(kEntry, 0, 4), HasSubstr("expected an entry of the zip directory"));
  EXPECT_THAT(message_with(kEnd + 4, 1, 2), HasSubstr("several disks"));
  EXPECT_THAT(message_with(kEnd + 16, 1 << 20, 4), HasSubstr("but the file has 259 bytes"));
  EXPECT_THAT(message_with(kEntry + 42, 0xFFFFFFFF, 4), HasSubstr("ZIP64 sizes of this entry are missing"));
  EXPECT_THAT(message_with(kEnd + 16, 0xFFFFFFFF, 4), HasSubstr("ZIP64 record that is not there"));
  std::vector<std::byte> bytes = bytes_of_hex(kStored);
  put(bytes, 8, 12, 2);
  put(bytes, kEntry + 10, 12, 2);
  EXPECT_THAT(message(bytes), HasSubstr("uses zip method 12, expected 0 (stored) or 8 (deflated)"));
}

TEST(Npz, TwoMembersOfOneNameAreRefused) {
  std::vector<std::byte> bytes = npz_bytes("x", {{"a", {}}, {"b", {}}}, Compression::kStore);
  bytes[bytes.size() - 23] = std::byte{'a'};  // the last entry's name
  EXPECT_THAT(refusal([&] { NpzFile(bytes, "x.npz"); }), HasSubstr("two members are named 'a'"));
}

// The directory entry and the end record of kStored in their ZIP64 forms.
TEST(Npz, Zip64EntriesAndEndRecordAreRead) {
  std::vector<std::byte> bytes = bytes_of_hex(kStored);
  bytes.resize(kEnd);
  put(bytes, kEntry + 20, 0xFFFFFFFFFFFFFFFF, 8);
  put(bytes, kEntry + 42, 0xFFFFFFFF, 4);
  put(bytes, kEntry + 30, 4 + 28, 2);
  const auto append = [&bytes](std::uint64_t value, int size) {
    bytes.resize(bytes.size() + static_cast<std::size_t>(size));
    put(bytes, bytes.size() - static_cast<std::size_t>(size), value, size);
  };
  append(0x0004CAFE, 4), append(0, 4);                                  // another extra field, skipped
  append(0x00180001, 4), append(131, 8), append(131, 8), append(0, 8);  // size, packed size, local header
  put(bytes, kEntry + 30, 8 + 28, 2);
  const std::size_t directory_size = bytes.size() - kEntry, end64 = bytes.size();
  append(0x06064B50, 4), append(44, 8), append(45, 2), append(45, 2), append(0, 8);
  append(1, 8), append(1, 8), append(directory_size, 8), append(kEntry, 8);
  append(0x07064B50, 4), append(0, 4), append(end64, 8), append(1, 4);
  append(0x06054B50, 4), append(0, 4), append(0xFFFFFFFF, 4), append(0xFFFFFFFFFFFFFFFF, 8), append(0, 2);
  EXPECT_THAT(values_of<std::uint8_t>(NpzFile(bytes, "x.npz").array("a").data), ElementsAre(1, 2, 3));
}

TEST(Npz, EveryChangedByteAndEveryPrefixIsReadOrRefused) {
  const auto read = [](std::vector<std::byte> bytes) { NpzFile(std::move(bytes), "x.npz").array("a"); };
  EXPECT_GT(refused_mutations(bytes_of_hex(kStored), read), 40000);
  EXPECT_GT(refused_mutations(bytes_of_hex(kDeflated), read), 30000);
}

}  // namespace
}  // namespace bitgate::compare
