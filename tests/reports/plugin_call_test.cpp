// One call of a kernel, without a process and without a GPU: a memory whose graphs are functions stands for a device's.
#include "bitgate/reports/program/plugin_call.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <vector>

#include "bitgate/reports/program/plugin_memory.h"

namespace bitgate::program {
namespace {

using testing::HasSubstr;

class GraphMemory final : public device::Memory {
 public:
  void* allocate(std::size_t bytes) override { return host_->allocate(bytes); }
  void release(void* memory) noexcept override { host_->release(memory); }
  void fill(void* at, std::uint8_t with, std::size_t bytes) override { host_->fill(at, with, bytes); }
  void put(void* to, const void* from, std::size_t bytes) override { host_->put(to, from, bytes); }
  void get(void* to, const void* from, std::size_t bytes) override { host_->get(to, from, bytes); }
  void* stream() const noexcept override { return nullptr; }
  void wait() override {}
  bool works() noexcept override { return true; }
  void capture(const std::function<void()>& enqueue) override {
    capturing = true;
    enqueue();
    capturing = false;
  }
  void replay() override { graph(); }
  std::string describe(std::int32_t status) const override { return host_->describe(status); }

  // Runs now, or at each replay.
  void enqueue(std::function<void()> work) {
    if (capturing)
      graph = std::move(work);
    else
      work();
  }

  std::function<void()> graph;
  bool capturing = false;

 private:
  std::unique_ptr<device::Memory> host_ = device::host_memory();
};

constexpr std::size_t kBytes = 64;
GraphMemory* memory = nullptr;
std::vector<std::byte> first_seen;  // by the work, of the input

std::int32_t copies(const bitgate_launch* launch) {
  memory->enqueue([l = *launch] {
    if (first_seen.empty())
      first_seen.assign(static_cast<const std::byte*>(l.input), static_cast<const std::byte*>(l.input) + kBytes);
    std::memcpy(l.codes, l.input, kBytes);
  });
  return 0;
}
// What a captured launch must not do: it reads the input while it is enqueued.
std::int32_t reads_too_early(const bitgate_launch* launch) {
  std::vector<std::byte> early(kBytes);
  std::memcpy(early.data(), launch->input, kBytes);
  memory->enqueue([l = *launch, early] { std::memcpy(l.codes, early.data(), kBytes); });
  return 0;
}
std::int32_t runs_beside_the_stream(const bitgate_launch* launch) {
  std::memcpy(launch->codes, launch->input, kBytes);
  memory->enqueue([] {});
  return 0;
}
std::int32_t fails(const bitgate_launch*) { return 7; }
std::int32_t writes_amax(const bitgate_launch* launch) {
  const_cast<float*>(launch->amax)[0] = 0;
  return 0;
}
std::int32_t writes_before(const bitgate_launch* launch) {
  static_cast<std::byte*>(launch->workspace)[-3] = std::byte{1};
  return 0;
}

class PluginCalls : public testing::Test {
 protected:
  PluginCalls() {
    memory = &memory_;
    first_seen.clear();
    call_.bytes[at(PluginBuffer::kInput)] = kBytes;
    call_.bytes[at(PluginBuffer::kAmax)] = sizeof(float);
    call_.bytes[at(PluginBuffer::kCodes)] = kBytes;
    call_.poison = 0xA5;
    for (std::size_t i = 0; i < given_.size(); ++i) given_[i] = static_cast<std::byte>(i + 1);
  }

  Frame run(std::int32_t (*kernel)(const bitgate_launch*), bool replay = false) {
    call_.replay = replay ? 1 : 0;
    bitgate_kernel k{};
    k.run = kernel;
    k.workspace_bytes = 16;
    return call_kernel(memory_, k, call_, given_);
  }
  std::string fault(std::int32_t (*kernel)(const bitgate_launch*)) {
    try {
      run(kernel);
    } catch (const KernelFault& found) {
      return found.what();
    }
    return "none";
  }
  Frame expected() const {
    Frame frame{kAnswer};
    frame.insert(frame.end(), given_.begin(), given_.begin() + kBytes);
    return frame;
  }

  GraphMemory memory_;
  PluginCall call_;
  std::vector<std::byte> given_ = std::vector<std::byte>(kBytes + sizeof(float));
};

TEST_F(PluginCalls, AnswersWithTheBytesOfItsOutputs) { EXPECT_EQ(run(copies), expected()); }

TEST_F(PluginCalls, AReplayComesAfterOneOnAnotherInput) {
  EXPECT_EQ(run(copies, true), expected());
  std::vector<std::byte> reversed(given_.begin(), given_.begin() + kBytes);
  std::ranges::reverse(reversed);
  EXPECT_EQ(first_seen, reversed);
}

TEST_F(PluginCalls, WhatTheCaptureDidIsNotWhatTheReplayDoes) {
  EXPECT_EQ(run(runs_beside_the_stream), expected());
  const Frame replayed = run(runs_beside_the_stream, true);
  EXPECT_EQ(std::count(replayed.begin() + 1, replayed.end(), std::byte{0xA5}), std::ptrdiff_t{kBytes});
  EXPECT_EQ(run(reads_too_early), expected());
  EXPECT_NE(run(reads_too_early, true), expected());
}

TEST_F(PluginCalls, EachFaultIsOneSentence) {
  EXPECT_EQ(fault(fails), "the kernel returned 7");
  EXPECT_EQ(fault(writes_amax), "the kernel changed what it was given: amax");
  EXPECT_EQ(fault(writes_before),
            "the kernel wrote before the start of the workspace: 1 bytes, from 2 to 2 bytes away");
}

}  // namespace
}  // namespace bitgate::program
