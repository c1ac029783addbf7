// Rules that no axes express, one file each, all of one form: a block in, its codes, scale and extras out. Of lanes it
// is several blocks at once, one a lane: searches run for all of them together.
//
// special.cpp holds the single-number forms; only files that quantize lanes include this.
#pragma once

#include "bitgate/reference/recipe/special/flashinfer_four_over_six.h"
#include "bitgate/reference/recipe/special/four_over_six.h"
#include "bitgate/reference/recipe/special/ggml_fp4_host.h"
#include "bitgate/reference/recipe/special/ggml_fp4_mmq.h"
#include "bitgate/reference/recipe/special/ggml_legacy.h"
#include "bitgate/reference/recipe/special/microxcaling.h"
#include "bitgate/reference/recipe/special/modelopt_fake.h"

namespace bitgate::reference {

template <class F, class Trace>
void special_block(const Rules& rules, const BlockContextOf<F>& context, std::type_identity_t<std::span<const F>> x,
                   BlockOutputOf<F>& out, Trace& trace, ElementStageOf<F> elements) {
  switch (rules.special.kind) {
    case Special::kNone: return;
    case Special::kFourOverSix: return four_over_six_block(rules, context, x, out, trace, elements);
    case Special::kGgmlMxfp4Host:
    case Special::kGgmlNvfp4Host: return ggml_fp4_host_block(rules, context, x, out, trace);
    case Special::kGgmlMxfp4Mmq:
    case Special::kGgmlNvfp4MmqV1:
    case Special::kGgmlNvfp4MmqV2: return ggml_fp4_mmq_block(rules, context, x, out, trace);
    case Special::kGgmlLegacy: return ggml_legacy_block(rules, context, x, out, trace);
    case Special::kMicroxcaling: return microxcaling_block(rules, context, x, out, trace);
    case Special::kFlashinferFourOverSix:
      return flashinfer_four_over_six_block(rules, context, x, out, trace, elements);
    case Special::kModeloptTriton:
    case Special::kModeloptExtension: return modelopt_fake_block(rules, context, x, out, trace);
    case Special::kValuesOnly: std::copy(x.begin(), x.end(), out.values.begin()); return;
  }
}

extern template void special_block(const Rules&, const BlockContext&, std::span<const float>, BlockOutput&, NoTrace&,
                                   ElementStageOf<float>);
extern template void special_block(const Rules&, const BlockContext&, std::span<const float>, BlockOutput&, StageTrace&,
                                   ElementStageOf<float>);

}  // namespace bitgate::reference
