#include "bitgate/reports/heatmap.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bitgate/reference/format/error.h"
#include "bitgate/reports/colour.h"
#include "bitgate/reports/figures.h"
#include "bitgate/tests/reports/sample_results.h"
#include "bitgate/tests/reports/simple_xml.h"

namespace bitgate::reports {
namespace {

using sample::kInf;
using sample::kNan;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

Heatmap two_by_two() {
  Heatmap map;
  map.title = "a < b & c";
  map.columns = {"one", "two"};
  map.rows = {"up", "down"};
  map.cells = {{0, true, false}, {10, true, false}, {5, true, false}, {2.5, true, false}};
  map.low = 0;
  map.high = 10;
  return map;
}

std::string svg_of(const Heatmap& map) { return heatmap_svg(map, SvgUse::kFile, "p"); }

std::uint32_t big_endian(const std::string& bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

// The number after `name="` in the first tag that has it.
double attribute(const std::string& svg, const std::string& name) {
  return std::stod(svg.substr(svg.find(" " + name + "=\"") + name.size() + 3));
}

TEST(Viridis, EndsAreThoseOfThePublishedTable) {
  // First and last rows of the table: (0.267004, 0.004874, 0.329415) and (0.993248, 0.906157, 0.143936).
  const Colour low = viridis(0), high = viridis(1);
  EXPECT_NEAR(low.red, 0.267004, 0.015);
  EXPECT_NEAR(low.green, 0.004874, 0.015);
  EXPECT_NEAR(low.blue, 0.329415, 0.015);
  EXPECT_NEAR(high.red, 0.993248, 0.015);
  EXPECT_NEAR(high.green, 0.906157, 0.015);
  EXPECT_NEAR(high.blue, 0.143936, 0.015);
}

TEST(Viridis, LuminanceRisesAllTheWay) {
  for (int i = 0; i < 100; ++i) EXPECT_LT(luminance(viridis(i / 100.0)), luminance(viridis((i + 1) / 100.0))) << i;
}

TEST(Viridis, BeyondItsEndsTheNearerEnd) {
  EXPECT_EQ(viridis(-3).red, viridis(0).red);
  EXPECT_EQ(viridis(kInf).red, viridis(1).red);
  EXPECT_EQ(viridis(kNan).red, viridis(0).red);
}

TEST(TextOn, IsWhicheverContrastsMore) {
  EXPECT_EQ(text_on({0, 0, 0}).red, 1);
  EXPECT_EQ(text_on({1, 1, 1}).red, 0);
  for (int i = 0; i <= 100; ++i) {
    const double back = luminance(viridis(i / 100.0));
    const bool black = text_on(viridis(i / 100.0)).red == 0;
    EXPECT_EQ(black, (back + 0.05) / 0.05 > 1.05 / (back + 0.05)) << i;
  }
}

TEST(CellText, HasOneDecimalBelowAHundredAndNamesWhatIsNoNumber) {
  EXPECT_EQ(cell_text({20.43, true, false}), "20.4");
  EXPECT_EQ(cell_text({-0.04, true, false}), "0.0");
  EXPECT_EQ(cell_text({99.96, true, false}), "100");
  EXPECT_EQ(cell_text({kInf, true, false}), "inf");
  EXPECT_EQ(cell_text({-kInf, true, false}), "-inf");
  EXPECT_EQ(cell_text({kNan, true, false}), "nan");
  EXPECT_EQ(cell_text({20.43, false, false}), "n/r");
}

TEST(HeatmapSvg, IsWellFormedAndNamesItsTitle) {
  const std::string svg = svg_of(two_by_two());
  EXPECT_EQ(sample::xml_fault(svg), "");
  EXPECT_THAT(svg, HasSubstr("<?xml"));
  EXPECT_THAT(svg, HasSubstr("xmlns=\"http://www.w3.org/2000/svg\""));
  EXPECT_THAT(svg, HasSubstr("aria-label=\"a &lt; b &amp; c\""));
}

TEST(HeatmapSvg, CellsTakeTheColourOfTheirValue) {
  const std::string svg = svg_of(two_by_two());
  EXPECT_THAT(svg, HasSubstr("<path fill=\"#470155\""));  // 0 of 0 to 10
  Heatmap beyond = two_by_two();
  beyond.cells[0].value = -50;
  EXPECT_THAT(svg_of(beyond), HasSubstr("<path fill=\"#470155\""));
}

TEST(HeatmapSvg, EachKindOfCellIsDrawnInItsOwnWay) {
  const std::string plain = svg_of(two_by_two());
  EXPECT_THAT(plain, Not(HasSubstr("#c7c7c7")));
  EXPECT_THAT(plain, Not(HasSubstr("#b3b3b3")));
  EXPECT_THAT(plain, Not(HasSubstr("#cc001a")));
  Heatmap map = two_by_two();
  map.cells[0].ran = false;
  EXPECT_THAT(svg_of(map), HasSubstr("fill=\"#c7c7c7\""));
  map = two_by_two();
  map.cells[0].marked = true;
  EXPECT_THAT(svg_of(map), HasSubstr("stroke=\"#cc001a\""));
  map = two_by_two();
  map.cells[0].value = kInf;
  const std::size_t infinite = sample::count_of(svg_of(map), "stroke=\"#b3b3b3\"");
  map.cells[0].value = kNan;
  const std::size_t nan = sample::count_of(svg_of(map), "stroke=\"#b3b3b3\"");
  EXPECT_EQ(infinite, 2u);  // cell and legend
  EXPECT_EQ(nan, 4u);       // both ways
}

TEST(HeatmapSvg, PageTextTakesThePagesColourAndIdsTakeThePrefix) {
  const std::string page = heatmap_svg(two_by_two(), SvgUse::kPage, "f3");
  EXPECT_EQ(sample::xml_fault(page), "");
  EXPECT_THAT(page, HasSubstr("currentColor"));
  EXPECT_THAT(page, Not(HasSubstr("#1b1b1f")));
  EXPECT_THAT(page, Not(HasSubstr("xmlns")));
  EXPECT_THAT(page, Not(HasSubstr("<?xml")));
  EXPECT_EQ(sample::count_of(page, " id=\""), sample::count_of(page, " id=\"f3"));
  EXPECT_EQ(sample::count_of(page, "href=\"#"), sample::count_of(page, "href=\"#f3"));
  EXPECT_GT(sample::count_of(page, "href=\"#f3"), 20u);
}

TEST(HeatmapSvg, LongNamesMakeRoom) {
  Heatmap map = two_by_two();
  const double narrow = attribute(svg_of(map), "height");
  map.columns = {"a_distribution_of_long_name", "another_distribution_of_long_name"};
  EXPECT_GT(attribute(svg_of(map), "height"), narrow + 100);
}

TEST(HeatmapSvg, SameMapSameBytes) { EXPECT_EQ(svg_of(two_by_two()), svg_of(two_by_two())); }

TEST(HeatmapPng, HasSignatureAndTheSizeOfTheSvgTimesItsScale) {
  const std::string png = heatmap_png(two_by_two(), 2);
  const std::string svg = svg_of(two_by_two());
  ASSERT_GT(png.size(), 1000u);
  EXPECT_EQ(png.substr(0, 8), "\x89PNG\r\n\x1a\n");
  EXPECT_EQ(big_endian(png, 16), static_cast<std::uint32_t>(2 * attribute(svg, "width")));
  EXPECT_EQ(big_endian(png, 20), static_cast<std::uint32_t>(2 * attribute(svg, "height")));
}

TEST(Heatmap, WrongNumberOfCellsAndTextThatIsNotUtf8AreRefused) {
  Heatmap map = two_by_two();
  map.cells.pop_back();
  EXPECT_THROW(svg_of(map), InputError);
  map = two_by_two();
  map.rows[0] = "\xFF";
  EXPECT_THROW(svg_of(map), InputError);
  EXPECT_THROW(heatmap_png(map, 1), InputError);
  map = two_by_two();
  map.low = map.high;
  EXPECT_THROW(svg_of(map), InputError);
}

TEST(Figures, DistributionPanelHasARowForEachRecipe) {
  Results results = sample::results();
  sample::make_different(results.rows[1]);
  results.rows.erase(results.rows.begin() + 3);
  const std::vector<Figure> all = figures(results);
  ASSERT_EQ(all.size(), 1u);
  const Heatmap& map = all[0].heatmap;
  EXPECT_EQ(all[0].stem, "distribution-fp32");
  EXPECT_THAT(map.rows, ElementsAre("te/nvfp4", "ggml/q8_1"));
  EXPECT_THAT(map.columns, ElementsAre("normal", "gelu"));
  ASSERT_EQ(map.cells.size(), 4u);
  EXPECT_EQ(map.cells[0].value, 21.375);
  EXPECT_TRUE(map.cells[1].marked);
  EXPECT_FALSE(map.cells[0].marked);
  EXPECT_FALSE(map.cells[3].ran);
  EXPECT_EQ(all[0].rows[3], nullptr);
  EXPECT_EQ(map.low, 20);
  EXPECT_EQ(map.high, 25);
}

TEST(Figures, RefusedInputDidNotRun) {
  Results results = sample::results();
  results.rows[0].digests = {};
  sample::make_not_run(results.rows[0], "refused");
  EXPECT_FALSE(figures(results)[0].heatmap.cells[0].ran);
}

TEST(Figures, AmplitudePanelHasAFigureForEachLaw) {
  Results results = sample::results();
  results.panels = {
      {"amplitude", {"te/nvfp4"}, {InputType::kF32}, {{"normal", -4}, {"normal", 0}, {"gelu", 2}}, {16, 64}, 1}};
  results.rows.clear();
  for (const compare::Distribution& input : results.panels[0].inputs)
    results.rows.push_back(sample::row_of(sample::case_of("te/nvfp4", input.name, input.log2_amplitude)));
  const std::vector<Figure> all = figures(results);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].stem, "amplitude-normal-fp32");
  EXPECT_THAT(all[0].heatmap.columns, ElementsAre("-4", "0"));
  EXPECT_EQ(all[1].stem, "amplitude-gelu-fp32");
  EXPECT_THAT(all[1].heatmap.columns, ElementsAre("2"));
}

TEST(Figures, RowRangePanelShowsTheWorstRow) {
  Results results = sample::results();
  results.panels = {{"row_range", {}, {InputType::kF32}, {{"row_ladder_8", 0}, {"row_ladder", 0}}, {16, 64}, 1}};
  results.rows = {sample::row_of(sample::case_of("te/nvfp4", "row_ladder_8"), 20.5),
                  sample::row_of(sample::case_of("te/nvfp4", "row_ladder"), 20.5)};
  results.rows[1].metrics.rows_counted = 0;
  const Figure figure = figures(results).at(0);
  EXPECT_THAT(figure.heatmap.columns, ElementsAre("8", "24"));
  EXPECT_EQ(figure.heatmap.cells[0].value, 19.5);
  EXPECT_EQ(cell_text(figure.heatmap.cells[1]), "nan");
}

TEST(Figures, PanelsOfOneNameHaveFilesOfTheirOwn) {
  Results results = sample::results();
  results.panels.push_back(results.panels[0]);
  results.panels[1].name = results.panels[0].name = "../mine";
  const std::vector<Figure> all = figures(results);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].stem, "---mine-fp32");
  EXPECT_EQ(all[1].stem, "---mine-fp32-2");
}

TEST(Figures, ColourBarOfOneValueOrNoneStillHasALength) {
  Results results = sample::results();
  for (compare::Row& row : results.rows) row.metrics.sqnr_db = 20;
  EXPECT_LT(figures(results)[0].heatmap.low, figures(results)[0].heatmap.high);
  for (compare::Row& row : results.rows) row.metrics.sqnr_db = kNan;
  EXPECT_LT(figures(results)[0].heatmap.low, figures(results)[0].heatmap.high);
  for (compare::Row& row : results.rows) row.metrics.sqnr_db = 646;
  EXPECT_LT(figures(results)[0].heatmap.low, figures(results)[0].heatmap.high);
  for (compare::Row& row : results.rows) row.metrics.sqnr_db = -300;
  EXPECT_LT(figures(results)[0].heatmap.low, figures(results)[0].heatmap.high);
}

}  // namespace
}  // namespace bitgate::reports
