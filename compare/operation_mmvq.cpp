#include "bitgate/compare/operation_mmvq.h"

#include "bitgate/compare/operation_inputs.h"
#include "bitgate/reference/layout/ggml_blocks.h"

namespace bitgate::compare {
namespace {

using Bytes = std::vector<std::uint8_t>;
using reference::GgmlDot;
using reference::GgmlWeights;

constexpr std::int64_t kQ8Cols = 32, kQ8Bytes = 36;
constexpr std::int64_t kSpecialBlocks = 5;  // in a row of special_products()

// Where the FP16 numbers of a block lie; none of FP4.
std::vector<std::int64_t> halves_of(const GgmlWeights& type) {
  if (type.dot == GgmlDot::kSuperScales) return {208};
  if (type.dot == GgmlDot::kMinimum || type.dot == GgmlDot::kSuperMinimums) return {0, 2};
  if (type.blocks == RawBlocks::kMxfp4 || type.blocks == RawBlocks::kNvfp4) return {};
  return {0};
}
// Where the one-byte scales lie.
std::int64_t scale_bytes_of(const GgmlWeights& type) {
  return type.blocks == RawBlocks::kMxfp4 ? 1 : type.blocks == RawBlocks::kNvfp4 ? 4 : 0;
}

void put_half(Bytes& bytes, std::int64_t at, std::uint32_t half) {
  bytes[static_cast<std::size_t>(at)] = static_cast<std::uint8_t>(half);
  bytes[static_cast<std::size_t>(at) + 1] = static_cast<std::uint8_t>(half >> 8);
}
// Any sign and fraction, 2^-7 to 2^4.
std::uint32_t moderate_half(Draws& draw) {
  const auto bits = static_cast<std::uint32_t>(draw());
  return (bits & 0x83FF) | (8 + (bits >> 16) % 11) << 10;
}
// E8M0 of 2^-16 to 2^15; any E4M3.
std::uint8_t moderate_scale(const GgmlWeights& type, Draws& draw) {
  const auto bits = static_cast<std::uint8_t>(draw());
  return type.blocks == RawBlocks::kMxfp4 ? static_cast<std::uint8_t>(111 + bits % 32) : bits;
}

// Of both operands. Loud ones are large and of one sign: only of such sums do the products with a scale have more than
// 24 bits, whatever the type, so that it shows where they are rounded.
enum class Codes { kAny, kLoud };

Bytes any_bytes(std::int64_t size, Draws& draw) {
  Bytes bytes(static_cast<std::size_t>(size));
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(draw());
  return bytes;
}

Bytes drawn_weights(const GgmlWeights& type, const Extent& extent, Codes codes, Draws& draw) {
  const std::int64_t blocks = extent.rows * (extent.cols / type.cols);
  Bytes bytes = any_bytes(blocks * type.bytes, draw);
  if (codes == Codes::kLoud)
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>((byte & 0x77) | 0x55);
  for (std::int64_t at = 0; at < blocks * type.bytes; at += type.bytes) {
    for (const std::int64_t half : halves_of(type)) put_half(bytes, at + half, moderate_half(draw));
    for (std::int64_t i = 0; i < scale_bytes_of(type); ++i)
      bytes[static_cast<std::size_t>(at + i)] = moderate_scale(type, draw);
  }
  return bytes;
}

// Padding blocks too: no output may depend on them.
Bytes drawn_activations(std::int64_t columns, std::int64_t k, Codes codes, Draws& draw) {
  const auto shape = reference::ggml_blocks_shape(RawBlocks::kQ8_1, {columns, k});
  Bytes bytes = any_bytes(shape[0] * shape[1] * shape[2], draw);
  if (codes == Codes::kLoud)
    for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(120 + byte % 8);
  for (std::int64_t at = 0; at < static_cast<std::int64_t>(bytes.size()); at += kQ8Bytes)
    for (const std::int64_t half : {0, 2}) put_half(bytes, at + half, moderate_half(draw));
  return bytes;
}

OperationInput product_of(const CheckedOperation& operation, const Extent& extent, Codes codes, std::uint64_t seed) {
  Draws draw(seed);
  OperationInput input;
  input.extent = extent;
  input.bytes = drawn_weights(*operation.weights, extent, codes, draw);
  input.activations = drawn_activations(operation.columns, extent.cols, codes, draw);
  return input;
}

// A row for each special number of the weights' scales, in one of its blocks or in all of them.
OperationInput special_weights(const CheckedOperation& operation, bool in_all) {
  const GgmlWeights& type = *operation.weights;
  const std::int64_t bytes = scale_bytes_of(type);
  std::vector<std::int64_t> places = halves_of(type);
  for (std::int64_t i = 0; i < bytes; ++i) places.push_back(i);
  const Format& format = bytes == 0 ? kFp16 : type.blocks == RawBlocks::kMxfp4 ? kE8m0 : kE4m3;
  const std::vector<std::uint32_t> numbers = bytes == 0 ? special_scales(format) : every_scale(format);
  const auto rows = static_cast<std::int64_t>(numbers.size() * places.size());
  OperationInput input = product_of(operation, {rows, kSpecialBlocks * type.cols}, Codes::kAny, 51);
  for (std::int64_t row = 0; row < rows; ++row) {
    const auto at = static_cast<std::size_t>(row);
    for (std::int64_t block = 0; block < kSpecialBlocks; ++block) {
      if (!in_all && block != row % kSpecialBlocks) continue;
      const std::int64_t place = (row * kSpecialBlocks + block) * type.bytes + places[at % places.size()];
      const std::uint32_t number = numbers[at / places.size()];
      if (bytes == 0)
        put_half(input.bytes, place, number);
      else
        input.bytes[static_cast<std::size_t>(place)] = static_cast<std::uint8_t>(number);
    }
  }
  return input;
}

OperationInput special_activations(const CheckedOperation& operation, std::uint32_t number, bool in_d, bool in_s) {
  OperationInput input = product_of(operation, {8, kSpecialBlocks * operation.weights->cols}, Codes::kAny, 52 + number);
  const std::int64_t in_column = static_cast<std::int64_t>(input.activations.size()) / operation.columns;
  for (std::int64_t column = 0; column < operation.columns; ++column) {
    const std::int64_t block = (column + std::int64_t{number}) % (input.extent.cols / kQ8Cols);
    const std::int64_t at = column * in_column + block * kQ8Bytes;
    if (in_d) put_half(input.activations, at, number);
    if (in_s) put_half(input.activations, at + 2, number);
  }
  return input;
}

}  // namespace

OperationInput drawn_product(const CheckedOperation& operation, const Extent& extent, std::uint64_t seed) {
  return product_of(operation, extent, Codes::kAny, seed);
}

std::vector<OperationInput> special_products(const CheckedOperation& operation) {
  const Extent many{16, 200 * operation.weights->cols};
  std::vector<OperationInput> inputs{product_of(operation, many, Codes::kLoud, 50), special_weights(operation, false),
                                     special_weights(operation, true)};
  for (const std::uint32_t number : special_scales(kFp16)) {
    inputs.push_back(special_activations(operation, number, true, false));
    inputs.push_back(special_activations(operation, number, false, true));
    inputs.push_back(special_activations(operation, number, true, true));
  }
  return inputs;
}

}  // namespace bitgate::compare
