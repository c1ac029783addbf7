// Shards joined. Whatever could make the whole differ from what one process finds is refused first.
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <tuple>

#include "bitgate/compare/recording.h"
#include "bitgate/reference/format/error.h"
#include "bitgate/reports/shard.h"

namespace bitgate::reports {
namespace {

using Shards = std::vector<ShardFile>;

[[noreturn]] void refuse(const ShardFile& shard, std::string_view why) {
  throw InputError(fmt::format("{}: {}", shard.file.string(), why));
}

const Shard& part(const ShardFile& shard) { return *shard.results.shard; }

void require_ours(const ShardFile& shard, const Provenance& here) {
  const Provenance& p = shard.results.provenance;
  if (p.version != here.version || p.commit != here.commit)
    refuse(shard, fmt::format("this shard is of bitgate {} ({}), this program is {} ({}): only shards of the same "
                              "commit can be merged",
                              p.version, p.commit, here.version, here.commit));
}

void require_same_sweep(const ShardFile& shard, const ShardFile& first) {
  const auto other = [&](std::string_view what) {
    refuse(shard, fmt::format("this shard is of another {} than {}", what, first.file.string()));
  };
  if (part(shard).sweep != part(first).sweep) other("sweep");
  if (part(shard).of != part(first).of) other("number of shards");
  if (part(shard).files != part(first).files) other("set of recordings or probe sets");
  if (shard.results.provenance.cuda_built != first.results.provenance.cuda_built) other("choice of CUDA in its build");
}

// By index, complete, each there once.
Shards in_order(Shards shards) {
  const std::int64_t of = part(shards.front()).of;
  std::map<std::int64_t, ShardFile> by_index;
  for (ShardFile& shard : shards) {
    const std::int64_t index = part(shard).index;
    const auto [at, is_new] = by_index.try_emplace(index, std::move(shard));
    if (!is_new)
      refuse(shard, fmt::format("shard {} of {} is there twice, also as {}", index, of, at->second.file.string()));
  }
  Shards ordered;
  for (auto& [index, shard] : by_index) {
    if (index != static_cast<std::int64_t>(ordered.size()) + 1) break;
    ordered.push_back(std::move(shard));
  }
  if (static_cast<std::int64_t>(ordered.size()) != of)
    throw InputError(
        fmt::format("shard {} of {} is missing: {} of {} were given", ordered.size() + 1, of, shards.size(), of));
  return ordered;
}

void require_distinct_cases(const Shards& shards) {
  std::map<std::string, const ShardFile*> owner;
  for (const ShardFile& shard : shards)
    for (const compare::Row& row : shard.results.rows)
      if (const auto [at, is_new] = owner.emplace(row.id.name(), &shard); !is_new)
        refuse(shard, fmt::format("case {} has a row already in {}", at->first, at->second->file.string()));
}

// The inverse of part_of: the k-th item of the shard of index i is the item k * shards + i - 1 of the whole.
template <class T>
std::vector<T> interleave(const Shards& shards, std::vector<T> Results::*list, std::string_view name) {
  std::size_t total = 0;
  for (const ShardFile& shard : shards) total += (shard.results.*list).size();
  std::vector<T> whole;
  whole.reserve(total);
  for (std::size_t i = 0; i < total; ++i) {
    const ShardFile& shard = shards[i % shards.size()];
    const std::vector<T>& items = shard.results.*list;
    if (i / shards.size() >= items.size())
      refuse(shard, fmt::format("it holds {} {}, expected more beside those of its fellows: all shards need the same "
                                "options",
                                items.size(), name));
    whole.push_back(items[i / shards.size()]);
  }
  return whole;
}

void require_the_sweep(const ShardFile& first, const Results& whole) {
  std::vector<std::string> names;
  for (const compare::Row& row : whole.rows) names.push_back(row.id.name());
  for (const compare::GemmRow& row : whole.gemm) names.push_back(row.id.name());
  for (const compare::UnitRow& row : whole.units) names.push_back(row.id.name());
  if (sweep_digest(whole.panels, names) != part(first).sweep)
    throw InputError(fmt::format("{} and its {} fellows: their rows are not the cases of their sweep, in its order",
                                 first.file.string(), part(first).of - 1));
}

// A shard without --parity has no table of pairs, and neither has one beyond the number of types.
void require_every_type(const ShardFile& first, const Results& whole) {
  const std::size_t types = std::size(kInputTypes);
  if (!whole.pairs.empty() && whole.pairs.size() != types)
    throw InputError(
        fmt::format("{} and its {} fellows: they hold {} tables of pairs, expected {}, one for each input "
                    "type: all shards need the same options",
                    first.file.string(), part(first).of - 1, whole.pairs.size(), types));
}

std::vector<RecipeFact> joined_facts(const Shards& shards, const std::vector<compare::Row>& rows) {
  std::vector<RecipeFact> facts;
  std::set<std::string> seen;
  for (std::size_t i = 0; i < rows.size(); ++i)
    if (seen.insert(rows[i].id.recipe).second)
      facts.push_back(*find_fact(shards[i % shards.size()].results, rows[i].id.recipe));
  return facts;
}

int weakness(const ShardFile& shard, const std::string& holding) {
  for (const compare::Holding known :
       {compare::Holding::kByMachineCode, compare::Holding::kBySource, compare::Holding::kStale})
    if (name_of(known) == holding) return static_cast<int>(known);
  refuse(shard, fmt::format("unknown holding \"{}\" of a recording", holding));
}

void join_recordings(const ShardFile& shard, std::vector<HeldRecording>& joined) {
  const std::vector<HeldRecording>& more = shard.results.provenance.recordings;
  if (more.size() != joined.size()) refuse(shard, "it names other recordings than the first shard");
  for (std::size_t i = 0; i < joined.size(); ++i) {
    HeldRecording& into = joined[i];
    const HeldRecording& from = more[i];
    if (std::tie(from.file, from.gpu, from.date, from.commit, from.driver) !=
        std::tie(into.file, into.gpu, into.date, into.commit, into.driver))
      refuse(shard, fmt::format("it describes recording {} otherwise than the first shard", from.file));
    if (weakness(shard, from.holding) > weakness(shard, into.holding)) into.holding = from.holding;
    if (from.cases > std::numeric_limits<std::int64_t>::max() - into.cases) refuse(shard, "it counts too many cases");
    into.cases += from.cases;
  }
}

std::string joined_names(const Shards& shards, std::string Provenance::*name) {
  std::vector<std::string> names;
  std::string text;
  for (const ShardFile& shard : shards) {
    const std::string& one = shard.results.provenance.*name;
    if (std::find(names.begin(), names.end(), one) != names.end()) continue;
    names.push_back(one);
    text += (text.empty() ? "" : " + ") + one;
  }
  return text;
}

Provenance joined_provenance(const Shards& shards) {
  Provenance joined = shards.front().results.provenance;
  joined.compiler = joined_names(shards, &Provenance::compiler);
  joined.cpu = joined_names(shards, &Provenance::cpu);
  for (auto shard = shards.begin() + 1; shard != shards.end(); ++shard) {
    joined.date_utc = std::min(joined.date_utc, shard->results.provenance.date_utc);
    join_recordings(*shard, joined.recordings);
  }
  return joined;
}

}  // namespace

Results merge_shards(std::vector<ShardFile> shards, const Provenance& here) {
  if (shards.empty()) throw InputError("no shard was given");
  for (const ShardFile& shard : shards) require_ours(shard, here);
  for (const ShardFile& shard : shards) require_same_sweep(shard, shards.front());
  shards = in_order(std::move(shards));
  require_distinct_cases(shards);
  Results whole;
  whole.provenance = joined_provenance(shards);
  whole.panels = shards.front().results.panels;
  whole.rows = interleave(shards, &Results::rows, "rows");
  whole.gemm = interleave(shards, &Results::gemm, "products");
  whole.units = interleave(shards, &Results::units, "products by matrix units");
  require_the_sweep(shards.front(), whole);
  whole.recipes = joined_facts(shards, whole.rows);
  whole.identify = interleave(shards, &Results::identify, "probe sets");
  whole.pairs = interleave(shards, &Results::pairs, "tables of pairs");
  require_every_type(shards.front(), whole);
  return whole;
}

}  // namespace bitgate::reports
