// torchao: eager, MSLK's kernel, its own Triton and CUDA kernels, torch.compile and the training path, by date
// (torchao-and-ocp.md 2.4 to 2.7; compile findings: captures of 2.11.0 on an H100).
#include <array>

#include "bitgate/reference/dispatch/rule.h"
#include "bitgate/reference/format/error.h"

namespace bitgate::reference {
namespace {

using enum WordKind;

constexpr std::string_view kAo = "pytorch/ao";
constexpr std::string_view kCommit = "36027d82";
constexpr Source kNvfp4{kAo, "torchao/prototype/mx_formats/nvfp4_tensor.py", kCommit, "torchao-and-ocp.md 2.7"};
constexpr Source kWorkflow{kAo, "torchao/prototype/mx_formats/inference_workflow.py", kCommit,
                           "torchao-and-ocp.md 2.7"};
constexpr Source kMx{kAo, "torchao/prototype/mx_formats/mx_tensor.py", kCommit, "torchao-and-ocp.md 2.4"};
constexpr Source kMxKernels{kAo, "torchao/prototype/mx_formats/kernels.py", kCommit, "torchao-and-ocp.md 2.5"};
constexpr Source kMxCuda{kAo, "torchao/csrc/cuda/mx_kernels/mxfp8_quantize.cuh", kCommit, "torchao-and-ocp.md 2.5"};
constexpr Source k4725{kAo, "PR 4725, 2026-08-12", kCommit, "torchao-and-ocp.md 2.4"};
constexpr Source kOld{kAo, "PRs 2408, 2439, 2604, 3123, 4031, 4188", kCommit, "torchao-and-ocp.md 2.7"};
constexpr Source kMslk{"meta-pytorch/MSLK", "mslk/quantize/triton/quantize_kernels/nvfp4.py", "2a3c8978",
                       "torchao-and-ocp.md 2.7"};
constexpr Source kTrain{kAo, "torchao/prototype/moe_training/nvfp4_training", kCommit, "torchao-and-ocp.md 2.7"};
constexpr Source kDivision{"pytorch/pytorch", "aten/src/ATen/native/cuda/BinaryDivTrueKernel.cu", "2.11.0",
                           "torchao-and-ocp.md 1.2"};
constexpr Source kCompile{"pytorch/pytorch", "torch.compile, golden/torch-compile.npz", "2.11.0",
                          "data/README.md and torchao-and-ocp.md 2.4"};

constexpr std::array kWords{
    Word{"quantizer", "nvfp4|mxfp4|mxfp6e2m3|mxfp6e3m2|mxfp8e4m3|mxfp8e5m2", "nvfp4", kOption, "the scheme", &kNvfp4},
    Word{"dtype", "fp32|bf16|f16", "", kOption, "type of the input", &kNvfp4},
    Word{"role", "none|input|activation|weight|gemm", "none", kOption, "what the dynamic config takes the tensor for",
         &kWorkflow},
    Word{"direction", "rowwise", "rowwise", kOption, "blocks along the last dimension", &kNvfp4},
    Word{"level", "single|tensorwise", "", kOption, "NVFP4 without or with a scale of the tensor", &kNvfp4},
    Word{"mode", "default|floor|ceil|even|rceil", "default", kOption, "how MX chooses the exponent", &kMx},
    Word{"config", "none|inference|qat", "none", kOption, "who calls: its default mode", &kMx},
    Word{"path", "recipe|eager|mslk|triton|cuda|compile|train", "recipe", kOption, "which code runs", &kWorkflow},
    Word{"use_triton_kernel", "0|1", "1", kOption, "the dynamic config's choice for activations", &kWorkflow},
    Word{"mslk", "*", "same-date", kOption, "date of MSLK (YYYY-MM-DD), if not torchao's", &kMslk},
    Word{"backend", "inductor|aot_eager|cudagraphs", "inductor", kOption, "of torch.compile", &kCompile},
    Word{"amax", "given|inside", "given", kOption, "whether the compiled graph finds the tensor's amax", &kCompile},
    Word{"torch", "2.11|2.12|2.13", "2.11", kOption, "PyTorch", &kCompile},
    Word{"2d", "0|1", "0", kOption, "16x16 blocks, in the training path", &kTrain},
    Word{"rht", "0|1", "0", kOption, "Hadamard transform, in the training path", &kTrain},
    Word{"sr", "0|1", "0", kOption, "stochastic rounding, in the training path", &kTrain},
    Word{"device", "", "", kDerived, "--arch (e.g. sm_90, x86)", &kDivision},
    Word{"cc", "", "", kDerived, "--arch (e.g. sm_90, x86)", &kMxCuda},
    Word{"blocks_whole", "", "", kDerived, "--shape ROWSxCOLS", &kMx},
    Word{"mslk_release", "", "", kDerived, "mslk=YYYY-MM-DD", &kMslk}};

// A date, the commit read, or the one release whose place among the dates is known.
constexpr std::array kReleases{Release{"36027d82", 20260821}, Release{"0.12.0", 20250704}, Release{"DATE", 0}};
constexpr std::array<std::string_view, 1> kParts{"rowwise"};

constexpr std::array kRules{
    Rule{"torchao.version.new", "release>=20260822", "refuse", "the notes read torchao up to 2026-08-21", &kNvfp4},
    Rule{"torchao.version.old", "release<=20250623", "refuse", "the notes begin with PR 2408 of 2025-06-24", &kOld},
    Rule{"torchao.dtype", "dtype=f16", "refuse", "torchao's quantizers take fp32 and bf16", &kNvfp4},
    Rule{"torchao.blocks", "blocks_whole=no", "refuse", "the last dimension has to be a multiple of the block", &kMx},

    Rule{"torchao.mode-nvfp4", "quantizer=nvfp4; mode!=default", "refuse", "mode is an option of the MX quantizers",
         &kMx},

    // Who runs what.
    Rule{"torchao.path.given", "path!=recipe", "run={path}", "", &kWorkflow},
    Rule{"torchao.role.weight", "role=weight; quantizer=nvfp4", "run=eager",
         "Weights are always quantized by the eager recipe.", &kWorkflow},
    Rule{"torchao.role.input-old", "role=input; quantizer=nvfp4; release<=20260312", "refuse run",
         "the default of use_triton_kernel before 2026-03-13 is not in the notes: say path=eager or path=triton",
         &kWorkflow},
    Rule{"torchao.role.input-eager", "role=input; quantizer=nvfp4; use_triton_kernel=0", "run=eager",
         "use_triton_kernel=0: activations run the eager recipe too.", &kWorkflow},
    Rule{"torchao.role.input", "role=input; quantizer=nvfp4", "run=mslk",
         "The dynamic config quantizes activations with MSLK's kernel (use_triton_kernel=True).", &kWorkflow},
    Rule{"torchao.path.eager", "", "run=eager", "Called directly, the quantizer runs eagerly.", &kNvfp4},
    Rule{"torchao.cpu-kernels", "run=mslk|triton|cuda|train; device=cpu", "refuse", "path {run} exists on GPUs only",
         &kWorkflow},

    // NVFP4, eager, by date.
    Rule{"torchao.nvfp4.cpu", "quantizer=nvfp4; run=eager|compile; device=cpu", "host=-cpu",
         "On a CPU amax / 6 and / 2688 are true divisions.", &kDivision},
    Rule{"torchao.nvfp4.cuda", "quantizer=nvfp4; run=eager|compile; device=cuda",
         "host=", "On CUDA a division by a constant multiplies by its rounded reciprocal.", &kDivision},
    Rule{"torchao.nvfp4.single", "quantizer=nvfp4; run=eager; level=single; release>=20260402",
         "rowwise=torchao/nvfp4{host}; kernel=nvfp4_quantize (eager)",
         "Since 2026-04-02 (#4188) the single level multiplies by a reciprocal.", &kOld},
    Rule{"torchao.nvfp4.single-old", "quantizer=nvfp4; run=eager; level=single", "refuse rowwise",
         "before 2026-04-02 (#4188) the single level divided: no recipe stands for it", &kOld},
    Rule{"torchao.nvfp4.tensorwise", "quantizer=nvfp4; run=eager; release>=20260313",
         "rowwise=torchao/nvfp4-tensorwise{host}; kernel=nvfp4_quantize (eager)",
         "Since 2026-03-13 (#4031) two levels multiply by a reciprocal.", &kOld},
    Rule{"torchao.nvfp4.cpu-old", "quantizer=nvfp4; run=eager; device=cpu", "refuse rowwise",
         "no recipe stands for two levels on a CPU before 2026-03-13", &kOld},
    Rule{"torchao.nvfp4.div", "quantizer=nvfp4; run=eager; release>=20251008",
         "rowwise=torchao/nvfp4-div; kernel=nvfp4_quantize (eager)",
         "From 2025-10-08 (#3123) to 2026-03-13 two levels divided, first element in the low nibble.", &kOld},
    Rule{"torchao.nvfp4.div-high", "quantizer=nvfp4; run=eager; release>=20250725",
         "rowwise=torchao/nvfp4-div-high; kernel=nvfp4_quantize (eager)",
         "From 2025-07-25 (#2604) to 2025-10-08 two levels divided, first element in the high nibble.", &kOld},
    Rule{"torchao.nvfp4.between", "quantizer=nvfp4; run=eager; release>=20250703; dtype=bf16", "refuse rowwise",
         "from 2025-07-03 (#2439) to 2025-07-25 bf16 was widened first under PR 2408's scale: no recipe stands for it",
         &kOld},
    Rule{"torchao.nvfp4.pr2408", "quantizer=nvfp4; run=eager",
         "rowwise=torchao/nvfp4-pr2408; kernel=nvfp4_quantize (eager)",
         "Until 2025-07-25 the tensor's scale was amax / 448, clamped from 2^-6.", &kOld},

    // NVFP4 under torch.compile.
    Rule{"torchao.nvfp4.compile-old", "quantizer=nvfp4; run=compile; release<=20260401", "refuse",
         "compiled quantizers before 2026-04-02 are in no note", &kCompile},
    Rule{"torchao.nvfp4.compile-single", "quantizer=nvfp4; run=compile; level=single",
         "rowwise=torchao/nvfp4{host}; kernel=torch.compile ({backend})",
         "Compiled by any backend the single level gives the eager bytes.", &kCompile},
    Rule{"torchao.nvfp4.inductor-cpu", "quantizer=nvfp4; run=compile; amax=inside; backend=inductor; device=cpu",
         "refuse", "inductor with amax inside the graph was not looked at on a CPU", &kCompile},
    Rule{"torchao.nvfp4.inductor", "quantizer=nvfp4; run=compile; amax=inside; backend=inductor",
         "rowwise=torchao/nvfp4-tensorwise-inductor; kernel=torch.compile (inductor)",
         "With the amax inside the compiled graph inductor's codes differ from eager ones.", &kCompile},
    Rule{"torchao.nvfp4.compile", "quantizer=nvfp4; run=compile",
         "rowwise=torchao/nvfp4-tensorwise{host}; kernel=torch.compile ({backend})",
         "Compiled, two levels give the eager bytes (inductor: with the amax given).", &kCompile},

    // NVFP4, kernels.
    Rule{"torchao.mslk.single", "quantizer=nvfp4; run=mslk; level=single", "refuse",
         "no recipe stands for MSLK's kernel without a scale of the tensor", &kMslk},
    Rule{"torchao.mslk.before", "quantizer=nvfp4; run=mslk; release<=20260312", "refuse",
         "torchao ran its own Triton kernel before 2026-03-13: path=triton", &kMslk},
    Rule{"torchao.mslk.new", "quantizer=nvfp4; run=mslk; mslk_release>=20260822", "refuse",
         "the notes read MSLK up to 2026-08-21", &kMslk},
    Rule{"torchao.mslk", "quantizer=nvfp4; run=mslk; mslk_release>=20260813",
         "rowwise=torchao/nvfp4-mslk; kernel=MSLK triton_quantize_nvfp4",
         "MSLK since 2026-08-13 (#486): scales from 2^-9 up.", &kMslk},
    Rule{"torchao.mslk.pre486", "quantizer=nvfp4; run=mslk",
         "rowwise=torchao/nvfp4-mslk-pre486; kernel=MSLK triton_quantize_nvfp4",
         "MSLK before 2026-08-13 (#486): the floor 2^-16 encodes to scale 00.", &kMslk},
    Rule{"torchao.triton.single", "quantizer=nvfp4; run=triton; level=single", "refuse",
         "no recipe stands for torchao's Triton kernel without a scale of the tensor", &kOld},
    Rule{"torchao.triton.dates", "quantizer=nvfp4; run=triton; release>=20260313", "refuse",
         "torchao's own NVFP4 Triton kernel lived from 2025-07-03 to 2026-03-13: path=mslk since", &kOld},
    Rule{"torchao.triton.before", "quantizer=nvfp4; run=triton; release<=20250702", "refuse",
         "torchao's own NVFP4 Triton kernel lived from 2025-07-03 to 2026-03-13", &kOld},
    Rule{"torchao.triton.high", "quantizer=nvfp4; run=triton; release<=20251007", "refuse",
         "no recipe stands for torchao's Triton kernel before 2025-10-08 (#3123): it put the first element in the high "
         "nibble, and before 2025-07-25 (#2604) the tensor's scale was another",
         &kOld},
    Rule{"torchao.triton", "quantizer=nvfp4; run=triton",
         "rowwise=torchao/nvfp4-triton-2025; kernel=torchao Triton NVFP4",
         "torchao's own Triton kernel divides approximately.", &kOld},
    Rule{"torchao.cuda.nvfp4", "quantizer=nvfp4; run=cuda", "refuse", "path cuda is mxfp8_quantize: an MXFP8 quantizer",
         &kMxCuda},
    Rule{"torchao.train.scheme", "quantizer!=nvfp4; run=train", "refuse", "path train quantizes NVFP4", &kTrain},
    Rule{"torchao.train.version", "run=train; release<=20260820", "refuse",
         "the training path was read at 36027d82 only", &kTrain},
    Rule{"torchao.train.sr", "run=train; sr=1", "refuse",
         "no recipe stands for the training path with stochastic rounding", &kTrain},
    Rule{"torchao.train.rht", "run=train; rht=1", "refuse",
         "no recipe stands for the training path with the Hadamard transform", &kTrain},
    Rule{"torchao.train.2d", "run=train; 2d=1", "rowwise=torchao/nvfp4-train-2d; kernel=nvfp4_training 2D",
         "The training path's weights: 16x16 blocks, meant to match TransformerEngine.", &kTrain},
    Rule{"torchao.train", "run=train", "rowwise=torchao/nvfp4-train; kernel=nvfp4_training",
         "The training path is meant to match TransformerEngine.", &kTrain},
    Rule{"torchao.2d-elsewhere", "run!=train; 2d=1", "refuse", "2d is an option of path train", &kTrain},
    Rule{"torchao.rht-elsewhere", "run!=train; rht=1", "refuse", "rht is an option of path train", &kTrain},
    Rule{"torchao.sr-elsewhere", "run!=train; sr=1", "refuse", "sr is an option of path train", &kTrain},

    // MX: the mode, then the code that runs.
    Rule{"torchao.mx.mode-given", "mode!=default", "m={mode}", "", &kMx},
    Rule{"torchao.mx.mode-inference", "config=inference|qat; quantizer!=nvfp4", "m=rceil",
         "The inference config and the fake quantizer of QAT use RCEIL.", &kMx},
    Rule{"torchao.mx.mode-default", "quantizer!=nvfp4", "m=floor", "to_mx rounds the exponent down (FLOOR).", &kMx},
    Rule{"torchao.mx.mslk", "quantizer!=nvfp4; run=mslk", "refuse", "path mslk quantizes NVFP4", &kMslk},
    Rule{"torchao.mx.kernel-element", "run=triton|cuda; quantizer!=nvfp4|mxfp8e4m3", "refuse",
         "path {run} makes E4M3 only", &kMxKernels},
    Rule{"torchao.mx.kernel-mode", "run=triton|cuda; quantizer=mxfp8e4m3; m!=floor|rceil", "refuse",
         "path {run} knows FLOOR and RCEIL only", &kMxKernels},
    Rule{"torchao.mx.kernel-old", "run=triton|cuda; quantizer=mxfp8e4m3; release<=20260811", "refuse",
         "the MXFP8 kernels before 2026-08-12 (#4725) differ from the eager recipe, and no recipe stands for them",
         &k4725},
    Rule{"torchao.mx.triton-dtype", "run=triton; quantizer=mxfp8e4m3; dtype!=bf16", "refuse",
         "the MXFP8 Triton kernels take bf16", &kMxKernels},
    Rule{"torchao.mx.cuda-arch", "run=cuda; quantizer=mxfp8e4m3; cc<=99", "refuse",
         "mxfp8_quantize needs sm_100 or later", &kMxCuda},
    Rule{"torchao.mx.triton", "run=triton; quantizer=mxfp8e4m3",
         "rowwise=torchao/{quantizer}-{m}; kernel=Triton MXFP8 (dim0, dim1)",
         "The Triton kernel gives the eager bytes.", &kMxKernels},
    Rule{"torchao.mx.cuda", "run=cuda; quantizer=mxfp8e4m3", "rowwise=torchao/{quantizer}-{m}; kernel=mxfp8_quantize",
         "The CUDA kernel gives the eager bytes.", &kMxCuda},
    Rule{"torchao.mx.compile-old", "run=compile; quantizer!=nvfp4; release<=20260811", "refuse",
         "compiled MX quantizers before 2026-08-12 (#4725) are in no note", &k4725},
    Rule{"torchao.mx.compile-torch", "run=compile; quantizer=mxfp8e4m3; m!=rceil; backend!=inductor; torch=2.12|2.13",
         "refuse", "the unclamped cast under {backend} is known for PyTorch 2.11 only", &kCompile},
    Rule{"torchao.mx.no-clamp", "run=compile; quantizer=mxfp8e4m3|mxfp8e5m2; m!=rceil; backend!=inductor",
         "rowwise=torchao/{quantizer}-{m}-compile; kernel=torch.compile ({backend})",
         "Compiling leaves the clamp out, and {backend} casts as eager does: values above the largest code become NaN.",
         &kCompile},
    Rule{"torchao.mx.compile", "run=compile; quantizer!=nvfp4",
         "rowwise=torchao/{quantizer}-{m}; kernel=torch.compile ({backend})",
         "Compiled code gives the eager bytes here: inductor's cast saturates, RCEIL needs no clamp, FP6 and FP4 clamp "
         "in the encoder.",
         &kCompile},
    Rule{"torchao.mx.old", "run=eager; quantizer!=nvfp4; m=floor; release<=20260811",
         "rowwise=torchao/{quantizer}-floor-pre4725; kernel=to_mx (eager)",
         "Before 2026-08-12 (#4725) values were divided by a scale held above 2^-126.", &k4725},
    Rule{"torchao.mx.old-modes", "run=eager; quantizer!=nvfp4; release<=20260811", "refuse rowwise",
         "no recipe stands for mode {m} before 2026-08-12 (#4725)", &k4725},
    Rule{"torchao.mx.eager", "run=eager; quantizer!=nvfp4", "rowwise=torchao/{quantizer}-{m}; kernel=to_mx (eager)",
         "to_mx: values times the exact power of two.", &kMx}};

// YYYY-MM-DD of MSLK as a number; what is no date is refused.
std::string mslk_release(std::string_view date) {
  const std::int64_t year = whole_number(date.substr(0, 4));
  const std::int64_t month = date.size() == 10 ? whole_number(date.substr(5, 2)) : -1;
  const std::int64_t day = date.size() == 10 ? whole_number(date.substr(8, 2)) : -1;
  if (year < 2000 || month < 1 || month > 12 || day < 1 || day > 31 || date[4] != '-' || date[7] != '-')
    throw InputError("torchao: unknown mslk '" + std::string(date) + "', expected a date YYYY-MM-DD");
  return std::to_string((year * 100 + month) * 100 + day);
}

void derive(Facts& facts) {
  if (facts["role"] == "activation") facts["role"] = "input";
  const std::string& mslk = facts["mslk"];
  facts.emplace("mslk_release", mslk == "same-date" ? facts["release"] : mslk_release(mslk));
  facts.emplace("blocks_whole", whole_blocks(facts, facts["quantizer"] == "nvfp4" ? 16 : 32));
}

}  // namespace

const Producer& torchao_producer() noexcept {
  static const Producer producer{"torchao", "torchao",  "TORCHAO_", kWords, kReleases,
                                 kRules,    "36027d82", derive,     kParts};
  return producer;
}

}  // namespace bitgate::reference
