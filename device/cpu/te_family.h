// TransformerEngine's recipes in parts, one list a file, and how a table of rows becomes a list of functions.
#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <utility>

#include "bitgate/device/cpu/families.h"

namespace bitgate::device::cpu {

std::span<const CpuRecipe> te_nvfp4_recipes() noexcept;
std::span<const CpuRecipe> te_nvfp4_rht_recipes() noexcept;
std::span<const CpuRecipe> te_nvfp4_four_over_six_recipes() noexcept;
std::span<const CpuRecipe> te_nvfp4_random_recipes() noexcept;
std::span<const CpuRecipe> te_fp8_recipes() noexcept;
std::span<const CpuRecipe> te_gelu_recipes() noexcept;

template <const auto& kRows, auto kQuantize, std::size_t kRow>
QuantizedTensor quantize_by_row(const Request& request) {
  return kQuantize(kRows[kRow], request);
}

template <const auto& kRows, auto kQuantize, std::size_t... kRow>
constexpr std::array<CpuRecipe, sizeof...(kRow)> recipes_of(std::index_sequence<kRow...>) noexcept {
  return {CpuRecipe{kRows[kRow].recipe, quantize_by_row<kRows, kQuantize, kRow>}...};
}

// One recipe a row of `kRows`: its name is `row.recipe`, what it does is kQuantize(row, request).
template <const auto& kRows, auto kQuantize>
constexpr auto recipes_of() noexcept {
  return recipes_of<kRows, kQuantize>(std::make_index_sequence<kRows.size()>{});
}

}  // namespace bitgate::device::cpu
