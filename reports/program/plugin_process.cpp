#include "bitgate/reports/program/plugin_process.h"

#include <fmt/format.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstring>

#include "bitgate/compare/sweep.h"
#include "bitgate/reference/format/error.h"
#include "bitgate/reports/program/plugin_subject.h"

namespace bitgate::program {

namespace {

constexpr std::chrono::seconds kOpening{60};

std::string frame_text(const Frame& frame) {
  return {reinterpret_cast<const char*>(frame.data()) + 1, frame.size() - 1};
}

// The worker's stdout is our stderr, so that a plugin that prints does not mix with --json.
pid_t spawn_worker(const std::string& file, int socket) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, socket, kWorkerSocket);
  posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
  std::string words[] = {"bitgate", "plugin-worker", file};
  char* const arguments[] = {words[0].data(), words[1].data(), words[2].data(), nullptr};
  pid_t child = -1;
  const int error = ::posix_spawn(&child, "/proc/self/exe", &actions, nullptr, arguments, ::environ);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) throw compare::NotRun(fmt::format("cannot start a process for {}: {}", file, std::strerror(error)));
  return child;
}

}  // namespace

void PluginProcess::start() {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    throw compare::NotRun(fmt::format("no socket for {}: {}", file_, std::strerror(errno)));
  socket_ = ends[0];
  try {
    child_ = spawn_worker(file_, ends[1]);
  } catch (...) {
    ::close(ends[1]);
    stop();
    throw;
  }
  ::close(ends[1]);
  Frame frame;
  const Passed passed = receive_frame(socket_, frame, kMaxWords, std::chrono::steady_clock::now() + limit_);
  if (passed != Passed::kWhole || frame.empty())
    throw InputError(fmt::format("{} while it was loaded: {}", file_, failure(passed, limit_)));
  if (frame.front() != kAnswer) {
    stop();
    throw InputError(fmt::format("{} is no plugin: {}", file_, frame_text(frame)));
  }
  kernels_ = nlohmann::json::parse(frame_text(frame), nullptr, false);
  if (!kernels_.is_discarded()) return;
  stop();
  throw InputError(fmt::format("{} is no plugin: it wrote to the socket of its process", file_));
}

std::string PluginProcess::stop() {
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
  if (child_ < 0) return "it ended";
  int status = 0;
  pid_t ended = 0;
  // A crashed child may still be writing its core; one that lives on after its socket closed is killed.
  for (int wait = 0; wait < 50 && (ended = ::waitpid(child_, &status, WNOHANG)) == 0; ++wait) ::usleep(2000);
  if (ended == 0) {
    ::kill(child_, SIGKILL);
    ::waitpid(child_, &status, 0);
  }
  child_ = -1;
  device_open_ = false;
  if (WIFSIGNALED(status)) return fmt::format("it crashed ({})", ::strsignal(WTERMSIG(status)));
  return fmt::format("it ended with exit status {}", WEXITSTATUS(status));
}

std::string PluginProcess::failure(Passed passed, std::chrono::seconds limit) {
  if (passed == Passed::kWhole || passed == Passed::kClosed) return stop();
  ::kill(child_, SIGKILL);
  stop();
  if (passed == Passed::kTooLong) return "it answered more bytes than it was asked for; it was killed";
  return fmt::format("no answer within {} s; it was killed", limit.count());
}

nlohmann::json PluginProcess::kernels() {
  if (child_ < 0) start();
  return kernels_;
}

// An answer that is no complaint, its first byte too.
Frame PluginProcess::exchange(const Frame& request, std::uint64_t max_bytes, std::chrono::seconds limit) {
  const Deadline deadline = std::chrono::steady_clock::now() + limit;
  Frame frame;
  Passed passed = send_frame(socket_, request, deadline);
  if (passed == Passed::kWhole) passed = receive_frame(socket_, frame, std::max(max_bytes + 1, kMaxWords), deadline);
  if (passed != Passed::kWhole || frame.empty()) throw SubjectFailed(failure(passed, limit));
  if (frame.front() == kUnable) throw compare::NotRun(frame_text(frame));
  if (frame.front() == kLastWords) stop();
  if (frame.front() != kAnswer) throw SubjectFailed(frame_text(frame));
  return frame;
}

void PluginProcess::open_device() {
  exchange({kOpenDevice}, 0, std::max(limit_, kOpening));
  device_open_ = true;
}

Frame PluginProcess::ask(const Frame& request, std::size_t bytes) {
  if (child_ < 0) start();
  if (needs_device_ && !device_open_) open_device();
  Frame frame = exchange(request, bytes, limit_);
  if (frame.size() != bytes + 1)
    throw SubjectFailed(fmt::format("it answered {} bytes, expected {}", frame.size() - 1, bytes));
  frame.erase(frame.begin());
  return frame;
}

}  // namespace bitgate::program
