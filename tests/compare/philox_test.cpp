#include "bitgate/compare/philox.h"

#include <gtest/gtest.h>

namespace bitgate::compare {
namespace {

// Check values of TransformerEngine's generator (transformer_engine/common/util/curanddx.hpp), which is Philox4x32-10
// with key = seed and counter = (offset low, offset high, sequence low, sequence high).
TEST(Philox, MatchesKnownAnswers) {
  EXPECT_EQ(philox4x32_10({0, 0, 0, 0}, {0, 0}), (PhiloxBlock{0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8}));
  EXPECT_EQ(philox4x32_10({321, 0, 0, 0}, {123, 0}), (PhiloxBlock{0x0D66BE1E, 0xF65B4F7E, 0xA09F1036, 0x3D4E49C6}));
  EXPECT_EQ(philox4x32_10({322, 0, 0, 0}, {123, 0}), (PhiloxBlock{0x5444566B, 0x691C9ACF, 0x9EFEDB51, 0xD543AD22}));
  EXPECT_EQ(philox4x32_10({321, 0, 5, 0}, {123, 0}), (PhiloxBlock{0xF2706D36, 0x1D30107E, 0x01DA0263, 0x995CA5A8}));
}

TEST(Philox, ElementTakesItsWordOfTheBlockOfFour) {
  const PhiloxBlock block = philox4x32_10({2, 0, 0, 0}, {7, 0});
  for (std::uint64_t i = 0; i < 4; ++i) EXPECT_EQ(random_word(7, 0, 8 + i), block[i]);
}

TEST(Philox, HighHalvesOfSeedAndIndexCount) {
  const std::uint64_t seed = 0x1122334455667788u, element = 0x3000000010u;
  EXPECT_EQ(random_word(seed, 9, element), philox4x32_10({4, 0xC, 9, 0}, {0x55667788u, 0x11223344u})[0]);
}

TEST(Philox, PurposesAndDrawsDoNotShareBlocks) {
  const PhiloxBlock element = random_block(1, Purpose::kElement, 0, 5);
  EXPECT_NE(element, random_block(1, Purpose::kElement, 1, 5));
  EXPECT_NE(element, random_block(1, Purpose::kRow, 0, 5));
  EXPECT_NE(element, random_block(1, Purpose::kBlock, 0, 5));
}

}  // namespace
}  // namespace bitgate::compare
