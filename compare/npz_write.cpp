#include <fmt/format.h>
#include <zlib.h>

#include <new>

#include "bitgate/compare/npz.h"
#include "bitgate/reference/format/error.h"

namespace bitgate::compare {
namespace {

constexpr std::uint32_t kLocalSignature = 0x04034B50, kEntrySignature = 0x02014B50, kEndSignature = 0x06054B50;
constexpr std::uint64_t kVersion = 20, kStored = 0, kDeflated = 8;
constexpr std::uint64_t kJanuary1980 = 0x00210000;  // date 1980-01-01 in the upper half, time 0 in the lower
// Below 4 GiB with room for what deflate may add to data that does not shrink.
constexpr std::uint64_t kMaxMember = 0xFF000000, kMaxArchive = 0xFFFFFFFE, kMaxCount = 0xFFFE;

void append(std::vector<std::byte>& out, std::uint64_t value, int size) {
  for (int i = 0; i < size; ++i) out.push_back(static_cast<std::byte>(value >> (8 * i) & 0xFF));
}

void append(std::vector<std::byte>& out, std::span<const std::byte> bytes) {
  out.insert(out.end(), bytes.begin(), bytes.end());
}

struct DeflateStream {
  DeflateStream() {
    // Raw deflate: negative window bits leave out zlib's own header.
    if (deflateInit2(&z, Z_DEFAULT_COMPRESSION, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) != Z_OK)
      throw std::bad_alloc();
  }
  ~DeflateStream() { deflateEnd(&z); }
  DeflateStream(const DeflateStream&) = delete;
  DeflateStream& operator=(const DeflateStream&) = delete;
  z_stream z{};
};

std::vector<std::byte> deflated(std::span<const std::byte> bytes) {
  DeflateStream stream;
  std::vector<std::byte> out(deflateBound(&stream.z, static_cast<uLong>(bytes.size())));
  stream.z.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(bytes.data()));
  stream.z.avail_in = static_cast<uInt>(bytes.size());
  stream.z.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.z.avail_out = static_cast<uInt>(out.size());
  // With deflateBound's room one call finishes.
  if (deflate(&stream.z, Z_FINISH) != Z_STREAM_END) throw std::bad_alloc();
  out.resize(stream.z.total_out);
  return out;
}

// Members first, then the directory that names them, then the end record.
class ArchiveWriter {
 public:
  ArchiveWriter(std::string_view file, Compression compression) : file_(file), compression_(compression) {}

  void add(const std::string& name, const std::vector<std::byte>& content) {
    if (content.size() > kMaxMember || name.size() > 0xFFFF) refuse(fmt::format("'{}'", name));
    if (count_ == kMaxCount) refuse("this many members");
    const bool deflate = compression_ == Compression::kDeflate;
    const std::vector<std::byte> packed = deflate ? deflated(content) : content;
    const auto name_bytes = std::as_bytes(std::span<const char>(name));
    const std::uint64_t header = out_.size();
    std::vector<std::byte> common;  // what the local header and the entry share
    append(common, kVersion, 2);
    append(common, 0, 2);  // flags
    append(common, deflate ? kDeflated : kStored, 2);
    append(common, kJanuary1980, 4);
    append(common, crc32_z(0, reinterpret_cast<const Bytef*>(content.data()), content.size()), 4);
    append(common, packed.size(), 4);
    append(common, content.size(), 4);
    append(common, name.size(), 2);
    append(common, 0, 2);  // extra field
    append(out_, kLocalSignature, 4);
    append(out_, common);
    append(out_, name_bytes);
    append(out_, packed);
    append(directory_, kEntrySignature, 4);
    append(directory_, kVersion, 2);
    append(directory_, common);
    append(directory_, 0, 6);  // comment, disk, internal attributes
    append(directory_, 0, 4);  // external attributes
    append(directory_, header, 4);
    append(directory_, name_bytes);
    ++count_;
    if (out_.size() + directory_.size() > kMaxArchive) refuse("the archive");
  }

  std::vector<std::byte> finish() && {
    const std::uint64_t start = out_.size();
    append(out_, directory_);
    append(out_, kEndSignature, 4);
    append(out_, 0, 4);  // this disk, the directory's disk
    append(out_, count_, 2);
    append(out_, count_, 2);
    append(out_, directory_.size(), 4);
    append(out_, start, 4);
    append(out_, 0, 2);  // comment
    return std::move(out_);
  }

 private:
  [[noreturn]] void refuse(std::string_view what) const {
    throw InputError(
        fmt::format("{}: {} would need ZIP64, which is not written: write a directory instead", file_, what));
  }
  std::string_view file_;
  Compression compression_;
  std::vector<std::byte> out_, directory_;
  std::uint64_t count_ = 0;
};

}  // namespace

std::vector<std::byte> npz_bytes(std::string_view file, const ArchiveMembers& members, Compression compression) {
  ArchiveWriter writer(file, compression);
  for (const auto& [name, content] : members) writer.add(name, content);
  return std::move(writer).finish();
}

void write_npz(const std::filesystem::path& file, const ArchiveMembers& members, Compression compression) {
  write_bytes(file, npz_bytes(file.string(), members, compression));
}

}  // namespace bitgate::compare
