// The candidates of what follows the sum.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>

#include "bitgate/compare/matmul_fit.h"
#include "bitgate/reference/arith/ieee.h"
#include "bitgate/reference/format/encode.h"

namespace bitgate::compare {
namespace {

using reference::add_rn;
using reference::fma_rn;
using reference::mul_rn;
using Parts = Epilogue::Parts;
using Factors = MatmulFactors;

constexpr std::array kEpilogues{
    Epilogue{"((alpha * a) * b) * sum",
             [](float sum, const Factors& f) {
               return Parts{mul_rn(mul_rn(f.alpha, f.a_scale), f.b_scale), sum};
             }},
    Epilogue{"((alpha * b) * a) * sum",
             [](float sum, const Factors& f) {
               return Parts{mul_rn(mul_rn(f.alpha, f.b_scale), f.a_scale), sum};
             }},
    Epilogue{"(alpha * (a * b)) * sum",
             [](float sum, const Factors& f) {
               return Parts{mul_rn(f.alpha, mul_rn(f.a_scale, f.b_scale)), sum};
             }},
    Epilogue{"alpha * ((a * b) * sum)",
             [](float sum, const Factors& f) {
               return Parts{f.alpha, mul_rn(mul_rn(f.a_scale, f.b_scale), sum)};
             }},
    Epilogue{"alpha * ((sum * a) * b)",
             [](float sum, const Factors& f) {
               return Parts{f.alpha, mul_rn(mul_rn(sum, f.a_scale), f.b_scale)};
             }},
    Epilogue{"alpha * ((sum * b) * a)",
             [](float sum, const Factors& f) {
               return Parts{f.alpha, mul_rn(mul_rn(sum, f.b_scale), f.a_scale)};
             }},
    Epilogue{"(a * b) * (alpha * sum)",
             [](float sum, const Factors& f) {
               return Parts{mul_rn(f.a_scale, f.b_scale), mul_rn(f.alpha, sum)};
             }},
    Epilogue{"b * (a * (alpha * sum))",
             [](float sum, const Factors& f) {
               return Parts{f.b_scale, mul_rn(f.a_scale, mul_rn(f.alpha, sum))};
             }},
    Epilogue{"a * (b * (alpha * sum))",
             [](float sum, const Factors& f) {
               return Parts{f.a_scale, mul_rn(f.b_scale, mul_rn(f.alpha, sum))};
             }},
    Epilogue{"b * ((alpha * a) * sum)",
             [](float sum, const Factors& f) {
               return Parts{f.b_scale, mul_rn(mul_rn(f.alpha, f.a_scale), sum)};
             }},
    Epilogue{"a * ((alpha * b) * sum)",
             [](float sum, const Factors& f) {
               return Parts{f.a_scale, mul_rn(mul_rn(f.alpha, f.b_scale), sum)};
             }},
    Epilogue{"(alpha * b) * (a * sum)",
             [](float sum, const Factors& f) {
               return Parts{mul_rn(f.alpha, f.b_scale), mul_rn(f.a_scale, sum)};
             }},
    Epilogue{"(alpha * a) * (b * sum)",
             [](float sum, const Factors& f) {
               return Parts{mul_rn(f.alpha, f.a_scale), mul_rn(f.b_scale, sum)};
             }},
};

float float_of_c(std::uint32_t bits, Narrowing narrowing) noexcept {
  return std::bit_cast<float>(narrowing == Narrowing::kNone ? bits : bits << 16);
}

// NaN: the payload that cvt.rn.bf16.f32 gives.
std::uint32_t to_bf16(float value, Narrowing narrowing) noexcept {
  const auto bits = std::bit_cast<std::uint32_t>(value);
  if (reference::is_nan(value)) return 0x7FFF;
  if (narrowing == Narrowing::kBf16TowardZero) return bits >> 16;
  return (bits + 0x7FFF + (bits >> 16 & 1)) >> 16;
}

}  // namespace

std::span<const Epilogue> epilogues() noexcept { return kEpilogues; }

std::string_view name_of(Addition addition) noexcept {
  switch (addition) {
    case Addition::kFmaOfC: return "fma(beta, C, product)";
    case Addition::kFmaOfProduct: return "fma(last factors, beta * C)";
    default: return "product + beta * C, rounded twice";
  }
}

std::string_view name_of(Narrowing narrowing) noexcept {
  switch (narrowing) {
    case Narrowing::kNone: return "FP32";
    case Narrowing::kBf16NearestEven: return "BF16, nearest even";
    default: return "BF16, toward zero";
  }
}

std::string name_of(const EpilogueModel& model, const MatmulFactors& factors) {
  std::string text(model.epilogue->name);
  if (factors.beta != 0) text += fmt::format("; {}", name_of(model.addition));
  return text + fmt::format("; {}", name_of(model.narrowing));
}

std::uint32_t finish(const EpilogueModel& model, const MatmulFactors& factors, std::uint32_t sum, std::uint32_t c,
                     bool has_c) noexcept {
  const auto [left, right] = model.epilogue->parts(std::bit_cast<float>(sum), factors);
  float value = mul_rn(left, right);
  if (has_c && factors.beta != 0) {
    const float addend = float_of_c(c, model.narrowing);
    switch (model.addition) {
      case Addition::kFmaOfC: value = fma_rn(factors.beta, addend, value); break;
      case Addition::kFmaOfProduct: value = fma_rn(left, right, mul_rn(factors.beta, addend)); break;
      default: value = add_rn(value, mul_rn(factors.beta, addend));
    }
  }
  return model.narrowing == Narrowing::kNone ? std::bit_cast<std::uint32_t>(value) : to_bf16(value, model.narrowing);
}

std::vector<EpilogueFit> fit_epilogue(std::span<const std::uint32_t> sum, const MatmulFactors& factors,
                                      std::span<const std::uint32_t> c, bool bf16, std::span<const std::uint32_t> d) {
  constexpr std::array kAdditions{Addition::kFmaOfC, Addition::kFmaOfProduct, Addition::kTwoRoundings};
  constexpr std::array kWide{Narrowing::kNone};
  constexpr std::array kNarrow{Narrowing::kBf16NearestEven, Narrowing::kBf16TowardZero};
  const bool adds = !c.empty() && factors.beta != 0;
  const std::span<const Narrowing> narrowings = bf16 ? std::span<const Narrowing>(kNarrow) : kWide;
  std::vector<EpilogueFit> fits;
  for (const Epilogue& epilogue : kEpilogues)
    for (const Addition addition : std::span(kAdditions).first(adds ? kAdditions.size() : 1))
      for (const Narrowing narrowing : narrowings) {
        EpilogueFit fit{{&epilogue, addition, narrowing}};
        fit.different = static_cast<std::int64_t>(std::max(sum.size(), d.size()) - std::min(sum.size(), d.size()));
        for (std::size_t i = 0; i < std::min(sum.size(), d.size()); ++i)
          fit.different += finish(fit.model, factors, sum[i], adds ? c[i] : 0, adds) != d[i];
        fits.push_back(fit);
      }
  std::stable_sort(fits.begin(), fits.end(),
                   [](const EpilogueFit& x, const EpilogueFit& y) { return x.different < y.different; });
  return fits;
}

}  // namespace bitgate::compare
