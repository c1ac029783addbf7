// Whole files as bytes: read with their size checked first, written under a temporary name and renamed.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace bitgate::compare {

// .npy, .npz and bitgate's own files are little-endian, and values are copied to and from them as they lie.
static_assert(std::endian::native == std::endian::little);

// Throws InputError "FILE: byte OFFSET: REASON".
[[noreturn]] void refuse_file(std::string_view file, std::uint64_t offset, std::string_view reason);

// The bytes of a regular file. Throws InputError naming the file when it is missing, not a regular file or unreadable.
std::vector<std::byte> read_bytes(const std::filesystem::path& file);

// Replaces or creates `file` in one step. Throws InputError naming the file when it cannot be written; then nothing of
// it is left behind.
void write_bytes(const std::filesystem::path& file, std::span<const std::byte> bytes);

// A name beside `target` that no other call of any process gives at the same time.
std::filesystem::path temporary_beside(const std::filesystem::path& target);

template <class T>
std::span<const std::byte> bytes_of(const std::vector<T>& values) noexcept {
  return std::as_bytes(std::span<const T>(values));
}

// Copies as many whole values of T as `bytes` holds.
template <class T>
std::vector<T> values_of(std::span<const std::byte> bytes) {
  static_assert(std::is_trivially_copyable_v<T>);
  std::vector<T> values(bytes.size() / sizeof(T));
  if (!values.empty()) std::memcpy(values.data(), bytes.data(), values.size() * sizeof(T));
  return values;
}

}  // namespace bitgate::compare
