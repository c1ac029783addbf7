// Whether the producers' own tests would see a fault, by their formulas (compare/peer_metrics.h has the metrics):
//
// torchao: SQNR of the decoded tensor against the input at least 8 dB for NVFP4, 18 for MX of E4M3, 13 for other MX;
//   and, of NVFP4, 6 * scale * global against max|x| of each block at least 30 dB (pytorch/ao 36027d82,
//   test/prototype/mx_formats/test_mx_tensor.py, test_nvfp4_tensor.py).
// ggml: NMSE of decoded values against the reference's at most 5e-4, the limit of MUL_MAT; a NaN fails
//   (ggml-org/ggml d99724f2, tests/test-backend-ops.cpp). Of ggml's integer schemes and NVFP4 also sqrt(sum d^2) / n
//   against the input at most 0.002 and 0.003, on the first 4096 elements (tests/test-quantize-fns.cpp, whose data is a
//   cosine).
// FlashInfer, of FP4: decoded codes within 0.1 + |reference|, scales within 0.1 + 0.1 |reference|; and the round trip,
//   the decoded tensor within 0.3 + 0.5 |input| (flashinfer fb28d724, tests/utils/test_fp4_quantize.py).
// TransformerEngine: its Python tests compare codes, scales and amax as bytes. Its C++ tests of NVFP4 compare decoded
//   codes within 1e-6 (1 + |reference|), which sees no sign of a zero, and scales by a difference greater than 0, which
//   a NaN never is; they leave the amax alone. Its fused variants may differ in less than 0.5 % of the codes, by one
//   step, which is all that is asked of them here beside equal scales (NVIDIA/TransformerEngine d0067d0d,
//   tests/pytorch/nvfp4, tests/cpp/operator/test_cast_nvfp4_transpose.cu, tests/cpp/test_common.cu). Of stochastic
//   rounding: the mean of 50 draws (peer_draws.h).
//
// Each is asked on inputs of ours; a limit that the right answer fails there is not asked.
#pragma once

#include <array>
#include <string_view>
#include <vector>

#include "bitgate/reference/format/tensor.h"
#include "bitgate/reference/recipe/recipe.h"

namespace bitgate::compare {

enum class PeerSight : std::uint8_t { kSees, kPasses, kDoesNotApply };
std::string_view name_of(PeerSight sight) noexcept;

enum class Peer : std::uint8_t {
  kTorchao,
  kTorchaoAmax,
  kGgml,
  kGgmlRmse,
  kFlashInfer,
  kFlashInferRoundTrip,
  kTeBytes,
  kTeCpp,
  kTeFused,
  kTeDraws,
};
inline constexpr std::array<std::string_view, 10> kPeers{
    "torchao", "torchao, amax",      "ggml",          "ggml, rmse", "FlashInfer", "FlashInfer, round trip", "TE, bytes",
    "TE, C++", "TE, fused variants", "TE, mean of 50"};

// By Peer.
using PeerSights = std::array<PeerSight, kPeers.size()>;
constexpr PeerSight& of(PeerSights& sights, Peer peer) noexcept { return sights[static_cast<std::size_t>(peer)]; }
constexpr PeerSight of(const PeerSights& sights, Peer peer) noexcept { return sights[static_cast<std::size_t>(peer)]; }
inline constexpr PeerSights kNoSights = [] {
  PeerSights none{};
  none.fill(PeerSight::kDoesNotApply);
  return none;
}();

// The gates of one right answer, which are measured once: `operand` is what its rows stand for, of its extent. Both
// must outlive it.
class PeerGates {
 public:
  PeerGates(const TypedView& operand, const QuantizedTensor& reference);
  // Of values without codes only ggml's NMSE is asked; kTeDraws never is. Throws InputError when the two are not of one
  // extent and kind.
  PeerSights sights(const QuantizedTensor& subject) const;

 private:
  TypedView operand_;
  const QuantizedTensor& reference_;
  std::vector<float> values_;  // the reference's, decoded
  std::array<bool, kPeers.size()> asked_{};
};

}  // namespace bitgate::compare
