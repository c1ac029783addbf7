// Sweeps in parts: which cases a shard runs, and shards joined into what one process would have found.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "bitgate/reports/results.h"

namespace bitgate::reports {

// "2/3": the second of three, counted from 1. Throws InputError for anything else. The digests are the caller's to add.
Shard parse_shard(std::string_view text);

// A shard by the environment of GoogleTest (GTEST_SHARD_INDEX, GTEST_TOTAL_SHARDS), Open MPI (OMPI_COMM_WORLD_RANK,
// _SIZE) or Slurm (SLURM_PROCID, SLURM_NTASKS), the first whose size is set; all of them count from 0. `get` is getenv.
// Throws InputError when none is set, or one is not a number in range.
using GetEnvironment = std::function<const char*(const char*)>;
Shard shard_from_environment(const GetEnvironment& get);

// What a shard has of a list: every `of`-th item from the `index`-th on.
template <class T>
std::vector<T> part_of(const std::vector<T>& whole, const Shard& shard) {
  std::vector<T> part;
  for (auto i = static_cast<std::size_t>(shard.index - 1); i < whole.size(); i += static_cast<std::size_t>(shard.of))
    part.push_back(whole[i]);
  return part;
}

// SHA-256, in hexadecimal, of the panels and the names of the cases (and, after them, of the products); and of the
// bytes of files, in their order.
std::string sweep_digest(const std::vector<compare::Panel>& panels, const std::vector<std::string>& case_names);
std::string sweep_digest(const std::vector<compare::Panel>& panels, const std::vector<compare::Case>& cases);
std::string files_digest(const std::vector<std::filesystem::path>& files);

struct ShardFile {
  std::filesystem::path file;
  Results results;  // with a shard
};

// What one process would have found, `shards` in any order. Compiler and CPU that differ are all named, in shard order;
// the date is the earliest; a recording holds as its weakest part does. Throws InputError, naming the files, for a
// shard of another version or commit than `here`, of another sweep, other recordings or probe sets, or another choice
// of CUDA; for a shard given twice or missing, a case with rows in two of them, and rows that are not those of a shard.
Results merge_shards(std::vector<ShardFile> shards, const Provenance& here);

}  // namespace bitgate::reports
