// ggml's tables of MMVQ, and the rule that lets a MUL be written as Q8_1.
#include "bitgate/reference/dispatch/ggml_consumers.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "bitgate/reference/format/error.h"

namespace bitgate::reference {
namespace {

constexpr std::string_view kRepository = "ggml-org/ggml";
constexpr std::string_view kCommit = "d99724f2";
constexpr Source kPr{"ggml-org/llama.cpp", "PR 22710 (closed unmerged)", "read from its reviews", "ggml.md 4"};
constexpr Source kSelect{kRepository, "src/ggml-cuda/ggml-cuda.cu, ggml_cuda_mul_mat", kCommit, "ggml.md 4"};
constexpr Source kLimits{kRepository, "src/ggml-cuda/mmvq.cu", kCommit, "ggml.md 4 and 6"};
constexpr Source kNorm{kRepository, "src/ggml-cuda/norm.cu", kCommit, "ggml.md 3"};

constexpr std::array kWeightTypes{
    WeightType{"q1_0", "d4"},   WeightType{"q2_0", "d4"},   WeightType{"q4_0", "ds4"},   WeightType{"q4_1", "ds4"},
    WeightType{"q5_0", "d4"},   WeightType{"q5_1", "ds4"},  WeightType{"q8_0", "d4"},    WeightType{"mxfp4", "d4"},
    WeightType{"nvfp4", "d4"},  WeightType{"q2_K", "d2s6"}, WeightType{"q3_K", "d4"},    WeightType{"q4_K", "ds4"},
    WeightType{"q5_K", "ds4"},  WeightType{"q6_K", "d4"},   WeightType{"iq1_s", "ds4"},  WeightType{"iq2_xxs", "d4"},
    WeightType{"iq2_xs", "d4"}, WeightType{"iq2_s", "d4"},  WeightType{"iq3_xxs", "d4"}, WeightType{"iq3_s", "d4"},
    WeightType{"iq4_nl", "d4"}, WeightType{"iq4_xs", "d4"}, WeightType{"f32", ""},       WeightType{"f16", ""},
    WeightType{"bf16", ""}};

constexpr std::array kLimitRows{
    MmvqLimit{"MUL_MAT", "q2_K", 89, 89, 4},       MmvqLimit{"MUL_MAT", "q3_K", 89, 89, 6},
    MmvqLimit{"MUL_MAT", "q4_K", 89, 89, 7},       MmvqLimit{"MUL_MAT", "q5_K", 89, 89, 7},
    MmvqLimit{"MUL_MAT", "q2_K", 120, 120, 5},     MmvqLimit{"MUL_MAT", "q3_K", 120, 120, 5},
    MmvqLimit{"MUL_MAT", "q4_K", 120, 120, 5},     MmvqLimit{"MUL_MAT", "q5_K", 120, 120, 5},
    MmvqLimit{"MUL_MAT", "q6_K", 120, 120, 7},     MmvqLimit{"MUL_MAT", "q2_K", 121, 121, 6},
    MmvqLimit{"MUL_MAT_ID", "iq2_s", 75, 88, 7},   MmvqLimit{"MUL_MAT_ID", "iq3_s", 75, 88, 6},
    MmvqLimit{"MUL_MAT_ID", "iq3_xxs", 75, 88, 7}, MmvqLimit{"MUL_MAT_ID", "mxfp4", 75, 88, 7},
    MmvqLimit{"MUL_MAT_ID", "q2_K", 75, 88, 7},    MmvqLimit{"MUL_MAT_ID", "q3_K", 75, 88, 5}};

enum Row : std::size_t {
  kFusionOff,
  kNotF32,
  kNotContiguous,
  kGraphOutput,
  kUncounted,
  kNotAProduct,
  kWrongSource,
  kSplitRows,
  kHadamard,
  kBadPadding,
  kNotF32Product,
  kFloatWeight,
  kBatch,
  kMay
};

constexpr std::array kRules{
    Rule{"ggml.consumers.fusion-off", "", "graph", "Fusion is switched off: nothing changes.", &kPr},
    Rule{"ggml.consumers.norm-f32", "", "graph", "Norm, weight and product have to be F32 to be fused.", &kNorm},
    Rule{"ggml.consumers.contiguous", "", "graph", "The norm's rows have to be contiguous to be fused.", &kNorm},
    Rule{"ggml.consumers.graph-output", "", "graph", "The MUL's output leaves the graph: it has to stay F32.", &kPr},
    Rule{"ggml.consumers.all-found", "", "graph", "The sources found have to be as many as the uses counted.", &kPr},
    Rule{"ggml.consumers.product", "", "consumer", "Only MUL_MAT and MUL_MAT_ID read Q8_1.", &kPr},
    Rule{"ggml.consumers.src1", "", "consumer", "Q8_1 may only be src1; every source of a node counts.", &kPr},
    Rule{"ggml.consumers.split", "", "consumer", "A weight split by rows takes the legacy path, which wants F32.",
         &kPr},
    Rule{"ggml.consumers.hadamard", "", "consumer", "With the Hadamard hint the product runs FWHT, not MMVQ.",
         &kSelect},
    Rule{"ggml.consumers.padding", "", "consumer", "With bad padding the product runs cuBLAS, not MMVQ.", &kSelect},
    Rule{"ggml.consumers.f32", "", "consumer", "With src1 or output not F32 the product runs cuBLAS, not MMVQ.",
         &kSelect},
    Rule{"ggml.consumers.quantized", "", "consumer",
         "A weight that is not quantized runs mmvf, mmf or cuBLAS, which want F32.", &kSelect},
    Rule{"ggml.consumers.batch", "", "consumer", "Above MMVQ's limit of columns the product quantizes for MMQ instead.",
         &kLimits},
    Rule{"ggml.consumers.may", "", "graph", "Every use is src1 of a product that runs MMVQ, and all uses were found.",
         &kPr}};
static_assert(kRules.size() == kMay + 1);

bool is_product(const Consumer& consumer) {
  return consumer.operation == "MUL_MAT" || consumer.operation == "MUL_MAT_ID";
}

const WeightType& require_weight_type(std::string_view name) {
  if (const WeightType* type = find_weight_type(name)) return *type;
  std::string known = weight_type_names();
  for (std::size_t at = 0; (at = known.find('|', at)) != std::string::npos; at += 2) known.replace(at, 1, ", ");
  throw InputError(fmt::format("ggml: unknown weight_type '{}', expected one of {}", name, known));
}

int require_gpu(std::string_view name) {
  const Arch& arch = require_arch(name);
  if (arch.capability == 0)
    throw InputError(fmt::format("ggml: arch {} is a CPU: MMVQ and the norm's fusion are CUDA's (sm_...)", name));
  return arch.capability;
}

class Reasons {
 public:
  explicit Reasons(ConsumerAnswer& answer) : answer_(&answer) {}
  void add_if(bool applies, Row row, int consumer, std::string detail = "") {
    if (!applies) return;
    answer_->reasons.push_back({consumer, &kRules[row], std::string(kRules[row].text) + detail});
  }

