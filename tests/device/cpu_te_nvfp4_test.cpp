// Worked examples of TransformerEngine: input bits, the given amax, the scale code and the packed bytes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <cstdint>

#include "bitgate/device/cpu/subject.h"
#include "bitgate/tests/device/cpu_examples.h"

namespace bitgate::device {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;

struct Nvfp4Line {
  const char* name;
  const char* recipe;
  std::uint32_t amax;
  std::uint8_t scale;
  const char* input;
  const char* packed;
};

// TransformerEngine, bf16.
// clang-format off
const Nvfp4Line kTeLines[] = {
    {"E1 exact grid", "te/nvfp4", 0x40c00000, 0x7e,
     "0000 3f00 3f80 3fc0 4000 4040 4080 40c0 bf00 bf80 bfc0 c000 c040 c080 c0c0 be80", "10 32 54 76 a9 cb ed 8f"},
    {"E2 every tie", "te/nvfp4", 0x40c00000, 0x7e,
     "3e80 3f40 3fa0 3fe0 4020 4060 40a0 40c0 be80 bf40 bfa0 bfe0 c020 c060 c0a0 c0c0", "20 42 64 76 a8 ca ec fe"},
    {"E3 zeros of both signs", "te/nvfp4", 0x40c00000, 0x00,
     "0000 8000 0000 8000 0000 8000 0000 8000 0000 8000 0000 8000 0000 8000 0000 8000", "80 80 80 80 80 80 80 80"},
    {"E4 amax zero", "te/nvfp4", 0x00000000, 0x00,
     "0000 8000 0000 8000 0000 8000 0000 8000 0000 8000 0000 8000 0000 8000 0000 8000", "80 80 80 80 80 80 80 80"},
    {"E5 scale underflow", "te/nvfp4", 0x42c80000, 0x00,
     "0000 b580 3580 b580 3580 b580 3580 b580 3580 b580 3580 b580 3580 b580 3580 b580", "f0 f7 f7 f7 f7 f7 f7 f7"},
    {"E6 infinite element", "te/nvfp4", 0x41000000, 0x7e,
     "3f80 c000 4040 7fc0 3f00 7f80 bf80 3e80 ff80 4000 0000 8000 3f80 3f80 3f80 3f80", "b2 74 71 0a 3f 80 22 22"},
    {"E7 NaN element", "te/nvfp4", 0x41000000, 0x76,
     "3f80 c000 4040 7fc0 3f00 4080 bf80 3e80 c040 4000 0000 8000 3f80 3f80 3f80 3f80", "d3 76 72 1b 5e 80 33 33"},
    {"E7b amax infinite", "te/nvfp4", 0x7f800000, 0x33,
     "3f80 c000 4040 7fc0 3f00 4080 bf80 3e80 c040 4000 0000 8000 3f80 3f80 3f80 3f80", "d3 76 71 1b 5e 80 33 33"},
    {"E8 block above amax", "te/nvfp4", 0x40c00000, 0x7e,
     "c200 c1e0 c1c0 c1a0 c180 c140 c100 c080 0000 4080 4100 4140 4180 41a0 41c0 41e0", "ff ff ff ef 60 77 77 77"},
    {"E9 subnormal decode scale", "te/nvfp4", 0x03000000, 0x5b,
     "8300 82e0 82c0 82a0 8280 8240 8200 8180 0000 0180 0200 0240 0280 02a0 02c0 02e0", "ff ee cd 9b 10 43 65 76"},
    {"E10 not the form of v1", "te/nvfp4", 0x40440000, 0x77,
     "3f54 3f9a bf9b bfcb 3f86 bf93 bfc8 3dc9 3eaf 3d5f 3de1 bd89 bf29 bf1c 3ecd 3ecd", "65 fe e6 1f 02 81 cc 33"},
    {"E11 not S over s", "te/nvfp4", 0x40540000, 0x74,
     "3ead 3f3c 3f6d 3ed4 3f94 3fa3 bf67 3ea4 3f65 bfb6 3fbc 3f02 bf61 3f1d bf7b 3e5a", "53 36 76 3e f6 47 5e 2e"},
    {"E12 not fast math", "te/nvfp4", 0x40510000, 0x78,
     "beb0 bfc7 3da5 3db0 3efb be98 3e88 bf31 bfc9 3e65 3fb5 3fe8 bf9c 3fa7 3d5c 3e3c", "ea 11 a3 c2 1f 76 6e 10"},
    {"B1 scale tie goes to zero", "te/nvfp4", 0x45280000, 0x00,
     "3bc0 bb40 3a00 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000", "f7 07 00 00 00 00 00 00"},
    {"B2 just above it", "te/nvfp4", 0x45280000, 0x01,
     "3bc1 bb40 3a00 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000 0000", "b5 00 00 00 00 00 00 00"},
    {"R10t", "te/nvfp4", 0x40c00000, 0x49,
     "bd76 3c24 bd4d 3ca4 bd24 3cf6 bcf6 3d24 bca4 3d4d bc24 3d76 0000 bd76 3c24 bd4d", "2f 4e 5e 6d 6c 7a f0 e2"},
    {"R11t", "te/nvfp4", 0x40c00000, 0x39,
     "3ba4 bc24 3bf6 bbf6 3c24 bba4 3c4d bb24 3c76 0000 bc76 3b24 bc4d 3ba4 bc24 3bf6", "e4 d5 c6 a6 07 2f 4e 5e"},
    {"E15a", "te/nvfp4-row", 0x3fee0000, 0x7e,
     "bf97 bfd8 3f14 3feb bfb0 3eb4 bfb9 be1b 3fee bfa3 be50 3f65 be8f bf52 3f06 3e75", "fe 74 2e 9e e7 59 da 23"},
    {"E15b", "te/nvfp4-row", 0x418c0000, 0x64,
     "bf97 bfd8 3f14 3feb bfb0 3eb4 bfb9 be1b 3fee bfa3 be50 3f65 be8f bf52 3f06 3e75", "fe 74 2e 9e e7 59 da 23"},
    {"E15c", "te/nvfp4", 0x46a80000, 0x12,
     "bf97 bfd8 3f14 3feb bfb0 3eb4 bfb9 be1b 3fee bfa3 be50 3f65 be8f bf52 3f06 3e75", "fe 74 2e 9e e7 59 da 23"},
    {"pyref writes -0 as +0", "te/nvfp4-pyref", 0x40c00000, 0x00,
     "0000 8000 0000 8000 0000 8000 0000 8000 0000 8000 0000 8000 0000 8000 0000 8000", "00 00 00 00 00 00 00 00"},
    {"pyref amax zero", "te/nvfp4-pyref", 0x00000000, 0x00,
     "0000 8000 0000 8000 0000 8000 0000 8000 0000 8000 0000 8000 0000 8000 0000 8000", "00 00 00 00 00 00 00 00"},
    {"pyref keeps the sign of small negatives", "te/nvfp4-pyref", 0x40c00000, 0x7e,
     "0000 3f00 3f80 3fc0 4000 4040 4080 40c0 bf00 bf80 bfc0 c000 c040 c080 c0c0 be80", "10 32 54 76 a9 cb ed 8f"},
};
// clang-format on

TEST(CpuTeNvfp4, Examples) {
  for (const Nvfp4Line& line : kTeLines) {
    const QuantizedTensor t = run_bf16(line.recipe, line.input, line.amax);
    EXPECT_THAT(scale_bytes(t), ElementsAre(line.scale)) << line.name;
    EXPECT_THAT(t.codes, ElementsAreArray(low_first(line.packed))) << line.name;
    EXPECT_EQ(bits_of(t.global), Words{line.amax}) << line.name;
  }
}

TEST(CpuTeNvfp4, ExampleF1TakesFloatsAndFindsAmax) {
  const auto x = words(
      "3dcccccd be4ccccd 3e99999a becccccd 3f000000 bf19999a 3f333333 bf4ccccd 3f666666 bf800000 3f8ccccd bf99999a "
      "3fa66666 bfb33333 3fc00000 bfcccccd");
  const QuantizedTensor t = run("te/nvfp4", tensor(InputType::kF32, 1, x));
  EXPECT_THAT(scale_bytes(t), ElementsAre(0x7e));
  EXPECT_THAT(t.codes, ElementsAreArray(low_first("91 b2 c4 d5 e5 e6 f6 f7")));
  EXPECT_EQ(bits_of(t.global), Words{0x3fcccccd});
}

TEST(CpuTeNvfp4, RowsR00ToR11HaveTheirOwnAmax) {
  const auto x = words(
      "c0c0 3f80 c0a0 4000 c080 4040 c040 4080 c000 40a0 bf80 40c0 0000 c0c0 3f80 c0a0 "
      "3f00 bf80 3f40 bf40 3f80 bf00 3fa0 be80 3fc0 0000 bfc0 3e80 bfa0 3f00 bf80 3f40 "
      "bd76 3c24 bd4d 3ca4 bd24 3cf6 bcf6 3d24 bca4 3d4d bc24 3d76 0000 bd76 3c24 bd4d "
      "3ba4 bc24 3bf6 bbf6 3c24 bba4 3c4d bb24 3c76 0000 bc76 3b24 bc4d 3ba4 bc24 3bf6");
  const Bytes codes =
      low_first("2f 4e 5e 6d 6c 7a f0 e2 e4 d5 c6 a6 07 2f 4e 5e 2f 4e 5e 6d 6c 7a f0 e2 e4 d5 c6 a6 07 2f 4e 5e");
  for (const char* recipe : {"te/nvfp4-row", "te/nvfp4-pyref-row"}) {
    const QuantizedTensor t = run(recipe, tensor(InputType::kBf16, 2, x));
    EXPECT_THAT(scale_bytes(t), ElementsAre(0x7e, 0x6e, 0x7e, 0x6e)) << recipe;
    EXPECT_THAT(t.codes, ElementsAreArray(codes)) << recipe;
    EXPECT_EQ(bits_of(t.global), words("40c00000 3d760000")) << recipe;
    EXPECT_EQ(t.scheme.id, SchemeId::kNvfp4Row) << recipe;
  }
}

TEST(CpuTeNvfp4, AmaxPassesOverNanAndKeepsInfinity) {
  Words x(16, 0x3c00);  // f16: 1
  x[3] = 0x7e00;
  EXPECT_EQ(bits_of(run("te/nvfp4", tensor(InputType::kF16, 1, x)).global), Words{0x3f800000});
  x[5] = 0xfc00;
  EXPECT_EQ(bits_of(run("te/nvfp4", tensor(InputType::kF16, 1, x)).global), Words{kInf});
}

TEST(CpuTeNvfp4, PyrefReadsZerosPastARaggedRow) {
  const QuantizedTensor t =
      run("te/nvfp4-pyref", {6, 5, 4, 3, 2, 1.5, 1, .5, -.5, -1, -1.5, -2, -3, -4, -5, -6, 6, -.5});
  EXPECT_THAT(scale_bytes(t), ElementsAre(0x7e, 0x7e));
  EXPECT_THAT(t.codes, ElementsAre(7, 6, 6, 5, 4, 3, 2, 1, 9, 10, 11, 12, 13, 14, 14, 15, 7, 9));
}

}  // namespace
}  // namespace bitgate::device
