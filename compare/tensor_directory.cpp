#include "bitgate/compare/tensor_directory.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <system_error>

#include "bitgate/compare/file_bytes.h"
#include "bitgate/compare/tensor_description.h"
#include "bitgate/reference/format/error.h"

namespace bitgate::compare {
namespace {

namespace fs = std::filesystem;

constexpr std::array<std::string_view, 11> kTensorFiles{"tensor.json",  "codes.npy",    "scales.npy",  "extras.npy",
                                                        "global.npy",   "packed.npy",   "values.npy",  "codes_t.npy",
                                                        "scales_t.npy", "extras_t.npy", "global_t.npy"};

bool is_tensor_file(const fs::path& file) {
  const std::string name = file.filename().string();
  return std::find(kTensorFiles.begin(), kTensorFiles.end(), name) != kTensorFiles.end();
}

[[noreturn]] void refuse_write(const fs::path& directory, std::string_view reason) {
  throw InputError(fmt::format("{}: cannot be written: {}", directory.string(), reason));
}

bool is_tensor_directory(const fs::path& directory) {
  const fs::path json = directory / "tensor.json";
  if (!fs::is_regular_file(json)) return false;
  try {
    parse_description(read_bytes(json), json.string());
    return true;
  } catch (const InputError&) {
    return false;
  }
}

// Throws unless nothing but our own files would be replaced.
void require_replaceable(const fs::path& directory) {
  if (!fs::exists(directory)) return;
  if (!fs::is_directory(directory)) refuse_write(directory, "it exists and is not a directory");
  const fs::directory_iterator entries(directory);
  if (entries == fs::directory_iterator() || is_tensor_directory(directory)) return;
  refuse_write(directory, fmt::format("it holds other files ({}): expected a new or empty directory, or one that "
                                      "bitgate wrote",
                                      entries->path().filename().string()));
}

// Puts `fresh` in the place of `directory`; files of the old one that are not a tensor's move over.
void swap_in(const fs::path& fresh, const fs::path& directory) {
  if (!fs::exists(directory)) return fs::rename(fresh, directory);
  const fs::path old = temporary_beside(directory);
  fs::rename(directory, old);
  std::error_code error;
  fs::rename(fresh, directory, error);
  if (error) {
    fs::rename(old, directory);
    throw fs::filesystem_error("rename", fresh, directory, error);
  }
  for (const fs::directory_entry& entry : fs::directory_iterator(old)) {
    if (is_tensor_file(entry.path()))
      fs::remove(entry.path());
    else
      fs::rename(entry.path(), directory / entry.path().filename());
  }
  fs::remove(old);
}

}  // namespace

void write_directory(const fs::path& directory, const ArchiveMembers& members) {
  fs::path fresh;
  try {
    // Without links and trailing slash, so that the temporary name lies beside the directory itself.
    fs::path target = fs::weakly_canonical(fs::absolute(directory));
    if (!target.has_filename()) target = target.parent_path();
    require_replaceable(target);
    fs::create_directories(target.parent_path());
    fresh = temporary_beside(target);
    fs::create_directory(fresh);
    for (const auto& [name, content] : members) write_bytes(fresh / name, content);
    swap_in(fresh, target);
  } catch (const fs::filesystem_error& error) {
    std::error_code ignored;
    if (!fresh.empty()) fs::remove_all(fresh, ignored);
    refuse_write(directory, error.code().message());
  } catch (...) {
    std::error_code ignored;
    if (!fresh.empty()) fs::remove_all(fresh, ignored);
    throw;
  }
}

}  // namespace bitgate::compare
