#include "bitgate/compare/consumers_file.h"

#include <fmt/format.h>

#include <limits>
#include <optional>

#include "bitgate/compare/json_reader.h"
#include "bitgate/reference/format/error.h"

namespace bitgate::compare {
namespace {

constexpr std::uintmax_t kMaxBytes = std::uintmax_t{1} << 24;
constexpr std::size_t kMaxConsumers = 1 << 16;
constexpr std::size_t kMaxName = 256;
constexpr std::int64_t kMaxSource = 9;  // GGML_MAX_SRC is 10
constexpr std::int64_t kMaxBatch = std::int64_t{1} << 40;

// `raw` is what `object` refers to.
bool read_bool(const nlohmann::json& raw, const JsonValue& object, const char* key, bool otherwise) {
  if (!object.has(key)) return otherwise;
  if (!raw[key].is_boolean()) object.at(key).refuse("expected true or false");
  return raw[key].get<bool>();
}

bool is_f32(const JsonValue& object, std::string_view key) {
  if (!object.has(key)) return true;
  const std::string type = object.at(key).text(kMaxName);
  if (type != "f32" && type != "f16" && type != "bf16") object.at(key).refuse("expected f32, f16 or bf16");
  return type == "f32";
}

std::string weight_type(const JsonValue& type) {
  const std::string name = type.text(kMaxName);
  if (reference::find_weight_type(name) == nullptr)
    type.refuse("unknown weight type, expected one of " + reference::weight_type_names());
  return name;
}

reference::Consumer read_consumer(const nlohmann::json& raw, const JsonValue& object,
                                  std::optional<std::int64_t> batch) {
  object.require_keys(
      {"op"}, {"src", "weight_type", "ne11", "ne2", "src1_type", "dst_type", "bad_padding", "hadamard", "split_rows"});
  reference::Consumer consumer;
  consumer.operation = object.at("op").text(kMaxName);
  if (consumer.operation.empty()) object.at("op").refuse("expected the name of an operation, e.g. MUL_MAT");
  const bool is_plain = consumer.operation == "MUL_MAT";
  const bool is_indirect = consumer.operation == "MUL_MAT_ID";
  if (object.has("src")) consumer.source = static_cast<int>(object.at("src").integer(0, kMaxSource));
  if (is_plain || is_indirect || object.has("weight_type"))
    consumer.weight_type = weight_type(object.at("weight_type"));
  if (object.has("ne11") && !is_plain) object.at("ne11").refuse("expected for MUL_MAT only");
  if (object.has("ne2") && !is_indirect) object.at("ne2").refuse("expected for MUL_MAT_ID only");
  consumer.f32_source = is_f32(object, "src1_type");
  consumer.f32_output = is_f32(object, "dst_type");
  consumer.bad_padding = read_bool(raw, object, "bad_padding", false);
  consumer.hadamard_hint = read_bool(raw, object, "hadamard", false);
  consumer.split_rows = read_bool(raw, object, "split_rows", false);
  const std::string_view columns = is_indirect ? "ne2" : "ne11";
  if (object.has(columns))
    consumer.batch = object.at(columns).integer(1, kMaxBatch);
  else if (batch)
    consumer.batch = *batch;
  else if (is_plain || is_indirect)
    object.refuse(
        fmt::format("the kernel depends on the columns: expected \"{}\" here, or \"batch\" of the graph", columns));
  return consumer;
}

std::string arch(const JsonValue& value) {
  const std::string name = value.text(kMaxName);
  try {
    reference::require_arch(name);
  } catch (const InputError& error) {
    value.refuse(error.what());
  }
  return name;
}

}  // namespace

reference::NormGraph read_consumers(const std::filesystem::path& file) {
  const nlohmann::json json = read_json(file, kMaxBytes);
  const JsonValue object(json, file);
  object.require_keys({"arch", "uses", "consumers"}, {"batch", "fusion", "graph_output", "f32", "contiguous"});
  reference::NormGraph graph;
  graph.arch = arch(object.at("arch"));
  graph.fusion = read_bool(json, object, "fusion", true);
  graph.graph_output = read_bool(json, object, "graph_output", false);
  graph.f32 = read_bool(json, object, "f32", true);
  graph.contiguous = read_bool(json, object, "contiguous", true);
  graph.uses = object.at("uses").integer(0, std::numeric_limits<std::int32_t>::max());
  std::optional<std::int64_t> batch;
  if (object.has("batch")) batch = object.at("batch").integer(1, kMaxBatch);
  const auto consumers = object.at("consumers").elements(kMaxConsumers);
  for (std::size_t i = 0; i < consumers.size(); ++i)
    graph.consumers.push_back(read_consumer(json["consumers"][i], consumers[i], batch));
  return graph;
}

}  // namespace bitgate::compare
