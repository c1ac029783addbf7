// One request to a kernel on the current device: memory, launches, and what the memory must look like after.
#include <algorithm>
#include <cstring>
#include <functional>

#include "bitgate/device/kernel.h"
#include "bitgate/device/launch/launch.h"
#include "bitgate/device/launch/unpack.h"
#include "bitgate/device/support/buffer.h"

namespace bitgate::device {
namespace {

constexpr std::size_t kGuardBytes = 256;  // on each side: a multiple of the alignment that kernels count on

constexpr std::size_t at(Buffer buffer) noexcept { return static_cast<std::size_t>(buffer); }

constexpr Buffer kOutputs[] = {Buffer::kAmax,           Buffer::kGlobal,          Buffer::kCodes,
                               Buffer::kScales,         Buffer::kExtras,          Buffer::kValues,
                               Buffer::kAmaxColumnwise, Buffer::kCodesColumnwise, Buffer::kScalesColumnwise};

// Memory that a kernel writes, between two guard zones.
class Guarded {
 public:
  Guarded() = default;
  Guarded(Buffer buffer, std::int64_t bytes)
      : name_(name_of(buffer)), bytes_(static_cast<std::size_t>(bytes)), memory_(bytes_ + 2 * kGuardBytes) {}

  void* data() const noexcept { return static_cast<char*>(memory_.data()) + kGuardBytes; }
  std::size_t bytes() const noexcept { return bytes_; }

  void poison(std::uint8_t with, cudaStream_t stream) const {
    check(cudaMemsetAsync(memory_.data(), with, memory_.bytes(), stream), "poisoning " + name_);
  }

  // After the stream is synchronised. Throws DeviceError when a guard zone is not what it was poisoned with.
  std::vector<std::byte> read(std::uint8_t poison) const {
    std::vector<std::byte> all(memory_.bytes());
    check(cudaMemcpy(all.data(), memory_.data(), all.size(), cudaMemcpyDeviceToHost), "reading " + name_);
    const auto changed = [&](std::size_t i) { return all[i] != std::byte{poison}; };
    for (std::size_t i = 0; i < kGuardBytes; ++i) {
      if (changed(i)) refuse(kGuardBytes - i, "before the start");
      if (changed(kGuardBytes + bytes_ + i)) refuse(i, "behind the end");
    }
    return {all.begin() + kGuardBytes, all.end() - kGuardBytes};
  }

 private:
  void refuse(std::size_t distance, std::string_view where) const {
    throw DeviceError("the kernel wrote " + std::to_string(distance) + " bytes " + std::string(where) + " of " + name_);
  }

  std::string name_;
  std::size_t bytes_ = 0;
  DeviceBuffer memory_;
};

// Memory that a kernel reads, with what the host put there.
struct Given {
  Buffer buffer;
  const void* host = nullptr;
  DeviceBuffer memory;
};

void upload(void* to, const void* from, std::size_t bytes, cudaStream_t stream, std::string_view what) {
  if (bytes != 0) check(cudaMemcpyAsync(to, from, bytes, cudaMemcpyHostToDevice, stream), what);
}

// One request on the device: its memory and its launches.
class Call {
 public:
  Call(const Kernel& kernel, const Request& request)
      : kernel_(kernel),
        request_(request),
        options_(plan_options(kernel, request)),
        bytes_(buffer_bytes(kernel, request)),
        launches_(plan_of(kernel, request)),
        stream_(make_stream()) {
    give(Buffer::kInput, request.input.data);
    give(Buffer::kWeight, request.fused.weight.data());
    give(Buffer::kResidual, request.fused.residual.data());
    give(Buffer::kRandom, request.random_bits.data());
    give(Buffer::kRandomColumnwise, request.random_bits_columnwise.data());
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
  bool shares_amax() const noexcept { return request_.amax_columnwise.empty() && !kernel_.own_columnwise_amax; }

  void give(Buffer buffer, const void* host) {
    Given given{buffer, host, DeviceBuffer(static_cast<std::size_t>(bytes_[at(buffer)]))};
    upload(given.memory.data(), host, given.memory.bytes(), stream_.get(), "copying " + std::string(name_of(buffer)));
    addresses_[at(buffer)] = given.memory.data();
    given_.push_back(std::move(given));
  }

  void take(Buffer buffer) {
    if (bytes_[at(buffer)] == 0) return;
    taken_[at(buffer)] = Guarded(buffer, bytes_[at(buffer)]);
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
    set_amax(Buffer::kAmaxColumnwise, request_.amax_columnwise);
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
    launch();
    cudaGraph_t graph = nullptr;
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
    check(cudaStreamSynchronize(stream_.get()), "running " + key(kernel_));
    for (const Given& given : given_) require_unchanged(given);
    RawOutputs raw;
    for (const Buffer buffer : kOutputs)
      if (taken_[at(buffer)].bytes() != 0) raw[at(buffer)] = taken_[at(buffer)].read(poison);
    if (taken_[at(Buffer::kWorkspace)].bytes() != 0) taken_[at(Buffer::kWorkspace)].read(poison);
    if (shares_amax()) raw[at(Buffer::kAmaxColumnwise)] = raw[at(Buffer::kAmax)];
    return raw;
  }

  void require_unchanged(const Given& given) const {
    std::vector<std::byte> now(given.memory.bytes());
    if (now.empty()) return;
    check(cudaMemcpy(now.data(), given.memory.data(), now.size(), cudaMemcpyDeviceToHost), "reading back an input");
    if (std::memcmp(now.data(), given.host, now.size()) != 0)
      throw DeviceError("the kernel changed its " + std::string(name_of(given.buffer)));
  }

  const Kernel& kernel_;
  const Request& request_;
  PlanOptions options_;
  BufferBytes bytes_;
  std::vector<Launch> launches_;
  Stream stream_;
  std::vector<Given> given_;
  std::array<Guarded, kBufferCount> taken_;
  Addresses addresses_{};
};

void require_equal(const RawOutputs& first, const RawOutputs& other) {
  for (const Buffer buffer : kOutputs) {
    const auto& a = first[at(buffer)];
    const auto& b = other[at(buffer)];
    const auto differs = std::mismatch(a.begin(), a.end(), b.begin(), b.end()).first;
    if (differs != a.end())
      throw DeviceError("runs over different poison disagree at byte " + std::to_string(differs - a.begin()) + " of " +
                        std::string(name_of(buffer)) + ": it was not written, or depends on what was there");
  }
}

}  // namespace

QuantizedTensor run(const Kernel& kernel, const Request& request, const RunOptions& options) {
  require_accepted(kernel, request);
  if (const auto why = why_no_gpu()) throw DeviceError(*why);
  Call call(kernel, request);
  const auto answer = [&](std::uint8_t poison) { return options.graph ? call.replay(poison) : call.run(poison); };
  const RawOutputs first = answer(options.poisons.front());
  for (const std::uint8_t poison : options.poisons.subspan(1)) require_equal(first, answer(poison));
  return unpack(scheme_of(kernel.scheme), kernel.global_number, request.input.extent, request.direction, first);
}

}  // namespace bitgate::device
