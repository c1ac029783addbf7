#include "bitgate/reports/program/mutate_faults.h"

#include <fmt/format.h>
#include <oneapi/tbb/parallel_for.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "bitgate/compare/fault_run.h"
#include "bitgate/reference/format/error.h"
#include "bitgate/reports/program/command.h"
#include "bitgate/reports/program/subjects.h"

namespace bitgate::program {

namespace {

using compare::FaultFate;
using compare::FaultSight;
using compare::PeerSight;

// One of each kind: two scale levels, a global a row, a search, random words, a stored quotient, binary32
// scales, exponents as scales, values alone, sums.
constexpr const char* kDefaultRecipes[] = {"te/nvfp4",
                                           "te/nvfp4-row",
                                           "te/nvfp4-4over6-448-mae",
                                           "te/nvfp4-sr-soft-tuned",
                                           "te/fp8-block1x128-e4m3",
                                           "te/mxfp8-e4m3",
                                           "torchao/nvfp4-tensorwise",
                                           "torchao/mxfp4-floor",
                                           "torchao/mxfp8e4m3-floor",
                                           "torchao/mxfp8e4m3-rceil",
                                           "mx/mxfp4-even-py",
                                           "ggml/q8_1"};

constexpr const char* kAllRecipes = "all";

std::vector<std::string> chosen_recipes(const FaultOptions& options) {
  if (options.recipes == std::vector<std::string>{kAllRecipes}) {
    std::vector<std::string> names;
    for (const reference::Recipe& recipe : reference::catalog())
      if (runs(recipe)) names.emplace_back(recipe.identity.name);
    return names;
  }
  if (!options.recipes.empty()) return options.recipes;
  if (!options.subject.empty()) throw InputError("--subject needs --recipe, what it computes");
  return {std::begin(kDefaultRecipes), std::end(kDefaultRecipes)};
}

std::string list_of(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

// The recipes of a fault in which a peer's gate sees it.
std::string sight_of(const std::vector<const FaultSight*>& of_fault, std::size_t peer) {
  std::size_t sees = 0, judged = 0;
  for (const FaultSight* sight : of_fault) {
    sees += sight->peers[peer] == PeerSight::kSees ? 1 : 0;
    judged += sight->peers[peer] == PeerSight::kDoesNotApply ? 0 : 1;
  }
  if (judged == 0) return "-";
  return sees == judged ? "sees" : sees == 0 ? "passes" : fmt::format("sees {} of {}", sees, judged);
}

std::string our_sight(const std::vector<const FaultSight*>& of_fault) {
  std::size_t seen = 0;
  for (const FaultSight* sight : of_fault) seen += sight->fate == FaultFate::kSeen ? 1 : 0;
  return seen == of_fault.size() ? "sees" : fmt::format("sees {} of {}", seen, of_fault.size());
}

std::vector<std::vector<const FaultSight*>> by_fault(const std::vector<FaultSight>& all) {
  std::vector<std::vector<const FaultSight*>> groups;
  for (const compare::Fault& fault : compare::faults()) {
    std::vector<const FaultSight*> group;
    for (const FaultSight& sight : all)
      if (sight.fault == &fault && sight.fate != FaultFate::kNoEffect) group.push_back(&sight);
    if (!group.empty()) groups.push_back(std::move(group));
  }
  return groups;
}

void print_markdown(const std::vector<FaultSight>& all, const compare::SmallestFault& smallest) {
  fmt::print("| fault | told of in | bitgate |");
  for (const std::string_view peer : compare::kPeers) fmt::print(" {} |", peer);
  fmt::print("\n|---|---|---|");
  for (std::size_t peer = 0; peer < compare::kPeers.size(); ++peer) fmt::print("---|");
  fmt::print("\n");
  for (const auto& group : by_fault(all)) {
    const compare::Fault& fault = *group.front()->fault;
    fmt::print("| {} | {} | {} |", fault.sentence, fault.source, our_sight(group));
    for (std::size_t peer = 0; peer < compare::kPeers.size(); ++peer) fmt::print(" {} |", sight_of(group, peer));
    fmt::print("\n");
  }
  fmt::print("| one code of 2^24 is off by one step | | {} |", smallest.different == 1 ? "sees" : "passes");
  for (const PeerSight sight : smallest.peers) fmt::print(" {} |", name_of(sight));
  fmt::print("\n");
}

std::size_t count_of(const std::vector<FaultSight>& all, FaultFate fate) {
  return static_cast<std::size_t>(
      std::count_if(all.begin(), all.end(), [&](const FaultSight& sight) { return sight.fate == fate; }));
}

void print_text(const std::vector<FaultSight>& all, const compare::SmallestFault& smallest, std::size_t recipes) {
  for (const FaultSight& sight : all) {
    fmt::print("{} {}: {}: ", name_of(sight.fault->group), sight.fault->name, sight.recipe);
    switch (sight.fate) {
      case FaultFate::kSeen: fmt::print("{} entries differ with {}\n", sight.different, sight.by); break;
      case FaultFate::kNoEffect: fmt::print("no effect: {}\n", sight.by); break;
      case FaultFate::kNotSeen: fmt::print("NOT SEEN\n"); break;
      case FaultFate::kMisjudged: fmt::print("SAID TO HAVE NO EFFECT, and differs with {}\n", sight.by); break;
    }
  }
  fmt::print("one code of {}: {}\n", smallest.codes, smallest.first);
  fmt::print("{} faults, {} recipes: of {} pairs {} are seen, {} have no effect, {} are not seen\n",
             compare::faults().size(), recipes, all.size(), count_of(all, FaultFate::kSeen),
             count_of(all, FaultFate::kNoEffect),
             count_of(all, FaultFate::kNotSeen) + count_of(all, FaultFate::kMisjudged));
}

nlohmann::ordered_json peers_json(const compare::PeerSights& peers) {
  nlohmann::ordered_json json;
  for (std::size_t peer = 0; peer < peers.size(); ++peer)
    json[std::string(compare::kPeers[peer])] = name_of(peers[peer]);
  return json;
}

void print_json(const std::vector<FaultSight>& all, const compare::SmallestFault& smallest) {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const FaultSight& sight : all)
    rows.push_back({{"fault", sight.fault->name},
                    {"group", name_of(sight.fault->group)},
                    {"source", sight.fault->source},
                    {"recipe", sight.recipe},
                    {"fate", name_of(sight.fate)},
                    {"by", sight.by},
                    {"different", sight.different},
                    {"peers", peers_json(sight.peers)}});
  const nlohmann::ordered_json result{
      {"faults", std::move(rows)},
      {"smallest",
       {{"codes", smallest.codes}, {"different", smallest.different}, {"peers", peers_json(smallest.peers)}}}};
  fmt::print("{}\n", result.dump(2));
}

}  // namespace

int run_faults(const FaultOptions& options) {
  const std::vector<std::string> names = chosen_recipes(options);
  if (!options.subject.empty() && names.size() != 1)
    throw InputError(fmt::format("--subject computes one recipe, not {}", list_of(names)));
  std::vector<std::vector<FaultSight>> of_recipes(names.size());
  oneapi::tbb::parallel_for(std::size_t{0}, names.size(), [&](std::size_t i) {
    const reference::Recipe& recipe = reference::require_recipe(names[i]);
    const std::string subject = options.subject.empty() ? "cpu/" + names[i] : options.subject;
    of_recipes[i] = compare::inject_faults(recipe, subject_by_name(subject));
  });
  std::vector<FaultSight> all;
  for (const auto& some : of_recipes) all.insert(all.end(), some.begin(), some.end());
  const compare::SmallestFault smallest = compare::smallest_fault(reference::require_recipe(names.front()));
  if (options.json)
    print_json(all, smallest);
  else if (options.markdown)
    print_markdown(all, smallest);
  else
    print_text(all, smallest, names.size());
  const std::size_t unseen = count_of(all, FaultFate::kNotSeen) + count_of(all, FaultFate::kMisjudged);
  return unseen != 0 || smallest.different != 1 ? kDifference : kPass;
}

}  // namespace bitgate::program
