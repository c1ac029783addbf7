#include "bitgate/compare/peer_gates.h"

#include <cmath>
#include <vector>

#include "bitgate/compare/peer_metrics.h"

namespace bitgate::compare {
namespace {

constexpr double kNvfp4Db = 8.0, kMxE4m3Db = 18.0, kMxDb = 13.0;
constexpr double kGgmlNmse = 5e-4;
constexpr double kCodeRelative = 1.0, kScaleRelative = 0.1, kAbsolute = 0.1;
constexpr double kDifferingShare = 0.005;

PeerSight sees(bool fails) noexcept { return fails ? PeerSight::kSees : PeerSight::kPasses; }

std::vector<float> decoded(const QuantizedTensor& t) {
  std::vector<float> values;
  std::vector<double> row(static_cast<std::size_t>(t.extent.cols));
  for (std::int64_t r = 0; r < t.extent.rows; ++r) {
    reference::exact_row(t, r, row);
    for (const double value : row) values.push_back(static_cast<float>(value));
  }
  return values;
}

PeerSight torchao_sight(const TypedView& input, const QuantizedTensor& subject) {
  const Scheme& scheme = subject.scheme;
  if (scheme.scale.bits != 8) return PeerSight::kDoesNotApply;
  const double limit = scheme.scale.mantissa_bits != 0     ? kNvfp4Db
                       : scheme.element.mantissa_bits == 3 ? kMxE4m3Db
                                                           : kMxDb;
  const double db = torchao_sqnr_db(input, decoded(subject));
  return sees(!(db >= limit));
}

PeerSight ggml_sight(const QuantizedTensor& reference, const QuantizedTensor& subject) {
  return sees(!passes_ggml_nmse(ggml_nmse(decoded(subject), decoded(reference)), kGgmlNmse));
}

// numpy's and torch's closeness: NaN is close to nothing, equal infinities are close.
bool close(double tested, double wanted, double relative) noexcept {
  return tested == wanted || std::fabs(tested - wanted) <= kAbsolute + relative * std::fabs(wanted);
}

PeerSight flashinfer_sight(const QuantizedTensor& reference, const QuantizedTensor& subject) {
  const Scheme& scheme = reference.scheme;
  if (scheme.element.bits != 4 || scheme.scale.bits != 8) return PeerSight::kDoesNotApply;
  for (std::size_t i = 0; i < reference.codes.size(); ++i)
    if (!close(decode(scheme.element, subject.codes[i]), decode(scheme.element, reference.codes[i]), kCodeRelative))
      return PeerSight::kSees;
  for (std::size_t i = 0; i < scale_count(reference.scales); ++i) {
    const std::uint32_t tested = scale_bits(subject.scales, i), wanted = scale_bits(reference.scales, i);
    if (tested != wanted && !close(decode(scheme.scale, tested), decode(scheme.scale, wanted), kScaleRelative))
      return PeerSight::kSees;
  }
  return PeerSight::kPasses;
}

// Steps between two codes in the order of the numbers they stand for; the zeros are one.
int steps_between(const Format& element, std::uint8_t a, std::uint8_t b) noexcept {
  const auto place = [&](std::uint8_t code) {
    const auto size = static_cast<int>(code & magnitude_mask(element));
    return (code & sign_mask(element)) != 0 ? -size : size;
  };
  return std::abs(place(a) - place(b));
}

PeerSight transformer_engine_sight(const QuantizedTensor& reference, const QuantizedTensor& subject) {
  const Format& element = reference.scheme.element;
  if (is_integer(element)) return PeerSight::kDoesNotApply;
  for (std::size_t i = 0; i < scale_count(reference.scales); ++i)
    if (scale_bits(subject.scales, i) != scale_bits(reference.scales, i)) return PeerSight::kSees;
  std::int64_t different = 0;
  for (std::size_t i = 0; i < reference.codes.size(); ++i) {
    const int steps = steps_between(element, reference.codes[i], subject.codes[i]);
    if (steps > 1) return PeerSight::kSees;
    different += steps;
  }
  return sees(static_cast<double>(different) >= kDifferingShare * static_cast<double>(reference.codes.size()));
}

}  // namespace

std::string_view name_of(PeerSight sight) noexcept {
  switch (sight) {
    case PeerSight::kSees: return "sees";
    case PeerSight::kPasses: return "passes";
    case PeerSight::kDoesNotApply: return "-";
  }
  return "?";
}

std::array<PeerSight, 4> peer_sights(const TypedView& input, const QuantizedTensor& reference,
                                     const QuantizedTensor& subject) {
  const bool alike = reference.codes.size() == subject.codes.size() && !reference.codes.empty() &&
                     scale_count(reference.scales) == scale_count(subject.scales) &&
                     count(input.extent) == count(reference.extent);
  if (!alike) throw InputError("the peers' gates compare tensors of codes of one extent");
  return {torchao_sight(input, subject), ggml_sight(reference, subject), flashinfer_sight(reference, subject),
          transformer_engine_sight(reference, subject)};
}

}  // namespace bitgate::compare
