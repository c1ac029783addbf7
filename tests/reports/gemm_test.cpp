// Products of two quantized matrices in results.json, in pictures, on the page, and by the program.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <span>

#include "bitgate/compare/digest.h"
#include "bitgate/compare/file_bytes.h"
#include "bitgate/reports/gemm_page.h"
#include "bitgate/reports/html.h"
#include "bitgate/reports/json.h"
#include "bitgate/reports/report.h"
#include "bitgate/reports/text.h"
#include "bitgate/tests/reports/sample_results.h"
#include "bitgate/tests/reports/shell.h"
#include "bitgate/tests/reports/simple_xml.h"
#include "bitgate/tests/support/temporary_directory.h"

namespace bitgate::reports {
namespace {

using compare::GemmRow;
using compare::refusal;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

GemmRow row_of(const std::string& name, double sqnr_db) {
  GemmRow row;
  row.id = compare::parse_gemm_case(name);
  row.signal = 1000;
  row.noise = 8.5;
  row.sqnr_db = sqnr_db;
  row.predicted_db = sqnr_db - 0.25;
  row.a_sqnr_db = 30.125;
  row.b_sqnr_db = 20.5;
  return row;
}

// Two pairs by two K, of which one is refused and one is missing; and another seed.
Results with_products() {
  Results results = sample::results();
  results.gemm = {row_of("te/nvfp4+te/nvfp4-2d/fp32/gelu+linear/64x32x64/s4", 16.5),
                  row_of("te/nvfp4+te/nvfp4-2d/fp32/gelu+linear/64x32x40/s4", 1),
                  row_of("te/mxfp8-e4m3+te/nvfp4-2d/fp32/gelu+linear/64x32x64/s4", 21.25),
                  row_of("te/nvfp4+te/nvfp4-2d/fp32/gelu+linear/64x32x64/s5", 99)};
  GemmRow& refused = results.gemm[1];
  refused.signal = refused.noise = refused.sqnr_db = refused.predicted_db = refused.a_sqnr_db = std::nan("");
  refused.refusal = "40 columns <given>";
  return results;
}

TEST(GemmJson, ReadsBackWhatWasWritten) {
  const sample::Folder folder;
  write_results(folder / "r.json", with_products());
  const std::vector<GemmRow> read = read_results(folder / "r.json").gemm;
  ASSERT_EQ(read.size(), 4u);
  for (std::size_t i = 0; i < read.size(); ++i) {
    const GemmRow expected = with_products().gemm[i];
    EXPECT_EQ(read[i].id, expected.id);
    EXPECT_EQ(read[i].refusal, expected.refusal);
    for (double GemmRow::*number : {&GemmRow::signal, &GemmRow::noise, &GemmRow::sqnr_db, &GemmRow::predicted_db,
                                    &GemmRow::a_sqnr_db, &GemmRow::b_sqnr_db})
      EXPECT_TRUE(read[i].*number == expected.*number || (std::isnan(read[i].*number) && i == 1)) << i;
  }
}

compare::UnitRow unit_row() {
  compare::UnitRow row;
  row.id = {compare::parse_gemm_case("te/nvfp4+te/nvfp4-2d/fp32/gelu+linear/64x32x64/s4"),
            "sm_100a/tcgen05.mxf4nvf4.k64/nvfp4/f32", 128};
  row.elements = 2048;
  row.exceeded = 3;
  row.max_ratio = 1.25;
  row.median_ratio = 0.125;
  row.sqnr_db = sample::kInf;
  row.bound_share = 0.00025;
  row.a_priori_share = sample::kInf;
  return row;
}

TEST(GemmJson, UnitsReadBackAndAreShown) {
  const sample::Folder folder;
  Results results = sample::results();
  results.units = {unit_row()};
  write_results(folder / "r.json", results);
  EXPECT_EQ(read_results(folder / "r.json").units, results.units);
  const std::string page = report_page(results, figures(results), Verdict{});
  for (const char* text :
       {"What a matrix unit adds", "<td class=bad>3 of 2048", "<td>1.250<td>0.125", "0.00025", ">128<"})
    EXPECT_THAT(page, HasSubstr(text));
}

TEST(GemmGate, AProductBeyondItsBoundFails) {
  Results results = sample::results();
  ASSERT_EQ(verdict(results, {}, {}).status, kPass);
  results.units = {unit_row()};
  const Verdict fails = verdict(results, {}, {});
  EXPECT_EQ(fails.status, kFail);
  EXPECT_THAT(fails.reasons, testing::Contains(HasSubstr("3 of 2048 elements differ from the exact product")));
  results.units[0].exceeded = 0;
  EXPECT_EQ(verdict(results, {}, {}).status, kPass);
}

TEST(GemmJson, IsLeftOutWithoutProducts) {
  EXPECT_THAT(results_text(sample::results()), Not(HasSubstr("\"gemm\"")));
  EXPECT_THAT(results_text(sample::results()), Not(HasSubstr("\"units\"")));
}

TEST(GemmJson, WhatCannotBeIsRefusedWithItsPlace) {
  const sample::Folder folder;
  const auto refused = [&](const std::string& from, const std::string& to) {
    std::string text = results_text(with_products());
    text.replace(text.find(from), from.size(), to);
    write_text(folder / "r.json", text);
    return refusal([&] { read_results(folder / "r.json"); });
  };
  EXPECT_THAT(refused("64x32x64/s5", "64x32x64/s4"), HasSubstr("/gemm/3/case: this product has a row already"));
  EXPECT_THAT(refused("64x32x40", "64x40"), HasSubstr("/gemm/1/case"));
  EXPECT_THAT(refused("\"predicted_db\":16.25,", ""), HasSubstr("/gemm/0"));
}

TEST(GemmFigures, AreOfPairsByLawsAndTheFirstSeed) {
  const Results results = with_products();
  const std::vector<GemmFigure> figures = gemm_figures(results);
  ASSERT_EQ(figures.size(), 1u);
  const Heatmap& map = figures[0].heatmap;
  EXPECT_EQ(figures[0].stem, "gemm-fp32-64x32");
  EXPECT_THAT(map.rows, ElementsAre("te/nvfp4 x te/nvfp4-2d", "te/mxfp8-e4m3 x te/nvfp4-2d"));
  EXPECT_THAT(map.columns, ElementsAre("gelu x linear, K 64", "gelu x linear, K 40"));
  ASSERT_EQ(map.cells.size(), 4u);
  EXPECT_EQ(cell_text(map.cells[0]), "16.5");
  EXPECT_EQ(cell_text(map.cells[1]), "n/r");
  EXPECT_EQ(cell_text(map.cells[2]), "21.2");
  EXPECT_EQ(cell_text(map.cells[3]), "n/r");
  EXPECT_EQ(map.low, 15);
  EXPECT_EQ(map.high, 25);
  EXPECT_TRUE(gemm_figures(sample::results()).empty());
}

TEST(GemmPage, ShowsNumbersPredictionsAndRefusals) {
  const Results results = with_products();
  const std::string page = report_page(results, figures(results), Verdict{});
  EXPECT_EQ(sample::xml_fault(heatmap_svg(gemm_figures(results)[0].heatmap, SvgUse::kFile, "b")), "");
  for (const char* text : {"<section id=\"gemm\">", "<td>16.50", "<td>0.25", "gemm-fp32-64x32.svg",
                           "40 columns &lt;given&gt;", "te/mxfp8-e4m3 x te/nvfp4-2d"})
    EXPECT_THAT(page, HasSubstr(text));
  const Results none = sample::results();
  EXPECT_THAT(report_page(none, figures(none), Verdict{}), Not(HasSubstr("id=\"gemm\"")));
}

// What a small heatmap shows, to the digit: rows, columns and the text of each cell.
TEST(GemmFigures, GoldenDigestOfASmallOne) {
  compare::GemmPanel panel = compare::default_gemm_panels().front();
  panel.k = {64, 256};
  panel.extent = {32, 32};
  Results results;
  results.gemm = compare::run_gemms(compare::expand({panel}));
  const std::vector<GemmFigure> figures = gemm_figures(results);
  ASSERT_EQ(figures.size(), 1u);
  std::string text;
  for (const std::string& name : figures[0].heatmap.rows) text += name + "\n";
  for (const std::string& name : figures[0].heatmap.columns) text += name + "\n";
  for (const HeatmapCell& cell : figures[0].heatmap.cells) text += cell_text(cell) + "\n";
  EXPECT_EQ(figures[0].heatmap.cells.size(), 30u * 4);
  EXPECT_EQ(compare::sha256_hex(std::as_bytes(std::span<const char>(text.data(), text.size()))),
            "c7c3f6aaef91076050d7ded55dab8f64cd7b2e22a4c102b7dbc8d34cac219800");
}

class GemmProgram : public testing::Test {
 protected:
  Outcome report(const std::string& sweep, const std::string& options) {
    write_text(folder_ / "sweep.json", sweep);
    return shell(std::string(BITGATE_PROGRAM) + " report --sweep " + (folder_ / "sweep.json").string() + " " + options +
                 " 2>&1");
  }
  std::string out(const std::string& name) const { return (folder_ / name).string(); }

