// What producers refuse, as data: one row a refusal, with the producer's rule in one sentence and where it was read.
//
// A refusal that a recipe's name can meet is part of require_accepted's message. A combination that no recipe stands
// for is refused by resolve, whose rule has the same sentence; its row says with which words to ask for it.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace bitgate::reference {

// How a refusal is met.
enum class RefusalKind : std::uint8_t {
  kRowwise,             // the row-wise side alone is asked for
  kColumnwise,          // the column-wise side alone
  kBoth,                // both at once
  kType,                // an input type
  kColumnwiseType,      // an input type, with the column-wise side
  kMultiple,            // a number of rows or columns
  kColumnwiseMultiple,  // a number of rows or columns, with the column-wise side
  kNan,
  kInfinity,
  kEmpty,
  kOpen,        // listed, and a question is open
  kDequantize,  // no order of products is stated
  kDequantizeColumnwise,
  kCombination,  // of words of resolve
};
std::string_view name_of(RefusalKind kind) noexcept;

struct Refusal {
  std::string_view id;
  RefusalKind kind;
  std::string_view recipes;  // names separated by spaces, * for any text; of kCombination: the producer
  std::string_view asked;    // of kCombination: words of resolve that ask for it
  std::string_view rule;
  std::string_view source;
};

// The first row that matches a recipe is the one that speaks for it.
std::span<const Refusal> refusals() noexcept;
// Null: no row of this kind matches the recipe.
const Refusal* find_refusal(std::string_view recipe, RefusalKind kind) noexcept;

}  // namespace bitgate::reference
