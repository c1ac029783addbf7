#include "bitgate/reference/mma/product.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstdlib>
#include <optional>
#include <stdexcept>
#include <string>

#include "bitgate/reference/arith/ieee.h"
#include "bitgate/reference/mma/evaluate.h"
#include "bitgate/reference/mma/lanes.h"
#include "bitgate/reference/mma/operands.h"
#include "bitgate/reference/recipe/lanes/threads.h"

namespace bitgate::reference {
namespace {

constexpr std::int64_t kRowsOfPiece = 64;

// The product under way.
struct Run {
  const MmaInstruction& instruction;
  std::int64_t promotion;  // in instructions
  int product_bits;
  MmaElements a, b;
  std::span<const std::uint32_t> c;
  std::vector<std::uint32_t>& d;
};

[[noreturn]] void refuse(const MmaInstruction& instruction, std::string_view why) {
  throw std::invalid_argument(std::string(instruction.name) + ": " + std::string(why));
}

void check_matrix(const MmaInstruction& instruction, const MmaMatrix& matrix) {
  if (matrix.rows < 0 || matrix.k < 0 || static_cast<std::int64_t>(matrix.codes.size()) != matrix.rows * matrix.k)
    refuse(instruction, "a matrix's codes are not rows * k many");
  const std::int64_t block = instruction.scale_block;
  const std::int64_t scales = block == 0 ? 0 : matrix.rows * ((matrix.k + block - 1) / block);
  if (static_cast<std::int64_t>(matrix.scales.size()) != scales)
    refuse(instruction, block == 0 ? "it takes no scales" : "a matrix's scales are not one for each block of its rows");
}

void check(const MmaSchedule& schedule, const MmaMatrix& a, const MmaMatrix& b, std::span<const std::uint32_t> c) {
  if (schedule.instruction == nullptr) throw std::invalid_argument("a product needs a matrix instruction");
  const MmaInstruction& instruction = *schedule.instruction;
  if (const std::string_view why = why_not_modelled(instruction, a.format, b.format); !why.empty())
    refuse(instruction, why);
  check_matrix(instruction, a);
  check_matrix(instruction, b);
  if (a.k != b.k) refuse(instruction, "a and b have different k");
  if (!c.empty() && static_cast<std::int64_t>(c.size()) != a.rows * b.rows) refuse(instruction, "c has not D's size");
  const bool fp32 =
      instruction.result == MmaResult::kFp32TowardZero || instruction.result == MmaResult::kE8m13TowardZero;
  if (schedule.promotion < 0 || schedule.promotion % instruction.k != 0)
    refuse(instruction, "the promotion is no multiple of the instruction's k");
  if (schedule.promotion != 0 && !fp32) refuse(instruction, "a promotion needs an FP32 result");
}

std::uint32_t promoted(std::uint32_t main, std::uint32_t partial) {
  return std::bit_cast<std::uint32_t>(add_rn(std::bit_cast<float>(main), std::bit_cast<float>(partial)));
}

// One instruction of the chain for one element.
std::uint32_t one_instruction(const Run& run, std::int64_t row, std::int64_t column, std::int64_t index,
                              std::optional<std::uint32_t> c) {
  const std::int64_t first = index * run.instruction.k;
  const auto count = static_cast<std::size_t>(std::min<std::int64_t>(run.instruction.k, run.a.k - first));
  const auto numbers = [&](const MmaElements& of, std::int64_t of_row) {
    return std::span(of.numbers).subspan(static_cast<std::size_t>(of_row * of.k + first), count);
  };
  const auto scales = [&](const MmaElements& of, std::int64_t of_row) -> std::span<const MmaScale> {
    if (of.blocks == 0) return {};
    const std::size_t block = run.instruction.scale_block;
    return std::span(of.scales).subspan(
        static_cast<std::size_t>(of_row * of.blocks) + static_cast<std::size_t>(first) / block,
        (count + block - 1) / block);
  };
  return evaluate(
      run.instruction,
      {numbers(run.a, row), numbers(run.b, column), scales(run.a, row), scales(run.b, column), run.product_bits}, c);
}

void one_element(const Run& run, std::int64_t row, std::int64_t column) {
  std::uint32_t& d = run.d[static_cast<std::size_t>(row * run.b.rows + column)];
  const std::int64_t instructions = (run.a.k + run.instruction.k - 1) / run.instruction.k;
  std::optional<std::uint32_t> c;
  if (!run.c.empty()) c = d;
  for (std::int64_t i = 0; i < instructions; ++i) {
    if (run.promotion != 0 && i % run.promotion == 0) {
      if (i != 0) d = promoted(d, *c);
      c.reset();
    }
    c = one_instruction(run, row, column, i, c);
  }
  if (c) d = run.promotion != 0 ? promoted(d, *c) : *c;
}

// Where lanes meet a special value.
struct Panel {
  const Run& run;
  std::int64_t row, column;
  int columns;
};
void each_element(const void* context, std::int64_t instruction, bool has_c, std::uint32_t* d) {
  const Panel& panel = *static_cast<const Panel*>(context);
  for (int i = 0; i < panel.columns; ++i)
    d[i] = one_instruction(panel.run, panel.row, panel.column + i, instruction,
                           has_c ? std::optional(d[i]) : std::nullopt);
}

void by_lanes(const Run& run, MmaKernel kernel, int lanes) {
  const MmaInstruction& instruction = run.instruction;
  const MmaPlaces places = places_of(instruction, run.a.k);
  const MmaPanels a = panels_of(instruction, run.a, 1), b = panels_of(instruction, run.b, lanes);
  const bool half = is_fp16(instruction.result);
  const mma_step::Shape shape{instruction.fraction_bits, instruction.exponent_floor,
                              mma_step::shift_to_grid(instruction.fraction_bits, run.product_bits),
                              mma_step::shift_to_grid(instruction.fraction_bits, half ? 10 : 23),
                              instruction.rules.cut};
  const mma_step::Target target = mma_step::target_of(instruction.result, instruction.rules.rounding);
  const std::int64_t panels = (run.b.rows + lanes - 1) / lanes;
  const std::int64_t pieces_of_panel = (run.a.rows + kRowsOfPiece - 1) / kRowsOfPiece;
  over_threads(panels * pieces_of_panel, [&](std::int64_t piece) {
    const std::int64_t panel = piece / pieces_of_panel, first = piece % pieces_of_panel * kRowsOfPiece;
    const std::int64_t column = panel * lanes;
    const auto columns = static_cast<int>(std::min<std::int64_t>(lanes, run.b.rows - column));
    for (std::int64_t row = first; row < std::min(first + kRowsOfPiece, run.a.rows); ++row) {
      const Panel context{run, row, column, columns};
      std::array<std::uint32_t, 16> d{};
      std::uint32_t* const of_row = run.d.data() + row * run.b.rows + column;
      std::copy_n(of_row, columns, d.data());
      kernel({&instruction, shape, target, places.products, places.steps, places.instructions, run.promotion,
              a.significands.data() + row * places.count(), a.exponents.data() + row * places.count(),
              b.significands.data() + panel * places.count() * lanes,
              b.exponents.data() + panel * places.count() * lanes, a.special.data() + row * places.instructions,
              b.special.data() + panel * places.instructions, !run.c.empty(), d.data(), each_element, &context});
      std::copy_n(d.data(), columns, of_row);
    }
  });
}

}  // namespace

std::vector<std::uint32_t> mma_product(const MmaSchedule& schedule, const MmaMatrix& a, const MmaMatrix& b,
                                       std::span<const std::uint32_t> c) {
  check(schedule, a, b, c);
  const MmaInstruction& instruction = *schedule.instruction;
  std::vector<std::uint32_t> d(static_cast<std::size_t>(a.rows * b.rows), 0);
  std::copy(c.begin(), c.end(), d.begin());
  const int product_bits =
      multiplied_format(instruction, a.format).mantissa_bits + multiplied_format(instruction, b.format).mantissa_bits;
  const Run run{instruction,
                schedule.promotion / instruction.k,
                product_bits,
                elements_of(instruction, a),
                elements_of(instruction, b),
                c,
                d};
  const MmaKernels& kernels = mma_kernels();
  if (const MmaKernel kernel = kernel_for(instruction, kernels)) {
    by_lanes(run, kernel, kernels.lanes);
  } else {
    over_threads(a.rows, [&](std::int64_t row) {
      for (std::int64_t column = 0; column < b.rows; ++column) one_element(run, row, column);
    });
  }
  return d;
}

}  // namespace bitgate::reference
