// te/nvfp4-rht and its kin: the amax of what is transformed, and of the input for the row-wise side, unless given; then
// the quantizer.
#include <array>

#include "bitgate/device/launch/families.h"
#include "bitgate/device/launch/te_nvfp4_tiles.h"

namespace bitgate::device {
namespace {

// The stems of a recipe's kernels.
struct Stems {
  std::string_view quantizer, amax_columns, amax_both;
};
constexpr Stems kSigned{"te_rht", "te_rht_amax_columns", "te_rht_amax_both"};
constexpr Stems kNoSign{"te_rht_nosign", "te_rht_nosign_amax_columns", "te_rht_nosign_amax_both"};
constexpr Stems kFused{"te_rht_fused", "te_rht_amax_columns", "te_rht_amax_both"};

std::vector<Launch> amax_launches(const Stems& stems, const Extent& extent, InputType type,
                                  const PlanOptions& options) {
  const bool rows = has_rows(options.direction) && !options.amax_given;
  // Of the column-wise side alone `global` may give it.
  const bool given = options.amax_columnwise_given || (!has_rows(options.direction) && options.amax_given);
  if (rows && !given)
    return {strip_launch("te_rht", stems.amax_both, extent, type,
                         {Buffer::kInput, Buffer::kAmax, Buffer::kAmaxColumnwise})};
  if (rows) return {amax_launch(as_one_row(extent), type)};
  if (!given)
    return {strip_launch("te_rht", stems.amax_columns, extent, type, {Buffer::kInput, Buffer::kAmaxColumnwise})};
  return {};
}

template <const Stems& kStems>
std::vector<Launch> plan(const Extent& extent, InputType type, const PlanOptions& options) {
  if (is_empty(extent)) return {};
  std::vector<Launch> launches = amax_launches(kStems, extent, type, options);
  launches.push_back(tile_launch("te_rht", kStems.quantizer, extent, type, options.direction));
  return launches;
}

constexpr Kernel kernel_of(std::string_view subject, std::string_view recipe, Directions directions,
                           std::int64_t cols_alone, PlanFunction plan) noexcept {
  return {.subject = subject,
          .recipe = recipe,
          .scheme = SchemeId::kNvfp4,
          .global_number = GlobalNumber::kAmax,
          .types = kBf16Only,
          .directions = directions,
          .cols_multiple = 16,
          .rows_multiple = 16,
          .cols_multiple_columnwise = cols_alone,
          .own_columnwise_amax = true,
          .plan = plan};
}

constexpr std::array<Kernel, 3> kTable{
    kernel_of("cuda/te/nvfp4-rht", "te/nvfp4-rht", Directions::kWithColumnwise, 1, plan<kSigned>),
    kernel_of("cuda/te/nvfp4-rht-nosign", "te/nvfp4-rht-nosign", Directions::kWithColumnwise, 1, plan<kNoSign>),
    kernel_of("cuda/te/nvfp4-rht-fused", "te/nvfp4-rht-fused", Directions::kColumnwise, 16, plan<kFused>),
};

}  // namespace

std::span<const Kernel> te_rht_kernels() noexcept { return kTable; }

}  // namespace bitgate::device
