// A recipe's loop, specialised on its Rules: with constants every branch of quantize_block folds away.
#pragma once

#include "bitgate/reference/recipe/rows.h"

namespace bitgate::reference {

template <const Rules& kRules>
void run(const Side& side, QuantizedTensor& out) {
  quantize_rows(kRules, side, out);
}

}  // namespace bitgate::reference
