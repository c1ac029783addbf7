// ggml's INT8 and older quantizers. Rows of whole structures are one row; ragged ones stay apart and are padded.
#include "bitgate/device/launch/ggml_q8.h"

#include <array>

#include "bitgate/device/launch/families.h"
#include "bitgate/device/launch/tiling.h"

namespace bitgate::device {
namespace {

constexpr std::int64_t kBlock = 32, kD2s6Structure = 128;

// A kernel by its names, and the columns to which it pads a row.
struct Stem {
  std::string_view unit, stem;
  bool extras;
  std::int64_t structure;
};

Launch launch_on(const Stem& named, Buffer from, const Extent& extent, InputType type) {
  KernelShape shape{named.unit, named.stem, kVectorsPerThread, {from, Buffer::kCodes, Buffer::kScales}};
  if (named.extras) shape.pointers.push_back(Buffer::kExtras);
  const std::int64_t structure = named.structure;
  const Extent rows = extent.cols % structure == 0 ? as_one_row(extent) : extent;
  return launch_of(shape, rows, ceil_div(rows.cols, structure) * structure / per_vector(type), type);
}

// One plan function for each kernel.
template <const Stem& named>
std::vector<Launch> plan(const Extent& extent, InputType type, const PlanOptions&) {
  if (is_empty(extent)) return {};
  return {launch_on(named, Buffer::kInput, extent, type)};
}

constexpr Stem kQ8_1{"ggml_q8_1", "ggml_q8_1", true, kBlock};
constexpr Stem kQ8_1FastMath{"ggml_q8_1_fast_math", "ggml_q8_1_fast_math", true, kBlock};
constexpr Stem kQ8_1Ieee{"ggml_q8_1", "ggml_q8_1_ieee", true, kBlock};
constexpr Stem kQ8_1Bf16{"ggml_q8_1", "ggml_q8_1_bf16", true, kBlock};
constexpr Stem kMmqD4{"ggml_q8_1_mmq", "ggml_q8_1_mmq_d4", false, kBlock};
constexpr Stem kMmqDs4{"ggml_q8_1_mmq", "ggml_q8_1_mmq_ds4", true, kBlock};
constexpr Stem kMmqD2s6{"ggml_q8_1_mmq", "ggml_q8_1_mmq_d2s6", true, kD2s6Structure};
constexpr Stem kMmqD4Ieee{"ggml_q8_1_mmq", "ggml_q8_1_mmq_d4_ieee", false, kBlock};
constexpr Stem kMmqDs4Ieee{"ggml_q8_1_mmq", "ggml_q8_1_mmq_ds4_ieee", true, kBlock};
constexpr Stem kMmqD2s6Ieee{"ggml_q8_1_mmq", "ggml_q8_1_mmq_d2s6_ieee", true, kD2s6Structure};
constexpr Stem kQ8_0Cpy{"ggml_cpy", "ggml_q8_0_cpy", false, kBlock};
constexpr Stem kQ4_0Cpy{"ggml_cpy", "ggml_q4_0_cpy", false, kBlock};
constexpr Stem kQ4_1Cpy{"ggml_cpy", "ggml_q4_1_cpy", true, kBlock};
constexpr Stem kQ5_0Cpy{"ggml_cpy", "ggml_q5_0_cpy", false, kBlock};
constexpr Stem kQ5_1Cpy{"ggml_cpy", "ggml_q5_1_cpy", true, kBlock};

constexpr Kernel row_of(std::string_view subject, SchemeId scheme, PlanFunction plan_function,
                        std::string_view variant = {}) {
  return {.subject = subject,
          .recipe = subject.substr(sizeof("cuda/") - 1),
          .variant = variant,
          .scheme = scheme,
          .types = kF32Only,
          .plan = plan_function};
}
// Copies take whole blocks.
constexpr Kernel copy_of(std::string_view subject, SchemeId scheme, PlanFunction plan_function) {
  Kernel kernel = row_of(subject, scheme, plan_function);
  kernel.cols_multiple = kBlock;
  return kernel;
}

constexpr std::array<Kernel, 15> kTable{{
    row_of("cuda/ggml/q8_1", SchemeId::kQ8_1, plan<kQ8_1>),
    row_of("cuda/ggml/q8_1", SchemeId::kQ8_1, plan<kQ8_1FastMath>, "fast-math"),
    row_of("cuda/ggml/q8_1-ieee", SchemeId::kQ8_1, plan<kQ8_1Ieee>),
    row_of("cuda/ggml/q8_1-bf16", SchemeId::kQ8_1Bf16, plan<kQ8_1Bf16>),
    row_of("cuda/ggml/q8_1-mmq-d4", SchemeId::kQ8_1MmqD4, plan<kMmqD4>),
    row_of("cuda/ggml/q8_1-mmq-ds4", SchemeId::kQ8_1MmqDs4, plan<kMmqDs4>),
    row_of("cuda/ggml/q8_1-mmq-d2s6", SchemeId::kQ8_1MmqD2s6, plan<kMmqD2s6>),
    row_of("cuda/ggml/q8_1-mmq-d4-ieee", SchemeId::kQ8_1MmqD4, plan<kMmqD4Ieee>),
    row_of("cuda/ggml/q8_1-mmq-ds4-ieee", SchemeId::kQ8_1MmqDs4, plan<kMmqDs4Ieee>),
    row_of("cuda/ggml/q8_1-mmq-d2s6-ieee", SchemeId::kQ8_1MmqD2s6, plan<kMmqD2s6Ieee>),
    copy_of("cuda/ggml/q8_0-cuda-cpy", SchemeId::kQ8_0, plan<kQ8_0Cpy>),
    copy_of("cuda/ggml/q4_0-cuda-cpy", SchemeId::kQ4_0, plan<kQ4_0Cpy>),
    copy_of("cuda/ggml/q4_1-cuda-cpy", SchemeId::kQ4_1, plan<kQ4_1Cpy>),
    copy_of("cuda/ggml/q5_0-cuda-cpy", SchemeId::kQ5_0, plan<kQ5_0Cpy>),
    copy_of("cuda/ggml/q5_1-cuda-cpy", SchemeId::kQ5_1, plan<kQ5_1Cpy>),
}};

}  // namespace

Launch ggml_q8_1_launch(Buffer from, const Extent& extent, InputType type) {
  return launch_on(kQ8_1, from, extent, type);
}

std::span<const Kernel> ggml_q8_kernels() noexcept { return kTable; }

}  // namespace bitgate::device
