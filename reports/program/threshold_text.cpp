#include "bitgate/reports/program/threshold_text.h"

namespace bitgate::program {

using reports::ThresholdChange;

std::string proposal_of(const std::string& file) { return file + ".new"; }

std::string counted(std::size_t n, std::string_view thing) {
  return fmt::format("{} {}{}", n, thing, n == 1 ? "" : "s");
}

void print_change(const ThresholdChange& change) {
  fmt::print("{}\n  old    {}\n  new    {}\n  delta  {}\n", change.name, change.before, change.after, change.delta);
}

nlohmann::ordered_json json_of(const std::vector<ThresholdChange>& changes) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const ThresholdChange& change : changes)
    list.push_back({{"name", change.name},
                    {"old", change.before},
                    {"new", change.after},
                    {"delta", change.delta},
                    {"change", change.looser ? "looser" : "tighter"}});
  return list;
}

}  // namespace bitgate::program
