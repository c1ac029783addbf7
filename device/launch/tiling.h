// How many thread blocks of which size cover a tensor, for kernels that work inside rows (device/kernels/tile.h).
#pragma once

#include <string_view>
#include <vector>

#include "bitgate/device/kernels/tile.h"
#include "bitgate/device/launch/plan.h"

namespace bitgate::device {

constexpr std::int64_t input_bytes(InputType type) noexcept { return format_of(type).bits / 8; }
constexpr std::int64_t per_vector(InputType type) noexcept { return kVectorBytes / input_bytes(type); }
constexpr bool is_empty(const Extent& extent) noexcept { return extent.rows == 0 || extent.cols == 0; }
// Rows that end with a whole block follow each other without a seam: one long row tiles better than many short ones.
constexpr Extent as_one_row(const Extent& extent) noexcept { return {1, count(extent)}; }

// "bitgate_STEM_TYPE".
std::string symbol_of(std::string_view stem, InputType type);

// The number of thread blocks as a grid's x. Throws InputError beyond 2^31 - 1, naming the tensor.
std::uint32_t grid_x(std::int64_t blocks, const Extent& extent);

struct Tiling {
  std::uint32_t grid = 0, threads = 0;
  std::int64_t chunks = 0;
};
// Whole warps, no more than the row fills; then as many thread blocks a row as its vectors need.
Tiling tile_rows(std::int64_t rows, std::int64_t vectors, int vectors_per_thread);

// What tells one row kernel's launch from another's; its scalars are cols and chunks.
struct KernelShape {
  std::string_view unit, stem;
  int vectors_per_thread = 0;
  std::vector<Buffer> pointers;
};
Launch launch_of(const KernelShape& shape, const Extent& extent, std::int64_t vectors, InputType type);

// Raises kAmax (or `to`) to max|x| of each row; `extent` as one row for a whole tensor.
Launch amax_launch(const Extent& extent, InputType type, Buffer to = Buffer::kAmax);

// What computes the one amax of a tensor where it is not given. Both sides share it where neither is given:
// kAmaxColumnwise is kAmax then.
std::vector<Launch> tensor_amax_launches(const Extent& extent, InputType type, const PlanOptions& options);

}  // namespace bitgate::device
