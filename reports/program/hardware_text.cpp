#include "bitgate/reports/program/hardware_text.h"

#include <fmt/format.h>

#include "bitgate/compare/json_reader.h"
#include "bitgate/reports/program/command.h"
#include "bitgate/reports/provenance.h"

namespace bitgate::program {

namespace {

using compare::HardwareResult;
using nlohmann::ordered_json;

constexpr const char* kModels = "the models themselves";

std::uint64_t total(const HardwareFindings& findings, std::uint64_t HardwareResult::*count) {
  std::uint64_t sum = 0;
  for (const HardwareResult& result : findings.results) sum += result.*count;
  return sum;
}

ordered_json result_json(const HardwareResult& result) {
  ordered_json json{{"op", result.model->op},
                    {"suite", result.model->suite},
                    {"part", result.part},
                    {"inputs", result.inputs},
                    {"asked", result.asked},
                    {"different", result.different},
                    {"crc32", fmt::format("{:08x}", result.crc32)},
                    {"seconds", result.seconds}};
  if (result.first) json["first"] = describe(*result.model, *result.first);
  return json;
}

std::string key_of(std::string_view op, std::string_view part, std::uint64_t asked) {
  return fmt::format("{}, {}, {}", op, part, asked);
}

}  // namespace

int status_of(const HardwareFindings& findings) {
  if (total(findings, &HardwareResult::different) != 0) return kDifference;
  return findings.broke_off.empty() && total(findings, &HardwareResult::asked) != 0 ? kPass : kCouldNotTell;
}

std::string hardware_head(const HardwareFindings& findings) {
  if (!findings.gpu) return fmt::format("{} against themselves: no GPU is asked\n", kModels);
  return fmt::format("{} ({}, driver {}) against the models of its instructions\n", findings.gpu->name,
                     findings.gpu->architecture, findings.gpu->driver.empty() ? "unknown" : findings.gpu->driver);
}

std::string hardware_line(const std::vector<HardwareResult>& parts) {
  HardwareResult sum;
  std::string names;
  for (const HardwareResult& part : parts) {
    sum.asked += part.asked;
    sum.different += part.different;
    sum.seconds += part.seconds;
    if (!sum.first) sum.first = part.first;
    names += (names.empty() ? "" : "; ") + part.part;
  }
  const compare::HardwareModel& model = *parts.front().model;
  std::string line = fmt::format("  {:<29} {:>11} asked  {:>10} differ  {:>5.1f} s  {}\n", model.op, sum.asked,
                                 sum.different, sum.seconds, names);
  if (sum.first) line += fmt::format("    first: {}\n", describe(model, *sum.first));
  return line;
}

std::string hardware_end(const HardwareFindings& findings) {
  std::string text;
  for (const compare::HardwareModel* model : findings.lacking)
    text += fmt::format("  {:<29} not asked: this GPU does not have it\n", model->op);
  if (!findings.broke_off.empty()) text += fmt::format("it broke off: {}\n", findings.broke_off);
  const int status = status_of(findings);
  const char* verdict = status == kPass         ? "pass: nothing differs"
                        : status == kDifference ? "fail: kernels cannot be judged on this GPU"
                                                : "could not tell: not all was asked";
  return text + fmt::format("{}; {} results in {:.1f} s\n", verdict, total(findings, &HardwareResult::asked),
                            findings.seconds);
}

ordered_json hardware_json(const HardwareFindings& findings) {
  const reports::Provenance here = reports::provenance_here();
  ordered_json json{{"bitgate", here.version}, {"commit", here.commit}, {"date", here.date_utc}};
  json["gpu"] = nullptr;
  if (findings.gpu)
    json["gpu"] = {{"name", findings.gpu->name},
                   {"compute_capability", findings.gpu->compute_capability},
                   {"architecture", findings.gpu->architecture},
                   {"driver", findings.gpu->driver},
                   {"nvcc", findings.gpu->nvcc}};
  json["reach"] = findings.reach;
  ordered_json results = ordered_json::array(), lacking = ordered_json::array();
  for (const HardwareResult& result : findings.results) results.push_back(result_json(result));
  for (const compare::HardwareModel* model : findings.lacking) lacking.push_back(model->op);
  json["results"] = std::move(results);
  json["lacking"] = std::move(lacking);
  json["broke_off"] = findings.broke_off;
  json["seconds"] = findings.seconds;
  json["status"] = status_of(findings);
  return json;
}

HardwareChecksums read_hardware_checksums(const std::string& file) {
  constexpr std::size_t kMaxBytes = 16u << 20, kMaxResults = 10000, kMaxName = 200;
  const nlohmann::json json = compare::read_json(file, kMaxBytes);
  const compare::JsonValue root(json, file);
  HardwareChecksums checksums;
  for (const compare::JsonValue& each : root.at("results").elements(kMaxResults))
    checksums[key_of(each.at("op").text(kMaxName), each.at("part").text(kMaxName),
                     static_cast<std::uint64_t>(each.at("asked").integer(0, std::int64_t{1} << 40)))] =
        each.at("crc32").text(kMaxName);
  return checksums;
}

HardwareOther hardware_against(const HardwareFindings& findings, const HardwareChecksums& checksums,
                               const std::string& file) {
  HardwareOther other;
  for (const HardwareResult& result : findings.results) {
    const auto found = checksums.find(key_of(result.model->op, result.part, result.asked));
    if (found == checksums.end()) continue;
    ++other.common;
    const std::string here = fmt::format("{:08x}", result.crc32);
    if (found->second != here)
      other.different.push_back(
          fmt::format("{}, {}: crc32 {} here, {} in {}", result.model->op, result.part, here, found->second, file));
  }
  return other;
}

}  // namespace bitgate::program
