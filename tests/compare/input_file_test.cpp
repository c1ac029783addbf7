#include "bitgate/compare/input_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bitgate/compare/npz.h"
#include "bitgate/tests/support/temporary_directory.h"

namespace bitgate::compare {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

NpyArray floats(std::vector<std::int64_t> shape, std::size_t size) {
  return make_npy(std::move(shape), std::vector<float>(size, 1.0f));
}
NpyArray words(std::vector<std::uint16_t> bits) { return make_npy({static_cast<std::int64_t>(bits.size())}, bits); }
Extent extent_of(const NpyArray& array) { return input_from(array, "x.npy", "").extent; }
std::string message(const NpyArray& array, std::string_view dtype = "") {
  return refusal([&] { input_from(array, "x.npy", dtype); });
}

TEST(InputFile, OneDimensionIsARowAndThreeAreFlattened) {
  EXPECT_EQ(extent_of(floats({6}, 6)), (Extent{1, 6}));
  EXPECT_EQ(extent_of(floats({2, 3}, 6)), (Extent{2, 3}));
  EXPECT_EQ(extent_of(floats({2, 3, 4}, 24)), (Extent{6, 4}));
  EXPECT_EQ(extent_of(floats({0, 3, 4}, 0)), (Extent{0, 4}));
}

TEST(InputFile, OtherDimensionsAreRefused) {
  EXPECT_EQ(message(floats({}, 1)), "x.npy: the shape () is not a matrix: expected 1, 2 or 3 dimensions");
  EXPECT_THAT(message(floats({1, 1, 1, 1}, 1)), HasSubstr("(1, 1, 1, 1) is not a matrix"));
}

TEST(InputFile, AnEmptyTensorCannotHaveAHugeSide) {
  EXPECT_EQ(message(floats({0, 1 << 20}, 0)), "");
  EXPECT_THAT(message(floats({0, std::int64_t{1} << 40}, 0)), HasSubstr("expected at most 1048576 rows and columns"));
  EXPECT_THAT(message(floats({std::int64_t{1} << 40, 0}, 0)), HasSubstr("is not a tensor's size"));
}

TEST(InputFile, Float32IsFp32WithNanPayloadsKept) {
  const std::vector<std::uint32_t> bits{0x7FC00001, 0x80000000};
  NpyArray array = make_npy({2}, bits);
  array.type = NpyType::kFloat32;
  const TypedTensor tensor = input_from(array, "x.npy", "fp32");
  EXPECT_EQ(tensor.type, InputType::kF32);
  EXPECT_EQ(std::bit_cast<std::uint32_t>(std::get<0>(tensor.values)[0]), 0x7FC00001u);
  EXPECT_EQ(std::bit_cast<std::uint32_t>(std::get<0>(tensor.values)[1]), 0x80000000u);
}

TEST(InputFile, Uint16IsBitPatternsOfTheNamedType) {
  EXPECT_EQ(input_from(words({0x3F80}), "x.npy", "bf16").type, InputType::kBf16);
  const TypedTensor half = input_from(words({0x3C00, 0x7E01}), "x.npy", "f16");
  EXPECT_EQ(half.type, InputType::kF16);
  EXPECT_THAT(std::get<1>(half.values), ElementsAre(0x3C00, 0x7E01));
  for (const std::string dtype : {"", "fp32"})
    EXPECT_EQ(message(words({1}), dtype), "x.npy: holds uint16, whose bit patterns need the dtype bf16 or f16");
}

TEST(InputFile, Float16IsF16) {
  NpyArray array = words({0x3C00});
  array.type = NpyType::kFloat16;
  EXPECT_EQ(input_from(array, "x.npy", "").type, InputType::kF16);
  EXPECT_THAT(message(array, "bf16"), HasSubstr("holds float16, expected uint16 bit patterns for dtype bf16"));
}

TEST(InputFile, AContradictedOrUnknownDtypeIsRefused) {
  EXPECT_THAT(message(floats({1}, 1), "bf16"), HasSubstr("holds float32, expected uint16 bit patterns"));
  EXPECT_THAT(message(floats({1}, 1), "float32"), HasSubstr("unknown dtype 'float32': expected fp32, bf16 or f16"));
  EXPECT_THAT(message(make_npy({1}, std::vector<std::int8_t>{1})), HasSubstr("holds int8, expected float32"));
}

TEST(InputFile, PathsNameANpyFileOrAKeyOfAnNpzFile) {
  const TemporaryDirectory directory;
  const std::string npy = (directory / "x.npy").string(), npz = (directory / "x.npz").string();
  write_npy(npy, floats({2, 3}, 6));
  write_npz(npz, {{"te/in16:d0/f32.npy", npy_bytes(floats({4, 5}, 20))}});
  EXPECT_EQ(read_input(npy).extent, (Extent{2, 3}));
  EXPECT_EQ(read_input(npz).extent, (Extent{4, 5}));
  EXPECT_EQ(read_input(npz + ":te/in16:d0/f32").extent, (Extent{4, 5}));
  EXPECT_EQ(refusal([&] { read_input(npz + ":y"); }), npz + ": has no array 'y': expected one of te/in16:d0/f32.npy");
  EXPECT_THAT(refusal([&] { read_input((directory / "x.bin").string()); }), HasSubstr("expected FILE.npy, FILE.npz"));
}

TEST(InputFile, AnArchiveOfSeveralArraysNeedsAKey) {
  const TemporaryDirectory directory;
  const std::string npz = (directory / "x.npz").string();
  write_npz(npz, {{"a.npy", npy_bytes(floats({1}, 1))}, {"b.npy", npy_bytes(floats({1}, 1))}});
  EXPECT_EQ(refusal([&] { read_input(npz); }), npz + ": holds 2 members: name one array as " + npz + ":KEY");
}

}  // namespace
}  // namespace bitgate::compare
