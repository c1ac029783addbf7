// What sets the NVFP4 recipes of all producers apart, computed by running them: their answers to a few special blocks,
// which of them give equal codes and scales on one set of tensors, and how often codes differ on normal data.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bitgate/reference/recipe/recipe.h"

namespace bitgate::compare {

// A block in which one element is special, one is 6 and the others are -3, in a tensor whose amax, given, is 2688: then
// S and s are 1 and a block scale is 1, where nothing goes wrong.
enum class Nvfp4Question : std::uint8_t {
  kZeroTensor,       // nothing but zeros, the special one -0; no amax is given
  kZeroBlock,        // zeros, the special one -0
  kScaleUnderflows,  // all times 2^-12, the special one 6 * 2^-12: no scale of E4M3 is that small
  kNan,              // the special one a NaN
  kInfinity,         // the special one +Inf
  kMinusZero,        // the special one -0
  kSubnormals,       // all times 2^-129 and so subnormal, the special one 6 * 2^-129; the amax is 2^-116
};
inline constexpr std::array kNvfp4Questions{
    Nvfp4Question::kZeroTensor, Nvfp4Question::kZeroBlock, Nvfp4Question::kScaleUnderflows, Nvfp4Question::kNan,
    Nvfp4Question::kInfinity,   Nvfp4Question::kMinusZero, Nvfp4Question::kSubnormals};

// Of the block: its scale, the special element, one of the -3. Of a producer of values alone the elements are values,
// and there is no scale.
struct Nvfp4Answer {
  std::string why_not;                  // not empty: not asked, or refused; the rest is nothing
  std::optional<float> global;          // as stored
  std::uint32_t scale_code = 0;         // of one byte
  std::uint32_t special = 0, rest = 0;  // codes, or bits of values
};

struct Nvfp4Facts {
  const reference::Recipe* recipe = nullptr;
  std::optional<InputType> type;                            // bf16 where it takes it, else fp32, else f16
  std::array<Nvfp4Answer, kNvfp4Questions.size()> answers;  // by Nvfp4Question
};

// Recipes with equal codes and scales (or values) on every tensor, whatever global number they store; at least two.
struct Nvfp4Group {
  InputType type = InputType::kBf16;
  std::vector<const reference::Recipe*> recipes;  // in the catalog's order
};

// ppm of codes that differ on normal bf16 data (widened for those that take binary32 alone), between the first recipe
// of every producer and kind: those of a producer whose codes are equal there are one kind. Row-wise recipes with
// blocks of 16 and one global number a tensor or none; no search over scales, no scales that end at 256.
struct Nvfp4Codes {
  std::vector<std::string> recipes;
  std::vector<std::size_t> kinds;  // how many recipes each of them stands for
  std::int64_t codes = 0;          // on which two were held against each other
  std::vector<double> ppm;         // recipes x recipes, row-major
};

struct Nvfp4Survey {
  std::vector<Nvfp4Facts> facts;     // every NVFP4 recipe of the catalog, in its order
  std::vector<std::string> tensors;  // on which the groups are equal
  std::vector<Nvfp4Group> groups;
  Nvfp4Codes codes;
};

// By the name of the scheme or, of producers of values, of the recipe.
bool is_nvfp4(const reference::Recipe& recipe) noexcept;

// Why a recipe is asked nothing here; "" when it is.
std::string_view why_not_asked(const reference::Recipe& recipe) noexcept;

// The input of a question: special elements on the diagonal of a square in the corner, so that there is one in each
// block of the square, row-wise and column-wise; `square` at most as large as the extent.
TypedTensor nvfp4_input(Nvfp4Question question, InputType type, const Extent& extent, std::int64_t square);

Nvfp4Facts nvfp4_facts(const reference::Recipe& recipe);

// Deterministic, whatever the number of threads.
Nvfp4Survey survey_nvfp4();

}  // namespace bitgate::compare
