#include "bitgate/compare/peer_draws.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "bitgate/compare/fault_groups.h"

namespace bitgate::compare {
namespace {

std::vector<double> decoded(const QuantizedTensor& t) {
  std::vector<double> values(t.codes.size());
  const auto cols = static_cast<std::size_t>(t.extent.cols);
  for (std::int64_t row = 0; row < t.extent.rows; ++row)
    reference::exact_row(t, row, std::span(values).subspan(static_cast<std::size_t>(row) * cols, cols));
  return values;
}

double squared_error(const TypedView& operand, const std::vector<double>& values, double divisor) {
  double sum = 0.0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const double error = values[i] / divisor - static_cast<double>(element(operand, static_cast<std::int64_t>(i)));
    sum += error * error;
  }
  return sum;
}

// The same scales, elements to nearest.
QuantizedTensor rounded_to_nearest(const reference::Recipe& recipe, const Request& request) {
  reference::Rules rules = recipe.rules;
  reference::Storage storage = recipe.storage;
  rules.element.encode = reference::ElementEncode::kCvt;
  storage.random = reference::RandomOrder::kNone;
  return reference::quantize_with(rules, storage, request);
}

// One of the two grid values beside the scaled element, whose last bits double and the recipe's arithmetic round
// otherwise: beside a number within a slack of it.
bool adjacent(const Format& format, std::uint8_t code, double scaled) noexcept {
  constexpr double kSlack = 1e-5;
  const auto at_or_under = [&](double size) {
    return encode(format, static_cast<float>(std::min(size, max_finite(format))), kCvtRz);
  };
  const double size = std::fabs(scaled);
  const std::uint32_t magnitude = code & magnitude_mask(format);
  const bool negative = (code & sign_mask(format)) != 0;
  const bool within =
      magnitude >= at_or_under(size * (1.0 - kSlack)) && magnitude <= at_or_under(size * (1.0 + kSlack)) + 1;
  return within && (magnitude == 0 || negative == std::signbit(scaled));
}

bool all_adjacent(const TypedView& operand, const QuantizedTensor& draw) {
  const std::vector<double> scaled = fault::scaled(operand, draw);
  for (std::size_t i = 0; i < scaled.size(); ++i)
    if (!adjacent(draw.scheme.element, draw.codes[i], scaled[i])) return false;
  return true;
}

}  // namespace

PeerSight mean_of_draws_sight(const reference::Recipe& recipe, const Request& request, const Subject& subject) {
  if (recipe.storage.random == reference::RandomOrder::kNone) return PeerSight::kDoesNotApply;
  const TypedTensor operand = reference::operand(recipe, request, request.direction);
  std::vector<double> sum(static_cast<std::size_t>(count(operand.extent)));
  std::vector<std::uint8_t> before;
  for (int draw = 1; draw <= kDraws; ++draw) {
    Request seeded = request;
    seeded.philox = {static_cast<std::uint64_t>(draw), 0};
    const QuantizedTensor answer = subject(seeded);
    if (answer.codes == before || !all_adjacent(operand.view(), answer)) return PeerSight::kSees;
    before = answer.codes;
    const std::vector<double> values = decoded(answer);
    std::transform(sum.begin(), sum.end(), values.begin(), sum.begin(), std::plus<>());
  }
  const double to_nearest = squared_error(operand.view(), decoded(rounded_to_nearest(recipe, request)), 1.0);
  const double of_mean = squared_error(operand.view(), sum, kDraws);
  return of_mean < to_nearest ? PeerSight::kPasses : PeerSight::kSees;
}

}  // namespace bitgate::compare
