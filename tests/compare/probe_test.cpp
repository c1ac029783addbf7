#include "bitgate/compare/probe.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "bitgate/compare/identify.h"
#include "bitgate/reference/format/error.h"
#include "bitgate/tests/support/temporary_directory.h"

namespace bitgate::compare {
namespace {

using testing::Contains;
using testing::IsEmpty;
using testing::UnorderedElementsAreArray;

// Sets that are quick to search.
constexpr std::pair<SchemeId, InputType> kSets[] = {{SchemeId::kNvfp4Row, InputType::kBf16},
                                                    {SchemeId::kMxfp8E4m3, InputType::kBf16},
                                                    {SchemeId::kQ8_1, InputType::kF32}};

std::filesystem::path committed() { return std::filesystem::path(BITGATE_GOLDEN_DIR) / "probes"; }

// By bits: there are NaNs among them.
bool same_bits(const TypedTensor& a, const TypedTensor& b) {
  if (a.type != b.type || !(a.extent == b.extent)) return false;
  const std::size_t size = static_cast<std::size_t>(count(a.extent)) * (a.type == InputType::kF32 ? 4 : 2);
  return std::memcmp(a.view().data, b.view().data, size) == 0;
}

bool same(const ProbeSet& a, const ProbeSet& b) {
  return a.scheme == b.scheme && a.type == b.type && a.recipes == b.recipes && a.equal == b.equal &&
         std::equal(a.probes.begin(), a.probes.end(), b.probes.begin(), b.probes.end(),
                    [](const Probe& p, const Probe& q) { return p.from == q.from && same_bits(p.input, q.input); });
}

bool listed_equal(const ProbeSet& set, std::string_view a, std::string_view b, Direction direction) {
  return std::any_of(set.equal.begin(), set.equal.end(), [&](const EqualPair& pair) {
    return pair.direction == direction && ((pair.a == a && pair.b == b) || (pair.a == b && pair.b == a));
  });
}

TEST(Probe, EveryRecipeIsNamedAloneOrWithItsListedEquals) {
  for (const auto& [scheme, type] : kSets) {
    const ProbeSet set = make_probe_set(scheme, type);
    ASSERT_GT(set.recipes.size(), 1u);
    const std::vector<ConfusionRow> rows = confusion(set);
    EXPECT_GE(rows.size(), set.recipes.size());
    for (const ConfusionRow& row : rows) {
      EXPECT_THAT(row.named, Contains(row.recipe));
      for (const std::string& named : row.named)
        EXPECT_TRUE(named == row.recipe || listed_equal(set, row.recipe, named, row.direction))
            << row.recipe << " named " << named;
    }
  }
}

// The short way (equal bytes) and identify itself agree.
TEST(Probe, ConfusionIsWhatIdentifySays) {
  const ProbeSet set = make_probe_set(SchemeId::kQ8_1, InputType::kF32);
  for (const ConfusionRow& row : confusion(set)) {
    if (row.direction != Direction::kRowwise) continue;
    std::vector<Identification> parts;
    for (const Probe& probe : set.probes) {
      Request request;
      request.input = probe.input.view();
      parts.push_back(identify(request, reference::quantize(reference::require_recipe(row.recipe), request)));
    }
    std::vector<std::string> named;
    for (const Candidate& candidate : combine(parts).exact) named.emplace_back(candidate.recipe->identity.name);
    EXPECT_THAT(named, UnorderedElementsAreArray(row.named)) << row.recipe;
  }
}

// A set that gained nothing by a probe would still have it: take one away and two recipes fall together.
TEST(Probe, EachProbeIsNeeded) {
  const ProbeSet set = make_probe_set(SchemeId::kQ8_1, InputType::kF32);
  const auto names = [](const ProbeSet& s) {
    std::size_t n = 0;
    for (const ConfusionRow& row : confusion(s)) n += row.named.size();
    return n;
  };
  for (std::size_t i = 0; i < set.probes.size(); ++i) {
    ProbeSet fewer = set;
    fewer.probes.erase(fewer.probes.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_GT(names(fewer), names(set)) << set.probes[i].from;
  }
}

TEST(Probe, TheSearchIsDeterministic) {
  EXPECT_TRUE(same(make_probe_set(SchemeId::kMxfp8E4m3, InputType::kBf16),
                   make_probe_set(SchemeId::kMxfp8E4m3, InputType::kBf16)));
}

TEST(Probe, FilesReadBackTheSame) {
  const TemporaryDirectory directory;
  const ProbeSet set = make_probe_set(SchemeId::kMxfp8E4m3, InputType::kBf16);
  write_probe_set(directory / ".", set);
  EXPECT_EQ(name_of(set), "mxfp8-e4m3-bf16");
  EXPECT_TRUE(same(read_probe_set(directory / "mxfp8-e4m3-bf16.npz"), set));
}

TEST(Probe, ASchemeOfOneRecipeNeedsNoProbe) {
  for (const Scheme& scheme : kSchemes)
    if (probed_recipes(scheme.id, InputType::kF16).size() < 2) {
      EXPECT_THAT(make_probe_set(scheme.id, InputType::kF16).probes, IsEmpty()) << scheme.name;
    }
}

// A recipe that was added asks for `bitgate probe make --out tests/golden/probes`.
TEST(Probe, CommittedSetsHoldTheCatalogsRecipes) {
  for (const Scheme& scheme : kSchemes)
    for (const InputType type : kInputTypes) {
      std::vector<std::string> names;
      for (const reference::Recipe* recipe : probed_recipes(scheme.id, type)) names.emplace_back(recipe->identity.name);
      if (names.size() < 2) continue;
      ProbeSet wanted;
      wanted.scheme = scheme.id;
      wanted.type = type;
      EXPECT_EQ(read_probe_set(committed() / (name_of(wanted) + ".npz")).recipes, names) << name_of(wanted);
    }
}

TEST(Probe, CommittedSetsNameEveryRecipe) {
  for (const auto& entry : std::filesystem::directory_iterator(committed())) {
    if (entry.path().extension() != ".npz") continue;
    const ProbeSet set = read_probe_set(entry.path());
    for (const ConfusionRow& row : confusion(set))
      for (const std::string& named : row.named)
        EXPECT_TRUE(named == row.recipe || listed_equal(set, row.recipe, named, row.direction))
            << entry.path() << ": " << row.recipe << " named " << named;
  }
}

TEST(Probe, CommittedSetsAreWhatTheSearchFinds) {
  for (const auto& [scheme, type] : kSets) {
    const ProbeSet set = make_probe_set(scheme, type);
    EXPECT_TRUE(same(read_probe_set(committed() / (name_of(set) + ".npz")), set)) << name_of(set);
  }
}

}  // namespace
}  // namespace bitgate::compare
