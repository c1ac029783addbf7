// What follows a matrix product: from the FP32 accumulator of D = A B^T to the bytes of D, in the producer's order, one
// rounding a step. One row of data an epilogue; whose accumulator it is does not matter.
//
// Words. D is rows x cols, row-major. A is the operand whose rows are D's rows (activations), B the one whose rows are
// D's columns (weights). TransformerEngine's general_gemm calls our B "A" and our A "B"; cuBLAS, column-major, does
// too. Numbers are those of a GPU: subnormals are kept, every NaN that an operation gives is 7FFFFFFF, and a NaN turned
// into a 16-bit type is 7FFF. Where nothing is done to the accumulator, D in FP32 is its bits, NaN and all.
//
// Sources: te.md 3.1, 8.1, 9 and 16, torchao-and-ocp.md 2.7, tensor-core.md 10 of the notes; each row names its own.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bitgate/reference/format/error.h"
#include "bitgate/reference/format/tensor.h"
#include "bitgate/reference/recipe/recipe.h"

namespace bitgate::reference {

// What multiplies the accumulator, and in which order. a and b: decode scales of A and B (one, or one a row of each).
enum class Factor : std::uint8_t {
  kNone,           // nothing
  kAlpha,          // acc * alpha
  kTeNvfp4,        // acc * (((alpha * amax B) * amax A) * 1/constant): TE's A, our B, comes first
  kTeNvfp4Ones,    // the same with 1 for each amax
  kTeNvfp4AFirst,  // as kTeNvfp4, amax A before amax B: no producer's
  kTeQuotient,     // acc * ((amax A * amax B) / constant): TE's reference in Python
  kFactorFirst,    // acc * ((alpha * a) * b)
  kScalesFirst,    // (acc * (a * b)) * alpha
  kAThenB,         // ((acc * a) * b) * alpha
  kBThenA,         // ((acc * b) * a) * alpha
  kOpenVectors,    // not documented: one of kFactorFirst, kScalesFirst, kAThenB, kBThenA
};

// How beta * C joins. beta 0: C is not read.
enum class CTerm : std::uint8_t {
  kNone,      // the producer takes none
  kFusedC,    // fma(beta, C, product)
  kFusedAcc,  // fma(last factor, what it multiplies, beta * C)
  kSeparate,  // product + beta * C, each rounded
  kOpen,      // not documented: one of these three
};

// What multiplies the product behind it.
enum class Rescale : std::uint8_t {
  kNone,
  kAmaxFoldedOrTwo,  // FP32: times (amax A * amax B) where either is one number, else times amax A, then times amax B
  kAmaxFolded,       // times (amax A * amax B): no producer's for two vectors
  kAmaxAThenB,       // times amax A, then times amax B: no producer's where one is one number
  kAmaxBThenA,       // no producer's
  kOutputType,       // in D's type: the accumulator is rounded to it, so is a * b, so is the product
  kScalesFp32,       // times (a * b), before the cast: no producer's
};

// A vector, one number a column.
enum class Bias : std::uint8_t {
  kNone,        // the producer takes none
  kFp32,        // product + bias, before the cast
  kFused,       // fma(last factor, what it multiplies, bias), before C
  kOutputType,  // in D's type, after the cast
  kOpenFused,   // not documented: kFp32 or kFused
  kOpenCast,    // not documented: kFp32 or kOutputType
};

// What "accumulate into D" does.
enum class Accumulate : std::uint8_t {
  kRefused,
  kBetaOne,     // C is the old D and beta is 1 unless given
  kAfterCast,   // the product is cast, then added to the old D in its type
  kBeforeCast,  // the old D is added in FP32, after the bias: no producer's
};

// Enumerated axes and one number: a structural type.
struct EpilogueRules {
  Factor factor = Factor::kNone;
  float constant = 1.0f;  // of kTeNvfp4...: 36 * e4m3_max of A * e4m3_max of B, exact
  CTerm c = CTerm::kNone;
  Rescale rescale = Rescale::kNone;
  Bias bias = Bias::kNone;
  Accumulate accumulate = Accumulate::kRefused;
  friend constexpr bool operator==(const EpilogueRules&, const EpilogueRules&) = default;
};

// What a producer may be asked for beside the numbers; most refuse most of it.
enum class GemmAsk : std::uint8_t {
  kRowScaledFlag,    // an operand still carries TE's flag of row-scaled tensors
  kGrouped,          // many products in one call
  kGroupedTensor,    // operands that are one grouped tensor
  kQuantizedOutput,  // D as FP8 or FP4
  kGelu,             // fused GELU
  kCommOverlap,      // communication behind the same call
  kBiasGradient,     // the fused gradient of the bias
};
inline constexpr GemmAsk kGemmAsks[] = {GemmAsk::kRowScaledFlag,   GemmAsk::kGrouped, GemmAsk::kGroupedTensor,
                                        GemmAsk::kQuantizedOutput, GemmAsk::kGelu,    GemmAsk::kCommOverlap,
                                        GemmAsk::kBiasGradient};
std::string_view name_of(GemmAsk ask) noexcept;  // "row-scaled-flag", ...

// What the producer answers to one of them; an empty reason: it does it, with the same numbers.
struct AskAnswer {
  GemmAsk ask;
  std::string_view reason;
};

// What the producer takes.
struct EpilogueAccepts {
  bool f32 = true, bf16 = true, f16 = true;  // D
  std::string_view refusal = {};             // why another type of D is refused
  bool vectors = false;                      // one amax or scale a row, where the factor or rescale takes them
  std::string_view vectors_refusal = {};     // why not
  std::span<const AskAnswer> answers = {};   // what is not named is refused as not covered
};

struct Epilogue {
  Identity identity;
  EpilogueRules rules;
  EpilogueAccepts accepts;
  std::string_view open_question = {};  // where an axis is not documented: what nobody has said or measured
};

// All of them, in the order of `bitgate list epilogues`.
std::span<const Epilogue> epilogues() noexcept;
const Epilogue* find_epilogue(std::string_view name) noexcept;  // null: unknown
const Epilogue& require_epilogue(std::string_view name);        // throws InputError

// One definite order of an epilogue: its own, or, where axes are not documented, each order that fits them.
struct EpilogueReading {
  EpilogueRules rules;
  std::string words;  // what it assumes; empty: nothing
};
std::vector<EpilogueReading> readings_of(const Epilogue& epilogue);

// Orders that differ from `rules` in one step, as others write it or as one gets it wrong: what bytes that do not agree
// are held against.
std::vector<EpilogueReading> one_step_away(const EpilogueRules& rules);

// Spans that an epilogue does not use must be empty.
struct EpilogueOperands {
  std::int64_t rows = 0, cols = 0;     // of D
  std::span<const float> accumulator;  // rows * cols
  std::span<const float> a_amax;       // max|x|: 1, or one a row of A (rows)
  std::span<const float> b_amax;       // 1, or one a row of B (cols)
  std::span<const float> a_scale;      // what multiplies A's codes beside their block scale, likewise
  std::span<const float> b_scale;
  float alpha = 1.0f;
  float beta = 0.0f;  // accumulate: 1 unless it is given
  bool beta_given = false;
  TypedView c{};     // rows x cols, or no data
  TypedView bias{};  // 1 x cols, or no data
  InputType output = InputType::kF32;
  bool accumulate = false;  // c is the old D, of D's type
  std::span<const GemmAsk> asks{};
};

// Throws InputError when the producer would not take these operands, with its reason, and when a size does not fit.
void require_accepted(const Epilogue& epilogue, const EpilogueOperands& operands);

// D, as bit patterns of the output type. Deterministic for every bit pattern that is accepted. Throws as
// require_accepted, and, naming the open question, when the epilogue's order is not documented and its readings differ
// for these operands.
TypedTensor apply_epilogue(const Epilogue& epilogue, const EpilogueOperands& operands);
// The same for any definite rules: what searches of the orders use. Sizes must fit; nothing is refused.
TypedTensor apply_rules(const EpilogueRules& rules, const EpilogueOperands& operands);

// Every stage of one element of D with its bits, in the producer's order. Throws as apply_epilogue of that element
// alone, and when it lies outside.
std::vector<Stage> explain_epilogue(const Epilogue& epilogue, const EpilogueOperands& operands, std::int64_t row,
                                    std::int64_t col);
std::vector<Stage> explain_rules(const EpilogueRules& rules, const EpilogueOperands& operands, std::int64_t row,
                                 std::int64_t col);

}  // namespace bitgate::reference
