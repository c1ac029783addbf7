#include "bitgate/reports/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "bitgate/tests/reports/sample_results.h"

namespace bitgate::reports {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

TEST(Csv, OneLineACaseUnderAHeaderOfAsManyColumns) {
  const std::vector<std::string> lines = lines_of(results_csv(sample::results()));
  ASSERT_EQ(lines.size(), 5u);
  for (const std::string& line : lines) EXPECT_EQ(sample::count_of(line, ","), sample::count_of(lines[0], ","));
  EXPECT_THAT(lines[0], StartsWith("case,recipe,type,distribution,log2_amplitude,rows,cols,seed,sqnr_db,"));
  EXPECT_THAT(lines[1], StartsWith("te/nvfp4/fp32/normal/16x64/s1,te/nvfp4,fp32,normal,0,16,64,1,21.375,0.1,"));
}

TEST(Csv, InfinitiesNanAndAmplitudes) {
  Results results = sample::results();
  results.rows[0].id.input.log2_amplitude = -4;
  results.rows[0].metrics.sqnr_db = sample::kInf;
  results.rows[0].metrics.nmse = sample::kNan;
  results.rows[0].metrics.max_error = -sample::kInf;
  EXPECT_THAT(lines_of(results_csv(results))[1],
              HasSubstr("normal@2^-4/16x64/s1,te/nvfp4,fp32,normal,-4,16,64,1,inf,nan,-inf,"));
}

TEST(Csv, SubjectsWithTheirOutcomesAreQuotedWhereNeeded) {
  Results results = sample::results();
  results.rows[0].subjects.push_back({"plugin:a,\"b\".so:k", compare::Outcome::kNotRun, "", {}});
  EXPECT_THAT(results_csv(results), HasSubstr(",\"cpu/te/nvfp4=equal;plugin:a,\"\"b\"\".so:k=not run\","));
}

TEST(Csv, PeersStandBesideOurs) {
  Results results = sample::results();
  results.rows[0].peers = {18.125, 0.5, 0.25};
  const std::vector<std::string> lines = lines_of(results_csv(results));
  EXPECT_THAT(lines[0], HasSubstr(",row_sqnr_db_median,torchao_db,ggml_nmse,ggml_rmse,rows_counted,"));
  EXPECT_THAT(lines[1], HasSubstr(",21.375,18.125,0.5,0.25,16,"));
}

}  // namespace
}  // namespace bitgate::reports
