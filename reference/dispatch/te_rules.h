// TransformerEngine's dispatch rules: one row each, in the order in which they decide.
#pragma once

#include <span>

#include "bitgate/reference/dispatch/rule.h"

namespace bitgate::reference {

std::span<const Rule> te_rules() noexcept;

}  // namespace bitgate::reference
