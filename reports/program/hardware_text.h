// What `bitgate hardware` found, as lines and as JSON.
#pragma once

#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "bitgate/compare/hardware_check.h"
#include "bitgate/device/kernel.h"

namespace bitgate::program {

struct HardwareFindings {
  std::optional<device::DeviceFacts> gpu;  // none: the models answered for themselves
  std::string reach;                       // "default", "quick", "full"
  std::vector<compare::HardwareResult> results;
  std::vector<const compare::HardwareModel*> lacking;  // instructions that the GPU does not have
  std::string broke_off;                               // why not all was asked; empty: all was
  double seconds = 0;
};

// 1 outranks 2.
int status_of(const HardwareFindings& findings);

std::string hardware_head(const HardwareFindings& findings);
// Of one instruction: all its parts.
std::string hardware_line(const std::vector<compare::HardwareResult>& parts);
std::string hardware_end(const HardwareFindings& findings);

nlohmann::ordered_json hardware_json(const HardwareFindings& findings);

// The checksums by part in a file that --out wrote. Throws InputError when it is none.
using HardwareChecksums = std::map<std::string, std::string>;
HardwareChecksums read_hardware_checksums(const std::string& file);

// Parts whose checksums differ from those of `file`, a sentence each, and how many are in both.
struct HardwareOther {
  std::vector<std::string> different;
  std::size_t common = 0;
};
HardwareOther hardware_against(const HardwareFindings& findings, const HardwareChecksums& checksums,
                               const std::string& file);

}  // namespace bitgate::program
