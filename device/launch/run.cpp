// One request to a kernel on the current device: memory, launches, and what the memory must look like after.
#include <algorithm>
#include <mutex>
#include <optional>

#include "bitgate/device/kernel.h"
#include "bitgate/device/launch/gate.h"
#include "bitgate/device/launch/guarded.h"
#include "bitgate/device/launch/launch.h"
#include "bitgate/device/launch/unpack.h"

namespace bitgate::device {
namespace {

constexpr std::size_t at(Buffer buffer) noexcept { return static_cast<std::size_t>(buffer); }

constexpr Buffer kOutputs[] = {Buffer::kAmax,           Buffer::kGlobal,          Buffer::kCodes,
                               Buffer::kScales,         Buffer::kExtras,          Buffer::kValues,
                               Buffer::kAmaxColumnwise, Buffer::kCodesColumnwise, Buffer::kScalesColumnwise};

// One request on the device: its memory and its launches.
class Call {
 public:
  Call(const Kernel& kernel, const Request& request)
      : kernel_(kernel),
        request_(request),
        options_(plan_options(kernel, request)),
        bytes_(buffer_bytes(kernel, request)),
        launches_(plan_of(kernel, request)),
        gate_(gate_bits(request)),
        stream_(make_stream()) {
    // Its bytes are copied at each run.
    given_.push_back({Buffer::kInput, request.input.data,
                      DeviceBuffer(static_cast<std::size_t>(bytes_[at(Buffer::kInput)]), stream_.get())});
    addresses_[at(Buffer::kInput)] = given_.back().memory.data();
    give(Buffer::kWeight, request.fused.weight.data());
    give(Buffer::kResidual, request.fused.residual.data());
    give(Buffer::kRandom, request.random_bits.data());
    give(Buffer::kRandomColumnwise, request.random_bits_columnwise.data());
    give(Buffer::kGate, gate_.data());
    for (const Buffer buffer : kOutputs) take(buffer);
    take(Buffer::kWorkspace);
    if (shares_amax()) addresses_[at(Buffer::kAmaxColumnwise)] = addresses_[at(Buffer::kAmax)];
  }

  RawOutputs run(std::uint8_t poison) {
    prepare(poison);
    upload_input(request_.input.data);
    launch();
    return finish(poison);
  }

  // The launches as a graph: replayed on the bytes of the input in reverse order, then on the input.
  RawOutputs replay(std::uint8_t poison) {
    prepare(poison);
    const GraphExec graph = capture();
    const auto* first = static_cast<const std::byte*>(request_.input.data);
    std::vector<std::byte> reversed(first, first + given_.front().memory.bytes());
    std::reverse(reversed.begin(), reversed.end());
    upload_input(reversed.data());
    replay_once(graph);
    check(cudaStreamSynchronize(stream_.get()), "replaying " + key(kernel_));
    prepare(poison);
    upload_input(request_.input.data);
    replay_once(graph);
    return finish(poison);
  }

 private:
  // What is given for the column-wise side alone serves it, transformed or not.
  bool shares_amax() const noexcept {
    const bool given_alone = options_.amax_given && request_.direction == Direction::kColumnwise;
    return request_.amax_columnwise.empty() && (!kernel_.own_columnwise_amax || given_alone);
  }

  void give(Buffer buffer, const void* host) {
    given_.push_back(give_copy(buffer, host, static_cast<std::size_t>(bytes_[at(buffer)]), stream_.get()));
    addresses_[at(buffer)] = given_.back().memory.data();
  }

  void take(Buffer buffer) {
    if (bytes_[at(buffer)] == 0) return;
    taken_[at(buffer)] = Guarded(buffer, bytes_[at(buffer)], stream_.get());
    addresses_[at(buffer)] = taken_[at(buffer)].data();
  }

  void upload_input(const void* from) {
    upload(given_.front().memory.data(), from, given_.front().memory.bytes(), stream_.get(), "copying the input");
  }

  // The number that a caller gives, or 0 for the amax kernels to raise.
  void set_amax(Buffer buffer, std::span<const float> amax) {
    const Guarded& memory = taken_[at(buffer)];
    if (memory.bytes() == 0) return;
    if (amax.empty())
      check(cudaMemsetAsync(memory.data(), 0, memory.bytes(), stream_.get()), "clearing amax");
    else
      upload(memory.data(), amax.data(), std::min(memory.bytes(), amax.size_bytes()), stream_.get(), "copying amax");
  }

