#include "bitgate/reports/program/plugin_frames.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace bitgate::program {

namespace {

using Clock = std::chrono::steady_clock;

bool ready(int socket, short event, const Deadline& deadline) {
  int wait = -1;
  if (deadline) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(*deadline - Clock::now()).count();
    wait = static_cast<int>(std::clamp<long long>(left, 0, 1'000'000'000));
  }
  pollfd waiting{socket, event, 0};
  int found = 0;
  while ((found = ::poll(&waiting, 1, wait)) < 0 && errno == EINTR) {
  }
  return found > 0;
}

Passed receive(int socket, void* to, std::size_t bytes, const Deadline& deadline) {
  for (std::size_t at = 0; at < bytes;) {
    if (!ready(socket, POLLIN, deadline)) return Passed::kTooLate;
    const ssize_t got = ::recv(socket, static_cast<char*>(to) + at, bytes - at, MSG_DONTWAIT);
    if (got > 0)
      at += static_cast<std::size_t>(got);
    else if (got == 0 || (errno != EINTR && errno != EAGAIN))
      return Passed::kClosed;
  }
  return Passed::kWhole;
}

Passed send(int socket, const void* from, std::size_t bytes, const Deadline& deadline) {
  for (std::size_t at = 0; at < bytes;) {
    if (!ready(socket, POLLOUT, deadline)) return Passed::kTooLate;
    const ssize_t put = ::send(socket, static_cast<const char*>(from) + at, bytes - at, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (put > 0)
      at += static_cast<std::size_t>(put);
    else if (errno != EINTR && errno != EAGAIN)
      return Passed::kClosed;
  }
  return Passed::kWhole;
}

}  // namespace

Passed send_frame(int socket, const Frame& frame, Deadline deadline) {
  const std::uint64_t bytes = frame.size();
  const Passed length = send(socket, &bytes, sizeof bytes, deadline);
  return length == Passed::kWhole ? send(socket, frame.data(), frame.size(), deadline) : length;
}

Passed receive_frame(int socket, Frame& frame, std::uint64_t max_bytes, Deadline deadline) {
  std::uint64_t bytes = 0;
  const Passed length = receive(socket, &bytes, sizeof bytes, deadline);
  if (length != Passed::kWhole) return length;
  if (bytes > max_bytes) return Passed::kTooLong;  // a plugin that wrote to our socket
  frame.resize(static_cast<std::size_t>(bytes));
  return receive(socket, frame.data(), frame.size(), deadline);
}

Frame complaint(const std::string& sentence, std::byte first) {
  Frame frame{first};
  for (const char c : sentence) frame.push_back(static_cast<std::byte>(c));
  return frame;
}

}  // namespace bitgate::program
