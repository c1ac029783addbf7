// Shards: who runs what, and that what is joined is what one process would have found, or refused.
#include "bitgate/reports/shard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "bitgate/reports/json.h"
#include "bitgate/tests/reports/sample_results.h"
#include "bitgate/tests/support/temporary_directory.h"

namespace bitgate::reports {
namespace {

using compare::refusal;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string text_of(const Shard& shard) { return std::to_string(shard.index) + "/" + std::to_string(shard.of); }

Shard from(const std::map<std::string, std::string>& environment) {
  return shard_from_environment([&](const char* name) {
    const auto at = environment.find(name);
    return at == environment.end() ? nullptr : at->second.c_str();
  });
}

Results whole_results() {
  Results whole = sample::results();
  whole.rows.push_back(sample::row_of(sample::case_of("ggml/q8_1", "uniform")));
  sample::make_different(whole.rows[1]);
  for (const char* name : {"first", "second", "third", "fourth"}) {
    whole.identify.push_back(sample::identify_set());
    whole.identify.back().name = name;
  }
  return whole;
}

// What `report --shard index/of` finds of `whole`.
ShardFile shard_of(const Results& whole, std::int64_t index, std::int64_t of) {
  std::vector<compare::Case> cases;
  for (const compare::Row& row : whole.rows) cases.push_back(row.id);
  ShardFile shard{"shard" + std::to_string(index), whole};
  Results& r = shard.results;
  r.shard = Shard{index, of, sweep_digest(whole.panels, cases), "files"};
  r.rows = part_of(whole.rows, *r.shard);
  r.identify = part_of(whole.identify, *r.shard);
  r.recipes.clear();
  for (const RecipeFact& fact : whole.recipes)
    if (std::any_of(r.rows.begin(), r.rows.end(), [&](const auto& row) { return row.id.recipe == fact.name; }))
      r.recipes.push_back(fact);
  r.provenance.recordings[0].cases = index;
  return shard;
}

std::vector<ShardFile> shards_of(const Results& whole, std::int64_t of) {
  std::vector<ShardFile> shards;
  for (std::int64_t index = 1; index <= of; ++index) shards.push_back(shard_of(whole, index, of));
  return shards;
}

class Merge : public testing::Test {
 protected:
  std::string refused(const std::vector<ShardFile>& shards) {
    return refusal([&] { merge_shards(shards, whole_.provenance); });
  }
  Results whole_ = whole_results();
  std::vector<ShardFile> shards_ = shards_of(whole_, 3);
};

TEST(Shards, AreCountedFromOne) {
  EXPECT_EQ(text_of(parse_shard("1/1")), "1/1");
  EXPECT_EQ(text_of(parse_shard("3/3")), "3/3");
  for (const char* bad : {"", "1", "0/3", "4/3", "-1/3", "1/0", "1/3x", "a/3", "1/", "/3", "1/2/3", "1/9999999999"})
    EXPECT_THAT(refusal([&] { parse_shard(bad); }), HasSubstr("I/N expected")) << bad;
}

TEST(Shards, FollowTheEnvironmentOfEachLauncher) {
  EXPECT_EQ(text_of(from({{"GTEST_TOTAL_SHARDS", "4"}, {"GTEST_SHARD_INDEX", "0"}})), "1/4");
  EXPECT_EQ(text_of(from({{"SLURM_NTASKS", "8"}, {"SLURM_PROCID", "7"}})), "8/8");
  EXPECT_EQ(text_of(from({{"SLURM_NTASKS", "1"},
                          {"SLURM_PROCID", "0"},
                          {"OMPI_COMM_WORLD_SIZE", "2"},
                          {"OMPI_COMM_WORLD_RANK", "1"}})),
            "2/2");
}

TEST(Shards, WithoutALauncherOrWithABrokenOneAreRefused) {
  EXPECT_THAT(refusal([] { from({}); }), HasSubstr("none of GTEST_TOTAL_SHARDS"));
  EXPECT_THAT(refusal([] { from({{"SLURM_NTASKS", "2"}}); }), HasSubstr("SLURM_PROCID=''"));
  EXPECT_THAT(refusal([] { from({{"SLURM_NTASKS", "2"}, {"SLURM_PROCID", "2"}}); }), HasSubstr("name no shard"));
}

TEST(Shards, TakeEveryNthItem) {
  const std::vector<int> whole{0, 1, 2, 3, 4, 5, 6};
  EXPECT_THAT(part_of(whole, parse_shard("1/3")), ElementsAre(0, 3, 6));
  EXPECT_THAT(part_of(whole, parse_shard("3/3")), ElementsAre(2, 5));
  EXPECT_TRUE(part_of(whole, parse_shard("8/9")).empty());
}

TEST(Shards, AreNeverReadAsWholeResultsNorTheOtherWayRound) {
  const sample::Folder folder;
  const ShardFile shard = shard_of(whole_results(), 2, 3);
  write_results(folder / "shard.json", shard.results);
  write_results(folder / "whole.json", whole_results());
  EXPECT_EQ(results_text(read_shard(folder / "shard.json")), results_text(shard.results));
  EXPECT_THAT(refusal([&] { read_results(folder / "shard.json"); }), HasSubstr("this is shard 2 of 3"));
  EXPECT_THAT(refusal([&] { read_shard(folder / "whole.json"); }), HasSubstr("not a shard"));
}

TEST(Shards, FilesDigestFollowsBytesAndOrder) {
  const sample::Folder folder;
  for (const auto& [name, text] : {std::pair("a", "1"), std::pair("b", "2")}) {
    std::FILE* file = std::fopen((folder / name).c_str(), "w");
    std::fputs(text, file);
    std::fclose(file);
  }
  const std::string digest = files_digest({folder / "a", folder / "b"});
  EXPECT_EQ(digest, files_digest({folder / "a", folder / "b"}));
  EXPECT_NE(digest, files_digest({folder / "b", folder / "a"}));
  EXPECT_NE(digest, files_digest({folder / "a"}));
}

TEST_F(Merge, GivesTheWholeInAnyOrderAndNumberOfShards) {
  for (const std::int64_t of : {1, 2, 3, 5, 9}) {
    std::vector<ShardFile> shards = shards_of(whole_, of);
    std::rotate(shards.begin(), shards.begin() + of / 2, shards.end());
    Results merged = merge_shards(shards, whole_.provenance);
    EXPECT_EQ(merged.provenance.recordings[0].cases, of * (of + 1) / 2);
    merged.provenance.recordings = whole_.provenance.recordings;
    EXPECT_EQ(results_text(merged), results_text(whole_)) << of;
  }
}

TEST_F(Merge, TakesTheEarliestDateEveryMachineAndTheWeakestHolding) {
  shards_[1].results.provenance.date_utc = "2024-12-31T23:59:59Z";
  shards_[2].results.provenance.cpu = "Another CPU";
  shards_[2].results.provenance.recordings[0].holding = "stale";
  const Provenance p = merge_shards(shards_, whole_.provenance).provenance;
  EXPECT_EQ(p.date_utc, "2024-12-31T23:59:59Z");
  EXPECT_EQ(p.cpu, "A CPU <with> & signs + Another CPU");
  EXPECT_EQ(p.compiler, whole_.provenance.compiler);
  EXPECT_EQ(p.recordings[0].holding, "stale");
}

TEST_F(Merge, RefusesAShardOfAnotherCommitOrVersion) {
  shards_[1].results.provenance.commit = "beef";
  EXPECT_THAT(refused(shards_), AllOf(HasSubstr("shard2"), HasSubstr("beef"), HasSubstr("same commit")));
  shards_ = shards_of(whole_, 3);
  for (ShardFile& shard : shards_) shard.results.provenance.version = "0.0.1";
  EXPECT_THAT(refused(shards_), AllOf(HasSubstr("shard1"), HasSubstr("0.0.1")));
}

TEST_F(Merge, RefusesAnotherSweepOtherFilesAndAnotherBuild) {
  const auto changed = [&](const auto& change) {
    std::vector<ShardFile> shards = shards_;
    change(shards[2].results);
    return refused(shards);
  };
  EXPECT_THAT(changed([](Results& r) { r.shard->sweep = "x"; }), HasSubstr("shard3: this shard is of another sweep"));
  EXPECT_THAT(changed([](Results& r) { r.shard->of = 4; }), HasSubstr("another number of shards"));
  EXPECT_THAT(changed([](Results& r) { r.shard->files = "x"; }), HasSubstr("another set of recordings"));
  EXPECT_THAT(changed([](Results& r) { r.provenance.cuda_built = false; }), HasSubstr("another choice of CUDA"));
  EXPECT_THAT(changed([](Results& r) { r.provenance.recordings.clear(); }), HasSubstr("other recordings"));
}

TEST_F(Merge, RefusesAShardMissingOrGivenTwice) {
  EXPECT_THAT(refused({shards_[0], shards_[2]}), HasSubstr("shard 2 of 3 is missing: 2 of 3 were given"));
  EXPECT_THAT(refused({shards_[1], shards_[2]}), HasSubstr("shard 1 of 3 is missing"));
  ShardFile again = shards_[1];
  again.file = "again";
  EXPECT_THAT(refused({shards_[0], shards_[1], again, shards_[2]}),
              HasSubstr("again: shard 2 of 3 is there twice, also as shard2"));
}

TEST_F(Merge, RefusesTablesOfPairsThatSomeShardsDidNotMake) {
  for (std::size_t i = 0; i < shards_.size(); ++i) shards_[i].results.pairs.resize(i < 2 ? 1 : 0);
  EXPECT_THAT(refused(shards_), AllOf(HasSubstr("they hold 2 tables of pairs, expected 3"), HasSubstr("same options")));
  shards_[2].results.pairs.resize(1);
  EXPECT_EQ(merge_shards(shards_, whole_.provenance).pairs.size(), 3u);
  shards_[0].results.pairs.clear();
  EXPECT_THAT(refused(shards_), HasSubstr("shard1: it holds 0 tables of pairs, expected more"));
}

TEST_F(Merge, RefusesACaseWithRowsInTwoShards) {
  shards_[2].results.rows[0] = shards_[0].results.rows[1];
  EXPECT_THAT(refused(shards_), AllOf(HasSubstr("shard3"), HasSubstr("has a row already in shard1"),
                                      HasSubstr(shards_[0].results.rows[1].id.name())));
}

TEST_F(Merge, RefusesRowsThatAreNotThoseOfTheShard) {
  std::vector<ShardFile> shorter = shards_;
  shorter[1].results.rows.pop_back();
  EXPECT_THAT(refused(shorter), HasSubstr("not the cases of their sweep"));
  std::vector<ShardFile> swapped = shards_;
  std::swap(swapped[0].results.rows[0], swapped[0].results.rows[1]);
  EXPECT_THAT(refused(swapped), HasSubstr("not the cases of their sweep"));
  std::vector<ShardFile> uneven = shards_;
  uneven[1].results.rows.clear();
  EXPECT_THAT(refused(uneven), HasSubstr("shard2: it holds 0 rows, expected more"));
}

}  // namespace
}  // namespace bitgate::reports
