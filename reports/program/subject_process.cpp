#include "bitgate/reports/program/subject_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <spawn.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>

#include "bitgate/reports/program/wait_status.h"

namespace bitgate::program {

namespace {

using Clock = std::chrono::steady_clock;

// The end that is read, and the one that the process writes.
class Pipe {
 public:
  Pipe() { open_ = ::pipe2(ends_, O_CLOEXEC) == 0; }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  ~Pipe() {
    close_writer();
    close_reader();
  }
  bool is_open() const noexcept { return open_; }
  int reader() const noexcept { return ends_[0]; }
  int writer() const noexcept { return ends_[1]; }
  void close_writer() noexcept { close_end(ends_[1]); }
  void close_reader() noexcept { close_end(ends_[0]); }

 private:
  static void close_end(int& end) noexcept {
    if (end >= 0) ::close(end);
    end = -1;
  }
  int ends_[2] = {-1, -1};
  bool open_ = false;
};

// Negative: it could not be started.
pid_t spawn(const std::vector<std::string>& words, const Pipe& out, const Pipe& errors) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, out.writer(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, errors.writer(), STDERR_FILENO);
  std::vector<std::string> all{"bitgate"};
  all.insert(all.end(), words.begin(), words.end());
  std::vector<char*> arguments;
  for (std::string& word : all) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  pid_t child = -1;
  const int error = ::posix_spawn(&child, "/proc/self/exe", &actions, nullptr, arguments.data(), ::environ);
  posix_spawn_file_actions_destroy(&actions);
  return error == 0 ? child : -1;
}

// Milliseconds that poll() may wait; -1: for ever.
int left_until(const std::optional<Clock::time_point>& deadline) {
  if (!deadline) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*deadline - Clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 1'000'000));
}

// What comes until both are closed; false: the deadline came first.
bool read_all(Pipe& out, Pipe& errors, const std::optional<Clock::time_point>& deadline, Ended& ended) {
  std::array<char, 4096> buffer{};
  while (out.reader() >= 0 || errors.reader() >= 0) {
    std::array<pollfd, 2> ends{{{out.reader(), POLLIN, 0}, {errors.reader(), POLLIN, 0}}};
    const int ready = ::poll(ends.data(), ends.size(), left_until(deadline));
    if (ready < 0 && errno != EINTR) return false;
    if (ready <= 0 && deadline && Clock::now() >= *deadline) return false;
    for (std::size_t i = 0; ready > 0 && i < ends.size(); ++i) {
      if (ends[i].revents == 0) continue;
      Pipe& from = i == 0 ? out : errors;
      const ssize_t n = ::read(from.reader(), buffer.data(), buffer.size());
      if (n > 0)
        (i == 0 ? ended.out : ended.errors).append(buffer.data(), static_cast<std::size_t>(n));
      else if (n == 0 || errno != EINTR)
        from.close_reader();
    }
  }
  return true;
}

}  // namespace

Ended run_bitgate(const std::vector<std::string>& words, std::chrono::seconds limit) {
  const Clock::time_point start = Clock::now();
  const auto deadline = limit.count() > 0 ? std::optional(start + limit) : std::nullopt;
  Ended ended{kCouldNotTell, "", ""};
  Pipe out, errors;
  const pid_t child = out.is_open() && errors.is_open() ? spawn(words, out, errors) : -1;
  if (child < 0) {
    ended.errors = fmt::format("bitgate: no process could be started: {}\n", std::strerror(errno));
    return ended;
  }
  out.close_writer();
  errors.close_writer();
  if (!read_all(out, errors, deadline, ended)) {
    ::kill(child, SIGKILL);
    ended.errors += fmt::format("bitgate: it had not ended after {} s; it was killed\n", limit.count());
  }
  int status = 0;
  pid_t waited = 0;
  do waited = ::waitpid(child, &status, 0);
  while (waited < 0 && errno == EINTR);
  ended.status = status_of_wait(waited < 0 ? -1 : status);
  if (waited > 0 && WIFSIGNALED(status) && ended.errors.empty())
    ended.errors = fmt::format("bitgate: its process died ({})\n", ::strsignal(WTERMSIG(status)));
  ended.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  return ended;
}

}  // namespace bitgate::program
