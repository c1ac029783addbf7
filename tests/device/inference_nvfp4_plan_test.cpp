// What runs for FlashInfer's and vLLM's NVFP4: symbols, grids and arguments, worked by hand; the gate of the fused
// ones.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <set>
#include <string>

#include "bitgate/device/kernel.h"
#include "bitgate/device/launch/gate.h"
#include "bitgate/reference/format/error.h"

namespace bitgate::device {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr const char* kPlain[] = {"flashinfer/nvfp4-fast", "flashinfer/nvfp4-exact", "vllm/nvfp4"};
constexpr const char* kFused[] = {"flashinfer/silu-nvfp4-fast", "vllm/silu-nvfp4"};

const Kernel& kernel_of(std::string_view recipe) {
  const Kernel* kernel = find_kernel("cuda/" + std::string(recipe));
  if (kernel == nullptr) throw InputError("no kernel for " + std::string(recipe));
  return *kernel;
}

std::string plan(std::string_view recipe, const Extent& extent, InputType type, const PlanOptions& options = {}) {
  return to_text(kernel_of(recipe).plan(extent, type, options));
}

Request request_of(InputType type, const Extent& extent, std::span<const float> gate = {}) {
  Request request;
  request.input = {type, extent, nullptr};
  request.fused.gate = gate;
  return request;
}

std::string refusal(std::string_view recipe, const Request& request) {
  try {
    require_accepted(kernel_of(recipe), request);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

std::string gate_refusal(InputType type, float number) {
  const std::vector<float> gate{1.0f, number};
  try {
    (void)gate_bits(request_of(type, {1, 2}, gate));
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

TEST(InferenceNvfp4Plan, AmaxThenTheQuantizerThatStoresTheDivisor) {
  // 128 x 256 = 4096 vectors of bf16, which amax takes in one chunk of 256 threads with 16; 2048 blocks of 16: four
  // chunks of 256 threads with 2.
  EXPECT_EQ(plan("flashinfer/nvfp4-fast", {128, 256}, InputType::kBf16),
            "bitgate_amax_bf16 grid=1x1x1 block=256x1x1 shared=0 args=input,amax cols=32768 chunks=1; "
            "bitgate_flashinfer_nvfp4_fast_bf16 grid=4x1x1 block=256x1x1 shared=0 args=input,amax,global,codes,scales "
            "cols=32768 chunks=4 global_given=0");
  for (const char* recipe : kPlain) EXPECT_EQ(kernel_of(recipe).global_number, GlobalNumber::kDivisor) << recipe;
}

TEST(InferenceNvfp4Plan, SiluTakesTheGateInBothLaunches) {
  // The amax of the product takes four of the 4096 vectors a thread.
  EXPECT_EQ(plan("vllm/silu-nvfp4", {128, 256}, InputType::kF16),
            "bitgate_vllm_silu_nvfp4_amax_f16 grid=4x1x1 block=256x1x1 shared=0 args=input,gate,amax cols=32768 "
            "chunks=4; "
            "bitgate_vllm_silu_nvfp4_f16 grid=4x1x1 block=256x1x1 shared=0 args=input,gate,amax,global,codes,scales "
            "cols=32768 chunks=4 global_given=0");
}

TEST(InferenceNvfp4Plan, GivenNumbersLeaveTheAmaxKernelOut) {
  const std::string launch =
      "bitgate_flashinfer_silu_nvfp4_fast_bf16 grid=1x1x1 block=32x1x1 shared=0 "
      "args=input,gate,amax,global,codes,scales cols=16 chunks=1 global_given=";
  EXPECT_EQ(plan(kFused[0], {1, 16}, InputType::kBf16, {.amax_given = true}), launch + "0");
  EXPECT_EQ(plan(kFused[0], {1, 16}, InputType::kBf16, {.global_given = true}), launch + "1");
  for (const char* recipe : kPlain)
    EXPECT_THAT(kernel_of(recipe).plan({1, 16}, InputType::kF16, {.global_given = true}), SizeIs(1)) << recipe;
}

TEST(InferenceNvfp4Plan, NoTwoRecipesShareAQuantizer) {
  std::set<std::string> symbols;
  for (const Kernel& kernel : kernels())
    if (kernel.recipe.starts_with("flashinfer/") || kernel.recipe.starts_with("vllm/"))
      for (const InputType type : kernel.types) symbols.insert(kernel.plan({1, 16}, type, {}).back().kernel);
  EXPECT_THAT(symbols, SizeIs(5 * 2));
  EXPECT_THAT(entry_points(kernel_of("flashinfer/nvfp4-exact")),
              ElementsAre(EntryPoint{"amax", "bitgate_amax_bf16"},
                          EntryPoint{"inference_nvfp4", "bitgate_flashinfer_nvfp4_exact_bf16"},
                          EntryPoint{"amax", "bitgate_amax_f16"},
                          EntryPoint{"inference_nvfp4", "bitgate_flashinfer_nvfp4_exact_f16"}));
}

// What S is of no number at all, 2688 / 0, has to be written by someone.
TEST(InferenceNvfp4Plan, OfAnEmptyTensorTheStoredNumberAloneIsWritten) {
  PlanOptions given;
  given.global_given = true;
  for (const char* recipe : {"cuda/vllm/nvfp4", "cuda/flashinfer/nvfp4-exact", "cuda/vllm/silu-nvfp4"}) {
    const Kernel* kernel = find_kernel(recipe);
    ASSERT_NE(kernel, nullptr) << recipe;
    EXPECT_THAT(kernel->plan({0, 16}, InputType::kBf16, given), IsEmpty()) << recipe;
    const std::vector<Launch> launches = kernel->plan({4, 0}, InputType::kBf16, {});
    ASSERT_EQ(launches.size(), 1u) << recipe;
    EXPECT_EQ(launches[0].grid, (Dim3{1, 1, 1})) << recipe;
    EXPECT_EQ(launches[0].scalars.front(), (Scalar{"cols", 0})) << recipe;
  }
}

TEST(InferenceNvfp4Accepts, SixteenBitInputsInWholeBlocks) {
  EXPECT_EQ(refusal("vllm/nvfp4", request_of(InputType::kF32, {1, 16})), "cuda/vllm/nvfp4 takes bf16, f16, not fp32");
  EXPECT_EQ(refusal("vllm/nvfp4", request_of(InputType::kF16, {1, 24})),
            "cuda/vllm/nvfp4 takes columns in multiples of 16, not 24");
}

TEST(InferenceNvfp4Accepts, TheGateHasANumberAnElementOrIsNotTaken) {
  const std::vector<float> gate(32, 1.0f);
  EXPECT_EQ(refusal("vllm/silu-nvfp4", request_of(InputType::kBf16, {2, 16}, gate)), "");
  EXPECT_EQ(refusal("vllm/silu-nvfp4", request_of(InputType::kBf16, {1, 16}, gate)),
            "cuda/vllm/silu-nvfp4 takes 16 of the gate's numbers, not 32");
  EXPECT_EQ(refusal("vllm/silu-nvfp4", request_of(InputType::kBf16, {2, 16})),
            "cuda/vllm/silu-nvfp4 takes 32 of the gate's numbers, not 0");
  EXPECT_EQ(refusal("vllm/nvfp4", request_of(InputType::kBf16, {2, 16}, gate)),
            "cuda/vllm/nvfp4 takes none of the gate's numbers, not 32");
}

TEST(InferenceNvfp4Buffers, TheGateIsAsLargeAsTheInput) {
  const std::vector<float> gate(32, 1.0f);
  const auto at = [](const BufferBytes& bytes, Buffer buffer) { return bytes[static_cast<std::size_t>(buffer)]; };
  const BufferBytes fused = buffer_bytes(kernel_of(kFused[0]), request_of(InputType::kF16, {2, 16}, gate));
  EXPECT_EQ(at(fused, Buffer::kGate), 64);
  EXPECT_EQ(at(fused, Buffer::kGlobal), 4);
  EXPECT_EQ(at(fused, Buffer::kCodes), 16);
  EXPECT_EQ(at(fused, Buffer::kScales), 2);
  const BufferBytes plain = buffer_bytes(kernel_of(kPlain[0]), request_of(InputType::kF16, {2, 16}));
  EXPECT_EQ(at(plain, Buffer::kGate), 0);
}

TEST(GateBits, AreThoseOfTheInputsType) {
  const float infinity = std::numeric_limits<float>::infinity(), nan = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> gate{1.0f, -0.0f, -2.5f, 0x1p-24f, infinity, -nan};
  EXPECT_THAT(gate_bits(request_of(InputType::kBf16, {1, 6}, gate)),
              ElementsAre(0x3F80, 0x8000, 0xC020, 0x3380, 0x7F80, 0x7FFF));
  EXPECT_THAT(gate_bits(request_of(InputType::kF16, {1, 6}, gate)),
              ElementsAre(0x3C00, 0x8000, 0xC100, 0x0001, 0x7C00, 0x7FFF));
  EXPECT_THAT(gate_bits(request_of(InputType::kF32, {1, 6})), IsEmpty());
}

TEST(GateBits, EveryNumberOfEitherTypeIsHeld) {
  for (const InputType type : {InputType::kBf16, InputType::kF16}) {
    std::vector<float> gate;
    for (std::uint32_t bits = 0; bits < 0x10000; ++bits) gate.push_back(widen(type, static_cast<std::uint16_t>(bits)));
    const std::vector<std::uint16_t> back = gate_bits(request_of(type, {1, 0x10000}, gate));
    for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
      const float number = gate[bits];
      ASSERT_EQ(back[bits], number != number ? 0x7FFF : bits) << name_of(type);
    }
  }
}

TEST(GateBits, OtherNumbersAreRefused) {
  EXPECT_EQ(gate_refusal(InputType::kBf16, 0x1.01p0f), "the gate's number 1 is none of bf16, the input's type");
  EXPECT_EQ(gate_refusal(InputType::kF16, 65536.0f), "the gate's number 1 is none of f16, the input's type");
  EXPECT_EQ(gate_refusal(InputType::kF16, 0x1p-25f), "the gate's number 1 is none of f16, the input's type");
  EXPECT_EQ(gate_refusal(InputType::kBf16, std::numeric_limits<float>::max()),
            "the gate's number 1 is none of bf16, the input's type");
  EXPECT_THAT(gate_refusal(InputType::kF32, 1.0f), HasSubstr("not of fp32"));
}

}  // namespace
}  // namespace bitgate::device
