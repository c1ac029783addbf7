// Address-coded bytes: every bit of a stored layout carries its own address, so that a bit that lands in the wrong
// place names the place it came from. One bit of the address is stored at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace bitgate {

using Bytes = std::vector<std::uint8_t>;

// For every bit of what `unpack` makes of `stored_bytes` bytes: 1 + the address of the bit it came from, 0 when none.
inline std::vector<std::size_t> sources_of(std::size_t stored_bytes, const std::function<Bytes(const Bytes&)>& unpack) {
  std::vector<std::size_t> sources;
  for (std::size_t digit = 0; (stored_bytes * 8) >> digit != 0; ++digit) {
    Bytes stored(stored_bytes);
    for (std::size_t bit = 0; bit < stored_bytes * 8; ++bit)
      if (((bit + 1) >> digit & 1) != 0) stored[bit / 8] = static_cast<std::uint8_t>(stored[bit / 8] | 1u << bit % 8);
    const Bytes fields = unpack(stored);
    sources.resize(fields.size() * 8);
    for (std::size_t bit = 0; bit < sources.size(); ++bit)
      sources[bit] |= static_cast<std::size_t>(fields[bit / 8] >> bit % 8 & 1) << digit;
  }
  return sources;
}

// Bits of the stored bytes that no field has.
inline std::size_t unused_bits(std::size_t stored_bytes, const std::vector<std::size_t>& sources) {
  std::vector<bool> used(stored_bytes * 8 + 1);
  for (const std::size_t source : sources) used[source] = true;
  std::size_t unused = 0;
  for (std::size_t bit = 1; bit < used.size(); ++bit) unused += !used[bit];
  return unused;
}

}  // namespace bitgate
