// NumPy's .npz archives: zip files with stored or deflated members, CRC-32 checked, ZIP64 read (NumPy's own writer uses
// it past 2 GiB). Encrypted members, other methods, several disks and names given twice are refused with one sentence.
// Source: PKWARE APPNOTE.TXT 6.3.10, sections 4.3 and 4.5.3.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bitgate/compare/npy.h"

namespace bitgate::compare {

// An archive in memory. Members are inflated when they are asked for; the output grows as it is inflated, so a size
// that lies takes no memory.
class NpzFile {
 public:
  // Throws InputError when the archive's directory is malformed.
  explicit NpzFile(const std::filesystem::path& file);
  NpzFile(std::vector<std::byte> bytes, std::string name);

  const std::string& name() const noexcept { return name_; }
  std::vector<std::string> members() const;  // names in the archive ("codes.npy"), sorted
  bool contains(std::string_view member) const noexcept { return members_.find(member) != members_.end(); }

  // The content of a member under its name in the archive; none when there is no such member. Throws InputError when it
  // is damaged.
  std::optional<std::vector<std::byte>> bytes(std::string_view member) const;
  // The array under NumPy's key ("codes" for "codes.npy"). Throws InputError naming the keys there are.
  NpyArray array(std::string_view key) const;

 private:
  struct Member {
    std::uint64_t header = 0, packed_size = 0, size = 0;  // `header`: offset of the local header
    std::uint32_t crc = 0;
    std::uint16_t flags = 0, method = 0;
  };
  void read_directory();
  Member read_entry(std::uint64_t at) const;
  std::span<const std::byte> packed(const Member& member, std::string_view name) const;
  std::vector<std::byte> inflate(const Member& member, std::span<const std::byte> packed,
                                 const std::string& name) const;

  std::vector<std::byte> bytes_;
  std::string name_;
  std::map<std::string, Member, std::less<>> members_;
};

enum class Compression : std::uint8_t { kStore, kDeflate };

// Members by their name in the archive ("codes.npy", "tensor.json").
using ArchiveMembers = std::map<std::string, std::vector<std::byte>>;

// Equal members give equal bytes: the time of every member is 1980-01-01. Throws InputError when a member or the
// archive would need ZIP64 (4 GiB), which is not written, or the file cannot be written.
void write_npz(const std::filesystem::path& file, const ArchiveMembers& members,
               Compression compression = Compression::kStore);
std::vector<std::byte> npz_bytes(std::string_view file, const ArchiveMembers& members, Compression compression);

}  // namespace bitgate::compare
