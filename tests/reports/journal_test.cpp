// The journal: what was finished is not run again, what a kill tore is, and nothing of another run is taken over.
#include "bitgate/reports/journal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <iterator>
#include <optional>

#include "bitgate/reports/json.h"
#include "bitgate/tests/reports/sample_results.h"
#include "bitgate/tests/support/temporary_directory.h"

namespace bitgate::reports {
namespace {

using compare::refusal;
using ::testing::AllOf;
using ::testing::HasSubstr;
using Start = Journal::Start;

const JournalKey kKey{"1.2.3", "0123abc", "a sweep", "a GPU"};

class Journals : public testing::Test {
 protected:
  std::filesystem::path directory() const { return folder_ / "out"; }
  std::filesystem::path file() const { return directory() / kJournalName; }
  std::string text() const {
    std::ifstream in(file(), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void write(const std::string& text) const { std::ofstream(file(), std::ios::binary) << text; }
  // Rows of a journal that is opened to resume.
  std::vector<std::string> found(const JournalKey& key = kKey) const {
    std::vector<std::string> rows;
    const Journal journal(directory(), key, Start::kResume);
    for (const compare::Row& row : journal.found()) rows.push_back(row_text(row));
    return rows;
  }
  std::vector<std::string> expected(std::size_t count) const {
    std::vector<std::string> rows;
    for (std::size_t i = 0; i < count; ++i) rows.push_back(row_text(rows_[i]));
    return rows;
  }
  void begin(std::size_t count) const {
    Journal(directory(), kKey, Start::kAnew).append(std::span(rows_).first(count));
  }

  sample::Folder folder_;
  std::vector<compare::Row> rows_ = sample::results().rows;
};

TEST_F(Journals, GiveBackWhatWasAppended) {
  sample::make_different(rows_[1]);
  sample::make_not_run(rows_[2], "no GPU: \"none\"\n");
  rows_[3].metrics.sqnr_db = -sample::kInf;
  begin(2);
  Journal(directory(), kKey, Start::kResume).append(std::span(rows_).subspan(2));
  EXPECT_EQ(found(), expected(4));
}

TEST_F(Journals, BegunAnewForgetWhatTheyHeld) {
  begin(4);
  begin(1);
  EXPECT_EQ(found(), expected(1));
}

TEST_F(Journals, OfNothingStartAnew) {
  EXPECT_TRUE(found().empty());
  EXPECT_THAT(text(), HasSubstr("bitgate-journal"));
}

TEST_F(Journals, CutAnywhereKeepEveryWholeLineAndGoOn) {
  begin(2);
  const std::string whole = text();
  for (std::size_t size = 0; size <= whole.size(); size += 7) {
    write(whole.substr(0, size));
    const auto lines = std::count(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size), '\n');
    const auto kept = static_cast<std::size_t>(std::max<std::ptrdiff_t>(lines - 1, 0));
    EXPECT_EQ(found(), expected(kept)) << size;
    Journal(directory(), kKey, Start::kResume).append(std::span(rows_).subspan(kept, 2 - kept));
    EXPECT_EQ(text(), whole) << size;
  }
}

TEST_F(Journals, OfAnotherCommitSweepOrMachineAreRefusedAndLeftAlone) {
  begin(2);
  const std::string before = text();
  const auto refused = [&](auto change) {
    JournalKey key = kKey;
    change(key);
    return refusal([&] { found(key); });
  };
  EXPECT_THAT(refused([](JournalKey& k) { k.commit = "beef"; }),
              AllOf(HasSubstr(file().string()), HasSubstr("0123abc"), HasSubstr("beef")));
  EXPECT_THAT(refused([](JournalKey& k) { k.version = "2"; }), HasSubstr("this program is 2"));
  EXPECT_THAT(refused([](JournalKey& k) { k.sweep = "x"; }), HasSubstr("of another sweep"));
  EXPECT_THAT(refused([](JournalKey& k) { k.subjects = "no GPU"; }), HasSubstr("other subjects"));
  EXPECT_EQ(text(), before);
}

TEST_F(Journals, DamagedInTheMiddleAreRefusedWithTheLine) {
  begin(3);
  const std::string before = text();
  const std::size_t second = before.find('\n') + 1;
  write(before.substr(0, second) + "{\"case\n" + before.substr(second));
  EXPECT_THAT(refusal([&] { found(); }), HasSubstr("line 2 is not JSON"));
  write(before.substr(0, second) + "{}\n");
  EXPECT_THAT(refusal([&] { found(); }), HasSubstr("line 2: /: no \"case\""));
  write("{\"schema\": 1}\n");
  EXPECT_THAT(refusal([&] { found(); }), HasSubstr("line 1"));
  std::string newer = before;
  newer.replace(newer.find("\"version\":1"), 11, "\"version\":2");
  write(newer);
  EXPECT_THAT(refusal([&] { found(); }), HasSubstr("/journal/version"));
}

TEST_F(Journals, AreHeldByOneProcessAtATime) {
  const Journal first(directory(), kKey, Start::kAnew);
  EXPECT_THAT(refusal([&] { begin(1); }), HasSubstr("another process is writing this report"));
}

// A sweep of real cases whose subject counts its calls and, from a given call on, breaks the run off.
class JournaledSweep : public Journals {
 protected:
  struct Interrupted {};

