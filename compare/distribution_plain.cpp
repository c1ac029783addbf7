// One law for every element.
#include <cmath>

#include "bitgate/compare/laws.h"

namespace bitgate::compare {

namespace {

// Uniform in (0, 1): (word + 1/2) / 2^32, exact.
double unit_interval(std::uint32_t word) noexcept { return exact::to_double_plus_half(word) * 0x1p-32; }

// `magnitude` with the sign of the word's top bit.
double with_sign(std::uint32_t word, double magnitude) noexcept {
  return std::bit_cast<double>(std::bit_cast<std::uint64_t>(magnitude) ^ (std::uint64_t{word >> 31} << 63));
}

// T = sqrt(nu (U^(-2/nu) - 1)) cos(2 pi V) has Student's law with nu degrees of freedom (Bailey 1994).
double student_t(double nu, std::uint32_t u, std::uint32_t v) noexcept {
  const double power = exact::exp(-2.0 / nu * exact::log(unit_interval(u)));
  return std::sqrt(nu * (power - 1.0)) * exact::circle_point(v).cos;
}

void student_law(double nu, const Draws& draws, Lanes<double>& values) noexcept {
  Lanes<std::uint32_t> u, v;
  fill_words(draws, 0, u);
  fill_words(draws, 1, v);
  for (std::size_t l = 0; l < 4; ++l)
    for (std::size_t j = 0; j < kQuads; ++j) values[l][j] = student_t(nu, u[l][j], v[l][j]);
}

// Applies f(word, value) to every element, with word `draw` of the element.
template <typename F>
void transform(const Draws& draws, std::uint32_t draw, Lanes<double>& values, F f) noexcept {
  Lanes<std::uint32_t> words;
  fill_words(draws, draw, words);
  for (std::size_t l = 0; l < 4; ++l)
    for (std::size_t j = 0; j < kQuads; ++j) values[l][j] = f(words[l][j], values[l][j]);
}

}  // namespace

void fill_words(const Draws& draws, std::uint32_t draw, Lanes<std::uint32_t>& words) noexcept {
  for (std::size_t j = 0; j < kQuads; ++j) {
    const PhiloxBlock block = random_block(draws.seed, Purpose::kElement, draw, draws.first_quad + j);
    for (std::size_t l = 0; l < 4; ++l) words[l][j] = block[l];
  }
}

void fill_normals(const Draws& draws, std::uint32_t draw, Lanes<double>& values) noexcept {
  Lanes<std::uint32_t> words;
  fill_words(draws, draw, words);
  for (std::size_t l = 0; l < 4; l += 2) {
    for (std::size_t j = 0; j < kQuads; ++j) {
      const exact::NormalPair pair = exact::normal_pair(words[l][j], words[l + 1][j]);
      values[l][j] = pair.first;
      values[l + 1][j] = pair.second;
    }
  }
}

void normal_law(const Draws& draws, Lanes<double>& values) noexcept { fill_normals(draws, 0, values); }

void uniform_law(const Draws& draws, Lanes<double>& values) noexcept {
  transform(draws, 0, values, [](std::uint32_t word, double) { return exact::to_double(word) * 0x1p-31 - 1.0; });
}

void laplace_law(const Draws& draws, Lanes<double>& values) noexcept {
  transform(draws, 0, values, [](std::uint32_t word, double) {
    return with_sign(word, -exact::log(exact::to_double_plus_half(word & 0x7FFFFFFFu) * 0x1p-31));
  });
}

void student_t3_law(const Draws& draws, Lanes<double>& values) noexcept { student_law(3.0, draws, values); }
void student_t5_law(const Draws& draws, Lanes<double>& values) noexcept { student_law(5.0, draws, values); }

void lognormal_law(const Draws& draws, Lanes<double>& values) noexcept {
  fill_normals(draws, 0, values);
  transform(draws, 1, values, [](std::uint32_t word, double z) { return with_sign(word, exact::exp(z)); });
}

void gelu_law(const Draws& draws, Lanes<double>& values) noexcept {
  fill_normals(draws, 0, values);
  for (auto& lane : values)
    for (double& x : lane) x = x * exact::normal_cdf(x);
}

void swiglu_law(const Draws& draws, Lanes<double>& values) noexcept {
  Lanes<double> linear;
  fill_normals(draws, 0, values);
  fill_normals(draws, 1, linear);
  for (std::size_t l = 0; l < 4; ++l) {
    for (std::size_t j = 0; j < kQuads; ++j) {
      const double silu = values[l][j] / (1.0 + exact::exp(-values[l][j]));
      values[l][j] = silu * linear[l][j];
    }
  }
}

void pow2_edges_law(const Draws& draws, Lanes<double>& values) noexcept {
  const int mantissa_bits = format_of(draws.type).mantissa_bits;
  // The neighbour below a power of two is half a unit of the binade above it away.
  const std::array<double, 3> edges{1.0 - power_of_two(-mantissa_bits - 1), 1.0, 1.0 + power_of_two(-mantissa_bits)};
  transform(draws, 0, values, [&edges](std::uint32_t word, double) {
    const int k = static_cast<int>(((word & 0xFFFFu) * 17) >> 16) - 8;
    const std::uint32_t edge = (((word >> 16) & 0x7FFFu) * 3) >> 15;
    return with_sign(word, power_of_two(k) * edges[edge]);
  });
}

void outlier_columns(const Place& place, int, std::span<double> values) noexcept {
  std::int64_t col = place.first % place.extent.cols;
  for (double& value : values) {
    if (col % 64 == 0) value *= 64.0;
    if (++col == place.extent.cols) col = 0;
  }
}

void sparse_groups(const Place& place, int, std::span<double> values) noexcept {
  constexpr std::int64_t kGroup = 32;
  const std::int64_t groups = ceil_div(place.extent.cols, kGroup);
  std::int64_t row = place.first / place.extent.cols, col = place.first % place.extent.cols;
  bool empty = false;
  PhiloxBlock words{};
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::uint64_t index = static_cast<std::uint64_t>(place.first) + i;
    if (i == 0 || index % 4 == 0) words = random_block(place.seed, Purpose::kElement, 1, index / 4);
    if (i == 0 || col % kGroup == 0) {
      const auto group = static_cast<std::uint64_t>(row * groups + col / kGroup);
      empty = random_block(place.seed, Purpose::kGroup, 0, group)[0] < 0x40000000u;
    }
    const std::uint32_t word = words[static_cast<std::size_t>(index % 4)];
    if (empty || (word & 1) != 0) values[i] = with_sign(word, 0.0);
    if (++col == place.extent.cols) col = 0, ++row;
  }
}

}  // namespace bitgate::compare
