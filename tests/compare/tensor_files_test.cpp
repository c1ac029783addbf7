#include "bitgate/compare/tensor_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>

#include "bitgate/compare/compare.h"
#include "bitgate/reference/layout/ggml_blocks.h"
#include "bitgate/tests/support/temporary_directory.h"
#include "bitgate/tests/support/tensor_samples.h"

namespace bitgate::compare {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Key;
namespace fs = std::filesystem;

TEST(TensorFiles, EverySchemeReadsBackFromADirectoryAndAnArchive) {
  const TemporaryDirectory directory;
  for (const Scheme& scheme : kSchemes) {
    for (const Extent extent : {Extent{3, 33}, {1, 1}, {2, 128}, {0, 16}, {4, 0}}) {
      const QuantizedTensor t = numbered(scheme.id, extent);
      for (const std::string name : {"dump", "dump.npz"}) {
        write_tensor(directory / name, described(t, NibbleOrder::kHighFirst), t);
        const LoadedTensor back = read_tensor(directory / name);
        EXPECT_TRUE(same(t, back.tensor)) << scheme.name << " " << name;
        EXPECT_EQ(back.description.recipe, "some/recipe");
        EXPECT_EQ(back.nonzero_padding, 0);
      }
    }
  }
  EXPECT_THAT(directory.names(), ElementsAre("dump", "dump.npz"));
}

TEST(TensorFiles, EveryKindOfBlocksReadsBackAlone) {
  const TemporaryDirectory directory;
  for (const Scheme& scheme : kSchemes) {
    for (const reference::BlockLayout& layout : reference::kBlockLayouts) {
      if (!reference::fits(layout.id, scheme)) continue;
      const QuantizedTensor t = numbered(scheme.id, {3, 70});
      write_tensor(directory / "dump", description_of(t, NibbleOrder::kLowFirst, "", layout.id), t);
      EXPECT_TRUE(same(t, read_tensor(directory / "dump").tensor)) << scheme.name << " " << layout.name;
      for (const std::string stem : {"codes", "scales", "extras"}) fs::remove(directory / ("dump/" + stem + ".npy"));
      EXPECT_TRUE(same(t, read_tensor(directory / "dump").tensor)) << scheme.name << " " << layout.name;
    }
  }
}

TEST(TensorFiles, BlocksAndExtrasThatAreNotStatedAreRefused) {
  const Dump dump(numbered(SchemeId::kMxfp4, {1, 32}));
  dump.put("packed.npy", make_npy({1, 1, 17}, std::vector<std::uint8_t>(17)));
  EXPECT_THAT(dump.message(), HasSubstr("packed.npy: is there, but the description states no blocks"));
  dump.remove("packed.npy");
  dump.put("extras.npy", make_npy({1, 1}, std::vector<std::uint16_t>(1)));
  EXPECT_THAT(dump.message(), HasSubstr("extras.npy: is there, but scheme mxfp4 has no extras"));
  const Dump values(numbered(SchemeId::kValuesE2m1, {1, 32}));
  values.put("codes.npy", make_npy({1, 32}, std::vector<std::uint8_t>(32)));
  EXPECT_THAT(values.message(), HasSubstr("codes.npy: is there, but scheme values-e2m1 has only values"));
  values.remove("codes.npy");
  values.remove("values.npy");
  EXPECT_THAT(values.message(), HasSubstr("has no values.npy, which its description calls for"));
}

TEST(TensorFiles, Bf16ScalesAreBitPatternsNotFloat16) {
  const Dump dump(numbered(SchemeId::kQ8_1Bf16, {1, 32}));
  EXPECT_EQ(read_npy(dump.directory / "scales.npy").type, NpyType::kUint16);
  NpyArray scales = read_npy(dump.directory / "scales.npy");
  scales.type = NpyType::kFloat16;
  dump.put("scales.npy", scales);
  EXPECT_THAT(dump.message(), HasSubstr("scales.npy: holds float16 of (1, 1), expected uint16 of (1, 1)"));
}

TEST(TensorFiles, MembersFollowTheScheme) {
  const auto members = [](SchemeId id) {
    const QuantizedTensor t = numbered(id, {2, 32});
    return tensor_members(described(t), t);
  };
  EXPECT_THAT(members(SchemeId::kNvfp4),
              ElementsAre(Key("codes.npy"), Key("global.npy"), Key("scales.npy"), Key("tensor.json")));
  EXPECT_THAT(members(SchemeId::kValuesInt8), ElementsAre(Key("tensor.json"), Key("values.npy")));
  EXPECT_THAT(members(SchemeId::kMxfp4), ElementsAre(Key("codes.npy"), Key("scales.npy"), Key("tensor.json")));
  EXPECT_THAT(members(SchemeId::kQ8_1), ElementsAre(Key("codes.npy"), Key("extras.npy"), Key("packed.npy"),
                                                    Key("scales.npy"), Key("tensor.json")));
}

TEST(TensorFiles, CodesArePackedInTheStatedOrder) {
  const QuantizedTensor t = numbered(SchemeId::kNvfp4, {1, 3});
  const NpyArray low = parse_npy(tensor_members(described(t), t).at("codes.npy"), "codes.npy");
  EXPECT_THAT(low.shape, ElementsAre(1, 2));
  EXPECT_THAT(values_of<std::uint8_t>(low.data), ElementsAre(0x21, 0x03));
  const auto high = tensor_members(described(t, NibbleOrder::kHighFirst), t);
  EXPECT_THAT(values_of<std::uint8_t>(parse_npy(high.at("codes.npy"), "").data), ElementsAre(0x12, 0x30));
}

TEST(TensorFiles, FourBitCodesArePackedAndFiveBitCodesAreOneAByte) {
  for (const auto& [id, columns] : {std::pair{SchemeId::kQ4_0, 16}, {SchemeId::kQ4_1, 16}, {SchemeId::kQ5_0, 32}}) {
    const QuantizedTensor t = numbered(id, {1, 32});
    EXPECT_THAT(parse_npy(tensor_members(described(t), t).at("codes.npy"), "").shape, ElementsAre(1, columns));
  }
}

TEST(TensorFiles, WithoutDescriptionNothingIsInferred) {
  const QuantizedTensor t = numbered(SchemeId::kNvfp4, {2, 32});
  const Dump dump(t);
  dump.remove("tensor.json");
  EXPECT_THAT(dump.message(), HasSubstr("has no tensor.json, and no flags say what its files mean"));
  const TensorDescription flags = described(t);
  EXPECT_TRUE(compare(t, read_tensor(dump.directory, &flags).tensor).bit_exact());
}

TEST(TensorFiles, FlagsThatContradictTheDescriptionAreRefused) {
  const QuantizedTensor t = numbered(SchemeId::kNvfp4, {2, 32});
  const Dump dump(t);
  const TensorDescription flags = described(t, NibbleOrder::kHighFirst);
  EXPECT_THAT(refusal([&] { read_tensor(dump.directory, &flags); }), HasSubstr("contradicts the flags"));
}

TEST(TensorFiles, OneFileEachMayBeNamed) {
  const QuantizedTensor t = numbered(SchemeId::kNvfp4, {2, 32});
  const Dump dump(t);
  std::map<std::string, std::string> files;
  for (const std::string stem : {"codes", "scales", "global"})
    files[stem] = (dump.directory / (stem + ".npy")).string();
  EXPECT_TRUE(compare(t, read_tensor(files, described(t)).tensor).bit_exact());
  files.erase("scales");
  EXPECT_EQ(refusal([&] { read_tensor(files, described(t)); }),
            "the given files: has no scales.npy, which its description calls for");
}

TEST(TensorFiles, MissingFilesAreNamed) {
  for (const std::string name : {"codes.npy", "scales.npy", "global.npy"}) {
    const Dump dump(numbered(SchemeId::kNvfp4, {2, 32}));
    dump.remove(name);
    EXPECT_THAT(dump.message(), HasSubstr("has no " + name)) << name;
  }
  EXPECT_THAT(refusal([] { read_tensor(fs::path("/nowhere/at/all")); }), HasSubstr("expected a directory or a .npz"));
}

TEST(TensorFiles, WrongShapeOrTypeIsRefusedWithWhatWasExpected) {
  const Dump dump(numbered(SchemeId::kNvfp4, {2, 32}));
  dump.put("codes.npy", make_npy({2, 32}, std::vector<std::uint8_t>(64)));
  EXPECT_THAT(dump.message(), HasSubstr("codes.npy: holds uint8 of (2, 32), expected uint8 of (2, 16)"));
  dump.put("codes.npy", make_npy({2, 16}, std::vector<std::uint8_t>(32)));
  EXPECT_EQ(dump.message(), "");
  dump.put("scales.npy", make_npy({2, 2}, std::vector<float>(4)));
  EXPECT_THAT(dump.message(), HasSubstr("scales.npy: holds float32 of (2, 2), expected uint8 of (2, 2)"));
}

TEST(TensorFiles, AGlobalMayHaveAnyShapeWithOneLongSide) {
  const Dump dump(numbered(SchemeId::kNvfp4Row, {4, 16}));
  dump.put("global.npy", make_npy({4, 1}, std::vector<float>{1, 2, 3, 4}));
  EXPECT_THAT(read_tensor(dump.directory).tensor.global, ElementsAre(1, 2, 3, 4));
  dump.put("global.npy", make_npy({2, 2}, std::vector<float>(4)));
  EXPECT_THAT(dump.message(), HasSubstr("global.npy: holds float32 of (2, 2), expected float32 of (4,)"));
  dump.put("global.npy", make_npy({3}, std::vector<float>(3)));
  EXPECT_THAT(dump.message(), HasSubstr("expected float32 of (4,)"));
  dump.put("global.npy", make_npy({4}, std::vector<std::uint32_t>(4)));
  EXPECT_THAT(dump.message(), HasSubstr("holds uint32 of (4,), expected float32"));
}

TEST(TensorFiles, AGlobalThatTheSchemeLacksIsRefused) {
  const Dump dump(numbered(SchemeId::kNvfp4Single, {1, 16}));
  dump.put("global.npy", make_npy({1}, std::vector<float>{1}));
  EXPECT_THAT(dump.message(), HasSubstr("global.npy: is there, but scheme nvfp4-single has no global"));
}

TEST(TensorFiles, RawBlocksAloneAreEnough) {
  const QuantizedTensor t = numbered(SchemeId::kQ8_1MmqD2s6, {3, 200});
  const Dump dump(t);
  for (const std::string name : {"codes.npy", "scales.npy", "extras.npy"}) dump.remove(name);
  EXPECT_TRUE(compare(t, read_tensor(dump.directory).tensor).bit_exact());
}

TEST(TensorFiles, LogicalFilesAloneAreEnoughAndMayBeInt8AndFloat16) {
  const QuantizedTensor t = numbered(SchemeId::kQ8_1, {3, 40});
  const Dump dump(t);
  dump.remove("packed.npy");
  for (const auto& [name, type] : {std::pair{"codes.npy", NpyType::kInt8}, {"scales.npy", NpyType::kFloat16}}) {
    NpyArray array = read_npy(dump.directory / name);
    array.type = type;
    dump.put(name, array);
  }
  EXPECT_TRUE(compare(t, read_tensor(dump.directory).tensor).bit_exact());
}

TEST(TensorFiles, RawBlocksThatContradictTheLogicalFilesAreRefused) {
  const Dump dump(numbered(SchemeId::kQ8_1, {1, 32}));
  dump.put("scales.npy", make_npy({1, 1}, std::vector<std::uint16_t>{9}));
  EXPECT_THAT(dump.message(), HasSubstr("packed.npy holds other codes, scales or extras than the files beside it"));
}

TEST(TensorFiles, PaddingThatIsNotZeroIsCountedNotRefused) {
  const Dump nibbles(numbered(SchemeId::kNvfp4, {2, 1}));
  nibbles.put("codes.npy", make_npy({2, 1}, std::vector<std::uint8_t>{0x01, 0x72}));
  EXPECT_EQ(read_tensor(nibbles.directory).nonzero_padding, 1);

  const Dump blocks(numbered(SchemeId::kQ8_1, {1, 32}));
  NpyArray packed = read_npy(blocks.directory / "packed.npy");
  packed.data[100] = std::byte{1};
  blocks.put("packed.npy", packed);
  EXPECT_EQ(read_tensor(blocks.directory).nonzero_padding, 1);
}

TEST(TensorFiles, AProducerOfValuesHasNoOtherFile) {
  const TemporaryDirectory directory;
  QuantizedTensor t;
  t.scheme = scheme_of(SchemeId::kMxfp4);
  t.extent = {1, 4};
  t.values = {1.5f, -0.0f, std::bit_cast<float>(0x7FC00000u), std::bit_cast<float>(0xFF800000u)};
  for (const InputType type : kInputTypes) {
    TensorDescription d = described(t);
    d.values = type;
    EXPECT_THAT(tensor_members(d, t), ElementsAre(Key("tensor.json"), Key("values.npy")));
    write_tensor(directory / "dump", d, t);
    EXPECT_TRUE(compare(t, read_tensor(directory / "dump").tensor).bit_exact()) << name_of(type);
  }
  t.values[0] = 0x1.000002p0f;
  TensorDescription d = described(t);
  d.values = InputType::kF16;
  EXPECT_EQ(refusal([&] { write_tensor(directory / "other", d, t); }), "values: 1.0000001 is no f16");
  EXPECT_THAT(directory.names(), ElementsAre("dump"));
}

TEST(TensorFiles, ADescriptionThatDoesNotFitTheTensorIsABrokenPromise) {
  const QuantizedTensor t = numbered(SchemeId::kMxfp4, {2, 32});
  TensorDescription d = described(t);
  d.extent.rows = 3;
  EXPECT_THROW(tensor_members(d, t), std::logic_error);
  QuantizedTensor short_codes = t;
  short_codes.codes.pop_back();
  EXPECT_THROW(tensor_members(described(t), short_codes), std::logic_error);
  QuantizedTensor wide_scales = t;
  wide_scales.scales = std::vector<float>(2);
  EXPECT_THROW(tensor_members(described(t), wide_scales), std::logic_error);
  QuantizedTensor short_scales = t;
  short_scales.scales = std::vector<std::uint8_t>(1);
  EXPECT_THROW(tensor_members(described(t), short_scales), std::logic_error);
  TensorDescription row = described(both(SchemeId::kMxfp4, {2, 32}));
  row.direction = Direction::kRowwise;
  EXPECT_THROW(tensor_members(row, both(SchemeId::kMxfp4, {2, 32})), std::logic_error);
}

}  // namespace
}  // namespace bitgate::compare
