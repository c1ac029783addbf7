// The operands of fused operations by the C library: a gate, a factor a row, and how a recipe says that it takes them.
#include <gmock/gmock.h>

#include <string>

#include "bitgate/tests/compare/c_api_arrays.h"

namespace bitgate::c_tests {
namespace {

using testing::HasSubstr;

constexpr std::int64_t kRows = 4, kCols = 64, kElements = kRows * kCols;
constexpr const char* kSilu = "vllm/silu-nvfp4";
constexpr const char* kNorm = "flashinfer/nvfp4-cute-rmsnorm";

// Sixteenths up to 50 / 16: six bits, so bf16 by truncation is exact, and so is a power of two times it.
std::vector<std::uint16_t> bf16_sample(float factor = 1.0f) {
  std::vector<std::uint16_t> bits;
  for (const float x : sample(kElements)) {
    const float scaled = x * factor;
    std::uint32_t word = 0;
    std::memcpy(&word, &scaled, sizeof word);
    bits.push_back(static_cast<std::uint16_t>(word >> 16));
  }
  return bits;
}

struct Operands {
  std::vector<float> gate, weight, row_factor;
};

bitgate_request bf16_request(const char* recipe, const std::vector<std::uint16_t>& x, const Operands& given) {
  bitgate_request request = request_of(recipe, x.data(), kRows, kCols);
  request.dtype = BITGATE_BF16;
  const auto give = [](const std::vector<float>& numbers, const float*& to, std::int64_t& count) {
    if (numbers.empty()) return;
    to = numbers.data();
    count = static_cast<std::int64_t>(numbers.size());
  };
  give(given.gate, request.gate, request.gate_count);
  give(given.weight, request.weight, request.weight_count);
  give(given.row_factor, request.row_factor, request.row_factor_count);
  return request;
}

void expect_same_bytes(const bitgate_request& one, const bitgate_request& other) {
  Places first(one), second(other);
  ASSERT_EQ(bitgate_quantize(&one, &first.tensor), BITGATE_PASS) << bitgate_last_error();
  ASSERT_EQ(bitgate_quantize(&other, &second.tensor), BITGATE_PASS) << bitgate_last_error();
  EXPECT_EQ(values_of<std::uint8_t>(first.tensor.codes), values_of<std::uint8_t>(second.tensor.codes));
  EXPECT_EQ(values_of<std::uint8_t>(first.tensor.scales), values_of<std::uint8_t>(second.tensor.scales));
  EXPECT_EQ(values_of<float>(first.tensor.global), values_of<float>(second.tensor.global));
  EXPECT_EQ(bitgate_verify(&one, nullptr, &second.tensor, nullptr), BITGATE_PASS) << bitgate_last_error();
}

void expect_refused(const bitgate_request& request, const char* says) {
  bitgate_tensor t{};
  EXPECT_EQ(bitgate_quantize(&request, &t), BITGATE_BAD_INPUT) << says;
  EXPECT_THAT(bitgate_last_error(), HasSubstr(says));
}

// SiLU of 64 is 64: 1 + e^-64 is 1. So the product is 64 x, which bf16 holds.
TEST(CApiOperands, AGateMultipliesTheInput) {
  const auto x = bf16_sample(), product = bf16_sample(64.0f);
  const Operands gated{std::vector(kElements, 64.0f), {}, {}};
  const bitgate_request request = bf16_request(kSilu, x, gated);
  expect_same_bytes(request, bf16_request("vllm/nvfp4", product, {}));
  Operands other = gated;
  other.gate[7] = -64.0f;  // SiLU of it is -0
  Places places(request);
  ASSERT_EQ(bitgate_quantize(&request, &places.tensor), BITGATE_PASS);
  const bitgate_request changed = bf16_request(kSilu, x, other);
  EXPECT_EQ(bitgate_verify(&changed, nullptr, &places.tensor, nullptr), BITGATE_DIFFERENCE);
}

// A factor of two does what twice the input does.
TEST(CApiOperands, RowFactorsMultiplyTheRows) {
  const auto x = bf16_sample(), twice = bf16_sample(2.0f);
  const std::vector<float> ones(kCols, 1.0f);
  const Operands two{{}, ones, std::vector(kRows, 2.0f)}, one{{}, ones, std::vector(kRows, 1.0f)};
  expect_same_bytes(bf16_request(kNorm, x, two), bf16_request(kNorm, twice, one));
}

TEST(CApiOperands, WhatIsMissingOrOfAnotherSizeIsNamed) {
  const auto x = bf16_sample();
  const std::vector<float> ones(kCols, 1.0f);
  expect_refused(bf16_request(kSilu, x, {}), "a gate is needed");
  expect_refused(bf16_request(kSilu, x, {std::vector(7, 1.0f), {}, {}}), "7 numbers of a gate given");
  expect_refused(bf16_request(kSilu, x, {std::vector(kElements, 0.1f), {}, {}}), "the gate has the input's type");
  expect_refused(bf16_request("vllm/nvfp4", x, {std::vector(kElements, 1.0f), {}, {}}), "a gate was given");
  expect_refused(bf16_request(kNorm, x, {{}, ones, {}}), "0 row factors given, one a row (4) expected");
  expect_refused(bf16_request(kNorm, x, {{}, ones, std::vector(kRows, -1.0f)}), "not a positive finite number");
  expect_refused(bf16_request(kNorm, x, {{}, {}, std::vector(kRows, 1.0f)}), "a weight is needed");
  expect_refused(bf16_request("vllm/nvfp4", x, {{}, {}, std::vector(kRows, 1.0f)}), "a factor a row was given");
  bitgate_request request = bf16_request(kSilu, x, {});
  request.gate_count = kElements;
  expect_refused(request, "gate: a pointer and its count expected, or none of the two");
  request.gate_count = 0;
  request.row_factor_count = -1;
  expect_refused(request, "row_factor: a pointer and its count expected, or none of the two");
}

TEST(CApiOperands, ARecipeSaysWhatItTakes) {
  const auto expect = [](const char* recipe, const char* says) {
    const char* json = nullptr;
    ASSERT_EQ(bitgate_recipe_info(recipe, &json), BITGATE_PASS);
    EXPECT_THAT(json, HasSubstr(says)) << recipe;
  };
  expect(kSilu, R"("operands":true,"takes":["gate"],)");
  expect(kNorm, R"("operands":true,"takes":["weight","row_factor"],)");
  expect("ggml/rms_norm-mul-add", R"("operands":true,"takes":["weight","residual"],)");
  expect("ggml/rms_norm", R"("operands":false,"takes":[],)");
  expect("vllm/nvfp4", R"("operands":false,"takes":[],)");
}

}  // namespace
}  // namespace bitgate::c_tests