  std::vector<compare::Row> run(Start start) {
    Journal journal(directory(), kKey, start);
    return run_journaled(cases_, {{"cpu", [this](const std::string&) { return subject(); }}}, journal,
                         [this](std::size_t done) {
                           if (done > stop_at_) throw Interrupted{};
                           last_progress_ = done;
                         });
  }
  compare::Subject subject() {
    return [this](const Request&) -> QuantizedTensor {
      ++calls_;
      throw compare::NotRun("none here");
    };
  }
  static std::string lines(const std::vector<compare::Row>& rows) {
    std::string text;
    for (const compare::Row& row : rows) text += row_text(row) + "\n";
    return text;
  }

  std::vector<compare::Case> cases_ = compare::expand(
      {{"p", {"te/nvfp4", "torchao/mxfp8e4m3-floor"}, {InputType::kF32}, {{"normal"}, {"gelu"}}, {4, 32}, 4, 20}});
  std::size_t stop_at_ = 1000, last_progress_ = 0;
  std::atomic<std::size_t> calls_ = 0;
};

TEST_F(JournaledSweep, FindsWhatASweepFindsInCaseOrder) {
  const std::vector<compare::Row> rows = run(Start::kAnew);
  EXPECT_EQ(lines(rows),
            lines(compare::run_sweep(cases_, {{"cpu", [this](const std::string&) { return subject(); }}}, {})));
  EXPECT_EQ(last_progress_, 80u);
}

TEST_F(JournaledSweep, RunsNoFinishedCaseAgain) {
  stop_at_ = 50;  // chunks are 16, 32 and the rest: the third breaks off
  EXPECT_THROW(run(Start::kAnew), Interrupted);
  EXPECT_EQ(found().size(), 48u);
  stop_at_ = 1000;
  calls_ = 0;
  const std::vector<compare::Row> rows = run(Start::kResume);
  EXPECT_EQ(calls_, 32u);
  EXPECT_EQ(lines(rows), lines(run(Start::kAnew)));
}

TEST_F(JournaledSweep, RefusesRowsOfNoCaseAndRowsTwice) {
  begin(1);
  EXPECT_THAT(refusal([&] { run(Start::kResume); }), HasSubstr("is not of this sweep"));
  const std::vector<compare::Row> rows = run(Start::kAnew);
  Journal(directory(), kKey, Start::kResume).append(std::span(rows).first(1));
  EXPECT_THAT(refusal([&] { run(Start::kResume); }), HasSubstr("has a row already"));
}

}  // namespace
}  // namespace bitgate::reports
