// Memory for code of others: the host's; a GPU's where there is one, and the sentence where there is none.
#include "bitgate/device/memory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdint>

namespace bitgate::device {
namespace {

void expect_keeps(Memory& memory) {
  constexpr std::size_t kBytes = 1000;
  auto* const at = static_cast<std::byte*>(memory.allocate(kBytes));
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(at) % 256, 0u);
  memory.fill(at, 0xA5, kBytes);
  const std::array given{std::byte{1}, std::byte{2}, std::byte{3}};
  memory.put(at + 10, given.data(), given.size());
  std::array<std::byte, kBytes> read{};
  memory.wait();
  memory.get(read.data(), at, kBytes);
  EXPECT_EQ(read[9], std::byte{0xA5});
  EXPECT_EQ(read[10], std::byte{1});
  EXPECT_EQ(read[12], std::byte{3});
  EXPECT_EQ(read[kBytes - 1], std::byte{0xA5});
  memory.release(at);
  EXPECT_TRUE(memory.works());
}

TEST(Memory, OfTheHostKeepsWhatIsPutThere) {
  const auto memory = host_memory();
  expect_keeps(*memory);
  EXPECT_EQ(memory->stream(), nullptr);
  EXPECT_EQ(memory->describe(7), "7");
  EXPECT_THROW(memory->capture([] {}), DeviceError);
  EXPECT_THROW(memory->replay(), DeviceError);
}

TEST(Memory, OfAGpuIsThereOrSaysWhyNot) {
  try {
    const auto memory = gpu_memory();
    expect_keeps(*memory);
    EXPECT_NE(memory->stream(), nullptr);
    EXPECT_EQ(memory->describe(700), "700 (cudaErrorIllegalAddress)");
    EXPECT_THROW(memory->allocate(std::size_t{1} << 60), CannotServe);
    EXPECT_TRUE(memory->works());
  } catch (const CannotServe& lack) {
    EXPECT_THAT(lack.what(), testing::AnyOf(testing::HasSubstr("GPU"), testing::HasSubstr("CUDA")));
  }
}

}  // namespace
}  // namespace bitgate::device
