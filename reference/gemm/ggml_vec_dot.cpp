#include "bitgate/reference/gemm/ggml_vec_dot.h"

#include <fmt/format.h>

#include <bit>

#include "bitgate/reference/arith/arithmetic.h"
#include "bitgate/reference/format/error.h"
#include "bitgate/reference/layout/ggml_blocks.h"
#include "bitgate/reference/recipe/lanes/threads.h"

namespace bitgate::reference {
namespace {

constexpr std::int64_t kQ8Cols = 32;

// As ggml's table of all FP16: a NaN keeps its payload.
float half_value(std::uint16_t bits) noexcept { return decode_float(kFp16, bits); }

// 2^(code - 128), exact also where subnormal.
float half_e8m0(std::uint8_t code) noexcept {
  if (code < 2) return std::bit_cast<float>(std::uint32_t{0x00200000} << code);
  return std::bit_cast<float>(static_cast<std::uint32_t>(code - 1) << 23);
}

float half_ue4m3(std::uint8_t code) noexcept {
  if (code == 0x7F) return 0.0f;
  const int exponent = code >> 3 & 0xF, mantissa = code & 7;
  if (exponent == 0) return static_cast<float>(mantissa) * 0x1p-10f;
  return std::bit_cast<float>(static_cast<std::uint32_t>(exponent + 119) << 23 | static_cast<std::uint32_t>(mantissa)
                                                                                     << 20);
}

std::int32_t sum_of(const GgmlWeights& type, const GgmlWeightBlock& block, const Q8Block& q8) noexcept {
  std::int32_t sum = dot(block.codes.data(), q8.codes, kQ8Cols);
  for (std::int64_t i = 0; type.zero_point != 0 && i < kQ8Cols; ++i)
    sum -= type.zero_point * static_cast<std::int8_t>(q8.codes[i]);
  return sum;
}

// The accumulator after one block of 32 activations.
float after_block(const GgmlWeights& type, const GgmlWeightBlock& block, const Q8Block& q8, const Arithmetic& on,
                  float acc) noexcept {
  const auto sum = static_cast<float>(sum_of(type, block, q8));
  const float d8 = half_value(q8.d);
  if (type.blocks == RawBlocks::kMxfp4) {
    const float scale = on.mul_rn(d8, half_e8m0(block.scales[0]));
    return on.add_rn(acc, on.mul_rn(scale, sum));
  }
  const float d = half_value(block.d);
  if (type.blocks == RawBlocks::kQ4_0) {
    const float scaled = on.mul_rn(sum, d);
    return on.add_rn(acc, on.mul_rn(scaled, d8));
  }
  const float scale = on.mul_rn(d, d8);
  const float product = type.blocks == RawBlocks::kQ8_0 ? on.mul_rn(sum, scale) : on.mul_rn(scale, sum);
  if (type.dot != GgmlDot::kMinimum) return on.add_rn(acc, product);
  const float minimum = on.mul_rn(half_value(block.m), half_value(q8.s));
  return on.add_rn(acc, on.add_rn(product, minimum));
}

float after_sixteens(const GgmlWeightBlock& block, const Q8Block (&q8)[2], const Arithmetic& on, float acc) noexcept {
  for (std::size_t part = 0; part < 4; ++part) {
    const Q8Block& of_part = q8[part / 2];
    const auto sum = static_cast<float>(dot(block.codes.data() + part * 16, of_part.codes + part % 2 * 16, 16));
    const float scale = on.mul_rn(half_value(of_part.d), half_ue4m3(block.scales[part]));
    acc = on.add_rn(acc, on.mul_rn(scale, sum));
  }
  return acc;
}

// One output.
float dot_of(const GgmlProduct& product, std::int64_t row, std::int64_t column, const Arithmetic& on) {
  const GgmlWeights& type = *product.type;
  const RawBlocks activations = cpu_activations(type);
  const std::int64_t bytes = layout_of(activations).bytes, in_row = product.extent.cols / type.cols;
  const std::int64_t q8_in_row = ggml_blocks_shape(activations, {1, product.extent.cols})[1];
  const auto q8_at = [&](std::int64_t block) {
    const auto at = static_cast<std::size_t>((column * q8_in_row + block) * bytes);
    return read_q8_block(activations, product.activations.subspan(at, static_cast<std::size_t>(bytes)));
  };
  float acc = 0.0f;
  for (std::int64_t block = 0; block < in_row; ++block) {
    const auto at = static_cast<std::size_t>((row * in_row + block) * type.bytes);
    const GgmlWeightBlock numbers =
        read_ggml_block(type, product.weights.subspan(at, static_cast<std::size_t>(type.bytes)));
    acc = type.dot == GgmlDot::kSixteens ? after_sixteens(numbers, {q8_at(2 * block), q8_at(2 * block + 1)}, on, acc)
                                         : after_block(type, numbers, q8_at(block), on, acc);
  }
  return acc;
}

}  // namespace

std::vector<float> ggml_vec_dot(const GgmlProduct& product, Machine machine) {
  const GgmlWeights& type = *product.type;
  if (type.blocks == RawBlocks::kNone)
    throw InputError(fmt::format("{} meets activations of Q8_K on CPUs, which are not modelled", type.name));
  require_fits(product, cpu_activations(type));
  const Arithmetic on{machine};
  const std::int64_t rows = product.extent.rows;
  std::vector<float> outputs(static_cast<std::size_t>(product.columns * rows));
  over_threads(rows, [&](std::int64_t row) {
    for (std::int64_t column = 0; column < product.columns; ++column)
      outputs[static_cast<std::size_t>(column * rows + row)] = dot_of(product, row, column, on);
  });
  return outputs;
}

}  // namespace bitgate::reference