 private:
  ConsumerAnswer* answer_;
};

void judge(const Consumer& consumer, int index, int capability, Reasons& reasons) {
  if (!is_product(consumer)) {
    reasons.add_if(true, kNotAProduct, index, fmt::format(" This is {}.", consumer.operation));
    return;
  }
  reasons.add_if(consumer.source != 1, kWrongSource, index, fmt::format(" This is src{}.", consumer.source));
  const WeightType& type = require_weight_type(consumer.weight_type);
  reasons.add_if(consumer.split_rows, kSplitRows, index);
  reasons.add_if(consumer.hadamard_hint, kHadamard, index);
  reasons.add_if(consumer.bad_padding, kBadPadding, index);
  reasons.add_if(!consumer.f32_source || !consumer.f32_output, kNotF32Product, index);
  reasons.add_if(type.mmq_layout.empty(), kFloatWeight, index, fmt::format(" This weight is {}.", type.name));
  const int limit = mmvq_limit(consumer.operation, type.name, capability);
  reasons.add_if(!type.mmq_layout.empty() && consumer.batch > limit, kBatch, index,
                 fmt::format(" {} of {} columns, at most {} here.", type.name, consumer.batch, limit));
}

}  // namespace

std::span<const WeightType> weight_types() noexcept { return kWeightTypes; }

std::string weight_type_names() {
  std::string names;
  for (const WeightType& type : kWeightTypes) names += fmt::format("{}{}", names.empty() ? "" : "|", type.name);
  return names;
}

const WeightType* find_weight_type(std::string_view name) noexcept {
  const auto found =
      std::find_if(kWeightTypes.begin(), kWeightTypes.end(), [&](const WeightType& type) { return type.name == name; });
  return found == kWeightTypes.end() ? nullptr : &*found;
}

std::span<const MmvqLimit> mmvq_limits() noexcept { return kLimitRows; }

int mmvq_limit(std::string_view operation, std::string_view type, int capability) noexcept {
  for (const MmvqLimit& row : kLimitRows) {
    const bool chip = row.capability_from <= capability && capability <= row.capability_to;
    if (chip && row.operation == operation && row.type == type) return row.columns;
  }
  return kMmvqColumns;
}

std::span<const Rule> consumer_rules() noexcept { return kRules; }

std::string_view product_kernel(const Consumer& consumer, int capability) {
  if (!is_product(consumer)) return "reads F32";
  const WeightType& type = require_weight_type(consumer.weight_type);
  if (consumer.source != 1) return "reads F32";
  if (consumer.split_rows) return "legacy split path";
  if (consumer.hadamard_hint) return "FWHT";
  if (consumer.bad_padding || !consumer.f32_source || !consumer.f32_output) return "cuBLAS";
  if (type.mmq_layout.empty()) return "mmvf, mmf or cuBLAS";
  return consumer.batch <= mmvq_limit(consumer.operation, type.name, capability) ? "MMVQ" : "MMQ";
}

ConsumerAnswer may_write_q8_1(const NormGraph& graph) {
  const int capability = require_gpu(graph.arch);
  ConsumerAnswer answer;
  Reasons reasons(answer);
  reasons.add_if(!graph.fusion, kFusionOff, -1);
  reasons.add_if(!graph.f32, kNotF32, -1);
  reasons.add_if(!graph.contiguous, kNotContiguous, -1);
  reasons.add_if(graph.graph_output, kGraphOutput, -1);
  const auto found = static_cast<std::int64_t>(graph.consumers.size());
  reasons.add_if(found != graph.uses || graph.uses == 0, kUncounted, -1,
                 fmt::format(" {} found, {} counted.", found, graph.uses));
  for (int i = 0; const Consumer& consumer : graph.consumers) {
    answer.kernels.emplace_back(product_kernel(consumer, capability));
    judge(consumer, i++, capability, reasons);
  }
  answer.may_write_q8_1 = answer.reasons.empty();
  reasons.add_if(answer.may_write_q8_1, kMay, -1);
  return answer;
}

}  // namespace bitgate::reference
