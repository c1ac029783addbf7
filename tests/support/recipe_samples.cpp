// See recipe_samples.h.
#include "bitgate/tests/support/recipe_samples.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "bitgate/reference/fused/silu.h"
#include "bitgate/tests/support/splitmix.h"

namespace bitgate::oracle {

using reference::Fusion;
using reference::Recipe;

namespace {

std::vector<const Recipe*> recipes_that(bool run) {
  std::vector<const Recipe*> recipes;
  for (const Recipe& recipe : reference::catalog())
    if (runs(recipe) == run) recipes.push_back(&recipe);
  return recipes;
}

// The bits of -1 where the exponent is all ones.
std::uint16_t finite_half(InputType type, std::uint16_t bits) {
  const std::uint16_t exponent = type == InputType::kBf16 ? 0x7F80 : 0x7C00;
  const std::uint16_t minus_one = type == InputType::kBf16 ? 0xBF80 : 0xBC00;
  return (bits & exponent) == exponent ? minus_one : bits;
}
float finite(std::uint32_t bits) { return (bits & 0x7F800000) == 0x7F800000 ? -1.0f : std::bit_cast<float>(bits); }

// Numbers of few bits are exact in every type.
std::uint16_t half_bits(InputType type, float value) {
  return static_cast<std::uint16_t>(encode(format_of(type), value, kCvtRnSatfinite));
}

template <class T>
std::vector<T> transposed_values(const std::vector<T>& from, Extent extent) {
  std::vector<T> to;
  for (std::int64_t col = 0; col < extent.cols; ++col)
    for (std::int64_t row = 0; row < extent.rows; ++row)
      to.push_back(from[static_cast<std::size_t>(row * extent.cols + col)]);
  return to;
}

template <class T>
std::string difference_in(const char* field, const std::vector<T>& a, const std::vector<T>& b) {
  if (a.size() != b.size()) return fmt::format("{}: {} against {}", field, a.size(), b.size());
  const auto [x, y] = std::mismatch(a.begin(), a.end(), b.begin());
  if (x == a.end()) return "";
  return fmt::format("{}[{}]: {:x} against {:x}", field, x - a.begin(), static_cast<std::uint32_t>(*x),
                     static_cast<std::uint32_t>(*y));
}

std::vector<std::uint32_t> scale_words(const Scales& scales) {
  std::vector<std::uint32_t> words;
  for (std::size_t i = 0; i < scale_count(scales); ++i) words.push_back(scale_bits(scales, i));
  return words;
}

}  // namespace

std::vector<const Recipe*> runnable_recipes() { return recipes_that(true); }
std::vector<const Recipe*> open_recipes() { return recipes_that(false); }

InputType sample_type(const Recipe& recipe) {
  for (const InputType type : kInputTypes)
    if (accepts(recipe.accepts, type)) return type;
  return InputType::kF32;
}

TypedTensor any_numbers(InputType type, Extent extent, std::uint64_t seed) {
  SplitMix random(seed);
  TypedTensor tensor{type, extent, {}};
  if (type == InputType::kF32) {
    std::vector<float> values;
    for (std::int64_t i = 0; i < count(extent); ++i) values.push_back(finite(random.next32()));
    tensor.values = std::move(values);
  } else {
    std::vector<std::uint16_t> values;
    for (std::int64_t i = 0; i < count(extent); ++i)
      values.push_back(finite_half(type, static_cast<std::uint16_t>(random.next32() >> 16)));
    tensor.values = std::move(values);
  }
  return tensor;
}

TypedTensor ordinary_numbers(InputType type, Extent extent, std::uint64_t seed) {
  SplitMix random(seed);
  TypedTensor tensor{type, extent, {}};
  std::vector<float> values;
  for (std::int64_t i = 0; i < count(extent); ++i) {
    const auto sevenbits = static_cast<float>(static_cast<std::int32_t>(random.next32() >> 24) - 128) * 0x1p-5f;
    const std::int64_t col = extent.cols == 0 ? 0 : i % extent.cols;
    values.push_back(col < 64 ? (col % 2 == 0 ? 0.0f : -0.0f) : sevenbits);
  }
  if (type == InputType::kF32) {
    tensor.values = std::move(values);
  } else {
    std::vector<std::uint16_t> words;
    for (const float value : values) words.push_back(half_bits(type, value));
    tensor.values = std::move(words);
  }
  return tensor;
}

TypedTensor all_equal(InputType type, Extent extent, float value) {
  const auto n = static_cast<std::size_t>(count(extent));
  if (type == InputType::kF32) return {type, extent, std::vector<float>(n, value)};
  return {type, extent, std::vector<std::uint16_t>(n, half_bits(type, value))};
}

TypedTensor transposed(const TypedTensor& tensor) {
  TypedTensor out{tensor.type, {tensor.extent.cols, tensor.extent.rows}, {}};
  std::visit([&](const auto& values) { out.values = transposed_values(values, tensor.extent); }, tensor.values);
  return out;
}

Request RecipeSample::request() const {
  Request request;
  request.input = input.view();
  request.direction = direction;
  request.fused.weight = weight;
  request.fused.residual = residual;
  request.fused.row_factor = row_factor;
  request.fused.gate = gate;
  request.philox = {123, 321};
  return request;
}

void give_amax(const Recipe& recipe, Request& request, std::span<const float> amax) {
  const bool transformed = recipe.rules.transform != reference::Transform::kNone;
  (transformed && request.direction == Direction::kColumnwise ? request.amax_columnwise : request.amax) = amax;
}

RecipeSample sample_of(const Recipe& recipe, TypedTensor input) {
  RecipeSample sample;
  const auto cols = static_cast<std::size_t>(std::max<std::int64_t>(input.extent.cols, 1));
  sample.input = std::move(input);
  sample.direction = reference::default_direction(recipe);
  const Fusion fusion = recipe.rules.fusion;
  SplitMix random(7);
  const auto some = [&] {
    return static_cast<float>(static_cast<std::int32_t>(random.next32() >> 24) - 100) * 0x1p-6f;
  };
  for (std::size_t i = 0; i < cols && (fusion == Fusion::kRmsNormMul || fusion == Fusion::kRmsNormMulAdd); ++i)
    sample.weight.push_back(some());
  for (std::size_t i = 0; i < cols && fusion == Fusion::kRmsNormMulAdd; ++i) sample.residual.push_back(some());
  if (fusion == Fusion::kRmsNormCute) {
    for (std::int64_t i = 0; i < sample.input.extent.cols; ++i) sample.weight.push_back(some());
    for (std::int64_t i = 0; i < sample.input.extent.rows; ++i) sample.row_factor.push_back(some() + 2.0f);
  }
  // Small numbers of few bits: of every type.
  const std::int64_t gates = reference::is_silu(fusion) ? count(sample.input.extent) : 0;
  for (std::int64_t i = 0; i < gates; ++i) sample.gate.push_back(some());
  return sample;
}

RecipeSample sample_of(const Recipe& recipe, std::uint64_t seed) {
  return sample_of(recipe, any_numbers(sample_type(recipe), kSampleExtent, seed));
}

std::vector<std::uint32_t> bits_of(std::span<const float> values) {
  std::vector<std::uint32_t> bits;
  for (const float value : values) bits.push_back(std::bit_cast<std::uint32_t>(value));
  return bits;
}

std::string first_difference(const QuantizedTensor& a, const QuantizedTensor& b) {
  if (a.extent != b.extent) return "extent";
  if (a.direction != b.direction) return "direction";
  for (const std::string& found :
       {difference_in("global", bits_of(a.global), bits_of(b.global)),
        difference_in("scales", scale_words(a.scales), scale_words(b.scales)), difference_in("codes", a.codes, b.codes),
        difference_in("extras", a.extras, b.extras), difference_in("values", bits_of(a.values), bits_of(b.values))})
    if (!found.empty()) return found;
  if (a.columnwise.size() != b.columnwise.size()) return "twins";
  return a.columnwise.empty() ? "" : first_difference(a.columnwise[0], b.columnwise[0]);
}

std::string refusal_of(const Recipe& recipe, const Request& request) {
  try {
    reference::quantize(recipe, request);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

}  // namespace bitgate::oracle
