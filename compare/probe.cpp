#include "bitgate/compare/probe.h"

#include <fmt/format.h>
#include <oneapi/tbb/parallel_for.h>

#include <algorithm>
#include <array>
#include <limits>
#include <numeric>
#include <optional>

#include "bitgate/compare/choices.h"
#include "bitgate/compare/digest.h"
#include "bitgate/compare/separator.h"
#include "bitgate/reference/format/error.h"

namespace bitgate::compare {
namespace {

using reference::Recipe;

constexpr std::uint64_t kLoneLineSeeds = 20000;
constexpr std::array<Direction, 2> kDirections{Direction::kRowwise, Direction::kColumnwise};

bool makes(const Recipe& recipe, Direction direction, InputType type) noexcept {
  return common_direction({&recipe}, type).has_value() &&
         (direction == Direction::kRowwise ? recipe.accepts.directions.rowwise
                                           : recipe.accepts.directions.columnwise &&
                                                 (type == InputType::kBf16 || !recipe.accepts.bf16_only_columnwise));
}

// At least 16 x 128, and a whole number of blocks for every recipe in every direction it makes.
Extent probe_extent(const RecipeList& recipes, InputType type) noexcept {
  Extent unit{16, 128};
  for (const Recipe* recipe : recipes)
    for (const Direction direction : kDirections) {
      if (!makes(*recipe, direction, type)) continue;
      const Extent own = common_extent({recipe}, direction);
      unit.rows = std::lcm(unit.rows, own.rows);
      unit.cols = std::lcm(unit.cols, own.cols);
    }
  return unit;
}

// What a recipe gives in a direction; none: it refuses, or does not make it. The kind of global number counts as bytes.
struct Signature {
  Digests digests;
  GlobalNumber global_number;
  friend bool operator==(const Signature&, const Signature&) = default;
};
using Signatures = std::vector<std::array<std::optional<Signature>, 2>>;  // by recipe, direction

Signatures signatures_of(const RecipeList& recipes, const TypedTensor& input) {
  Signatures all(recipes.size());
  oneapi::tbb::parallel_for(std::size_t{0}, recipes.size(), [&](std::size_t i) {
    for (std::size_t d = 0; d < kDirections.size(); ++d) {
      if (!makes(*recipes[i], kDirections[d], input.type)) continue;
      try {
        const QuantizedTensor answer = ask(*recipes[i], input.view(), kDirections[d]);
        all[i][d] = Signature{digest(answer), answer.global_number};
      } catch (const InputError&) {
        // Refused: this input tells nothing about the recipe.
      }
    }
  });
  return all;
}

// Two recipes in a direction that both make.
struct Pair {
  std::size_t a, b, direction;
};

bool tells_apart(const Signatures& signatures, const Pair& pair) noexcept {
  const auto& a = signatures[pair.a][pair.direction];
  const auto& b = signatures[pair.b][pair.direction];
  return a && b && !(*a == *b);
}

class Search {
 public:
  Search(RecipeList recipes, InputType type)
      : recipes_(std::move(recipes)), type_(type), extent_(probe_extent(recipes_, type)) {
    for (std::size_t a = 0; a < recipes_.size(); ++a)
      for (std::size_t b = a + 1; b < recipes_.size(); ++b)
        for (std::size_t d = 0; d < kDirections.size(); ++d)
          if (makes(*recipes_[a], kDirections[d], type) && makes(*recipes_[b], kDirections[d], type))
            pairs_.push_back({a, b, d});
    apart_.assign(pairs_.size(), false);
  }

  void run(ProbeSet& set) {
    general();
    directed();
    separators();
    lone_lines();
    cover(set);
    for (std::size_t p = 0; p < pairs_.size(); ++p) {
      if (apart_[p]) continue;
      const Pair& pair = pairs_[p];
      set.equal.push_back({std::string(recipes_[pair.a]->identity.name), std::string(recipes_[pair.b]->identity.name),
                           kDirections[pair.direction]});
    }
  }

 private:
  struct Candidate {
    Probe probe;
    std::vector<bool> apart;  // by pair
  };

