// CUTLASS: epilogues that write NVFP4 and MX from the accumulator, and its host reference
// (flashinfer-vllm-cutlass.md 6).
#include <array>

#include "bitgate/reference/dispatch/rule.h"

namespace bitgate::reference {
namespace {

using enum WordKind;

constexpr std::string_view kRepository = "NVIDIA/cutlass";
constexpr std::string_view kCommit = "7107b055";
constexpr Source kEpilogue{kRepository, "include/cutlass/epilogue/fusion/sm100_visitor_store_tma_warpspecialized.hpp",
                           kCommit, "flashinfer-vllm-cutlass.md 6.1"};
constexpr Source kHost{kRepository, "tools/util/include/cutlass/util/reference/host/gett.hpp", kCommit,
                       "flashinfer-vllm-cutlass.md 6.2"};

constexpr std::array kWords{
    Word{"quantizer", "nvfp4|mxfp4|mxfp6e2m3|mxfp6e3m2|mxfp8e4m3|mxfp8e5m2", "nvfp4", kOption, "the scheme",
         &kEpilogue},
    Word{"dtype", "fp32|bf16|f16", "fp32", kOption, "type of D, before it is quantized", &kEpilogue},
    Word{"direction", "rowwise|columnwise", "rowwise", kOption, "the row store, or the column store", &kEpilogue},
    Word{"path", "epilogue|host", "epilogue", kOption, "the device's epilogue, or the host reference", &kHost},
    Word{"block", "scheme|16|32|64", "scheme", kOption, "elements that share a scale: NVFP4 16, MX 32", &kEpilogue},
    Word{"norm", "1|other", "1", kOption, "norm constant of an MX epilogue", &kEpilogue},
    Word{"cc", "", "", kDerived, "--arch (e.g. sm_100a)", &kEpilogue},
    Word{"blocks_whole", "", "", kDerived, "--shape ROWSxCOLS", &kEpilogue}};

constexpr std::array kReleases{Release{"7107b055", 1}};
constexpr std::array<std::string_view, 1> kParts{"rowwise"};

constexpr std::array kRules{
    Rule{"cutlass.column", "direction=columnwise", "refuse",
         "no recipe stands for the column store, whose blocks run down a column", &kEpilogue},
    Rule{"cutlass.arch", "path=epilogue; cc<=99", "refuse", "epilogues that make scales need sm_100 or later",
         &kEpilogue},
    Rule{"cutlass.host.mx", "path=host; quantizer!=nvfp4", "refuse",
         "no recipe stands for the host reference of {quantizer}: its scale of an infinity is FF", &kHost},
    Rule{"cutlass.host.block", "path=host; block=32|64", "refuse",
         "no recipe stands for the host reference of blocks of {block}", &kHost},
    Rule{"cutlass.mx.block", "quantizer!=nvfp4; block=16|64", "refuse", "MX blocks have 32 elements", &kEpilogue},
    Rule{"cutlass.mx.norm", "quantizer!=nvfp4; norm=other", "refuse", "the MX recipes stand for a norm constant of 1",
         &kEpilogue},
    Rule{"cutlass.mx.dtype", "quantizer!=nvfp4; dtype!=fp32", "refuse",
         "the epilogue quantizes D in fp32, not rounded before: dtype=fp32", &kEpilogue},
    Rule{"cutlass.nvfp4.norm", "quantizer=nvfp4; norm=other", "refuse",
         "NVFP4's norm constant is the caller's global scale: norm is an option of MX", &kEpilogue},
    Rule{"cutlass.blocks", "blocks_whole=no", "refuse", "the last dimension has to be a multiple of the block",
         &kEpilogue},
    Rule{"cutlass.dtype", "dtype!=fp32", "note",
         "The epilogue's D is fp32, not rounded before: a D of 16 bits is one that happens to fit.", &kEpilogue},
    Rule{"cutlass.block.32", "block=32", "wide=-32", "", &kEpilogue},
    Rule{"cutlass.block.64", "block=64", "wide=-64", "", &kEpilogue},
    Rule{"cutlass.block", "", "wide=", "", &kEpilogue},
    Rule{"cutlass.host", "path=host", "rowwise=cutlass/nvfp4-host; kernel=host reference (gett.hpp)",
         "The host reference takes IEEE reciprocals, and its converter keeps a NaN's sign.", &kHost},
    Rule{"cutlass.nvfp4", "quantizer=nvfp4",
         "rowwise=cutlass/nvfp4-epilogue{wide}; kernel=Sm100BlockScaleFactor store (Sm120: its equal)",
         "N / 6 is multiplied by amax, a NaN takes its whole block, and no block is tested for zero.", &kEpilogue},
    Rule{"cutlass.mx", "quantizer!=nvfp4",
         "rowwise=cutlass/{quantizer}-epilogue; kernel=Sm100BlockScaleFactor store (Sm120: its equal)",
         "amax / max up to a power of two; a NaN takes its whole block.", &kEpilogue}};

void derive(Facts& facts) {
  const std::string& block = facts.at("block");
  const std::int64_t own = facts.at("quantizer") == "nvfp4" ? 16 : 32;
  facts.emplace("blocks_whole", whole_blocks(facts, block == "scheme" ? own : whole_number(block)));
}

}  // namespace

const Producer& cutlass_producer() noexcept {
  static const Producer producer{"cutlass", "CUTLASS",  "CUTLASS_", kWords, kReleases,
                                 kRules,    "7107b055", derive,     kParts};
  return producer;
}

}  // namespace bitgate::reference
