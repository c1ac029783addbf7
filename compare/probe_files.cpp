// Probe sets as files: an archive a set.
#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "bitgate/compare/input_file.h"
#include "bitgate/compare/json_reader.h"
#include "bitgate/compare/npz.h"
#include "bitgate/compare/probe.h"
#include "bitgate/compare/tensor_description.h"
#include "bitgate/reference/format/error.h"

namespace bitgate::compare {
namespace {

constexpr std::size_t kMaxNames = 4096, kMaxText = 200;

std::string_view name_of_direction(Direction direction) noexcept {
  return direction == Direction::kRowwise ? "row" : "column";
}

NpyArray array_of(const TypedTensor& tensor) {
  const std::vector<std::int64_t> shape{tensor.extent.rows, tensor.extent.cols};
  if (tensor.type == InputType::kF32) return make_npy(shape, std::get<0>(tensor.values));
  return make_npy(shape, std::get<1>(tensor.values));
}

std::vector<std::byte> bytes_of_text(const std::string& text) {
  const auto bytes = std::as_bytes(std::span<const char>(text.data(), text.size()));
  return {bytes.begin(), bytes.end()};
}

nlohmann::ordered_json manifest_of(const ProbeSet& set) {
  nlohmann::ordered_json manifest{
      {"bitgate_probes", 1}, {"scheme", scheme_of(set.scheme).name}, {"dtype", bitgate::name_of(set.type)}};
  manifest["probes"] = nlohmann::ordered_json::array();
  for (const Probe& probe : set.probes) manifest["probes"].push_back(probe.from);
  manifest["recipes"] = set.recipes;
  manifest["equal"] = nlohmann::ordered_json::array();
  for (const EqualPair& pair : set.equal)
    manifest["equal"].push_back({pair.a, pair.b, name_of_direction(pair.direction)});
  return manifest;
}

std::string text_of(const NpzFile& file) {
  const auto bytes = file.bytes("probes.json");
  if (!bytes) throw InputError(fmt::format("{}: has no probes.json", file.name()));
  return {reinterpret_cast<const char*>(bytes->data()), bytes->size()};
}

EqualPair pair_of(const JsonValue& value) {
  const std::vector<JsonValue> parts = value.elements(3);
  if (parts.size() != 3) value.refuse("two names and a direction expected");
  const std::string direction = parts[2].text(kMaxText);
  if (direction != "row" && direction != "column") parts[2].refuse("row or column expected");
  return {parts[0].text(kMaxText), parts[1].text(kMaxText),
          direction == "row" ? Direction::kRowwise : Direction::kColumnwise};
}

}  // namespace

std::string name_of(const ProbeSet& set) {
  return fmt::format("{}-{}", scheme_of(set.scheme).name, bitgate::name_of(set.type));
}

void write_probe_set(const std::filesystem::path& directory, const ProbeSet& set) {
  ArchiveMembers members;
  members["probes.json"] = bytes_of_text(manifest_of(set).dump(1) + "\n");
  for (std::size_t i = 0; i < set.probes.size(); ++i)
    members[fmt::format("probe-{}.npy", i + 1)] = npy_bytes(array_of(set.probes[i].input));
  write_npz(directory / (name_of(set) + ".npz"), members, Compression::kDeflate);
}

ProbeSet read_probe_set(const std::filesystem::path& path) {
  const NpzFile file(path);
  const nlohmann::json json = nlohmann::json::parse(text_of(file), nullptr, false);
  if (json.is_discarded()) throw InputError(fmt::format("{}: probes.json is not JSON", path.string()));
  const JsonValue manifest(json, path);
  manifest.require_keys({"bitgate_probes", "scheme", "dtype", "probes", "recipes", "equal"});
  if (manifest.at("bitgate_probes").integer(1, 1) != 1) manifest.refuse("version 1 expected");
  ProbeSet set;
  const Scheme* scheme = find_scheme(manifest.at("scheme").text(kMaxText));
  if (scheme == nullptr) manifest.at("scheme").refuse("unknown scheme");
  set.scheme = scheme->id;
  const std::string dtype = manifest.at("dtype").text(kMaxText);
  const std::optional<InputType> type = find_input_type(dtype);
  if (!type) manifest.at("dtype").refuse("fp32, bf16 or f16 expected");
  set.type = *type;
  for (const JsonValue& from : manifest.at("probes").elements(kMaxNames)) {
    const std::string key = fmt::format("probe-{}", set.probes.size() + 1);
    set.probes.push_back({input_from(file.array(key), path.string() + ":" + key, dtype), from.text(kMaxText)});
  }
  for (const JsonValue& recipe : manifest.at("recipes").elements(kMaxNames))
    set.recipes.push_back(recipe.text(kMaxText));
  for (const JsonValue& pair : manifest.at("equal").elements(kMaxNames * kMaxNames)) set.equal.push_back(pair_of(pair));
  return set;
}

}  // namespace bitgate::compare
