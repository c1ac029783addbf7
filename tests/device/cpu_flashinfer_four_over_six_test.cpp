// FlashInfer's NVFP4 "4 over 6" by the second implementation, worked by hand from the note.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "bitgate/device/cpu/subject.h"
#include "bitgate/tests/device/cpu_examples.h"

namespace bitgate::device {
namespace {

using testing::Each;
using testing::ElementsAre;

const std::vector<std::string> kForms = [] {
  std::vector<std::string> forms;
  for (const char* limit : {"448", "256"})
    for (const char* error : {"mae", "mse"})
      for (const char* fast : {"", "-errfast"})
        for (const char* build : {"fast", "exact"})
          forms.push_back(std::string("4over6-") + limit + "-" + error + fast + "-" + build);
  return forms;
}();

bool is_squared(const std::string& form) { return form.find("mse") != std::string::npos; }

QuantizedTensor block(const std::string& form, Words x, std::uint32_t fill = 0) {
  x.resize(16, fill);
  return run("flashinfer/nvfp4-" + form, tensor(InputType::kBf16, 1, x), {}, {1.0f});
}

std::vector<int> first_codes(const QuantizedTensor& t, std::size_t count) {
  return {t.codes.begin(), t.codes.begin() + static_cast<std::ptrdiff_t>(count)};
}

TEST(CpuFlashinferFourOverSix, ZeroBlockLosesItsSigns) {
  for (const std::string& form : kForms) {
    const QuantizedTensor t = block(form, {0x8000, 0x0000, 0x8000});
    EXPECT_THAT(scale_bytes(t), ElementsAre(0x00)) << form;
    EXPECT_THAT(t.codes, Each(0)) << form;
  }
}

// A subnormal maximum counts as zero: the build flushes.
TEST(CpuFlashinferFourOverSix, SubnormalBlockIsAZeroBlock) {
  for (const std::string& form : kForms) EXPECT_THAT(block(form, {0x8040, 0x0040}).codes, Each(0)) << form;
}

// Of fives, 5 / 4 is a scale and 5 / 6 is not.
TEST(CpuFlashinferFourOverSix, FivesAreMappedToFour) {
  for (const std::string& form : kForms) {
    const QuantizedTensor t = block(form, {}, 0x40A0);
    EXPECT_THAT(scale_bytes(t), ElementsAre(0x3A)) << form;  // 1.25
    EXPECT_THAT(t.codes, Each(6)) << form;
    EXPECT_EQ(t.global_number, GlobalNumber::kDivisor);
  }
}

// 6 and zeros are exact either way.
TEST(CpuFlashinferFourOverSix, TieKeepsSix) {
  for (const std::string& form : kForms) {
    const QuantizedTensor t = block(form, {0xC0C0, 0x8000});
    EXPECT_THAT(scale_bytes(t), ElementsAre(0x38)) << form;
    EXPECT_THAT(first_codes(t, 3), ElementsAre(15, 8, 0)) << form;
  }
}

TEST(CpuFlashinferFourOverSix, NanKeepsSix) {
  for (const std::string& form : kForms) {
    const QuantizedTensor t = block(form, {0x7FC0}, 0x40A0);
    EXPECT_THAT(scale_bytes(t), ElementsAre(0x35)) << form;  // 0.8125, nearest to 5 / 6
    EXPECT_THAT(t.codes, Each(7)) << form;
  }
}

// 6, 5 and four halves: to six the errors are 1 and four times 0, to four 0.5 and four times 0.25.
TEST(CpuFlashinferFourOverSix, MagnitudesAndSquaresChooseDifferently) {
  for (const std::string& form : kForms) {
    const QuantizedTensor t = block(form, {0x40C0, 0x40A0, 0x3F00, 0x3F00, 0x3F00, 0x3F00});
    if (is_squared(form)) {
      EXPECT_THAT(scale_bytes(t), ElementsAre(0x3C)) << form;
      EXPECT_THAT(first_codes(t, 7), ElementsAre(6, 5, 1, 1, 1, 1, 0)) << form;
    } else {
      EXPECT_THAT(scale_bytes(t), ElementsAre(0x38)) << form;
      EXPECT_THAT(first_codes(t, 7), ElementsAre(7, 6, 1, 1, 1, 1, 0)) << form;
    }
  }
}

TEST(CpuFlashinferFourOverSix, SchemeSaysWhichLimitTheScalesHave) {
  EXPECT_EQ(block("4over6-448-mae-fast", {}).scheme.id, SchemeId::kNvfp4);
  EXPECT_EQ(block("4over6-256-mae-fast", {}).scheme.id, SchemeId::kNvfp4E256);
}

// A row whose maximum, 10.5, makes S = 256: its second block is the example above with scales of 256 and 384.
TEST(CpuFlashinferFourOverSix, PerTokenMeasuresAgainstTheAmaxOfTheRow) {
  Words x(32, 0);
  x[0] = 0x4128;
  const Words second = {0x40C0, 0x40A0, 0x3F00, 0x3F00, 0x3F00, 0x3F00};
  std::ranges::copy(second, x.begin() + 16);
  for (const std::string& form : kForms) {
    if (form.find("256") != std::string::npos) continue;
    const QuantizedTensor t = run("flashinfer/nvfp4-pertoken-" + form, tensor(InputType::kBf16, 1, x));
    EXPECT_THAT(scale_bytes(t), ElementsAre(0x7E, is_squared(form) ? 0x7C : 0x78)) << form;
    EXPECT_EQ(t.codes[0], 7) << form;
    EXPECT_EQ(t.codes[16], is_squared(form) ? 6 : 7) << form;
    EXPECT_EQ(t.global, std::vector<float>{0x1p-8f}) << form;
    EXPECT_EQ(t.global_number, GlobalNumber::kMultiplier);
  }
}

TEST(CpuFlashinferFourOverSix, PerTokenZeroRowIsZeroEverywhere) {
  Words x(32, 0x8000);
  for (const std::string& form : kForms) {
    const QuantizedTensor t = run("flashinfer/nvfp4-pertoken-" + form, tensor(InputType::kBf16, 1, x));
    EXPECT_THAT(scale_bytes(t), Each(0x00)) << form;
    EXPECT_THAT(t.codes, Each(0)) << form;
    EXPECT_EQ(bits_of(t.global), Words{0}) << form;
  }
}

}  // namespace
}  // namespace bitgate::device
