#include "bitgate/compare/digest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace bitgate::compare {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::byte> text(std::string_view characters) {
  const auto bytes = std::as_bytes(std::span<const char>(characters));
  return {bytes.begin(), bytes.end()};
}

// FIPS 180-4, examples of NIST's Cryptographic Standards and Guidelines.
TEST(Digest, Sha256OfAbc) {
  EXPECT_EQ(sha256_hex(text("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}
TEST(Digest, Sha256OfNothing) {
  EXPECT_EQ(sha256_hex({}), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}
TEST(Digest, Sha256OfTwoBlocks) {
  EXPECT_EQ(sha256_hex(text("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq")),
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

TEST(Digest, AFieldIsDigestedAsItsLittleEndianBytes) {
  QuantizedTensor t = make_quantized(scheme_of(SchemeId::kQ8_1), GlobalNumber::kNone, {1, 3});
  t.codes = {'a', 'b', 'c'};
  std::get<std::vector<std::uint16_t>>(t.scales)[0] = 0x6261;
  EXPECT_EQ(digest(t).codes, sha256_hex(text("abc")));
  EXPECT_EQ(digest(t).scales, sha256_hex(text("ab")));
  EXPECT_EQ(digest(t).extras, sha256_hex(std::vector<std::byte>(2)));
}

TEST(Digest, AnAbsentFieldIsEmptyText) {
  const QuantizedTensor t = make_quantized(scheme_of(SchemeId::kMxfp4), GlobalNumber::kNone, {1, 32});
  EXPECT_EQ(digest(t).extras, "");
  EXPECT_EQ(digest(t).global, "");
  EXPECT_EQ(digest(t).values, "");
  EXPECT_EQ(digest(t).codes.size(), 64u);
}

TEST(Digest, SignOfZeroAndNanPayloadCount) {
  QuantizedTensor t = make_quantized(scheme_of(SchemeId::kNvfp4), GlobalNumber::kAmax, {1, 16});
  const Digests plus = digest(t);
  t.global[0] = -0.0f;
  EXPECT_NE(digest(t), plus);
  t.global[0] = std::bit_cast<float>(0x7FC00000u);
  const Digests quiet = digest(t);
  t.global[0] = std::bit_cast<float>(0x7FC00001u);
  EXPECT_NE(digest(t), quiet);
}

TEST(Digest, TilesOfNothingAreNone) { EXPECT_THAT(tile_checksums({}), IsEmpty()); }

TEST(Digest, UpTo32BytesEachByteIsATile) {
  // zlib.crc32(b"a"), of "b", of "c".
  EXPECT_THAT(tile_checksums(text("abc")), ElementsAre(0xE8B7BE43u, 0x71BEEFF9u, 0x06B9DF6Fu));
  EXPECT_EQ(tile_checksums(std::vector<std::byte>(32)).size(), 32u);
}

TEST(Digest, From33BytesTilesHoldTwoAndTheLastWhatIsLeft) {
  const auto tiles = tile_checksums(std::vector<std::byte>(33));
  ASSERT_EQ(tiles.size(), 17u);
  EXPECT_EQ(tiles[0], 0x41D912FFu);   // zlib.crc32(b"\0\0")
  EXPECT_EQ(tiles[16], 0xD202EF8Du);  // zlib.crc32(b"\0")
}

TEST(Digest, AChangedByteChangesItsTileAlone) {
  std::vector<std::byte> bytes(3200);
  const auto before = tile_checksums(bytes);
  bytes[799] = std::byte{1};
  const auto after = tile_checksums(bytes);
  ASSERT_EQ(before.size(), kTiles);
  for (std::size_t i = 0; i < kTiles; ++i) EXPECT_EQ(before[i] != after[i], i == 7) << i;
}

}  // namespace
}  // namespace bitgate::compare