  static constexpr const char* kSweep = R"({"panels": [{"name": "noise", "recipes": ["te/nvfp4", "te/mxfp8-e4m3"],
    "types": ["fp32"], "inputs": ["normal"], "extent": [16, 64]}], "gemms": [{"name": "g", "a_recipes": ["te/nvfp4",
    "te/mxfp8-e4m3"], "b_recipes": ["te/nvfp4-2d"], "a_inputs": ["gelu", "normal@2^-4"], "b_inputs": ["linear"],
    "k": [64, 48], "extent": [48, 32], "seeds": 2}]})";
  sample::Folder folder_;
};

TEST_F(GemmProgram, ASweepFileNamesProducts) {
  const Outcome outcome = report(kSweep, "--out " + out("r"));
  EXPECT_EQ(outcome.status, 0) << outcome.text;
  EXPECT_EQ(read_results(folder_ / "r/results.json").gemm.size(), 2u * 2 * 2 * 2);
  for (const char* file : {"r/gemm-fp32-48x32.png", "r/gemm-fp32-48x32.svg"})
    EXPECT_TRUE(std::filesystem::exists(folder_ / file)) << file;
  // Of one recipe no product has both sides.
  EXPECT_EQ(report(kSweep, "--recipe te/nvfp4 --out " + out("one")).status, 0);
  EXPECT_TRUE(read_results(folder_ / "one/results.json").gemm.empty());
}

