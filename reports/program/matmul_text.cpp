#include "bitgate/reports/program/matmul_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "bitgate/reports/program/command.h"
#include "bitgate/reports/provenance.h"

namespace bitgate::program {

namespace {

using compare::SumFit;
using nlohmann::ordered_json;

constexpr std::size_t kShownFits = 4;

std::string shape_of(const device::GemmShape& shape) { return fmt::format("{}x{}x{}", shape.m, shape.n, shape.k); }

std::string algorithm_of(const device::MatmulAlgorithm& a) {
  return fmt::format("algorithm {} tile {} stages {} split-K {} inner shape {} cluster {}", a.id, a.tile, a.stages,
                     a.split_k, a.inner_shape, a.cluster_shape);
}

bool as_documented(const compare::SumModel& model, bool fast) noexcept {
  return model.kind == compare::SumKind::kWgmma && (fast ? model.promotion == 0 : model.promotion != 0);
}

// All answers are one chain (fast), or promotion at one and the same interval.
bool sums_explained(const MatmulReport& report, bool fast) {
  const bool as_expected = std::all_of(report.products.begin(), report.products.end(), [&](const LibraryFinding& each) {
    return each.fast != fast || each.different == 0;
  });
  const std::vector<SumFit>& fits = fast ? report.fast_fits : report.slow_fits;
  return as_expected || std::any_of(fits.begin(), fits.end(), [&](const SumFit& fit) {
           return fit.different == 0 && as_documented(fit.model, fast);
         });
}

bool epilogues_explained(const MatmulReport& report) {
  return !report.epilogues.empty() && report.epilogues.front().different == 0;
}

bool kernel_explained(const MatmulReport& report) {
  return std::all_of(report.kernel.begin(), report.kernel.end(),
                     [](const KernelFinding& each) { return each.different == 0; });
}

bool readers_explained(const MatmulReport& report) {
  return std::all_of(report.readers.begin(), report.readers.end(),
                     [](const ReaderFinding& each) { return each.all_equal && !each.explained_by.empty(); });
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kShownFits); ++i) text += (text.empty() ? "" : "; ") + names[i];
  if (names.size() > kShownFits) text += fmt::format(" and {} more", names.size() - kShownFits);
  return text.empty() ? "explained by nothing" : text;
}

std::string fit_lines(std::string_view of, const std::vector<SumFit>& fits) {
  std::string text;
  for (std::size_t i = 0; i < std::min(fits.size(), kShownFits); ++i)
    text += fmt::format("    {}: {} differ from {}\n", of, fits[i].different, name_of(fits[i].model));
  return text;
}

std::string kernel_text(const MatmulReport& report) {
  if (report.kernel.empty()) return fmt::format("our kernel was not asked: {}\n", report.no_kernel);
  std::int64_t elements = 0, different = 0;
  std::string text;
  for (const KernelFinding& each : report.kernel) {
    elements += each.shape.m * each.shape.n;
    different += each.different;
    if (each.different != 0)
      text += fmt::format("    {} {} x {} {} promotion {}: {} differ\n", shape_of(each.shape), name_of(each.a_type),
                          name_of(each.b_type), name_of(each.draw), each.promotion, each.different);
  }
  return fmt::format("our kernel (wgmma.m64n64k32): {} products, {} elements, {} differ\n", report.kernel.size(),
                     elements, different) +
         text;
}

std::string readers_text(const MatmulReport& report) {
  std::string text = "  interval readers\n";
  for (const ReaderFinding& each : report.readers)
    text += fmt::format("    {} fast {}: {:08x}{}  {}\n", each.name, each.fast ? 1 : 0, each.bits,
                        each.all_equal ? "" : " (not everywhere)", joined(each.explained_by));
  return text;
}

