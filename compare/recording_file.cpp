// The file of a recording.
#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <set>
#include <span>
#include <utility>

#include "bitgate/compare/file_bytes.h"
#include "bitgate/compare/json_reader.h"
#include "bitgate/compare/recording.h"
#include "bitgate/reference/format/error.h"

namespace bitgate::compare {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::uintmax_t kMaxFileBytes = std::uintmax_t{64} << 20;
constexpr std::size_t kMaxCases = 200'000, kMaxKernels = 4096, kMaxTextBytes = 4096, kMaxLines = 4096;
constexpr std::int64_t kMaxFieldBytes = std::int64_t{1} << 40;
constexpr std::size_t kSha256Digits = 64, kTileDigits = 8;

constexpr std::array<std::string_view, 5> kFieldNames{"global", "scales", "codes", "extras", "values"};

std::size_t tile_count(std::int64_t bytes) noexcept {
  const auto size = static_cast<std::size_t>(bytes);
  return size == 0 ? 0 : (size - 1) / tile_size(size) + 1;
}

std::string to_hex(const std::vector<std::uint32_t>& tiles) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  text.reserve(tiles.size() * kTileDigits);
  for (const std::uint32_t tile : tiles)
    for (int shift = 28; shift >= 0; shift -= 4) text += kDigits[(tile >> shift) & 0xF];
  return text;
}

