// What whole products are asked: products that are exact in any order, addresses, special values, shapes, long chains.
#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

#include "bitgate/compare/gemm_check.h"
#include "bitgate/compare/operation_inputs.h"
#include "bitgate/reference/format/encode.h"

namespace bitgate::compare {
namespace {

using Codes = std::vector<std::uint32_t>;
using Pair = std::pair<Format, Format>;

struct Shape {
  std::int64_t m, n, k;
};

std::uint32_t code_of(const Format& format, float value) { return encode(format, value, kCvtRnSatfinite); }
std::size_t size_of(std::int64_t rows, std::int64_t cols) { return static_cast<std::size_t>(rows * cols); }
std::string shape_text(const Shape& s) { return fmt::format("{}x{}x{}", s.m, s.n, s.k); }

// Held while one suite is put together.
struct Suite {
  const CheckedGemm& gemm;
  const GemmSubject& subject;
  std::vector<SuiteProbe> probes;

  void ask(const std::string& name, std::function<GemmInput()> make) {
    probes.push_back({name, "", [gemm = gemm, subject = subject, make = std::move(make)](const Subject&) {
                        const GemmInput input = make();
                        return gemm_difference(gemm, input, subject(input));
                      }});
  }
};

std::string pair_text(const Pair& pair) { return fmt::format("{} x {}", pair.first.name, pair.second.name); }

std::vector<Pair> pairs_of(const CheckedGemm& gemm) {
  std::vector<Pair> pairs;
  for (const Format& a : gemm.formats)
    for (const Format& b : gemm.formats) pairs.emplace_back(a, b);
  return pairs;
}

// Zeros everywhere, block scales of 1.
GemmInput blank(const CheckedGemm& gemm, const Pair& formats, const Shape& s) {
  GemmInput input{s.m, s.n, s.k, formats.first, formats.second, Codes(size_of(s.m, s.k)), Codes(size_of(s.n, s.k)),
                  {},  {},  {}};
  const reference::MmaInstruction& instruction = *gemm.schedule.instruction;
  if (instruction.scale_block == 0) return input;
  const std::int64_t blocks = (s.k + instruction.scale_block - 1) / instruction.scale_block;
  const auto one = static_cast<std::uint8_t>(code_of(instruction.scale, 1.0f));
  input.a_scales.assign(size_of(s.m, blocks), one);
  input.b_scales.assign(size_of(s.n, blocks), one);
  return input;
}

void draw_integers(Codes& codes, const Format& format, Draws& draws) {
  for (std::uint32_t& code : codes) code = code_of(format, static_cast<float>(static_cast<int>(draws() % 5) - 2));
}

// Sums of four uniform numbers, standard deviation 1 times `amplitude`: all of a row's bits are used.
void draw_numbers(Codes& codes, const Format& format, float amplitude, Draws& draws) {
  for (std::uint32_t& code : codes) {
    double sum = 0;
    for (int i = 0; i < 4; ++i) sum += static_cast<double>(draws() >> 11) * 0x1p-53 - 0.5;
    code = code_of(format, static_cast<float>(std::sqrt(3.0) * sum) * amplitude);
  }
}

void draw_codes(Codes& codes, const Format& format, Draws& draws) {
  for (std::uint32_t& code : codes) {
    code = static_cast<std::uint32_t>(draws()) & ((1u << format.bits) - 1);
    if (!std::isfinite(decode(format, code))) code = 0;
  }
}

void draw_scales(std::vector<std::uint8_t>& scales, const Format& format, Draws& draws) {
  for (std::uint8_t& scale : scales) {
    scale = static_cast<std::uint8_t>(draws() & ((1u << (format.bits - 1)) - 1));
    if (!std::isfinite(decode(format, scale))) scale = 0;
  }
}

// Half of the numbers near 1, half of any exponent from 2^-20 to 2^20.
void draw_addend(GemmInput& input, Draws& draws) {
  input.c.resize(size_of(input.m, input.n));
  for (std::uint32_t& c : input.c) {
    const std::uint64_t bits = draws();
    const auto exponent = static_cast<std::uint32_t>(bits >> 63 == 0 ? 127 : 107 + (bits >> 32) % 41);
    c = static_cast<std::uint32_t>(bits & 0x807FFFFF) | exponent << 23;
  }
}

enum class Drawn : std::uint8_t { kNumbers, kCodes };

GemmInput drawn(const CheckedGemm& gemm, const Pair& formats, const Shape& s, std::uint64_t seed, Drawn kind) {
  GemmInput input = blank(gemm, formats, s);
  Draws draws(seed);
  if (kind == Drawn::kNumbers) {
    draw_numbers(input.a, formats.first, 1, draws);
    draw_numbers(input.b, formats.second, 0.25f, draws);
  } else {
    draw_codes(input.a, formats.first, draws);
    draw_codes(input.b, formats.second, draws);
  }
  draw_scales(input.a_scales, gemm.schedule.instruction->scale, draws);
  draw_scales(input.b_scales, gemm.schedule.instruction->scale, draws);
  return input;
}

// Every sum is below 2^11: exact in any order and in 13 bits.
void ask_integers(Suite& suite, const Pair& pair, const Shape& s) {
  suite.ask(fmt::format("small integers, {} {}", pair_text(pair), shape_text(s)), [gemm = suite.gemm, pair, s] {
    GemmInput input = blank(gemm, pair, s);
    Draws draws(1);
    draw_integers(input.a, pair.first, draws);
    draw_integers(input.b, pair.second, draws);
    return input;
  });
}

// Row i of one side is 1 at one k, another for each row: D holds the other side's numbers there, each a code of its
// place.
void ask_addresses(Suite& suite, const Pair& pair, const Shape& s, bool of_a) {
  suite.ask(fmt::format("one-hot rows of {}, {} {}", of_a ? "A" : "B", pair_text(pair), shape_text(s)),
            [gemm = suite.gemm, pair, s, of_a] {
              GemmInput input = blank(gemm, pair, s);
              Codes& one = of_a ? input.a : input.b;
              Codes& other = of_a ? input.b : input.a;
              Draws draws(3);
              draw_codes(other, of_a ? pair.second : pair.first, draws);
              const std::int64_t rows = of_a ? s.m : s.n;
              for (std::int64_t row = 0; row < rows; ++row)
                one[size_of(row, s.k) + static_cast<std::size_t>(row % s.k)] =
                    code_of(of_a ? pair.first : pair.second, 1);
              return input;
            });
}

// Rows of A, rows of B and blocks of k that are zero, some by -0.
void ask_zeros(Suite& suite, const Pair& pair, const Shape& s) {
  suite.ask(fmt::format("zero rows and blocks, {} {}", pair_text(pair), shape_text(s)), [gemm = suite.gemm, pair, s] {
    GemmInput input = drawn(gemm, pair, s, 5, Drawn::kNumbers);
    const auto clear = [&](Codes& codes, const Format& format, std::int64_t every) {
      for (std::size_t i = 0; i < codes.size(); ++i) {
        const auto row = static_cast<std::int64_t>(i) / s.k, k = static_cast<std::int64_t>(i) % s.k;
        if (row % every == 0 || k / 32 % every == 1) codes[i] = i % 2 == 0 ? 0 : code_of(format, -0.0f);
      }
    };
    clear(input.a, pair.first, 3);
    clear(input.b, pair.second, 4);
    return input;
  });
}

// Each special code of the format at a k of its own, against numbers, zeros and each other.
std::vector<std::uint32_t> specials_of(const Format& format) {
  std::vector<std::uint32_t> codes;
  for (std::uint32_t code = 0; code < 1u << format.bits; ++code)
    if (!std::isfinite(decode(format, code))) codes.push_back(code);
  return codes;
}

void ask_specials(Suite& suite, const Pair& pair, const Shape& s) {
  suite.ask(fmt::format("NaN and infinity, {} {}", pair_text(pair), shape_text(s)), [gemm = suite.gemm, pair, s] {
    GemmInput input = drawn(gemm, pair, s, 7, Drawn::kNumbers);
    const auto plant = [&](Codes& codes, const Format& format, std::size_t step) {
      const auto specials = specials_of(format);
      for (std::size_t i = 0; i < specials.size(); ++i) codes[(i * step + 5 * i) % codes.size()] = specials[i];
    };
    plant(input.a, pair.first, 3 * static_cast<std::size_t>(s.k));
    plant(input.b, pair.second, 2 * static_cast<std::size_t>(s.k));
    for (std::size_t k = 0; k < static_cast<std::size_t>(s.k); ++k) input.b[k] = 0;  // 0 x infinity, 0 x NaN
    return input;
  });
}

void ask_special_scales(Suite& suite, const Pair& pair, const Shape& s) {
  suite.ask(fmt::format("NaN and zero scales, {} {}", pair_text(pair), shape_text(s)), [gemm = suite.gemm, pair, s] {
    GemmInput input = drawn(gemm, pair, s, 8, Drawn::kNumbers);
    for (std::size_t i = 0; i < input.a_scales.size(); i += 7) input.a_scales[i] = i % 2 == 0 ? 0x7F : 0x00;
    return input;
  });
}

void ask_drawn(Suite& suite, const Pair& pair, const Shape& s, std::uint64_t seed, Drawn kind, bool with_c) {
  suite.ask(fmt::format("{}{}, {} {} s{}", kind == Drawn::kNumbers ? "normal numbers" : "any codes",
                        with_c ? " and C" : "", pair_text(pair), shape_text(s), seed),
            [gemm = suite.gemm, pair, s, seed, kind, with_c] {
              GemmInput input = drawn(gemm, pair, s, seed, kind);
              Draws draws(seed + 1000);
              if (with_c) draw_addend(input, draws);
              return input;
            });
}

void directed(Suite& suite) {
  for (const Pair& pair : pairs_of(suite.gemm)) {
    ask_integers(suite, pair, {64, 64, 256});
    ask_addresses(suite, pair, {96, 40, 96}, true);
    ask_addresses(suite, pair, {40, 96, 96}, false);
    ask_zeros(suite, pair, {24, 20, 192});
    ask_drawn(suite, pair, {16, 24, 512}, 11, Drawn::kCodes, false);
    if (suite.gemm.takes_c) ask_drawn(suite, pair, {16, 24, 288}, 12, Drawn::kNumbers, true);
  }
  const bool e4m3 = std::any_of(suite.gemm.formats.begin(), suite.gemm.formats.end(),
                                [](const Format& f) { return f.name == kE4m3.name; });
  if (!e4m3 || suite.gemm.schedule.instruction->scale_block != 0) return;
  for (const GemmQuestion& question : promotion_questions())
    suite.ask(question.name, [input = question.input] { return input; });
}

void special(Suite& suite) {
  for (const Pair& pair : pairs_of(suite.gemm)) {
    ask_specials(suite, pair, {32, 24, 160});
    if (suite.gemm.schedule.instruction->scale_block != 0) ask_special_scales(suite, pair, {16, 8, 192});
  }
}

// Sizes that end within an instruction, a tile or a promotion; one element; nothing.
void layout(Suite& suite) {
  constexpr Shape kShapes[] = {{1, 1, 1},   {1, 1, 33},   {3, 5, 31},     {64, 8, 32},  {65, 9, 127}, {63, 130, 129},
                               {17, 1, 96}, {1, 257, 16}, {129, 65, 130}, {2, 2, 1000}, {0, 4, 32},   {4, 0, 32}};
  for (const Pair& pair : pairs_of(suite.gemm)) {
    std::uint64_t seed = 20;
    for (const Shape& s : kShapes) ask_drawn(suite, pair, s, ++seed, Drawn::kNumbers, false);
  }
}

// The answer depends on nothing that was asked before.
void poison(Suite& suite) {
  const Pair pair{suite.gemm.formats.front(), suite.gemm.formats.front()};
  suite.probes.push_back({"repeats", "", [gemm = suite.gemm, subject = suite.subject, pair](const Subject&) {
                            const GemmInput input = drawn(gemm, pair, {48, 40, 320}, 31, Drawn::kNumbers);
                            const auto first = subject(input);
                            subject(drawn(gemm, pair, {70, 90, 640}, 32, Drawn::kCodes));
                            const auto again = subject(input);
                            return first == again ? std::string() : std::string("the same product came out otherwise");
                          }});
}

void random(Suite& suite) {
  for (const Pair& pair : pairs_of(suite.gemm)) {
    ask_drawn(suite, pair, {2, 3, 16384}, 40, Drawn::kNumbers, false);
    ask_drawn(suite, pair, {128, 128, 512}, 41, Drawn::kNumbers, false);
    ask_drawn(suite, pair, {64, 96, 2048}, 42, Drawn::kCodes, false);
  }
}

constexpr std::pair<std::string_view, void (*)(Suite&)> kSuites[] = {
    {"directed", directed}, {"special", special}, {"layout", layout}, {"poison", poison}, {"random", random}};

}  // namespace

// One of each side is 1.125 throughout; T2 starts with 16 x 16, T3 has 448 x 448 at every 512th k.
std::vector<GemmQuestion> promotion_questions() {
  const auto all = [](std::int64_t k) {
    return GemmInput{1, 1, k, kE4m3, kE4m3, Codes(size_of(1, k), 0x39), Codes(size_of(1, k), 0x39), {}, {}, {}};
  };
  GemmInput large_first = all(1024), every_512 = all(2048);
  large_first.a[0] = large_first.b[0] = 0x58;
  for (std::size_t k = 0; k < 2048; k += 512) every_512.a[k] = every_512.b[k] = 0x7E;
  return {{"T1", all(1024)}, {"T2", std::move(large_first)}, {"T3", std::move(every_512)}};
}

std::vector<SuiteProbe> gemm_probes(std::string_view name, const CheckedGemm& gemm, const GemmSubject& subject) {
  Suite suite{gemm, subject, {}};
  for (const auto& [known, fill] : kSuites)
    if (known == name) fill(suite);
  return std::move(suite.probes);
}

}  // namespace bitgate::compare
