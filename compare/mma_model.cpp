#include "bitgate/compare/mma_model.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>

#include "bitgate/compare/mma_codes.h"
#include "bitgate/reference/mma/product.h"

namespace bitgate::compare {
namespace {

constexpr std::array kModels{
    MmaModel{"mma.sync.m16n8k16.f32.f16.f16.f32", "sm_90/mma.m16n8k16/f16/f32", kFp16, kFp16, 16},
    MmaModel{"mma.sync.m16n8k16.f16.f16.f16.f16", "sm_90/mma.m16n8k16/f16/f16", kFp16, kFp16, 16, true},
    MmaModel{"mma.sync.m16n8k16.f32.bf16.bf16.f32", "sm_90/mma.m16n8k16/bf16/f32", kBf16, kBf16, 16},
    MmaModel{"mma.sync.m16n8k8.f32.f16.f16.f32", "sm_90/mma.m16n8k8/f16/f32", kFp16, kFp16, 8},
    MmaModel{"mma.sync.m16n8k8.f16.f16.f16.f16", "sm_90/mma.m16n8k8/f16/f16", kFp16, kFp16, 8, true},
    MmaModel{"mma.sync.m16n8k8.f32.bf16.bf16.f32", "sm_90/mma.m16n8k8/bf16/f32", kBf16, kBf16, 8},
    MmaModel{"mma.sync.m16n8k8.f32.tf32.tf32.f32", "sm_90/mma.m16n8k8/tf32/f32", kTf32, kTf32, 8},
    MmaModel{"mma.sync.m16n8k4.f32.tf32.tf32.f32", "sm_90/mma.m16n8k4/tf32/f32", kTf32, kTf32, 4},
    MmaModel{"mma.sync.m16n8k32.f32.e4m3.e4m3.f32", "sm_90/mma.m16n8k32/fp8/f32", kE4m3, kE4m3, 32},
    MmaModel{"mma.sync.m16n8k32.f32.e4m3.e5m2.f32", "sm_90/mma.m16n8k32/fp8/f32", kE4m3, kE5m2, 32},
    MmaModel{"mma.sync.m16n8k32.f32.e5m2.e4m3.f32", "sm_90/mma.m16n8k32/fp8/f32", kE5m2, kE4m3, 32},
    MmaModel{"mma.sync.m16n8k32.f32.e5m2.e5m2.f32", "sm_90/mma.m16n8k32/fp8/f32", kE5m2, kE5m2, 32},
    MmaModel{"mma.sync.m16n8k32.f16.e4m3.e4m3.f16", "sm_90/mma.m16n8k32/fp8/f16", kE4m3, kE4m3, 32, true},
    MmaModel{"mma.sync.m16n8k32.f16.e4m3.e5m2.f16", "sm_90/mma.m16n8k32/fp8/f16", kE4m3, kE5m2, 32, true},
    MmaModel{"mma.sync.m16n8k32.f16.e5m2.e4m3.f16", "sm_90/mma.m16n8k32/fp8/f16", kE5m2, kE4m3, 32, true},
    MmaModel{"mma.sync.m16n8k32.f16.e5m2.e5m2.f16", "sm_90/mma.m16n8k32/fp8/f16", kE5m2, kE5m2, 32, true},
    MmaModel{"mma.sync.m16n8k16.f32.e4m3.e4m3.f32", "sm_90/mma.m16n8k16/fp8/f32", kE4m3, kE4m3, 16},
    MmaModel{"mma.sync.m16n8k16.f32.e4m3.e5m2.f32", "sm_90/mma.m16n8k16/fp8/f32", kE4m3, kE5m2, 16},
    MmaModel{"mma.sync.m16n8k16.f32.e5m2.e4m3.f32", "sm_90/mma.m16n8k16/fp8/f32", kE5m2, kE4m3, 16},
    MmaModel{"mma.sync.m16n8k16.f32.e5m2.e5m2.f32", "sm_90/mma.m16n8k16/fp8/f32", kE5m2, kE5m2, 16},
    MmaModel{"mma.sync.m16n8k16.f16.e4m3.e4m3.f16", "sm_90/mma.m16n8k16/fp8/f16", kE4m3, kE4m3, 16, true},
    MmaModel{"mma.sync.m16n8k16.f16.e4m3.e5m2.f16", "sm_90/mma.m16n8k16/fp8/f16", kE4m3, kE5m2, 16, true},
    MmaModel{"mma.sync.m16n8k16.f16.e5m2.e4m3.f16", "sm_90/mma.m16n8k16/fp8/f16", kE5m2, kE4m3, 16, true},
    MmaModel{"mma.sync.m16n8k16.f16.e5m2.e5m2.f16", "sm_90/mma.m16n8k16/fp8/f16", kE5m2, kE5m2, 16, true},
    MmaModel{"wgmma.m64n64k16.f32.f16.f16", "sm_90a/wgmma.k16/f16/f32", kFp16, kFp16, 16, false, true},
    MmaModel{"wgmma.m64n64k16.f16.f16.f16", "sm_90a/wgmma.k16/f16/f16", kFp16, kFp16, 16, true, true},
    MmaModel{"wgmma.m64n64k16.f32.bf16.bf16", "sm_90a/wgmma.k16/bf16/f32", kBf16, kBf16, 16, false, true},
    MmaModel{"wgmma.m64n64k8.f32.tf32.tf32", "sm_90a/wgmma.k8/tf32/f32", kTf32, kTf32, 8, false, true},
    MmaModel{"wgmma.m64n64k32.f32.e4m3.e4m3", "sm_90a/wgmma.k32/fp8/f32", kE4m3, kE4m3, 32, false, true},
    MmaModel{"wgmma.m64n64k32.f32.e4m3.e5m2", "sm_90a/wgmma.k32/fp8/f32", kE4m3, kE5m2, 32, false, true},
    MmaModel{"wgmma.m64n64k32.f32.e5m2.e4m3", "sm_90a/wgmma.k32/fp8/f32", kE5m2, kE4m3, 32, false, true},
    MmaModel{"wgmma.m64n64k32.f32.e5m2.e5m2", "sm_90a/wgmma.k32/fp8/f32", kE5m2, kE5m2, 32, false, true},
    MmaModel{"wgmma.m64n64k32.f16.e4m3.e4m3", "sm_90a/wgmma.k32/fp8/f16", kE4m3, kE4m3, 32, true, true},
    MmaModel{"wgmma.m64n64k32.f16.e4m3.e5m2", "sm_90a/wgmma.k32/fp8/f16", kE4m3, kE5m2, 32, true, true},
    MmaModel{"wgmma.m64n64k32.f16.e5m2.e4m3", "sm_90a/wgmma.k32/fp8/f16", kE5m2, kE4m3, 32, true, true},
    MmaModel{"wgmma.m64n64k32.f16.e5m2.e5m2", "sm_90a/wgmma.k32/fp8/f16", kE5m2, kE5m2, 32, true, true},
};

std::vector<std::uint32_t> signed_codes(const Format& format, std::span<const std::uint32_t> codes, bool minus) {
  std::vector<std::uint32_t> all(codes.begin(), codes.end());
  if (minus)
    for (std::uint32_t& code : all) code = negated(format, code);
  return all;
}

}  // namespace

std::span<const MmaModel> mma_models() noexcept { return kModels; }

const MmaModel* find_mma_model(std::string_view op) noexcept {
  const auto found = std::find_if(kModels.begin(), kModels.end(), [&](const MmaModel& m) { return m.op == op; });
  return found == kModels.end() ? nullptr : &*found;
}

const reference::MmaInstruction& instruction_of(const MmaModel& model) {
  const reference::MmaInstruction* row = reference::find_mma_instruction(model.instruction);
  if (row != nullptr) return *row;
  std::fprintf(stderr, "bitgate: no instruction %.*s\n", static_cast<int>(model.instruction.size()),
               model.instruction.data());
  std::abort();
}

MmaTile empty_tile(const MmaModel& model) {
  MmaTile tile;
  tile.a.resize(kMmaRows * static_cast<std::size_t>(model.k));
  tile.b.resize(kMmaRows * static_cast<std::size_t>(model.k));
  tile.c.resize(kMmaDots);
  return tile;
}

void mma_expected(const MmaModel& model, const reference::MmaInstruction& row, const MmaTile& tile,
                  std::span<std::uint32_t> d) {
  const std::vector<std::uint32_t> a = signed_codes(model.a, tile.a, (tile.flags & kMmaMinusA) != 0);
  const std::vector<std::uint32_t> b = signed_codes(model.b, tile.b, (tile.flags & kMmaMinusB) != 0);
  const bool with_c = (tile.flags & kMmaWithoutC) == 0;
  const auto k = static_cast<std::size_t>(model.k);
  if (!tile.diagonal) {
    const auto rows = static_cast<std::int64_t>(kMmaRows);
    const std::vector<std::uint32_t> all =
        reference::mma_product({&row, 0}, {model.a, rows, model.k, a, {}}, {model.b, rows, model.k, b, {}},
                               with_c ? std::span(tile.c) : std::span<const std::uint32_t>());
    std::copy(all.begin(), all.end(), d.begin());
    return;
  }
  for (std::size_t i = 0; i < tile.asked; ++i) {
    reference::MmaDot dot{.a_format = model.a,
                          .b_format = model.b,
                          .a = std::span(a).subspan(i * k, k),
                          .b = std::span(b).subspan(i * k, k),
                          .a_scales = {},
                          .b_scales = {},
                          .c = tile.c[place_of(tile, i)]};
    if (!with_c) dot.c.reset();
    d[i] = reference::multiply_accumulate(row, dot);
  }
}

}  // namespace bitgate::compare
