// NumPy's .npy files, versions 1 and 2: little-endian, C order, of the types below. Everything else is refused with one
// sentence that names file, byte offset and reason. Source: NumPy, numpy/lib/format.py (NEP 1).
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "bitgate/compare/file_bytes.h"

namespace bitgate::compare {

enum class NpyType : std::uint8_t { kFloat32, kFloat16, kUint8, kInt8, kUint16, kUint32 };
std::string_view name_of(NpyType type) noexcept;  // NumPy's name: float32, ...
std::size_t size_of(NpyType type) noexcept;       // bytes of one element

// Row-major. The product of the dimensions times the element size is the size of `data`; no dimension is negative.
struct NpyArray {
  NpyType type = NpyType::kUint8;
  std::vector<std::int64_t> shape;  // empty: one number
  std::vector<std::byte> data;      // little-endian
};

// "(3, 4)", as NumPy writes it.
std::string shape_text(std::span<const std::int64_t> shape);

// `file` is the name that complaints give. Throws InputError: magic, version, header, type, order, shape, or a size of
// data other than the shape states. Takes no memory beyond the bytes it is given.
NpyArray parse_npy(std::vector<std::byte> bytes, std::string_view file);
NpyArray read_npy(const std::filesystem::path& file);

// The bytes that numpy.save writes.
std::vector<std::byte> npy_bytes(const NpyArray& array);
void write_npy(const std::filesystem::path& file, const NpyArray& array);

template <class T>
constexpr NpyType npy_type_of() noexcept {
  if constexpr (std::same_as<T, float>)
    return NpyType::kFloat32;
  else if constexpr (std::same_as<T, std::uint8_t>)
    return NpyType::kUint8;
  else if constexpr (std::same_as<T, std::int8_t>)
    return NpyType::kInt8;
  else if constexpr (std::same_as<T, std::uint16_t>)
    return NpyType::kUint16;
  else {
    static_assert(std::same_as<T, std::uint32_t>, "no .npy type for this element");
    return NpyType::kUint32;
  }
}

// Throws std::logic_error when `values` does not fill `shape`.
NpyArray make_npy(NpyType type, std::vector<std::int64_t> shape, std::span<const std::byte> values);

template <class T>
NpyArray make_npy(std::vector<std::int64_t> shape, const std::vector<T>& values) {
  return make_npy(npy_type_of<T>(), std::move(shape), bytes_of(values));
}

}  // namespace bitgate::compare
