// bitgate diff: two recipes held against each other.
#include <fmt/format.h>

#include <charconv>
#include <memory>

#include "bitgate/compare/alias.h"
#include "bitgate/compare/distribution.h"
#include "bitgate/compare/input_file.h"
#include "bitgate/compare/recipe_diff.h"
#include "bitgate/reports/program/command.h"
#include "bitgate/reports/program/diff_text.h"

namespace bitgate::program {

namespace {

using compare::RecipeDiff;

struct DiffOptions {
  std::string a, b, extent = "4096x1024", dtype;
  std::vector<std::string> distributions;
  std::uint64_t seed = 1;
  bool json = false;
};

Extent extent_of(const std::string& text) {
  Extent extent;
  const char* end = text.data() + text.size();
  const auto rows = std::from_chars(text.data(), end, extent.rows);
  const bool parted = rows.ec == std::errc{} && rows.ptr != end && *rows.ptr == 'x';
  const auto cols = parted ? std::from_chars(rows.ptr + 1, end, extent.cols) : rows;
  const bool sane = extent.rows > 0 && extent.cols > 0 && extent.rows <= (1 << 20) && extent.cols <= (1 << 20);
  if (!parted || cols.ec != std::errc{} || cols.ptr != end || !sane)
    throw InputError(fmt::format("--extent '{}': ROWSxCOLS expected, e.g. 4096x1024, each at most 2^20", text));
  return extent;
}

void require_distribution(const std::string& name) {
  if (compare::find_distribution(name) != nullptr) return;
  std::string known;
  for (const compare::DistributionInfo& info : compare::distributions())
    known += fmt::format("{}{}", known.empty() ? "" : ", ", info.name);
  throw InputError(fmt::format("--distribution '{}': unknown; expected one of {}", name, known));
}

RecipeDiff run(const DiffOptions& options) {
  for (const std::string& name : options.distributions) require_distribution(name);
  compare::DiffOptions how;
  how.extent = extent_of(options.extent);
  how.seed = options.seed;
  how.distributions = options.distributions;
  if (!options.dtype.empty()) {
    how.type = compare::find_input_type(options.dtype);
    if (!how.type) throw InputError(fmt::format("--dtype '{}': fp32, bf16 or f16 expected", options.dtype));
  }
  return compare::diff(compare::require_named(options.a), compare::require_named(options.b), how);
}

void run_diff(const DiffOptions& options) {
  const RecipeDiff diff = run(options);
  if (options.json) {
    fmt::print("{}\n", json_of(diff).dump(2));
    return;
  }
  std::string text = fmt::format("{} and {} differ in\n", diff.a->identity.name, diff.b->identity.name);
  for (const compare::AxisDifference& d : diff.axes) text += fmt::format("  {}: {}; {}\n", d.axis, d.a, d.b);
  if (diff.axes.empty()) text += "  no axis\n";
  if (!diff.why_not.empty())
    text += fmt::format("not run: {}\n", diff.why_not);
  else
    text += rows_text(diff) + separator_text(diff);
  fmt::print("{}", text);
}

}  // namespace

void add_diff(CLI::App& app) {
  CLI::App* command = app.add_subcommand("diff", "In what two recipes differ, how often it shows, and on which input");
  auto options = std::make_shared<DiffOptions>();
  command->add_option("a", options->a, "A recipe, e.g. te/nvfp4")->required();
  command->add_option("b", options->b, "Another, e.g. te/nvfp4-v1")->required();
  command->add_option("--extent", options->extent, "Elements of a distribution, as ROWSxCOLS (default 4096x1024)");
  command->add_option("--dtype", options->dtype, "fp32, bf16 or f16 (default: bf16 where both take it)");
  command->add_option("--distribution", options->distributions,
                      "Only these; repeatable (default: all, and the directed ones of both recipes)");
  command->add_option("--seed", options->seed, "Of the first tensor (default 1)");
  command->add_flag("--json", options->json, "Print JSON");
  command->footer("Example: bitgate diff te/nvfp4 te/nvfp4-v1");
  command->callback([options] { run_diff(*options); });
}

}  // namespace bitgate::program
