// Dequantizing: one launch; rows that end with a whole cell, and share their global number, follow each other as one.
#include <array>
#include <bit>

#include "bitgate/device/kernels/dequantize_tile.h"
#include "bitgate/device/launch/families.h"
#include "bitgate/device/launch/operations.h"
#include "bitgate/device/launch/tiling.h"

namespace bitgate::device {
namespace {

constexpr std::int64_t kWholeAxis = 62;  // no index has as many bits

constexpr Buffer kCodesAndScales[] = {Buffer::kCodes, Buffer::kScales};
constexpr Buffer kWithGlobal[] = {Buffer::kCodes, Buffer::kScales, Buffer::kGlobal};
constexpr Buffer kWithAmax[] = {Buffer::kCodes, Buffer::kScales, Buffer::kAmax};

BufferBytes bytes_of(const Operation& operation, const Extent& extent, InputType type) {
  const Scheme& scheme = scheme_of(operation.scheme);
  const std::int64_t code_bits = scheme.element.bits == 4 ? 4 : 8;
  BufferBytes bytes{};
  set_bytes(bytes, Buffer::kCodes, extent.rows * code_pitch(scheme, extent.cols) * code_bits / 8);
  set_bytes(bytes, Buffer::kScales, count(scale_extent(scheme, extent)) * scheme.scale.bits / 8);
  if (operation.given.size() == 3) set_bytes(bytes, operation.given[2], global_count(scheme, extent) * 4);
  set_bytes(bytes, Buffer::kValues, count(extent) * input_bytes(type));
  return bytes;
}

std::int64_t shift_of(std::int64_t size) noexcept {
  return size == 0 ? kWholeAxis : std::countr_zero(static_cast<std::uint64_t>(size));
}

bool is_one_row(const Scheme& scheme, const Extent& extent) noexcept {
  const Extent& cell = scheme.cell;
  if (cell == Extent{0, 0}) return true;
  return cell.rows == 1 && extent.cols % cell.cols == 0 && scheme.global != GlobalAxis::kRow;
}

std::string_view unit_of(const Scheme& scheme) noexcept {
  if (scheme.scale.bits == 32) return "dequantize_fp8";
  if (scheme.scale.bits == 16) return "dequantize_ggml";
  return scheme.scale.mantissa_bits == 0 ? "dequantize_mx" : "dequantize_nvfp4";
}

std::vector<Launch> plan(const Operation& operation, const Extent& extent, InputType type) {
  if (is_empty(extent)) return {};
  const Scheme& scheme = scheme_of(operation.scheme);
  const Extent rows = is_one_row(scheme, extent) ? as_one_row(extent) : extent;
  const bool whole = rows.cols % per_vector(type) == 0;
  std::vector<Buffer> pointers(operation.given.begin(), operation.given.end());
  pointers.push_back(Buffer::kValues);
  const KernelShape shape{unit_of(scheme), operation.stem, kDequantizeVectorsPerThread, pointers};
  Launch launch = launch_of(shape, rows, whole ? rows.cols / per_vector(type) : rows.cols, type);
  launch.scalars.push_back({"code_pitch", code_pitch(scheme, rows.cols)});
  launch.scalars.push_back({"scale_pitch", blocks_per_row(scheme, rows.cols)});
  launch.scalars.push_back({"row_shift", shift_of(scheme.cell.rows)});
  launch.scalars.push_back({"col_shift", shift_of(scheme.cell.cols)});
  if (operation.order == FactorOrder::kGlobalTimesScale || operation.order == FactorOrder::kScaleAmaxConstant)
    launch.scalars.push_back({"global_step", scheme.global == GlobalAxis::kRow ? 1 : 0});
  if (operation.order == FactorOrder::kScaleAmaxConstant)
    launch.scalars.push_back({"constant", std::bit_cast<std::uint32_t>(1.0f / scheme.amax_over)});
  return {launch};
}

constexpr Operation by_scale(std::string_view name, SchemeId scheme, std::string_view stem,
                             std::span<const InputType> types = kEveryType) noexcept {
  return {.name = name,
          .scheme = scheme,
          .order = FactorOrder::kScale,
          .types = types,
          .given = kCodesAndScales,
          .answer = Buffer::kValues,
          .stem = stem,
          .bytes = bytes_of,
          .plan = plan};
}
constexpr Operation by_amax(std::string_view name, SchemeId scheme) noexcept {
  Operation operation = by_scale(name, scheme, "dequantize_nvfp4_amax");
  operation.order = FactorOrder::kScaleAmaxConstant;
  operation.given = kWithAmax;
  return operation;
}
constexpr Operation by_global(std::string_view name, SchemeId scheme) noexcept {
  Operation operation = by_scale(name, scheme, "dequantize_nvfp4_global");
  operation.order = FactorOrder::kGlobalTimesScale;
  operation.given = kWithGlobal;
  return operation;
}

constexpr std::array kTable = {
    by_amax("dequantize/nvfp4", SchemeId::kNvfp4),
    by_amax("dequantize/nvfp4-row", SchemeId::kNvfp4Row),
    by_amax("dequantize/nvfp4-2d", SchemeId::kNvfp4TwoD),
    by_amax("dequantize/nvfp4-256", SchemeId::kNvfp4E256),
    by_amax("dequantize/nvfp4-row-256", SchemeId::kNvfp4RowE256),
    by_amax("dequantize/nvfp4-2d-256", SchemeId::kNvfp4TwoDE256),
    by_global("dequantize/nvfp4-multiplier", SchemeId::kNvfp4),
    by_scale("dequantize/nvfp4-single", SchemeId::kNvfp4Single, "dequantize_nvfp4_scale"),
    by_scale("dequantize/mxfp4", SchemeId::kMxfp4, "dequantize_mxfp4"),
    by_scale("dequantize/mxfp8-e4m3", SchemeId::kMxfp8E4m3, "dequantize_mxfp8_e4m3"),
    by_scale("dequantize/mxfp8-e5m2", SchemeId::kMxfp8E5m2, "dequantize_mxfp8_e5m2"),
    by_scale("dequantize/mxfp6-e2m3", SchemeId::kMxfp6E2m3, "dequantize_mxfp6_e2m3"),
    by_scale("dequantize/mxfp6-e3m2", SchemeId::kMxfp6E3m2, "dequantize_mxfp6_e3m2"),
    by_scale("dequantize/mxfp8-e4m3-2d", SchemeId::kMxfp8E4m3TwoD, "dequantize_mxfp8_e4m3"),
    by_scale("dequantize/mxfp8-e5m2-2d", SchemeId::kMxfp8E5m2TwoD, "dequantize_mxfp8_e5m2"),
    by_scale("dequantize/fp8-e4m3", SchemeId::kFp8E4m3, "dequantize_fp8_e4m3"),
    by_scale("dequantize/fp8-e5m2", SchemeId::kFp8E5m2, "dequantize_fp8_e5m2"),
    by_scale("dequantize/fp8-e4m3-1x128", SchemeId::kFp8E4m3Row128, "dequantize_fp8_e4m3"),
    by_scale("dequantize/fp8-e5m2-1x128", SchemeId::kFp8E5m2Row128, "dequantize_fp8_e5m2"),
    by_scale("dequantize/fp8-e4m3-128x128", SchemeId::kFp8E4m3Square128, "dequantize_fp8_e4m3"),
    by_scale("dequantize/fp8-e5m2-128x128", SchemeId::kFp8E5m2Square128, "dequantize_fp8_e5m2"),
    by_scale("dequantize/q8_0", SchemeId::kQ8_0, "dequantize_q8_0", kF32Only),
    by_scale("dequantize/q4_0", SchemeId::kQ4_0, "dequantize_q4_0", kF32Only),
    by_scale("dequantize/q5_0", SchemeId::kQ5_0, "dequantize_q5_0", kF32Only),
};

}  // namespace

std::span<const Operation> dequantize_operations() noexcept { return kTable; }

}  // namespace bitgate::device
