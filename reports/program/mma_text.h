// What `bitgate mma` found, as lines and as JSON.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "bitgate/compare/mma_check.h"
#include "bitgate/compare/mma_fit.h"
#include "bitgate/compare/mma_probes.h"
#include "bitgate/device/kernel.h"

namespace bitgate::program {

// Of one instruction: its parts, the answers to open questions, and what explains differences.
struct MmaOpFindings {
  const compare::MmaModel* model = nullptr;
  std::vector<compare::MmaFindings> parts;
  std::vector<std::pair<compare::MmaProbe, std::uint32_t>> answers;  // to open probes: D
  std::vector<compare::MmaFit> fits;
  std::string code_sha256;    // machine code of the kernel that asked; empty: the model answered
  std::string source_sha256;  // of that kernel's sources and flags
};

struct MmaReport {
  std::optional<device::DeviceFacts> gpu;  // none: the model answered for itself
  std::uint64_t seed = 0, count = 0;
  std::vector<MmaOpFindings> ops;
  std::vector<const compare::MmaModel*> lacking;  // instructions that the GPU does not have
  std::string broke_off;                          // why not all was asked; empty: all was
  double seconds = 0;
};

// 1 outranks 2.
int status_of(const MmaReport& report);

std::string mma_head(const MmaReport& report);
std::string mma_lines(const MmaOpFindings& op, bool answers);
std::string mma_end(const MmaReport& report);

nlohmann::ordered_json mma_json(const MmaReport& report);
// As a file: a line for each instruction's facts, part and family of answers.
std::string mma_document(const MmaReport& report);

}  // namespace bitgate::program
