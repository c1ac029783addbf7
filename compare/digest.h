// Digests of what a quantizer produced: SHA-256 of each field's little-endian bytes, and tile checksums by which a
// first differing tile can be named without the data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "bitgate/reference/format/tensor.h"

namespace bitgate::compare {

// Lower-case hexadecimal SHA-256 (OpenSSL's libcrypto).
std::string sha256_hex(std::span<const std::byte> bytes);

// Hexadecimal SHA-256 by field; empty when the tensor has no such field.
struct Digests {
  std::string codes, scales, extras, global, values;
  friend bool operator==(const Digests&, const Digests&) = default;
};
Digests digest(const QuantizedTensor& tensor);

// CRC-32 (zlib) of up to 32 tiles of consecutive bytes, equal in size but for the last: tile_size(n) bytes each, and as
// many tiles as a field of n bytes fills.
inline constexpr std::size_t kTiles = 32;
constexpr std::size_t tile_size(std::size_t bytes) noexcept { return (bytes + kTiles - 1) / kTiles; }
std::vector<std::uint32_t> tile_checksums(std::span<const std::byte> bytes);

// The bytes of a field as digested: codes one element a byte, scales and extras in their own width, floats as bits.
std::span<const std::byte> codes_bytes(const QuantizedTensor& tensor) noexcept;
std::span<const std::byte> scales_bytes(const QuantizedTensor& tensor) noexcept;
std::span<const std::byte> extras_bytes(const QuantizedTensor& tensor) noexcept;
std::span<const std::byte> global_bytes(const QuantizedTensor& tensor) noexcept;
std::span<const std::byte> values_bytes(const QuantizedTensor& tensor) noexcept;

}  // namespace bitgate::compare
