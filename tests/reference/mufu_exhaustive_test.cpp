// MUFU rcp, rsqrt, ex2 and lg2 over all 2^32 inputs: the checksum that the hardware's results have; label `exhaustive`.
#include <gtest/gtest.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstdint>
#include <thread>
#include <vector>

#include "bitgate/reference/arith/mufu.h"

namespace bitgate::reference {
namespace {

constexpr std::uint32_t kChunks = 1024, kChunkInputs = 1u << 22;

std::uint32_t chunk_checksum(float (*function)(float), std::uint32_t chunk, std::vector<std::uint32_t>& results) {
  const std::uint32_t first = chunk * kChunkInputs;
  for (std::uint32_t i = 0; i < kChunkInputs; ++i)
    results[i] = std::bit_cast<std::uint32_t>(function(std::bit_cast<float>(first + i)));
  return static_cast<std::uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(results.data()), results.size() * 4));
}

// CRC-32 of the little-endian results for inputs 0 .. 2^32 - 1 in order.
std::uint32_t checksum_of_all(float (*function)(float)) {
  std::array<std::uint32_t, kChunks> parts{};
  std::atomic<std::uint32_t> next{0};
  const auto work = [&] {
    std::vector<std::uint32_t> results(kChunkInputs);
    for (std::uint32_t chunk = next++; chunk < kChunks; chunk = next++)
      parts[chunk] = chunk_checksum(function, chunk, results);
  };
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < std::max(1u, std::thread::hardware_concurrency()); ++i) threads.emplace_back(work);
  for (std::thread& thread : threads) thread.join();
  uLong all = crc32_z(0, nullptr, 0);
  for (const std::uint32_t part : parts) all = crc32_combine(all, part, static_cast<z_off_t>(kChunkInputs) * 4);
  return static_cast<std::uint32_t>(all);
}

TEST(MufuExhaustive, RcpIsTheHardwaresForEveryInput) { EXPECT_EQ(checksum_of_all(rcp_approx_ftz), 0xC921EA3Du); }
TEST(MufuExhaustive, RsqrtIsTheHardwaresForEveryInput) { EXPECT_EQ(checksum_of_all(rsqrt_approx_ftz), 0xA4A5B2E7u); }
TEST(MufuExhaustive, Ex2IsTheHardwaresForEveryInput) { EXPECT_EQ(checksum_of_all(ex2_approx_ftz), 0x46102630u); }
TEST(MufuExhaustive, Lg2IsTheHardwaresForEveryInput) { EXPECT_EQ(checksum_of_all(lg2_approx_ftz), 0xF9CCC0F2u); }

}  // namespace
}  // namespace bitgate::reference
