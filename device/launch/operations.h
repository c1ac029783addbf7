// The tables of operations, one a kind; operations() in operation.h joins them.
#pragma once

#include <span>

#include "bitgate/device/operation.h"

namespace bitgate::device {

std::span<const Operation> dequantize_operations() noexcept;
std::span<const Operation> moving_operations() noexcept;  // swizzles and packing
std::span<const Operation> amax_operations() noexcept;
std::span<const Operation> mmvq_operations() noexcept;  // products with 1 to 8 columns

// `bytes` with the entry of `buffer` set.
constexpr void set_bytes(BufferBytes& bytes, Buffer buffer, std::int64_t n) noexcept {
  bytes[static_cast<std::size_t>(buffer)] = n;
}

}  // namespace bitgate::device
