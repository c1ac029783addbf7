#include "bitgate/reports/which_nvfp4.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <vector>

#include "bitgate/reference/layout/scale_layout.h"
#include "bitgate/reports/which_nvfp4_words.h"

namespace bitgate::reports {
namespace {

using compare::Nvfp4Answer;
using compare::Nvfp4Facts;
using compare::Nvfp4Survey;
using reference::Recipe;

constexpr std::string_view kIntro = R"(# Which NVFP4 do you mean?

NVFP4 is four bits an element (E2M1), one E4M3 scale for a block of 16, and one number for the tensor. That says what
the bits mean, not which arithmetic chose them. The libraries part over the last word of a quotient, over zero blocks,
over NaN and, first of all, over what that one number is. This page is written by `bitgate list nvfp4 --out
reports/pages` from the catalog: the words are the rules that run, the answers are computed.

## What the global number is

![What each convention stores](which-nvfp4-globals.svg)

Three conventions, of which none is wrong and none can be read as another:

- **amax**: the largest magnitude itself. A reader divides by 2688 = 6 * 448, the largest element times the largest
  scale, and by 1536 = 6 * 256 where scales end at 256.
- **encode scale** S = 2688 / amax: what multiplies values before they are rounded; stored, it *divides* decoded codes.
  Handed to a reader that multiplies, a tensor comes back S^2 times too large.
- **decode scale** s = amax / 2688: what *multiplies* decoded codes. Its rounded reciprocal is not always S, and S not
  always the rounded reciprocal of s: a conversion between the two may change the last bit.

And some store none: the block scale has to carry all. What is *computed* with need not be what is stored:
TransformerEngine stores amax and works with S.

)";

constexpr std::string_view kRulesHead = R"(
## The rules

`max` is the largest element, 6. *Block scale* is the order of products before the scale is encoded; *encoded* how it
becomes E4M3; *element* what x meets and how it becomes E2M1. What is left out is usual: IEEE operations in binary32,
subnormals kept, NaN ignored in an amax, a NaN scale 0x7F, nothing clamped, nothing special under a scale of zero.

| recipe | global number | block scale | encoded | element | nibbles | evidence |
|---|---|---|---|---|---|---|
)";

constexpr std::string_view kAnswersHead = R"(
## The answers at the edges

Computed by running the recipes. `38: 8 D` is a block scale 0x38 (1.0), the special element as 0x8 (-0), one of the -3
as 0xD (-3); producers of values alone show two values. The tensor's amax is given: 2688, so that S and s are 1 where
scales end at 448. The block is 6 and -3, one element is special. A recipe that is not here is fused behind another
operation or has an open question; *refused*: no source says what it does.

- *zero tensor*: nothing but zeros, one of them -0, no amax given; in front the global number that is stored.
- *zero block*: the same in a tensor that is not zero. *underflow*: all times 2^-12, no scale of E4M3 is so small; the
  special element is 6 times that. *NaN*, *Inf*, *-0*: the special element. *subnormal*: all times 2^-129, the special
  element 6 times that, in a tensor whose amax is 2^-116: 0.328 is what the block scale should be before it is rounded.

| recipe | from | zero tensor | zero block | underflow | NaN | Inf | -0 | subnormal |
|---|---|---|---|---|---|---|---|---|
)";

constexpr std::string_view kGroupsHead = R"(
## Who follows whom

Recipes of one line give equal codes and scales, whatever global number they store, on every one of these tensors:

)";

constexpr std::string_view kGroupsTail = R"(
No NaN and no infinity is among them; for those see the answers. Behind a line is in what the rules differ all the same:
without an axis they are one recipe under several names, with one they are equal on what was tried here, and `bitgate
parity` tries more. Of 4over6 that is little: two ways to sum an error part only where the errors of the two candidates
nearly tie.
)";

constexpr std::string_view kCodesHead = R"(
## How far apart they are

![Codes that differ on normal bf16 data](which-nvfp4-codes.svg)

Blocks of 16 in a row, one global number a tensor or none, and no search over scales: what parts these is arithmetic
alone. Who takes only binary32 was given the same numbers, widened. Of a producer's recipes with equal codes here the
first stands for all. `bitgate diff A B` finds the smallest input that separates two of them, and `bitgate parity A B` says
what each runs.
)";

std::string rules_row(const Recipe& recipe) {
  const Nvfp4Words words = words_of(recipe);
  const reference::Identity& id = recipe.identity;
  return fmt::format("| `{}` | {} | {} | {} | {} | {} | {} |\n", id.name, words.global, words.block, words.encoded,
                     words.element, words.nibbles, name_of(id.evidence));
}

// ---- Answers.

std::string value_text(std::uint32_t bits) { return fmt::format("{:.4g}", std::bit_cast<float>(bits)); }

std::string answer_text(const Nvfp4Answer& answer, const Scheme& scheme, bool with_global) {
  if (!answer.why_not.empty()) return answer.why_not == "fused" ? "" : "refused";
  std::string out;
  if (with_global && answer.global) out = fmt::format("{:.6g}, ", *answer.global);
  if (is_values_only(scheme)) return out + value_text(answer.special) + " " + value_text(answer.rest);
  return out + fmt::format("`{:02X}: {:X} {:X}`", answer.scale_code, answer.special, answer.rest);
}

