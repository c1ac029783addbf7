// torchao's MX recipes: one launch over all blocks, which know nothing of rows.
#include <array>
#include <utility>

#include "bitgate/device/launch/families.h"
#include "bitgate/device/launch/tiling.h"

namespace bitgate::device {
namespace {

constexpr std::int64_t kBlock = 32;

struct Row {
  std::string_view subject;  // "cuda/" and the recipe
  SchemeId scheme;
  std::string_view unit, stem;
};

// Compiled CEIL and, of E5M2, EVEN scale nothing beyond the largest number: the clamp that they lack changes nothing.
constexpr std::array<Row, 31> kRows{{
    {"cuda/torchao/mxfp4-floor", SchemeId::kMxfp4, "torchao_mx", "torchao_mxfp4_floor"},
    {"cuda/torchao/mxfp4-ceil", SchemeId::kMxfp4, "torchao_mx_fp4", "torchao_mxfp4_ceil"},
    {"cuda/torchao/mxfp4-even", SchemeId::kMxfp4, "torchao_mx_fp4", "torchao_mxfp4_even"},
    {"cuda/torchao/mxfp4-rceil", SchemeId::kMxfp4, "torchao_mx_fp4", "torchao_mxfp4_rceil"},
    {"cuda/torchao/mxfp4-floor-pre4725", SchemeId::kMxfp4, "torchao_mx_pre4725", "torchao_mxfp4_floor_pre4725"},
    {"cuda/torchao/mxfp6e2m3-floor", SchemeId::kMxfp6E2m3, "torchao_mx_fp6", "torchao_mxfp6e2m3_floor"},
    {"cuda/torchao/mxfp6e2m3-ceil", SchemeId::kMxfp6E2m3, "torchao_mx_fp6", "torchao_mxfp6e2m3_ceil"},
    {"cuda/torchao/mxfp6e2m3-even", SchemeId::kMxfp6E2m3, "torchao_mx_fp6", "torchao_mxfp6e2m3_even"},
    {"cuda/torchao/mxfp6e2m3-rceil", SchemeId::kMxfp6E2m3, "torchao_mx_fp6", "torchao_mxfp6e2m3_rceil"},
    {"cuda/torchao/mxfp6e2m3-floor-pre4725", SchemeId::kMxfp6E2m3, "torchao_mx_pre4725",
     "torchao_mxfp6e2m3_floor_pre4725"},
    {"cuda/torchao/mxfp6e3m2-floor", SchemeId::kMxfp6E3m2, "torchao_mx_fp6", "torchao_mxfp6e3m2_floor"},
    {"cuda/torchao/mxfp6e3m2-ceil", SchemeId::kMxfp6E3m2, "torchao_mx_fp6", "torchao_mxfp6e3m2_ceil"},
    {"cuda/torchao/mxfp6e3m2-even", SchemeId::kMxfp6E3m2, "torchao_mx_fp6", "torchao_mxfp6e3m2_even"},
    {"cuda/torchao/mxfp6e3m2-rceil", SchemeId::kMxfp6E3m2, "torchao_mx_fp6", "torchao_mxfp6e3m2_rceil"},
    {"cuda/torchao/mxfp6e3m2-floor-pre4725", SchemeId::kMxfp6E3m2, "torchao_mx_pre4725",
     "torchao_mxfp6e3m2_floor_pre4725"},
    {"cuda/torchao/mxfp8e4m3-floor", SchemeId::kMxfp8E4m3, "torchao_mx_fp8", "torchao_mxfp8e4m3_floor"},
    {"cuda/torchao/mxfp8e4m3-ceil", SchemeId::kMxfp8E4m3, "torchao_mx_fp8", "torchao_mxfp8e4m3_ceil"},
    {"cuda/torchao/mxfp8e4m3-even", SchemeId::kMxfp8E4m3, "torchao_mx_fp8", "torchao_mxfp8e4m3_even"},
    {"cuda/torchao/mxfp8e4m3-rceil", SchemeId::kMxfp8E4m3, "torchao_mx", "torchao_mxfp8e4m3_rceil"},
    {"cuda/torchao/mxfp8e4m3-floor-pre4725", SchemeId::kMxfp8E4m3, "torchao_mx_pre4725",
     "torchao_mxfp8e4m3_floor_pre4725"},
    {"cuda/torchao/mxfp8e4m3-floor-compile", SchemeId::kMxfp8E4m3, "torchao_mx_compile",
     "torchao_mxfp8e4m3_floor_compile"},
    {"cuda/torchao/mxfp8e4m3-ceil-compile", SchemeId::kMxfp8E4m3, "torchao_mx_fp8", "torchao_mxfp8e4m3_ceil"},
    {"cuda/torchao/mxfp8e4m3-even-compile", SchemeId::kMxfp8E4m3, "torchao_mx_compile",
     "torchao_mxfp8e4m3_even_compile"},
    {"cuda/torchao/mxfp8e5m2-floor", SchemeId::kMxfp8E5m2, "torchao_mx_fp8", "torchao_mxfp8e5m2_floor"},
    {"cuda/torchao/mxfp8e5m2-ceil", SchemeId::kMxfp8E5m2, "torchao_mx_fp8", "torchao_mxfp8e5m2_ceil"},
    {"cuda/torchao/mxfp8e5m2-even", SchemeId::kMxfp8E5m2, "torchao_mx_fp8", "torchao_mxfp8e5m2_even"},
    {"cuda/torchao/mxfp8e5m2-rceil", SchemeId::kMxfp8E5m2, "torchao_mx_fp8", "torchao_mxfp8e5m2_rceil"},
    {"cuda/torchao/mxfp8e5m2-floor-pre4725", SchemeId::kMxfp8E5m2, "torchao_mx_pre4725",
     "torchao_mxfp8e5m2_floor_pre4725"},
    {"cuda/torchao/mxfp8e5m2-floor-compile", SchemeId::kMxfp8E5m2, "torchao_mx_compile",
     "torchao_mxfp8e5m2_floor_compile"},
    {"cuda/torchao/mxfp8e5m2-ceil-compile", SchemeId::kMxfp8E5m2, "torchao_mx_fp8", "torchao_mxfp8e5m2_ceil"},
    {"cuda/torchao/mxfp8e5m2-even-compile", SchemeId::kMxfp8E5m2, "torchao_mx_fp8", "torchao_mxfp8e5m2_even"},
}};

// E2M1 from bf16 takes a block a thread; everything else, and FLOOR before #4725, a vector a lane.
constexpr bool takes_blocks(const Row& row, InputType type) noexcept {
  return row.scheme == SchemeId::kMxfp4 && type == InputType::kBf16 && row.unit != "torchao_mx_pre4725";
}

template <std::size_t kIndex>
std::vector<Launch> plan(const Extent& extent, InputType type, const PlanOptions&) {
  if (is_empty(extent)) return {};
  const Row& of = kRows[kIndex];
  const Extent row = as_one_row(extent);
  const bool blocks = takes_blocks(of, type);
  const KernelShape shape{of.unit,
                          of.stem,
                          blocks ? kBlocksPerThread : kVectorsPerThread,
                          {Buffer::kInput, Buffer::kCodes, Buffer::kScales}};
  return {launch_of(shape, row, row.cols / (blocks ? kBlock : per_vector(type)), type)};
}

template <std::size_t kIndex>
constexpr Kernel kernel() noexcept {
  constexpr std::size_t kPrefix = std::string_view("cuda/").size();
  const Row& row = kRows[kIndex];
  return {.subject = row.subject,
          .recipe = row.subject.substr(kPrefix),
          .scheme = row.scheme,
          .types = kF32AndBf16,
          .cols_multiple = kBlock,
          .plan = plan<kIndex>};
}

template <std::size_t... kIndices>
constexpr std::array<Kernel, sizeof...(kIndices)> table(std::index_sequence<kIndices...>) noexcept {
  return {{kernel<kIndices>()...}};
}
constexpr auto kTable = table(std::make_index_sequence<kRows.size()>());

}  // namespace

std::span<const Kernel> torchao_mx_kernels() noexcept { return kTable; }

}  // namespace bitgate::device
