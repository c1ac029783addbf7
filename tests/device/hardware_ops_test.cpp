#include <gtest/gtest.h>

#include <array>
#include <set>
#include <string>

#include "bitgate/device/hardware.h"
#include "bitgate/device/kernel.h"

namespace bitgate::device {
namespace {

TEST(HardwareOps, NamesAreUniqueAndFound) {
  std::set<std::string_view> names;
  for (const HardwareOpInfo& op : hardware_ops()) {
    EXPECT_TRUE(names.insert(op.name).second) << op.name;
    EXPECT_EQ(find_hardware_op(op.name), &op);
    EXPECT_TRUE(op.operands >= 1 && op.operands <= 3) << op.name;
  }
  EXPECT_EQ(find_hardware_op("sin.approx.f32"), nullptr);
}

TEST(HardwareOps, WithoutAGpuARunSaysWhy) {
  const auto why = why_no_gpu();
  if (!why) GTEST_SKIP() << "there is a GPU";
  try {
    const HardwareRun run;
    FAIL() << "it ran";
  } catch (const DeviceError& error) {
    EXPECT_EQ(error.what(), *why);
  }
}

TEST(HardwareOps, OnAGpuResultsComeInTheOrderOfTheirStarts) {
  if (const auto why = why_no_gpu()) GTEST_SKIP() << *why;
  HardwareRun run;
  const HardwareOpInfo& reciprocal = *find_hardware_op("rcp.rn.f32");
  const std::array<std::uint32_t, 2> words{0x40000000, 0x3F800000};
  run.start(reciprocal, std::array{HardwareOperand{words}}, 2);
  run.start(reciprocal, std::array{HardwareOperand{{}, 0x3F800000, 0x00800000}}, 3);
  EXPECT_THROW(run.start(reciprocal, std::array{HardwareOperand{}}, 1), DeviceError);
  const auto listed = run.finish();
  EXPECT_EQ(listed.size(), 2u);
  EXPECT_EQ(listed[0], 0x3F000000u);
  EXPECT_EQ(listed[1], 0x3F800000u);
  const auto counted = run.finish();
  EXPECT_EQ(counted.size(), 3u);
  EXPECT_EQ(counted[2], 0x3E800000u);
  EXPECT_THROW(run.finish(), DeviceError);
}

}  // namespace
}  // namespace bitgate::device
