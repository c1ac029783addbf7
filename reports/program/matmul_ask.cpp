#include "bitgate/reports/program/matmul_ask.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "bitgate/compare/digest.h"

namespace bitgate::program {

namespace {

using compare::MatmulDraw;
using compare::MatmulFactors;
using compare::MatmulOperands;
using compare::SumFit;
using compare::SumKind;
using compare::SumModel;
using device::Fp8;
using device::GemmShape;

constexpr int kAlgorithms = 8;
constexpr std::int64_t kDocumented = 128;  // k, the expected promotion of slow accumulation

const Format& fp8_format(Fp8 type) noexcept { return type == Fp8::kE4m3 ? kE4m3 : kE5m2; }

MatmulDraw other_side(MatmulDraw draw) noexcept {
  return draw == MatmulDraw::kCancelling ? MatmulDraw::kRepeating : draw;
}

// Codes of both sides.
struct Drawn {
  GemmShape shape;
  Fp8 a_type, b_type;
  std::vector<std::uint8_t> a, b;
  Drawn(const GemmShape& of, Fp8 a_of, Fp8 b_of, MatmulDraw draw, std::uint64_t seed)
      : shape(of),
        a_type(a_of),
        b_type(b_of),
        a(compare::draw_codes(fp8_format(a_of), draw, of.m, of.k, 2 * seed)),
        b(compare::draw_codes(fp8_format(b_of), other_side(draw), of.n, of.k, 2 * seed + 1)) {}
  MatmulOperands operands() const { return {shape.m, shape.n, shape.k, fp8_format(a_type), fp8_format(b_type), a, b}; }
};

std::string sha256_of(const std::vector<std::uint32_t>& d) { return compare::sha256_hex(std::as_bytes(std::span(d))); }

constexpr std::array kDraws{MatmulDraw::kNarrow, MatmulDraw::kWide, MatmulDraw::kGelu, MatmulDraw::kCancelling};

std::vector<GemmShape> library_shapes(bool quick) {
  if (quick) return {{64, 64, 128}, {64, 64, 512}};
  return {{64, 64, 128}, {64, 64, 256}, {64, 64, 512}, {64, 64, 4096}, {128, 256, 1024}, {256, 128, 2064}};
}

std::vector<GemmShape> kernel_shapes(bool quick) {
  std::vector<GemmShape> shapes = library_shapes(quick);
  shapes.insert(shapes.end(), {{1, 1, 1}, {63, 65, 127}, {7, 130, 333}, {65, 1, 160}});
  return shapes;
}

// Sums of the differing elements over all products, by candidate; a candidate that a product's k does not reach is one
// chain there.
class FitTotals {
 public:
  void add(const std::vector<SumFit>& fits) { all_.push_back(fits); }
  std::vector<SumFit> totals(std::int64_t most_k) const {
    std::vector<SumFit> sums;
    for (const SumModel& model : compare::sum_models(most_k)) {
      SumFit sum{model, 0};
      for (const std::vector<SumFit>& fits : all_) sum.different += different_of(fits, model);
      sums.push_back(sum);
    }
    std::stable_sort(sums.begin(), sums.end(),
                     [](const SumFit& x, const SumFit& y) { return x.different < y.different; });
    return sums;
  }

