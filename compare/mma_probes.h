// Single dot products that tell models of a matrix unit apart, in families P1 .. P17 (one question each): what
// spec/tensor-core.md 8.2 asks a Hopper GPU.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "bitgate/compare/mma_check.h"

namespace bitgate::compare {

struct MmaProbe {
  std::string_view family;          // of mma_families()
  std::string text;                 // "2^0 - 2^0 + 2^-25"
  std::vector<std::uint32_t> a, b;  // [k]
  std::uint32_t c = 0, flags = 0;
  bool open = false;  // asked because no published output says what hardware does here: the answer is kept
};

struct MmaFamily {
  std::string_view name, question;  // "P1", "fraction bits kept below the largest exponent"
};
std::span<const MmaFamily> mma_families() noexcept;

// Those that the instruction's types can express, in the order of the families.
std::vector<MmaProbe> mma_probes(const MmaModel& model);

// As tiles: probe i of a part in row and column i of its tile, 64 a tile, equal flags in each. Parts are families; the
// probes of a part are in the order of its results.
struct MmaProbePart {
  MmaPart part;
  std::vector<MmaProbe> probes;
};
std::vector<MmaProbePart> mma_probe_parts(const MmaModel& model);

}  // namespace bitgate::compare
