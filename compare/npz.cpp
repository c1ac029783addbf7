#include "bitgate/compare/npz.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <limits>
#include <new>

#include "bitgate/reference/format/error.h"

namespace bitgate::compare {
namespace {

constexpr std::uint32_t kLocalSignature = 0x04034B50, kEntrySignature = 0x02014B50, kEndSignature = 0x06054B50;
constexpr std::uint32_t kEnd64Signature = 0x06064B50, kEnd64LocatorSignature = 0x07064B50;
constexpr std::uint64_t kLocalSize = 30, kEntrySize = 46, kEndSize = 22, kEnd64Size = 56, kEnd64LocatorSize = 20;
constexpr std::uint16_t kStored = 0, kDeflated = 8, kEncryptedFlag = 1, kZip64Extra = 1;
constexpr std::uint32_t kIn64 = 0xFFFFFFFF;  // "the number is in the ZIP64 record"
constexpr std::uint16_t kIn64Count = 0xFFFF;

// Little-endian numbers at checked offsets.
class Fields {
 public:
  Fields(std::span<const std::byte> bytes, std::string_view file) : bytes_(bytes), file_(file) {}

  std::uint64_t number(std::uint64_t at, std::uint64_t size) const {
    require(at, size);
    std::uint64_t value = 0;
    for (std::uint64_t i = 0; i < size; ++i)
      value |= std::to_integer<std::uint64_t>(bytes_[static_cast<std::size_t>(at + i)]) << (8 * i);
    return value;
  }
  std::uint16_t u16(std::uint64_t at) const { return static_cast<std::uint16_t>(number(at, 2)); }
  std::uint32_t u32(std::uint64_t at) const { return static_cast<std::uint32_t>(number(at, 4)); }
  std::uint64_t u64(std::uint64_t at) const { return number(at, 8); }

  std::string_view text(std::uint64_t at, std::uint64_t size) const {
    return {reinterpret_cast<const char*>(slice(at, size).data()), static_cast<std::size_t>(size)};
  }
  std::span<const std::byte> slice(std::uint64_t at, std::uint64_t size) const {
    require(at, size);
    return bytes_.subspan(static_cast<std::size_t>(at), static_cast<std::size_t>(size));
  }

