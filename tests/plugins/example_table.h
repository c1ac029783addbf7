// The five kernels as bitgate asks for them; `run` is what differs between the host and a GPU.
#pragma once

#include <iterator>

#include "bitgate/device/plugin.h"
#include "mxfp4_block.h"

namespace example {

using Run = std::int32_t (*)(const bitgate_launch*);

constexpr bitgate_kernel kernel(const char* name, std::uint32_t memory, Run run) {
  bitgate_kernel k{};
  k.size = sizeof k;
  k.input_types = BITGATE_FP32;
  k.name = name;
  k.recipe = "torchao/mxfp4-floor";
  k.col_multiple = kBlock;
  k.run = run;
  k.memory = memory;
  k.scale_layout = BITGATE_SCALES_128X4;
  k.padding = BITGATE_PADDING_ZERO;
  k.capturable = memory == BITGATE_DEVICE ? 1 : 0;
  return k;
}

}  // namespace example
