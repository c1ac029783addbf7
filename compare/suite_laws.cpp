#include "bitgate/compare/suite_laws.h"

#include <fmt/format.h>

#include <array>

#include "bitgate/reference/fused/silu.h"

namespace bitgate::compare {
namespace {

using reference::Fusion;
using reference::Recipe;
using reference::Special;

constexpr std::string_view kNorm = "a row is divided by the mean of its squares";
constexpr std::string_view kActivation = "an activation is applied first, which is not linear";

bool norms(const Recipe& recipe) noexcept {
  const Fusion fusion = recipe.rules.fusion;
  return fusion == Fusion::kRmsNorm || fusion == Fusion::kRmsNormMul || fusion == Fusion::kRmsNormMulAdd;
}

// The laws move or cut the input and leave the other operands as they are.
std::string_view not_beside_operands(const Recipe& recipe) noexcept {
  if (reference::is_silu(recipe.rules.fusion)) return "a gate has one number an element, in its place";
  if (recipe.rules.fusion == Fusion::kRmsNormCute) return "a row's factor and a column's weight are given beside it";
  return {};
}

std::string_view not_of_norms(const Recipe& recipe) noexcept {
  return norms(recipe) ? kNorm : not_beside_operands(recipe);
}

std::string_view why_no_column_permutation(const Recipe& recipe) noexcept {
  if (recipe.rules.block.reach != reference::AmaxReach::kWhole)
    return "which elements its maximum passes over depends on their column";
  return not_of_norms(recipe);
}

std::string_view why_no_padding(const Recipe& recipe) noexcept {
  if (recipe.rules.block.reach != reference::AmaxReach::kWhole)
    return "which elements its maximum passes over depends on the length of a row";
  return recipe.rules.fusion == Fusion::kRmsNormCute ? std::string_view{} : not_of_norms(recipe);
}

std::string_view why_no_transpose(const Recipe& recipe) noexcept {
  if (const std::string_view beside = not_beside_operands(recipe); !beside.empty()) return beside;
  if (recipe.rules.block.reach != reference::AmaxReach::kWhole)
    return "which elements its maximum passes over depends on their column";
  const Extent& block = scheme_of(recipe.rules.scheme).block;
  if (block.rows != block.cols) return "its blocks are not square";
  if (recipe.storage.random != reference::RandomOrder::kNone) return "the bytes of a random word serve a row";
  return {};
}

std::string_view why_no_directions(const Recipe& recipe) noexcept {
  if (!recipe.accepts.directions.rowwise || !recipe.accepts.directions.columnwise)
    return "the producer makes one direction only";
  return {};
}

std::string_view why_no_power_of_two(const Recipe& recipe) noexcept {
  if (norms(recipe)) return kNorm;
  if (recipe.rules.fusion == Fusion::kGelu) return kActivation;
  // Of an amax below 2^-6 * 448 the global is its floor: normal numbers are all of them clamped.
  if (recipe.rules.global.floor > 0x1p-10f) return "the floor of its global clamps normal numbers";
  return {};
}

std::string_view why_no_negation(const Recipe& recipe) noexcept {
  const reference::SpecialRule& special = recipe.rules.special;
  // SiLU of a gate stays as it is: its product with the opposite input is the opposite.
  if (recipe.rules.fusion == Fusion::kGelu) return kActivation;
  if (recipe.rules.fusion == Fusion::kRmsNormMulAdd) return "a residual is added, whose sign stays";
  if (recipe.rules.transform != reference::Transform::kNone)
    return "a sum that cancels is +0 of the opposite numbers too";
  if (recipe.rules.element.encode == reference::ElementEncode::kLowerOfTie)
    return "a number that rounds to zero loses its sign";
  if (special.kind == Special::kGgmlLegacy) return "its codes count from the largest or the smallest number";
  if (special.kind == Special::kGgmlMxfp4Host || special.kind == Special::kGgmlNvfp4Host ||
      (special.kind == Special::kMicroxcaling && special.path == reference::MxPath::kExtension))
    return "a number that rounds to zero loses its sign";
  return {};
}

std::string_view why_no_tensor(const Recipe& recipe) noexcept {
  return law::tensor_scaled(recipe) == nullptr ? "no recipe is the same but for one global for the tensor"
                                               : std::string_view{};
}

const std::array<Law, 10> kLaws{{
    {"row-permutation", "rows of the input in another order give the same bytes in that order", true,
     not_beside_operands, law::row_permutation},
    {"column-permutation", "blocks of columns in another order give the same bytes in that order", true,
     why_no_column_permutation, law::column_permutation},
    {"batch-split", "two parts of a tensor, both with its largest number, give the bytes of the whole", true,
     not_beside_operands, law::batch_split},
    {"padding", "rows and columns of zeros change no other byte", true, why_no_padding, law::padding},
    {"transpose", "the transposed input gives the transposed codes and scales", true, why_no_transpose, law::transpose},
    {"directions", "the column-wise answer is the row-wise one of the transposed input", true, why_no_directions,
     law::directions},
    {"power-of-two", "an input times 8 multiplies the global, or without one the scales, and changes nothing else",
     true, why_no_power_of_two, law::power_of_two},
    {"negation", "the opposite input gives the opposite codes and sums, and changes nothing else", true,
     why_no_negation, law::negation},
    {"row-is-a-tensor", "a row of a row-scaled tensor has the bytes of that row as a tensor-scaled tensor", false,
     why_no_tensor, law::row_is_a_tensor},
    {"equal-row-amaxes", "where all rows have the same amax, row and tensor scaling give the same bytes", false,
     why_no_tensor, law::equal_row_amaxes},
}};

}  // namespace

std::span<const Law> laws() noexcept { return kLaws; }

std::vector<SuiteProbe> metamorphic_probes(const SuiteScope& scope, bool recipe_known) {
  std::vector<SuiteProbe> probes;
  for (const Law& law : kLaws) {
    if (!(recipe_known || law.of_any_recipe) || !law.why_not(*scope.recipe).empty()) continue;
    for (const InputType type : scope.types)
      probes.push_back({fmt::format("{} {}", law.name, name_of(type)), "",
                        [scope, type, &law](const Subject& subject) { return law.differs(scope, type, subject); }});
  }
  return probes;
}

}  // namespace bitgate::compare
