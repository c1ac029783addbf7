#include "bitgate/compare/npy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "bitgate/tests/support/temporary_directory.h"

namespace bitgate::compare {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// numpy.save of numpy.arange(6, dtype='<f4').reshape(2, 3), NumPy 2.4.6.
constexpr std::string_view kFromNumpy =
    "934e554d5059010076007b276465736372273a20273c6634272c2027666f727472616e5f6f72646572273a2046616c73652c202773686170"
    "65273a2028322c2033292c207d20202020202020202020202020202020202020202020202020202020202020202020202020202020202020"
    "2020202020202020202020202020200a000000000000803f0000004000004040000080400000a040";

// A version 1 file with this header, as it stands, and so many bytes of data.
std::vector<std::byte> file_of(const std::string& header, std::size_t data, char major = 1) {
  std::string text = "\x93NUMPY";
  text += {major, 0, static_cast<char>(header.size() & 0xFF), static_cast<char>(header.size() >> 8)};
  if (major == 2) text += {0, 0};
  text += header + std::string(data, '\x01');
  const auto bytes = std::as_bytes(std::span<const char>(text));
  return {bytes.begin(), bytes.end()};
}

std::string header_of(const std::string& descr, const std::string& shape, const std::string& fortran = "False") {
  return "{'descr': '" + descr + "', 'fortran_order': " + fortran + ", 'shape': " + shape + ", }\n";
}

std::string parse_refusal(const std::string& header, std::size_t data) {
  return refusal([&] { parse_npy(file_of(header, data), "x.npy"); });
}

TEST(Npy, ReadsWhatNumpyWrote) {
  const NpyArray array = parse_npy(bytes_of_hex(kFromNumpy), "x.npy");
  EXPECT_EQ(array.type, NpyType::kFloat32);
  EXPECT_THAT(array.shape, ElementsAre(2, 3));
  EXPECT_THAT(values_of<float>(array.data), ElementsAre(0, 1, 2, 3, 4, 5));
}

TEST(Npy, WritesTheBytesThatNumpyWrites) {
  EXPECT_EQ(npy_bytes(make_npy<float>({2, 3}, {0, 1, 2, 3, 4, 5})), bytes_of_hex(kFromNumpy));
}

TEST(Npy, EveryTypeAndShapeReadsBack) {
  for (const NpyType type :
       {NpyType::kFloat32, NpyType::kFloat16, NpyType::kUint8, NpyType::kInt8, NpyType::kUint16, NpyType::kUint32}) {
    for (const std::vector<std::int64_t>& shape : {std::vector<std::int64_t>{}, {7}, {2, 3}, {0, 5}, {2, 1, 3}}) {
      std::size_t size = size_of(type);
      for (const std::int64_t side : shape) size *= static_cast<std::size_t>(side);
      std::vector<std::byte> data(size);
      for (std::size_t i = 0; i < size; ++i) data[i] = static_cast<std::byte>(i + 1);
      const NpyArray back = parse_npy(npy_bytes(make_npy(type, shape, data)), "x.npy");
      EXPECT_EQ(back.type, type);
      EXPECT_EQ(back.shape, shape);
      EXPECT_EQ(back.data, data);
    }
  }
}

TEST(Npy, Version2AndKeysInAnyOrderAreRead) {
  const std::string header = "{\"shape\":(2,),'fortran_order':False,'descr':'<u1'}";
  EXPECT_THAT(parse_npy(file_of(header, 2, 2), "x.npy").shape, ElementsAre(2));
}

TEST(Npy, FortranOrderIsRefusedInASentence) {
  EXPECT_EQ(parse_refusal(header_of("<f4", "(2, 3)", "True"), 24),
            "x.npy: byte 10: the array is in Fortran order: save it in C order (numpy.ascontiguousarray)");
}

TEST(Npy, OtherTypesAreRefusedWithThoseThatAreRead) {
  EXPECT_THAT(parse_refusal(header_of(">f4", "(1,)"), 4), HasSubstr("big-endian data is not read"));
  for (const std::string descr : {"<f8", "<i8", "|O", "<V2", "|b1", ""})
    EXPECT_THAT(parse_refusal(header_of(descr, "(1,)"), 8), HasSubstr("expected float32 '<f4'")) << descr;
  EXPECT_THAT(parse_refusal("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}", 4),
              HasSubstr("structured types are not read"));
}

TEST(Npy, ALyingShapeIsRefusedEitherWay) {
  EXPECT_EQ(parse_refusal(header_of("<f4", "(3, 4)"), 20),
            "x.npy: byte 70: the shape (3, 4) of float32 needs 48 bytes of data, but 20 follow");
  EXPECT_THAT(parse_refusal(header_of("<f4", "(3,)"), 16), HasSubstr("(3,) of float32 needs 12 bytes of data, but 16"));
  EXPECT_THAT(parse_refusal(header_of("|u1", "(0, 3)"), 1), HasSubstr("needs 0 bytes of data, but 1 follow"));
}

TEST(Npy, AShapeThatOverflowsIsRefused) {
  EXPECT_THAT(parse_refusal(header_of("<f4", "(4611686018427387904, 4)"), 0), HasSubstr("overflows"));
  EXPECT_THAT(parse_refusal(header_of("|u1", "(4294967296, 4294967296)"), 0), HasSubstr("overflows"));
  EXPECT_THAT(parse_refusal(header_of("|u1", "(0, 4294967296, 4294967296)"), 0), HasSubstr("overflows"));
  EXPECT_THAT(parse_refusal(header_of("|u1", "(99999999999999999999,)"), 0), HasSubstr("beyond 63 bits"));
  EXPECT_THAT(parse_refusal(header_of("|u1", "(-1,)"), 0), HasSubstr("not negative"));
  std::string many = "(";
  for (int i = 0; i < 33; ++i) many += "1,";
  EXPECT_THAT(parse_refusal(header_of("|u1", many + ")"), 1), HasSubstr("more than 32 dimensions"));
}

TEST(Npy, AHugeShapeTakesNoMemory) {
  // 2^62 bytes are stated; trying to allocate them would throw something other than InputError.
  EXPECT_THAT(parse_refusal(header_of("|u1", "(4611686018427387904,)"), 3), HasSubstr("but 3 follow"));
}

TEST(Npy, MalformedHeadersAreRefusedWithTheirPlace) {
  EXPECT_EQ(refusal([] { parse_npy(bytes_of_hex("504b0304"), "x.npy"); }),
            "x.npy: byte 0: is not a .npy file: expected \\x93NUMPY");
  EXPECT_THAT(refusal([] { parse_npy(bytes_of_hex("934e554d50590300"), "x.npy"); }),
              HasSubstr("byte 6: .npy version 3.0 is not read"));
  EXPECT_THAT(refusal([] { parse_npy(bytes_of_hex("934e554d50590100ffff20"), "x.npy"); }),
              HasSubstr("byte 8: a header of 65535 bytes is stated, but 1 follow"));
  EXPECT_THAT(parse_refusal("{'descr': '<f4', 'shape': (1,)}", 4), HasSubstr("has no 'fortran_order'"));
  EXPECT_THAT(parse_refusal("{'descr': '<f4', 'descr': '<f4'}", 4), HasSubstr("each once"));
  EXPECT_THAT(parse_refusal("{'descr': '<f4", 4), HasSubstr("does not end"));
  EXPECT_THAT(parse_refusal(header_of("|u1", "(1 2)"), 2), HasSubstr("expected ')'"));
  EXPECT_THAT(parse_refusal(header_of("|u1", "(1,)", "0"), 1), HasSubstr("expected True or False"));
  EXPECT_THAT(parse_refusal(header_of("|u1", "(1,)") + "x", 1), HasSubstr("after its closing brace"));
}

TEST(Npy, EveryChangedByteAndEveryPrefixIsReadOrRefused) {
  const auto read = [](std::vector<std::byte> bytes) { parse_npy(std::move(bytes), "x.npy"); };
  EXPECT_GT(refused_mutations(npy_bytes(make_npy<std::uint8_t>({3}, {1, 2, 3})), read), 10000);
}

TEST(Npy, FilesAreWrittenWholeOrNotAtAll) {
  const TemporaryDirectory directory;
  write_npy(directory / "a.npy", make_npy<std::uint16_t>({2}, {1, 2}));
  write_npy(directory / "a.npy", make_npy<std::uint16_t>({1}, {3}));
  EXPECT_THAT(values_of<std::uint16_t>(read_npy(directory / "a.npy").data), ElementsAre(3));
  EXPECT_THAT(directory.names(), ElementsAre("a.npy"));
  const std::string under_a_file = (directory / "a.npy/b.npy").string();
  EXPECT_EQ(refusal([&] { write_npy(under_a_file, make_npy<float>({0}, {})); }),
            under_a_file + ": cannot be written: Not a directory");
  EXPECT_THAT(directory.names(), ElementsAre("a.npy"));
}

TEST(Npy, MissingFilesAndFoldersAreNamed) {
  const TemporaryDirectory directory;
  const std::string missing = (directory / "no.npy").string();
  EXPECT_EQ(refusal([&] { read_npy(missing); }), missing + ": cannot be read: No such file or directory");
  EXPECT_THAT(refusal([&] { read_npy(directory / ""); }), HasSubstr("is not a regular file"));
}

TEST(Npy, ValuesThatDoNotFillAShapeAreABrokenPromise) {
  EXPECT_THROW(make_npy<float>({2}, {1}), std::logic_error);
  EXPECT_THAT(make_npy<float>({0, 4}, {}).data, IsEmpty());
}

}  // namespace
}  // namespace bitgate::compare