TEST_F(GemmProgram, ShardsJoinToTheSame) {
  ASSERT_EQ(report(kSweep, "--out " + out("whole")).status, 0);
  for (const char* part : {"1", "2", "3"})
    ASSERT_EQ(report(kSweep, std::string("--shard ") + part + "/3 --out " + out(part)).status, 0);
  const Outcome merged = shell(std::string(BITGATE_PROGRAM) + " merge " + out("3") + " " + out("1") + " " + out("2") +
                               " --out " + out("merged") + " 2>&1");
  ASSERT_EQ(merged.status, 0) << merged.text;
  const std::vector<GemmRow> a = read_results(folder_ / "whole/results.json").gemm,
                             b = read_results(folder_ / "merged/results.json").gemm;
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].id, b[i].id);
    EXPECT_EQ(a[i].sqnr_db, b[i].sqnr_db);
  }
}

TEST_F(GemmProgram, BadProductsAreRefusedWithTheirPlace) {
  const auto refused = [&](const std::string& from, const std::string& to) {
    std::string sweep = kSweep;
    sweep.replace(sweep.find(from), from.size(), to);
    const Outcome outcome = report(sweep, "--out " + out("bad"));
    EXPECT_EQ(outcome.status, 3) << outcome.text;
    return outcome.text;
  };
  EXPECT_THAT(refused("te/nvfp4-2d", "te/nvfp9"), HasSubstr("/gemms/0/b_recipes/0"));
  EXPECT_THAT(refused("\"linear\"", "\"lineal\""), HasSubstr("/gemms/0/b_inputs/0"));
  EXPECT_THAT(refused("\"gelu\"", "\"scale_ties\""), HasSubstr("follows a recipe"));
  EXPECT_THAT(refused("[64, 48]", "[0]"), HasSubstr("/gemms/0/k/0"));
  EXPECT_THAT(refused("[48, 32]", "[48]"), HasSubstr("/gemms/0/extent"));
  EXPECT_THAT(refused("\"seeds\"", "\"sedes\""), HasSubstr("sedes"));
}

}  // namespace
}  // namespace bitgate::reports
