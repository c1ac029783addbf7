// One side of a question of parity (parity.h): a recipe, or a producer in a situation.
#pragma once

#include <string>
#include <string_view>

#include "bitgate/reference/dispatch/resolve.h"
#include "bitgate/reference/recipe/recipe.h"

namespace bitgate::compare {

// A recipe's name, or PRODUCER[@VERSION][:KEY=VALUE,...]: "te@2.9:dtype=bf16,shape=128x256,arch=sm_100a,
// env.NVTE_USE_FAST_MATH=1". Keys: dtype, shape, batch, arch, role, direction, env.NAME, part (only that one of the
// answer), and every option of the producer.
struct Contender {
  std::string text;
  const reference::Recipe* recipe = nullptr;  // null: a situation
  reference::Situation situation;
  std::string part;  // "" for all
};
// Throws InputError saying what of the text is unknown: recipe, producer, key, or value.
Contender parse_contender(std::string_view text);

}  // namespace bitgate::compare