  // Kept when it tells two recipes apart that nothing before it did.
  bool offer(Probe probe) {
    const Signatures signatures = signatures_of(recipes_, probe.input);
    std::vector<bool> apart(pairs_.size());
    bool useful = false;
    for (std::size_t p = 0; p < pairs_.size(); ++p) {
      apart[p] = tells_apart(signatures, pairs_[p]);
      if (!apart[p] || apart_[p]) continue;
      useful = true;
      apart_[p] = true;
    }
    if (useful) pool_.push_back({std::move(probe), std::move(apart)});
    return useful;
  }
  bool offer(const Recipe& of, const Distribution& distribution, std::uint64_t seed) {
    const bool for_recipe = follows_recipe(find_distribution(distribution.name)->family);
    std::string from = distribution.name;
    if (distribution.log2_amplitude != 0) from += fmt::format("@2^{}", distribution.log2_amplitude);
    if (for_recipe) from += fmt::format(" of {}", of.identity.name);
    return offer({generate(of, distribution, type_, extent_, seed), fmt::format("{}, seed {}", from, seed)});
  }

  void general() {
    const Recipe& any = *recipes_.front();
    for (const Distribution& distribution :
         {Distribution{"normal"}, Distribution{"row_ladder"}, Distribution{"sparse_blocks"}, Distribution{"lognormal"},
          Distribution{"normal", -20}, Distribution{"normal", 12}})
      offer(any, distribution, 1);
    if (directed_for(any).empty()) return;
    for (const std::uint64_t seed : {0, 1, 2, 3, 6}) offer(any, {"special"}, seed);
  }

  void directed() {
    for (std::size_t p = 0; p < pairs_.size(); ++p)
      for (std::uint64_t seed = 1; seed <= 3 && !apart_[p]; ++seed)
        for (const std::size_t of : {pairs_[p].a, pairs_[p].b})
          for (const std::string& name : directed_for(*recipes_[of]))
            if (!apart_[p] && is_first_asked(name, of, seed)) offer(*recipes_[of], {name}, seed);
  }
  // The same directed input is offered once only.
  bool is_first_asked(std::string_view name, std::size_t of, std::uint64_t seed) {
    const std::string key = fmt::format("{} {} {}", name, of, seed);
    if (std::find(asked_.begin(), asked_.end(), key) != asked_.end()) return false;
    asked_.push_back(key);
    return true;
  }

  void separators() {
    for (std::size_t p = 0; p < pairs_.size(); ++p) {
      if (apart_[p]) continue;
      const Recipe &a = *recipes_[pairs_[p].a], &b = *recipes_[pairs_[p].b];
      const std::optional<Separator> found =
          find_separator(a, b, type_, {2, 24, false}, kDirections[pairs_[p].direction]);
      if (!found || found->input.extent.rows > extent_.rows || found->input.extent.cols > extent_.cols) continue;
      TypedTensor padded = make_input(type_, extent_);
      for (const NonzeroElement& e : nonzero_elements(found->input)) put(padded, e.row * extent_.cols + e.col, e.bits);
      offer({std::move(padded),
             fmt::format("{}, shrunk between {} and {}", found->found_in, a.identity.name, b.identity.name)});
    }
  }

  // Of square blocks: one row (or column) of each is kept, so that its error alone decides a search over scales. Whole
  // squares add up sixteen errors, and near ties of the sums are too rare to be met.
  void lone_lines() {
    const std::int64_t side = scheme_of(recipes_.front()->rules.scheme).block.rows;
    if (side < 2) return;
    offer({square_of_nans(side), "normal, seed 1, a square of NaNs"});
    for (std::size_t p = 0; p < pairs_.size(); ++p)
      for (std::uint64_t seed = 1; seed <= kLoneLineSeeds && !apart_[p]; ++seed) {
        TypedTensor input = lone_line(pairs_[p].direction, side, seed);
        const RecipeList two{recipes_[pairs_[p].a], recipes_[pairs_[p].b]};
        if (tells_apart(signatures_of(two, input), {0, 1, pairs_[p].direction}))
          offer({std::move(input), fmt::format("normal, seed {}, one line of each square", seed)});
      }
  }
  TypedTensor square_of_nans(std::int64_t side) const {
    TypedTensor input = generate(*recipes_.front(), {"normal"}, type_, extent_, 1);
    const std::uint32_t nan = bits_of(type_, std::numeric_limits<double>::quiet_NaN());
    for (std::int64_t i = 0; i < count(extent_); ++i)
      if (i / extent_.cols < side && i % extent_.cols < side) put(input, i, nan);
    return input;
  }
  TypedTensor lone_line(std::size_t direction, std::int64_t side, std::uint64_t seed) const {
    TypedTensor input = generate(*recipes_.front(), {"normal"}, type_, extent_, seed);
    for (std::int64_t i = 0; i < count(extent_); ++i) {
      const std::int64_t across = kDirections[direction] == Direction::kRowwise ? i / extent_.cols : i % extent_.cols;
      if (across % side != 0) put(input, i, 0);
    }
    return input;
  }

