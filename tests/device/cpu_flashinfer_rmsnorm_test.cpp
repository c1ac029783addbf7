// FlashInfer's RMS norm with NVFP4 by the second implementation, from the row statistic on.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "bitgate/device/cpu/flashinfer_rmsnorm.h"
#include "bitgate/reference/format/error.h"
#include "bitgate/tests/device/cpu_examples.h"

namespace bitgate::device {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::vector<float> kGlobal = {1.0f};

TypedTensor two_rows() {
  Words x(32, 0);
  x[0] = x[16] = 0x4140;  // 12
  x[1] = x[17] = 0xC0C0;  // -6
  return tensor(InputType::kBf16, 2, x);
}

TEST(CpuFlashinferRmsnorm, RowStatisticScalesElementsAndMaximum) {
  const TypedTensor input = two_rows();
  Request request;
  request.input = input.view();
  request.global = kGlobal;
  const QuantizedTensor t = cpu::quantize_cute_rmsnorm(request, std::vector<float>{0.5f, 1.0f});
  EXPECT_THAT(scale_bytes(t), ElementsAre(0x38, 0x40));  // 6 / 6, 12 / 6
  EXPECT_EQ(t.codes[1], 8 + 5);                          // -3 of 6
  EXPECT_EQ(t.codes[17], 8 + 5);
}

// 129/128 squared is 1.01568604, in bf16 130/128: with S = 6.2768 the scale before rounding is 1.06248, below the tie
// of 1.0625; of the product itself it would be 1.06254, above.
TEST(CpuFlashinferRmsnorm, WeightMultipliesIn16Bits) {
  Words x(16, 0);
  x[0] = 0x3F81;
  const TypedTensor input = tensor(InputType::kBf16, 1, x);
  const std::vector<float> weight = {1.0078125f}, global = {6.2768f};
  Request request;
  request.input = input.view();
  request.global = global;
  request.fused.weight = weight;
  EXPECT_THAT(scale_bytes(cpu::quantize_cute_rmsnorm(request, {})), ElementsAre(0x38));
}

TEST(CpuFlashinferRmsnorm, WrongCountOfRowStatisticsIsRefused) {
  const TypedTensor input = two_rows();
  Request request;
  request.input = input.view();
  try {
    cpu::quantize_cute_rmsnorm(request, kGlobal);
    ADD_FAILURE();
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("1 row statistics were given, expected 2"));
  }
}

}  // namespace
}  // namespace bitgate::device
