// The matrix instructions that a GPU is asked: names, digests, and what happens without one.
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "bitgate/device/kernel.h"
#include "bitgate/device/mma.h"
#include "bitgate/device/support/embedded.h"

namespace bitgate::device {
namespace {

constexpr std::size_t kSide = kMmaTile * kMmaWords, kResults = kMmaTile * kMmaTile;

// One tile of words for A, B and C, each the same everywhere.
struct Tile {
  std::vector<std::uint32_t> a, b, c, flags;
  Tile(std::uint32_t of_a, std::uint32_t of_b, std::uint32_t of_c, std::uint32_t flag = 0)
      : a(kSide, of_a), b(kSide, of_b), c(kResults, of_c), flags{flag} {}
  MmaTiles tiles() const { return {a, b, c, flags}; }
};

TEST(MmaOps, NamesAreUniqueAndFound) {
  std::set<std::string_view> names;
  for (const MmaOpInfo& op : mma_ops()) {
    EXPECT_TRUE(names.insert(op.name).second) << op.name;
    EXPECT_EQ(find_mma_op(op.name), &op);
    EXPECT_EQ(op.needs_sm_90a, op.name.starts_with("wgmma")) << op.name;
    EXPECT_NE(op.name.find("k" + std::to_string(op.k) + "."), std::string_view::npos) << op.name;
  }
  EXPECT_EQ(find_mma_op("mma.sync.m8n8k4.f32.f16.f16.f32"), nullptr);
}

TEST(MmaOps, KernelsHaveSourceDigestsAndCodeDigestsWhereTheyAreBuilt) {
  const MmaOpInfo &sync = mma_ops().front(), &group = mma_ops().back();
  EXPECT_EQ(mma_source_digest(sync).size(), 64u);
  EXPECT_NE(mma_source_digest(sync), mma_source_digest(group));
  EXPECT_EQ(mma_code_digest(sync, "sm_61"), std::nullopt);
  for (const Architecture& architecture : architectures()) {
    const bool built = !embedded_cubin("mma_sync", architecture.name).empty();
    for (const MmaOpInfo* op : {&sync, &group})
      EXPECT_EQ(mma_code_digest(*op, architecture.name).has_value(), built) << op->name << ' ' << architecture.name;
    if (!built) continue;
    EXPECT_NE(mma_code_digest(sync, architecture.name), mma_code_digest(group, architecture.name)) << architecture.name;
  }
}

TEST(MmaOps, WithoutAGpuARunSaysWhy) {
  const auto why = why_no_gpu();
  if (!why) GTEST_SKIP() << "there is a GPU";
  try {
    const MmaRun run;
    FAIL() << "it ran";
  } catch (const DeviceError& error) {
    EXPECT_EQ(error.what(), *why);
  }
}

TEST(MmaOps, OnAGpuResultsComeInTheOrderOfTheirStarts) {
  if (const auto why = why_no_gpu()) GTEST_SKIP() << *why;
  MmaRun run;
  const MmaOpInfo& op = *find_mma_op("mma.sync.m16n8k16.f32.f16.f16.f32");
  const Tile ones(0x3C003C00, 0x3C003C00, 0x3F800000), twos(0x40004000, 0x3C003C00, 0);
  run.start(op, ones.tiles());
  run.start(op, twos.tiles());
  EXPECT_THROW(run.start(op, ones.tiles()), DeviceError);
  const auto first = run.finish();
  EXPECT_EQ(std::vector(first.begin(), first.end()), std::vector<std::uint32_t>(kResults, 0x41880000));  // 17
  const auto second = run.finish();
  EXPECT_EQ(std::vector(second.begin(), second.end()), std::vector<std::uint32_t>(kResults, 0x42000000));  // 32
  EXPECT_THROW(run.finish(), DeviceError);
}

TEST(MmaOps, OnAGpuWordsThatAreNoTilesAreRefused) {
  if (const auto why = why_no_gpu()) GTEST_SKIP() << *why;
  MmaRun run;
  Tile tile(0, 0, 0);
  tile.c.pop_back();
  EXPECT_THROW(run.start(mma_ops().front(), tile.tiles()), DeviceError);
}

}  // namespace
}  // namespace bitgate::device
