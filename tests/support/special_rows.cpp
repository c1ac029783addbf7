// See special_rows.h.
#include "bitgate/tests/support/special_rows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>

#include "bitgate/tests/support/recipe_samples.h"

namespace bitgate::oracle {

using reference::Recipe;

namespace {

bool matches(std::string_view pattern, std::string_view name) {
  if (pattern.empty()) return name.empty();
  if (pattern[0] != '*') return !name.empty() && pattern[0] == name[0] && matches(pattern.substr(1), name.substr(1));
  for (std::size_t skipped = 0; skipped <= name.size(); ++skipped)
    if (matches(pattern.substr(1), name.substr(skipped))) return true;
  return false;
}

std::int64_t width_of(const Scheme& scheme) { return scheme.block.cols == 0 ? 128 : scheme.block.cols; }
std::uint32_t at(const Three& x, std::int64_t place) { return place == 0 ? x.first : place == 1 ? x.second : x.rest; }
bool is_nan_bits(std::uint32_t bits) { return (bits & 0x7FFFFFFF) > 0x7F800000; }

// The operand whose every row repeats the block; the input is its transpose for a column-wise recipe.
TypedTensor input_of(const Recipe& recipe, const Three& x) {
  const InputType type = sample_type(recipe);
  const bool turned = reference::default_direction(recipe) == Direction::kColumnwise;
  const Extent extent = turned ? Extent{kSampleExtent.cols, kSampleExtent.rows} : kSampleExtent;
  const std::int64_t width = width_of(scheme_of(recipe.rules.scheme));
  std::vector<float> values;
  std::vector<std::uint16_t> words;
  for (std::int64_t i = 0; i < count(extent); ++i) {
    const std::uint32_t bits = at(x, i % extent.cols % width);
    values.push_back(std::bit_cast<float>(bits));
    words.push_back(static_cast<std::uint16_t>(bits >> 16));
    if (type == InputType::kBf16 && (bits & 0xFFFF) != 0) ADD_FAILURE() << std::hex << bits << " is no bf16 number";
  }
  TypedTensor operand{type, extent, {}};
  if (type == InputType::kF32)
    operand.values = std::move(values);
  else
    operand.values = std::move(words);
  return turned ? transposed(operand) : operand;
}

bool is_number(std::uint64_t wanted, std::uint64_t found, const char* what, std::size_t place) {
  if (wanted == kAny || found == wanted) return true;
  ADD_FAILURE() << what << " " << place << ": " << std::hex << found << ", expected " << wanted;
  return false;
}

// All blocks are alike: each place of each is compared, until something differs.
void expect_answer(const SpecialRow& row, const QuantizedTensor& answer) {
  ASSERT_EQ(answer.global.empty(), row.global == kNone);
  ASSERT_EQ(scale_count(answer.scales) == 0, row.scale == kNone);
  ASSERT_EQ(answer.extras.empty(), row.extra == kNone);
  for (std::size_t i = 0; i < answer.global.size(); ++i)
    if (!is_number(row.global, std::bit_cast<std::uint32_t>(answer.global[i]), "global", i)) break;
  for (std::size_t i = 0; i < scale_count(answer.scales); ++i)
    if (!is_number(row.scale, scale_bits(answer.scales, i), "scale", i)) break;
  if (!answer.extras.empty()) is_number(row.extra, answer.extras[0], "extra", 0);
  const std::int64_t width = width_of(answer.scheme);
  for (std::int64_t i = 0; i < count(answer.extent); ++i) {
    const auto place = static_cast<std::size_t>(i % answer.extent.cols % width);
    const auto n = static_cast<std::size_t>(i);
    const std::uint32_t found = answer.codes.empty() ? std::bit_cast<std::uint32_t>(answer.values[n]) : answer.codes[n];
    if (!is_number(row.codes[std::min<std::size_t>(place, 2)], found, "code", place)) return;
  }
}

void expect_with(const Recipe& recipe, const SpecialRow& row, const Three& x) {
  RecipeSample sample = sample_of(recipe, input_of(recipe, x));
  // A product by 1 and a sum with -0 change nothing.
  std::fill(sample.weight.begin(), sample.weight.end(), 1.0f);
  std::fill(sample.row_factor.begin(), sample.row_factor.end(), 1.0f);
  std::fill(sample.residual.begin(), sample.residual.end(), -0.0f);
  Request request = sample.request();
  const Extent& extent = sample.input.extent;
  const bool turned = sample.direction == Direction::kColumnwise;
  std::vector<float> amax;
  if (row.amax != kNone) {
    const auto numbers = amax_count(scheme_of(recipe.rules.scheme), turned ? Extent{extent.cols, extent.rows} : extent);
    amax.assign(static_cast<std::size_t>(numbers), std::bit_cast<float>(static_cast<std::uint32_t>(row.amax)));
  }
  give_amax(recipe, request, amax);
  const std::vector<std::uint32_t> zeros(static_cast<std::size_t>(count(extent) / 4));
  if (recipe.storage.random != reference::RandomOrder::kNone) request.random_bits = zeros;
  if (row.outcome == Outcome::kRefuses) {
    EXPECT_NE(refusal_of(recipe, request), "");
    return;
  }
  expect_answer(row, reference::quantize(recipe, request));
}

}  // namespace

bool names(const SpecialRow& row, std::string_view recipe) {
  for (std::string_view patterns = row.recipes; !patterns.empty();) {
    const std::size_t end = std::min(patterns.find(' '), patterns.size());
    if (matches(patterns.substr(0, end), recipe)) return true;
    patterns.remove_prefix(std::min(end + 1, patterns.size()));
  }
  return false;
}

std::vector<const Recipe*> recipes_of(std::span<const SpecialRow> rows, const SpecialRow& row) {
  std::vector<const Recipe*> recipes;
  for (const Recipe* recipe : runnable_recipes()) {
    const auto speaks = [&](const SpecialRow& each) {
      return each.value == row.value && names(each, recipe->identity.name);
    };
    const auto first = std::find_if(rows.begin(), rows.end(), speaks);
    if (first != rows.end() && &*first == &row) recipes.push_back(recipe);
  }
  return recipes;
}

void expect_row(const Recipe& recipe, const SpecialRow& row) {
  SCOPED_TRACE(recipe.identity.name);
  if (row.outcome == Outcome::kUnstated) {
    EXPECT_FALSE(row.reason.empty());
    return;
  }
  expect_with(recipe, row, row.x);
  if (!is_nan_bits(row.x.first)) return;
  for (const std::uint32_t payload : {0x7FC00000u, 0x7FFF0000u, 0xFF810000u}) {
    SCOPED_TRACE(testing::Message() << "payload " << std::hex << payload);
    Three x = row.x;
    for (std::uint32_t* bits : {&x.first, &x.second, &x.rest})
      if (is_nan_bits(*bits)) *bits = payload;
    expect_with(recipe, row, x);
  }
}

void expect_rows(std::span<const SpecialRow> rows, Value value) {
  for (const SpecialRow& row : rows) {
    if (row.value != value) continue;
    const auto recipes = recipes_of(rows, row);
    EXPECT_FALSE(recipes.empty()) << "no recipe has the row " << row.recipes;
    for (const Recipe* recipe : recipes) expect_row(*recipe, row);
  }
}

}  // namespace bitgate::oracle
