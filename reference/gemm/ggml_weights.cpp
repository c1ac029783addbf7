#include "bitgate/reference/gemm/ggml_weights.h"

#include <fmt/format.h>

#include <cstring>

#include "bitgate/reference/format/error.h"
#include "bitgate/reference/layout/ggml_blocks.h"

namespace bitgate::reference {
namespace {

using Bytes = std::span<const std::uint8_t>;

std::uint16_t half_at(Bytes bytes, std::int64_t at) noexcept {
  const auto i = static_cast<std::size_t>(at);
  return static_cast<std::uint16_t>(bytes[i] | bytes[i + 1] << 8);
}

// Twice the number of an E2M1 code.
constexpr std::array<std::int8_t, 16> kTwiceE2m1 = [] {
  std::array<std::int8_t, 16> twice{};
  for (std::uint32_t code = 0; code < 16; ++code) twice[code] = static_cast<std::int8_t>(2.0 * decode(kE2m1, code));
  return twice;
}();
static_assert(kTwiceE2m1[7] == 12 && kTwiceE2m1[9] == -1 && kTwiceE2m1[8] == 0);

// Runs of nibbles: the first half of a run's values in the low ones, the second in the high ones.
void read_nibbles(const BlockLayout& layout, Bytes bytes, std::int8_t* codes) noexcept {
  const std::int64_t half = layout.nibble_cols / 2;
  const std::uint8_t* from = bytes.data() + layout.codes_at;
  for (std::int64_t run = 0; run < layout.cols; run += layout.nibble_cols, from += half)
    for (std::int64_t i = 0; i < half; ++i) {
      codes[run + i] = static_cast<std::int8_t>(from[i] & 0xF);
      codes[run + half + i] = static_cast<std::int8_t>(from[i] >> 4);
    }
}

void add_fifth_bits(const std::uint8_t* bits, std::int8_t* codes, std::int64_t n) noexcept {
  for (std::int64_t i = 0; i < n; ++i) codes[i] = static_cast<std::int8_t>(codes[i] | (bits[i / 8] >> i % 8 & 1) << 4);
}

void read_layout(const GgmlWeights& type, Bytes bytes, GgmlWeightBlock& block) {
  const BlockLayout& layout = layout_of(type.blocks);
  if (layout.nibble_cols == 0)
    std::memcpy(block.codes.data(), bytes.data() + layout.codes_at, static_cast<std::size_t>(layout.cols));
  else
    read_nibbles(layout, bytes, block.codes.data());
  if (layout.fifth_bits_at != 0) add_fifth_bits(bytes.data() + layout.fifth_bits_at, block.codes.data(), layout.cols);
  if (layout.extras != 0) block.m = half_at(bytes, layout.extra_at);
  if (layout.scale_bits == 16) {
    block.d = half_at(bytes, 0);
    return;
  }
  for (std::int64_t i = 0; i < layout.cols; ++i) {
    std::int8_t& code = block.codes[static_cast<std::size_t>(i)];
    code = kTwiceE2m1[static_cast<std::uint8_t>(code)];
  }
  std::memcpy(block.scales.data(), bytes.data(), static_cast<std::size_t>(layout.cols / layout.scale_cols));
}

// Six bits each: the first four scales and minimums lie in the low bits of bytes 0-3 and 4-7; of the others bytes 8-11
// hold four bits each, and the two top bits of bytes 0-7 the rest.
void read_q4_k(Bytes bytes, GgmlWeightBlock& block) {
  block.d = half_at(bytes, 0);
  block.m = half_at(bytes, 2);
  const Bytes packed = bytes.subspan(4, 12);
  for (std::size_t j = 0; j < 4; ++j) {
    block.steps[j] = packed[j] & 0x3F;
    block.minimums[j] = packed[j + 4] & 0x3F;
    block.steps[j + 4] = (packed[j + 8] & 0xF) | packed[j] >> 6 << 4;
    block.minimums[j + 4] = packed[j + 8] >> 4 | packed[j + 4] >> 6 << 4;
  }
  for (std::size_t i = 0; i < 256; ++i) {
    const std::uint8_t byte = bytes[16 + i / 64 * 32 + i % 32];
    block.codes[i] = static_cast<std::int8_t>(i % 64 < 32 ? byte & 0xF : byte >> 4);
  }
}

// Of 128 values the low nibbles lie in 64 bytes, the first 64 below; the two upper bits in 32 bytes, the first 32
// lowest.
void read_q6_k(Bytes bytes, GgmlWeightBlock& block) {
  for (std::size_t i = 0; i < 256; ++i) {
    const std::size_t half = i / 128, at = i % 128;
    const std::uint8_t low = bytes[half * 64 + at % 64];
    const std::uint8_t upper = bytes[128 + half * 32 + at % 32];
    const int code = (at < 64 ? low & 0xF : low >> 4) | (upper >> 2 * (at / 32) & 3) << 4;
    block.codes[i] = static_cast<std::int8_t>(code - 32);
  }
  for (std::size_t j = 0; j < 16; ++j) block.steps[j] = static_cast<std::int8_t>(bytes[192 + j]);
  block.d = half_at(bytes, 208);
}

}  // namespace

GgmlWeightBlock read_ggml_block(const GgmlWeights& type, Bytes bytes) {
  GgmlWeightBlock block;
  if (type.blocks != RawBlocks::kNone)
    read_layout(type, bytes, block);
  else if (type.dot == GgmlDot::kSuperMinimums)
    read_q4_k(bytes, block);
  else
    read_q6_k(bytes, block);
  return block;
}

Q8Block read_q8_block(RawBlocks blocks, Bytes bytes) {
  const BlockLayout& layout = layout_of(blocks);
  const std::uint16_t sum = layout.extras == 0 ? std::uint16_t{0} : half_at(bytes, layout.extra_at);
  return {half_at(bytes, 0), sum, bytes.data() + layout.codes_at};
}

std::int32_t dot(const std::int8_t* weights, const std::uint8_t* codes, std::int64_t n) noexcept {
  std::int32_t sum = 0;
  for (std::int64_t i = 0; i < n; ++i) sum += weights[i] * static_cast<std::int8_t>(codes[i]);
  return sum;
}

void require_fits(const GgmlProduct& product, RawBlocks activations) {
  const GgmlWeights& type = *product.type;
  const auto [rows, k] = product.extent;
  if (rows < 0 || k < 0 || product.columns < 0) throw InputError(fmt::format("{}: a negative extent", type.name));
  if (k % type.cols != 0)
    throw InputError(fmt::format("weights of {} have K in multiples of {}, not {}", type.name, type.cols, k));
  const auto expected = static_cast<std::size_t>(rows * (k / type.cols) * type.bytes);
  if (product.weights.size() != expected)
    throw InputError(fmt::format("weights of {} for {} x {} values take {} bytes, got {}", type.name, rows, k, expected,
                                 product.weights.size()));
  const auto shape = ggml_blocks_shape(activations, {product.columns, k});
  const auto size = static_cast<std::size_t>(shape[0] * shape[1] * shape[2]);
  if (product.activations.size() != size)
    throw InputError(fmt::format("activations of {} for {} x {} values take {} bytes, got {}", name_of(activations),
                                 product.columns, k, size, product.activations.size()));
}

}  // namespace bitgate::reference
