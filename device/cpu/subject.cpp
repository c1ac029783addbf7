#include "bitgate/device/cpu/subject.h"

#include <array>
#include <cstddef>

#include "bitgate/device/cpu/recipes.h"

namespace bitgate::device {
namespace {

struct Subject {
  std::string_view recipe;
  CpuQuantize quantize;
};

constexpr std::array kSubjects{
    Subject{"te/nvfp4", cpu::te_nvfp4},
    Subject{"te/nvfp4-row", cpu::te_nvfp4_row},
    Subject{"te/nvfp4-pyref", cpu::te_nvfp4_pyref},
    Subject{"te/nvfp4-pyref-row", cpu::te_nvfp4_pyref_row},
    Subject{"torchao/nvfp4", cpu::torchao_nvfp4},
    Subject{"torchao/nvfp4-cpu", cpu::torchao_nvfp4_cpu},
    Subject{"torchao/nvfp4-tensorwise", cpu::torchao_nvfp4_tensorwise},
    Subject{"torchao/nvfp4-tensorwise-cpu", cpu::torchao_nvfp4_tensorwise_cpu},
    Subject{"torchao/nvfp4-pr2408", cpu::torchao_nvfp4_pr2408},
    Subject{"torchao/mxfp4-floor", cpu::torchao_mxfp4_floor},
    Subject{"torchao/mxfp8e4m3-floor", cpu::torchao_mxfp8e4m3_floor},
    Subject{"torchao/mxfp8e4m3-rceil", cpu::torchao_mxfp8e4m3_rceil},
    Subject{"ggml/q8_1", cpu::ggml_q8_1},
    Subject{"ggml/q8_1-mmq-d4", cpu::ggml_q8_1_mmq_d4},
    Subject{"ggml/q8_1-mmq-ds4", cpu::ggml_q8_1_mmq_ds4},
    Subject{"ggml/q8_1-mmq-d2s6", cpu::ggml_q8_1_mmq_d2s6},
    Subject{"ggml/q8_1-cpu-ref", cpu::ggml_q8_1_cpu_ref},
};

constexpr auto kNames = [] {
  std::array<std::string_view, kSubjects.size()> names{};
  for (std::size_t i = 0; i < names.size(); ++i) names[i] = kSubjects[i].recipe;
  return names;
}();

}  // namespace

CpuQuantize find_cpu_subject(std::string_view recipe) noexcept {
  for (const Subject& subject : kSubjects)
    if (subject.recipe == recipe) return subject.quantize;
  return nullptr;
}

std::span<const std::string_view> cpu_subject_names() noexcept { return kNames; }

}  // namespace bitgate::device
