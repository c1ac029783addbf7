// Operations that quantize nothing: what they would launch, and what they refuse. No GPU is needed.
#include "bitgate/device/operation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bitgate/device/kernels/dequantize_tile.h"
#include "bitgate/reference/format/error.h"

namespace bitgate::device {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::string plan_text(std::string_view name, const Extent& extent, InputType type = InputType::kF32) {
  const Operation* operation = find_operation(name);
  if (operation == nullptr) return "no operation";
  return to_text(operation->plan(*operation, extent, type));
}

// Hand-worked: a vector is 16 bytes of values, and a thread takes 4 of them.
TEST(Operation, WholeRowsOfOneScaleAxisLieInALine) {
  EXPECT_EQ(kDequantizeVectorsPerThread, 4);
  // 8 x 64 values: 128 vectors of 4, so 32 threads; 16 blocks of 32 in all.
  EXPECT_EQ(plan_text("dequantize/mxfp4", {8, 64}),
            "bitgate_dequantize_mxfp4_fp32 grid=1x1x1 block=32x1x1 shared=0 args=codes,scales,values cols=512 chunks=1 "
            "code_pitch=512 scale_pitch=16 row_shift=0 col_shift=5");
}

TEST(Operation, RowsOfTheirOwnAmaxStayApart) {
  // 1/2688 is 0x39C30C31.
  EXPECT_EQ(plan_text("dequantize/nvfp4-row", {3, 64}, InputType::kBf16),
            "bitgate_dequantize_nvfp4_amax_bf16 grid=3x1x1 block=32x1x1 shared=0 args=codes,scales,amax,values cols=64 "
            "chunks=1 code_pitch=64 scale_pitch=4 row_shift=0 col_shift=4 global_step=1 constant=969083953");
}

TEST(Operation, RaggedRowsTakeAnElementAThreadAndStep) {
  EXPECT_EQ(plan_text("dequantize/fp8-e4m3-1x128", {2, 130}),
            "bitgate_dequantize_fp8_e4m3_fp32 grid=2x1x1 block=64x1x1 shared=0 args=codes,scales,values cols=130 "
            "chunks=1 code_pitch=130 scale_pitch=2 row_shift=0 col_shift=7");
}

TEST(Operation, OneScaleForTheTensorIsOneRowWhateverItsShape) {
  EXPECT_EQ(plan_text("dequantize/fp8-e5m2", {5, 4}),
            "bitgate_dequantize_fp8_e5m2_fp32 grid=1x1x1 block=32x1x1 shared=0 args=codes,scales,values cols=20 "
            "chunks=1 code_pitch=20 scale_pitch=1 row_shift=62 col_shift=62");
}

TEST(Operation, SwizzleTakesBandsOf128RowsAnd128Columns) {
  EXPECT_EQ(plan_text("swizzle/128x4", {129, 130}),
            "bitgate_swizzle_128x4 grid=4x1x1 block=256x1x1 shared=0 args=scales,tiles rows=129 cols=130 chunks=2");
}

TEST(Operation, PackedRowsHoldTheirPadding) {
  // 40 columns are two blocks of 32; the row is padded to 16 blocks of 9 words.
  EXPECT_EQ(plan_text("pack/q8_1", {3, 40}),
            "bitgate_ggml_pack_q8_1 grid=3x1x1 block=64x1x1 shared=0 args=codes,scales,extras,packed rows=3 cols=40 "
            "blocks=16 code_pitch=64 scale_pitch=2 chunks=1");
}

// A thread block an output. 192 columns are three blocks of NVFP4, and six of Q8_1 in a row padded to 16.
TEST(Operation, MmvqHasFourWarpsForFourColumnsAndTwoForFive) {
  EXPECT_EQ(
      plan_text("mmvq/nvfp4/4", {3, 192}),
      "bitgate_ggml_mmvq_nvfp4 grid=3x4x1 block=128x1x1 shared=0 args=packed,input,values rows=3 blocks=3 pitch=16");
  EXPECT_EQ(
      plan_text("mmvq/nvfp4/5", {3, 192}),
      "bitgate_ggml_mmvq_nvfp4 grid=3x5x1 block=64x1x1 shared=0 args=packed,input,values rows=3 blocks=3 pitch=16");
  EXPECT_EQ(
      plan_text("mmvq/q8_0/1", {2, 544}),
      "bitgate_ggml_mmvq_q8_0 grid=2x1x1 block=128x1x1 shared=0 args=packed,input,values rows=2 blocks=17 pitch=32");
}

TEST(Operation, MmvqIsThereForEveryTypeAndNumberOfColumns) {
  int found = 0;
  for (const char* type : {"q4_0", "q4_1", "q5_0", "q5_1", "q8_0", "mxfp4", "nvfp4", "q4_k", "q6_k"})
    for (int columns = 1; columns <= 8; ++columns) {
      const Operation* operation = find_operation("mmvq/" + std::string(type) + "/" + std::to_string(columns));
      ASSERT_NE(operation, nullptr) << type;
      EXPECT_EQ(operation->columns, columns);
      EXPECT_EQ(operation->stem, "ggml_mmvq_" + std::string(type));
      // 256 columns in blocks of each type; 16 blocks of 36 bytes a column; a binary32 an output.
      const BufferBytes bytes = operation->bytes(*operation, {3, 256}, InputType::kF32);
      EXPECT_EQ(bytes[static_cast<std::size_t>(Buffer::kInput)], columns * 16 * 36);
      EXPECT_EQ(bytes[static_cast<std::size_t>(Buffer::kValues)], columns * 3 * 4);
      ++found;
    }
  EXPECT_EQ(found, 72);
  EXPECT_EQ(find_operation("mmvq/q4_0/9"), nullptr);
  EXPECT_EQ(find_operation("mmvq/q4_0/0"), nullptr);
}

TEST(Operation, EmptyTensorsLaunchNothing) {
  for (const Operation& operation : operations())
    for (const Extent& extent : {Extent{0, 32}, Extent{4, 0}})
      EXPECT_THAT(operation.plan(operation, extent, operation.types.front()), IsEmpty()) << operation.name;
}

TEST(Operation, NamesAreUniqueAndEveryPairOfSchemeAndOrderIsFound) {
  for (const Operation& operation : operations()) {
    EXPECT_EQ(find_operation(operation.name), &operation);
    if (operation.order == FactorOrder::kNone) continue;
    EXPECT_EQ(find_dequantize(operation.scheme, operation.order), &operation) << operation.name;
  }
  EXPECT_EQ(find_operation("dequantize/nothing"), nullptr);
  EXPECT_EQ(find_dequantize(SchemeId::kQ8_1, FactorOrder::kScale), nullptr);
}

std::string refusal(std::string_view name, const Extent& extent, InputType type, const OperationData& given = {}) {
  try {
    require_accepted(*find_operation(name), extent, type, given);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST(Operation, OtherTypesLengthsAndSizesAreRefused) {
  EXPECT_THAT(refusal("dequantize/q8_0", {1, 32}, InputType::kBf16), HasSubstr("has no values of type bf16"));
  EXPECT_THAT(refusal("amax/row", {2, 6}, InputType::kF32), HasSubstr("columns in multiples of 4, not 6"));
  EXPECT_THAT(refusal("amax/tensor", {3, 6}, InputType::kF16), HasSubstr("elements in multiples of 8, not 18"));
  EXPECT_THAT(refusal("swizzle/128x4", {2, 3}, InputType::kF32), HasSubstr("takes 6 bytes of scales, not 0"));
  EXPECT_THAT(refusal("mmvq/q4_k/1", {1, 128}, InputType::kF32), HasSubstr("columns in multiples of 256, not 128"));
  EXPECT_THAT(refusal("mmvq/q4_0/1", {1, 0}, InputType::kF32), HasSubstr("columns in multiples of 32, not 0"));
  EXPECT_THAT(refusal("mmvq/q4_0/1", {2, 32}, InputType::kF32), HasSubstr("takes 36 bytes of packed, not 0"));
  EXPECT_THAT(refusal("dequantize/mxfp4", {-1, 3}, InputType::kF32), HasSubstr("negative"));
}

}  // namespace
}  // namespace bitgate::device
