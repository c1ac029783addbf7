#include "bitgate/reports/journal.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <map>
#include <nlohmann/json.hpp>
#include <system_error>

#include "bitgate/compare/distribution.h"
#include "bitgate/compare/file_bytes.h"
#include "bitgate/reference/format/error.h"
#include "bitgate/reports/json.h"

namespace bitgate::reports {
namespace {

namespace fs = std::filesystem;
using compare::Case;
using compare::Row;

constexpr std::string_view kJournalSchema = "bitgate-journal";
constexpr std::int64_t kJournalVersion = 1;
constexpr std::size_t kMaxTextBytes = 4096;

// A chunk is lost when the process is killed, and a chunk waits for its slowest case: about a second of work.
constexpr std::size_t kFirstChunk = 16;
constexpr auto kShortChunk = std::chrono::milliseconds(500);

[[noreturn]] void refuse(const fs::path& file, std::string_view why) {
  throw InputError(fmt::format("{}: {}", file.string(), why));
}
[[noreturn]] void refuse_errno(const fs::path& file, std::string_view what) {
  refuse(file, fmt::format("{}: {}", what, std::generic_category().message(errno)));
}

std::string header_line(const JournalKey& key) {
  const nlohmann::ordered_json header{{"journal",
                                       {{"name", kJournalSchema},
                                        {"version", kJournalVersion},
                                        {"bitgate", key.version},
                                        {"commit", key.commit},
                                        {"sweep", key.sweep},
                                        {"subjects", key.subjects}}}};
  return header.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

nlohmann::json parse_line(const fs::path& file, std::size_t number, std::string_view line) {
  nlohmann::json json = nlohmann::json::parse(line, nullptr, false);
  if (json.is_discarded())
    refuse(file, fmt::format("line {} is not JSON; without --resume the sweep begins anew", number));
  return json;
}

void require_key(const compare::JsonValue& line, const fs::path& file, const JournalKey& key) {
  line.require_keys({"journal"});
  const compare::JsonValue header = line.at("journal");
  if (header.at("name").text(kMaxTextBytes) != kJournalSchema)
    header.at("name").refuse("this is no journal of bitgate");
  header.at("version").integer(kJournalVersion, kJournalVersion);
  header.require_keys({"name", "version", "bitgate", "commit", "sweep", "subjects"});
  const auto text = [&](std::string_view name) { return header.at(name).text(kMaxTextBytes); };
  const auto other = [&](const std::string& what) {
    refuse(file, fmt::format("the interrupted run is of {}; without --resume the sweep begins anew", what));
  };
  if (text("bitgate") != key.version || text("commit") != key.commit)
    other(fmt::format("bitgate {} ({}), this program is {} ({})", text("bitgate"), text("commit"), key.version,
                      key.commit));
  if (text("sweep") != key.sweep) other("another sweep");
  if (text("subjects") != key.subjects)
    other(fmt::format("other subjects ('{}', here '{}')", text("subjects"), key.subjects));
}

// Cases of one input stand together, since run_sweep generates it once a call.
std::vector<std::size_t> by_input(const std::vector<Case>& cases, const std::vector<bool>& done) {
  std::map<std::string, std::size_t> group_of;
  std::vector<std::vector<std::size_t>> groups;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    if (done[i]) continue;
    Case input = cases[i];
    const compare::DistributionInfo* info = compare::find_distribution(input.input.name);
    if (info == nullptr || info->family != compare::Family::kDirected) input.recipe.clear();
    const auto [at, is_new] = group_of.emplace(input.name(), groups.size());
    if (is_new) groups.emplace_back();
    groups[at->second].push_back(i);
  }
  std::vector<std::size_t> order;
  for (const auto& group : groups) order.insert(order.end(), group.begin(), group.end());
  return order;
}

}  // namespace

Journal::Journal(const fs::path& directory, const JournalKey& key, Start start) : file_(directory / kJournalName) {
  std::error_code error;
  fs::create_directory(directory, error);
  if (error) refuse(directory, fmt::format("cannot be made: {}", error.message()));
  descriptor_ = ::open(file_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0666);
  if (descriptor_ < 0) refuse_errno(file_, "cannot be opened");
  try {
    if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) refuse(file_, "another process is writing this report");
    // Whoever held it until now may have finished, and taken the file away with the old report.
    struct stat ours {
    }, there{};
    if (::fstat(descriptor_, &ours) != 0 || ::stat(file_.c_str(), &there) != 0 || ours.st_ino != there.st_ino)
      refuse(file_, "another process has just written this report");
    const std::size_t whole = start == Start::kResume ? read(key) : 0;
    if (::ftruncate(descriptor_, static_cast<off_t>(whole)) != 0) refuse_errno(file_, "cannot be written");
    if (whole == 0) write(header_line(key));
  } catch (...) {
    ::close(descriptor_);
    throw;
  }
}

Journal::~Journal() { ::close(descriptor_); }

std::size_t Journal::read(const JournalKey& key) {
  const std::vector<std::byte> bytes = compare::read_bytes(file_);
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  std::size_t at = 0, number = 1;
  for (std::size_t end = text.find('\n'); end != std::string_view::npos; end = text.find('\n', at), ++number) {
    const nlohmann::json json = parse_line(file_, number, text.substr(at, end - at));
    const compare::JsonValue line(json, fmt::format("{}: line {}", file_.string(), number));
    if (number == 1)
      require_key(line, file_, key);
    else
      found_.push_back(row_from(line));
    at = end + 1;
  }
  return at;
}

void Journal::append(std::span<const Row> rows) {
  std::string text;
  for (const Row& row : rows) text += row_text(row) + "\n";
  write(text);
}

void Journal::write(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor_, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) refuse_errno(file_, "cannot be written");
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  if (::fsync(descriptor_) != 0) refuse_errno(file_, "cannot be written");
}

std::vector<Row> run_journaled(const std::vector<Case>& cases, const std::vector<compare::SubjectSource>& subjects,
                               Journal& journal, const std::function<void(std::size_t)>& progress) {
  std::map<std::string, std::size_t> place;
  for (std::size_t i = 0; i < cases.size(); ++i) place.emplace(cases[i].name(), i);
  std::vector<Row> rows(cases.size());
  std::vector<bool> done(cases.size());
  for (const Row& row : journal.found()) {
    const auto at = place.find(row.id.name());
    if (at == place.end() || done[at->second])
      refuse(journal.file(), fmt::format("case {} {}", row.id.name(),
                                         at == place.end() ? "is not of this sweep" : "has a row already"));
    rows[at->second] = row;
    done[at->second] = true;
  }
  const std::vector<std::size_t> left = by_input(cases, done);
  std::size_t chunk = kFirstChunk;
  for (std::size_t at = 0; at < left.size();) {
    const std::size_t before = cases.size() - left.size() + at, end = std::min(left.size(), at + chunk);
    std::vector<Case> some;
    for (std::size_t i = at; i < end; ++i) some.push_back(cases[left[i]]);
    const auto start = std::chrono::steady_clock::now();
    std::vector<Row> finished = compare::run_sweep(some, subjects, [&](std::size_t n) {
      if (progress) progress(before + n);
    });
    journal.append(finished);
    if (std::chrono::steady_clock::now() - start < kShortChunk) chunk *= 2;
    for (Row& row : finished) rows[left[at++]] = std::move(row);
  }
  return rows;
}

}  // namespace bitgate::reports
