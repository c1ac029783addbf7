#include "bitgate/reports/program/mma_text.h"

#include <fmt/format.h>

#include <cmath>

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
  ordered_json json{{"part", part.part},
                    {"asked", part.asked},
                    {"different", part.different},
                    {"crc32", fmt::format("{:08x}", part.crc32)}};
  if (part.first_asked != part.asked) {
    json["first_asked"] = part.first_asked;
    json["first_crc32"] = fmt::format("{:08x}", part.first_crc32);
  }
  json["seconds"] = std::round(part.seconds * 1000) / 1000;
  if (part.first.empty()) return json;
  json["first"] = describe(model, part.first.front());
  ordered_json cases = ordered_json::array();
  for (const MmaCase& one : part.first) cases.push_back(mma_json_of(model, one));
  json["cases"] = std::move(cases);
  return json;
}

// By family and result, what was asked: {"P13": {"00000000": ["1 - 1", ...]}}.
ordered_json mma_answers_of(const MmaOpFindings& op) {
  ordered_json json = ordered_json::object();
  for (const auto& [probe, d] : op.answers) json[std::string(probe.family)][bits(*op.model, d)].push_back(probe.text);
  return json;
}

ordered_json mma_json_of(const MmaOpFindings& op) {
  ordered_json json{{"op", op.model->op},
                    {"row", op.model->instruction},
                    {"code_sha256", op.code_sha256},
                    {"source_sha256", op.source_sha256}};
  ordered_json parts = ordered_json::array(), fits = ordered_json::array();
  for (const MmaFindings& part : op.parts) parts.push_back(mma_json_of(*op.model, part));
  for (const MmaFit& fit : op.fits) fits.push_back(mma_text_of(fit));
  json["parts"] = std::move(parts);
  json["fits"] = std::move(fits);
  json["answers"] = mma_answers_of(op);
  return json;
}

std::string mma_question_of(std::string_view part) {
  for (const compare::MmaFamily& family : compare::mma_families())
    if (family.name == part) return fmt::format("{} ({})", family.name, family.question);
  return std::string(part);
}

// An object or array with a line for each member, and members of members on lines of their own down to `depth`.
void write_mma_lines(const ordered_json& json, int depth, std::string& text, int indent = 1) {
  if (depth == 0 || !json.is_structured() || json.empty()) {
    text += json.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
    return;
  }
  text += json.is_object() ? "{\n" : "[\n";
  bool first = true;
  for (const auto& [key, member] : json.items()) {
    if (!first) text += ",\n";
    first = false;
    text.append(static_cast<std::size_t>(indent), ' ');
    if (json.is_object()) text += ordered_json(key).dump() + ": ";
    write_mma_lines(member, depth - 1, text, indent + 1);
  }
  text += "\n" + std::string(static_cast<std::size_t>(indent - 1), ' ') + (json.is_object() ? "}" : "]");
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
    text += fmt::format("    {}: {} of {} differ\n", mma_question_of(part.part), part.different, part.asked);
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
  ordered_json ops = ordered_json::array(), lacking = ordered_json::array();
  for (const MmaOpFindings& op : report.ops) ops.push_back(mma_json_of(op));
  for (const MmaModel* model : report.lacking) lacking.push_back(model->op);
  json["instructions"] = std::move(ops);
  json["lacking"] = std::move(lacking);
  json["broke_off"] = report.broke_off;
  json["seconds"] = report.seconds;
  json["status"] = status_of(report);
  return json;
}

std::string mma_document(const MmaReport& report) {
  constexpr int kLines = 4;  // members of the document, instructions, their facts, parts
  std::string text;
  write_mma_lines(mma_json(report), kLines, text);
  return text + "\n";
}

}  // namespace bitgate::program
