// Every built-in kernel on the GPU: each input type and direction, over four poisons. Skipped where no GPU is. What
// compute-sanitizer is run on: tests/gpu.sh.
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <string>

#include "bitgate/device/kernel.h"

namespace bitgate::device {
namespace {

constexpr Extent kExtent{256, 512};

// Bits that hold every exponent, both signs, zeros, infinities and NaN.
std::vector<std::uint32_t> pattern(std::int64_t words) {
  std::vector<std::uint32_t> bits(static_cast<std::size_t>(words));
  std::uint64_t state = 7;
  for (std::uint32_t& word : bits) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    word = static_cast<std::uint32_t>(state >> 32);
  }
  for (std::size_t i = 0; i < bits.size(); i += 97) bits[i] = i % 2 == 0 ? 0u : 0x80008000u;
  return bits;
}

// Such a pattern as numbers of a 16-bit type, one an element of kExtent.
std::vector<float> gate_of(InputType type) {
  std::vector<float> gate;
  for (const std::uint32_t word : pattern(count(kExtent)))
    gate.push_back(widen(type, static_cast<std::uint16_t>(word >> 16)));
  return gate;
}

struct EveryKernel : ::testing::TestWithParam<std::string> {};

TEST_P(EveryKernel, WritesTheSameBytesOverEveryPoison) {
  if (const auto why = why_no_gpu()) GTEST_SKIP() << *why;
  const Kernel& kernel = *kernel_by_key(GetParam());
  const std::vector<std::uint32_t> bits = pattern(count(kExtent));
  const std::vector<float> columns(static_cast<std::size_t>(kExtent.cols), 1.25f);
  for (const InputType type : kernel.types)
    for (const Direction direction : {Direction::kRowwise, Direction::kColumnwise, Direction::kBoth}) {
      if (!makes(kernel.directions, direction)) continue;
      Request request;
      request.input = {type, kExtent, bits.data()};
      request.direction = direction;
      if (kernel.recipe.find("-mul") != std::string_view::npos) request.fused.weight = columns;
      if (kernel.recipe.find("-add") != std::string_view::npos) request.fused.residual = columns;
      const std::vector<float> gate = kernel.takes_gate ? gate_of(type) : std::vector<float>{};
      request.fused.gate = gate;
      EXPECT_NO_THROW((void)run(kernel, request, {.poisons = kPoisons}))
          << name_of(type) << " " << static_cast<int>(direction);
    }
}

std::vector<std::string> keys() {
  std::vector<std::string> all;
  for (const Kernel& kernel : kernels()) all.push_back(key(kernel));
  return all;
}

INSTANTIATE_TEST_SUITE_P(Gpu, EveryKernel, ::testing::ValuesIn(keys()), [](const auto& kernel) {
  std::string name = kernel.param;
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
});

}  // namespace
}  // namespace bitgate::device
