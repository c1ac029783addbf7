// bitgate diff-recordings: two recordings of the same cases, of two machines or of two builds.
#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "bitgate/compare/recording_diff.h"
#include "bitgate/reports/program/command.h"

namespace bitgate::program {

namespace {

using compare::RecordingDiff;

// Bytes that differ are a difference; cases that only one holds, or none in common, are not told apart from bytes that
// would.
int status_of(const RecordingDiff& diff) {
  if (!diff.different.empty()) return kDifference;
  return diff.equal == 0 || !diff.only_first.empty() || !diff.only_second.empty() ? kCouldNotTell : kPass;
}

void print_json(const std::string& first, const std::string& second, const RecordingDiff& diff) {
  nlohmann::ordered_json different = nlohmann::ordered_json::array();
  for (const RecordingDiff::Different& d : diff.different)
    different.push_back({{"kernel", d.kernel}, {"case", d.name}, {"what", d.what}});
  const nlohmann::ordered_json result{{"first", first},
                                      {"second", second},
                                      {"equal", diff.equal},
                                      {"different", different},
                                      {"only_first", diff.only_first},
                                      {"only_second", diff.only_second},
                                      {"kernels", diff.kernels},
                                      {"status", status_of(diff)}};
  fmt::print("{}\n", result.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
}

void print_some(const std::string& file, const std::vector<std::string>& names) {
  constexpr std::size_t kLines = 10;
  for (std::size_t i = 0; i < names.size() && i < kLines; ++i) fmt::print("only in {}: {}\n", file, names[i]);
  if (names.size() > kLines) fmt::print("only in {}: {} more\n", file, names.size() - kLines);
}

void print_text(const std::string& first, const std::string& second, const RecordingDiff& diff) {
  constexpr std::size_t kLines = 20;
  for (const std::string& sentence : diff.kernels) fmt::print("{}\n", sentence);
  for (std::size_t i = 0; i < diff.different.size() && i < kLines; ++i)
    fmt::print("{} {}: {}\n", diff.different[i].kernel, diff.different[i].name, diff.different[i].what);
  if (diff.different.size() > kLines) fmt::print("{} more differ\n", diff.different.size() - kLines);
  print_some(first, diff.only_first);
  print_some(second, diff.only_second);
  fmt::print("{} cases equal, {} different, {} only in {}, {} only in {}\n", diff.equal, diff.different.size(),
             diff.only_first.size(), first, diff.only_second.size(), second);
}

int diff_recordings(const std::string& first, const std::string& second, bool json) {
  const RecordingDiff diff = compare::diff(compare::read_recording(first), compare::read_recording(second));
  if (json)
    print_json(first, second, diff);
  else
    print_text(first, second, diff);
  return status_of(diff);
}

}  // namespace

void add_diff_recordings(CLI::App& app, int& status) {
  CLI::App* command = app.add_subcommand("diff-recordings", "Two recordings of the same cases: which bytes differ");
  auto files = std::make_shared<std::pair<std::string, std::string>>();
  auto json = std::make_shared<bool>(false);
  command->add_option("first", files->first, "A file that 'bitgate record' wrote")->required();
  command->add_option("second", files->second, "Another")->required();
  command->add_flag("--json", *json, "Print JSON");
  command->footer(
      "Example: bitgate diff-recordings h100.json b200.json\n"
      "Exit status 1 when a byte differs, 2 when a case is in one of them alone or nothing is common to both.");
  command->callback([files, json, &status] { status = diff_recordings(files->first, files->second, *json); });
}

}  // namespace bitgate::program
