// reports/pages/which-nvfp4.md and its pictures are what this build would write: `bitgate list nvfp4 --out
// reports/pages` after a change of the catalog.
#include "bitgate/reports/which_nvfp4.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "bitgate/tests/reports/simple_xml.h"

namespace bitgate::reports {
namespace {

using ::testing::HasSubstr;

const compare::Nvfp4Survey& survey() {
  static const compare::Nvfp4Survey once = compare::survey_nvfp4();
  return once;
}

std::string committed(std::string_view name) {
  std::ifstream file(std::filesystem::path(BITGATE_SOURCE_DIR) / "reports/pages" / name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The first line that differs, so that a failure is no wall of text.
std::string first_difference(const std::string& made, const std::string& kept) {
  if (made == kept) return "";
  std::size_t at = 0;
  while (at < made.size() && at < kept.size() && made[at] == kept[at]) ++at;
  const std::size_t start = made.rfind('\n', at) == std::string::npos ? 0 : made.rfind('\n', at) + 1;
  return "this build writes: " + made.substr(start, made.find('\n', at) - start);
}

TEST(WhichNvfp4, TheCommittedPageIsThatOfTheCatalog) {
  EXPECT_EQ(first_difference(which_nvfp4_page(survey()), committed(kWhichNvfp4Page)), "");
  EXPECT_EQ(first_difference(which_nvfp4_globals_svg(), committed(kWhichNvfp4Globals)), "");
  EXPECT_EQ(first_difference(which_nvfp4_codes_svg(survey().codes), committed(kWhichNvfp4Codes)), "");
}

TEST(WhichNvfp4, EveryRecipeHasItsRowOfRules) {
  const std::string page = which_nvfp4_page(survey());
  const std::string rules =
      page.substr(page.find("## The rules"), page.find("## The answers") - page.find("## The rul"));
  for (const compare::Nvfp4Facts& facts : survey().facts)
    EXPECT_THAT(rules, HasSubstr("| `" + std::string(facts.recipe->identity.name) + "` |"));
  EXPECT_THAT(page, HasSubstr("(" + std::string(kWhichNvfp4Globals) + ")"));
  EXPECT_THAT(page, HasSubstr("(" + std::string(kWhichNvfp4Codes) + ")"));
}

TEST(WhichNvfp4, EveryRowHasAsManyCellsAsItsHead) {
  std::istringstream lines(which_nvfp4_page(survey()));
  std::size_t cells = 0;
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("|")) {
      cells = 0;
      continue;
    }
    std::size_t bars = 0;
    for (std::size_t i = 0; i < line.size(); ++i) bars += line[i] == '|' && (i == 0 || line[i - 1] != '\\');
    if (cells == 0) cells = bars;
    EXPECT_EQ(bars, cells) << line;
  }
}

TEST(WhichNvfp4, PicturesAreWellFormed) {
  EXPECT_EQ(sample::xml_fault(which_nvfp4_globals_svg()), "");
  EXPECT_EQ(sample::xml_fault(which_nvfp4_codes_svg(survey().codes)), "");
  EXPECT_EQ(sample::xml_fault(which_nvfp4_codes_svg({{"a/<b>", "c"}, {1, 1}, 2, {0, 1e6, 1e6, 0}})), "");
}

}  // namespace
}  // namespace bitgate::reports