std::string products_text(const MatmulReport& report) {
  std::string text = "  products, against one chain (fast) and promotion every 128 k\n";
  for (const LibraryFinding& each : report.products) {
    text += fmt::format("    {:<13} {:<10} fast {}: {} of {} differ; {}{}\n", shape_of(each.shape), name_of(each.draw),
                        each.fast ? 1 : 0, each.different, each.shape.m * each.shape.n,
                        algorithm_of(each.algorithms.front()),
                        each.algorithms.size() == 1 ? "" : fmt::format(" and {} more", each.algorithms.size() - 1));
    if (each.different != 0) text += fit_lines("  this product", each.fits);
  }
  return text + fit_lines("all, fast 0", report.slow_fits) + fit_lines("all, fast 1", report.fast_fits);
}

std::string epilogue_name(const EpilogueTally& tally) {
  compare::MatmulFactors factors;
  factors.beta = 1;
  return name_of(tally.model, factors);
}

std::string epilogues_text(const MatmulReport& report) {
  std::string text = "  epilogue: alpha, scales, beta * C, D in FP32 and BF16\n";
  std::size_t shown = 0;
  for (const EpilogueTally& each : report.epilogues)
    if (each.different == 0 || shown++ < kShownFits)
      text += fmt::format("    {} of {} differ from {}\n", each.different, each.asked, epilogue_name(each));
  if (epilogues_explained(report)) return text;
  for (const EpilogueCase& each : report.cases)
    text += fmt::format("    {} alpha {} a {} b {} beta {} {}: {} differ from {}\n", shape_of(each.shape),
                        each.factors.alpha, each.factors.a_scale, each.factors.b_scale, each.factors.beta,
                        each.bf16 ? "bf16" : "fp32", each.different, each.best);
  return text;
}

ordered_json matmul_json_of(const device::GemmShape& shape) { return ordered_json::array({shape.m, shape.n, shape.k}); }

ordered_json matmul_json_of(const device::MatmulAlgorithm& a) {
  return {{"id", a.id},
          {"tile", a.tile},
          {"stages", a.stages},
          {"split_k", a.split_k},
          {"reduction", a.reduction},
          {"inner_shape", a.inner_shape},
          {"cluster_shape", a.cluster_shape}};
}

ordered_json matmul_json_of(const std::vector<SumFit>& fits) {
  ordered_json json = ordered_json::array();
  for (const SumFit& fit : fits) json.push_back({{"model", name_of(fit.model)}, {"different", fit.different}});
  return json;
}

ordered_json matmul_kernel_json(const MatmulReport& report) {
  ordered_json json = ordered_json::array();
  for (const KernelFinding& each : report.kernel)
    json.push_back({{"shape", matmul_json_of(each.shape)},
                    {"a", name_of(each.a_type)},
                    {"b", name_of(each.b_type)},
                    {"draw", name_of(each.draw)},
                    {"promotion", each.promotion},
                    {"different", each.different},
                    {"sha256", each.sha256}});
  return json;
}

ordered_json matmul_products_json(const MatmulReport& report) {
  ordered_json json = ordered_json::array();
  for (const LibraryFinding& each : report.products) {
    ordered_json algorithms = ordered_json::array();
    for (const device::MatmulAlgorithm& algorithm : each.algorithms) algorithms.push_back(matmul_json_of(algorithm));
    json.push_back({{"shape", matmul_json_of(each.shape)},
                    {"draw", name_of(each.draw)},
                    {"fast", each.fast},
                    {"different", each.different},
                    {"sha256", each.sha256},
                    {"algorithms", std::move(algorithms)},
                    {"fits", matmul_json_of(each.fits)}});
  }
  return json;
}

ordered_json matmul_readers_json(const MatmulReport& report) {
  ordered_json json = ordered_json::array();
  for (const ReaderFinding& each : report.readers)
    json.push_back({{"name", each.name},
                    {"fast", each.fast},
                    {"bits", fmt::format("{:08x}", each.bits)},
                    {"all_equal", each.all_equal},
                    {"explained_by", each.explained_by}});
  return json;
}