 private:
  void require(std::uint64_t at, std::uint64_t size) const {
    if (at <= bytes_.size() && size <= bytes_.size() - at) return;
    refuse_file(file_, at,
                fmt::format("a zip record of {} bytes is stated here, but the file has {} bytes", size, bytes_.size()));
  }
  std::span<const std::byte> bytes_;
  std::string_view file_;
};

struct End {
  std::uint64_t entries, directory_size, directory;  // `directory`: offset of the first entry
};

// The end record stands last, followed only by a comment of the length that it states.
std::uint64_t find_end(const Fields& fields, std::uint64_t file_size, std::string_view file) {
  if (file_size >= kEndSize) {
    const std::uint64_t longest = std::min<std::uint64_t>(file_size - kEndSize, 0xFFFF);
    for (std::uint64_t comment = 0; comment <= longest; ++comment) {
      const std::uint64_t at = file_size - kEndSize - comment;
      if (fields.u32(at) == kEndSignature && fields.u16(at + 20) == comment) return at;
    }
  }
  refuse_file(file, 0, "is not a whole .npz file: no zip end record was found");
}

End read_end(const Fields& fields, std::uint64_t file_size, std::string_view file) {
  const std::uint64_t at = find_end(fields, file_size, file);
  End end{fields.u16(at + 10), fields.u32(at + 12), fields.u32(at + 16)};
  bool one_disk = fields.u16(at + 4) == 0 && fields.u16(at + 6) == 0 && fields.u16(at + 8) == end.entries;
  if (end.entries == kIn64Count || end.directory_size == kIn64 || end.directory == kIn64) {
    if (at < kEnd64LocatorSize || fields.u32(at - kEnd64LocatorSize) != kEnd64LocatorSignature)
      refuse_file(file, at, "the end record points to a ZIP64 record that is not there");
    const std::uint64_t at64 = fields.u64(at - kEnd64LocatorSize + 8);
    if (fields.slice(at64, kEnd64Size).empty() || fields.u32(at64) != kEnd64Signature)
      refuse_file(file, at64, "expected the ZIP64 end record");
    end = {fields.u64(at64 + 32), fields.u64(at64 + 40), fields.u64(at64 + 48)};
    one_disk = fields.u32(at64 + 16) == 0 && fields.u32(at64 + 20) == 0 && fields.u64(at64 + 24) == end.entries;
  }
  if (!one_disk) refuse_file(file, at, "the archive spans several disks, which is not read");
  return end;
}

// Sizes and offset that did not fit 32 bits stand, in this order and only if needed, in the ZIP64 extra field.
void read_zip64(const Fields& fields, std::uint64_t at, std::uint64_t size, std::string_view file,
                std::span<std::uint64_t* const> wanted) {
  if (wanted.empty()) return;
  const std::uint64_t end = at + size;
  while (end - at >= 4) {
    const std::uint64_t length = fields.u16(at + 2);
    if (length > end - at - 4) break;
    if (fields.u16(at) == kZip64Extra && length >= 8 * wanted.size()) {
      for (std::size_t i = 0; i < wanted.size(); ++i) *wanted[i] = fields.u64(at + 4 + 8 * i);
      return;
    }
    at += 4 + length;
  }
  refuse_file(file, at, "the ZIP64 sizes of this entry are missing");
}

// Ends the stream also when the output cannot grow.
struct InflateStream {
  InflateStream() {
    // Raw deflate: negative window bits mean that zlib's own header is absent.
    if (inflateInit2(&z, -MAX_WBITS) != Z_OK) throw std::bad_alloc();
  }
  ~InflateStream() { inflateEnd(&z); }
  InflateStream(const InflateStream&) = delete;
  InflateStream& operator=(const InflateStream&) = delete;
  z_stream z{};
};

}  // namespace

NpzFile::NpzFile(const std::filesystem::path& file) : NpzFile(read_bytes(file), file.string()) {}

NpzFile::NpzFile(std::vector<std::byte> bytes, std::string name) : bytes_(std::move(bytes)), name_(std::move(name)) {
  read_directory();
}

void NpzFile::read_directory() {
  const Fields fields(bytes_, name_);
  const End end = read_end(fields, bytes_.size(), name_);
  fields.slice(end.directory, end.directory_size);
  std::uint64_t at = end.directory;
  // Each entry takes at least 46 checked bytes, so a count that lies ends at the end of the file.
  for (std::uint64_t i = 0; i < end.entries; ++i) {
    const Member member = read_entry(at);
    const std::uint64_t name_size = fields.u16(at + 28);
    const std::string name(fields.text(at + kEntrySize, name_size));
    if (!members_.emplace(name, member).second) refuse_file(name_, at, fmt::format("two members are named '{}'", name));
    at += kEntrySize + name_size + fields.u16(at + 30) + fields.u16(at + 32);
  }
  if (at != end.directory + end.directory_size)
    refuse_file(name_, at, fmt::format("the zip directory should end at byte {}", end.directory + end.directory_size));
}

NpzFile::Member NpzFile::read_entry(std::uint64_t at) const {
  const Fields fields(bytes_, name_);
  if (fields.u32(at) != kEntrySignature) refuse_file(name_, at, "expected an entry of the zip directory");
  Member member;
  member.flags = fields.u16(at + 8);
  member.method = fields.u16(at + 10);
  member.crc = fields.u32(at + 16);
  member.packed_size = fields.u32(at + 20);
  member.size = fields.u32(at + 24);
  member.header = fields.u32(at + 42);
  std::vector<std::uint64_t*> wanted;
  for (std::uint64_t* number : {&member.size, &member.packed_size, &member.header})
    if (*number == kIn64) wanted.push_back(number);
  read_zip64(fields, at + kEntrySize + fields.u16(at + 28), fields.u16(at + 30), name_, wanted);
  return member;
}

std::vector<std::string> NpzFile::members() const {
  std::vector<std::string> names;
  for (const auto& [name, member] : members_) names.push_back(name);
  return names;
}

// The local header repeats name and method; its sizes may be absent (streamed) or in ZIP64 form, so they are not used.
std::span<const std::byte> NpzFile::packed(const Member& member, std::string_view name) const {
  const Fields fields(bytes_, name_);
  const std::uint64_t at = member.header;
  if (fields.slice(at, kLocalSize).empty() || fields.u32(at) != kLocalSignature)
    refuse_file(name_, at, fmt::format("expected the local header of '{}'", name));
  const std::uint64_t name_size = fields.u16(at + 26);
  if (fields.text(at + kLocalSize, name_size) != name || fields.u16(at + 8) != member.method)
    refuse_file(name_, at, fmt::format("this local header does not agree with the directory on '{}'", name));
  if (((member.flags | fields.u16(at + 6)) & kEncryptedFlag) != 0)
    refuse_file(name_, at, fmt::format("'{}' is encrypted, which is not read", name));
  return fields.slice(at + kLocalSize + name_size + fields.u16(at + 28), member.packed_size);
}

std::vector<std::byte> NpzFile::inflate(const Member& member, std::span<const std::byte> packed,
                                        const std::string& name) const {
  constexpr std::size_t kChunk = 1 << 16;
  InflateStream inflating;
  z_stream& stream = inflating.z;
  std::vector<std::byte> out;
  int status = Z_OK;
  std::size_t taken = 0;
  std::array<std::byte, kChunk> chunk;
  while (status == Z_OK && out.size() <= member.size) {
    if (stream.avail_in == 0) {
      const std::size_t more = std::min<std::size_t>(packed.size() - taken, std::numeric_limits<uInt>::max());
      stream.next_in = reinterpret_cast<Bytef*>(const_cast<std::byte*>(packed.data() + taken));
      stream.avail_in = static_cast<uInt>(more);
      taken += more;
    }
    stream.next_out = reinterpret_cast<Bytef*>(chunk.data());
    stream.avail_out = static_cast<uInt>(chunk.size());
    status = ::inflate(&stream, Z_NO_FLUSH);
    out.insert(out.end(), chunk.begin(), chunk.end() - static_cast<std::ptrdiff_t>(stream.avail_out));
  }
  const std::uint64_t left = stream.avail_in + (packed.size() - taken);
  if (status != Z_STREAM_END || out.size() != member.size || left != 0)
    refuse_file(name_, member.header,
                fmt::format("'{}' does not inflate to the {} bytes that the directory states", name, member.size));
  return out;
}

std::optional<std::vector<std::byte>> NpzFile::bytes(std::string_view member_name) const {
  const auto found = members_.find(member_name);
  if (found == members_.end()) return std::nullopt;
  const auto& [name, member] = *found;
  const std::span<const std::byte> data = packed(member, name);
  std::vector<std::byte> content;
  if (member.method == kDeflated) {
    content = inflate(member, data, name);
  } else if (member.method == kStored && member.size == member.packed_size) {
    content.assign(data.begin(), data.end());
  } else if (member.method == kStored) {
    refuse_file(name_, member.header, fmt::format("'{}' is stored, but its two sizes differ", name));
  } else {
    refuse_file(name_, member.header,
                fmt::format("'{}' uses zip method {}, expected 0 (stored) or 8 (deflated)", name, member.method));
  }
  if (crc32_z(0, reinterpret_cast<const Bytef*>(content.data()), content.size()) != member.crc)
    refuse_file(name_, member.header, fmt::format("the CRC-32 of '{}' is wrong: the archive is damaged", name));
  return content;
}

NpyArray NpzFile::array(std::string_view key) const {
  const std::string member = fmt::format("{}.npy", key);
  std::optional<std::vector<std::byte>> content = bytes(member);
  if (content) return parse_npy(std::move(*content), fmt::format("{}:{}", name_, member));
  constexpr std::size_t kNamed = 8;
  std::vector<std::string> keys = members();
  const std::size_t total = keys.size();
  keys.resize(std::min(total, kNamed));
  throw InputError(fmt::format("{}: has no array '{}': expected one of {}{}", name_, key, fmt::join(keys, ", "),
                               total > kNamed ? fmt::format(" and {} more", total - kNamed) : ""));
}

}  // namespace bitgate::compare
