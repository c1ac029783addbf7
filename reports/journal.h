// The finished rows of a sweep that is still running, so that one that was interrupted can go on.
//
// DIRECTORY/report.journal: a first line {"journal": {"name": "bitgate-journal", "version": 1, "bitgate": VERSION,
// "commit": COMMIT, "sweep": SHA-256, "subjects": TEXT}}, then a row a line as in results.json, in any order. It is on
// disk when append returns. Only what a kill can tear, a last line without its end, is dropped; other damage is
// refused.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bitgate/compare/sweep.h"

namespace bitgate::reports {

inline constexpr std::string_view kJournalName = "report.journal";

// Rows of one key can stand in one report. `subjects`: whatever decides what a subject answers, e.g. why there is no
// GPU.
struct JournalKey {
  std::string version, commit;  // of bitgate
  std::string sweep;            // sweep_digest of the cases
  std::string subjects;
};

// Held by one process at a time.
class Journal {
 public:
  enum class Start : std::uint8_t { kAnew, kResume };
  // Makes the directory where there is none. kResume without a journal starts anew. Throws InputError naming the file
  // when another process holds it, it cannot be written, or, for kResume, it has another key or is damaged.
  Journal(const std::filesystem::path& directory, const JournalKey& key, Start start);
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  const std::vector<compare::Row>& found() const noexcept { return found_; }
  void append(std::span<const compare::Row> rows);
  const std::filesystem::path& file() const noexcept { return file_; }

 private:
  void write(std::string_view text);
  // Keeps what is whole; returns the number of its bytes, 0 when not even the first line is.
  std::size_t read(const JournalKey& key);

  std::filesystem::path file_;
  int descriptor_ = -1;
  std::vector<compare::Row> found_;
};

// run_sweep, chunk by chunk, without the rows that the journal holds; the same rows in the same order. Throws
// InputError when the journal holds a row of another sweep or two of one case.
std::vector<compare::Row> run_journaled(const std::vector<compare::Case>& cases,
                                        const std::vector<compare::SubjectSource>& subjects, Journal& journal,
                                        const std::function<void(std::size_t)>& progress);

}  // namespace bitgate::reports
