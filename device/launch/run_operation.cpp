// One operation on the current device: memory, launches, and what the memory must look like after.
#include "bitgate/device/launch/guarded.h"
#include "bitgate/device/launch/launch.h"
#include "bitgate/device/operation.h"

namespace bitgate::device {
namespace {

constexpr std::size_t at(Buffer buffer) noexcept { return static_cast<std::size_t>(buffer); }

class OperationCall {
 public:
  OperationCall(const Operation& operation, const Extent& extent, InputType type, const OperationData& data)
      : operation_(operation), launches_(operation.plan(operation, extent, type)), stream_(make_stream()) {
    for (const Buffer buffer : operation.given) {
      given_.push_back(give_copy(buffer, data[at(buffer)].data(), data[at(buffer)].size(), stream_.get()));
      addresses_[at(buffer)] = given_.back().memory.data();
    }
    answer_ = Guarded(operation.answer, operation.bytes(operation, extent, type)[at(operation.answer)], stream_.get());
    addresses_[at(operation.answer)] = answer_.data();
  }

  std::vector<std::byte> run(std::uint8_t poison) {
    answer_.poison(poison, stream_.get());
    if (operation_.raised && answer_.bytes() != 0)
      check(cudaMemsetAsync(answer_.data(), 0, answer_.bytes(), stream_.get()), "clearing the answer");
    for (const Launch& one : launches_) start(one, addresses_, stream_.get());
    const std::string name(operation_.name);
    check(cudaGetLastError(), "launching " + name);
    check(cudaStreamSynchronize(stream_.get()), "running " + name);
    for (const Given& given : given_) require_unchanged(given);
    return answer_.read(poison);
  }

 private:
  const Operation& operation_;
  std::vector<Launch> launches_;
  Stream stream_;
  std::vector<Given> given_;
  Guarded answer_;
  Addresses addresses_{};
};

}  // namespace

std::vector<std::byte> run(const Operation& operation, const Extent& extent, InputType type, const OperationData& given,
                           const RunOptions& options) {
  require_accepted(operation, extent, type, given);
  static const std::optional<std::string> why = why_no_gpu();
  if (why) throw CannotServe(*why);
  static const bool prepared = (prepare_device(), true);
  static_cast<void>(prepared);
  OperationCall call(operation, extent, type, given);
  std::vector<std::byte> first = call.run(options.poisons.front());
  for (const std::uint8_t poison : options.poisons.subspan(1)) require_equal(operation.answer, first, call.run(poison));
  return first;
}

}  // namespace bitgate::device
