#include "bitgate/compare/peer_gates.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "bitgate/compare/fault_groups.h"
#include "bitgate/compare/peer_metrics.h"

namespace bitgate::compare {
namespace {

constexpr double kNvfp4Db = 8.0, kMxE4m3Db = 18.0, kMxDb = 13.0, kBlockAmaxDb = 30.0;
constexpr double kGgmlNmse = 5e-4;
constexpr float kGgmlRmse = 0.002f, kGgmlRmseNvfp4 = 0.003f;
constexpr std::size_t kGgmlRmseCount = 4096;
constexpr double kDifferingShare = 0.005;

// numpy's and torch's closeness: NaN is close to nothing, equal infinities are close.
struct Tolerance {
  double absolute, relative;
};
constexpr Tolerance kCode{0.1, 1.0}, kScale{0.1, 0.1}, kRoundTrip{0.3, 0.5}, kExact{1e-6, 1e-6};

bool close(double tested, double wanted, const Tolerance& within) noexcept {
  return tested == wanted || std::fabs(tested - wanted) <= within.absolute + within.relative * std::fabs(wanted);
}

PeerSight sees(bool fails) noexcept { return fails ? PeerSight::kSees : PeerSight::kPasses; }

bool is_nvfp4(const Scheme& s) noexcept {
  return s.element.bits == 4 && s.scale.bits == 8 && s.scale.mantissa_bits != 0;
}
bool is_fp4(const Scheme& s) noexcept { return s.element.bits == 4 && s.scale.bits == 8; }
bool has_float_codes(const Scheme& s) noexcept { return !is_values_only(s) && !is_integer(s.element); }

std::vector<float> decoded(const QuantizedTensor& answer) {
  if (!answer.values.empty()) return answer.values;
  std::vector<float> values;
  values.reserve(answer.codes.size());
  std::vector<double> row(static_cast<std::size_t>(answer.extent.cols));
  for (std::int64_t r = 0; r < answer.extent.rows; ++r) {
    reference::exact_row(answer, r, row);
    for (const double value : row) values.push_back(static_cast<float>(value));
  }
  return values;
}

// An answer with what the gates measure of it.
struct Measured {
  const QuantizedTensor& answer;
  const std::vector<float>& values;  // decoded
};

struct Judged {
  const TypedView& operand;
  const Measured& reference;
};

PeerSight torchao_sight(const Judged& by, const Measured& subject) {
  const Scheme& scheme = subject.answer.scheme;
  if (is_values_only(scheme) || scheme.scale.bits != 8) return PeerSight::kDoesNotApply;
  const double limit = scheme.scale.mantissa_bits != 0     ? kNvfp4Db
                       : scheme.element.mantissa_bits == 3 ? kMxE4m3Db
                                                           : kMxDb;
  return sees(!(torchao_sqnr_db(by.operand, subject.values) >= limit));
}

PeerSight torchao_amax_sight(const Judged& by, const Measured& subject) {
  const QuantizedTensor& answer = subject.answer;
  if (!is_nvfp4(answer.scheme)) return PeerSight::kDoesNotApply;
  const std::vector<double> unit = fault::units(answer);
  const Extent scales = scale_extent(answer.scheme, answer.extent);
  std::vector<float> given, kept;
  for (std::int64_t row = 0; row < answer.extent.rows; ++row)
    for (std::int64_t first = 0; first < answer.extent.cols; first += answer.scheme.cell.cols) {
      float amax = 0.0f;
      for (std::int64_t col = first; col < std::min(first + answer.scheme.cell.cols, answer.extent.cols); ++col)
        amax = std::max(amax, std::fabs(element(by.operand, row * answer.extent.cols + col)));
      given.push_back(amax);
      const auto at = static_cast<std::size_t>(row * answer.extent.cols + first);
      kept.push_back(static_cast<float>(max_finite(answer.scheme.element) * unit[at]));
    }
  return sees(!(torchao_sqnr_db({InputType::kF32, scales, given.data()}, kept) >= kBlockAmaxDb));
}

PeerSight ggml_sight(const Judged& by, const Measured& subject) {
  return sees(!passes_ggml_nmse(ggml_nmse(subject.values, by.reference.values), kGgmlNmse));
}

PeerSight ggml_rmse_sight(const Judged& by, const Measured& subject) {
  const Scheme& scheme = subject.answer.scheme;
  const bool integers = !is_values_only(scheme) && is_integer(scheme.element);
  if (!integers && !is_nvfp4(scheme)) return PeerSight::kDoesNotApply;
  std::vector<float> input;
  for (std::size_t i = 0; i < std::min(subject.values.size(), kGgmlRmseCount); ++i)
    input.push_back(element(by.operand, static_cast<std::int64_t>(i)));
  const float rmse = ggml_array_rmse(input, std::span(subject.values).first(input.size()));
  return sees(!(rmse <= (integers ? kGgmlRmse : kGgmlRmseNvfp4)));
}

PeerSight flashinfer_sight(const Judged& by, const Measured& subject) {
  const QuantizedTensor &wanted = by.reference.answer, &tested = subject.answer;
  const Format &codes = wanted.scheme.element, &scales = wanted.scheme.scale;
  if (!is_fp4(wanted.scheme)) return PeerSight::kDoesNotApply;
  for (std::size_t i = 0; i < wanted.codes.size(); ++i)
    if (!close(decode(codes, tested.codes[i]), decode(codes, wanted.codes[i]), kCode)) return PeerSight::kSees;
  for (std::size_t i = 0; i < scale_count(wanted.scales); ++i) {
    const std::uint32_t is = scale_bits(tested.scales, i), was = scale_bits(wanted.scales, i);
    if (is != was && !close(decode(scales, is), decode(scales, was), kScale)) return PeerSight::kSees;
  }
  return PeerSight::kPasses;
}

PeerSight round_trip_sight(const Judged& by, const Measured& subject) {
  if (!is_fp4(subject.answer.scheme)) return PeerSight::kDoesNotApply;
  for (std::size_t i = 0; i < subject.values.size(); ++i)
    if (!close(subject.values[i], element(by.operand, static_cast<std::int64_t>(i)), kRoundTrip))
      return PeerSight::kSees;
  return PeerSight::kPasses;
}

bool same_scales(const QuantizedTensor& a, const QuantizedTensor& b) noexcept {
  for (std::size_t i = 0; i < scale_count(a.scales); ++i)
    if (scale_bits(a.scales, i) != scale_bits(b.scales, i)) return false;
  return true;
}

PeerSight te_bytes_sight(const Judged& by, const Measured& subject) {
  const QuantizedTensor &wanted = by.reference.answer, &tested = subject.answer;
  if (!has_float_codes(wanted.scheme)) return PeerSight::kDoesNotApply;
  const auto same_bits = [](float a, float b) {
    return std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b);
  };
  return sees(tested.codes != wanted.codes || !same_scales(tested, wanted) ||
              !std::equal(tested.global.begin(), tested.global.end(), wanted.global.begin(), same_bits));
}

PeerSight te_cpp_sight(const Judged& by, const Measured& subject) {
  const QuantizedTensor &wanted = by.reference.answer, &tested = subject.answer;
  const Format &codes = wanted.scheme.element, &scales = wanted.scheme.scale;
  if (!is_nvfp4(wanted.scheme)) return PeerSight::kDoesNotApply;
  for (std::size_t i = 0; i < wanted.codes.size(); ++i)
    if (!close(decode(codes, tested.codes[i]), decode(codes, wanted.codes[i]), kExact)) return PeerSight::kSees;
  for (std::size_t i = 0; i < scale_count(wanted.scales); ++i) {
    const double is = decode(scales, scale_bits(tested.scales, i)), was = decode(scales, scale_bits(wanted.scales, i));
    if (std::fabs(is - was) > 0.0) return PeerSight::kSees;
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

PeerSight te_fused_sight(const Judged& by, const Measured& subject) {
  const QuantizedTensor &wanted = by.reference.answer, &tested = subject.answer;
  if (!has_float_codes(wanted.scheme)) return PeerSight::kDoesNotApply;
  if (!same_scales(tested, wanted)) return PeerSight::kSees;
  std::int64_t different = 0;
  for (std::size_t i = 0; i < wanted.codes.size(); ++i) {
    const int steps = steps_between(wanted.scheme.element, wanted.codes[i], tested.codes[i]);
    if (steps > 1) return PeerSight::kSees;
    different += steps;
  }
  return sees(static_cast<double>(different) >= kDifferingShare * static_cast<double>(wanted.codes.size()));
}

constexpr std::array kGates{torchao_sight,    torchao_amax_sight, ggml_sight,   ggml_rmse_sight, flashinfer_sight,
                            round_trip_sight, te_bytes_sight,     te_cpp_sight, te_fused_sight};

}  // namespace

std::string_view name_of(PeerSight sight) noexcept {
  switch (sight) {
    case PeerSight::kSees: return "sees";
    case PeerSight::kPasses: return "passes";
    case PeerSight::kDoesNotApply: return "-";
  }
  return "?";
}

PeerGates::PeerGates(const TypedView& operand, const QuantizedTensor& reference)
    : operand_(operand), reference_(reference), values_(decoded(reference)) {
  if (count(reference.extent) == 0 || operand.extent != reference.extent)
    throw InputError("the peers' gates need an operand of the answer's extent");
  const Measured right{reference_, values_};
  for (std::size_t i = 0; i < kGates.size(); ++i) asked_[i] = kGates[i]({operand_, right}, right) == PeerSight::kPasses;
}

PeerSights PeerGates::sights(const QuantizedTensor& subject) const {
  const bool alike = reference_.codes.size() == subject.codes.size() &&
                     reference_.values.size() == subject.values.size() &&
                     scale_count(reference_.scales) == scale_count(subject.scales) &&
                     reference_.global.size() == subject.global.size() && subject.extent == reference_.extent;
  if (!alike) throw InputError("the peers' gates compare tensors of one extent and kind");
  const std::vector<float> values = decoded(subject);
  const Measured right{reference_, values_}, tested{subject, values};
  PeerSights sights = kNoSights;
  for (std::size_t i = 0; i < kGates.size(); ++i)
    if (asked_[i]) sights[i] = kGates[i]({operand_, right}, tested);
  return sights;
}

}  // namespace bitgate::compare
