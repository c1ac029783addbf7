#include "bitgate/reports/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <system_error>

#include "bitgate/compare/file_bytes.h"
#include "bitgate/reference/format/error.h"
#include "bitgate/reports/csv.h"
#include "bitgate/reports/figures.h"
#include "bitgate/reports/html.h"
#include "bitgate/reports/json.h"
#include "bitgate/reports/text.h"

namespace bitgate::reports {
namespace {

namespace fs = std::filesystem;

constexpr double kPngScale = 2;  // sharp on screens with two pixels a unit, and in print

[[noreturn]] void refuse(const fs::path& directory, std::string_view why) {
  throw InputError(fmt::format("{}: the report cannot be written: {}", directory.string(), why));
}

bool is_report_file(const fs::directory_entry& entry) {
  constexpr std::array<std::string_view, 7> kEndings{".html", ".json", ".csv", ".svg", ".png", ".xml", ".md"};
  return !entry.is_symlink() && entry.is_regular_file() &&
         std::find(kEndings.begin(), kEndings.end(), entry.path().extension().string()) != kEndings.end();
}

// Everything in the directory goes when it is replaced, so everything in it must be ours.
void require_replaceable(const fs::path& directory) {
  if (!fs::exists(directory)) return;
  if (!fs::is_directory(directory)) refuse(directory, "a directory was expected, this is a file");
  if (fs::is_empty(directory)) return;
  for (const fs::directory_entry& entry : fs::directory_iterator(directory))
    if (!is_report_file(entry))
      refuse(directory, fmt::format("it holds {}, which is not part of a report", entry.path().filename().string()));
  if (!is_results_file(directory / "results.json")) refuse(directory, "it exists and holds no results.json of bitgate");
}

// Resolves links and a trailing slash, so that the name beside it is on the same file system.
fs::path target_of(const fs::path& directory) {
  if (directory.empty()) throw InputError("the report needs the name of a directory");
  fs::path target = fs::weakly_canonical(fs::absolute(directory));
  if (!target.has_filename()) target = target.parent_path();
  if (!target.has_filename()) refuse(directory, "a directory below the root was expected");
  if (!fs::is_directory(target.parent_path())) refuse(directory, "its parent directory does not exist");
  return target;
}

// Removes what it names unless it was released: nothing half-written stays behind, whatever was thrown.
class Scratch {
 public:
  explicit Scratch(fs::path path) : path_(std::move(path)) { fs::create_directory(path_); }
  ~Scratch() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  const fs::path& path() const { return path_; }
  void release() { path_.clear(); }

 private:
  fs::path path_;
};

void write_all(const fs::path& directory, const Results& results, const Verdict& verdict) {
  const std::vector<Figure> all = figures(results);
  for (const Figure& figure : all) {
    write_text(directory / (figure.stem + ".svg"), heatmap_svg(figure.heatmap, SvgUse::kFile, "b"));
    write_text(directory / (figure.stem + ".png"), heatmap_png(figure.heatmap, kPngScale));
  }
  write_text(directory / "results.csv", results_csv(results));
  write_results(directory / "results.json", results);
  write_text(directory / "index.html", report_page(results, all, verdict));
}

// The old report steps aside first, since a directory is only renamed onto nothing or onto an empty one.
void move_into_place(Scratch& scratch, const fs::path& target) {
  if (!fs::exists(target) || fs::is_empty(target)) {
    fs::rename(scratch.path(), target);
    scratch.release();
    return;
  }
  const fs::path old = compare::temporary_beside(target);
  fs::rename(target, old);
  std::error_code error;
  fs::rename(scratch.path(), target, error);
  if (error) {
    fs::rename(old, target);
    throw fs::filesystem_error("rename", scratch.path(), target, error);
  }
  scratch.release();
  fs::remove_all(old);
}

}  // namespace

void write_report(const fs::path& directory, const Results& results, const Verdict& verdict) {
  try {
    const fs::path target = target_of(directory);
    require_replaceable(target);
    Scratch scratch(compare::temporary_beside(target));
    write_all(scratch.path(), results, verdict);
    move_into_place(scratch, target);
  } catch (const fs::filesystem_error& error) {
    refuse(directory, error.code().message());
  }
}

}  // namespace bitgate::reports
