#include "bitgate/compare/explained.h"

#include <bit>
#include <cstdlib>
#include <span>
#include <tuple>
#include <utility>

namespace bitgate::compare {
namespace {

using reference::Recipe;
using reference::Special;

// What both recipes answer at one stage.
struct Answers {
  QuantizedTensor claimed, other;
};

bool searches(const Recipe& recipe) noexcept {
  const Special kind = recipe.rules.special.kind;
  return kind == Special::kFourOverSix || kind == Special::kFlashinferFourOverSix || kind == Special::kGgmlNvfp4MmqV1 ||
         kind == Special::kGgmlNvfp4MmqV2;
}

bool same_sizes(const QuantizedTensor& a, const QuantizedTensor& b) noexcept {
  return a.extent == b.extent && a.codes.size() == b.codes.size() && a.scales.index() == b.scales.index() &&
         scale_count(a.scales) == scale_count(b.scales) && a.extras.size() == b.extras.size() &&
         a.global.size() == b.global.size() && a.values.size() == b.values.size();
}

// A producer that makes the row-wise side only beside the other is asked for both.
QuantizedTensor answer(const Recipe& recipe, Request request) {
  if (request.direction == Direction::kRowwise && !recipe.accepts.directions.rowwise)
    request.direction = Direction::kBoth;
  QuantizedTensor side = reference::quantize(recipe, request);
  side.columnwise.clear();
  return side;
}

Answers ask(const Recipe& claimed, const Recipe& other, const Request& request) {
  return {answer(claimed, request), answer(other, request)};
}

std::uint32_t bits_of(float value) noexcept { return std::bit_cast<std::uint32_t>(value); }
std::uint32_t bits_of(std::uint16_t value) noexcept { return value; }

template <typename T>
void count_entries(const std::vector<T>& subject, const std::vector<T>& claimed, const std::vector<T>& other,
                   std::int64_t& ties, std::int64_t& unexplained) {
  for (std::size_t i = 0; i < subject.size(); ++i) {
    if (bits_of(subject[i]) == bits_of(claimed[i])) continue;
    ++(bits_of(subject[i]) == bits_of(other[i]) ? ties : unexplained);
  }
}

void count_scales(const QuantizedTensor& subject, const Answers& answers, Explained& out) {
  for (std::size_t i = 0; i < scale_count(subject.scales); ++i) {
    const std::uint32_t got = scale_bits(subject.scales, i);
    if (got == scale_bits(answers.claimed.scales, i)) continue;
    ++(got == scale_bits(answers.other.scales, i) ? out.scale_ties : out.unexplained);
  }
}

void count_codes(const QuantizedTensor& subject, const Answers& answers, Explained& out) {
  for (std::size_t i = 0; i < subject.codes.size(); ++i) {
    const std::uint8_t got = subject.codes[i], wanted = answers.claimed.codes[i];
    if (got == wanted) continue;
    const bool tie = got == answers.other.codes[i] && adjacent(subject.scheme.element, got, wanted);
    ++(tie ? out.element_ties : out.unexplained);
  }
}

// Whether scale `cell` and the codes under it are the same in both.
bool same_block(const QuantizedTensor& a, const QuantizedTensor& b, std::int64_t cell) noexcept {
  if (scale_bits(a.scales, static_cast<std::size_t>(cell)) != scale_bits(b.scales, static_cast<std::size_t>(cell)))
    return false;
  const Scheme& scheme = a.scheme;
  const std::int64_t per_row = blocks_per_row(scheme, a.extent.cols);
  const std::int64_t height = scheme.cell.rows == 0 ? a.extent.rows : scheme.cell.rows;
  const std::int64_t width = scheme.cell.cols == 0 ? a.extent.cols : scheme.cell.cols;
  const std::int64_t row = cell / per_row * height, col = cell % per_row * width;
  for (std::int64_t r = row; r < std::min(row + height, a.extent.rows); ++r)
    for (std::int64_t c = col; c < std::min(col + width, a.extent.cols); ++c) {
      const auto at = static_cast<std::size_t>(r * a.extent.cols + c);
      if (a.codes[at] != b.codes[at]) return false;
    }
  return true;
}

// A search chooses scale and codes together, so a block is one recipe's or the other's as a whole.
void count_selections(const QuantizedTensor& subject, const Answers& answers, Explained& out) {
  const auto blocks = static_cast<std::int64_t>(scale_count(subject.scales));
  for (std::int64_t cell = 0; cell < blocks; ++cell) {
    if (same_block(subject, answers.claimed, cell)) continue;
    ++(same_block(subject, answers.other, cell) ? out.selections : out.unexplained);
  }
}

// False: the other recipe answers with other sizes.
bool explain_side(const Recipe& claimed, const Recipe& other, Request request, const QuantizedTensor& subject,
                  Explained& out) {
  request.scales = nullptr;
  const Answers from_input = ask(claimed, other, request);
  if (!same_sizes(from_input.claimed, subject) || !same_sizes(from_input.other, subject)) return false;
  out.total += count(subject.extent);
  count_entries(subject.values, from_input.claimed.values, from_input.other.values, out.element_ties, out.unexplained);
  if (request.global.empty())
    count_entries(subject.global, from_input.claimed.global, from_input.other.global, out.scale_ties, out.unexplained);
  if (is_values_only(subject.scheme)) return true;

  request.global = subject.global;
  const Answers from_global = ask(claimed, other, request);
  if (searches(claimed) || searches(other)) {
    count_selections(subject, from_global, out);
    return true;
  }
  count_scales(subject, from_global, out);
  request.scales = &subject.scales;
  const Answers from_scales = ask(claimed, other, request);
  count_codes(subject, from_scales, out);
  count_entries(subject.extras, from_scales.claimed.extras, from_scales.other.extras, out.scale_ties, out.unexplained);
  return true;
}

// Codes in the order of their values.
int rank_of(const Format& format, std::uint32_t code) noexcept {
  if (!format.has_sign) return static_cast<int>(code);
  const std::uint32_t sign = 1u << (format.bits - 1);
  const auto low = static_cast<int>(code & (sign - 1));
  if ((code & sign) == 0) return low;
  return format.exponent_bits == 0 ? low - static_cast<int>(sign) : -low;
}

}  // namespace

double Explained::ppm() const noexcept {
  if (total == 0) return 0.0;
  return static_cast<double>(element_ties + scale_ties + selections) * 1e6 / static_cast<double>(total);
}

bool adjacent(const Format& format, std::uint32_t a, std::uint32_t b) noexcept {
  return std::abs(rank_of(format, a) - rank_of(format, b)) <= 1;
}

std::optional<Explained> explained_by(const Recipe& claimed, const Recipe& other, const Request& asked,
                                      const QuantizedTensor& subject) {
  Explained out;
  out.by = other.identity.name;
  try {
    Request request = asked;
    request.direction = subject.direction;
    if (!explain_side(claimed, other, request, subject, out)) return std::nullopt;
    for (const QuantizedTensor& twin : subject.columnwise) {
      Request twin_request = asked;
      twin_request.direction = Direction::kColumnwise;
      twin_request.amax = asked.amax_columnwise;
      if (asked.global.size() != 1) twin_request.global = {};
      if (!explain_side(claimed, other, twin_request, twin, out)) return std::nullopt;
    }
  } catch (const InputError&) {
    return std::nullopt;
  }
  return out;
}

std::optional<Explained> best_explanation(const Recipe& claimed, const Request& asked, const QuantizedTensor& subject) {
  const auto cost = [](const Explained& e) {
    return std::tuple(e.unexplained, e.element_ties + e.scale_ties + e.selections);
  };
  std::optional<Explained> best;
  for (const Recipe& other : reference::catalog()) {
    const bool comparable = other.rules.scheme == claimed.rules.scheme &&
                            other.storage.global_number == claimed.storage.global_number && runs(other);
    if (!comparable || other.identity.name == claimed.identity.name) continue;
    std::optional<Explained> found = explained_by(claimed, other, asked, subject);
    if (found && (!best || cost(*found) < cost(*best))) best = std::move(found);
  }
  return best;
}

}  // namespace bitgate::compare
