#include "bitgate/device/kernel.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "bitgate/device/launch/driver_version.h"
#include "bitgate/device/launch/unpack.h"
#include "bitgate/device/support/sha256.h"
#include "bitgate/reference/format/error.h"

namespace bitgate::device {
namespace {

using ::testing::ElementsAre;
using ::testing::IsSupersetOf;
using ::testing::SizeIs;

std::vector<std::byte> bytes(std::initializer_list<unsigned> values) {
  std::vector<std::byte> result;
  for (const unsigned value : values) result.push_back(static_cast<std::byte>(value));
  return result;
}

std::string refusal_of(const Kernel& kernel, const Request& request) {
  try {
    require_accepted(kernel, request);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

Request request_of(InputType type, const Extent& extent, const void* data = nullptr) {
  Request request;
  request.input = {type, extent, data};
  return request;
}

const Kernel& kernel_of(std::string_view subject, std::string_view variant = "") {
  const Kernel* kernel = find_kernel(subject, variant);
  if (kernel == nullptr) throw InputError("no kernel " + std::string(subject));
  return *kernel;
}

TEST(Kernels, KeysAreUniqueAndSubjectsNameTheirRecipes) {
  std::set<std::string> keys;
  for (const Kernel& kernel : kernels()) {
    EXPECT_TRUE(keys.insert(key(kernel)).second) << key(kernel);
    EXPECT_EQ(kernel.subject, "cuda/" + std::string(kernel.recipe));
    EXPECT_EQ(find_kernel(kernel.subject, kernel.variant), &kernel);
  }
  EXPECT_EQ(key(kernel_of("cuda/ggml/q8_1", "fast-math")), "cuda/ggml/q8_1:fast-math");
}

TEST(Kernels, UnknownNamesAreNone) {
  EXPECT_EQ(find_kernel("cuda/te/nvfp5"), nullptr);
  EXPECT_EQ(find_kernel("cuda/te/nvfp4", "fast-math"), nullptr);
}

TEST(Kernels, EntryPointsAreThoseThatThePlansLaunch) {
  EXPECT_THAT(entry_points(kernel_of("cuda/te/nvfp4")),
              IsSupersetOf({EntryPoint{"amax", "bitgate_amax_fp32"}, EntryPoint{"te_nvfp4", "bitgate_te_nvfp4_fp32"},
                            EntryPoint{"te_nvfp4_transpose", "bitgate_te_nvfp4_columns_fp32"},
                            EntryPoint{"te_nvfp4_transpose", "bitgate_te_nvfp4_both_fp32"},
                            EntryPoint{"amax", "bitgate_amax_f16"}, EntryPoint{"te_nvfp4", "bitgate_te_nvfp4_f16"}}));
  EXPECT_THAT(entry_points(kernel_of("cuda/te/nvfp4")), SizeIs(12));
  EXPECT_THAT(entry_points(kernel_of("cuda/ggml/q8_1", "fast-math")),
              ElementsAre(EntryPoint{"ggml_q8_1_fast_math", "bitgate_ggml_q8_1_fast_math_fp32"}));
}

TEST(Kernels, SourceDigestsCoverEachUnit) {
  for (const Kernel& kernel : kernels())
    for (const EntryPoint& entry : entry_points(kernel)) EXPECT_THAT(unit_source_digest(entry.unit), SizeIs(64));
  const Kernel& kernel = kernel_of("cuda/torchao/mxfp4-floor");
  EXPECT_EQ(source_digest(kernel), sha256_hex(std::string(unit_source_digest("torchao_mx")) + "  torchao_mx\n"));
  EXPECT_NE(source_digest(kernel_of("cuda/ggml/q8_1")), source_digest(kernel_of("cuda/ggml/q8_1", "fast-math")));
}

TEST(Kernels, WithoutACompilerThereIsNoCodeDigest) {
  for (const Kernel& kernel : kernels())
    EXPECT_EQ(code_digest(kernel, "sm_90a").has_value(), !nvcc_version().empty()) << key(kernel);
}

TEST(Accepts, InputTypeIsChecked) {
  const Request request = request_of(InputType::kF16, {1, 32});
  EXPECT_EQ(refusal_of(kernel_of("cuda/te/nvfp4"), request), "");
  EXPECT_EQ(refusal_of(kernel_of("cuda/torchao/mxfp4-floor"), request),
            "cuda/torchao/mxfp4-floor takes fp32, bf16, not f16");
  EXPECT_EQ(refusal_of(kernel_of("cuda/ggml/q8_1"), request), "cuda/ggml/q8_1 takes fp32, not f16");
}

TEST(Accepts, ColumnsAreWholeBlocksExceptForQ8) {
  const Request request = request_of(InputType::kF32, {2, 24});
  EXPECT_EQ(refusal_of(kernel_of("cuda/te/nvfp4-row"), request),
            "cuda/te/nvfp4-row takes columns in multiples of 16, not 24");
  EXPECT_EQ(refusal_of(kernel_of("cuda/ggml/q8_1"), request), "");
}

TEST(Accepts, AmaxHasOneNumberATensorOrARow) {
  const std::vector<float> three{1.0f, 2.0f, 3.0f};
  Request request = request_of(InputType::kF32, {3, 32});
  request.amax = three;
  EXPECT_EQ(refusal_of(kernel_of("cuda/te/nvfp4-row"), request), "");
  EXPECT_EQ(refusal_of(kernel_of("cuda/te/nvfp4"), request), "cuda/te/nvfp4: amax has 3 numbers, expected 1");
  EXPECT_EQ(refusal_of(kernel_of("cuda/ggml/q8_1"), request), "cuda/ggml/q8_1: amax has 3 numbers, expected none");
}

TEST(Accepts, ColumnwiseAndGivenScalesAreRefused) {
  const Scales scales;
  Request columnwise = request_of(InputType::kF32, {32, 32});
  columnwise.direction = Direction::kColumnwise;
  Request scaled = request_of(InputType::kF32, {1, 32});
  scaled.scales = &scales;
  EXPECT_EQ(refusal_of(kernel_of("cuda/ggml/q8_1"), columnwise), "cuda/ggml/q8_1 quantizes row-wise only");
  EXPECT_EQ(refusal_of(kernel_of("cuda/te/nvfp4"), scaled), "cuda/te/nvfp4 computes its block scales and takes none");
}

RawOutputs raw_outputs(std::initializer_list<std::pair<Buffer, std::vector<std::byte>>> buffers) {
  RawOutputs raw;
  for (const auto& [buffer, content] : buffers) raw[static_cast<std::size_t>(buffer)] = content;
  return raw;
}

TEST(Unpack, NibblesLeaveTheirByteLowFirst) {
  const RawOutputs raw = raw_outputs({{Buffer::kAmax, bytes({0x00, 0x00, 0x80, 0x3F})},
                                      {Buffer::kCodes, bytes({0x21, 0x43, 0x65, 0x87, 0xA9, 0xCB, 0xED, 0x0F})},
                                      {Buffer::kScales, bytes({0x7E})}});
  const QuantizedTensor tensor =
      unpack(scheme_of(SchemeId::kNvfp4), GlobalNumber::kAmax, {1, 16}, Direction::kRowwise, raw);
  EXPECT_THAT(tensor.codes, ElementsAre(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0));
  EXPECT_THAT(std::get<0>(tensor.scales), ElementsAre(0x7E));
  EXPECT_THAT(tensor.global, ElementsAre(1.0f));
  EXPECT_EQ(tensor.global_number, GlobalNumber::kAmax);
}

TEST(Unpack, PaddingOfRaggedRowsIsDropped) {
  std::vector<std::byte> codes(64, std::byte{0xEE});
  codes[0] = std::byte{1};
  codes[1] = std::byte{0x81};
  codes[32] = std::byte{3};
  codes[33] = std::byte{4};
  const RawOutputs raw = raw_outputs({{Buffer::kCodes, codes},
                                      {Buffer::kScales, bytes({0x01, 0x3C, 0x02, 0x3C})},
                                      {Buffer::kExtras, bytes({0x03, 0x40, 0x04, 0x40})}});
  const QuantizedTensor tensor =
      unpack(scheme_of(SchemeId::kQ8_1), GlobalNumber::kNone, {2, 2}, Direction::kRowwise, raw);
  EXPECT_THAT(tensor.codes, ElementsAre(1, 0x81, 3, 4));
  EXPECT_THAT(std::get<1>(tensor.scales), ElementsAre(0x3C01, 0x3C02));
  EXPECT_THAT(tensor.extras, ElementsAre(0x4003, 0x4004));
}

TEST(Unpack, TheColumnwiseSideHasItsOwnBuffersAndTheTransposedExtent) {
  std::vector<std::byte> one(256, std::byte{0x11}), two(256, std::byte{0x22});
  const RawOutputs raw = raw_outputs({{Buffer::kAmax, bytes({0, 0, 0x80, 0x3F})},
                                      {Buffer::kCodes, one},
                                      {Buffer::kScales, std::vector<std::byte>(32, std::byte{3})},
                                      {Buffer::kAmaxColumnwise, bytes({0, 0, 0, 0x40})},
                                      {Buffer::kCodesColumnwise, two},
                                      {Buffer::kScalesColumnwise, std::vector<std::byte>(32, std::byte{4})}});
  const Scheme& scheme = scheme_of(SchemeId::kNvfp4);
  const QuantizedTensor both = unpack(scheme, GlobalNumber::kAmax, {16, 32}, Direction::kBoth, raw);
  ASSERT_THAT(both.columnwise, SizeIs(1));
  EXPECT_EQ(both.extent, (Extent{16, 32}));
  EXPECT_EQ(both.columnwise[0].extent, (Extent{32, 16}));
  EXPECT_EQ(both.codes[0], 1);
  EXPECT_EQ(both.columnwise[0].codes[0], 2);
  EXPECT_THAT(both.global, ElementsAre(1.0f));
  EXPECT_THAT(both.columnwise[0].global, ElementsAre(2.0f));
  const QuantizedTensor columns = unpack(scheme, GlobalNumber::kAmax, {16, 32}, Direction::kColumnwise, raw);
  EXPECT_EQ(columns.codes, both.columnwise[0].codes);
  EXPECT_EQ(columns.direction, Direction::kColumnwise);
}

TEST(Unpack, AMultiplierIsNotTheAmax) {
  const RawOutputs raw = raw_outputs({{Buffer::kAmax, bytes({0x00, 0x00, 0x80, 0x3F})},
                                      {Buffer::kGlobal, bytes({0x00, 0x00, 0x00, 0x3F})},
                                      {Buffer::kCodes, std::vector<std::byte>(8)},
                                      {Buffer::kScales, bytes({0x7E})}});
  const QuantizedTensor tensor =
      unpack(scheme_of(SchemeId::kNvfp4), GlobalNumber::kMultiplier, {1, 16}, Direction::kRowwise, raw);
  EXPECT_THAT(tensor.global, ElementsAre(0.5f));
}

TEST(DriverVersion, IsTheFirstDottedNumber) {
  EXPECT_EQ(parse_driver_version("NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  580.159.04  Release Build"),
            "580.159.04");
  EXPECT_EQ(parse_driver_version("NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.54"), "535.54");
  EXPECT_EQ(parse_driver_version("nothing of the kind"), "");
  EXPECT_EQ(parse_driver_version(""), "");
}

TEST(Sha256, IsThatOfTheStandard) {
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Run, WithoutAGpuSaysWhy) {
  const auto why = why_no_gpu();
  if (!why) GTEST_SKIP() << "there is a GPU";
  const std::vector<float> zeros(32);
  try {
    (void)run(kernel_of("cuda/ggml/q8_1"), request_of(InputType::kF32, {1, 32}, zeros.data()));
    FAIL() << "ran without a GPU";
  } catch (const DeviceError& error) {
    EXPECT_EQ(error.what(), *why);
  }
  EXPECT_THROW((void)device_facts(), DeviceError);
}

TEST(Run, BadInputIsRefusedBeforeAGpuIsLookedFor) {
  EXPECT_THROW((void)run(kernel_of("cuda/ggml/q8_1"), request_of(InputType::kBf16, {1, 32})), InputError);
}

}  // namespace
}  // namespace bitgate::device
