#include "bitgate/reports/program/check_device.h"

#include <fmt/format.h>

#include <array>
#include <atomic>
#include <future>
#include <memory>
#include <numeric>
#include <span>

#include "bitgate/compare/suite_operand.h"
#include "bitgate/reports/program/record_subject.h"
#include "bitgate/reports/program/served.h"

namespace bitgate::program {

namespace {

using compare::Operand;
using compare::SuiteProbe;
using compare::SuiteScope;

// One question to the kernel, in one direction.
struct Asking {
  const device::Kernel* kernel;
  SuiteScope scope;
  InputType type;
  Direction direction;

  QuantizedTensor operator()(const Operand& operand, const device::RunOptions& options) const {
    const compare::Subject subject = [&](const Request& request) {
      return served([&] { return device::run(*kernel, request, options); });
    };
    return compare::ask_operand(scope, subject, operand, direction);
  }
};

// Several blocks of whatever direction.
Operand operand_of(const Asking& asking, std::int64_t units, std::uint64_t seed) {
  Extent unit = compare::unit_of(asking.scope);
  if (device::has_columns(asking.direction))
    unit.rows = unit.cols = std::lcm(std::lcm(unit.rows, unit.cols), asking.kernel->rows_multiple_columnwise);
  return compare::normal_operand(asking.scope, asking.type, {units * unit.rows, units * unit.cols}, seed);
}

std::string said(std::string_view what, const std::string& differs) {
  return differs.empty() ? "" : fmt::format("{}: {}", what, differs);
}

std::string over_four_poisons(const Asking& asking) {
  const Operand operand = operand_of(asking, 4, 31);
  return compare::difference(asking(operand, {}), asking(operand, {.poisons = device::kPoisons}));
}

std::string replayed(const Asking& asking) {
  const Operand operand = operand_of(asking, 4, 32);
  return said("a CUDA graph, replayed after another input",
              compare::difference(asking(operand, {}), asking(operand, {.graph = true})));
}

std::string at_once(const Asking& asking) {
  constexpr int kCalls = 16;
  const std::array<Operand, 2> operands{operand_of(asking, 8, 33), operand_of(asking, 6, 34)};
  const auto calls = [&](const Operand& operand, const QuantizedTensor& alone) -> std::string {
    for (int i = 0; i < kCalls; ++i)
      if (std::string differs = compare::difference(alone, asking(operand, {})); !differs.empty()) return differs;
    return "";
  };
  const std::array<QuantizedTensor, 2> alone{asking(operands[0], {}), asking(operands[1], {})};
  auto other = std::async(std::launch::async, [&] { return calls(operands[1], alone[1]); });
  const std::string here = calls(operands[0], alone[0]), there = other.get();
  return said("beside another stream and host thread", here.empty() ? there : here);
}

std::string_view suffix_of(Direction direction) {
  return direction == Direction::kRowwise ? "" : direction == Direction::kColumnwise ? " columnwise" : " both";
}

}  // namespace

std::vector<SuiteProbe> device_poison_probes(const device::Kernel& kernel, const SuiteScope& scope) {
  std::vector<SuiteProbe> probes;
  const auto add = [&](std::string_view name, const Asking& asking, std::string (*differs)(const Asking&)) {
    probes.push_back({fmt::format("{} {}{}", name, name_of(asking.type), suffix_of(asking.direction)), "",
                      [asking, differs](const compare::Subject&) { return differs(asking); }});
  };
  for (const InputType type : scope.types)
    for (const Direction direction : {Direction::kRowwise, Direction::kColumnwise, Direction::kBoth}) {
      if (!device::makes(kernel.directions, direction)) continue;
      const Asking asking{&kernel, scope, type, direction};
      add("four-poisons", asking, over_four_poisons);
      add("graph-replay", asking, replayed);
      add("two-streams", asking, at_once);
    }
  return probes;
}

compare::Subject over_one_poison(const device::Kernel& kernel) {
  const auto asked = std::make_shared<std::atomic<std::size_t>>(0);
  return [&kernel, asked](const Request& request) {
    const std::size_t pattern = (*asked)++ % device::kPoisons.size();
    return run_over(kernel, request, std::span(device::kPoisons).subspan(pattern, 1));
  };
}

}  // namespace bitgate::program
