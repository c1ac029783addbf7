#include "bitgate/compare/file_bytes.h"

#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <fstream>
#include <system_error>

#include "bitgate/reference/format/error.h"

namespace bitgate::compare {
namespace {

std::string reason_of(int error) { return std::generic_category().message(error != 0 ? error : EIO); }

}  // namespace

void refuse_file(std::string_view file, std::uint64_t offset, std::string_view reason) {
  throw InputError(fmt::format("{}: byte {}: {}", file, offset, reason));
}

std::vector<std::byte> read_bytes(const std::filesystem::path& file) {
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(file, error);
  if (!std::filesystem::exists(status))
    throw InputError(fmt::format("{}: cannot be read: {}", file.string(), reason_of(error ? error.value() : ENOENT)));
  // A pipe or device has no size to hold an allocation against.
  if (!std::filesystem::is_regular_file(status))
    throw InputError(fmt::format("{}: is not a regular file", file.string()));
  const std::uintmax_t size = std::filesystem::file_size(file, error);
  if (error) throw InputError(fmt::format("{}: cannot be read: {}", file.string(), error.message()));
  errno = 0;
  std::ifstream in(file, std::ios::binary);
  if (!in) throw InputError(fmt::format("{}: cannot be read: {}", file.string(), reason_of(errno)));
  std::vector<std::byte> bytes(size);
  in.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size));
  if (in.gcount() != static_cast<std::streamsize>(size))
    refuse_file(file.string(), static_cast<std::uint64_t>(in.gcount()), "the file ended while it was being read");
  return bytes;
}

void write_bytes(const std::filesystem::path& file, std::span<const std::byte> bytes) {
  const std::filesystem::path temporary = temporary_beside(file);
  std::error_code error;
  errno = 0;
  std::ofstream out(temporary, std::ios::binary | std::ios::trunc);
  out.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  out.close();
  if (!out) {
    const std::string reason = reason_of(errno);
    std::filesystem::remove(temporary, error);
    throw InputError(fmt::format("{}: cannot be written: {}", file.string(), reason));
  }
  std::filesystem::rename(temporary, file, error);
  if (!error) return;
  std::error_code ignored;
  std::filesystem::remove(temporary, ignored);
  throw InputError(fmt::format("{}: cannot be written: {}", file.string(), error.message()));
}

std::filesystem::path temporary_beside(const std::filesystem::path& target) {
  static std::atomic<std::uint64_t> calls{0};
  return fmt::format("{}.tmp-{}-{}", target.string(), static_cast<long>(::getpid()), calls.fetch_add(1));
}

}  // namespace bitgate::compare
