// A recipe: the exact arithmetic by which one producer chooses codes. Identity, storage, what it accepts, its Rules.
#pragma once

#include <array>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bitgate/reference/format/error.h"
#include "bitgate/reference/format/tensor.h"
#include "bitgate/reference/recipe/rules.h"

namespace bitgate::reference {

// What stands behind a recipe, strongest first.
enum class Evidence : std::uint8_t {
  kCaptured,   // bytes of the producer's own binary, or of its PTX down-levelled, agree
  kReference,  // bytes of the producer's own reference code agree
  kExample,    // worked examples of the notes agree
  kRead,       // read from source only; never yields verdict 0 alone
  kOpen,       // a question is open: listed, never run
};
std::string_view name_of(Evidence evidence) noexcept;

struct Identity {
  std::string_view name;      // producer/scheme-variant
  std::string_view source;    // repository, file, commit
  std::string_view versions;  // which releases run it
  Evidence evidence;
  std::string_view evidence_note;  // which bytes, on what
};

// The order of random words that a stochastic kernel draws for itself (te.md 2.2).
enum class RandomOrder : std::uint8_t { kNone, kTeTuned, kTeTunedTransposed, kTeTwoD, kTeFallback };

// How the producer stores what it computes.
struct Storage {
  GlobalNumber global_number = GlobalNumber::kNone;
  NibbleOrder nibbles = NibbleOrder::kLowFirst;
  RawBlocks blocks = RawBlocks::kNone;
  RandomOrder random = RandomOrder::kNone;
};

// What a producer makes at one call: the rows of the input, or the rows of its transpose, or both. Column-wise alone
// may also be asked where the producer makes it only beside the other: it is then that half of a call for both.
struct Directions {
  bool rowwise = true, columnwise = false, both = false;
};
constexpr Directions kRowwiseOnly{};
constexpr Directions kEachDirection{true, true, true};
// The transform is of the column-wise side; the row-wise side that may come with it is another recipe's.
constexpr Directions kColumnwiseFirst{false, true, true};

// What the producer takes. Everything else is refused with an InputError that says why.
struct Accepts {
  bool f32 = false, bf16 = false, f16 = false;
  std::int64_t col_multiple = 1;  // columns must be a multiple of this; else a ragged last block is padded with +0
  std::int64_t row_multiple = 1;  // of the rows, as far as the direction asked for needs it (see require_accepted)
  Directions directions{};
  bool nan = true, infinity = true;
  bool empty = true;
  std::string_view refusal = {};  // why a special value or an empty tensor is refused
  // What the column-wise side asks beyond that: bf16 alone; another multiple of both sides; another of the columns.
  bool bf16_only_columnwise = false;
  bool nan_columnwise = true;  // false: a NaN is refused where the column-wise side is asked for
  std::int64_t columnwise_multiple = 1;
  std::int64_t columnwise_cols = 1;
};
constexpr bool accepts(const Accepts& a, InputType type) noexcept {
  return type == InputType::kF32 ? a.f32 : type == InputType::kBf16 ? a.bf16 : a.f16;
}

// The producer's own order of products when it turns codes back into numbers.
enum class DequantizeOrder : std::uint8_t {
  kNotStated,          // no note states one: dequantize refuses, metrics use the exact product
  kScaleAmaxConstant,  // code * ((scale * amax) * 1/2688)
  kScale,              // code * scale
  kGlobalTimesScale,   // code * (s * scale)
  kPowerOfTwo,         // code * 2^(scale - 127), in the output type
  kValues,             // the values are stored
  // As kGlobalTimesScale, by a table in which -0 is +0 (ModelOpt).
  kGlobalTimesScaleOfPlusZero,
  // code * (scale / G) (compressed-tensors).
  kScaleOverGlobal,
};

struct Recipe {
  Identity identity;
  Rules rules;
  Storage storage;
  Accepts accepts;
  DequantizeOrder dequantize;
  std::string_view open_question = {};  // not empty: listed, and every run refuses with it
};

constexpr bool runs(const Recipe& recipe) noexcept { return recipe.open_question.empty(); }
// The direction a case of this recipe has: row-wise, unless the producer makes the column-wise side alone.
constexpr Direction default_direction(const Recipe& recipe) noexcept {
  return recipe.accepts.directions.rowwise ? Direction::kRowwise : Direction::kColumnwise;
}

// All recipes, in the order of `bitgate list recipes`.
std::span<const Recipe> catalog() noexcept;
const Recipe* find_recipe(std::string_view name) noexcept;  // null: unknown
const Recipe& require_recipe(std::string_view name);        // throws InputError

// Throws InputError when the producer would not take this input, or the amax, global or scales have the wrong size.
void require_accepted(const Recipe& recipe, const Request& request);

// The reference. Deterministic for every bit pattern it accepts. A column-wise answer is that of the transposed operand
// (extent {cols, rows}); for both directions the row-wise one carries its twin.
QuantizedTensor quantize(const Recipe& recipe, const Request& request);
// The same answer in the storage of another one: a caller that asks in a loop meets no fresh pages. `out` is any
// tensor, but none that the request looks at; after an exception it holds nothing of use.
void quantize_into(const Recipe& recipe, const Request& request, QuantizedTensor& out);
// The same for any Rules: what tests and searches of the axes use. Nothing is refused.
QuantizedTensor quantize_with(const Rules& rules, const Storage& storage, const Request& request);

// What the codes of one direction stand for: the input, transposed for column-wise, after the recipe's fused operation
// and transform. Metrics compare with it.
TypedTensor operand(const Recipe& recipe, const Request& request, Direction side);

// max|x| by the recipe's own rule for NaN: one number, or one a row for a row-scaled scheme; empty without a global.
std::vector<float> amax_of(const Rules& rules, const TypedView& input);
// The number the producer stores, from max|x|.
float stored_global(const Rules& rules, InputType type, float amax) noexcept;

// One block alone, given the tensor's (or row's) amax: how boundaries of codes and scales are searched. Of a block of
// several rows or of a whole axis the elements given are all it has; a tensor with one scale takes `amax` for its own.
struct BlockAnswer {
  std::uint32_t scale_bits = 0;
  std::array<std::uint8_t, 128> codes{};
};
BlockAnswer quantize_one_block(const Rules& rules, InputType type, std::span<const float> block, float amax);

// code * scale * global in the producer's order, rounded to nearest even in `output`: extent.rows x extent.cols values.
// A NaN is a GPU's. Throws InputError where no note states an order, and for a type that the producer does not take.
std::vector<float> dequantize(const Recipe& recipe, const QuantizedTensor& tensor, InputType output);
// The same product in double for every recipe, whatever its own order (see compare/metrics.h): exact but for a stored
// amax, whose part (amax / the largest element / the largest scale) and products round to nearest in double.
void exact_row(const QuantizedTensor& tensor, std::int64_t row, std::span<double> out) noexcept;

// Every stage of one element with its bits, in the order in which the producer computes them.
struct Stage {
  std::string name;
  std::string formula;
  std::uint32_t bits = 0;
  double value = 0.0;
};
std::vector<Stage> explain(const Recipe& recipe, const Request& request, std::int64_t row, std::int64_t col);

}  // namespace bitgate::reference