 private:
  static std::int64_t different_of(const std::vector<SumFit>& fits, const SumModel& model) {
    for (const SumModel& each : {model, SumModel{model.kind, 0}})
      for (const SumFit& fit : fits)
        if (fit.model == each) return fit.different;
    return 0;
  }
  std::vector<std::vector<SumFit>> all_;
};

SumModel expected_of(bool fast, std::int64_t k) noexcept {
  return {SumKind::kWgmma, fast || k <= kDocumented ? 0 : kDocumented};
}

// Answers to one product, and the bytes of each finding.
struct Answered {
  Drawn drawn;
  bool fast;
  std::vector<LibraryFinding> findings;
  std::vector<std::vector<std::uint32_t>> d;
};

Answered ask_product(const MatmulSubjects& subjects, const Drawn& drawn, MatmulDraw draw, bool fast) {
  const device::MatmulRequest request{drawn.shape, drawn.a, drawn.b, fast};
  const std::vector<std::uint32_t> expected = sum_of(expected_of(fast, drawn.shape.k), drawn.operands());
  Answered answered{drawn, fast, {}, {}};
  for (const device::MatmulAnswer& answer : subjects.library(request, kAlgorithms)) {
    const auto same =
        static_cast<std::size_t>(std::find(answered.d.begin(), answered.d.end(), answer.d) - answered.d.begin());
    if (same == answered.d.size()) {
      answered.d.push_back(answer.d);
      answered.findings.push_back(
          {drawn.shape, draw, fast, compare::different(answer.d, expected), {}, {}, sha256_of(answer.d)});
    }
    answered.findings[same].algorithms.push_back(answer.algorithm);
  }
  return answered;
}

// Tries every candidate on every answer; the sums over all.
std::vector<SumFit> fit_all(std::vector<Answered>& answered, bool fast) {
  FitTotals totals;
  std::int64_t most_k = 0;
  for (Answered& each : answered) {
    if (each.fast != fast) continue;
    most_k = std::max(most_k, each.drawn.shape.k);
    for (std::size_t i = 0; i < each.d.size(); ++i) {
      each.findings[i].fits = fit_sum(each.drawn.operands(), each.d[i]);
      totals.add(each.findings[i].fits);
    }
  }
  return totals.totals(most_k);
}

std::vector<std::uint32_t> numbers_of(bool bf16, std::size_t count, std::uint64_t seed) {
  std::vector<std::uint32_t> bits;
  const std::vector<std::uint8_t> codes =
      compare::draw_codes(kE4m3, MatmulDraw::kWide, 1, static_cast<std::int64_t>(2 * count), seed);
  // Exponents near those of the sums, random fractions.
  for (std::size_t i = 0; i < count; ++i) {
    const std::uint32_t noise = std::uint32_t{codes[2 * i]} << 8 | codes[2 * i + 1];
    const std::uint32_t word = (noise & 0x8000) << 16 | (130 + (noise >> 13 & 3)) << 23 | (noise & 0x1FFF) << 10;
    bits.push_back(bf16 ? word >> 16 : word | (noise * 37 & 0x3FF));
  }
  return bits;
}

}  // namespace

MatmulSubjects emulated_subjects(std::int64_t interval) {
  MatmulSubjects subjects;
  const auto operands = [](const GemmShape& shape, Fp8 a_type, Fp8 b_type, std::span<const std::uint8_t> a,
                           std::span<const std::uint8_t> b) {
    return MatmulOperands{shape.m, shape.n, shape.k, fp8_format(a_type), fp8_format(b_type), a, b};
  };
  subjects.kernel = [operands](const device::GemmRequest& r) {
    return sum_of({SumKind::kWgmma, r.promotion}, operands(r.shape, r.a_type, r.b_type, r.a, r.b));
  };
  subjects.library = [operands, interval](const device::MatmulRequest& r, int) {
    const bool bf16 = r.result == device::MatmulResult::kBf16;
    device::MatmulAnswer answer;
    answer.d = sum_of({SumKind::kWgmma, r.fast_accumulation ? 0 : interval},
                      operands(r.shape, Fp8::kE4m3, Fp8::kE4m3, r.a, r.b));
    answer.algorithm.split_k = 1;
    const compare::EpilogueModel model{compare::epilogues().data(), compare::Addition::kFmaOfProduct,
                                       bf16 ? compare::Narrowing::kBf16NearestEven : compare::Narrowing::kNone};
    const MatmulFactors factors{r.alpha, r.a_scale.value_or(1), r.b_scale.value_or(1), r.beta};
    for (std::size_t i = 0; i < answer.d.size(); ++i)
      answer.d[i] = finish(model, factors, answer.d[i], r.c.empty() ? 0 : r.c[i], !r.c.empty());
    return std::vector{answer};
  };
  return subjects;
}

void ask_kernel(const MatmulSubjects& subjects, bool quick, MatmulReport& report) {
  std::uint64_t seed = report.seed << 16;
  for (const GemmShape& shape : kernel_shapes(quick))
    for (const MatmulDraw draw : kDraws)
      for (const auto& [a_type, b_type] : {std::pair{Fp8::kE4m3, Fp8::kE4m3},
                                           {Fp8::kE4m3, Fp8::kE5m2},
                                           {Fp8::kE5m2, Fp8::kE4m3},
                                           {Fp8::kE5m2, Fp8::kE5m2}}) {
        const Drawn drawn(shape, a_type, b_type, draw, ++seed);
        for (const std::int64_t promotion : {std::int64_t{0}, std::int64_t{32}, kDocumented}) {
          const auto d = subjects.kernel({shape, a_type, b_type, drawn.a, drawn.b, promotion});
          const std::int64_t different = compare::different(d, sum_of({SumKind::kWgmma, promotion}, drawn.operands()));
          report.kernel.push_back({shape, a_type, b_type, draw, promotion, different, sha256_of(d)});
        }
      }
}

void ask_library(const MatmulSubjects& subjects, bool quick, MatmulReport& report) {
  std::uint64_t seed = report.seed << 16 | 0x8000;
  std::vector<Answered> answered;
  for (const GemmShape& shape : library_shapes(quick))
    for (const MatmulDraw draw : kDraws) {
      const Drawn drawn(shape, Fp8::kE4m3, Fp8::kE4m3, draw, ++seed);
      for (const bool fast : {false, true}) answered.push_back(ask_product(subjects, drawn, draw, fast));
    }
  for (const bool fast : {false, true}) {
    const bool differs = std::any_of(answered.begin(), answered.end(), [&](const Answered& each) {
      return each.fast == fast && std::any_of(each.findings.begin(), each.findings.end(),
                                              [](const LibraryFinding& finding) { return finding.different != 0; });
    });
    if (differs) (fast ? report.fast_fits : report.slow_fits) = fit_all(answered, fast);
  }
  for (const Answered& each : answered)
    report.products.insert(report.products.end(), each.findings.begin(), each.findings.end());
}

void ask_readers(const MatmulSubjects& subjects, MatmulReport& report) {
  for (const compare::IntervalReader& reader : compare::kIntervalReaders) {
    constexpr std::int64_t kRows = 64;
    const std::vector<std::uint8_t> codes = codes_of(reader, kRows);
    const std::span<const std::uint8_t> row = std::span(codes).first(static_cast<std::size_t>(reader.k));
    std::vector<std::pair<SumModel, std::uint32_t>> models;
    for (const SumModel& model : compare::sum_models(reader.k))
      models.emplace_back(model, sum_of(model, {1, 1, reader.k, kE4m3, kE4m3, row, row}).front());
    for (const bool fast : {false, true}) {
      const device::MatmulRequest request{{kRows, kRows, reader.k}, codes, codes, fast};
      const std::vector<std::uint32_t> d = subjects.library(request, 1).front().d;
      ReaderFinding finding{std::string(reader.name), fast, d.front(), true, {}};
      finding.all_equal = std::all_of(d.begin(), d.end(), [&](std::uint32_t bits) { return bits == d.front(); });
      for (const auto& [model, bits] : models)
        if (bits == d.front()) finding.explained_by.push_back(name_of(model));
      report.readers.push_back(std::move(finding));
    }
  }
}

void ask_epilogues(const MatmulSubjects& subjects, bool quick, MatmulReport& report) {
  // (alpha a) b, (alpha b) a and alpha (a b) are three different numbers.
  constexpr float kAlpha = 0.1f, kAScale = 1.27f, kBScale = 0.85f, kBeta = 0.3f;
  struct Factors {
    float alpha;
    bool a_scaled, b_scaled;
  };
  constexpr std::array kFactors{Factors{kAlpha, false, false}, Factors{1, true, true}, Factors{kAlpha, true, false},
                                Factors{kAlpha, true, true}};
  using compare::Addition;
  using compare::Narrowing;
  for (const compare::Epilogue& epilogue : compare::epilogues())
    for (const Addition addition : {Addition::kFmaOfC, Addition::kFmaOfProduct, Addition::kTwoRoundings})
      for (const Narrowing narrowing : {Narrowing::kBf16NearestEven, Narrowing::kBf16TowardZero})
        report.epilogues.push_back({{&epilogue, addition, narrowing}});
  std::uint64_t seed = report.seed << 16 | 0xC000;
  const std::vector<GemmShape> shapes =
      quick ? std::vector<GemmShape>{{64, 64, 256}} : std::vector<GemmShape>{{64, 64, 256}, {128, 128, 512}};
  for (const GemmShape& shape : shapes) {
    const Drawn drawn(shape, Fp8::kE4m3, Fp8::kE4m3, MatmulDraw::kWide, ++seed);
    device::MatmulRequest request{shape, drawn.a, drawn.b, true};
    const std::vector<std::uint32_t> sum = subjects.library(request, 1).front().d;
    for (const Factors& each : kFactors)
      for (const float beta : {0.0f, kBeta})
        for (const bool bf16 : {false, true}) {
          request.result = bf16 ? device::MatmulResult::kBf16 : device::MatmulResult::kFp32;
          request.alpha = each.alpha;
          request.beta = beta;
          request.a_scale = each.a_scaled ? std::optional(kAScale) : std::nullopt;
          request.b_scale = each.b_scaled ? std::optional(kBScale) : std::nullopt;
          const std::vector<std::uint32_t> c = numbers_of(bf16, sum.size(), ++seed);
          if (beta != 0)
            request.c = c;
          else
            request.c = {};
          const MatmulFactors factors{each.alpha, request.a_scale.value_or(1), request.b_scale.value_or(1), beta};
          const device::MatmulAnswer answer = subjects.library(request, 1).front();
          const std::vector<compare::EpilogueFit> fits = fit_epilogue(sum, factors, request.c, bf16, answer.d);
          report.cases.push_back({shape, factors, each.a_scaled, each.b_scaled, bf16,
                                  name_of(fits.front().model, factors), fits.front().different, answer.algorithm,
                                  sha256_of(answer.d)});
          for (EpilogueTally& tally : report.epilogues)
            for (const compare::EpilogueFit& fit : fits) {
              if (fit.model.epilogue != tally.model.epilogue) continue;
              if (beta != 0 && fit.model.addition != tally.model.addition) continue;
              if (bf16 && fit.model.narrowing != tally.model.narrowing) continue;
              tally.different += fit.different;
              tally.asked += static_cast<std::int64_t>(sum.size());
            }
        }
  }
  std::stable_sort(report.epilogues.begin(), report.epilogues.end(),
                   [](const EpilogueTally& x, const EpilogueTally& y) { return x.different < y.different; });
}

}  // namespace bitgate::program
