// As mma_oracle_test.cpp, over more dots of every row.
#include <gtest/gtest.h>
#include <tbb/parallel_for.h>

#include <cstdint>
#include <vector>

#include "bitgate/tests/support/mma_draws.h"

namespace bitgate::oracle {
namespace {

TEST(MmaOracleExhaustive, EveryRowAgreesWithExactArithmeticOver90000Dots) {
  const auto rows = reference::mma_instructions();
  std::vector<Differing> found(rows.size());
  tbb::parallel_for(std::size_t{0}, rows.size(),
                    [&](std::size_t row) { found[row] = differing(rows[row], rows[row], 5000 + row, 10000); });
  for (const Differing& each : found) EXPECT_EQ(each.count, 0) << each.story;
}

}  // namespace
}  // namespace bitgate::oracle
