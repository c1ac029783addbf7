#include "bitgate/compare/peer_gates.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "bitgate/compare/distribution.h"
#include "bitgate/compare/fault_run.h"
#include "bitgate/reference/format/error.h"

namespace bitgate::compare {
namespace {

using enum PeerSight;
using enum Peer;

InputType type_of(const reference::Recipe& recipe) { return recipe.accepts.bf16 ? InputType::kBf16 : InputType::kF32; }

struct Answered {
  explicit Answered(const char* name)
      : recipe(reference::require_recipe(name)), input(generate(recipe, {"normal"}, type_of(recipe), {64, 64}, 1)) {
    Request request;
    request.input = input.view();
    right = reference::quantize(recipe, request);
  }
  PeerSights sights(const QuantizedTensor& subject) const { return PeerGates(input.view(), right).sights(subject); }
  const reference::Recipe& recipe;
  TypedTensor input;
  QuantizedTensor right;
};

TEST(PeersOfAnAnswer, ARightAnswerPassesAllThatAreAsked) {
  const Answered a("te/nvfp4");
  for (const PeerSight sight : a.sights(a.right)) EXPECT_NE(sight, kSees);
  for (const Peer peer :
       {kTorchao, kTorchaoAmax, kGgml, kGgmlRmse, kFlashInfer, kFlashInferRoundTrip, kTeBytes, kTeCpp, kTeFused})
    EXPECT_EQ(of(a.sights(a.right), peer), kPasses) << kPeers[static_cast<std::size_t>(peer)];
}

// Scales of 16 x 16 blocks say nothing of the maxima of 1 x 16: the right answer fails there.
TEST(PeersOfAnAnswer, AGateThatTheRightAnswerFailsIsNotAsked) {
  const Answered a("te/nvfp4-2d");
  EXPECT_EQ(of(a.sights(a.right), kTorchaoAmax), kDoesNotApply);
  EXPECT_EQ(of(a.sights(a.right), kTorchao), kPasses);
}

// 6 * scale * global is twice the block's maximum: 0 dB, where 30 are asked.
TEST(PeersOfAnAnswer, TorchaosBlockAmaxSeesAGlobalTwiceTooLarge) {
  const Answered a("te/nvfp4");
  QuantizedTensor twice = a.right;
  for (float& global : twice.global) global *= 2.0f;
  EXPECT_EQ(of(a.sights(twice), kTorchaoAmax), kSees);
  EXPECT_EQ(of(a.sights(twice), kTeCpp), kPasses);
  EXPECT_EQ(of(a.sights(twice), kTeBytes), kSees);
}

// Zeros for numbers up to some 3: |x| > 0.3 + 0.5 |x| from 0.6 on.
TEST(PeersOfAnAnswer, FlashInfersRoundTripSeesZeros) {
  const Answered a("te/nvfp4");
  QuantizedTensor zeros = a.right;
  std::fill(zeros.codes.begin(), zeros.codes.end(), std::uint8_t{0});
  EXPECT_EQ(of(a.sights(zeros), kFlashInferRoundTrip), kSees);
}

// NaN - scale is greater than nothing.
TEST(PeersOfAnAnswer, TransformerEnginesCppTestsPassANanScale) {
  const Answered a("te/nvfp4");
  QuantizedTensor nan = a.right;
  std::get<std::vector<std::uint8_t>>(nan.scales)[0] = 0x7F;
  EXPECT_EQ(of(a.sights(nan), kTeCpp), kPasses);
  EXPECT_EQ(of(a.sights(nan), kTeBytes), kSees);
}

// sqrt(4096 * d^2) / 4096 = d / 64 is above 0.002 from d = 0.128 on.
TEST(PeersOfAnAnswer, GgmlsRmseAllowsEachElementAnEighth) {
  const Answered a("ggml/q8_0-cpu-ref");
  QuantizedTensor zeros = a.right;
  std::fill(zeros.codes.begin(), zeros.codes.end(), std::uint8_t{0});
  EXPECT_EQ(of(a.sights(a.right), kGgmlRmse), kPasses);
  EXPECT_EQ(of(a.sights(zeros), kGgmlRmse), kSees);
  EXPECT_EQ(of(a.sights(zeros), kTeBytes), kDoesNotApply);
}

TEST(PeersOfAnAnswer, TorchaoSeesZerosAndFlashInferDoesNotSeeThemAmongTheCodes) {
  const Answered a("te/nvfp4");
  QuantizedTensor zeros = a.right;
  std::fill(zeros.codes.begin(), zeros.codes.end(), std::uint8_t{0});
  EXPECT_EQ(of(a.sights(zeros), kTorchao), kSees);
  EXPECT_EQ(of(a.sights(zeros), kFlashInfer), kPasses);
}

// 1.5 against 1 is one step and within 0.1 + 1; the scale 240 against 256 is not within 0.1 + 25.6 ... 16 is.
TEST(PeersOfAnAnswer, FlashInferAllowsATenthOfAScale) {
  const Answered a("te/nvfp4");
  QuantizedTensor near = a.right, far = a.right;
  auto& right = std::get<std::vector<std::uint8_t>>(near.scales);
  right[0] = static_cast<std::uint8_t>(right[0] + 1);  // at most an eighth: see below
  std::get<std::vector<std::uint8_t>>(far.scales)[0] = 0;
  EXPECT_EQ(of(a.sights(far), kFlashInfer), kSees);
  const double was = decode(kE4m3, right[0] - 1u), is = decode(kE4m3, right[0]);
  EXPECT_EQ(of(a.sights(near), kFlashInfer), is - was <= 0.1 + 0.1 * was ? kPasses : kSees);
}

TEST(PeersOfAnAnswer, TransformerEngineAllowsFewNeighboursAndNoScale) {
  const Answered a("te/nvfp4");
  QuantizedTensor one_step = a.right, two_steps = a.right, many = a.right, scale = a.right;
  one_step.codes[0] = static_cast<std::uint8_t>((one_step.codes[0] & 8) |
                                                ((one_step.codes[0] & 7) == 7 ? 6 : (one_step.codes[0] & 7) + 1));
  two_steps.codes[0] = static_cast<std::uint8_t>((two_steps.codes[0] & 8) |
                                                 ((two_steps.codes[0] & 7) >= 6 ? 4 : (two_steps.codes[0] & 7) + 2));
  for (std::size_t i = 0; i < many.codes.size() / 100; ++i)
    many.codes[i] =
        static_cast<std::uint8_t>((many.codes[i] & 8) | ((many.codes[i] & 7) == 7 ? 6 : (many.codes[i] & 7) + 1));
  std::get<std::vector<std::uint8_t>>(scale.scales)[0] ^= 1;
  EXPECT_EQ(of(a.sights(one_step), kTeFused), kPasses);
  EXPECT_EQ(of(a.sights(two_steps), kTeFused), kSees);
  EXPECT_EQ(of(a.sights(many), kTeFused), kSees);
  EXPECT_EQ(of(a.sights(scale), kTeFused), kSees);
}

TEST(PeersOfAnAnswer, ALostSignOfZeroIsSeenByBytesAlone) {
  const Answered a("te/nvfp4");
  QuantizedTensor unsigned_zero = a.right;
  for (std::uint8_t& code : unsigned_zero.codes)
    if (code == 8) code = 0;
  const PeerSights sights = a.sights(unsigned_zero);
  for (std::size_t i = 0; i < sights.size(); ++i)
    EXPECT_EQ(sights[i] == kSees, static_cast<Peer>(i) == kTeBytes) << kPeers[i];
}

TEST(PeersOfAnAnswer, GgmlSeesANan) {
  const Answered a("torchao/mxfp8e4m3-rceil");
  QuantizedTensor nan = a.right;
  nan.codes[0] = 0x7F;
  EXPECT_EQ(of(a.sights(nan), kGgml), kSees);
  EXPECT_EQ(of(a.sights(nan), kFlashInfer), kDoesNotApply);
}

TEST(PeersOfAnAnswer, TensorsOfOtherExtentsAreRefused) {
  const Answered a("te/nvfp4");
  QuantizedTensor other = a.right;
  other.codes.pop_back();
  EXPECT_THROW(a.sights(other), InputError);
}

}  // namespace
}  // namespace bitgate::compare
