// What the model does not cover, and why.
#include <array>
#include <string>

#include "bitgate/reference/format/error.h"
#include "bitgate/reference/mma/instruction.h"

namespace bitgate::reference {
namespace {

constexpr std::string_view kNoModel = "no public source says what it computes";
constexpr std::string_view kSparse = "no model of sparse instructions is published";
constexpr std::string_view kUntried = "no source tried this mode";
constexpr std::string_view kFp64 = "numbers of 64 bits have no place among 32-bit operands and results";
constexpr std::string_view kRejected = "ptxas rejects it on this architecture";
constexpr std::string_view kIntegers = "4-bit and binary integers: exact sums, which need no model";

// A name that ends in * stands for all that begin so.
constexpr std::array kRefusals{
    MmaRefusal{"sm_75/mma.m8n8k4*", "known of sm_70 alone; later architectures have no such unit"},
    MmaRefusal{"sm_75/mma.m8n8k32/int4*", kIntegers},
    MmaRefusal{"sm_80/mma.m16n8k64/int4*", kIntegers},
    MmaRefusal{"sm_80/mma.m16n8k256/b1*", kIntegers},
    MmaRefusal{"sm_80/mma.m8n8k4/f64/f64", kFp64},
    MmaRefusal{"sm_90/mma.m16n8k4/f64/f64", kFp64},
    MmaRefusal{"sm_90/mma.m16n8k8/f64/f64", kFp64},
    MmaRefusal{"sm_90/mma.m16n8k16/f64/f64", kFp64},
    MmaRefusal{"sm_80/mma.sp*", kSparse},
    MmaRefusal{"sm_89/mma.sp*", kSparse},
    MmaRefusal{"sm_90/mma.sp*", kSparse},
    MmaRefusal{"sm_90a/wgmma.sp*", kSparse},
    MmaRefusal{"sm_100/mma.f8f6f4*", kRejected},
    MmaRefusal{"sm_100/mma.mxf8f6f4*", kRejected},
    MmaRefusal{"sm_100/mma.mxf4*", kRejected},
    MmaRefusal{"sm_100a/tcgen05.sp*", kSparse},
    MmaRefusal{"sm_100a/tcgen05.ws*", kUntried},
    MmaRefusal{"sm_100a/tcgen05.cta_group2*", kUntried},
    MmaRefusal{"sm_100a/tcgen05.scale-input-d*", kUntried},
    MmaRefusal{"sm_103a/tcgen05.mxf4.k96/mxfp4/f32", kNoModel},
    MmaRefusal{"sm_103a/tcgen05.mxf4nvf4.k96/nvfp4/f32", kNoModel},
    MmaRefusal{"sm_103a/*", kNoModel},
    MmaRefusal{"sm_110/*", kNoModel},
    MmaRefusal{"sm_120a/mma.sp*", kSparse},
    MmaRefusal{"sm_121/*", kNoModel},
};

bool stands_for(std::string_view pattern, std::string_view name) noexcept {
  if (!pattern.ends_with('*')) return pattern == name;
  return name.starts_with(pattern.substr(0, pattern.size() - 1));
}

}  // namespace

std::span<const MmaRefusal> mma_refusals() noexcept { return kRefusals; }

const MmaInstruction& require_mma_instruction(std::string_view name) {
  if (const MmaInstruction* found = find_mma_instruction(name)) return *found;
  for (const MmaRefusal& refusal : kRefusals)
    if (stands_for(refusal.name, name))
      throw InputError("the matrix instruction " + std::string(name) +
                       " is not modelled: " + std::string(refusal.reason));
  throw InputError("there is no matrix instruction " + std::string(name) + "; their names are like " +
                   std::string(mma_instructions().back().name));
}

}  // namespace bitgate::reference
