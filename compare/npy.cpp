#include "bitgate/compare/npy.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <limits>
#include <optional>
#include <stdexcept>

namespace bitgate::compare {
namespace {

struct TypeRow {
  NpyType type;
  std::string_view name, descr;
  std::size_t size;
};
constexpr std::array<TypeRow, 6> kTypes{{
    {NpyType::kFloat32, "float32", "<f4", 4},
    {NpyType::kFloat16, "float16", "<f2", 2},
    {NpyType::kUint8, "uint8", "|u1", 1},
    {NpyType::kInt8, "int8", "|i1", 1},
    {NpyType::kUint16, "uint16", "<u2", 2},
    {NpyType::kUint32, "uint32", "<u4", 4},
}};
constexpr const TypeRow& row_of(NpyType type) noexcept { return kTypes[static_cast<std::size_t>(type)]; }

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::size_t kMaxDimensions = 32;  // NumPy's own limit before 2.0

struct Header {
  std::optional<NpyType> type;
  std::optional<bool> fortran_order;
  std::optional<std::vector<std::int64_t>> shape;
};

// The header is a Python dict literal with the keys descr, fortran_order and shape, each once, in any order.
class HeaderReader {
 public:
  HeaderReader(std::string_view text, std::string_view file, std::uint64_t base)
      : text_(text), file_(file), base_(base) {}

  Header read() {
    expect('{');
    while (!take('}')) {
      read_entry();
      if (take(',')) continue;
      expect('}');
      break;
    }
    skip_space();
    if (at_ != text_.size()) refuse("the header goes on after its closing brace");
    if (!header_.type) refuse("the header has no 'descr'");
    if (!header_.fortran_order) refuse("the header has no 'fortran_order'");
    if (!header_.shape) refuse("the header has no 'shape'");
    return header_;
  }

 private:
  void read_entry() {
    const std::string_view key = quoted("a quoted key");
    expect(':');
    if (key == "descr" && !header_.type)
      header_.type = type();
    else if (key == "fortran_order" && !header_.fortran_order)
      header_.fortran_order = boolean();
    else if (key == "shape" && !header_.shape)
      header_.shape = shape();
    else
      refuse("expected the keys 'descr', 'fortran_order' and 'shape', each once");
  }

  NpyType type() {
    std::string_view descr = quoted("a quoted type as 'descr' (structured types are not read)");
    for (const TypeRow& row : kTypes)
      if (descr == row.descr ||
          (row.size == 1 && descr.size() == 3 && descr[0] == '<' && descr.substr(1) == row.descr.substr(1)))
        return row.type;
    if (!descr.empty() && descr[0] == '>') refuse("big-endian data is not read: save the array little-endian");
    refuse(
        "this 'descr' is not read: expected float32 '<f4', float16 '<f2', uint8 '|u1', int8 '|i1', uint16 '<u2' or "
        "uint32 '<u4' (bfloat16: save its bits with .view(numpy.uint16))");
  }

  bool boolean() {
    skip_space();
    for (const bool value : {false, true}) {
      const std::string_view word = value ? "True" : "False";
      if (text_.substr(at_, word.size()) != word) continue;
      at_ += word.size();
      return value;
    }
    refuse("expected True or False as 'fortran_order'");
  }

  std::vector<std::int64_t> shape() {
    std::vector<std::int64_t> dimensions;
    expect('(');
    while (!take(')')) {
      if (dimensions.size() == kMaxDimensions) refuse("the shape has more than 32 dimensions");
      dimensions.push_back(integer());
      if (take(',')) continue;
      expect(')');
      break;
    }
    return dimensions;
  }

  std::int64_t integer() {
    skip_space();
    if (at_ == text_.size() || text_[at_] < '0' || text_[at_] > '9')
      refuse("expected a dimension that is not negative in 'shape'");
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text_.data() + at_, text_.data() + text_.size(), value);
    if (error != std::errc{}) refuse("a dimension in 'shape' is beyond 63 bits");
    at_ = static_cast<std::size_t>(end - text_.data());
    return value;
  }

  std::string_view quoted(std::string_view what) {
    skip_space();
    const char quote = at_ < text_.size() ? text_[at_] : '\0';
    if (quote != '\'' && quote != '"') refuse(fmt::format("expected {}", what));
    const std::size_t end = text_.find(quote, at_ + 1);
    if (end == std::string_view::npos) refuse("a quoted string does not end");
    const std::string_view inside = text_.substr(at_ + 1, end - at_ - 1);
    at_ = end + 1;
    return inside;
  }

  bool take(char wanted) {
    skip_space();
    if (at_ == text_.size() || text_[at_] != wanted) return false;
    ++at_;
    return true;
  }
  void expect(char wanted) {
    if (!take(wanted)) refuse(fmt::format("expected '{}' in the header", wanted));
  }
  void skip_space() noexcept {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n')) ++at_;
  }
  [[noreturn]] void refuse(std::string_view reason) const { refuse_file(file_, base_ + at_, reason); }

