// What identify found, in words: the text of the program and of the C library.
#pragma once

#include <cstddef>
#include <string>

#include "bitgate/compare/identify.h"

namespace bitgate::compare {

// How many of the nearest others the text tells of; asked for more, it also gives the reasons of those not asked.
inline constexpr std::size_t kOthers = 5;

// Why nothing can be told; "" when something can.
std::string why_not_told(const Identification& found);

std::string text_of(const Identification& found, std::size_t others);

}  // namespace bitgate::compare