bool is_lower_hex(std::string_view text) noexcept {
  return std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

int read_version(const JsonValue& value) {
  const std::int64_t version = value.integer(1, std::numeric_limits<int>::max());
  if (version > kRecordingVersion)
    value.refuse("this recording is of version " + std::to_string(version) + ", this program reads up to " +
                 std::to_string(kRecordingVersion));
  return static_cast<int>(version);
}

std::string read_sha256(const JsonValue& value) {
  std::string text = value.text(kMaxTextBytes);
  if (text.size() != kSha256Digits || !is_lower_hex(text)) value.refuse("expected 64 lower-case hexadecimal digits");
  return text;
}

std::vector<std::uint32_t> read_tiles(const JsonValue& value, std::int64_t bytes) {
  const std::string text = value.text(kMaxTextBytes);
  const std::size_t tiles = tile_count(bytes);
  if (text.size() != tiles * kTileDigits || !is_lower_hex(text))
    value.refuse("expected " + std::to_string(tiles) + " checksums of 8 lower-case hexadecimal digits for " +
                 std::to_string(bytes) + " bytes");
  std::vector<std::uint32_t> result(tiles);
  for (std::size_t i = 0; i < tiles; ++i) {
    const char* digits = text.data() + i * kTileDigits;
    std::from_chars(digits, digits + kTileDigits, result[i], 16);
  }
  return result;
}

RecordedField read_field(const JsonValue& value) {
  value.require_keys({"bytes", "sha256", "tiles"});
  RecordedField field;
  field.bytes = value.at("bytes").integer(1, kMaxFieldBytes);
  field.sha256 = read_sha256(value.at("sha256"));
  field.tiles = read_tiles(value.at("tiles"), field.bytes);
  return field;
}

Case read_case_name(const JsonValue& value) {
  try {
    return parse_case(value.text(kMaxTextBytes));
  } catch (const InputError& reason) {
    value.refuse(reason.what());
  }
}

RecordedCase read_case(const JsonValue& value, const Recording& recording) {
  value.require_keys({"case", "kernel", "plan", "sqnr_db", "fields"});
  RecordedCase recorded;
  recorded.id = read_case_name(value.at("case"));
  recorded.kernel = value.at("kernel").text(kMaxTextBytes);
  if (!recording.kernels.contains(recorded.kernel))
    value.at("kernel").refuse("\"" + recorded.kernel + "\" is not among the kernels of this recording");
  recorded.plan = value.at("plan").text(kMaxTextBytes);
  recorded.sqnr_db = value.at("sqnr_db").number();
  for (const auto& [name, field] : value.at("fields").members(kFieldNames.size())) {
    if (std::find(kFieldNames.begin(), kFieldNames.end(), name) == kFieldNames.end())
      field.refuse("unknown field, expected global, scales, codes, extras or values");
    recorded.fields.emplace(name, read_field(field));
  }
  return recorded;
}

// Lines and their digest, which is given beside them.
std::vector<std::string> read_lines(const JsonValue& kernel, std::string_view key, const std::string& sha256) {
  std::vector<std::string> lines;
  if (!kernel.has(key)) return lines;
  for (const JsonValue& line : kernel.at(key).elements(kMaxLines)) lines.push_back(line.text(kMaxTextBytes));
  if (!lines.empty() && digest_of_lines(lines) != sha256) kernel.at(key).refuse("its digest is not the one recorded");
  return lines;
}

RecordedKernel read_kernel(const JsonValue& value, const Machine& machine) {
  value.require_keys({"subject", "variant", "code_sha256", "source_sha256", "architecture"},
                     {"compiler", "code", "sources"});
  const auto text = [&value](std::string_view key) { return value.at(key).text(kMaxTextBytes); };
  RecordedKernel kernel;
  kernel.subject = text("subject");
  kernel.variant = text("variant");
  kernel.code_sha256 = read_sha256(value.at("code_sha256"));
  kernel.source_sha256 = text("source_sha256");
  kernel.architecture = text("architecture");
  if (!kernel.source_sha256.empty()) kernel.source_sha256 = read_sha256(value.at("source_sha256"));
  kernel.compiler = value.has("compiler") ? value.at("compiler").text(kMaxTextBytes) : machine.nvcc;
  kernel.code = read_lines(value, "code", kernel.code_sha256);
  kernel.sources = read_lines(value, "sources", kernel.source_sha256);
  return kernel;
}

Machine read_machine(const JsonValue& value) {
  value.require_keys({"gpu", "driver", "cuda_runtime", "nvcc", "date", "commit"});
  const auto text = [&value](std::string_view key) { return value.at(key).text(kMaxTextBytes); };
  return {text("gpu"), text("driver"), text("cuda_runtime"), text("nvcc"), text("date"), text("commit")};
}

Json to_json(const Machine& m) {
  return {{"gpu", m.gpu},   {"driver", m.driver}, {"cuda_runtime", m.cuda_runtime},
          {"nvcc", m.nvcc}, {"date", m.date},     {"commit", m.commit}};
}

Json to_json(const RecordedKernel& k) {
  Json json{{"subject", k.subject},           {"variant", k.variant},
            {"code_sha256", k.code_sha256},   {"source_sha256", k.source_sha256},
            {"architecture", k.architecture}, {"compiler", k.compiler}};
  if (!k.code.empty()) json["code"] = k.code;
  if (!k.sources.empty()) json["sources"] = k.sources;
  return json;
}

Json to_json(const RecordedCase& recorded) {
  Json fields = Json::object();
  for (const auto& [name, field] : recorded.fields)
    fields[name] = {{"bytes", field.bytes}, {"sha256", field.sha256}, {"tiles", to_hex(field.tiles)}};
  return {{"case", recorded.id.name()},
          {"kernel", recorded.kernel},
          {"plan", recorded.plan},
          {"sqnr_db", json_number(recorded.sqnr_db)},
          {"fields", std::move(fields)}};
}

// A driver's or a user's text need not be UTF-8, which JSON has to be.
std::string line_of(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace

Recording read_recording(const std::filesystem::path& file) {
  const nlohmann::json json = read_json(file, kMaxFileBytes);
  const JsonValue root(json, file);
  Recording recording;
  recording.version = read_version(root.at("version"));
  root.require_keys({"version", "machine", "kernels", "cases"});
  recording.machine = read_machine(root.at("machine"));
  for (const auto& [key, kernel] : root.at("kernels").members(kMaxKernels))
    recording.kernels.emplace(key, read_kernel(kernel, recording.machine));
  std::set<std::pair<std::string, std::string>> seen;
  for (const JsonValue& value : root.at("cases").elements(kMaxCases)) {
    RecordedCase recorded = read_case(value, recording);
    if (!seen.emplace(recorded.id.name(), recorded.kernel).second)
      value.refuse("case " + recorded.id.name() + " of kernel \"" + recorded.kernel + "\" is recorded twice");
    recording.cases.push_back(std::move(recorded));
  }
  return recording;
}

// One line a kernel and a case, so that the diff of two recordings reads as a list of what changed.
void write_recording(const std::filesystem::path& file, const Recording& recording) {
  std::string text = "{\"version\": " + std::to_string(recording.version) +
                     ",\n\"machine\": " + line_of(to_json(recording.machine)) + ",\n\"kernels\": {";
  std::string_view separator = "\n";
  for (const auto& [key, kernel] : recording.kernels) {
    text += std::string(separator) + line_of(key) + ": " + line_of(to_json(kernel));
    separator = ",\n";
  }
  text += "\n},\n\"cases\": [";
  separator = "\n";
  for (const RecordedCase& recorded : recording.cases) {
    text += std::string(separator) + line_of(to_json(recorded));
    separator = ",\n";
  }
  text += "\n]}\n";
  write_bytes(file, std::as_bytes(std::span(text)));
}

}  // namespace bitgate::compare
