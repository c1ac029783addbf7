// Stochastic rounding: the generator's check values, who gets which word, and both rules for a byte.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "bitgate/device/cpu/te_random.h"
#include "bitgate/device/cpu/te_stochastic.h"
#include "bitgate/reference/format/error.h"
#include "bitgate/tests/device/cpu_te_examples.h"

namespace bitgate::device {
namespace {

using cpu::drawn_words;
using cpu::DrawOrder;
using testing::ElementsAreArray;

constexpr PhiloxState kState{123, 321};

Words next_words(cpu::Philox random, int count) {
  Words out;
  for (int i = 0; i < count; ++i) out.push_back(random.next_word());
  return out;
}

TEST(CpuTeRandom, PhiloxGivesTheCheckValues) {
  EXPECT_EQ(next_words(cpu::Philox({}, 0), 4), words("6627e8d5 e169c58d bc57ac4c 9b00dbd8"));
  EXPECT_EQ(next_words(cpu::Philox(kState, 0), 8),
            words("0d66be1e f65b4f7e a09f1036 3d4e49c6 5444566b 691c9acf 9efedb51 d543ad22"));
  EXPECT_EQ(next_words(cpu::Philox(kState, 5), 4), words("f2706d36 1d30107e 01da0263 995ca5a8"));
}

TEST(CpuTeRandom, CounterCarriesIntoTheNextWord) {
  cpu::Philox at_end({7, 0xFFFFFFFF}, 0);
  next_words(at_end, 4);
  for (int i = 0; i < 4; ++i) at_end.next_word();
  EXPECT_EQ(next_words(at_end, 4), next_words(cpu::Philox({7, 0x100000000}, 0), 4));
}

// Words of a kernel's side as rows of a matrix.
struct Side {
  const Words& words;
  std::int64_t per_row;
  std::uint32_t at(std::int64_t row, std::int64_t element) const {
    return words[static_cast<std::size_t>(row * per_row + element / 4)];
  }
};

TEST(CpuTeRandom, EveryFourElementsGetOneWordOfTheirOwn) {
  for (const DrawOrder order :
       {DrawOrder::kTuned, DrawOrder::kTunedTransposed, DrawOrder::kTwoD, DrawOrder::kFallback}) {
    const cpu::RandomWords drawn = drawn_words(order, kState, {256, 128});
    std::set<std::uint32_t> seen(drawn.rowwise.begin(), drawn.rowwise.end());
    std::size_t expected = drawn.rowwise.size();
    if (order != DrawOrder::kTuned) {
      seen.insert(drawn.columnwise.begin(), drawn.columnwise.end());
      expected *= 2;
    }
    EXPECT_GE(seen.size() + 8, expected);  // 32-bit words of 16,384 draws rarely meet; a word unwritten or shared often
    EXPECT_EQ(seen.count(0), 0u);
  }
}

TEST(CpuTeRandom, TunedKernelSwapsHalvesInTheUpperHalfWarp) {
  const Words w = drawn_words(DrawOrder::kTuned, kState, {128, 128}).rowwise;
  const Side rows{w, 32};
  EXPECT_EQ(rows.at(0, 0), 0x0d66be1eu);
  EXPECT_EQ(rows.at(0, 12), 0x3d4e49c6u);
  EXPECT_EQ(rows.at(32, 0), 0x5444566bu);  // the second pass of the first stage
  EXPECT_EQ(rows.at(1, 16), 0xf2706d36u);  // thread 5
  const Words of_lane_16 = next_words(cpu::Philox(kState, 16), 4);
  EXPECT_EQ(rows.at(4, 8), of_lane_16[0]);
  EXPECT_EQ(rows.at(4, 0), of_lane_16[2]);
}

TEST(CpuTeRandom, AskingForTheTransposeChangesRowsFromTheSecondStageOn) {
  const Words alone = drawn_words(DrawOrder::kTuned, kState, {128, 128}).rowwise;
  const cpu::RandomWords both = drawn_words(DrawOrder::kTunedTransposed, kState, {128, 128});
  const Side a{alone, 32}, b{both.rowwise, 32}, columns{both.columnwise, 32};
  const Words of_thread_0 = next_words(cpu::Philox(kState, 0), 32);
  EXPECT_EQ(a.at(32, 12), b.at(32, 12));
  EXPECT_EQ(a.at(0, 64), of_thread_0[8]);
  EXPECT_EQ(b.at(0, 64), of_thread_0[16]);
  EXPECT_EQ(columns.at(0, 0), of_thread_0[8]);
  EXPECT_EQ(columns.at(1, 0), of_thread_0[12]);
  EXPECT_EQ(columns.at(0, 16), next_words(cpu::Philox(kState, 32), 16)[8]);  // the next warp: sixteen rows below
  EXPECT_EQ(columns.at(4, 16), next_words(cpu::Philox(kState, 2), 16)[8]);   // and two lanes on
}

TEST(CpuTeRandom, TwoDKernelDrawsColumnsFirst) {
  const cpu::RandomWords drawn = drawn_words(DrawOrder::kTwoD, kState, {128, 128});
  const Side rows{drawn.rowwise, 32}, columns{drawn.columnwise, 32};
  EXPECT_EQ(columns.at(0, 0), 0x0d66be1eu);
  EXPECT_EQ(columns.at(0, 16), 0x5444566bu);
  EXPECT_EQ(columns.at(5, 0), 0xf2706d36u);
  EXPECT_EQ(rows.at(0, 0), next_words(cpu::Philox(kState, 0), 9)[8]);
  EXPECT_EQ(rows.at(2, 8), next_words(cpu::Philox(kState, 16), 9)[8]);
}

TEST(CpuTeRandom, FallbackDrawsInOrderWith256Threads) {
  const cpu::RandomWords drawn = drawn_words(DrawOrder::kFallback, kState, {256, 256});
  const Side rows{drawn.rowwise, 64}, columns{drawn.columnwise, 64};
  EXPECT_EQ(rows.at(0, 80), 0xf2706d36u);
  EXPECT_EQ(rows.at(32, 0), 0x5444566bu);
  EXPECT_EQ(columns.at(0, 0), next_words(cpu::Philox(kState, 0), 17)[16]);
  EXPECT_EQ(columns.at(1, 0), next_words(cpu::Philox(kState, 0), 21)[20]);
  EXPECT_EQ(rows.at(0, 128), next_words(cpu::Philox(kState, 256), 1)[0]);  // the block to the right
  EXPECT_EQ(rows.at(128, 0), next_words(cpu::Philox(kState, 512), 1)[0]);  // the block below, two blocks a row
}

// Sixteen scaled values and the words of seed 123, offset 321, sequence 0.
TEST(CpuTeRandom, ByteRulesGiveTheExample) {
  const Words v = words(
      "3dcccccd bef0a3d7 3f570a3e bf9ae148 3fca3d71 bff9999a 40147ae1 c02c28f6 4043d70a c05b851e 40733333 c08570a4 "
      "409147ae c09d1eb8 40a8f5c3 c0b4cccd");
  const Words random = next_words(cpu::Philox(kState, 0), 4);
  constexpr int kHardwareBytes[] = {0, 2, 1, 3};
  Bytes software, hardware;
  for (std::size_t i = 0; i < 16; ++i) {
    const std::uint32_t word = random[i / 4];
    software.push_back(cpu::e2m1_stochastic_software(cpu::from_bits(v[i]), word >> (8 * (i % 4)) & 0xFF));
    hardware.push_back(cpu::e2m1_stochastic_hardware(cpu::from_bits(v[i]), word >> (8 * kHardwareBytes[i % 4]) & 0xFF));
  }
  EXPECT_THAT(software, ElementsAreArray(low_first("90 a2 c3 d4 d5 e6 e7 f6")));
  EXPECT_THAT(hardware, ElementsAreArray(low_first("90 a2 c3 d4 e5 e5 e7 f6")));
}

TEST(CpuTeRandom, RulesPartOnlyWhereTheSumItselfRoundsUp) {
  EXPECT_EQ(cpu::e2m1_stochastic_software(cpu::from_bits(0x3e7fffff), 128), 1);
  EXPECT_EQ(cpu::e2m1_stochastic_hardware(cpu::from_bits(0x3e7fffff), 128), 0);
  for (std::uint32_t bits = 0x3e800000; bits < 0x41000000; bits += 4099)
    for (std::uint32_t byte = 0; byte < 256; byte += 3)
      ASSERT_EQ(cpu::e2m1_stochastic_software(cpu::from_bits(bits), byte),
                cpu::e2m1_stochastic_hardware(cpu::from_bits(bits), byte))
          << std::hex << bits << " " << byte;
}

TEST(CpuTeRandom, SpecialValues) {
  for (const std::uint32_t byte : {0u, 255u}) {
    for (const auto rule : {cpu::e2m1_stochastic_software, cpu::e2m1_stochastic_hardware}) {
      EXPECT_EQ(rule(cpu::from_bits(0xFFC00000), byte), 7);
      EXPECT_EQ(rule(cpu::from_bits(0xFF800000), byte), 0xF);
      EXPECT_EQ(rule(cpu::kFloat32Max, byte), 7);
      EXPECT_EQ(rule(-0.0f, byte), 8);
      EXPECT_EQ(rule(3.0f, byte), 5);
    }
  }
}

struct Drawing {
  const char* recipe;
  DrawOrder order;
};

TEST(CpuTeRandom, DrawnWordsAreThoseOfTheKernelNamed) {
  Words bits;
  for (std::uint32_t i = 0; i < 128 * 128; ++i) bits.push_back(0x3f80 + i * 37 % 256);
  const TypedTensor x = tensor(InputType::kBf16, 128, bits);
  for (const auto& [recipe, order] :
       {Drawing{"te/nvfp4-sr-soft-tuned", DrawOrder::kTuned},
        Drawing{"te/nvfp4-sr-soft-tuned-t", DrawOrder::kTunedTransposed},
        Drawing{"te/nvfp4-sr-soft-2d", DrawOrder::kTwoD}, Drawing{"te/nvfp4-sr-soft-fallback", DrawOrder::kFallback},
        Drawing{"te/nvfp4-sr-hw-tuned", DrawOrder::kTuned},
        Drawing{"te/nvfp4-sr-hw-tuned-t", DrawOrder::kTunedTransposed}, Drawing{"te/nvfp4-sr-hw-2d", DrawOrder::kTwoD},
        Drawing{"te/nvfp4-sr-hw-fallback", DrawOrder::kFallback}}) {
    const cpu::RandomWords drawn = drawn_words(order, kState, {128, 128});
    Request request;
    request.input = x.view();
    request.direction = order == DrawOrder::kTuned ? Direction::kRowwise : Direction::kBoth;
    request.philox = kState;
    const QuantizedTensor own = find_cpu_subject(recipe)(request);
    request.philox = {};
    EXPECT_NE(find_cpu_subject(recipe)(request).codes, own.codes) << recipe;
    request.random_bits = drawn.rowwise;
    request.random_bits_columnwise = drawn.columnwise;
    const QuantizedTensor given = find_cpu_subject(recipe)(request);
    EXPECT_EQ(own.codes, given.codes) << recipe;
    ASSERT_EQ(own.columnwise.size(), given.columnwise.size()) << recipe;
    for (std::size_t twin = 0; twin < own.columnwise.size(); ++twin)
      EXPECT_EQ(own.columnwise[twin].codes, given.columnwise[twin].codes) << recipe;
  }
}

// amax 6 makes the multiplier of a block with a 6 one: byte 0 cuts, byte 255 raises all but the exact.
TEST(CpuTeRandom, ByteOfTheElementDecides) {
  const TypedTensor x = tensor(InputType::kBf16, 1,
                               words("40c0 4030 4030 4030 0000 0000 0000 0000 0000 0000 0000 0000 "
                                     "0000 0000 0000 0000"));
  const Words random = words("00ff0000 0 0 0");
  Request request;
  request.input = x.view();
  request.random_bits = random;
  const auto codes = [&](const char* recipe) { return first_codes(find_cpu_subject(recipe)(request), 4); };
  EXPECT_THAT(codes("te/nvfp4-sr-soft-tuned"), testing::ElementsAre(7, 4, 5, 4));
  EXPECT_THAT(codes("te/nvfp4-sr-hw-tuned"), testing::ElementsAre(7, 5, 4, 4));
}

TEST(CpuTeRandom, RefusesWhatTheKernelsDoNotTake) {
  const TypedTensor small = tensor(InputType::kBf16, 16, Words(256, 0)),
                    floats = tensor(InputType::kF32, 16, Words(256, 0));
  EXPECT_THROW(run_in(Direction::kRowwise, "te/nvfp4-sr-soft-tuned", small), InputError);
  EXPECT_THROW(run_in(Direction::kColumnwise, "te/nvfp4-sr-soft-tuned", small), InputError);
  Request request;
  request.input = floats.view();
  const Words random(64, 0);
  request.random_bits = random;
  EXPECT_THROW(find_cpu_subject("te/nvfp4-sr-hw-2d")(request), InputError);
  EXPECT_NO_THROW(find_cpu_subject("te/nvfp4-sr-hw-fallback")(request));
  request.random_bits = std::span(random).first(63);
  EXPECT_THROW(find_cpu_subject("te/nvfp4-sr-hw-fallback")(request), InputError);
}

}  // namespace
}  // namespace bitgate::device
