#include "bitgate/reports/program/plugin_subject.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <mutex>

#include "bitgate/reference/format/error.h"
#include "bitgate/reports/program/plugin_process.h"

namespace bitgate::program {

namespace {

constexpr std::uint8_t kPoison[] = {0xA5, 0x5A};

std::chrono::seconds time_limit() {
  const char* text = std::getenv("BITGATE_PLUGIN_SECONDS");
  const long seconds = text == nullptr ? 10 : std::strtol(text, nullptr, 10);
  if (seconds < 1 || seconds > 86400) throw InputError("BITGATE_PLUGIN_SECONDS is no number from 1 to 86400");
  return std::chrono::seconds(seconds);
}

struct Plugin {
  Plugin(std::string subject, const std::string& file) : name(std::move(subject)), process(file, time_limit()) {}

  std::string name;
  PluginProcess process;
  PluginKernel kernel;
  std::mutex one_at_a_time;
};

void require_taken(const Plugin& plugin, const Request& request) {
  const TypedView& input = request.input;
  if (!plugin.kernel.takes(input.type))
    throw InputError(fmt::format("{} does not take {}", plugin.name, name_of(input.type)));
  if (input.extent.cols % plugin.kernel.col_multiple != 0)
    throw InputError(fmt::format("{} takes columns in multiples of {}, not {}", plugin.name, plugin.kernel.col_multiple,
                                 input.extent.cols));
  if (request.direction != Direction::kRowwise)
    throw InputError(fmt::format("{} quantizes row-wise only", plugin.name));
  // Passing them over in silence would judge the kernel by a question that it was not asked.
  if (!request.global.empty() || request.scales != nullptr || !request.random_bits.empty())
    throw InputError(fmt::format("{}: a plugin takes no global, scales or random bits", plugin.name));
  if (!request.amax.empty() && !plugin.kernel.wants_amax)
    throw InputError(fmt::format("{} computes its amax and takes none", plugin.name));
}

// max |x| for each global; a NaN is passed over.
std::vector<float> amax_of(const Scheme& scheme, const TypedView& input) {
  std::vector<float> amax(static_cast<std::size_t>(amax_count(scheme, input.extent)));
  if (amax.empty()) return amax;
  for (std::int64_t i = 0; i < count(input.extent); ++i) {
    const float magnitude = std::fabs(element(input, i));
    float& largest = amax[global_index(scheme, i / input.extent.cols)];
    if (magnitude > largest) largest = magnitude;
  }
  return amax;
}

template <class T>
std::size_t bytes_of(const std::vector<T>& values) {
  return values.size() * sizeof(T);
}

// An output field: where its bytes go in the answer.
struct Field {
  std::string_view name;
  std::size_t bytes;
  void* to;
};

// Bytes that keep both patterns were never written; others that differ depend on what lay there before.
void require_written(const Frame& a, const Frame& b, const std::vector<Field>& fields) {
  std::size_t at = 0;
  for (const Field& field : fields) {
    std::size_t unwritten = 0, unstable = 0, first = field.bytes;
    for (std::size_t i = 0; i < field.bytes; ++i) {
      if (a[at + i] == b[at + i]) continue;
      first = std::min(first, i);
      const bool kept = a[at + i] == std::byte{kPoison[0]} && b[at + i] == std::byte{kPoison[1]};
      ++(kept ? unwritten : unstable);
    }
    if (unwritten != 0)
      throw SubjectFailed(fmt::format("{}: {} of {} bytes were not written, the first is byte {}", field.name,
                                      unwritten, field.bytes, first));
    if (unstable != 0)
      throw SubjectFailed(fmt::format("{}: {} of {} bytes differ between two runs, the first is byte {}", field.name,
                                      unstable, field.bytes, first));
    at += field.bytes;
  }
}

Frame request_frame(const PluginCall& call, const void* input, const std::vector<float>& amax) {
  Frame frame(sizeof call + call.input_bytes + bytes_of(amax));
  std::memcpy(frame.data(), &call, sizeof call);
  if (call.input_bytes != 0) std::memcpy(frame.data() + sizeof call, input, call.input_bytes);
  if (!amax.empty()) std::memcpy(frame.data() + sizeof call + call.input_bytes, amax.data(), bytes_of(amax));
  return frame;
}

QuantizedTensor run(Plugin& plugin, const Request& request) {
  require_taken(plugin, request);
  const PluginKernel& kernel = plugin.kernel;
  const Scheme& scheme = scheme_of(kernel.recipe->rules.scheme);
  const TypedView& input = request.input;
  QuantizedTensor answer = make_quantized(scheme, kernel.recipe->storage.global_number, input.extent);
  const bool nibbles = scheme.element.bits == 4;
  std::vector<std::uint8_t> packed(
      static_cast<std::size_t>(nibbles ? input.extent.rows * reference::packed_nibble_cols(input.extent.cols) : 0));
  std::vector<std::uint8_t>& codes = nibbles ? packed : answer.codes;
  std::vector<Field> fields{{"codes", codes.size(), codes.data()}};
  std::visit([&](auto& scales) { fields.push_back({"scales", bytes_of(scales), scales.data()}); }, answer.scales);
  fields.push_back({"extras", bytes_of(answer.extras), answer.extras.data()});
  fields.push_back({"global", bytes_of(answer.global), answer.global.data()});

  std::vector<float> amax(request.amax.begin(), request.amax.end());
  if (!kernel.wants_amax)
    amax.clear();
  else if (amax.empty())
    amax = amax_of(scheme, input);
  const std::size_t input_bytes =
      static_cast<std::size_t>(count(input.extent)) * (input.type == InputType::kF32 ? 4 : 2);
  PluginCall call{kernel.index,      plugin_type_bit(input.type),
                  input.extent.rows, input.extent.cols,
                  input_bytes,       amax.size(),
                  fields[0].bytes,   fields[1].bytes,
                  fields[2].bytes,   fields[3].bytes,
                  kPoison[0]};
  std::size_t bytes = 0;
  for (const Field& field : fields) bytes += field.bytes;
  const std::lock_guard lock(plugin.one_at_a_time);
  const Frame first = plugin.process.ask(request_frame(call, input.data, amax), bytes);
  call.poison = kPoison[1];
  require_written(first, plugin.process.ask(request_frame(call, input.data, amax), bytes), fields);
  std::size_t at = 0;
  for (const Field& field : fields) {
    if (field.bytes != 0) std::memcpy(field.to, first.data() + at, field.bytes);
    at += field.bytes;
  }
  if (nibbles) answer.codes = reference::unpack_nibbles(packed, input.extent, kernel.nibbles);
  return answer;
}

}  // namespace

PluginSubject open_plugin(const PluginName& name) {
  const std::string path = std::filesystem::absolute(name.file).string();
  auto plugin = std::make_shared<Plugin>(fmt::format("{}{}:{}", kPluginPrefix, name.file, name.kernel), path);
  plugin->kernel = find_plugin_kernel(name, plugin->process.kernels());
  const auto ask = [plugin](const Request& request) {
    try {
      return run(*plugin, request);
    } catch (const SubjectFailed& failure) {
      throw SubjectFailed(fmt::format("{}: {}", plugin->name, failure.what()));
    }
  };
  return {ask, plugin->kernel};
}

}  // namespace bitgate::program
