#include "bitgate/reports/program/plugin_frames.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>

namespace bitgate::program {
namespace {

using std::chrono::milliseconds;

Deadline soon() { return std::chrono::steady_clock::now() + milliseconds(50); }

class Frames : public testing::Test {
 protected:
  void SetUp() override { ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends_.data()), 0); }
  void TearDown() override {
    for (const int end : ends_)
      if (end >= 0) ::close(end);
  }
  void close_second() {
    ::close(ends_[1]);
    ends_[1] = -1;
  }

  std::array<int, 2> ends_{-1, -1};
};

TEST_F(Frames, ArriveWhole) {
  const Frame sent(1000, std::byte{7});
  Frame received;
  EXPECT_EQ(send_frame(ends_[0], sent, soon()), Passed::kWhole);
  EXPECT_EQ(receive_frame(ends_[1], received, sent.size(), soon()), Passed::kWhole);
  EXPECT_EQ(received, sent);
}

TEST_F(Frames, OfAnEndThatDoesNotReadAreTooLateNotClosed) {
  EXPECT_EQ(send_frame(ends_[0], Frame(std::size_t{64} << 20), soon()), Passed::kTooLate);
}

TEST_F(Frames, OfAnEndThatIsGoneAreClosed) {
  close_second();
  Frame received;
  EXPECT_EQ(send_frame(ends_[0], Frame(10), soon()), Passed::kClosed);
  EXPECT_EQ(receive_frame(ends_[0], received, 10, soon()), Passed::kClosed);
}

TEST_F(Frames, ThatAreLongerThanAskedAreNotRead) {
  Frame received;
  EXPECT_EQ(send_frame(ends_[0], Frame(11), soon()), Passed::kWhole);
  EXPECT_EQ(receive_frame(ends_[1], received, 10, soon()), Passed::kTooLong);
  EXPECT_TRUE(received.empty());
}

TEST_F(Frames, ThatNobodySendsAreTooLate) {
  Frame received;
  EXPECT_EQ(receive_frame(ends_[1], received, 10, soon()), Passed::kTooLate);
}

}  // namespace
}  // namespace bitgate::program
