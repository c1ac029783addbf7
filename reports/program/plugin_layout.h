// How a plugin's outputs lie in memory, and back to logical order.
#pragma once

#include <span>
#include <vector>

#include "bitgate/reports/program/plugin_frames.h"
#include "bitgate/reports/program/plugin_kernel.h"
#include "bitgate/reports/program/plugin_numbers.h"

namespace bitgate::program {

// One buffer that the kernel writes. `padding`: by byte, whether it is one that a layout adds; empty: none is.
struct PluginOutput {
  PluginBuffer buffer;
  std::size_t bytes = 0;
  std::vector<bool> padding;
};

// In the order of PluginBuffer, those of 0 bytes left out. `extent` of the input; `asked_as` a direction of plugin.h;
// the stored globals that are given are not written.
std::vector<PluginOutput> plugin_outputs(const PluginKernel& kernel, const Extent& extent, std::uint32_t asked_as,
                                         const PluginNumbers& given);

// The fill of the four runs; the first answer is the one that counts.
inline constexpr std::uint8_t kPluginPoisons[] = {0xA5, 0x5A, 0x00, 0xFF};

// An answer over one poison against the first, over another: a byte that kept both was never written, others that
// differ depend on what lay there before. Then the padding of `answer` by itself. Throws SubjectFailed.
void require_same(const std::vector<PluginOutput>& outputs, const Frame& first, const Frame& answer,
                  std::uint8_t first_poison, std::uint8_t poison, std::uint32_t padding);

// The sides that `direction` asks for. Globals that were given are left as zeros.
QuantizedTensor plugin_answer(const PluginKernel& kernel, const Extent& extent, Direction direction,
                              const std::vector<PluginOutput>& outputs, const Frame& answer);

}  // namespace bitgate::program