  void prepare(std::uint8_t poison) {
    for (const Guarded& memory : taken_)
      if (memory.bytes() != 0) memory.poison(poison, stream_.get());
    const std::span<const float> stored = options_.global_given ? std::span<const float>{} : request_.global;
    set_amax(Buffer::kAmax, stored.empty() ? request_.amax : stored);
    const bool stored_columns = request_.direction == Direction::kColumnwise && !stored.empty();
    set_amax(Buffer::kAmaxColumnwise, stored_columns ? stored : request_.amax_columnwise);
    if (options_.global_given)
      upload(taken_[at(Buffer::kGlobal)].data(), request_.global.data(), request_.global.size_bytes(), stream_.get(),
             "copying the global number");
  }

  void launch() {
    for (const Launch& one : launches_) start(one, addresses_, stream_.get());
    check(cudaGetLastError(), "launching " + key(kernel_));
  }

  GraphExec capture() {
    for (const Launch& one : launches_) load_kernel(one);
    check(cudaStreamBeginCapture(stream_.get(), cudaStreamCaptureModeThreadLocal), "cudaStreamBeginCapture");
    cudaGraph_t graph = nullptr;
    try {
      launch();
    } catch (...) {  // memory is freed on this stream
      cudaStreamEndCapture(stream_.get(), &graph);
      const Graph dropped(graph);
      cudaGetLastError();
      throw;
    }
    check(cudaStreamEndCapture(stream_.get(), &graph), "cudaStreamEndCapture");
    const Graph owner(graph);
    cudaGraphExec_t ready = nullptr;
    check(cudaGraphInstantiate(&ready, graph, 0), "cudaGraphInstantiate");
    return GraphExec(ready);
  }

  void replay_once(const GraphExec& graph) {
    check(cudaGraphLaunch(graph.get(), stream_.get()), "cudaGraphLaunch of " + key(kernel_));
  }

  RawOutputs finish(std::uint8_t poison) {
    const std::string running = "running " + key(kernel_);
    thread_local Landing landing;
    std::size_t bytes = 0;
    for (const Given& given : given_) bytes += given.memory.bytes();
    for (const Guarded& memory : taken_) bytes += memory.whole().bytes();
    landing.make_room(bytes);
    std::vector<std::span<const std::byte>> read_back;
    for (const Given& given : given_) read_back.push_back(landing.fetch(given.memory, stream_.get(), running));
    std::array<std::span<const std::byte>, kBufferCount> written;
    for (std::size_t i = 0; i < kBufferCount; ++i)
      written[i] = landing.fetch(taken_[i].whole(), stream_.get(), running);
    check(cudaStreamSynchronize(stream_.get()), running);
    for (std::size_t i = 0; i < given_.size(); ++i) require_unchanged(given_[i], read_back[i]);
    RawOutputs raw;
    for (std::size_t i = 0; i < kBufferCount; ++i)
      if (!written[i].empty()) raw[i] = taken_[i].between(written[i], poison);
    raw[at(Buffer::kWorkspace)].clear();
    if (shares_amax()) raw[at(Buffer::kAmaxColumnwise)] = raw[at(Buffer::kAmax)];
    return raw;
  }

  const Kernel& kernel_;
  const Request& request_;
  PlanOptions options_;
  BufferBytes bytes_;
  std::vector<Launch> launches_;
  std::vector<std::uint16_t> gate_;  // as it is given to the kernel
  Stream stream_;
  std::vector<Given> given_;
  std::array<Guarded, kBufferCount> taken_;
  Addresses addresses_{};
};

void require_equal(const RawOutputs& first, const RawOutputs& other) {
  for (const Buffer buffer : kOutputs) require_equal(buffer, first[at(buffer)], other[at(buffer)]);
}

}  // namespace

QuantizedTensor run(const Kernel& kernel, const Request& request, const RunOptions& options) {
  require_accepted(kernel, request);
  static const std::optional<std::string> why = why_no_gpu();
  if (why) throw CannotServe(*why);
  static std::once_flag prepared;
  std::call_once(prepared, prepare_device);
  Call call(kernel, request);
  const auto answer = [&](std::uint8_t poison) { return options.graph ? call.replay(poison) : call.run(poison); };
  const RawOutputs first = answer(options.poisons.front());
  for (const std::uint8_t poison : options.poisons.subspan(1)) require_equal(first, answer(poison));
  return unpack(scheme_of(kernel.scheme), kernel.global_number, request.input.extent, request.direction, first);
}

}  // namespace bitgate::device
