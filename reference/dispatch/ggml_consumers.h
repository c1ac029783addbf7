// May a MUL behind RMS_NORM be written as Q8_1? ggml's selection of MMVQ by weight type, chip and batch, and the
// consumer rule of llama.cpp #22710 (ggml.md 4 and 6).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bitgate/reference/dispatch/rule.h"

namespace bitgate::reference {

// Weight types and the layout in which MMQ wants its activations; empty: a float type, which no quantizer serves.
struct WeightType {
  std::string_view name, mmq_layout;
};
std::span<const WeightType> weight_types() noexcept;
std::string weight_type_names();  // "q4_0|q4_1|..."
const WeightType* find_weight_type(std::string_view name) noexcept;

// How many columns MMVQ takes, where it is not 8: compute capabilities from..to, ten times.
struct MmvqLimit {
  std::string_view operation;  // MUL_MAT, MUL_MAT_ID
  std::string_view type;
  int capability_from, capability_to;
  int columns;
};
std::span<const MmvqLimit> mmvq_limits() noexcept;
constexpr int kMmvqColumns = 8;
int mmvq_limit(std::string_view operation, std::string_view type, int capability) noexcept;

// One source of one node that reads the MUL's output.
struct Consumer {
  std::string operation;    // MUL_MAT, MUL_MAT_ID, or any other node: ADD, GET_ROWS, VIEW, ...
  int source = 1;           // which of the node's sources it is
  std::string weight_type;  // of src0; needed for MUL_MAT and MUL_MAT_ID
  std::int64_t batch = 1;   // ne11 of MUL_MAT, ne2 of MUL_MAT_ID
  bool f32_source = true, f32_output = true;
  bool bad_padding = false;    // src0 is a view in a compute buffer whose allocation exceeds its bytes
  bool hadamard_hint = false;  // goes to the fast Walsh-Hadamard transform
  bool split_rows = false;     // src0 lies in a buffer split over several devices
};

struct NormGraph {
  std::string arch;
  bool fusion = true;         // false: GGML_CUDA_DISABLE_FUSION
  bool graph_output = false;  // the MUL's output leaves the graph
  bool f32 = true;            // norm, weight and product are all F32
  bool contiguous = true;     // rows are contiguous
  std::int64_t uses = 0;      // how often the graph counts the MUL's output as used
  std::vector<Consumer> consumers;
};

struct ConsumerReason {
  int consumer = -1;  // -1: about the MUL itself
  const Rule* rule = nullptr;
  std::string text;
};

struct ConsumerAnswer {
  bool may_write_q8_1 = false;
  std::vector<ConsumerReason> reasons;  // why not, all of them; or the rule that allows it
  std::vector<std::string> kernels;     // what each consumer runs, fused or not
};

// The rows; `sets` names what a row is about (graph or consumer). Throws InputError for an arch, a weight type or a
// batch that the notes know nothing of.
std::span<const Rule> consumer_rules() noexcept;
ConsumerAnswer may_write_q8_1(const NormGraph& graph);

// What MUL_MAT (or MUL_MAT_ID) runs for its activations: FWHT, cuBLAS, mmvf/mmf/cuBLAS, MMVQ, MMQ.
std::string_view product_kernel(const Consumer& consumer, int capability);

}  // namespace bitgate::reference
