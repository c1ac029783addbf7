// Matrix instructions as a GPU is asked them, and what the model of reference/mma says of a tile of dot products.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "bitgate/reference/format/format.h"
#include "bitgate/reference/mma/instruction.h"

namespace bitgate::compare {

// An instruction with the types of its operands.
struct MmaModel {
  std::string_view op;           // as PTX: "mma.sync.m16n8k16.f32.f16.f16.f32"
  std::string_view instruction;  // its row of reference::mma_instructions()
  Format a, b;
  int k;
  bool half_result = false;  // C and D are FP16, else FP32
  bool group = false;        // wgmma, which has flags
};
std::span<const MmaModel> mma_models() noexcept;
const MmaModel* find_mma_model(std::string_view op) noexcept;  // null: unknown

inline const Format& result_format(const MmaModel& model) noexcept { return model.half_result ? kFp16 : kFp32; }

// The row itself. A name without a row stops the program: the table of mma_model.cpp is wrong.
const reference::MmaInstruction& instruction_of(const MmaModel& model);

// Of a wgmma, all its dot products.
inline constexpr std::uint32_t kMmaFromRegisters = 1, kMmaWithoutC = 2, kMmaMinusA = 4, kMmaMinusB = 8;

inline constexpr std::size_t kMmaRows = 64, kMmaDots = kMmaRows * kMmaRows;

// 64 rows of A against 64 columns of B. Codes lie in the low bits, TF32 as whole FP32 registers.
struct MmaTile {
  std::uint32_t flags = 0;
  bool diagonal = false;         // only the dot products of row i and column i are asked, as many as `asked`
  std::size_t asked = kMmaDots;  // else all, in the order of rows
  std::vector<std::uint32_t> a;  // [64][k]
  std::vector<std::uint32_t> b;  // [64][k]: a column's codes lie together
  std::vector<std::uint32_t> c;  // [64][64]
};
MmaTile empty_tile(const MmaModel& model);  // zeros, all asked

// Where dot product `i` of those asked lies in C and D.
constexpr std::size_t place_of(const MmaTile& tile, std::size_t i) noexcept {
  return tile.diagonal ? i * kMmaRows + i : i;
}

// D of the dot products asked, in order; `row` other than the model's own computes with that row's parameters.
void mma_expected(const MmaModel& model, const reference::MmaInstruction& row, const MmaTile& tile,
                  std::span<std::uint32_t> d);

}  // namespace bitgate::compare
