// The same five kernels on device memory, and one that leaves a CUDA error, launched on bitgate's stream.
//   nvcc -std=c++20 -O2 -arch=native -shared -Xcompiler -fPIC -I INCLUDE examples_cuda.cu -o libexamples_cuda.so
#include <cuda_runtime.h>

#include "example_table.h"

namespace {

using namespace example;

constexpr int kThreads = 128;

// In PTX: of a loop in C++ that does nothing the compiler may hold that it ends.
__device__ void wait_forever() { asm volatile("{ forever: bra.uni forever; }"); }

// A thread a place in the padded matrix of scales: it writes the place's scale and its block's codes, or the padding.
template <Fault kFault>
__global__ void quantize(const float* input, std::uint8_t* codes, std::uint8_t* scales, std::int64_t rows,
                         std::int64_t blocks, std::int64_t tiles) {
  const std::int64_t place = std::int64_t{blockIdx.x} * kThreads + threadIdx.x;
  const std::int64_t padded_blocks = tiles * kTileCols, row = place / padded_blocks, col = place % padded_blocks;
  if (row >= up(rows, kTileRows)) return;
  if (row < rows && col < blocks) {
    const std::int64_t block = row * blocks + col;
    quantize_block(input + block * kBlock, codes + block * kBlockBytes, scales + scale_place(row, col, tiles),
                   kFault == Fault::kTiesAway);
  } else if (kFault != Fault::kNoPadding) {
    scales[scale_place(row, col, tiles)] = 0;
  }
  if (kFault == Fault::kBlockBehind && place == 0)
    for (int i = 0; i < kBlockBytes; ++i) codes[rows * blocks * kBlockBytes + i] = 0x11;
  if constexpr (kFault == Fault::kHang) wait_forever();
}

__global__ void write_nowhere() { *reinterpret_cast<volatile int*>(std::uintptr_t{64}) = 1; }

template <Fault kFault>
std::int32_t run(const bitgate_launch* launch) {
  const std::int64_t blocks = launch->cols / kBlock, tiles = up(blocks, kTileCols) / kTileCols;
  const std::int64_t places = up(launch->rows, kTileRows) * tiles * kTileCols;
  if (launch->rows * blocks == 0) return cudaSuccess;
  const auto grid = static_cast<unsigned>(up(places, kThreads) / kThreads);
  quantize<kFault><<<grid, kThreads, 0, static_cast<cudaStream_t>(launch->stream)>>>(
      static_cast<const float*>(launch->input), static_cast<std::uint8_t*>(launch->codes),
      static_cast<std::uint8_t*>(launch->scales), launch->rows, blocks, tiles);
  return cudaGetLastError();
}

std::int32_t run_nowhere(const bitgate_launch* launch) {
  write_nowhere<<<1, 1, 0, static_cast<cudaStream_t>(launch->stream)>>>();
  return cudaGetLastError();
}

const bitgate_kernel kRight = kernel("right", BITGATE_DEVICE, run<Fault::kNone>),
                     kTies = kernel("ties-away", BITGATE_DEVICE, run<Fault::kTiesAway>),
                     kBehind = kernel("block-behind", BITGATE_DEVICE, run<Fault::kBlockBehind>),
                     kNoPadding = kernel("no-padding", BITGATE_DEVICE, run<Fault::kNoPadding>),
                     kHang = kernel("hang", BITGATE_DEVICE, run<Fault::kHang>),
                     kNowhere = kernel("nowhere", BITGATE_DEVICE, run_nowhere);
const bitgate_kernel* const kKernels[] = {&kRight, &kTies, &kBehind, &kNoPadding, &kHang, &kNowhere};
const bitgate_plugin_table kTable{sizeof(bitgate_plugin_table), BITGATE_PLUGIN_VERSION, std::size(kKernels), kKernels};

}  // namespace

extern "C" const bitgate_plugin_table* bitgate_plugin(void) { return &kTable; }
