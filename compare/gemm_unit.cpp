#include "bitgate/compare/gemm_unit.h"

#include <fmt/format.h>
#include <oneapi/tbb/parallel_for.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "bitgate/compare/case_operands.h"
#include "bitgate/compare/gemm_truth.h"
#include "bitgate/compare/metrics.h"
#include "bitgate/reference/format/error.h"
#include "bitgate/reference/mma/product.h"
#include "bitgate/reference/recipe/recipe.h"

namespace bitgate::compare {
namespace {

using reference::MmaInstruction;

QuantizedTensor quantized(const Case& side, bool weights) {
  const reference::Recipe& recipe = reference::require_recipe(side.recipe);
  const TypedTensor input = generate_side(side, weights);
  const CaseOperands operands = operands_of(recipe, side);
  return reference::quantize(recipe, request_of(recipe, input, operands));
}

// One side as the unit and as the bound take it.
struct Side {
  QuantizedTensor tensor;
  std::vector<std::uint32_t> codes;
  std::vector<std::uint8_t> scales;
  GemmOperand operand;

  reference::MmaMatrix matrix() const {
    return {tensor.scheme.element, tensor.extent.rows, tensor.extent.cols, codes, scales};
  }
};

Side side_of(const MmaInstruction& instruction, const Case& of, bool weights) {
  Side side{quantized(of, weights), {}, {}, {}};
  side.codes.assign(side.tensor.codes.begin(), side.tensor.codes.end());
  const auto* scales = std::get_if<std::vector<std::uint8_t>>(&side.tensor.scales);
  const std::int64_t block = scales == nullptr ? 0 : side.tensor.scheme.cell.cols;
  if (block != instruction.scale_block)
    throw InputError(fmt::format("{} has {} elements to a block scale, {} takes {} (0: none)", of.recipe, block,
                                 instruction.name, instruction.scale_block));
  if (scales != nullptr) side.scales = *scales;
  side.operand = gemm_operand(side.tensor, instruction.order);
  return side;
}

double number_of(const MmaInstruction& instruction, std::uint32_t bits) noexcept {
  return decode(reference::is_fp16(instruction.result) ? kFp16 : kFp32, bits);
}

UnitRow measure(const UnitCase& c) {
  const MmaInstruction& instruction = reference::require_mma_instruction(c.instruction);
  const Side a = side_of(instruction, c.product.a, false), b = side_of(instruction, c.product.b, true);
  const std::string_view why = why_not_modelled(instruction, a.tensor.scheme.element, b.tensor.scheme.element);
  if (!why.empty()) throw InputError(fmt::format("{}: {}", c.instruction, why));
  std::vector<double> computed;
  for (const std::uint32_t bits : reference::mma_product({&instruction, c.promote_every}, a.matrix(), b.matrix()))
    computed.push_back(number_of(instruction, bits));
  const GemmAccumulator accumulator = accumulator_of(instruction, c.promote_every);
  const std::vector<Bounded> bounds = gemm_bounds(accumulator, a.operand, b.operand);
  const BoundReport report = hold(computed, bounds);
  const std::int64_t k = a.tensor.extent.cols, cols = b.tensor.extent.rows;
  const GemmTruth truth = gemm_truth(a.operand.values, b.operand.values, k, TruthMethod::kExact);
  double signal = 0, noise = 0, largest = 0, formed = 0;
  for (std::size_t i = 0; i < computed.size(); ++i) {
    const double off = computed[i] - truth.values[i];
    signal += truth.values[i] * truth.values[i];
    noise += off * off;
    largest = std::max({largest, bounds[i].below, bounds[i].above});
    const auto at = static_cast<std::int64_t>(i);
    formed = std::max(formed,
                      gemm_bound_a_priori(accumulator, k, gemm_magnitudes(a.operand, b.operand, at / cols, at % cols)));
  }
  const double scale = std::sqrt(signal / static_cast<double>(computed.size()));
  return {c,
          report.elements,
          report.exceeded,
          report.unbounded,
          report.max_ratio,
          report.median_ratio,
          sqnr_db(signal, noise),
          largest / scale,
          formed / scale};
}

}  // namespace

std::string UnitCase::name() const {
  return fmt::format("{} by {}{}", product.name(), instruction,
                     promote_every > 0 ? fmt::format(" promoted {}", promote_every) : "");
}

std::vector<UnitCase> default_unit_cases() {
  struct Kind {
    const char *a, *b, *instruction;
    int promote_every;
  };
  constexpr Kind kKinds[] = {
      {"te/fp8-current-e4m3", "te/fp8-current-e4m3", "sm_90a/wgmma.k32/fp8/f32", 0},
      {"te/fp8-current-e4m3", "te/fp8-current-e4m3", "sm_90a/wgmma.k32/fp8/f32", 128},
      {"te/fp8-current-e4m3", "te/fp8-current-e4m3", "sm_90/mma.m16n8k32/fp8/f32", 0},
      {"te/fp8-current-e4m3", "te/fp8-current-e4m3", "sm_100a/tcgen05.f8f6f4.k32/fp8/f32", 0},
      {"te/mxfp8-e4m3", "te/mxfp8-e4m3", "sm_100a/tcgen05.mxf8f6f4.k32/mxfp8/f32", 0},
      {"torchao/mxfp4-floor", "torchao/mxfp4-floor", "sm_100a/tcgen05.mxf4.k64/mxfp4/f32", 0},
      {"te/nvfp4", "te/nvfp4-2d", "sm_100a/tcgen05.mxf4nvf4.k64/nvfp4/f32", 0},
  };
  std::vector<UnitCase> cases;
  for (const auto& [a, b, instruction, promote_every] : kKinds)
    for (const std::int64_t k : {1024, 4096}) {
      UnitCase& one = cases.emplace_back();
      one.product.a = {a, InputType::kF32, {"gelu"}, {32, k}, 4};
      one.product.b = {b, InputType::kF32, {std::string(kLinearInit)}, {32, k}, 4};
      one.instruction = instruction;
      one.promote_every = promote_every;
    }
  return cases;
}

std::vector<UnitRow> run_units(const std::vector<UnitCase>& cases) {
  std::vector<UnitRow> rows(cases.size());
  oneapi::tbb::parallel_for(std::size_t{0}, cases.size(), [&](std::size_t i) { rows[i] = measure(cases[i]); });
  return rows;
}

}  // namespace bitgate::compare