std::string answers_row(const Nvfp4Facts& facts) {
  const Scheme& scheme = scheme_of(facts.recipe->rules.scheme);
  std::string out = fmt::format("| `{}` | {} |", facts.recipe->identity.name, facts.type ? name_of(*facts.type) : "");
  for (const compare::Nvfp4Question question : compare::kNvfp4Questions) {
    const Nvfp4Answer& answer = facts.answers[static_cast<std::size_t>(question)];
    const bool nothing_that_small = question == compare::Nvfp4Question::kSubnormals && facts.type == InputType::kF16;
    out += nothing_that_small
               ? "  |"
               : fmt::format(" {} |", answer_text(answer, scheme, question == compare::Nvfp4Question::kZeroTensor));
  }
  return out + "\n";
}

bool is_asked(const Nvfp4Facts& facts) {
  return std::any_of(facts.answers.begin(), facts.answers.end(),
                     [](const Nvfp4Answer& a) { return a.why_not.empty(); });
}

// ---- Tables of counts and groups.

std::string conventions_table(const Nvfp4Survey& survey) {
  std::string out = "| stored | recipes | producers |\n|---|---|---|\n";
  for (const GlobalNumber number :
       {GlobalNumber::kAmax, GlobalNumber::kDivisor, GlobalNumber::kMultiplier, GlobalNumber::kNone}) {
    std::vector<std::pair<std::string, int>> producers;
    int recipes = 0;
    for (const Nvfp4Facts& facts : survey.facts) {
      if (facts.recipe->storage.global_number != number) continue;
      const std::string_view name = facts.recipe->identity.name;
      const std::string producer(name.substr(0, name.find('/')));
      const auto at =
          std::find_if(producers.begin(), producers.end(), [&](const auto& entry) { return entry.first == producer; });
      if (at == producers.end())
        producers.emplace_back(producer, 1);
      else
        ++at->second;
      ++recipes;
    }
    if (recipes == 0) continue;
    std::string names;
    for (const auto& [producer, n] : producers)
      names += fmt::format("{}`{}` ({})", names.empty() ? "" : ", ", producer, n);
    out += fmt::format("| {} | {} | {} |\n", convention_words(number), recipes, names);
  }
  return out;
}

std::string extent_words(const Extent& extent) {
  const auto side = [](std::int64_t n) { return n == 0 ? std::string("all") : fmt::format("{}", n); };
  return fmt::format("{} x {}", side(extent.rows), side(extent.cols));
}

std::string schemes_table(const Nvfp4Survey& survey) {
  std::string out =
      "\nWhere they lie: the scales of every scheme may be laid out as listed (`bitgate quantize --layout`), and "
      "codes\n"
      "are two a byte in the order that the rules below name.\n\n"
      "| scheme | amax of | a scale for | global | divisor of a stored amax | layouts of scales | recipes |\n"
      "|---|---|---|---|---|---|---|\n";
  for (const Scheme& scheme : kSchemes) {
    const auto recipes = std::count_if(survey.facts.begin(), survey.facts.end(), [&](const Nvfp4Facts& facts) {
      return facts.recipe->rules.scheme == scheme.id;
    });
    if (recipes == 0) continue;
    std::string layouts;
    for (const reference::ScaleLayout layout : reference::kScaleLayouts)
      if (!is_values_only(scheme) && has_layout(scheme, layout))
        layouts += fmt::format("{}{}", layouts.empty() ? "" : ", ", name_of(layout));
    const std::string global = axis_words(scheme.global);
    out += fmt::format("| `{}` | {} | {} | {} | {} | {} | {} |\n", scheme.name, extent_words(scheme.block),
                       is_values_only(scheme) ? "none" : extent_words(scheme.cell), global.empty() ? "none" : global,
                       scheme.amax_over == 0 ? "" : fmt::format("{}", scheme.amax_over), layouts, recipes);
  }
  return out;
}

std::string groups_list(const Nvfp4Survey& survey) {
  std::string out;
  for (const std::string& tensor : survey.tensors) out += "- " + tensor + "\n";
  out += kGroupsTail;
  for (const InputType type : {InputType::kBf16, InputType::kF32, InputType::kF16}) {
    std::string lines;
    for (const compare::Nvfp4Group& group : survey.groups) {
      if (group.type != type) continue;
      for (const Recipe* recipe : group.recipes)
        lines += fmt::format("{}`{}`", recipe == group.recipes.front() ? "- " : ", ", recipe->identity.name);
      lines += " (" + differing_axes(group.recipes) + ")\n";
    }
    if (!lines.empty()) out += fmt::format("\nFrom {}:\n\n{}", name_of(type), lines);
  }
  return out;
}

}  // namespace

std::string which_nvfp4_page(const Nvfp4Survey& survey) {
  std::string out(kIntro);
  out += conventions_table(survey) + schemes_table(survey);
  out += kRulesHead;
  for (const Nvfp4Facts& facts : survey.facts) out += rules_row(*facts.recipe);
  out += kAnswersHead;
  for (const Nvfp4Facts& facts : survey.facts)
    if (is_asked(facts)) out += answers_row(facts);
  out += kGroupsHead;
  out += groups_list(survey);
  return out + std::string(kCodesHead);
}

}  // namespace bitgate::reports
