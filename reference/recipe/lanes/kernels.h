// The loops of the reference that run over lanes, compiled once for each level of instructions
// (reference/arith/level.h).
//
// Every pointer is to memory of the caller; nothing is allocated. Sources of the arithmetic: the headers of this room.
#pragma once

#include <cstdint>

#include "bitgate/reference/arith/level.h"
#include "bitgate/reference/format/tensor.h"
#include "bitgate/reference/recipe/global_scale.h"

namespace bitgate::reference {

// Blocks of one shape that lie side by side: block k begins k * width elements behind the first one.
struct BlockRun {
  const Rules* rules = nullptr;
  std::size_t element_path = 0;  // element_path_of(*rules)
  InputType type = InputType::kF32;
  std::int64_t blocks = 0;
  std::int64_t width = 0, rows = 1;  // of a block: width a multiple of 16, at most 256 elements in all
  std::int64_t cols = 0;             // from one row of a block to the next
  const void* input = nullptr;
  // The number that governs block k is globals[(first + k) / blocks_per_global].
  const GlobalScale* globals = nullptr;
  std::int64_t first = 0, blocks_per_global = 0;
  const void* given_scales = nullptr;     // as `scales`; null: the blocks' own
  const std::uint32_t* random = nullptr;  // a word for each four elements, as far apart as those
  std::uint8_t* codes = nullptr;          // one an element, as far apart as those; null: values only
  float* values = nullptr;                // likewise; null unless values only
  void* scales = nullptr;                 // one a block: uint8, uint16 or float, by scale_bytes
  std::int64_t scale_bytes = 0;
  // For each block one number, or four of which the scheme's rule says how many count; null: none.
  std::uint16_t* extras = nullptr;
  std::int64_t extras_per_block = 1;  // or 4
};

// Part of a matrix: rows of `count` elements, `cols` apart.
struct Part {
  InputType type = InputType::kF32;
  const void* input = nullptr;
  std::int64_t rows = 0, count = 0, cols = 0;
};

// Elements under one multiplier.
struct ElementRun {
  const Rules* rules = nullptr;
  std::size_t element_path = 0;  // element_path_of(*rules)
  Part part;
  float multiplier = 0.0f;
  std::uint8_t* codes = nullptr;  // one an element, as far apart as those
};

struct RangeAmax {
  float amax = 0.0f;  // of the numbers
  bool nan = false;   // whether there is a NaN beside them
};

struct LaneKernels {
  RangeAmax (*amax)(const Part& part);
  void (*blocks)(const BlockRun& run);
  void (*elements)(const ElementRun& run);
};

const LaneKernels& lane_kernels_of(Level level) noexcept;
// Those of the chosen level.
const LaneKernels& lane_kernels();

}  // namespace bitgate::reference
