// bitgate resolve: which recipe and kernel a producer runs in a situation, and why; and whether ggml may write the
// output of a MUL as Q8_1.
#include "bitgate/reference/dispatch/resolve.h"

#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "bitgate/compare/consumers_file.h"
#include "bitgate/reference/format/error.h"
#include "bitgate/reports/program/command.h"
#include "bitgate/reports/program/resolve_text.h"

namespace bitgate::program {

namespace {

using nlohmann::ordered_json;

struct ResolveOptions {
  std::string producer, positional, version, dtype, shape, arch, role, direction, consumers;
  std::vector<std::string> environment, options;
  std::int64_t batch = -1;
  bool json = false, words = false;
};

std::vector<reference::Setting> settings_of(const std::vector<std::string>& pairs, const char* option) {
  std::vector<reference::Setting> settings;
  for (const std::string& pair : pairs) {
    const auto equals = pair.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == pair.size())
      throw InputError(fmt::format("{} '{}': NAME=VALUE expected", option, pair));
    settings.push_back({pair.substr(0, equals), pair.substr(equals + 1)});
  }
  return settings;
}

Extent shape_of(const std::string& text) {
  const auto x = text.find('x');
  const std::int64_t rows = x == std::string::npos ? -1 : reference::whole_number(text.substr(0, x));
  const std::int64_t cols = x == std::string::npos ? -1 : reference::whole_number(text.substr(x + 1));
  if (rows < 0 || cols < 0) throw InputError(fmt::format("--shape '{}': ROWSxCOLS expected, e.g. 128x256", text));
  return {rows, cols};
}

reference::Situation situation_of(const ResolveOptions& options) {
  reference::Situation situation{options.producer,
                                 options.version,
                                 settings_of(options.environment, "--env"),
                                 options.dtype,
                                 std::nullopt,
                                 std::nullopt,
                                 options.arch,
                                 options.role,
                                 options.direction,
                                 settings_of(options.options, "--option")};
  if (!options.shape.empty()) situation.shape = shape_of(options.shape);
  if (options.batch >= 0) situation.batch = options.batch;
  return situation;
}

void print_resolution(const reference::Resolution& resolution, bool json) {
  fmt::print("{}", json ? json_of(resolution).dump(2) + "\n" : text_of(resolution));
}

// Everything that a situation may say to this producer, and every rule.
void print_words(const reference::Producer& producer, bool json) {
  if (json) {
    ordered_json result{{"producer", producer.name}};
    for (const reference::Word& word : producer.words)
      if (word.kind != reference::WordKind::kDerived)
        result["words"].push_back({{"name", word.name},
                                   {"accepts", word.accepts},
                                   {"initial", word.initial},
                                   {"text", word.text},
                                   {"note", word.source->note}});
    for (const reference::Release& release : producer.releases) result["versions"].push_back(release.name);
    for (const reference::Rule& rule : producer.rules) {
      ordered_json row = rule_json(rule, std::string(rule.text));
      row["when"] = rule.when;
      row["sets"] = rule.sets;
      result["rules"].push_back(std::move(row));
    }
    fmt::print("{}\n", result.dump(2));
    return;
  }
  for (const reference::Word& word : producer.words) {
    if (word.kind == reference::WordKind::kDerived) continue;
    const std::string initial = word.initial.empty() ? "" : fmt::format(" ({})", word.initial);
    fmt::print("{}={}{}: {}; {}\n", word.name, word.accepts, initial, word.text, word.source->note);
  }
}

reference::NormGraph graph_of(const ResolveOptions& options) {
  if (options.producer != "ggml") throw InputError("--consumers is about ggml: --producer ggml");
  const std::string other = !options.version.empty()     ? "--version"
                            : !options.dtype.empty()     ? "--dtype"
                            : !options.shape.empty()     ? "--shape"
                            : !options.role.empty()      ? "--role"
                            : !options.direction.empty() ? "--direction"
                            : !options.options.empty()   ? "--option"
                            : !options.arch.empty()      ? "--arch"
                            : options.batch >= 0         ? "--batch"
                                                         : "";
  if (!other.empty()) throw InputError(fmt::format("{} and --consumers: the file says it all but --env", other));
  reference::NormGraph graph = compare::read_consumers(options.consumers);
  for (const reference::Setting& setting : settings_of(options.environment, "--env")) {
    const bool is_known = setting.name == "GGML_CUDA_DISABLE_FUSION" && (setting.value == "0" || setting.value == "1");
    if (!is_known)
      throw InputError(
          fmt::format("ggml: unknown environment variable '{}={}', expected GGML_CUDA_DISABLE_FUSION=0 or 1",
                      setting.name, setting.value));
    if (setting.value == "1") graph.fusion = false;
  }
  return graph;
}

void print_answer(const reference::NormGraph& graph, const reference::ConsumerAnswer& answer, bool json) {
  const char* recipe = answer.may_write_q8_1 ? "ggml/rms_norm-mul-q8_1" : "ggml/rms_norm-mul";
  const auto name_of_reason = [](const reference::ConsumerReason& reason) {
    return reason.consumer < 0 ? std::string("the MUL") : fmt::format("consumer {}", reason.consumer);
  };
  if (json) {
    ordered_json result{{"producer", "ggml"}, {"may_write_q8_1", answer.may_write_q8_1}, {"recipe", recipe}};
    result["kernels"] = answer.kernels;
    result["reasons"] = ordered_json::array();
    for (const reference::ConsumerReason& reason : answer.reasons) {
      ordered_json row = rule_json(*reason.rule, reason.text);
      row["consumer"] = reason.consumer < 0 ? ordered_json() : ordered_json(reason.consumer);
      result["reasons"].push_back(std::move(row));
    }
    fmt::print("{}\n", result.dump(2));
    return;
  }
  fmt::print("{}: this MUL {} be written as Q8_1\n", answer.may_write_q8_1 ? "yes" : "no",
             answer.may_write_q8_1 ? "may" : "may not");
  fmt::print("recipe: {}\n", recipe);
  for (std::size_t i = 0; i < answer.kernels.size(); ++i)
    fmt::print("consumer {}: {} {}\n", i, graph.consumers[i].operation, answer.kernels[i]);
  fmt::print("because:\n");
  for (const reference::ConsumerReason& reason : answer.reasons)
    fmt::print("{}", rule_text(*reason.rule, fmt::format("{}: {}", name_of_reason(reason), reason.text)));
}

void run_resolve(ResolveOptions options) {
  if (!options.positional.empty() && !options.producer.empty() && options.positional != options.producer)
    throw InputError(fmt::format("producer {} or {}: one expected", options.positional, options.producer));
  if (options.producer.empty()) options.producer = options.positional;
  const reference::Producer& producer = reference::require_producer(options.producer);
  if (options.words) {
    print_words(producer, options.json);
    return;
  }
  if (!options.consumers.empty()) {
    const reference::NormGraph graph = graph_of(options);
    print_answer(graph, reference::may_write_q8_1(graph), options.json);
    return;
  }
  print_resolution(reference::resolve(situation_of(options)), options.json);
}

constexpr const char* kProducers =
    "te, torchao, ggml, flashinfer, trtllm, vllm, sglang, cutlass, deepseek, modelopt or compressed-tensors";

constexpr const char* kResolveFooter =
    R"(Examples:
  bitgate resolve --producer te --env NVTE_USE_FAST_MATH=1 --dtype bf16 --shape 128x256 --arch sm_100a
  bitgate resolve --producer ggml --option weight_type=q4_K --batch 6 --arch sm_120
  bitgate resolve torchao --dtype bf16 --arch sm_90 --option level=tensorwise --version 2025-10-08
  bitgate resolve flashinfer --dtype bf16 --arch sm_100a --env FLASHINFER_DISABLE_FP4_QUANT_FAST_MATH=1
  bitgate resolve trtllm --dtype f16 --arch sm_100a --option quantizer=mxfp8 --version 0193dbd4
  bitgate resolve vllm --dtype bf16 --arch sm_100a --option quantizer=mxfp4 --version bde90062
  bitgate resolve sglang --dtype bf16 --arch sm_90 --option quantizer=fp8 --option granularity=group
  bitgate resolve cutlass --arch sm_100a --option block=32
  bitgate resolve deepseek --dtype bf16 --arch sm_90 --option library=deepep --option ue8m0=1
  bitgate resolve modelopt --dtype bf16 --arch sm_90 --version 0.44.0
  bitgate resolve compressed-tensors --dtype fp32 --arch x86
  bitgate resolve ggml --consumers FILE
  bitgate resolve te --words
FILE is JSON: who reads the output of the MUL behind RMS_NORM, one entry for each source that is it.
  {"arch": "sm_120", "batch": 1, "fusion": true, "graph_output": false, "uses": 1,
   "consumers": [{"op": "MUL_MAT", "src": 1, "weight_type": "q4_K", "ne11": 1}]}
  Needed: arch, uses, consumers, and the weight_type of MUL_MAT and MUL_MAT_ID. Also known: f32, contiguous (true);
  and of a consumer ne2 (MUL_MAT_ID), src1_type, dst_type ("f32"), bad_padding, hadamard, split_rows (false).
Exit status: 0 with an answer, 3 when no rule of the notes states one.)";

}  // namespace

