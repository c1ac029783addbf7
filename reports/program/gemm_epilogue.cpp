// bitgate gemm --epilogue: what follows anyone's FP32 accumulator, computed, or checked byte for byte.
#include <fmt/format.h>

#include <charconv>
#include <optional>

#include "bitgate/compare/input_file.h"
#include "bitgate/reference/gemm/epilogue.h"
#include "bitgate/reports/program/command.h"
#include "bitgate/reports/program/gemm.h"
#include "bitgate/reports/program/inputs.h"
#include "bitgate/reports/program/stages.h"

namespace bitgate::program {

namespace {

using reference::Epilogue;
using reference::EpilogueOperands;
using reference::EpilogueReading;
using reference::EpilogueRules;

// Owns what its operands view.
struct LoadedEpilogue {
  const Epilogue* epilogue = nullptr;
  TypedTensor acc, c, bias;
  std::vector<float> a_amax, b_amax, a_scale, b_scale;
  std::vector<reference::GemmAsk> asks;
  EpilogueOperands operands;

  LoadedEpilogue() = default;
  LoadedEpilogue(const LoadedEpilogue&) = delete;
  LoadedEpilogue& operator=(const LoadedEpilogue&) = delete;
};

std::vector<float> gemm_amax(const std::string& option, const std::string& text) {
  std::vector<float> numbers = numbers_of(option, text);
  for (const float amax : numbers)
    if (amax < 0.0f) throw InputError(fmt::format("{} {}: max|x| is not negative", option, amax));
  if (numbers.empty() && !text.empty()) throw InputError(fmt::format("{} {}: holds no number", option, text));
  return numbers;
}
std::vector<float> gemm_scales(const std::string& option, const std::string& text) {
  std::vector<float> numbers = numbers_of(option, text);
  if (numbers.empty() && !text.empty()) throw InputError(fmt::format("{} {}: holds no number", option, text));
  return numbers;
}
float gemm_scalar(const std::string& option, const std::string& text, float otherwise) {
  if (text.empty()) return otherwise;
  const std::vector<float> numbers = numbers_of(option, text);
  if (numbers.size() != 1)
    throw InputError(fmt::format("{} {}: one number expected, {} found", option, text, numbers.size()));
  return numbers[0];
}

// Of whichever type the file holds; uint16 patterns are of D's type where that has 16 bits, else bf16.
TypedTensor gemm_typed(const std::string& file, InputType output) {
  const compare::NpyArray array = compare::read_array(file);
  const bool patterns = array.type == compare::NpyType::kUint16;
  return compare::input_from(array, file, !patterns ? "" : output == InputType::kF16 ? "f16" : "bf16");
}

reference::GemmAsk gemm_ask(const std::string& name) {
  std::string known;
  for (const reference::GemmAsk ask : reference::kGemmAsks) {
    if (name_of(ask) == name) return ask;
    known += fmt::format("{}{}", known.empty() ? "" : ", ", name_of(ask));
  }
  throw InputError(fmt::format("--with '{}': unknown; expected one of {}", name, known));
}

InputType gemm_output(const std::string& dtype) {
  const std::optional<InputType> type = compare::find_input_type(dtype);
  if (!type) throw InputError(fmt::format("--dtype '{}': fp32, bf16 or f16 expected", dtype));
  return *type;
}

void load_epilogue(const GemmOptions& options, LoadedEpilogue& loaded) {
  loaded.epilogue = &reference::require_epilogue(options.epilogue);
  if (options.acc.empty()) throw InputError("--epilogue needs --acc FILE.npy, the FP32 accumulator");
  EpilogueOperands& operands = loaded.operands;
  operands.output = gemm_output(options.dtype);
  loaded.acc = compare::read_input(options.acc, "fp32");
  operands.rows = loaded.acc.extent.rows;
  operands.cols = loaded.acc.extent.cols;
  operands.accumulator = std::get<0>(loaded.acc.values);
  operands.a_amax = loaded.a_amax = gemm_amax("--a-amax", options.a_amax);
  operands.b_amax = loaded.b_amax = gemm_amax("--b-amax", options.b_amax);
  operands.a_scale = loaded.a_scale = gemm_scales("--a-scale", options.a_scale);
  operands.b_scale = loaded.b_scale = gemm_scales("--b-scale", options.b_scale);
  operands.alpha = gemm_scalar("--alpha", options.alpha, 1.0f);
  operands.beta = gemm_scalar("--beta", options.beta, 0.0f);
  operands.beta_given = !options.beta.empty();
  operands.accumulate = options.accumulate;
  if (!options.c.empty()) {
    loaded.c = gemm_typed(options.c, operands.output);
    operands.c = loaded.c.view();
  }
  if (!options.bias.empty()) {
    loaded.bias = gemm_typed(options.bias, operands.output);
    operands.bias = loaded.bias.view();
  }
  for (const std::string& name : options.with) loaded.asks.push_back(gemm_ask(name));
  operands.asks = loaded.asks;
  require_accepted(*loaded.epilogue, operands);
}

std::pair<std::int64_t, std::int64_t> gemm_position(const std::string& text) {
  std::int64_t row = 0, col = 0;
  const char* end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, row);
  const bool comma = first.ec == std::errc{} && first.ptr != end && *first.ptr == ',';
  const auto second = comma ? std::from_chars(first.ptr + 1, end, col) : first;
  if (!comma || second.ec != std::errc{} || second.ptr != end)
    throw InputError(fmt::format("--at '{}': ROW,COL expected, e.g. 4,17", text));
  return {row, col};
}

bool gemm_accepted(const Epilogue& epilogue, const EpilogueOperands& operands) {
  try {
    require_accepted(epilogue, operands);
    return true;
  } catch (const InputError&) {
    return false;
  }
}

// Every other order that could have made the bytes: of the epilogues that take these operands, and one step away.
std::vector<EpilogueReading> other_orders(const LoadedEpilogue& loaded, const EpilogueRules& rules) {
  std::vector<EpilogueReading> others;
  for (const Epilogue& epilogue : reference::epilogues()) {
    if (&epilogue == loaded.epilogue || !gemm_accepted(epilogue, loaded.operands)) continue;
    for (EpilogueReading& reading : readings_of(epilogue)) {
      const std::string_view with = reading.words.empty() ? "" : ": ";
      others.push_back({reading.rules, fmt::format("{}{}{}", epilogue.identity.name, with, reading.words)});
    }
  }
  for (EpilogueReading& reading : one_step_away(rules)) {
    if (!loaded.operands.accumulate && reading.rules.accumulate != rules.accumulate) continue;
    others.push_back({reading.rules, fmt::format("{} with {}", loaded.epilogue->identity.name, reading.words)});
  }
  return others;
}

// Those that give every byte of `actual`. Each is tried on the first element that differs before it is computed whole.
std::vector<std::string> explaining_orders(const LoadedEpilogue& loaded, const EpilogueRules& rules,
                                           const TypedTensor& actual, std::int64_t first) {
  std::vector<std::string> names;
  const std::int64_t cols = loaded.operands.cols;
  for (const EpilogueReading& other : other_orders(loaded, rules)) {
    const auto stages = explain_rules(other.rules, loaded.operands, first / cols, first % cols);
    if (stages.back().bits != gemm_bits(actual, first)) continue;
    const TypedTensor d = apply_rules(other.rules, loaded.operands);
    if (gemm_differences(d, actual, "").different == 0) names.push_back(other.words);
  }
  return names;
}

// One reading of the epilogue against the bytes.
struct CheckedReading {
  EpilogueReading reading;
  TypedTensor expected;
  GemmDifferences found;
};
std::vector<CheckedReading> check_readings(const LoadedEpilogue& loaded, const TypedTensor& actual,
                                           const std::string& file) {
  std::vector<CheckedReading> all;
  for (EpilogueReading& reading : readings_of(*loaded.epilogue)) {
    TypedTensor expected = apply_rules(reading.rules, loaded.operands);
    const GemmDifferences found = gemm_differences(expected, actual, file);
    all.push_back({std::move(reading), std::move(expected), found});
  }
  return all;
}
bool readings_differ(const std::vector<CheckedReading>& all) {
  for (const CheckedReading& one : all)
    if (gemm_differences(all.front().expected, one.expected, "").different > 0) return true;
  return false;
}

void print_check(const GemmOptions& options, const LoadedEpilogue& loaded, const std::vector<CheckedReading>& all,
                 const CheckedReading& best, const TypedTensor& actual) {
  const bool open = readings_differ(all), exact = best.found.different == 0;
  const std::int64_t first = best.found.first, cols = loaded.operands.cols;
  std::vector<std::string> readings, others;
  std::vector<reference::Stage> stages;
  if (open)
    for (const CheckedReading& one : all)
      if (one.found.different == 0) readings.push_back(one.reading.words);
  if (!exact) {
    stages = explain_rules(best.reading.rules, loaded.operands, first / cols, first % cols);
    others = explaining_orders(loaded, best.reading.rules, actual, first);
  }
  if (options.json) {
    nlohmann::ordered_json json{{"epilogue", options.epilogue}};
    json.update(gemm_differences_json(best.found, best.expected, actual));
    if (open) json["open_question"] = loaded.epilogue->open_question;
    if (open) json["readings"] = readings;
    if (!exact) json["first"]["stages"] = stages_json(stages);
    if (!exact) json["explained_by"] = others;
    fmt::print("{}\n", json.dump(2));
    return;
  }
  fmt::print("{}: {}\n", options.epilogue, gemm_differences_text(best.found, best.expected, actual));
  if (open) fmt::print("{}\n", loaded.epilogue->open_question);
  for (const std::string& words : readings) fmt::print("the bytes are those of the reading: {}\n", words);
  if (exact) return;
  if (open) fmt::print("no reading gives the bytes; the nearest: {}\n", best.reading.words);
  fmt::print("{}", stages_text(stages, "  "));
  for (const std::string& name : others) fmt::print("explained by {}\n", name);
  if (others.empty()) fmt::print("no other order that is known here explains the bytes\n");
}

// A documented order has to give the bytes; of one that is not, some reading.
int check_epilogue(const GemmOptions& options, const LoadedEpilogue& loaded) {
  const TypedTensor actual = compare::read_input(options.from, options.dtype);
  const std::vector<CheckedReading> all = check_readings(loaded, actual, options.from);
  const CheckedReading* best = &all.front();
  for (const CheckedReading& one : all)
    if (one.found.different < best->found.different) best = &one;
  print_check(options, loaded, all, *best, actual);
  if (best->found.elements == 0) {
    fmt::print(stderr, "bitgate: {}: nothing was compared, it holds no element\n", options.from);
    return kCouldNotTell;
  }
  return best->found.different == 0 ? kPass : kDifference;
}

void print_epilogue_stages(const GemmOptions& options, const LoadedEpilogue& loaded) {
  const auto [row, col] = gemm_position(options.at);
  const std::vector<reference::Stage> stages = explain_epilogue(*loaded.epilogue, loaded.operands, row, col);
  if (!options.json) {
    fmt::print("{}, element ({}, {})\n{}", options.epilogue, row, col, stages_text(stages, "  "));
    return;
  }
  nlohmann::ordered_json json{{"epilogue", options.epilogue}, {"row", row}, {"col", col}};
  json["stages"] = stages_json(stages);
  fmt::print("{}\n", json.dump(2));
}

}  // namespace

int run_gemm_epilogue(const GemmOptions& options) {
  if (options.from.empty() == (options.out.empty() && options.at.empty()))
    throw InputError("gemm --epilogue: give --out FILE or --at ROW,COL to compute, or --from OUT.npy to check");
  LoadedEpilogue loaded;
  load_epilogue(options, loaded);
  if (!options.from.empty()) return check_epilogue(options, loaded);
  if (!options.at.empty()) print_epilogue_stages(options, loaded);
  if (!options.out.empty()) write_gemm(options.out, apply_epilogue(*loaded.epilogue, loaded.operands));
  return kPass;
}

}  // namespace bitgate::program
