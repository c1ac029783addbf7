// Rules that no axes express, one file each, all of one form: a block in, its codes, scale and extra out. Each is
// written once for both kinds of trace and instantiated in its file.
#pragma once

#include "bitgate/reference/recipe/block.h"

namespace bitgate::reference {

template <class Trace>
void four_over_six_block(const Rules& rules, const BlockContext& context, std::span<const float> x, BlockOutput& out,
                         Trace& trace);
template <class Trace>
void flashinfer_four_over_six_block(const Rules& rules, const BlockContext& context, std::span<const float> x,
                                    BlockOutput& out, Trace& trace);
template <class Trace>
void ggml_fp4_host_block(const Rules& rules, const BlockContext& context, std::span<const float> x, BlockOutput& out,
                         Trace& trace);
template <class Trace>
void ggml_fp4_mmq_block(const Rules& rules, const BlockContext& context, std::span<const float> x, BlockOutput& out,
                        Trace& trace);
template <class Trace>
void ggml_legacy_block(const Rules& rules, const BlockContext& context, std::span<const float> x, BlockOutput& out,
                       Trace& trace);
template <class Trace>
void modelopt_fake_block(const Rules& rules, const BlockContext& context, std::span<const float> x, BlockOutput& out,
                         Trace& trace);
template <class Trace>
void microxcaling_block(const Rules& rules, const BlockContext& context, std::span<const float> x, BlockOutput& out,
                        Trace& trace);

}  // namespace bitgate::reference
