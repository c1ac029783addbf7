#include "bitgate/compare/recording_diff.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bitgate::compare {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const std::string kKernel = "plugin:libmine.so:good";

RecordedCase recorded_case(std::uint64_t seed, std::uint8_t first_code = 1) {
  QuantizedTensor t = make_quantized(scheme_of(SchemeId::kMxfp4), GlobalNumber::kNone, {1, 32});
  t.codes[0] = first_code;
  RecordedCase c;
  c.id = {"torchao/mxfp4-floor", InputType::kF32, {"normal", 0}, {1, 32}, seed};
  c.kernel = kKernel;
  c.plan = "one call";
  c.fields = record_fields(t);
  return c;
}

Recording recording() {
  Recording r;
  r.kernels[kKernel] = {kKernel, "", std::string(64, 'a'), std::string(64, 'b'), "x86_64", "GCC 12", {}, {}};
  r.cases = {recorded_case(1), recorded_case(2)};
  return r;
}

TEST(RecordingDiff, EqualRecordingsHaveNoDifference) {
  const RecordingDiff d = diff(recording(), recording());
  EXPECT_EQ(d.equal, 2u);
  EXPECT_THAT(d.different, IsEmpty());
  EXPECT_THAT(d.kernels, IsEmpty());
}

TEST(RecordingDiff, AChangedByteNamesCaseAndTile) {
  Recording second = recording();
  second.cases[1] = recorded_case(2, 3);
  const RecordingDiff d = diff(recording(), second);
  EXPECT_EQ(d.equal, 1u);
  ASSERT_EQ(d.different.size(), 1u);
  EXPECT_EQ(d.different[0].kernel, kKernel);
  EXPECT_EQ(d.different[0].name, "torchao/mxfp4-floor/fp32/normal/1x32/s2");
  EXPECT_EQ(d.different[0].what, "codes: tile 0 of 32 (bytes 0 to 0) differs");
}

TEST(RecordingDiff, ACaseOrAKernelOfOneAloneIsNotEqual) {
  Recording first = recording(), second = recording();
  second.cases.pop_back();
  second.kernels["cpu/x"] = {};
  second.cases.push_back(recorded_case(1));
  second.cases.back().kernel = "cpu/x";
  const RecordingDiff d = diff(first, second);
  EXPECT_EQ(d.equal, 1u);
  EXPECT_THAT(d.only_first, ElementsAre(kKernel + " torchao/mxfp4-floor/fp32/normal/1x32/s2"));
  EXPECT_THAT(d.only_second, ElementsAre("cpu/x torchao/mxfp4-floor/fp32/normal/1x32/s1"));
}

TEST(RecordingDiff, WhatElseChangedIsToldWithoutAVerdict) {
  Recording second = recording();
  RecordedKernel& kernel = second.kernels[kKernel];
  kernel.code_sha256 = std::string(64, 'c');
  kernel.compiler = "GCC 13";
  second.cases[0].plan = "two calls";
  const RecordingDiff d = diff(recording(), second);
  EXPECT_EQ(d.equal, 2u);
  EXPECT_THAT(d.kernels, ElementsAre(kKernel + ": other machine code, compilers \"GCC 12\" and \"GCC 13\", other plans "
                                               "in 1 cases"));
}

}  // namespace
}  // namespace bitgate::compare
