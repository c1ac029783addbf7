// Which file a special rule is in.
#include "bitgate/reference/recipe/special/special.h"

namespace bitgate::reference {

namespace {

template <class Trace>
void dispatch(const Rules& rules, const BlockContext& context, std::span<const float> x, BlockOutput& out,
              Trace& trace) {
  switch (rules.special.kind) {
    case Special::kNone: return;
    case Special::kFourOverSix: return four_over_six_block(rules, context, x, out, trace);
    case Special::kGgmlMxfp4Host:
    case Special::kGgmlNvfp4Host: return ggml_fp4_host_block(rules, context, x, out, trace);
    case Special::kGgmlMxfp4Mmq:
    case Special::kGgmlNvfp4MmqV1:
    case Special::kGgmlNvfp4MmqV2: return ggml_fp4_mmq_block(rules, context, x, out, trace);
    case Special::kGgmlLegacy: return ggml_legacy_block(rules, context, x, out, trace);
    case Special::kMicroxcaling: return microxcaling_block(rules, context, x, out, trace);
    case Special::kFlashinferFourOverSix: return flashinfer_four_over_six_block(rules, context, x, out, trace);
    case Special::kModeloptTriton:
    case Special::kModeloptExtension: return modelopt_fake_block(rules, context, x, out, trace);
    case Special::kValuesOnly: std::copy(x.begin(), x.end(), out.values.begin()); return;
  }
}

}  // namespace

void special_block(const Rules& rules, const BlockContext& context, std::span<const float> x, BlockOutput& out,
                   NoTrace& trace) {
  dispatch(rules, context, x, out, trace);
}

void special_block(const Rules& rules, const BlockContext& context, std::span<const float> x, BlockOutput& out,
                   StageTrace& trace) {
  dispatch(rules, context, x, out, trace);
}

}  // namespace bitgate::reference