  std::string_view text_, file_;
  std::uint64_t base_;
  std::size_t at_ = 0;
  Header header_;
};

std::uint64_t unsigned_at(std::span<const std::byte> bytes, std::size_t at, std::size_t size) noexcept {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < size; ++i) value |= std::to_integer<std::uint64_t>(bytes[at + i]) << (8 * i);
  return value;
}

// Bytes that the shape needs; none when that overflows 63 bits. A dimension of 0 makes it 0, but the others still have
// to multiply without overflow, so that callers may flatten axes.
std::optional<std::uint64_t> bytes_needed(std::span<const std::int64_t> shape, std::size_t element_size) noexcept {
  constexpr auto kLimit = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  std::uint64_t product = element_size;
  bool empty = false;
  for (const std::int64_t dimension : shape) {
    if (dimension == 0) {
      empty = true;
      continue;
    }
    const auto factor = static_cast<std::uint64_t>(dimension);
    if (product > kLimit / factor) return std::nullopt;
    product *= factor;
  }
  return empty ? 0 : product;
}

}  // namespace

std::string_view name_of(NpyType type) noexcept { return row_of(type).name; }
std::size_t size_of(NpyType type) noexcept { return row_of(type).size; }

std::string shape_text(std::span<const std::int64_t> shape) {
  return fmt::format("({}{})", fmt::join(shape, ", "), shape.size() == 1 ? "," : "");
}

NpyArray parse_npy(std::vector<std::byte> bytes, std::string_view file) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (text.substr(0, kMagic.size()) != kMagic) refuse_file(file, 0, "is not a .npy file: expected \\x93NUMPY");
  if (text.size() < 8) refuse_file(file, text.size(), "the file ends inside the .npy header");
  const auto major = std::to_integer<unsigned>(bytes[6]);
  const auto minor = std::to_integer<unsigned>(bytes[7]);
  if ((major != 1 && major != 2) || minor != 0)
    refuse_file(file, 6, fmt::format(".npy version {}.{} is not read: expected 1.0 or 2.0", major, minor));
  const std::size_t length_size = major == 1 ? 2 : 4;
  const std::size_t start = 8 + length_size;
  if (text.size() < start) refuse_file(file, text.size(), "the file ends inside the .npy header");
  const std::uint64_t length = unsigned_at(bytes, 8, length_size);
  if (length > text.size() - start)
    refuse_file(file, 8, fmt::format("a header of {} bytes is stated, but {} follow", length, text.size() - start));

  const Header header = HeaderReader(text.substr(start, length), file, start).read();
  if (*header.fortran_order)
    refuse_file(file, start, "the array is in Fortran order: save it in C order (numpy.ascontiguousarray)");
  NpyArray array{*header.type, *header.shape, {}};
  const std::size_t data_start = start + static_cast<std::size_t>(length);
  const std::optional<std::uint64_t> needed = bytes_needed(array.shape, size_of(array.type));
  if (!needed) refuse_file(file, start, fmt::format("the shape {} overflows", shape_text(array.shape)));
  if (*needed != bytes.size() - data_start)
    refuse_file(file, data_start,
                fmt::format("the shape {} of {} needs {} bytes of data, but {} follow", shape_text(array.shape),
                            name_of(array.type), *needed, bytes.size() - data_start));
  bytes.erase(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(data_start));
  array.data = std::move(bytes);
  return array;
}

NpyArray read_npy(const std::filesystem::path& file) { return parse_npy(read_bytes(file), file.string()); }

std::vector<std::byte> npy_bytes(const NpyArray& array) {
  std::string header = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': {}, }}", row_of(array.type).descr,
                                   shape_text(array.shape));
  // Magic, version, length, header and newline together fill whole lines of 64 bytes, as NumPy does.
  const std::size_t prefix = kMagic.size() + 4;
  header.resize((prefix + header.size() + 1 + 63) / 64 * 64 - prefix - 1, ' ');
  header += '\n';
  std::string front(kMagic);
  front += {'\x01', '\x00', static_cast<char>(header.size() & 0xFF), static_cast<char>(header.size() >> 8)};
  front += header;
  const auto front_bytes = std::as_bytes(std::span<const char>(front));
  std::vector<std::byte> bytes;
  bytes.reserve(front_bytes.size() + array.data.size());
  bytes.insert(bytes.end(), front_bytes.begin(), front_bytes.end());
  bytes.insert(bytes.end(), array.data.begin(), array.data.end());
  return bytes;
}

void write_npy(const std::filesystem::path& file, const NpyArray& array) { write_bytes(file, npy_bytes(array)); }

NpyArray make_npy(NpyType type, std::vector<std::int64_t> shape, std::span<const std::byte> values) {
  const std::optional<std::uint64_t> needed = bytes_needed(shape, size_of(type));
  if (!needed || *needed != values.size())
    throw std::logic_error(
        fmt::format("{} bytes do not fill {} of {}", values.size(), shape_text(shape), name_of(type)));
  return {type, std::move(shape), {values.begin(), values.end()}};
}

}  // namespace bitgate::compare
