// What the walks over the captures of each producer share. One file a producer: captures_te.cpp, _torch.cpp, _ggml.cpp,
// _flashinfer.cpp.
// What the walks over the captures of each producer share. One file a producer: captures_te.cpp, _torch.cpp,
// _torch_cpu.cpp, _ggml.cpp.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "bitgate/reference/recipe/recipe.h"
#include "bitgate/tests/support/captures.h"

namespace bitgate::oracle {

template <class T>
std::span<const std::byte> as_bytes(const std::vector<T>& values) {
  return std::as_bytes(std::span<const T>(values));
}

std::vector<float> floats(const compare::NpyArray& array);

// Counts bytes and differences.
void compare_bytes(CaptureTally& tally, const std::string& name, std::span<const std::byte> expected,
                   std::span<const std::byte> actual);
// A number given to the producer is an input, not something captured: a difference counts, an agreement does not.
void expect_given(CaptureTally& tally, const std::string& name, std::span<const std::byte> given,
                  std::span<const std::byte> computed);
// Compares one captured array, if the source has it.
void compare_array(CaptureTally& tally, const ArraySource& source, const std::string& name,
                   std::span<const std::byte> actual);

// Codes as the producer packs them, and scales of one byte.
std::vector<std::uint8_t> stored_codes(const reference::Recipe& recipe, const QuantizedTensor& tensor);
std::span<const std::byte> stored_scales(const QuantizedTensor& tensor);

Request capture_request(const TypedTensor& input, std::span<const float> amax = {}, std::span<const float> global = {});

void compare_te_kernel(const reference::Recipe& recipe, const ArraySource& source, CaptureTally& tally);
void compare_te_pyref(const reference::Recipe& recipe, const ArraySource& source, CaptureTally& tally);
void compare_torch(const reference::Recipe& recipe, const Captures& captures, CaptureTally& tally);
void compare_flashinfer(const reference::Recipe& recipe, const ArraySource& source, CaptureTally& tally);
void compare_torch_cpu(const reference::Recipe& recipe, const ArraySource& source, CaptureTally& tally);
void compare_ggml(const reference::Recipe& recipe, const Captures& captures, CaptureTally& tally);

}  // namespace bitgate::oracle
