#include "bitgate/reports/program/check_many.h"

#include <fmt/format.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <optional>
#include <thread>

#include "bitgate/reference/format/error.h"
#include "bitgate/reports/program/command.h"
#include "bitgate/reports/program/subject_process.h"

namespace bitgate::program {

namespace {

using nlohmann::ordered_json;

// Where the processes leave their documents. Gone at the end.
class Scratch {
 public:
  Scratch() {
    std::string name = (std::filesystem::temp_directory_path() / "bitgate-check-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw InputError(fmt::format("{}: cannot be made", name));
    path_ = name;
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string file(std::size_t i) const { return (path_ / fmt::format("{}.json", i)).string(); }

 private:
  std::filesystem::path path_;
};

// What a process left, also one that was killed; a document of its own where it left none.
ordered_json read_document(const std::string& file, const std::string& subject, const Ended& ended) {
  std::ifstream stream(file, std::ios::binary);
  ordered_json json = ordered_json::parse(stream, nullptr, false);
  if (json.is_discarded()) json = {{"subject", subject}, {"error", ended.out}};
  if (!ended.errors.empty()) json["error"] = json.value("error", "") + ended.errors;
  json["status"] = ended.status;
  json["seconds"] = std::round(10 * ended.seconds) / 10;
  return json;
}

class Checks {
 public:
  Checks(const std::vector<std::string>& subjects, const ManyOptions& options)
      : subjects_(subjects), options_(options), ended_(subjects.size()), documents_(subjects.size()) {
    // A file that cannot be written is told now, not after the first subject.
    keep_document(options_.document, document());
  }

  void run() {
    std::vector<std::thread> jobs;
    for (std::size_t n = job_count(); n > 0; --n) jobs.emplace_back([this] { run_next(); });
    for (std::thread& job : jobs) job.join();
    if (broke_) std::rethrow_exception(broke_);
  }

  int status() const {
    for (const int status : {kDifference, kBadInput, kCouldNotTell})
      if (count(status) != 0) return status;
    return kPass;
  }

  ordered_json document() const {
    ordered_json list = ordered_json::array(), left = ordered_json::array();
    for (std::size_t i = 0; i < ended_.size(); ++i)
      ended_[i] ? list.push_back(documents_[i]) : left.push_back(subjects_[i]);
    const int status = !left.empty() && this->status() == kPass ? kCouldNotTell : this->status();
    ordered_json document{{"subjects", std::move(list)}};
    if (!left.empty()) document["not_ended"] = std::move(left);
    document["status"] = status;
    return document;
  }

  std::string line() const {
    return fmt::format("{} subjects: {} pass, {} fail, {} could not be told\n", ended_.size(), count(kPass),
                       count(kDifference), count(kCouldNotTell) + count(kBadInput));
  }

 private:
  std::size_t job_count() const {
    const int cores = tbb::this_task_arena::max_concurrency();
    const int jobs = options_.jobs > 0 ? options_.jobs : std::max(2, cores / 4);
    return std::min(static_cast<std::size_t>(jobs), subjects_.size());
  }

  void run_next() {
    for (std::size_t i = next_++; i < subjects_.size(); i = next_++) {
      std::vector<std::string> words{"check", "--subject", subjects_[i]};
      words.insert(words.end(), options_.of_each.begin(), options_.of_each.end());
      words.insert(words.end(), {"--out", scratch_.file(i)});
      Ended ended = run_bitgate(words, options_.limit);
      const std::lock_guard lock(one_at_a_time_);
      if (broke_) return;
      try {
        note(i, std::move(ended));
      } catch (...) {  // the document's disk is full: what ran is printed
        broke_ = std::current_exception();
        return;
      }
    }
  }

  void note(std::size_t i, Ended ended) {
    documents_[i] = read_document(scratch_.file(i), subjects_[i], ended);
    ended_[i] = std::move(ended);
    ++count_;
    if (!options_.document.json) {
      fmt::print("{}", text_of(i));
      std::fflush(stdout);
    }
    keep_document(options_.document, document());
  }

  // What its process printed, and its place among all.
  std::string text_of(std::size_t i) const {
    const Ended& one = *ended_[i];
    return (one.out.empty() ? subjects_[i] + "\n" : one.out) + one.errors +
           fmt::format("{:.1f} s; {} of {} have ended\n", one.seconds, count_, ended_.size());
  }

  std::int64_t count(int status) const {
    return std::count_if(ended_.begin(), ended_.end(),
                         [&](const std::optional<Ended>& one) { return one && one->status == status; });
  }

  const std::vector<std::string>& subjects_;
  const ManyOptions& options_;
  Scratch scratch_;
  std::vector<std::optional<Ended>> ended_;  // by subject
  std::vector<ordered_json> documents_;
  std::size_t count_ = 0;
  std::atomic<std::size_t> next_{0};
  std::mutex one_at_a_time_;
  std::exception_ptr broke_;
};

}  // namespace

int check_many(const std::vector<std::string>& subjects, const ManyOptions& options) {
  Checks checks(subjects, options);
  checks.run();
  if (options.document.json)
    end_document(options.document, checks.document());
  else
    fmt::print("{}", checks.line());
  return checks.status();
}

}  // namespace bitgate::program
