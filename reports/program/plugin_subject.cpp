#include "bitgate/reports/program/plugin_subject.h"

#include <fmt/format.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <memory>
#include <mutex>

#include "bitgate/device/plugin.h"
#include "bitgate/reference/format/error.h"
#include "bitgate/reports/program/plugin_layout.h"
#include "bitgate/reports/program/plugin_numbers.h"
#include "bitgate/reports/program/plugin_process.h"

namespace bitgate::program {

namespace {

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

void require_multiple(std::string_view what, std::int64_t given, std::int64_t multiple) {
  if (given % multiple != 0)
    throw InputError(fmt::format("it takes {} in multiples of {}, not {}", what, multiple, given));
}

// The direction of the call.
std::uint32_t require_taken(const PluginKernel& kernel, const Request& request) {
  const TypedView& input = request.input;
  if (!kernel.takes(input.type)) throw InputError(fmt::format("it does not take {}", name_of(input.type)));
  const std::optional<std::uint32_t> asked_as = kernel.asked_as(request.direction);
  if (!asked_as)
    throw InputError(request.direction == Direction::kBoth      ? "it makes one side at a time"
                     : request.direction == Direction::kRowwise ? "it quantizes column-wise only"
                                                                : "it quantizes row-wise only");
  require_multiple("columns", input.extent.cols, kernel.col_multiple);
  require_multiple("rows", input.extent.rows, kernel.row_multiple);
  if (*asked_as != BITGATE_ROWWISE) require_multiple("rows", input.extent.rows, kernel.row_multiple_t);
  return *asked_as;
}

// A call with what is given to it, as one frame; the poison may be changed.
class Asked {
 public:
  Asked(const PluginKernel& kernel, const Request& request, std::uint32_t asked_as, const PluginNumbers& numbers,
        const std::vector<PluginOutput>& outputs) {
    const TypedView& input = request.input;
    call_.kernel = kernel.index;
    call_.input_type = plugin_type_bit(input.type);
    call_.direction = asked_as;
    call_.epsilon = request.fused.epsilon;
    call_.rows = input.extent.rows;
    call_.cols = input.extent.cols;
    call_.philox_seed = request.philox.seed;
    call_.philox_offset = request.philox.offset;
    for (const PluginOutput& output : outputs) call_.bytes[at(output.buffer)] = output.bytes;
    frame_.resize(1 + sizeof call_);
    const std::size_t size = input.type == InputType::kF32 ? 4 : 2;
    const auto* bytes = static_cast<const std::byte*>(input.data);
    give(PluginBuffer::kInput, std::span(bytes, static_cast<std::size_t>(count(input.extent)) * size));
    give(PluginBuffer::kAmax, numbers.amax);
    give(PluginBuffer::kAmaxT, numbers.amax_t);
    give(PluginBuffer::kGlobalGiven, numbers.global);
    give(PluginBuffer::kGlobalGivenT, numbers.global_t);
    give(PluginBuffer::kRandom, numbers.random);
    give(PluginBuffer::kRandomT, numbers.random_t);
    give(PluginBuffer::kWeight, request.fused.weight);
    give(PluginBuffer::kResidual, request.fused.residual);
    give_gate(request.fused.gate, input.type);
    give(PluginBuffer::kRowFactor, request.fused.row_factor);
  }

  const Frame& over(std::uint8_t poison, bool replay) {
    call_.poison = poison;
    call_.replay = replay ? 1 : 0;
    std::memcpy(frame_.data() + 1, &call_, sizeof call_);
    return frame_;
  }

 private:
  template <class Values>
  void give(PluginBuffer buffer, const Values& values) {
    const auto bytes = std::as_bytes(std::span(values));
    call_.bytes[at(buffer)] = bytes.size();
    frame_.insert(frame_.end(), bytes.begin(), bytes.end());
  }

  // As the kernel has it in memory. A NaN is one: SiLU of each is the same.
  void give_gate(std::span<const float> gate, InputType type) {
    if (type == InputType::kF32) return give(PluginBuffer::kGate, gate);
    std::vector<std::uint16_t> bits;
    for (const float number : gate)
      bits.push_back(static_cast<std::uint16_t>(encode(format_of(type), number, kCvtRnInf)));
    give(PluginBuffer::kGate, bits);
  }

  PluginCall call_;
  Frame frame_;
};

void set_given(const PluginKernel& kernel, const PluginNumbers& numbers, QuantizedTensor& side) {
  const bool other = side.direction == Direction::kColumnwise && !kernel.shares_numbers();
  const std::vector<float>& given = other ? numbers.global_t : numbers.global;
  if (!given.empty()) side.global = given;
  for (QuantizedTensor& twin : side.columnwise) set_given(kernel, numbers, twin);
}

// The last two runs of a kernel that may be captured are replays.
QuantizedTensor run(Plugin& plugin, const Request& request) {
  const PluginKernel& kernel = plugin.kernel;
  const std::uint32_t asked_as = require_taken(kernel, request);
  const PluginNumbers numbers = plugin_numbers(kernel, request, asked_as);
  const Extent& extent = request.input.extent;
  const std::vector<PluginOutput> outputs = plugin_outputs(kernel, extent, asked_as, numbers);
  std::size_t bytes = 0;
  for (const PluginOutput& output : outputs) bytes += output.bytes;
  Asked asked(kernel, request, asked_as, numbers, outputs);
  const std::lock_guard lock(plugin.one_at_a_time);
  Frame first;
  for (const std::uint8_t poison : kPluginPoisons) {
    const bool replay = kernel.capturable && (poison == 0x00 || poison == 0xFF);
    Frame answer = plugin.process.ask(asked.over(poison, replay), bytes);
    if (poison == kPluginPoisons[0])
      first = std::move(answer);
    else
      require_same(outputs, first, answer, kPluginPoisons[0], poison, kernel.padding);
  }
  QuantizedTensor tensor = plugin_answer(kernel, extent, request.direction, outputs, first);
  set_given(kernel, numbers, tensor);
  return tensor;
}

}  // namespace

PluginSubject open_plugin(const PluginName& name) {
  const std::string path = std::filesystem::absolute(name.file).string();
  auto plugin = std::make_shared<Plugin>(fmt::format("{}{}:{}", kPluginPrefix, name.file, name.kernel), path);
  plugin->kernel = find_plugin_kernel(name, plugin->process.kernels());
  if (plugin->kernel.memory == BITGATE_DEVICE) plugin->process.needs_device();
  const auto ask = [plugin](const Request& request) {
    try {
      return run(*plugin, request);
    } catch (const SubjectFailed& failure) {
      throw SubjectFailed(fmt::format("{}: {}", plugin->name, failure.what()));
    } catch (const compare::NotRun& lack) {
      throw compare::NotRun(fmt::format("{} cannot run: {}", plugin->name, lack.what()));
    } catch (const InputError& refusal) {
      throw InputError(fmt::format("{}: {}", plugin->name, refusal.what()));
    }
  };
  return {ask, plugin->kernel};
}

}  // namespace bitgate::program
