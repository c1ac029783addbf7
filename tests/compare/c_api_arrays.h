// Requests and places of the C library for its tests, which see c_api.h and nothing else of ours.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "bitgate/compare/c_api.h"

namespace bitgate::c_tests {

inline constexpr const char* kNvfp4 = "torchao/nvfp4-tensorwise";
inline constexpr const char* kMxfp4 = "torchao/mxfp4-floor";
inline constexpr std::byte kPoison{0xA5};

inline std::vector<float> sample(std::int64_t n) {
  std::vector<float> x;
  for (std::int64_t i = 0; i < n; ++i) x.push_back(static_cast<float>(i * 37 % 101 - 50) / 16.0f);
  return x;
}

inline bitgate_request request_of(const char* recipe, const void* input, std::int64_t rows, std::int64_t cols) {
  bitgate_request request{};
  request.recipe = recipe;
  request.input = input;
  request.rows = rows;
  request.cols = cols;
  return request;
}

inline std::size_t bytes_of(const bitgate_array& array) {
  std::size_t n = array.type == BITGATE_UINT8 ? 1 : array.type == BITGATE_UINT16 ? 2 : 4;
  for (std::int32_t i = 0; i < array.dims; ++i) n *= static_cast<std::size_t>(array.shape[i]);
  return n;
}

// The arrays of a tensor, poisoned. Not copyable: the tensor points to them.
class Places {
 public:
  explicit Places(const bitgate_request& request) : status(bitgate_sizes(&request, &tensor)) {
    if (status != BITGATE_PASS) return;
    for (bitgate_array* array : arrays()) {
      if (array->type == BITGATE_NONE) continue;
      memory_.emplace_back(bytes_of(*array) + 1, kPoison);  // never null, and a byte behind the last
      array->data = memory_.back().data();
    }
  }
  Places(const Places&) = delete;
  Places& operator=(const Places&) = delete;

  std::vector<bitgate_array*> arrays() {
    return {&tensor.codes, &tensor.scales, &tensor.global, &tensor.extras, &tensor.packed, &tensor.values};
  }
  bool untouched() const {
    for (const auto& array : memory_)
      for (const std::byte byte : array)
        if (byte != kPoison) return false;
    return true;
  }
  bool kept_inside() const {
    for (const auto& array : memory_)
      if (array.back() != kPoison) return false;
    return true;
  }
  const std::vector<std::vector<std::byte>>& memory() const { return memory_; }

  bitgate_tensor tensor{};
  int status;

 private:
  std::vector<std::vector<std::byte>> memory_;
};

template <class T>
std::vector<T> values_of(const bitgate_array& array) {
  std::vector<T> values(bytes_of(array) / sizeof(T));
  if (!values.empty()) std::memcpy(values.data(), array.data, bytes_of(array));
  return values;
}

}  // namespace bitgate::c_tests
