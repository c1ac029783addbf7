#include "bitgate/reports/program/plugin_memory.h"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

namespace bitgate::program {

Guarded::Guarded(device::Memory& memory, std::string_view name, std::size_t bytes)
    : memory_(memory), name_(name), bytes_(bytes) {
  if (bytes != 0) start_ = memory.allocate(bytes + 2 * kGuardBytes);
}

Guarded::~Guarded() {
  if (start_ != nullptr) memory_.release(start_);
}

Guarded::Guarded(Guarded&& other) noexcept
    : memory_(other.memory_),
      name_(other.name_),
      bytes_(other.bytes_),
      start_(std::exchange(other.start_, nullptr)),
      poison_(other.poison_) {}

void* Guarded::data() const noexcept { return start_ == nullptr ? nullptr : static_cast<char*>(start_) + kGuardBytes; }

void Guarded::fill(std::uint8_t poison) {
  poison_ = poison;
  if (bytes_ != 0) memory_.fill(start_, poison, bytes_ + 2 * kGuardBytes);
}

void Guarded::put(std::span<const std::byte> contents) {
  if (bytes_ != 0) memory_.put(data(), contents.data(), bytes_);
}

// Distances from the buffer: of the byte next to it, 0.
void Guarded::require_whole(std::span<const std::byte> guard, std::string_view where) const {
  const auto changed = [&](std::byte byte) { return byte != std::byte{poison_}; };
  const auto written = std::ranges::count_if(guard, changed);
  if (written == 0) return;
  auto first = std::ranges::find_if(guard, changed) - guard.begin();
  auto last = guard.rend() - std::find_if(guard.rbegin(), guard.rend(), changed) - 1;
  const auto size = static_cast<std::ptrdiff_t>(guard.size());
  if (where.starts_with("before")) std::tie(first, last) = std::pair(size - 1 - last, size - 1 - first);
  throw KernelFault(
      fmt::format("the kernel wrote {} of {}: {} bytes, from {} to {} bytes away", where, name_, written, first, last));
}

std::vector<std::byte> Guarded::read() const {
  if (bytes_ == 0) return {};
  std::vector<std::byte> all(bytes_ + 2 * kGuardBytes);
  memory_.get(all.data(), start_, all.size());
  const auto start = all.begin() + kGuardBytes, end = all.end() - kGuardBytes;
  require_whole(std::span(all.begin(), start), "before the start");
  require_whole(std::span(end, all.end()), "behind the end");
  return {start, end};
}

}  // namespace bitgate::program
