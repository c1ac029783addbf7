// Column-wise tensors and the layouts of scales, as files.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bitgate/compare/tensor_directory.h"
#include "bitgate/compare/tensor_files.h"
#include "bitgate/tests/support/temporary_directory.h"
#include "bitgate/tests/support/tensor_samples.h"

namespace bitgate::compare {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Key;
namespace fs = std::filesystem;

TEST(TensorLayout, EveryDirectionAndLayoutReadsBack) {
  const TemporaryDirectory directory;
  for (const Scheme& scheme : kSchemes) {
    if (is_values_only(scheme)) continue;
    for (const Extent extent : {Extent{3, 33}, {130, 200}, {0, 16}, {4, 0}}) {
      for (const QuantizedTensor& t :
           {numbered(scheme.id, extent), columnwise(scheme.id, extent), both(scheme.id, extent)}) {
        for (const reference::ScaleLayout layout : reference::kScaleLayouts) {
          if (!reference::has_layout(scheme, layout)) continue;
          TensorDescription d = described(t);
          d.layout = layout;
          write_tensor(directory / "dump.npz", d, t);
          const LoadedTensor back = read_tensor(directory / "dump.npz");
          EXPECT_TRUE(same(t, back.tensor)) << to_json(d);
          EXPECT_TRUE(back.description.agrees_with(d)) << to_json(d);
          EXPECT_EQ(back.nonzero_padding, 0) << to_json(d);
        }
      }
    }
  }
}

TEST(TensorLayout, ColumnwiseFilesLieAsTheProducersDo) {
  const auto shape = [](SchemeId id, const std::string& name, reference::ScaleLayout layout) {
    const QuantizedTensor t = both(id, {64, 96});
    TensorDescription d = described(t);
    d.layout = layout;
    return parse_npy(tensor_members(d, t).at(name), name).shape;
  };
  const reference::ScaleLayout logical = reference::ScaleLayout::kLogical, padded = reference::ScaleLayout::kPadded;
  EXPECT_THAT(shape(SchemeId::kNvfp4, "codes_t.npy", logical), ElementsAre(96, 32));
  EXPECT_THAT(shape(SchemeId::kNvfp4, "scales_t.npy", logical), ElementsAre(96, 4));
  EXPECT_THAT(shape(SchemeId::kNvfp4, "scales_t.npy", padded), ElementsAre(128, 4));
  EXPECT_THAT(shape(SchemeId::kNvfp4Row, "global_t.npy", logical), ElementsAre(96));
  EXPECT_THAT(shape(SchemeId::kNvfp4Row, "global.npy", logical), ElementsAre(64));
  EXPECT_THAT(shape(SchemeId::kMxfp8E4m3, "codes_t.npy", logical), ElementsAre(64, 96));
  EXPECT_THAT(shape(SchemeId::kMxfp8E4m3, "scales_t.npy", logical), ElementsAre(2, 96));
  EXPECT_THAT(shape(SchemeId::kMxfp8E4m3, "scales_t.npy", padded), ElementsAre(4, 128));
  EXPECT_THAT(shape(SchemeId::kFp8E4m3, "codes_t.npy", logical), ElementsAre(96, 64));
}

TEST(TensorLayout, ColumnwiseMxfp8KeepsTheOperandsPlaces) {
  QuantizedTensor t = columnwise(SchemeId::kMxfp8E4m3, {2, 3});
  t.codes = {1, 2, 3, 4, 5, 6};  // columns of the operand
  t.scales = std::vector<std::uint8_t>{7, 8, 9};
  const ArchiveMembers members = tensor_members(described(t), t);
  EXPECT_THAT(values_of<std::uint8_t>(parse_npy(members.at("codes_t.npy"), "").data), ElementsAre(1, 3, 5, 2, 4, 6));
  EXPECT_THAT(values_of<std::uint8_t>(parse_npy(members.at("scales_t.npy"), "").data), ElementsAre(7, 8, 9));
  EXPECT_THAT(members, ElementsAre(Key("codes_t.npy"), Key("scales_t.npy"), Key("tensor.json")));
}

TEST(TensorLayout, FilesOfADirectionThatIsNotStatedAreRefused) {
  const Dump row(numbered(SchemeId::kNvfp4, {2, 32}));
  row.put("codes_t.npy", make_npy({32, 1}, std::vector<std::uint8_t>(32)));
  EXPECT_THAT(row.message(), HasSubstr("codes_t.npy: is there, but the description states direction row"));
  const Dump column(columnwise(SchemeId::kNvfp4, {2, 32}));
  column.put("global.npy", make_npy({1}, std::vector<float>(1)));
  EXPECT_THAT(column.message(), HasSubstr("global.npy: is there, but the description states direction column"));
  const Dump twins(both(SchemeId::kNvfp4, {2, 32}));
  EXPECT_EQ(twins.message(), "");
  twins.remove("scales_t.npy");
  EXPECT_THAT(twins.message(), HasSubstr("has no scales_t.npy, which its description calls for"));
  const Dump swapped(columnwise(SchemeId::kNvfp4, {2, 32}));
  swapped.put("codes_t.npy", make_npy({2, 16}, std::vector<std::uint8_t>(32)));
  EXPECT_THAT(swapped.message(), HasSubstr("codes_t.npy: holds uint8 of (2, 16), expected uint8 of (32, 1)"));
}

// A tensor whose description claims 2^40 rows and columns next to files of a few bytes.
TEST(TensorLayout, AClaimBeyondTheFilesIsRefusedBeforeAnyMemoryIsTaken) {
  for (const Scheme& scheme : kSchemes) {
    for (const reference::ScaleLayout layout : reference::kScaleLayouts) {
      if (is_values_only(scheme) || !reference::has_layout(scheme, layout)) continue;
      const QuantizedTensor t = both(scheme.id, {1, 32});
      const Dump dump(t);
      TensorDescription d = described(t);
      d.layout = layout;
      for (const Extent claim : {Extent{std::int64_t{1} << 40, std::int64_t{1} << 40}, {1, std::int64_t{1} << 40}}) {
        d.extent = claim;
        const std::string json = to_json(d);
        const auto bytes = std::as_bytes(std::span<const char>(json));
        write_bytes(dump.directory / "tensor.json", bytes);
        EXPECT_THAT(dump.message(), HasSubstr("codes.npy: holds")) << json;
        fs::remove(dump.directory / "codes.npy");
        dump.put("codes.npy", make_npy({0, 1}, std::vector<std::uint8_t>()));
        EXPECT_THAT(dump.message(), HasSubstr("codes.npy: holds")) << json;
      }
    }
  }
}

TEST(TensorLayout, TiledScalesMayHaveTorchaosShapeOrBeFlat) {
  const QuantizedTensor t = numbered(SchemeId::kNvfp4, {130, 80});
  TensorDescription d = described(t);
  d.layout = reference::ScaleLayout::k128x4;
  const TemporaryDirectory directory;
  write_tensor(directory / "dump", d, t);
  NpyArray scales = read_npy(directory / "dump/scales.npy");
  EXPECT_THAT(scales.shape, ElementsAre(256, 8));
  for (const std::vector<std::int64_t>& shape : {std::vector<std::int64_t>{64, 32}, {2048}, {8, 256}}) {
    scales.shape = shape;
    write_npy(directory / "dump/scales.npy", scales);
    EXPECT_TRUE(same(t, read_tensor(directory / "dump").tensor)) << shape_text(shape);
  }
  scales.shape = {32, 64};
  write_npy(directory / "dump/scales.npy", scales);
  EXPECT_THAT(refusal([&] { read_tensor(directory / "dump"); }),
              HasSubstr("scales.npy: holds uint8 of (32, 64), expected uint8 of (256, 8)"));
}

TEST(TensorLayout, TilesOf8x4MayBeFlatAndHaveNoOtherShape) {
  const QuantizedTensor t = numbered(SchemeId::kNvfp4, {9, 80});
  TensorDescription d = described(t);
  d.layout = reference::ScaleLayout::k8x4;
  const TemporaryDirectory directory;
  write_tensor(directory / "dump", d, t);
  NpyArray scales = read_npy(directory / "dump/scales.npy");
  EXPECT_THAT(scales.shape, ElementsAre(16, 8));
  const auto bytes = values_of<std::uint8_t>(scales.data);
  const auto& logical = std::get<std::vector<std::uint8_t>>(t.scales);
  EXPECT_EQ(bytes[5], logical[5 + 1]);   // (1, 1), of five scales a row
  EXPECT_EQ(bytes[32], logical[4]);      // (0, 4) opens the second tile
  EXPECT_EQ(bytes[64], logical[8 * 5]);  // (8, 0) the third
  scales.shape = {128};
  write_npy(directory / "dump/scales.npy", scales);
  EXPECT_TRUE(same(t, read_tensor(directory / "dump").tensor));
  for (const std::vector<std::int64_t>& shape : {std::vector<std::int64_t>{8, 16}, {4, 32}}) {
    scales.shape = shape;
    write_npy(directory / "dump/scales.npy", scales);
    EXPECT_THAT(refusal([&] { read_tensor(directory / "dump"); }), HasSubstr("expected uint8 of (16, 8)"));
  }
}

TEST(TensorLayout, PaddingOfScalesIsCountedUnlessItMayBeAnything) {
  const QuantizedTensor t = numbered(SchemeId::kNvfp4, {2, 32});
  TensorDescription d = described(t);
  d.layout = reference::ScaleLayout::kPadded;
  const TemporaryDirectory directory;
  write_tensor(directory / "dump", d, t);
  NpyArray scales = read_npy(directory / "dump/scales.npy");
  scales.data.back() = std::byte{1};
  scales.data[2] = std::byte{9};
  write_npy(directory / "dump/scales.npy", scales);
  EXPECT_EQ(read_tensor(directory / "dump").nonzero_padding, 2);
  d.padding_is_zero = false;
  const std::string json = to_json(d);
  write_bytes(directory / "dump/tensor.json", std::as_bytes(std::span<const char>(json)));
  const LoadedTensor any = read_tensor(directory / "dump");
  EXPECT_EQ(any.nonzero_padding, 0);
  EXPECT_TRUE(same(t, any.tensor));
}

TEST(TensorLayout, EveryChangedByteOfAnArchiveIsReadOrRefused) {
  const QuantizedTensor t = both(SchemeId::kNvfp4, {1, 16});
  TensorDescription d = described(t);
  d.layout = reference::ScaleLayout::kLogical;
  const ArchiveMembers members = tensor_members(d, t);
  const TemporaryDirectory directory;
  const fs::path file = directory / "dump";
  for (const auto& [name, content] : members) {
    if (name == "tensor.json") continue;
    for (std::size_t i = 0; i < content.size(); i += 3) {
      std::vector<std::byte> changed = content;
      changed[i] ^= std::byte{0x41};
      ArchiveMembers others = members;
      others[name] = changed;
      write_directory(file, others);
      refusal([&] { read_tensor(file); });
    }
  }
}

}  // namespace
}  // namespace bitgate::compare
