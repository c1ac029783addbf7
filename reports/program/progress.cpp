#include "bitgate/reports/program/progress.h"

#include <unistd.h>

#include <fmt/format.h>
#include <cstdio>

namespace bitgate::program {

namespace {
constexpr std::size_t kWidth = 30;
constexpr auto kBetween = std::chrono::milliseconds(200);
}  // namespace

Progress::Progress(std::string label, std::size_t total)
    : label_(std::move(label)),
      total_(total),
      terminal_(isatty(STDERR_FILENO) != 0),
      start_(std::chrono::steady_clock::now()),
      shown_(start_) {}

Progress::~Progress() {
  if (terminal_) fmt::print(stderr, "\r\033[K");
}

void Progress::show(std::size_t done) {
  const auto now = std::chrono::steady_clock::now();
  if (!terminal_ || total_ == 0 || done == 0 || (now - shown_ < kBetween && done != total_)) return;
  shown_ = now;
  const double elapsed = std::chrono::duration<double>(now - start_).count();
  const double left = elapsed * static_cast<double>(total_ - done) / static_cast<double>(done);
  const std::size_t filled = kWidth * done / total_;
  fmt::print(stderr, "\r{} [{:=<{}}{: <{}}] {}/{}, {:.0f} s left ", label_, "", filled, "", kWidth - filled, done,
             total_, left);
  std::fflush(stderr);
}

}  // namespace bitgate::program
