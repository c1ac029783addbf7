// What an answer must not depend on: what was asked before; and what the subject must leave alone.
#include <fmt/format.h>

#include "bitgate/compare/suite_operand.h"
#include "bitgate/compare/suite_questions.h"

namespace bitgate::compare {
namespace {

Operand operand_of(const SuiteScope& scope, InputType type, std::int64_t units, std::uint64_t seed) {
  const Extent unit = unit_of(scope);
  return normal_operand(scope, type, {units * unit.rows, units * unit.cols}, seed);
}

std::string said(std::string_view what, const std::string& differs) {
  return differs.empty() ? "" : fmt::format("{}: {}", what, differs);
}

std::string repeats(const SuiteScope& scope, InputType type, const Subject& subject) {
  const Operand operand = operand_of(scope, type, 4, 21), larger = operand_of(scope, type, 6, 22);
  const QuantizedTensor first = ask_operand(scope, subject, operand);
  std::string differs = said("asked again", difference(first, ask_operand(scope, subject, operand)));
  for (const Operand& between : {larger, operand_of(scope, type, 1, 23)}) {
    if (!differs.empty()) break;
    ask_operand(scope, subject, between);
    differs = said("asked again after another input", difference(first, ask_operand(scope, subject, operand)));
  }
  return differs;
}

std::string keeps_its_input(const SuiteScope& scope, InputType type, const Subject& subject) {
  std::string differs;
  const Subject watched = [&](const Request& request) {
    const std::size_t size = type == InputType::kF32 ? 4 : 2;
    const auto* bytes = static_cast<const unsigned char*>(request.input.data);
    const std::vector<unsigned char> before(bytes,
                                            bytes + static_cast<std::size_t>(count(request.input.extent)) * size);
    QuantizedTensor answer = subject(request);
    for (std::size_t i = before.size(); i-- > 0;)
      if (bytes[i] != before[i]) differs = fmt::format("the input was changed, the first at byte {}", i);
    return answer;
  };
  ask_operand(scope, watched, operand_of(scope, type, 4, 24));
  return differs;
}

}  // namespace

std::vector<SuiteProbe> poison_probes(const SuiteScope& scope) {
  std::vector<SuiteProbe> probes;
  for (const InputType type : scope.types) {
    probes.push_back({fmt::format("repeats {}", name_of(type)), "",
                      [scope, type](const Subject& subject) { return repeats(scope, type, subject); }});
    probes.push_back({fmt::format("input-unchanged {}", name_of(type)), "",
                      [scope, type](const Subject& subject) { return keeps_its_input(scope, type, subject); }});
  }
  return probes;
}

}  // namespace bitgate::compare
