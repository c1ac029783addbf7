// A kernel and all that bitgate has to know of it: README's "Bring your own kernel".
#include <bitgate/device/plugin.h>

#include "mxfp4_block.h"

__global__ void my_mxfp4(const float* x, std::uint8_t* codes, std::uint8_t* scales, std::int64_t blocks) {
  const std::int64_t b = std::int64_t{blockIdx.x} * 128 + threadIdx.x;
  if (b < blocks) example::quantize_block(x + 32 * b, codes + 16 * b, scales + b, false);
}

static std::int32_t run(const bitgate_launch* l) {
  const std::int64_t blocks = l->rows * l->cols / 32;
  if (blocks == 0) return 0;
  my_mxfp4<<<unsigned(blocks + 127) / 128, 128, 0, (cudaStream_t)l->stream>>>(
      (const float*)l->input, (std::uint8_t*)l->codes, (std::uint8_t*)l->scales, blocks);
  return cudaGetLastError();
}

static const bitgate_kernel kernel = {.size = sizeof kernel,
                                      .input_types = BITGATE_FP32,
                                      .name = "mine",
                                      .recipe = "torchao/mxfp4-floor",
                                      .col_multiple = 32,
                                      .run = run,
                                      .memory = BITGATE_DEVICE,
                                      .capturable = 1};
static const bitgate_kernel* const kernels[] = {&kernel};
static const bitgate_plugin_table table = {sizeof table, BITGATE_PLUGIN_VERSION, 1, kernels};
extern "C" const bitgate_plugin_table* bitgate_plugin(void) { return &table; }
