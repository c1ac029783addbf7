// Whether the producers' own tests would see a fault, by their formulas (compare/peer_metrics.h has the metrics):
//
// torchao: SQNR of the decoded tensor at least 8 dB for NVFP4, 18 for MX of E4M3, 13 for other MX (pytorch/ao 36027d82,
//   test/prototype/mx_formats).
// ggml: NMSE of decoded values against the reference's at most 5e-4, the limit of MUL_MAT; a NaN fails
//   (ggml-org/ggml d99724f2, tests/test-backend-ops.cpp).
// FlashInfer: decoded codes within 0.1 + |reference|, scales within 0.1 + 0.1 |reference| (flashinfer fb28d724,
//   tests/utils/test_fp4_quantize.py).
// FlashInfer's round trip (0.3 / 0.5) and torchao's limit on the block amax (30 dB) are not here.
// TransformerEngine: its exact tests compare bytes, as bitgate does; its fused variants may differ in less than 0.5 %
// of the codes, by one step; scales are equal
//   (NVIDIA/TransformerEngine d0067d0d, tests/cpp/operator/test_cast_nvfp4_transpose.cu).
#pragma once

#include <array>
#include <string_view>

#include "bitgate/reference/format/tensor.h"
#include "bitgate/reference/recipe/recipe.h"

namespace bitgate::compare {

enum class PeerSight : std::uint8_t { kSees, kPasses, kDoesNotApply };
std::string_view name_of(PeerSight sight) noexcept;

inline constexpr std::array<std::string_view, 4> kPeers{"torchao", "ggml", "FlashInfer", "TE, fused variants"};

// In the order of kPeers. torchao's limits are for schemes with byte scales. Tensors of codes, row-wise, of one extent;
// throws InputError when the two are not.
std::array<PeerSight, 4> peer_sights(const TypedView& input, const QuantizedTensor& reference,
                                     const QuantizedTensor& subject);

}  // namespace bitgate::compare
