#include "bitgate/compare/peer_gates.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "bitgate/compare/distribution.h"
#include "bitgate/compare/fault_run.h"
#include "bitgate/reference/format/error.h"

namespace bitgate::compare {
namespace {

using enum PeerSight;
constexpr std::size_t kTorchao = 0, kGgml = 1, kFlashInfer = 2, kTe = 3;

struct Answered {
  explicit Answered(const char* name)
      : recipe(reference::require_recipe(name)), input(generate(recipe, {"normal"}, InputType::kBf16, {64, 64}, 1)) {
    Request request;
    request.input = input.view();
    right = reference::quantize(recipe, request);
  }
  std::array<PeerSight, 4> sights(const QuantizedTensor& subject) const {
    return peer_sights(input.view(), right, subject);
  }
  const reference::Recipe& recipe;
  TypedTensor input;
  QuantizedTensor right;
};

TEST(PeerGates, ARightAnswerPassesAll) {
  const Answered a("te/nvfp4");
  for (const PeerSight sight : a.sights(a.right)) EXPECT_EQ(sight, kPasses);
}

TEST(PeerGates, TorchaoSeesZerosAndFlashInferDoesNotSeeThemAmongTheCodes) {
  const Answered a("te/nvfp4");
  QuantizedTensor zeros = a.right;
  std::fill(zeros.codes.begin(), zeros.codes.end(), std::uint8_t{0});
  EXPECT_EQ(a.sights(zeros)[kTorchao], kSees);
  EXPECT_EQ(a.sights(zeros)[kFlashInfer], kPasses);
}

// 1.5 against 1 is one step and within 0.1 + 1; the scale 240 against 256 is not within 0.1 + 25.6 ... 16 is.
TEST(PeerGates, FlashInferAllowsATenthOfAScale) {
  const Answered a("te/nvfp4");
  QuantizedTensor near = a.right, far = a.right;
  auto& right = std::get<std::vector<std::uint8_t>>(near.scales);
  right[0] = static_cast<std::uint8_t>(right[0] + 1);  // at most an eighth: see below
  std::get<std::vector<std::uint8_t>>(far.scales)[0] = 0;
  EXPECT_EQ(a.sights(far)[kFlashInfer], kSees);
  const double was = decode(kE4m3, right[0] - 1u), is = decode(kE4m3, right[0]);
  EXPECT_EQ(a.sights(near)[kFlashInfer], is - was <= 0.1 + 0.1 * was ? kPasses : kSees);
}

TEST(PeerGates, TransformerEngineAllowsFewNeighboursAndNoScale) {
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
  EXPECT_EQ(a.sights(one_step)[kTe], kPasses);
  EXPECT_EQ(a.sights(two_steps)[kTe], kSees);
  EXPECT_EQ(a.sights(many)[kTe], kSees);
  EXPECT_EQ(a.sights(scale)[kTe], kSees);
}

TEST(PeerGates, ALostSignOfZeroIsSeenByNone) {
  const Answered a("te/nvfp4");
  QuantizedTensor unsigned_zero = a.right;
  for (std::uint8_t& code : unsigned_zero.codes)
    if (code == 8) code = 0;
  for (const PeerSight sight : a.sights(unsigned_zero)) EXPECT_EQ(sight, kPasses);
}

TEST(PeerGates, GgmlSeesANan) {
  const Answered a("torchao/mxfp8e4m3-rceil");
  QuantizedTensor nan = a.right;
  nan.codes[0] = 0x7F;
  EXPECT_EQ(a.sights(nan)[kGgml], kSees);
  EXPECT_EQ(a.sights(nan)[kFlashInfer], kDoesNotApply);
}

TEST(PeerGates, TensorsOfOtherExtentsAreRefused) {
  const Answered a("te/nvfp4");
  QuantizedTensor other = a.right;
  other.codes.pop_back();
  EXPECT_THROW(a.sights(other), InputError);
}

}  // namespace
}  // namespace bitgate::compare
