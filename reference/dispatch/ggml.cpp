// ggml and llama.cpp: what quantizes activations, weights and the KV cache, by operation, weight type, batch and chip
// (ggml.md 2 to 6 and 11).
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "bitgate/reference/dispatch/ggml_consumers.h"
#include "bitgate/reference/dispatch/rule.h"
#include "bitgate/reference/format/error.h"

namespace bitgate::reference {
namespace {

using enum WordKind;

constexpr std::string_view kRepository = "ggml-org/ggml";
constexpr std::string_view kCommit = "d99724f2";
constexpr Source kSelect{kRepository, "src/ggml-cuda/ggml-cuda.cu, ggml_cuda_mul_mat", kCommit, "ggml.md 4"};
constexpr Source kMmvq{kRepository, "src/ggml-cuda/mmvq.cu", kCommit, "ggml.md 4 and 6"};
constexpr Source kQuantize{kRepository, "src/ggml-cuda/quantize.cu", kCommit, "ggml.md 2"};
constexpr Source kMmq{kRepository, "src/ggml-cuda/mmq.cuh", kCommit, "ggml.md 2.1 and 2.3"};
constexpr Source kFp4{kRepository, "src/ggml-cuda/quantize.cu and mmq.cu", kCommit, "ggml.md 5.3 and 11"};
constexpr Source kV2{"ggml-org/llama.cpp", "PR 25730, 2026-07-22", "ggml e7059df1", "ggml.md 5.3"};
constexpr Source kV1{"ggml-org/llama.cpp", "PR 22196, 2026-04-28", "ggml c21ff638", "ggml.md 5.3"};
constexpr Source kV100{"ggml-org/llama.cpp", "issues 26044 and 27016", "reports", "ggml.md 9"};
constexpr Source kFlags{kRepository, "src/ggml-cuda/CMakeLists.txt", kCommit, "ggml.md 1 and 2.5"};
constexpr Source kCpu{kRepository, "src/ggml-cpu/arch/*/quants.c", kCommit, "ggml.md 2.4"};
constexpr Source kRef{kRepository, "src/ggml-quants.c", kCommit, "ggml.md 1 (trap 3), 5.2 and 5.4"};
constexpr Source kCpy{kRepository, "src/ggml-cuda/cpy-utils.cuh", kCommit, "ggml.md 5.3 and 5.4"};
constexpr Source kNorm{kRepository, "src/ggml-cuda/norm.cu", kCommit, "ggml.md 3"};
constexpr Source kVersion{kRepository, "its history", kCommit, "ggml.md, head"};

// The same names as weight_types(), which a test compares.
constexpr std::string_view kTypes =
    "q1_0|q2_0|q4_0|q4_1|q5_0|q5_1|q8_0|mxfp4|nvfp4|q2_K|q3_K|q4_K|q5_K|q6_K|iq1_s|iq2_xxs|iq2_xs|iq2_s|iq3_xxs|iq3_s|"
    "iq4_nl|iq4_xs|f32|f16|bf16";

constexpr std::array kWords{
    Word{"role", "activation|input|weight|kv-cache|norm|gemm", "activation", kOption,
         "activation (src1 of a product), weight (made on the CPU), kv-cache (CPY, SET_ROWS), norm", &kSelect},
    Word{"op", "MUL_MAT|MUL_MAT_ID", "MUL_MAT", kOption, "the product", &kSelect},
    Word{"weight_type", kTypes, "", kOption, "of the product's src0; for weight and kv-cache: of the result", &kMmvq},
    Word{"batch", "#", "", kOption, "columns of the activation: ne11 of MUL_MAT, ne2 of MUL_MAT_ID (--batch)", &kMmvq},
    Word{"dtype", "fp32|bf16|f16", "fp32", kOption, "type of the activation", &kSelect},
    Word{"dst_type", "fp32|bf16|f16", "fp32", kOption, "type of the product", &kSelect},
    Word{"bad_padding", "0|1", "0", kOption, "src0 is a view in a compute buffer whose allocation exceeds its bytes",
         &kSelect},
    Word{"hadamard", "0|1", "0", kOption, "the Hadamard hint", &kSelect},
    Word{"build", "fast-math|ieee", "fast-math", kOption, "whether the CUDA files have -use_fast_math", &kFlags},
    Word{"compiled_arch", "*", "same", kOption, "chips compiled for, e.g. sm_90,sm_120a; same: the device's", &kFp4},
    Word{"toolkit", "12.8|before-12.8", "12.8", kOption, "CUDA toolkit: 12.8 or later, or before", &kFp4},
    Word{"imatrix", "0|1", "0", kOption, "weights with an importance matrix", &kRef},
    Word{"compiler", "gcc|clang", "gcc", kOption, "of ggml's C files", &kRef},
    Word{"fma", "default|0|1", "default", kOption, "whether ggml-base may use FMA; default: not on x86, on aarch64",
         &kRef},
    Word{"norm", "rms_norm|rms_norm-mul|rms_norm-mul-add", "rms_norm", kOption, "what follows the norm", &kNorm},
    Word{"GGML_CUDA_DISABLE_FUSION", "0|1", "0", kEnvironment, "turns all fusion off", &kNorm},
    Word{"arch", "", "", kDerived, "--arch (e.g. sm_90, x86)", &kSelect},
    Word{"device", "", "", kDerived, "--arch (e.g. sm_90, x86)", &kSelect},
    Word{"cc", "", "", kDerived, "--arch (e.g. sm_90, x86)", &kSelect},
    Word{"mmvq", "", "", kDerived, "weight_type, --batch and --arch", &kMmvq},
    Word{"native_fp4", "", "", kDerived, "--arch (e.g. sm_90, x86)", &kFp4},
    Word{"layout", "d4|ds4|d2s6", "", kDerived, "weight_type", &kMmq},
    Word{"cols", "", "", kDerived, "--shape ROWSxCOLS", &kNorm}};

constexpr std::array kReleases{Release{"d99724f2", 20260821}, Release{"e7059df1", 20260722},
                               Release{"c21ff638", 20260428}, Release{"DATE", 0}};
constexpr std::array<std::string_view, 4> kParts{"activation", "weight", "cache", "normalized"};

constexpr std::array kRules{
    Rule{"ggml.version.new", "release>=20260822", "refuse", "the notes read ggml up to 2026-08-21", &kVersion},
    Rule{"ggml.version.old", "release<=20260427", "refuse", "the notes begin with ggml c21ff638 of 2026-04-28",
         &kVersion},

    // Activations of a product on CUDA, in the order in which ggml_cuda_mul_mat asks.
    Rule{"ggml.fwht", "role=activation; device=cuda; hadamard=1", "activation=none; kernel=FWHT",
         "The Hadamard hint: the product runs FWHT and quantizes nothing.", &kSelect},
    Rule{"ggml.bad-padding", "role=activation; device=cuda; bad_padding=1", "activation=none; kernel=cuBLAS",
         "Bad padding: cuBLAS, which quantizes nothing.", &kSelect},
    Rule{"ggml.not-f32", "role=activation; device=cuda; dtype!=fp32", "activation=none; kernel=cuBLAS",
         "src1 is not F32: cuBLAS, which quantizes nothing.", &kSelect},
    Rule{"ggml.dst-not-f32", "role=activation; device=cuda; dst_type!=fp32", "activation=none; kernel=cuBLAS",
         "The output is not F32: cuBLAS, which quantizes nothing.", &kSelect},
    Rule{"ggml.float-weight", "role=activation; device=cuda; weight_type=f32|f16|bf16",
         "activation=none; kernel=mmvf, mmf or cuBLAS", "A weight that is not quantized: mmvf, mmf or cuBLAS.",
         &kSelect},
    Rule{"ggml.old-limits", "role=activation; device=cuda; release<=20260820; batch>=4; batch<=8", "refuse activation",
         "MMVQ's limits per type and chip were read at d99724f2 only: for 4 to 8 columns an older version may choose "
         "MMQ",
         &kMmvq},
    Rule{"ggml.mmvq", "role=activation; device=cuda; mmvq=yes", "kernel=MMVQ quantize_q8_1; run=mmvq",
         "A quantized weight and no more columns than MMVQ's limit for this type and chip: MMVQ.", &kMmvq},
    Rule{"ggml.v100", "role=activation; cc=70; batch>=64", "activation=none; kernel=cuBLAS",
         "sm_70 leaves MMQ for cuBLAS from 64 columns on, which quantizes nothing.", &kV100},
    Rule{"ggml.native-fp4", "role=activation; native_fp4=yes; weight_type=mxfp4|nvfp4",
         "run=fp4; kernel=MMQ native FP4",
         "More columns than MMVQ takes, an FP4 weight, and the compiled chip is 12.x: MMQ with native FP4.", &kFp4},
    Rule{"ggml.mmq", "role=activation; device=cuda", "run=mmq; kernel=MMQ {layout}",
         "More columns than MMVQ takes: MMQ, whose activation layout follows from the weight type.", &kMmq},
    Rule{"ggml.no-native-fp4", "run=mmq; weight_type=mxfp4|nvfp4", "note",
         "The chip compiled for is not 12.x: FP4 weights meet Q8_1 activations in layout D4.", &kFp4},
    Rule{"ggml.ieee", "build=ieee; run=mmvq|mmq", "suffix=-ieee",
         "Built without -use_fast_math: true divisions, no flush to zero.", &kFlags},
    Rule{"ggml.fast-math", "run=mmvq|mmq", "suffix=", "Built with -use_fast_math: ggml's default.", &kFlags},
    Rule{"ggml.q8_1", "run=mmvq", "activation=ggml/q8_1{suffix}", "", &kQuantize},
    Rule{"ggml.q8_1-mmq", "run=mmq", "activation=ggml/q8_1-mmq-{layout}{suffix}", "", &kQuantize},
    Rule{"ggml.fp4-ieee", "run=fp4; build=ieee", "refuse", "no recipe stands for native FP4 without -use_fast_math",
         &kFp4},
    Rule{"ggml.fp4-toolkit", "run=fp4; toolkit=before-12.8", "refuse",
         "before CUDA 12.8 the FP4 codes come from software with other ties: no recipe stands for it", &kFp4},
    Rule{"ggml.mxfp4-mmq", "run=fp4; weight_type=mxfp4", "activation=ggml/mxfp4-mmq",
         "MXFP4 weights: activations become MXFP4.", &kFp4},
    Rule{"ggml.nvfp4-mmq-v2", "run=fp4; release>=20260722", "activation=ggml/nvfp4-mmq-v2",
         "NVFP4 with a scale a row, since 2026-07-22.", &kV2},
    Rule{"ggml.nvfp4-mmq-v1", "run=fp4", "activation=ggml/nvfp4-mmq-v1",
         "NVFP4 without a scale of the row, from 2026-04-28 to 2026-07-22.", &kV1},

    // Activations of a product on the CPU.
    Rule{"ggml.cpu.isa-avx", "device=cpu; arch=x86", "isa=avx", "", &kCpu},
    Rule{"ggml.cpu.isa-neon", "device=cpu; arch=neon|riscv", "isa=neon",
         "NEON and RISC-V V round to nearest even and multiply by 1/d.", &kCpu},
    Rule{"ggml.cpu.isa-ref", "device=cpu; arch=scalar", "isa=ref", "", &kCpu},
    Rule{"ggml.cpu.float", "role=activation; device=cpu; weight_type=f32|f16|bf16",
         "activation=none; kernel=CPU float product", "A weight that is not quantized: nothing is quantized.", &kCpu},
    Rule{"ggml.cpu.q8_0", "role=activation; device=cpu; weight_type=q4_0|q5_0|q8_0|mxfp4|nvfp4",
         "activation=ggml/q8_0-cpu-{isa}; kernel=quantize_row_q8_0",
         "On the CPU these weights meet Q8_0 activations, which carry no sum.", &kCpu},
    Rule{"ggml.cpu.q8_1", "role=activation; device=cpu; weight_type=q4_1|q5_1",
         "activation=ggml/q8_1-cpu-{isa}; kernel=quantize_row_q8_1", "On the CPU Q4_1 and Q5_1 meet Q8_1 activations.",
         &kCpu},
    Rule{"ggml.cpu.other", "role=activation; device=cpu", "refuse activation",
         "the notes do not state what activations {weight_type} weights meet on the CPU", &kCpu},

    // Weights, made on the CPU.
    Rule{"ggml.weight.device", "role=weight; device=cuda", "refuse",
         "CUDA quantizes no weights: ggml makes them on the CPU (--arch x86, neon)", &kFp4},
    Rule{"ggml.weight.imatrix", "role=weight; imatrix=1", "refuse",
         "with an importance matrix a scale search runs: no recipe stands for it", &kRef},
    Rule{"ggml.weight.fp4", "role=weight; weight_type=mxfp4|nvfp4",
         "weight=ggml/{weight_type}-cpu; kernel=quantize_row_{weight_type}_ref", "The CPU reference, without a search.",
         &kRef},
    Rule{"ggml.weight.q8_0", "role=weight; weight_type=q8_0", "weight=ggml/q8_0-cpu-ref; kernel=quantize_row_q8_0_ref",
         "The CPU reference.", &kRef},
    Rule{"ggml.weight.type", "role=weight; weight_type!=q4_0|q4_1|q5_0|q5_1", "refuse weight",
         "the notes state no quantizer of {weight_type} weights", &kRef},
    Rule{"ggml.weight.clang", "role=weight; compiler=clang", "contraction=ref",
         "clang does not contract across statements.", &kRef},
    Rule{"ggml.weight.no-fma", "role=weight; fma=0", "contraction=ref", "Without FMA nothing is contracted.", &kRef},
    Rule{"ggml.weight.fma", "role=weight; fma=1", "contraction=fma",
         "GCC contracts x * id + 8.5 where FMA exists: C files are built as gnu11.", &kRef},
    Rule{"ggml.weight.x86", "role=weight; arch=x86|scalar", "contraction=ref",
         "ggml-base gets no -march on x86: no FMA, nothing is contracted.", &kRef},
    Rule{"ggml.weight.riscv", "role=weight; arch=riscv", "refuse contraction",
         "whether GCC contracts on RISC-V is not in the notes: say fma=0 or fma=1", &kRef},
    Rule{"ggml.weight.aarch64", "role=weight; arch=neon", "contraction=fma",
         "GCC on aarch64 contracts x * id + 8.5 into an FMA.", &kRef},
    Rule{"ggml.weight", "role=weight; weight_type=q4_0|q4_1|q5_0|q5_1",
         "weight=ggml/{weight_type}-cpu-{contraction}; kernel=quantize_row_{weight_type}_ref", "", &kRef},

    // KV cache and norms on CUDA.
    Rule{"ggml.cache.device", "role=kv-cache; device=cpu", "refuse", "the notes state CPY and SET_ROWS on CUDA only",
         &kCpy},
    Rule{"ggml.cache.ieee", "role=kv-cache; build=ieee", "refuse", "no recipe stands for CPY without -use_fast_math",
         &kCpy},
    Rule{"ggml.cache", "role=kv-cache; weight_type=q4_0|q4_1|q5_0|q5_1|q8_0",
         "cache=ggml/{weight_type}-cuda-cpy; kernel=CPY, SET_ROWS", "The KV cache is quantized by CPY and SET_ROWS.",
         &kCpy},
    Rule{"ggml.cache.type", "role=kv-cache", "refuse cache", "CUDA's CPY and SET_ROWS to {weight_type} have no recipe",
         &kCpy},
    Rule{"ggml.norm.device", "role=norm; device=cpu", "refuse", "no recipe stands for RMS_NORM on the CPU", &kNorm},
    Rule{"ggml.norm.ieee", "role=norm; build=ieee", "refuse", "no recipe stands for RMS_NORM without -use_fast_math",
         &kNorm},
    Rule{"ggml.norm.256", "role=norm; cols<=1023", "threads=256", "Fewer than 1024 columns: 256 threads sum a row.",
         &kNorm},
    Rule{"ggml.norm.1024", "role=norm", "threads=1024", "1024 columns or more: 1024 threads sum a row.", &kNorm},
    Rule{
        "ggml.norm.unfused-add", "role=norm; norm=rms_norm-mul-add; GGML_CUDA_DISABLE_FUSION=1",
        "normalized=ggml/rms_norm-mul; kernel=RMS_NORM, MUL, ADD apart ({threads} threads)",
        "GGML_CUDA_DISABLE_FUSION=1: the product is rounded before a separate ADD, which the fused kernel does not do.",
        &kNorm},
    Rule{"ggml.norm.unfused", "role=norm; norm!=rms_norm; GGML_CUDA_DISABLE_FUSION=1",
         "normalized=ggml/rms_norm-mul; kernel=RMS_NORM, MUL apart ({threads} threads)",
         "GGML_CUDA_DISABLE_FUSION=1: two kernels, and the same bits as one.", &kNorm},
    Rule{"ggml.norm", "role=norm", "normalized=ggml/{norm}; kernel={norm} ({threads} threads)",
         "Norm and what follows run as one kernel.", &kNorm},
    Rule{"ggml.fusion-elsewhere", "role!=norm; GGML_CUDA_DISABLE_FUSION=1", "note",
         "GGML_CUDA_DISABLE_FUSION changes no quantizer's bits.", &kNorm},
    Rule{"ggml.fusion-nothing", "role=norm; norm=rms_norm; GGML_CUDA_DISABLE_FUSION=1", "note",
         "GGML_CUDA_DISABLE_FUSION changes nothing of a norm alone.", &kNorm}};

// The highest chip compiled for that is not above the device: the code that runs there.
int running_capability(std::string_view compiled, int device) {
  if (compiled == "same") return device;
  int best = 0;
  for (const std::string_view name : split(compiled, ',')) {
    const int capability = require_arch(name).capability;
    if (capability <= device) best = std::max(best, capability);
  }
  if (best == 0)
    throw InputError(fmt::format("ggml: compiled_arch '{}' has no chip that runs on this device", compiled));
  return best;
}

void derive(Facts& facts) {
  if (facts["role"] == "input" || facts["role"] == "gemm") facts["role"] = "activation";
  const auto cc = facts.find("cc");
  if (cc == facts.end()) return;
  const int capability = static_cast<int>(whole_number(cc->second));
  const int running = running_capability(facts["compiled_arch"], capability);
  facts.emplace("native_fp4", running >= 120 && running < 130 ? "yes" : "no");
  const auto type = facts.find("weight_type");
  if (type == facts.end()) return;
  const std::string_view layout = find_weight_type(type->second)->mmq_layout;
  facts.emplace("layout", layout.empty() ? "none" : layout);
  const auto batch = facts.find("batch");
  if (batch == facts.end()) return;
  const std::int64_t limit = mmvq_limit(facts["op"], type->second, capability);
  facts.emplace("mmvq", !layout.empty() && whole_number(batch->second) <= limit ? "yes" : "no");
}

}  // namespace

const Producer& ggml_producer() noexcept {
  static const Producer producer{"ggml", "ggml / llama.cpp", "GGML_", kWords, kReleases,
                                 kRules, "d99724f2",         derive,  kParts};
  return producer;
}

}  // namespace bitgate::reference