void add_resolve(CLI::App& app) {
  CLI::App* command = app.add_subcommand("resolve", "Which recipe and kernel a producer runs in a situation, and why");
  auto options = std::make_shared<ResolveOptions>();
  command->add_option("producer", options->positional, kProducers);
  command->add_option("--producer", options->producer, kProducers);
  command->add_option("--version", options->version, "Release, commit or date (default: the newest that was read)");
  command->add_option("--env", options->environment, "NAME=VALUE of the producer's environment; may be repeated")
      ->take_all()
      ->allow_extra_args(false);
  command->add_option("--dtype", options->dtype, "fp32, bf16 or f16");
  command->add_option("--shape", options->shape, "ROWSxCOLS");
  command->add_option("--batch", options->batch, "Columns of the activation (ggml)")->check(CLI::NonNegativeNumber);
  command->add_option("--arch", options->arch, "Chip: sm_90, sm_100a, sm_120, x86, ...");
  command->add_option("--role", options->role, "input, weight, gradient, gemm, ...");
  command->add_option("--direction", options->direction, "rowwise, columnwise or both");
  command->add_option("--option", options->options, "NAME=VALUE of anything else (see --words); may be repeated")
      ->take_all()
      ->allow_extra_args(false);
  command->add_option("--consumers", options->consumers, "May this MUL be written as Q8_1? (ggml; JSON, see below)");
  command->add_flag("--words", options->words, "What a situation may say to this producer");
  command->add_flag("--json", options->json, "Print JSON");
  command->footer(kResolveFooter);
  command->callback([options] { run_resolve(*options); });
}

}  // namespace bitgate::program
