// What the parts of `bitgate gate` that are about thresholds share: their words and the place of a proposal.
#pragma once

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "bitgate/reference/format/error.h"
#include "bitgate/reports/threshold_change.h"

namespace bitgate::program {

// "1 change", "2 changes".
std::string counted(std::size_t n, std::string_view thing);

// FILE.new, beside it.
std::string proposal_of(const std::string& file);

void print_change(const reports::ThresholdChange& change);
nlohmann::ordered_json json_of(const std::vector<reports::ThresholdChange>& changes);

// What a library says of thresholds, with the file that it is about.
template <class Make>
reports::Thresholds of_file(const std::string& file, const Make& make) {
  try {
    return make();
  } catch (const InputError& error) {
    throw InputError(fmt::format("{}: {}", file, error.what()));
  }
}

}  // namespace bitgate::program
