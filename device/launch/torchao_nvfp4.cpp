// torchao's NVFP4 recipes: amax unless it or the stored number is given, then the quantizer, which makes the stored
// number of amax.
#include <array>
#include <utility>

#include "bitgate/device/kernels/tile.h"
#include "bitgate/device/launch/families.h"
#include "bitgate/device/launch/tiling.h"

namespace bitgate::device {
namespace {

constexpr std::int64_t kBlock = 16, kSquareRows = 16;

// A vector a lane from binary32, a block a thread from bf16; all rows are one.
Launch quantizer_launch(std::string_view unit, std::string_view stem, const Extent& row, InputType type,
                        std::vector<Buffer> pointers) {
  const bool blocks = type == InputType::kBf16;
  const KernelShape shape{unit, stem, blocks ? kBlocksPerThread : kVectorsPerThread, std::move(pointers)};
  return launch_of(shape, row, row.cols / (blocks ? kBlock : per_vector(type)), type);
}

std::vector<Launch> plan_one_level(const Extent& extent, InputType type, const PlanOptions&) {
  if (is_empty(extent)) return {};
  return {quantizer_launch("torchao_nvfp4", "torchao_nvfp4", as_one_row(extent), type,
                           {Buffer::kInput, Buffer::kCodes, Buffer::kScales})};
}

// Of the amax that PyTorch computes, a NaN wins.
Launch amax_or_nan_launch(const Extent& row, InputType type) {
  const KernelShape shape{"torchao_amax", "torchao_amax", kAmaxVectorsPerThread, {Buffer::kInput, Buffer::kAmax}};
  return launch_of(shape, row, row.cols / per_vector(type), type);
}

std::vector<Launch> plan_two_levels(std::string_view unit, std::string_view stem, const Extent& extent, InputType type,
                                    const PlanOptions& options) {
  if (is_empty(extent)) return {};
  const Extent row = as_one_row(extent);
  std::vector<Launch> launches;
  if (!options.amax_given && !options.global_given) launches.push_back(amax_or_nan_launch(row, type));
  launches.push_back(quantizer_launch(
      unit, stem, row, type, {Buffer::kInput, Buffer::kAmax, Buffer::kGlobal, Buffer::kCodes, Buffer::kScales}));
  launches.back().scalars.push_back({"global_given", options.global_given ? 1 : 0});
  return launches;
}

// The training kernels' own amax passes over NaN.
std::vector<Launch> plan_train(const Extent& extent, InputType type, const PlanOptions& options) {
  if (is_empty(extent)) return {};
  const Extent row = as_one_row(extent);
  std::vector<Launch> launches;
  if (!options.amax_given) launches.push_back(amax_launch(row, type));
  launches.push_back(quantizer_launch("torchao_nvfp4_triton", "torchao_nvfp4_train", row, type,
                                      {Buffer::kInput, Buffer::kAmax, Buffer::kCodes, Buffer::kScales}));
  return launches;
}

// A thread takes one vector of each of the 16 rows of a square.
std::vector<Launch> plan_train_2d(const Extent& extent, InputType type, const PlanOptions& options) {
  if (is_empty(extent)) return {};
  std::vector<Launch> launches;
  if (!options.amax_given) launches.push_back(amax_launch(as_one_row(extent), type));
  const KernelShape shape{"torchao_nvfp4_triton",
                          "torchao_nvfp4_train_2d",
                          1,
                          {Buffer::kInput, Buffer::kAmax, Buffer::kCodes, Buffer::kScales}};
  const Extent squares{extent.rows / kSquareRows, extent.cols};
  launches.push_back(launch_of(shape, squares, extent.cols / per_vector(type), type));
  return launches;
}

struct Row {
  std::string_view subject;  // "cuda/" and the recipe
  std::string_view unit, stem;
};

// -div-high packs the nibbles the other way round, which no logical answer shows.
constexpr std::array<Row, 8> kTwoLevels{{
    {"cuda/torchao/nvfp4-tensorwise", "torchao_nvfp4", "torchao_nvfp4_tensorwise"},
    {"cuda/torchao/nvfp4-tensorwise-inductor", "torchao_nvfp4", "torchao_nvfp4_inductor"},
    {"cuda/torchao/nvfp4-div", "torchao_nvfp4", "torchao_nvfp4_div"},
    {"cuda/torchao/nvfp4-div-high", "torchao_nvfp4", "torchao_nvfp4_div"},
    {"cuda/torchao/nvfp4-pr2408", "torchao_nvfp4", "torchao_nvfp4_pr2408"},
    {"cuda/torchao/nvfp4-triton-2025", "torchao_nvfp4_triton", "torchao_nvfp4_triton_2025"},
    {"cuda/torchao/nvfp4-mslk", "torchao_nvfp4_triton", "torchao_nvfp4_mslk"},
    {"cuda/torchao/nvfp4-mslk-pre486", "torchao_nvfp4_triton", "torchao_nvfp4_mslk_pre486"},
}};

template <std::size_t kIndex>
constexpr Kernel two_levels() noexcept {
  constexpr std::size_t kPrefix = std::string_view("cuda/").size();
  return {.subject = kTwoLevels[kIndex].subject,
          .recipe = kTwoLevels[kIndex].subject.substr(kPrefix),
          .scheme = SchemeId::kNvfp4,
          .global_number = GlobalNumber::kMultiplier,
          .types = kF32AndBf16,
          .cols_multiple = kBlock,
          .plan = [](const Extent& extent, InputType type, const PlanOptions& options) {
            return plan_two_levels(kTwoLevels[kIndex].unit, kTwoLevels[kIndex].stem, extent, type, options);
          }};
}

constexpr Kernel kOneLevel{.subject = "cuda/torchao/nvfp4",
                           .recipe = "torchao/nvfp4",
                           .scheme = SchemeId::kNvfp4Single,
                           .types = kF32AndBf16,
                           .cols_multiple = kBlock,
                           .plan = plan_one_level};
constexpr Kernel kTrain{.subject = "cuda/torchao/nvfp4-train",
                        .recipe = "torchao/nvfp4-train",
                        .scheme = SchemeId::kNvfp4,
                        .global_number = GlobalNumber::kAmax,
                        .types = kF32AndBf16,
                        .cols_multiple = kBlock,
                        .plan = plan_train};
constexpr Kernel kTrainTwoD{.subject = "cuda/torchao/nvfp4-train-2d",
                            .recipe = "torchao/nvfp4-train-2d",
                            .scheme = SchemeId::kNvfp4TwoD,
                            .global_number = GlobalNumber::kAmax,
                            .types = kF32AndBf16,
                            .cols_multiple = kBlock,
                            .rows_multiple = kSquareRows,
                            .plan = plan_train_2d};

template <std::size_t... kIndices>
constexpr std::array<Kernel, 3 + sizeof...(kIndices)> table(std::index_sequence<kIndices...>) noexcept {
  return {{kOneLevel, two_levels<kIndices>()..., kTrain, kTrainTwoD}};
}
constexpr auto kTable = table(std::make_index_sequence<kTwoLevels.size()>());

}  // namespace

std::span<const Kernel> torchao_nvfp4_kernels() noexcept { return kTable; }

}  // namespace bitgate::device
