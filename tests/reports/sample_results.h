// Results made by hand, for tests of what is written from them: two recipes, two inputs, every kind of outcome on
// demand.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <limits>
#include <string>

#include "bitgate/reports/results.h"

namespace bitgate::reports::sample {

inline constexpr double kInf = std::numeric_limits<double>::infinity();
inline constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

inline compare::Case case_of(const std::string& recipe, const std::string& law, int log2_amplitude = 0) {
  return {recipe, InputType::kF32, {law, log2_amplitude}, {16, 64}, 1};
}

// Equal in its one subject, with digests and a finite SQNR.
inline compare::Row row_of(const compare::Case& id, double sqnr_db = 20.5) {
  compare::Row row;
  row.id = id;
  row.subjects.push_back({"cpu/" + id.recipe, compare::Outcome::kEqual, "", {}});
  row.subjects[0].tally[static_cast<std::size_t>(compare::Field::kElement)] = {1024, 0};
  row.metrics.sums.signal = 1000;
  row.metrics.sums.noise = 8.9125;
  row.metrics.sums.elements = 1024;
  row.metrics.sqnr_db = sqnr_db;
  row.metrics.nmse = 0.1;
  row.metrics.row_sqnr_db = {sqnr_db - 1, sqnr_db - 1, sqnr_db};
  row.metrics.rows_counted = 16;
  row.digests.codes = std::string(64, 'a');
  row.digests.scales = std::string(64, 'b');
  return row;
}

inline compare::SubjectResult& subject_of(compare::Row& row) { return row.subjects[0]; }

inline void make_different(compare::Row& row) {
  subject_of(row).outcome = compare::Outcome::kDifferent;
  subject_of(row).note = "3 of 1024 elements differ; first (4, 17): expected 0x5 = 3, got 0x6 = 4";
  subject_of(row).tally[static_cast<std::size_t>(compare::Field::kElement)] = {1024, 3};
}

inline void make_not_run(compare::Row& row, const std::string& why) {
  subject_of(row).outcome = compare::Outcome::kNotRun;
  subject_of(row).note = why;
  subject_of(row).tally = {};
}

inline Results results() {
  Results r;
  r.provenance = {"1.2.3", "0123abc", "g++ 12.2.0", "A CPU <with> & signs", "2025-01-31T12:00:00Z", true, {}};
  r.provenance.recordings.push_back({"h100.json", "NVIDIA H100", "2025-01-30", "fedcba9", "by source", 4});
  r.panels.push_back({"distribution", {}, {InputType::kF32}, {{"normal", 0}, {"gelu", 0}}, {16, 64}, 1});
  r.recipes = {{"te/nvfp4", "captured", "a source"}, {"ggml/q8_1", "captured", "another, \"quoted\""}};
  double sqnr_db = 20.25;
  for (const RecipeFact& fact : r.recipes)
    for (const char* law : {"normal", "gelu"}) r.rows.push_back(row_of(case_of(fact.name, law), sqnr_db += 1.125));
  return r;
}

// Three recipes; b and c are listed as equal row-wise, and each is named with its equal.
inline IdentifySet identify_set() {
  IdentifySet set{"nvfp4-bf16", "nvfp4", InputType::kBf16, {}, {{"te/b", "te/c", Direction::kRowwise}}};
  set.rows = {{"te/a", Direction::kRowwise, {"te/a"}},
              {"te/a", Direction::kColumnwise, {"te/a"}},
              {"te/b", Direction::kRowwise, {"te/b", "te/c"}},
              {"te/b", Direction::kColumnwise, {"te/b"}},
              {"te/c", Direction::kRowwise, {"te/b", "te/c"}}};
  return set;
}

// A folder of a test's own, gone when the test ends.
class Folder {
 public:
  Folder() : path_(std::filesystem::path(::testing::TempDir()) / ("bitgate-" + name())) {
    std::filesystem::remove_all(path_);
    std::filesystem::create_directories(path_);
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::permissions(path_, std::filesystem::perms::owner_all, ignored);
    std::filesystem::remove_all(path_, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::filesystem::path operator/(const std::string& entry) const { return path_ / entry; }
  const std::filesystem::path& path() const { return path_; }
  bool empty() const { return std::filesystem::is_empty(path_); }

 private:
  static std::string name() {
    const ::testing::TestInfo* test = ::testing::UnitTest::GetInstance()->current_test_info();
    return std::string(test->test_suite_name()) + "-" + test->name();
  }
  std::filesystem::path path_;
};

inline std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t count = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++count;
  return count;
}

}  // namespace bitgate::reports::sample
