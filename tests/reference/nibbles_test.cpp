#include "bitgate/reference/layout/nibbles.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bitgate::reference {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Bytes = std::vector<std::uint8_t>;

TEST(Nibbles, LowFirstPutsTheEvenColumnInTheLowBits) {
  EXPECT_THAT(pack_nibbles(Bytes{0x1, 0x2, 0xA, 0xF}, {1, 4}, NibbleOrder::kLowFirst), ElementsAre(0x21, 0xFA));
}

TEST(Nibbles, HighFirstPutsTheEvenColumnInTheHighBits) {
  EXPECT_THAT(pack_nibbles(Bytes{0x1, 0x2, 0xA, 0xF}, {1, 4}, NibbleOrder::kHighFirst), ElementsAre(0x12, 0xAF));
}

TEST(Nibbles, OddRowsStartOnAByteAndPadWithZero) {
  const Bytes codes{1, 2, 3, 4, 5, 6};
  EXPECT_THAT(pack_nibbles(codes, {2, 3}, NibbleOrder::kLowFirst), ElementsAre(0x21, 0x03, 0x54, 0x06));
  EXPECT_THAT(pack_nibbles(codes, {2, 3}, NibbleOrder::kHighFirst), ElementsAre(0x12, 0x30, 0x45, 0x60));
}

TEST(Nibbles, BitsAboveTheFourthAreIgnored) {
  EXPECT_THAT(pack_nibbles(Bytes{0xF1, 0x82}, {1, 2}, NibbleOrder::kLowFirst), ElementsAre(0x21));
}

TEST(Nibbles, UnpackIsTheInverseForEveryPairOfCodesAndBothOrders) {
  Bytes codes;
  for (int a = 0; a < 16; ++a)
    for (int b = 0; b < 16; ++b)
      codes.insert(codes.end(), {static_cast<std::uint8_t>(a), static_cast<std::uint8_t>(b)});
  for (const NibbleOrder order : {NibbleOrder::kLowFirst, NibbleOrder::kHighFirst})
    for (const Extent extent : {Extent{1, 512}, Extent{512, 1}, Extent{2, 256}})
      EXPECT_EQ(unpack_nibbles(pack_nibbles(codes, extent, order), extent, order), codes);
}

TEST(Nibbles, UnpackDropsThePadAndCountsItWhenItIsNotZero) {
  const Bytes packed{0x21, 0x73, 0x54, 0x06};
  EXPECT_THAT(unpack_nibbles(packed, {2, 3}, NibbleOrder::kLowFirst), ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_EQ(nonzero_pad_nibbles(packed, {2, 3}, NibbleOrder::kLowFirst), 1);
  EXPECT_EQ(nonzero_pad_nibbles(packed, {2, 3}, NibbleOrder::kHighFirst), 2);
  EXPECT_EQ(nonzero_pad_nibbles(packed, {2, 4}, NibbleOrder::kLowFirst), 0);
}

TEST(Nibbles, EmptyTensorsHaveNoBytes) {
  for (const Extent extent : {Extent{0, 5}, Extent{5, 0}}) {
    EXPECT_THAT(pack_nibbles({}, extent, NibbleOrder::kLowFirst), IsEmpty());
    EXPECT_THAT(unpack_nibbles({}, extent, NibbleOrder::kLowFirst), IsEmpty());
    EXPECT_EQ(nonzero_pad_nibbles({}, extent, NibbleOrder::kLowFirst), 0);
  }
}

}  // namespace
}  // namespace bitgate::reference
