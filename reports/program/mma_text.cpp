#include "bitgate/reports/program/mma_text.h"

#include <fmt/format.h>

#include "bitgate/compare/json_reader.h"
#include "bitgate/compare/mma_codes.h"
#include "bitgate/reports/program/command.h"
#include "bitgate/reports/provenance.h"

namespace bitgate::program {

namespace {

using compare::MmaCase;
using compare::MmaFindings;
using compare::MmaFit;
using compare::MmaModel;
using compare::MmaProbe;
using nlohmann::ordered_json;

struct Totals {
  std::uint64_t asked = 0, different = 0;
  double seconds = 0;
};

Totals total(const MmaOpFindings& op) {
  Totals sum;
  for (const MmaFindings& part : op.parts) {
    sum.asked += part.asked;
    sum.different += part.different;
    sum.seconds += part.seconds;
  }
  return sum;
}

Totals total(const MmaReport& report) {
  Totals sum;
  for (const MmaOpFindings& op : report.ops) {
    const Totals of_op = total(op);
    sum.asked += of_op.asked;
    sum.different += of_op.different;
  }
  return sum;
}

std::string bits(const MmaModel& model, std::uint32_t d) {
  return fmt::format("{:0{}x}", d, model.half_result ? 4 : 8);
}

std::string mma_text_of(const MmaFit& fit) {
  if (fit.changes.empty()) return "the model itself";
  std::string text;
  for (const std::string& change : fit.changes) text += (text.empty() ? "" : "; ") + change;
  return text;
}

std::string hex(const std::vector<std::uint32_t>& codes) {
  std::string text;
  for (const std::uint32_t code : codes) text += fmt::format("{}{:x}", text.empty() ? "" : " ", code);
  return text;
}

ordered_json mma_json_of(const MmaModel& model, const MmaCase& one) {
  return {{"tile", one.tile},
          {"row", one.row},
          {"column", one.column},
          {"flags", one.flags},
          {"a", hex(one.a)},
          {"b", hex(one.b)},
          {"c", bits(model, one.c)},
          {"model", bits(model, one.expected)},
          {"d", bits(model, one.actual)}};
}

ordered_json mma_json_of(const MmaModel& model, const MmaFindings& part) {
  ordered_json json{{"op", model.op},
                    {"part", part.part},
                    {"asked", part.asked},
                    {"different", part.different},
                    {"crc32", fmt::format("{:08x}", part.crc32)},
                    {"first_asked", part.first_asked},
                    {"first_crc32", fmt::format("{:08x}", part.first_crc32)},
                    {"seconds", part.seconds}};
  if (part.first.empty()) return json;
  json["first"] = describe(model, part.first.front());
  ordered_json cases = ordered_json::array();
  for (const MmaCase& one : part.first) cases.push_back(mma_json_of(model, one));
  json["cases"] = std::move(cases);
  return json;
}

ordered_json mma_json_of(const MmaOpFindings& op) {
  ordered_json json{{"op", op.model->op}, {"row", op.model->instruction}, {"code_sha256", op.code_sha256}};
  ordered_json answers = ordered_json::array(), fits = ordered_json::array();
  for (const auto& [probe, d] : op.answers)
    answers.push_back(fmt::format("{} {}: {}", probe.family, probe.text, bits(*op.model, d)));
  for (const MmaFit& fit : op.fits) fits.push_back(mma_text_of(fit));
  json["answers"] = std::move(answers);
  json["fits"] = std::move(fits);
  return json;
}

std::string mma_key_of(std::string_view op, std::string_view part, std::uint64_t asked) {
  return fmt::format("{}, {}, {}", op, part, asked);
}

}  // namespace

int status_of(const MmaReport& report) {
  const Totals all = total(report);
  if (all.different != 0) return kDifference;
  return report.broke_off.empty() && all.asked != 0 ? kPass : kCouldNotTell;
}

std::string mma_head(const MmaReport& report) {
  if (!report.gpu) return "the model against itself: no GPU is asked\n";
  return fmt::format("{} ({}, driver {}) against the model of its matrix instructions\n", report.gpu->name,
                     report.gpu->architecture, report.gpu->driver.empty() ? "unknown" : report.gpu->driver);
}

std::string mma_lines(const MmaOpFindings& op, bool answers) {
  const Totals sum = total(op);
  std::string text = fmt::format("  {:<38} {:>11} asked  {:>10} differ  {:>5.1f} s\n", op.model->op, sum.asked,
                                 sum.different, sum.seconds);
  for (const MmaFindings& part : op.parts) {
    if (part.different == 0) continue;
    text += fmt::format("    {}: {} of {} differ\n", part.part, part.different, part.asked);
    if (!part.first.empty()) text += fmt::format("      first: {}\n", describe(*op.model, part.first.front()));
  }
  constexpr std::size_t kShown = 5;
  for (std::size_t i = 0; i < op.fits.size() && i < kShown; ++i)
    text += fmt::format("    explained by: {}\n", mma_text_of(op.fits[i]));
  if (sum.different != 0 && op.fits.empty()) text += "    no row explains what differs\n";
  if (!answers) return text;
  for (const auto& [probe, d] : op.answers)
    text += fmt::format("    {} {}: {}\n", probe.family, probe.text, bits(*op.model, d));
  return text;
}

std::string mma_end(const MmaReport& report) {
  std::string text;
  for (const MmaModel* model : report.lacking)
    text += fmt::format("  {:<38} not asked: this GPU does not have it\n", model->op);
  if (!report.broke_off.empty()) text += fmt::format("it broke off: {}\n", report.broke_off);
  const int status = status_of(report);
  const char* verdict = status == kPass         ? "pass: nothing differs"
                        : status == kDifference ? "fail: the model is not what this GPU does"
                                                : "could not tell: not all was asked";
  return text + fmt::format("{}; {} dot products in {:.1f} s\n", verdict, total(report).asked, report.seconds);
}

ordered_json mma_json(const MmaReport& report) {
  const reports::Provenance here = reports::provenance_here();
  ordered_json json{{"bitgate", here.version}, {"commit", here.commit}, {"date", here.date_utc}};
  json["gpu"] = nullptr;
  if (report.gpu)
    json["gpu"] = {{"name", report.gpu->name},
                   {"compute_capability", report.gpu->compute_capability},
                   {"architecture", report.gpu->architecture},
                   {"driver", report.gpu->driver},
                   {"nvcc", report.gpu->nvcc}};
  json["seed"] = report.seed;
  json["count"] = report.count;
  ordered_json ops = ordered_json::array(), results = ordered_json::array(), lacking = ordered_json::array();
  for (const MmaOpFindings& op : report.ops) {
    ops.push_back(mma_json_of(op));
    for (const MmaFindings& part : op.parts) results.push_back(mma_json_of(*op.model, part));
  }
  for (const MmaModel* model : report.lacking) lacking.push_back(model->op);
  json["instructions"] = std::move(ops);
  json["results"] = std::move(results);
  json["lacking"] = std::move(lacking);
  json["broke_off"] = report.broke_off;
  json["seconds"] = report.seconds;
  json["status"] = status_of(report);
  return json;
}

MmaChecksums read_mma_checksums(const std::string& file) {
  constexpr std::size_t kMaxBytes = 64u << 20, kMaxResults = 100000, kMaxName = 200;
  constexpr std::int64_t kMaxAsked = std::int64_t{1} << 40;
  const nlohmann::json json = compare::read_json(file, kMaxBytes);
  const compare::JsonValue root(json, file);
  MmaChecksums checksums;
  for (const compare::JsonValue& each : root.at("results").elements(kMaxResults)) {
    const std::string op = each.at("op").text(kMaxName), part = each.at("part").text(kMaxName);
    const auto add = [&](const char* asked, const char* crc32) {
      const auto count = static_cast<std::uint64_t>(each.at(asked).integer(0, kMaxAsked));
      checksums[mma_key_of(op, part, count)] = each.at(crc32).text(kMaxName);
    };
    add("first_asked", "first_crc32");
    add("asked", "crc32");
  }
  return checksums;
}

MmaOther mma_against(const MmaReport& report, const MmaChecksums& checksums, const std::string& file) {
  MmaOther other;
  for (const MmaOpFindings& op : report.ops)
    for (const MmaFindings& part : op.parts)
      for (const auto& [asked, crc32] :
           {std::pair{part.first_asked, part.first_crc32}, std::pair{part.asked, part.crc32}}) {
        const auto found = checksums.find(mma_key_of(op.model->op, part.part, asked));
        if (found == checksums.end()) continue;
        ++other.common;
        const std::string here = fmt::format("{:08x}", crc32);
        if (found->second != here)
          other.different.push_back(fmt::format("{}, {}, first {}: crc32 {} here, {} in {}", op.model->op, part.part,
                                                asked, here, found->second, file));
      }
  return other;
}

}  // namespace bitgate::program
