#include "bitgate/reports/report.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <oneapi/tbb/parallel_for.h>
#include <signal.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <functional>
#include <system_error>

#include "bitgate/compare/file_bytes.h"
#include "bitgate/reference/format/error.h"
#include "bitgate/reports/csv.h"
#include "bitgate/reports/figures.h"
#include "bitgate/reports/gemm_page.h"
#include "bitgate/reports/html.h"
#include "bitgate/reports/journal.h"
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
  const bool named = entry.path().filename() == kJournalName ||
                     std::find(kEndings.begin(), kEndings.end(), entry.path().extension().string()) != kEndings.end();
  return named && !entry.is_symlink() && entry.is_regular_file();
}

// Everything in the directory goes when it is replaced, so everything in it must be ours.
void require_replaceable(const fs::path& directory) {
  if (!fs::exists(directory)) return;
  if (!fs::is_directory(directory)) refuse(directory, "a directory was expected, this is a file");
  bool only_a_journal = true;
  for (const fs::directory_entry& entry : fs::directory_iterator(directory)) {
    if (!is_report_file(entry))
      refuse(directory, fmt::format("it holds {}, which is not part of a report", entry.path().filename().string()));
    only_a_journal = only_a_journal && entry.path().filename() == kJournalName;
  }
  if (only_a_journal) return;
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
  const std::vector<GemmFigure> products = gemm_figures(results);
  const auto draw = [&](const std::string& stem, const Heatmap& map) {
    write_text(directory / (stem + ".svg"), heatmap_svg(map, SvgUse::kFile, "b"));
    write_text(directory / (stem + ".png"), heatmap_png(map, kPngScale));
  };
  oneapi::tbb::parallel_for(std::size_t{0}, all.size() + products.size(), [&](std::size_t i) {
    if (i < all.size())
      draw(all[i].stem, all[i].heatmap);
    else
      draw(products[i - all.size()].stem, products[i - all.size()].heatmap);
  });
  write_text(directory / "results.csv", results_csv(results));
  write_results(directory / "results.json", results);
  write_text(directory / "index.html", report_page(results, all, verdict));
}

// The two change places in one step, where the system can.
bool exchange(const fs::path& a, const fs::path& b) {
#ifdef RENAME_EXCHANGE
  return ::renameat2(AT_FDCWD, a.c_str(), AT_FDCWD, b.c_str(), RENAME_EXCHANGE) == 0;
#else
  static_cast<void>(a), static_cast<void>(b);
  return false;
#endif
}

// A directory is only renamed onto nothing or onto an empty one. The old report goes with the scratch directory; on a
// file system that cannot exchange two directories it steps aside first, under a name that nobody removes later.
void move_into_place(Scratch& scratch, const fs::path& target) {
  if (!fs::exists(target) || fs::is_empty(target)) {
    fs::rename(scratch.path(), target);
    scratch.release();
    return;
  }
  if (exchange(scratch.path(), target)) return;
  const fs::path old = compare::temporary_beside(target.string() + ".old");
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

// Whether `name` is one that temporary_beside(target) gave to a process that is gone.
bool is_left_behind(const std::string& name, const fs::path& target) {
  const std::string start = target.filename().string() + ".tmp-";
  if (!name.starts_with(start)) return false;
  pid_t process = 0;
  const char* const end_of_name = name.data() + name.size();
  const auto [end, error] = std::from_chars(name.data() + start.size(), end_of_name, process);
  return error == std::errc{} && end != end_of_name && *end == '-' && process > 0 && ::kill(process, 0) != 0 &&
         errno == ESRCH;
}

void remove_left_behind(const fs::path& target) {
  std::error_code ignored;
  std::vector<fs::path> left;
  for (const fs::directory_entry& entry : fs::directory_iterator(target.parent_path(), ignored))
    if (is_left_behind(entry.path().filename().string(), target) && !entry.is_symlink(ignored) &&
        entry.is_directory(ignored))
      left.push_back(entry.path());
  for (const fs::path& directory : left) fs::remove_all(directory, ignored);
}

void replace_directory(const fs::path& directory, const std::function<void(const fs::path&)>& write) {
  try {
    const fs::path target = target_of(directory);
    require_replaceable(target);
    remove_left_behind(target);
    Scratch scratch(compare::temporary_beside(target));
    write(scratch.path());
    move_into_place(scratch, target);
  } catch (const fs::filesystem_error& error) {
    refuse(directory, error.code().message());
  }
}

}  // namespace

void write_report(const fs::path& directory, const Results& results, const Verdict& verdict) {
  replace_directory(directory, [&](const fs::path& scratch) { write_all(scratch, results, verdict); });
}

void write_shard(const fs::path& directory, const Results& results) {
  replace_directory(directory, [&](const fs::path& scratch) { write_results(scratch / "results.json", results); });
}

void require_report_target(const fs::path& directory) {
  try {
    require_replaceable(target_of(directory));
  } catch (const fs::filesystem_error& error) {
    refuse(directory, error.code().message());
  }
}

}  // namespace bitgate::reports