  // The candidate that tells most of the rest apart, again and again; the first of equals.
  void cover(ProbeSet& set) const {
    std::vector<bool> rest = apart_;
    while (true) {
      const Candidate* best = nullptr;
      std::size_t most = 0;
      for (const Candidate& candidate : pool_) {
        std::size_t gain = 0;
        for (std::size_t p = 0; p < rest.size(); ++p) gain += rest[p] && candidate.apart[p];
        if (gain > most) most = gain, best = &candidate;
      }
      if (best == nullptr) return;
      std::vector<Pair> mine;
      for (std::size_t p = 0; p < rest.size(); ++p)
        if (rest[p] && best->apart[p]) mine.push_back(pairs_[p]), rest[p] = false;
      set.probes.push_back({thinned(best->probe.input, mine), best->probe.from});
    }
  }

  // Rows, then columns, are cleared in parts where what the probe is for still shows: files of mostly zeros are small.
  TypedTensor thinned(TypedTensor input, const std::vector<Pair>& mine) const {
    for (const bool rows : {true, false}) {
      const std::int64_t n = rows ? extent_.rows : extent_.cols;
      for (std::int64_t size = n / 2; size >= std::max<std::int64_t>(n / 16, 1); size /= 2)
        for (std::int64_t first = 0; first < n; first += size) {
          TypedTensor candidate = input;
          for (std::int64_t i = 0; i < count(extent_); ++i) {
            const std::int64_t at = rows ? i / extent_.cols : i % extent_.cols;
            if (at >= first && at < first + size) put(candidate, i, 0);
          }
          if (still_tells(candidate, mine)) input = std::move(candidate);
        }
    }
    return input;
  }
  bool still_tells(const TypedTensor& input, const std::vector<Pair>& mine) const {
    const Signatures signatures = signatures_of(recipes_, input);
    return std::all_of(mine.begin(), mine.end(), [&](const Pair& pair) { return tells_apart(signatures, pair); });
  }

  RecipeList recipes_;
  InputType type_;
  Extent extent_;
  std::vector<Pair> pairs_;
  std::vector<bool> apart_;  // by pair: some candidate told it apart
  std::vector<Candidate> pool_;
  std::vector<std::string> asked_;
};

}  // namespace

RecipeList probed_recipes(SchemeId scheme, InputType type) {
  RecipeList recipes;
  for (const Recipe& recipe : reference::catalog()) {
    if (recipe.rules.scheme != scheme || !runs(recipe) || !accepts(recipe.accepts, type)) continue;
    if (recipe.rules.fusion != reference::Fusion::kNone) continue;
    const std::optional<Direction> direction = common_direction({&recipe}, type);
    if (!direction) continue;
    try {
      const TypedTensor input = generate(recipe, {"normal"}, type, common_extent({&recipe}, *direction), 1);
      ask(recipe, input.view(), *direction);
      recipes.push_back(&recipe);
    } catch (const InputError&) {
      // It needs more than an input.
    }
  }
  return recipes;
}

ProbeSet make_probe_set(SchemeId scheme, InputType type) {
  ProbeSet set;
  set.scheme = scheme;
  set.type = type;
  const RecipeList recipes = probed_recipes(scheme, type);
  for (const Recipe* recipe : recipes) set.recipes.emplace_back(recipe->identity.name);
  if (recipes.size() > 1) Search(recipes, type).run(set);
  return set;
}

std::vector<ConfusionRow> confusion(const ProbeSet& set) {
  RecipeList recipes;
  for (const std::string& name : set.recipes) recipes.push_back(&reference::require_recipe(name));
  std::vector<Signatures> answers;
  for (const Probe& probe : set.probes) answers.push_back(signatures_of(recipes, probe.input));
  std::vector<ConfusionRow> rows;
  for (std::size_t i = 0; i < recipes.size(); ++i)
    for (std::size_t d = 0; d < kDirections.size(); ++d) {
      if (!makes(*recipes[i], kDirections[d], set.type)) continue;
      ConfusionRow row{set.recipes[i], kDirections[d], {}};
      for (std::size_t other = 0; other < recipes.size(); ++other) {
        // A probe that the recipe itself refuses gives no dump.
        const bool named = makes(*recipes[other], kDirections[d], set.type) &&
                           std::all_of(answers.begin(), answers.end(), [&](const Signatures& signatures) {
                             return !signatures[i][d] || signatures[other][d] == signatures[i][d];
                           });
        if (named) row.named.push_back(set.recipes[other]);
      }
      rows.push_back(std::move(row));
    }
  return rows;
}

}  // namespace bitgate::compare