ordered_json matmul_epilogue_json(const MatmulReport& report) {
  ordered_json cases = ordered_json::array(), tallies = ordered_json::array();
  for (const EpilogueCase& each : report.cases)
    cases.push_back({{"shape", matmul_json_of(each.shape)},
                     {"alpha", each.factors.alpha},
                     {"a_scale", each.a_scaled ? ordered_json(each.factors.a_scale) : ordered_json()},
                     {"b_scale", each.b_scaled ? ordered_json(each.factors.b_scale) : ordered_json()},
                     {"beta", each.factors.beta},
                     {"d", each.bf16 ? "bf16" : "fp32"},
                     {"best", each.best},
                     {"sha256", each.sha256},
                     {"different", each.different},
                     {"algorithm", matmul_json_of(each.algorithm)}});
  for (const EpilogueTally& each : report.epilogues)
    tallies.push_back({{"model", epilogue_name(each)}, {"different", each.different}, {"asked", each.asked}});
  return {{"cases", std::move(cases)}, {"models", std::move(tallies)}};
}

ordered_json matmul_gpu_json(const MatmulReport& report) {
  if (!report.gpu) return nullptr;
  return {{"name", report.gpu->name},
          {"compute_capability", report.gpu->compute_capability},
          {"architecture", report.gpu->architecture},
          {"driver", report.gpu->driver},
          {"nvcc", report.gpu->nvcc},
          {"kernel_code_sha256", device::gemm_code_digest(report.gpu->architecture).value_or("")},
          {"kernel_source_sha256", device::gemm_source_digest()}};
}

}  // namespace

int status_of(const MatmulReport& report) {
  const bool library_asked = !report.products.empty();
  if (!kernel_explained(report)) return kDifference;
  if (library_asked && !(sums_explained(report, false) && sums_explained(report, true) && readers_explained(report)))
    return kDifference;
  if (!report.epilogues.empty() && report.broke_off.empty() && !epilogues_explained(report)) return kDifference;
  return report.broke_off.empty() && library_asked && !report.kernel.empty() ? kPass : kCouldNotTell;
}

std::string matmul_text(const MatmulReport& report) {
  std::string text = report.gpu ? fmt::format("{} ({}, driver {}): FP8 products against the emulation\n",
                                              report.gpu->name, report.gpu->architecture, report.gpu->driver)
                                : "the emulation against itself: no GPU is asked\n";
  text += kernel_text(report);
  if (!report.no_library.empty()) text += fmt::format("cuBLASLt was not asked: {}\n", report.no_library);
  if (!report.readers.empty()) {
    text += fmt::format("cuBLASLt {} ({})\n", report.library_version, report.library);
    text += readers_text(report) + products_text(report);
    if (!report.cases.empty()) text += epilogues_text(report);
  }
  if (!report.broke_off.empty()) text += fmt::format("it broke off: {}\n", report.broke_off);
  const int status = status_of(report);
  return text + (status == kPass         ? "pass: every byte is explained\n"
                 : status == kDifference ? "fail: some bytes are not explained\n"
                                         : "could not tell: not all was asked\n");
}

std::string matmul_document(const MatmulReport& report) {
  const reports::Provenance here = reports::provenance_here();
  ordered_json json{{"bitgate", here.version}, {"commit", here.commit}, {"date", here.date_utc}};
  json["gpu"] = matmul_gpu_json(report);
  json["cublaslt"] = {{"path", report.library}, {"version", report.library_version}, {"missing", report.no_library}};
  json["seed"] = report.seed;
  json["kernel"] = matmul_kernel_json(report);
  json["readers"] = matmul_readers_json(report);
  json["products"] = matmul_products_json(report);
  json["fits_fast_0"] = matmul_json_of(report.slow_fits);
  json["fits_fast_1"] = matmul_json_of(report.fast_fits);
  json["epilogue"] = matmul_epilogue_json(report);
  json["broke_off"] = report.broke_off;
  json["status"] = status_of(report);
  return json.dump(1, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace bitgate::program
