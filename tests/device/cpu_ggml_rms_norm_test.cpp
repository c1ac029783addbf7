// ggml RMS_NORM: the worked examples of the notes, sum trees, fused operands.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bitgate/device/cpu/ggml_arithmetic.h"
#include "bitgate/device/cpu/mufu_rsqrt.h"
#include "bitgate/reference/format/error.h"
#include "bitgate/tests/device/cpu_ggml_examples.h"

namespace bitgate::device {
namespace {

using cpu::fma_rn_ftz;
using cpu::mul_rn_ftz;
using testing::Each;

QuantizedTensor norm(std::string_view recipe, const std::vector<float>& x, std::int64_t rows = 1,
                     const std::vector<float>& weight = {}, const std::vector<float>& residual = {}) {
  const TypedTensor input = tensor(InputType::kF32, rows, bits_of(x));
  Request request;
  request.input = input.view();
  request.fused = {weight, residual, number(0x3727C5AC)};
  return find_cpu_subject(recipe)(request);
}

std::vector<float> times(float scale, const std::vector<float>& x) {
  std::vector<float> y;
  for (const float value : x) y.push_back(mul_rn_ftz(scale, value));
  return y;
}

TEST(CpuGgmlRmsNorm, ExampleE9ContractsTheMean) {
  const std::vector<float> x = congruential(5, 0x1p-23f, 300);
  ASSERT_EQ(std::bit_cast<std::uint32_t>(x[0]), 0xBF06241Eu);
  const std::vector<float> y = norm("ggml/rms_norm", x).values;
  EXPECT_EQ(bits_of(y), bits_of(times(number(0x3FE04FE1), x)));
  EXPECT_NE(bits_of(y), bits_of(times(number(0x3FE04FE0), x)));  // unfused
}

TEST(CpuGgmlRmsNorm, ExampleE9SumsByATree) {
  const std::vector<float> x = congruential(2, 0x1p-23f, 300);
  EXPECT_EQ(bits_of(norm("ggml/rms_norm", x).values), bits_of(times(number(0x3FE3C682), x)));
}

TEST(CpuGgmlRmsNorm, ExampleE9ThousandThreads) {
  const std::vector<float> x = congruential(5, 0x1p-20f, 1100);
  const float mean = fma_rn_ftz(number(0x46B771B3), cpu::rcp_approx_ftz(1100.0f), number(0x3727C5AC));
  EXPECT_EQ(bits_of(norm("ggml/rms_norm", x).values), bits_of(times(cpu::rsqrt_approx_ftz(mean), x)));
}

TEST(CpuGgmlRmsNorm, WeightsAndResidualsRepeat) {
  const std::vector<float> x = congruential(5, 0x1p-23f, 256);  // two rows of 128
  const std::vector<float> y = norm("ggml/rms_norm", x, 2).values;
  const std::vector<float> weight = congruential(9, 0x1p-23f, 4), residual = congruential(10, 0x1p-20f, 256);
  const std::vector<float> short_residual(residual.begin(), residual.begin() + 8);
  const auto mul = norm("ggml/rms_norm-mul", x, 2, weight).values;
  const auto each = norm("ggml/rms_norm-mul-add", x, 2, weight, residual).values;
  const auto repeated = norm("ggml/rms_norm-mul-add", x, 2, weight, short_residual).values;
  for (std::size_t i = 0; i < x.size(); ++i) {
    EXPECT_EQ(mul[i], mul_rn_ftz(y[i], weight[i % 4])) << i;
    EXPECT_EQ(each[i], fma_rn_ftz(y[i], weight[i % 4], residual[i])) << i;
    EXPECT_EQ(repeated[i], fma_rn_ftz(y[i], weight[i % 4], residual[i % 8])) << i;
  }
}

TEST(CpuGgmlRmsNorm, FusedAdditionSparesARounding) {
  const std::vector<float> x = congruential(5, 0x1p-23f, 256), weight = congruential(9, 0x1p-23f, 256);
  const std::vector<float> product = norm("ggml/rms_norm-mul", x, 1, weight).values;
  const std::vector<float> sum = norm("ggml/rms_norm-mul-add", x, 1, weight, x).values;
  int different = 0;
  for (std::size_t i = 0; i < x.size(); ++i) different += cpu::add_rn_ftz(product[i], x[i]) != sum[i] ? 1 : 0;
  EXPECT_GT(different, 0);
}

TEST(CpuGgmlRmsNorm, QuantizesTheStoredProduct) {
  const std::vector<float> x = congruential(3, 0x1p-23f, 96), weight = congruential(4, 0x1p-23f, 96);
  const QuantizedTensor fused = norm("ggml/rms_norm-mul-q8_1", x, 1, weight);
  const QuantizedTensor apart = run("ggml/q8_1", norm("ggml/rms_norm-mul", x, 1, weight).values);
  EXPECT_EQ(fused.codes, apart.codes);
  EXPECT_EQ(fused.extras, apart.extras);
  EXPECT_EQ(halves(fused), halves(apart));
}

TEST(CpuGgmlRmsNorm, ZerosStayAndNanTakesTheWholeRow) {
  std::vector<float> x(64, 0.0f);
  x[1] = -0.0f;
  EXPECT_EQ(bits_of(norm("ggml/rms_norm", x).values), bits_of(x));
  x[2] = number(kNan);
  EXPECT_THAT(bits_of(norm("ggml/rms_norm", x).values), Each(0x7FFFFFFFu));
  x[2] = number(kInf);
  const Words infinite = bits_of(norm("ggml/rms_norm", x).values);
  EXPECT_EQ(infinite[0], 0u);  // scale 0
  EXPECT_EQ(infinite[2], 0x7FFFFFFFu);
}

TEST(CpuGgmlRmsNorm, MissingAndSuperfluousOperandsAreRefused) {
  const std::vector<float> x(32, 1.0f);
  EXPECT_THROW(norm("ggml/rms_norm", x, 1, x), InputError);
  EXPECT_THROW(norm("ggml/rms_norm-mul", x), InputError);
  EXPECT_THROW(norm("ggml/rms_norm-mul-add", x, 1, x), InputError);
  EXPECT_THROW(norm("ggml/rms_norm-mul-q8_1", x, 1, x, x), InputError);
  EXPECT_THROW(norm("ggml/q8_1", x, 1, x), InputError);
}

}  // namespace
}  // namespace bitgate::device
