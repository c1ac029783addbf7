// The makers of the families of mma_probes.h. Each adds what the instruction's types can express.
#pragma once

#include <vector>

#include "bitgate/compare/mma_probes.h"

namespace bitgate::compare::mma_family {

using Probes = std::vector<MmaProbe>;

struct Family {
  MmaFamily facts;
  void (*make)(const MmaModel& model, Probes& probes);
};

// mma_families_sum.cpp: the sum.
void fraction_bits(const MmaModel& model, Probes& probes);
void membership(const MmaModel& model, Probes& probes);
void cut(const MmaModel& model, Probes& probes);
void each_term(const MmaModel& model, Probes& probes);
void rounding(const MmaModel& model, Probes& probes);
void chains(const MmaModel& model, Probes& probes);
void fp8_rows(const MmaModel& model, Probes& probes);

// mma_families_small.cpp: subnormals, zeros, small exponents.
void subnormals(const MmaModel& model, Probes& probes);
void subnormal_exponents(const MmaModel& model, Probes& probes);
void zero_products(const MmaModel& model, Probes& probes);
void floor_fp32(const MmaModel& model, Probes& probes);
void floor_fp16(const MmaModel& model, Probes& probes);
void zero_signs(const MmaModel& model, Probes& probes);

// mma_families_special.cpp: overflow, NaN, options, registers.
void overflow(const MmaModel& model, Probes& probes);
void not_numbers(const MmaModel& model, Probes& probes);
void options(const MmaModel& model, Probes& probes);
void tf32_registers(const MmaModel& model, Probes& probes);

}  // namespace bitgate::compare::mma_family
