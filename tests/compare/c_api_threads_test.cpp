// Texts and threads of the C library: what is handed out, for how long, and to whom.
#include <gmock/gmock.h>

#include <atomic>
#include <string>
#include <thread>

#include "bitgate/tests/compare/c_api_arrays.h"

namespace bitgate::c_tests {
namespace {

using testing::HasSubstr;

TEST(CApiThreads, AnErrorIsClearedByTheNextCall) {
  bitgate_tensor t{};
  EXPECT_EQ(bitgate_sizes(nullptr, &t), BITGATE_BAD_INPUT);
  EXPECT_STREQ(bitgate_last_error(), "no request is given");
  EXPECT_STREQ(bitgate_last_error(), "no request is given");
  const bitgate_request request = request_of(kNvfp4, nullptr, 4, 64);
  EXPECT_EQ(bitgate_sizes(&request, &t), BITGATE_PASS);
  EXPECT_STREQ(bitgate_last_error(), "");
}

TEST(CApiThreads, AnErrorBelongsToItsThread) {
  EXPECT_EQ(bitgate_sizes(nullptr, nullptr), BITGATE_BAD_INPUT);
  std::string before, after;
  std::thread([&] {
    before = bitgate_last_error();
    bitgate_recipe_info("no/such", nullptr);
    after = bitgate_last_error();
  }).join();
  EXPECT_EQ(before, "");
  EXPECT_THAT(after, HasSubstr("no/such"));
  EXPECT_STREQ(bitgate_last_error(), "no request is given");
}

TEST(CApiThreads, ATextHoldsWhileOtherThreadsCall) {
  const char* mine = nullptr;
  ASSERT_EQ(bitgate_recipe_info("te/nvfp4", &mine), BITGATE_PASS);
  const std::string before = mine;
  std::thread([] {
    const char* theirs = nullptr;
    for (int i = 0; i < 100; ++i) bitgate_recipe_info("ggml/q8_1", &theirs);
  }).join();
  bitgate_version();
  bitgate_recipe_name(0);
  bitgate_last_error();
  EXPECT_EQ(before, mine);
}

TEST(CApiThreads, TwoAtOnceWriteWhatOneWrites) {
  const auto x = sample(64 * 256);
  const bitgate_request request = request_of(kNvfp4, x.data(), 64, 256);
  Places one(request);
  ASSERT_EQ(bitgate_quantize(&request, &one.tensor), BITGATE_PASS);
  std::atomic<int> equal = 0;
  const auto work = [&] {
    for (int i = 0; i < 20; ++i) {
      Places mine(request);
      const char* report = nullptr;
      const bool same = bitgate_quantize(&request, &mine.tensor) == BITGATE_PASS && mine.memory() == one.memory() &&
                        bitgate_verify(&request, "mine", &mine.tensor, &report) == BITGATE_PASS &&
                        std::string(report).starts_with("mine against");
      if (same) ++equal;
    }
  };
  std::thread first(work), second(work);
  first.join();
  second.join();
  EXPECT_EQ(equal, 40);
}

}  // namespace
}  // namespace bitgate::c_tests
