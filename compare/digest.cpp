#include "bitgate/compare/digest.h"

#include <openssl/evp.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <bit>
#include <stdexcept>
#include <variant>

namespace bitgate::compare {
namespace {

// Digests are of little-endian bytes, taken as they lie in memory.
static_assert(std::endian::native == std::endian::little);

template <class T>
std::span<const std::byte> raw(const std::vector<T>& values) noexcept {
  return std::as_bytes(std::span<const T>(values));
}

std::string field_digest(std::span<const std::byte> bytes) { return bytes.empty() ? "" : sha256_hex(bytes); }

}  // namespace

std::string sha256_hex(std::span<const std::byte> bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
  unsigned size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), hash.data(), &size, EVP_sha256(), nullptr) != 1)
    throw std::runtime_error("libcrypto's SHA-256 failed");
  constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  for (unsigned i = 0; i < size; ++i) hex += {kDigits[hash[i] >> 4], kDigits[hash[i] & 0xF]};
  return hex;
}

Digests digest(const QuantizedTensor& tensor) {
  return {field_digest(codes_bytes(tensor)), field_digest(scales_bytes(tensor)), field_digest(extras_bytes(tensor)),
          field_digest(global_bytes(tensor)), field_digest(values_bytes(tensor))};
}

std::vector<std::uint32_t> tile_checksums(std::span<const std::byte> bytes) {
  std::vector<std::uint32_t> checksums;
  const std::size_t tile = tile_size(bytes.size());
  for (std::size_t at = 0; at < bytes.size(); at += tile) {
    const std::size_t size = std::min(tile, bytes.size() - at);
    checksums.push_back(
        static_cast<std::uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data() + at), size)));
  }
  return checksums;
}

std::span<const std::byte> codes_bytes(const QuantizedTensor& tensor) noexcept { return raw(tensor.codes); }
std::span<const std::byte> scales_bytes(const QuantizedTensor& tensor) noexcept {
  return std::visit([](const auto& scales) { return raw(scales); }, tensor.scales);
}
std::span<const std::byte> extras_bytes(const QuantizedTensor& tensor) noexcept { return raw(tensor.extras); }
std::span<const std::byte> global_bytes(const QuantizedTensor& tensor) noexcept { return raw(tensor.global); }
std::span<const std::byte> values_bytes(const QuantizedTensor& tensor) noexcept { return raw(tensor.values); }

}  // namespace bitgate::compare
