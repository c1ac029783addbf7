#include "bitgate/reports/program/mma_recording.h"

#include <fmt/format.h>

#include "bitgate/compare/json_reader.h"
#include "bitgate/device/mma.h"
#include "bitgate/reports/program/command.h"

namespace bitgate::program {

namespace {

constexpr std::size_t kMostMmaText = 200, kMostMmaInstructions = 1000, kMostMmaParts = 1000;

std::string mma_part_key(std::string_view op, std::string_view part, std::uint64_t asked) {
  return fmt::format("{}, {}, first {}", op, part, asked);
}

void read_mma_part(const compare::JsonValue& part, const std::string& op, MmaRecording& recording) {
  constexpr std::int64_t kMostAsked = std::int64_t{1} << 40;
  const std::string name = part.at("part").text(kMostMmaText);
  const auto add = [&](const char* asked, const char* crc32) {
    const auto count = static_cast<std::uint64_t>(part.at(asked).integer(0, kMostAsked));
    recording.checksums[mma_part_key(op, name, count)] = part.at(crc32).text(kMostMmaText);
  };
  add("asked", "crc32");
  if (part.has("first_asked")) add("first_asked", "first_crc32");
}

void hold_mma_part(const MmaOpFindings& op, const compare::MmaFindings& part, const MmaRecording& recording,
                   MmaHeld& held) {
  const auto hold = [&](std::uint64_t asked, std::uint32_t crc32) {
    const std::string key = mma_part_key(op.model->op, part.part, asked), here = fmt::format("{:08x}", crc32);
    const auto found = recording.checksums.find(key);
    if (found == recording.checksums.end()) return;
    ++held.common;
    if (found->second != here)
      held.different.push_back(fmt::format("{}: crc32 {} here, {} in {}", key, here, found->second, recording.file));
  };
  hold(part.asked, part.crc32);
  if (part.first_asked != part.asked) hold(part.first_asked, part.first_crc32);
}

void hold_mma_kernel(const MmaOpFindings& op, const MmaRecording& recording, MmaHeld& held) {
  const auto found = recording.digests.find(std::string(op.model->op));
  const device::MmaOpInfo* kernel = device::find_mma_op(op.model->op);
  if (found == recording.digests.end() || kernel == nullptr) return;
  const auto& [code, source] = found->second;
  if (mma_code_digest(*kernel, recording.architecture) == code)
    ++held.by_code;
  else if (mma_source_digest(*kernel) == source)
    ++held.by_source;
  else
    held.stale.emplace_back(op.model->op);
}

}  // namespace

MmaRecording read_mma_recording(const std::string& file) {
  constexpr std::size_t kMostBytes = 64u << 20;
  const nlohmann::json json = compare::read_json(file, kMostBytes);
  const compare::JsonValue root(json, file);
  MmaRecording recording;
  recording.file = file;
  if (root.has("gpu") && !json.at("gpu").is_null()) {
    recording.gpu = root.at("gpu").at("name").text(kMostMmaText);
    recording.architecture = root.at("gpu").at("architecture").text(kMostMmaText);
  }
  for (const compare::JsonValue& each : root.at("instructions").elements(kMostMmaInstructions)) {
    const std::string op = each.at("op").text(kMostMmaText);
    for (const compare::JsonValue& part : each.at("parts").elements(kMostMmaParts)) read_mma_part(part, op, recording);
    if (!recording.gpu.empty())
      recording.digests[op] = {each.at("code_sha256").text(kMostMmaText), each.at("source_sha256").text(kMostMmaText)};
  }
  return recording;
}

MmaHeld hold_mma(const MmaReport& report, const MmaRecording& recording) {
  MmaHeld held;
  for (const MmaOpFindings& op : report.ops) {
    for (const compare::MmaFindings& part : op.parts) hold_mma_part(op, part, recording, held);
    hold_mma_kernel(op, recording, held);
  }
  return held;
}

std::string mma_held_text(const MmaHeld& held, const MmaRecording& recording) {
  std::string text;
  for (const std::string& sentence : held.different) text += sentence + "\n";
  text += fmt::format("{}: {} of {} checksums differ\n", recording.file, held.different.size(), held.common);
  if (recording.gpu.empty()) return text;
  for (const std::string& op : held.stale)
    text += fmt::format("{}: its kernel is not the one that {} ran: record it again\n", op, recording.gpu);
  return text +
         fmt::format("kernels that {} ran: {} here as the same machine code, {} as the same sources, {} neither\n",
                     recording.gpu, held.by_code, held.by_source, held.stale.size());
}

int status_of(const MmaHeld& held) {
  if (!held.different.empty()) return kDifference;
  return held.common == 0 || !held.stale.empty() ? kCouldNotTell : kPass;
}

}  // namespace bitgate::program
