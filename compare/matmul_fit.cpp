#include "bitgate/compare/matmul_fit.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "bitgate/compare/long_accumulator.h"
#include "bitgate/reference/mma/product.h"

namespace bitgate::compare {
namespace {

constexpr std::int64_t kBlock = 32;  // k of wgmma's FP8 instruction

// Codes of `rows` rows as the product takes them; from the end: blocks of 32 k in descending order, k ascending within.
std::vector<std::uint32_t> codes_of(std::span<const std::uint8_t> codes, std::int64_t k, bool from_end) {
  std::vector<std::uint32_t> wide(codes.begin(), codes.end());
  if (!from_end) return wide;
  const std::int64_t blocks = (k + kBlock - 1) / kBlock;
  for (std::size_t row = 0; row * static_cast<std::size_t>(k) < codes.size(); ++row) {
    std::int64_t at = static_cast<std::int64_t>(row) * k;
    for (std::int64_t block = blocks; block-- > 0;)
      for (std::int64_t i = block * kBlock; i < std::min(k, (block + 1) * kBlock); ++i)
        wide[static_cast<std::size_t>(at++)] = codes[row * static_cast<std::size_t>(k) + static_cast<std::size_t>(i)];
  }
  return wide;
}

std::vector<std::uint32_t> exact_sum(const MatmulOperands& operands) {
  const auto k = static_cast<std::size_t>(operands.k);
  std::vector<std::uint32_t> d;
  d.reserve(static_cast<std::size_t>(operands.m * operands.n));
  for (std::size_t row = 0; row < static_cast<std::size_t>(operands.m); ++row)
    for (std::size_t column = 0; column < static_cast<std::size_t>(operands.n); ++column) {
      LongAccumulator sum;
      for (std::size_t i = 0; i < k; ++i)
        sum.add_product(decode(operands.a_format, operands.a[row * k + i]),
                        decode(operands.b_format, operands.b[column * k + i]));
      // Of E4M3 a double holds every sum of up to 2^17 products exactly; of E5M2 it may round before the float does.
      d.push_back(std::bit_cast<std::uint32_t>(static_cast<float>(sum.rounded())));
    }
  return d;
}

}  // namespace

std::string name_of(const SumModel& model) {
  if (model.kind == SumKind::kMmaSync) return "mma.sync of sm_90, one chain";
  if (model.kind == SumKind::kExact) return "the exact sum, rounded once";
  const std::string_view order = model.kind == SumKind::kWgmmaFromEnd ? ", descending k" : "";
  if (model.promotion == 0) return fmt::format("wgmma, one chain{}", order);
  return fmt::format("wgmma, promotion every {} k{}", model.promotion, order);
}

std::vector<std::uint32_t> sum_of(const SumModel& model, const MatmulOperands& operands) {
  if (model.kind == SumKind::kExact) return exact_sum(operands);
  const bool from_end = model.kind == SumKind::kWgmmaFromEnd, sync = model.kind == SumKind::kMmaSync;
  const std::vector<std::uint32_t> a = codes_of(operands.a, operands.k, from_end);
  const std::vector<std::uint32_t> b = codes_of(operands.b, operands.k, from_end);
  const reference::MmaSchedule schedule{
      &reference::require_mma_instruction(sync ? "sm_90/mma.m16n8k32/fp8/f32" : "sm_90a/wgmma.k32/fp8/f32"),
      model.promotion};
  return mma_product(schedule, {operands.a_format, operands.m, operands.k, a, {}},
                     {operands.b_format, operands.n, operands.k, b, {}});
}

std::vector<SumModel> sum_models(std::int64_t k) {
  std::vector<SumModel> models;
  for (const SumKind kind : {SumKind::kWgmma, SumKind::kWgmmaFromEnd}) {
    models.push_back({kind, 0});
    for (std::int64_t interval = kBlock; interval <= 2048; interval += interval < 512 ? kBlock : interval)
      if (interval < k) models.push_back({kind, interval});
  }
  models.push_back({SumKind::kMmaSync, 0});
  models.push_back({SumKind::kExact, 0});
  return models;
}

std::int64_t different(std::span<const std::uint32_t> a, std::span<const std::uint32_t> b) noexcept {
  const std::size_t common = std::min(a.size(), b.size());
  auto count = static_cast<std::int64_t>(std::max(a.size(), b.size()) - common);
  for (std::size_t i = 0; i < common; ++i) count += a[i] != b[i];
  return count;
}

std::vector<SumFit> fit_sum(const MatmulOperands& operands, std::span<const std::uint32_t> d) {
  std::vector<SumFit> fits;
  for (const SumModel& model : sum_models(operands.k)) fits.push_back({model, different(sum_of(model, operands), d)});
  std::stable_sort(fits.begin(), fits.end(),
                   [](const SumFit& x, const SumFit& y) { return x.different < y.different; });
  return fits;
}

}  // namespace bitgate::compare
