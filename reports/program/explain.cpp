// bitgate explain: every stage of one element with its bits.
#include <fmt/format.h>

#include <charconv>
#include <memory>
#include <nlohmann/json.hpp>

#include "bitgate/reports/program/command.h"
#include "bitgate/reports/program/inputs.h"
#include "bitgate/reports/program/stages.h"

namespace bitgate::program {

namespace {

struct ExplainOptions {
  InputOptions input;
  std::string at = "0,0";
  bool json = false;
};

std::pair<std::int64_t, std::int64_t> position(const std::string& text) {
  std::int64_t row = 0;
  std::int64_t col = 0;
  const char* end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, row);
  const bool comma = first.ec == std::errc{} && first.ptr != end && *first.ptr == ',';
  const auto second = comma ? std::from_chars(first.ptr + 1, end, col) : first;
  if (!comma || second.ec != std::errc{} || second.ptr != end)
    throw InputError(fmt::format("--at '{}': ROW,COL expected, e.g. 4,17", text));
  return {row, col};
}

void run_explain(const ExplainOptions& options) {
  const auto [row, col] = position(options.at);
  LoadedRequest loaded;
  load_request(options.input, loaded);
  const std::vector<reference::Stage> stages = reference::explain(*loaded.recipe, loaded.request, row, col);
  if (options.json) {
    nlohmann::ordered_json result{{"recipe", loaded.recipe->identity.name}, {"row", row}, {"col", col}};
    result["stages"] = stages_json(stages);
    fmt::print("{}\n", result.dump(2));
    return;
  }
  fmt::print("{}, element ({}, {})\n{}", loaded.recipe->identity.name, row, col, stages_text(stages, ""));
}

}  // namespace

void add_explain(CLI::App& app) {
  CLI::App* command = app.add_subcommand("explain", "Every stage of one element with its bits");
  auto options = std::make_shared<ExplainOptions>();
  add_input_options(*command, options->input);
  command->add_option("--at", options->at, "ROW,COL of the element (default 0,0)");
  command->add_flag("--json", options->json, "Print JSON");
  command->footer("Example: bitgate explain --case te/nvfp4/bf16/normal/128x256/s7 --at 4,17");
  command->callback([options] { run_explain(*options); });
}

}  // namespace bitgate::program
