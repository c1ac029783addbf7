#include "bitgate/compare/c_api.h"

#include <gmock/gmock.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <set>
#include <string>

#include "bitgate/tests/compare/c_api_arrays.h"

namespace bitgate::c_tests {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

TEST(CApi, VersionIsThatOfTheProject) { EXPECT_STREQ(bitgate_version(), BITGATE_VERSION); }

TEST(CApi, RecipesAreACatalogOfDistinctNames) {
  const std::int64_t n = bitgate_recipe_count();
  std::set<std::string> names;
  for (std::int64_t i = 0; i < n; ++i) names.insert(bitgate_recipe_name(i));
  EXPECT_EQ(names.size(), static_cast<std::size_t>(n));
  EXPECT_TRUE(names.contains("te/nvfp4"));
  for (const std::int64_t outside : {std::int64_t{-1}, n, INT64_MIN, INT64_MAX})
    EXPECT_EQ(bitgate_recipe_name(outside), nullptr);
}

TEST(CApi, RecipeInfoIsAJsonObject) {
  const char* json = nullptr;
  ASSERT_EQ(bitgate_recipe_info("te/nvfp4-rht", &json), BITGATE_PASS);
  EXPECT_THAT(json, StartsWith(R"({"name":"te/nvfp4-rht",)"));
  EXPECT_THAT(json, HasSubstr(R"("directions":["column")"));
  EXPECT_EQ(bitgate_recipe_info("te/nvfp4", nullptr), BITGATE_PASS);
}

TEST(CApi, SizesNeedNoInputAndLeaveDataAlone) {
  int mine = 0;
  bitgate_tensor t{};
  t.codes.data = &mine;
  const bitgate_request request = request_of(kNvfp4, nullptr, 4, 64);
  ASSERT_EQ(bitgate_sizes(&request, &t), BITGATE_PASS);
  EXPECT_EQ(t.codes.data, &mine);
  EXPECT_THAT((std::vector{t.codes.type, t.codes.dims}), ElementsAre(BITGATE_UINT8, 2));
  EXPECT_THAT((std::vector{t.codes.shape[0], t.codes.shape[1]}), ElementsAre(4, 32));
  EXPECT_THAT((std::vector{t.scales.shape[0], t.scales.shape[1]}), ElementsAre(4, 4));
  EXPECT_THAT((std::vector{t.global.type, t.global.dims}), ElementsAre(BITGATE_FLOAT32, 1));
  EXPECT_EQ(t.extras.type, BITGATE_NONE);
}

TEST(CApi, SizesOfAHugeInputTakeNoMemory) {
  bitgate_tensor t{};
  const bitgate_request request = request_of(kMxfp4, nullptr, 1 << 20, 1 << 20);
  ASSERT_EQ(bitgate_sizes(&request, &t), BITGATE_PASS);
  EXPECT_EQ(t.scales.shape[1], 1 << 15);
}

// Amax 6 = 1.5 * 2^2: the scale is 2^0, and the values are codes themselves.
TEST(CApi, HandComputedBlock) {
  std::vector<float> x{0, 0.5f, 1, 1.5f, 2, 3, 4, 6, -0.0f};
  x.resize(32);
  const bitgate_request request = request_of(kMxfp4, x.data(), 1, 32);
  Places places(request);
  ASSERT_EQ(bitgate_quantize(&request, &places.tensor), BITGATE_PASS);
  EXPECT_THAT(values_of<std::uint8_t>(places.tensor.scales), ElementsAre(127));
  const auto codes = values_of<std::uint8_t>(places.tensor.codes);
  EXPECT_THAT((std::vector(codes.begin(), codes.begin() + 5)), ElementsAre(0x10, 0x32, 0x54, 0x76, 0x08));
  EXPECT_TRUE(places.kept_inside());
}

TEST(CApi, ArraysWithoutDataAreNotWritten) {
  const auto x = sample(4 * 64);
  const bitgate_request request = request_of(kNvfp4, x.data(), 4, 64);
  Places whole(request), part(request);
  part.tensor.codes.data = nullptr;
  ASSERT_EQ(bitgate_quantize(&request, &whole.tensor), BITGATE_PASS);
  ASSERT_EQ(bitgate_quantize(&request, &part.tensor), BITGATE_PASS);
  EXPECT_EQ(values_of<std::uint8_t>(part.tensor.scales), values_of<std::uint8_t>(whole.tensor.scales));
  EXPECT_EQ(part.memory()[0][0], kPoison);
}

// Types and shapes are told without quantizing: each recipe, direction and layout writes exactly what was told, and
// what it wrote is what it expects.
TEST(CApi, EveryRecipeFillsTheSizesThatItStates) {
  const auto x = sample(128 * 512);
  int passed = 0;
  for (std::int64_t i = 0; i < bitgate_recipe_count(); ++i)
    for (const int direction : {BITGATE_ROWWISE, BITGATE_COLUMNWISE})
      for (const int layout : {BITGATE_LOGICAL, BITGATE_PADDED, BITGATE_128X4, BITGATE_8X4}) {
        bitgate_request request = request_of(bitgate_recipe_name(i), x.data(), 32, 512);
        request.direction = direction;
        request.scale_layout = layout;
        Places places(request);
        if (places.status != BITGATE_PASS) continue;
        const int status = bitgate_quantize(&request, &places.tensor);
        ASSERT_TRUE(status == BITGATE_PASS || status == BITGATE_BAD_INPUT) << request.recipe << bitgate_last_error();
        EXPECT_TRUE(places.kept_inside()) << request.recipe;
        if (status != BITGATE_PASS) continue;
        EXPECT_EQ(bitgate_verify(&request, nullptr, &places.tensor, nullptr), BITGATE_PASS) << request.recipe;
        ++passed;
      }
  EXPECT_GT(passed, 200);
}

TEST(CApi, OneBitIsADifferenceWithAReport) {
  const auto x = sample(4 * 64);
  const bitgate_request request = request_of(kNvfp4, x.data(), 4, 64);
  Places places(request);
  ASSERT_EQ(bitgate_quantize(&request, &places.tensor), BITGATE_PASS);
  const char* report = nullptr;
  EXPECT_EQ(bitgate_verify(&request, "mine", &places.tensor, &report), BITGATE_PASS);
  EXPECT_THAT(report, StartsWith("mine against torchao/nvfp4-tensorwise: bit-exact\n"));
  static_cast<std::uint8_t*>(places.tensor.codes.data)[33] ^= 0x10;
  EXPECT_EQ(bitgate_verify(&request, nullptr, &places.tensor, &report), BITGATE_DIFFERENCE);
  EXPECT_THAT(report, StartsWith("the tensor against torchao/nvfp4-tensorwise: DIFFERENT\n"));
  EXPECT_THAT(report, HasSubstr("first differing element: (1, 3) expected"));
  EXPECT_STREQ(bitgate_last_error(), "");
}

TEST(CApi, NothingComparedIsNoPass) {
  const bitgate_request request = request_of(kMxfp4, nullptr, 0, 64);
  Places places(request);
  EXPECT_EQ(bitgate_quantize(&request, &places.tensor), BITGATE_PASS);
  EXPECT_EQ(bitgate_verify(&request, nullptr, &places.tensor, nullptr), BITGATE_COULD_NOT_TELL);
  EXPECT_THAT(bitgate_last_error(), HasSubstr("nothing was compared"));
}

TEST(CApi, IdentifyNamesTheRecipesThatExplainEveryByte) {
  std::int32_t type = -1;
  std::int64_t rows = 0, cols = 0;
  const char* const name = "torchao/nvfp4-tensorwise/fp32/scale_ties/128x256/s7";
  ASSERT_EQ(bitgate_case_input(name, &type, &rows, &cols, nullptr), BITGATE_PASS);
  std::vector<float> x(static_cast<std::size_t>(rows * cols));
  ASSERT_EQ(bitgate_case_input(name, nullptr, nullptr, nullptr, x.data()), BITGATE_PASS);
  const bitgate_request request = request_of(kNvfp4, x.data(), rows, cols);
  Places places(request);
  ASSERT_EQ(bitgate_quantize(&request, &places.tensor), BITGATE_PASS);
  const char *report = nullptr, *names = nullptr;
  EXPECT_EQ(bitgate_identify(&request, &places.tensor, &report, &names), BITGATE_PASS);
  EXPECT_THAT(names, HasSubstr("torchao/nvfp4-tensorwise\n"));
  EXPECT_THAT(names, Not(HasSubstr("torchao/nvfp4-tensorwise-cpu\n")));
  EXPECT_THAT(report, StartsWith("every byte is explained by\n"));
  static_cast<std::uint8_t*>(places.tensor.codes.data)[5] ^= 7;
  EXPECT_EQ(bitgate_identify(&request, &places.tensor, &report, &names), BITGATE_DIFFERENCE);
  EXPECT_STREQ(names, "");
}

TEST(CApi, QuickCasesHaveInputs) {
  const char* names = nullptr;
  ASSERT_EQ(bitgate_quick_cases("te/nvfp4", &names), BITGATE_PASS);
  const std::string all = names, first = all.substr(0, all.find('\n'));
  EXPECT_GT(std::count(all.begin(), all.end(), '\n'), 20);
  std::int32_t type = -1;
  std::int64_t rows = -1, cols = -1;
  EXPECT_EQ(bitgate_case_input(first.c_str(), &type, &rows, &cols, nullptr), BITGATE_PASS);
  EXPECT_GT(rows * cols, 0);
  EXPECT_GE(type, BITGATE_FP32);
}

// max|x| and the stored number as a caller may give them: what comes out is what the reference expects.
TEST(CApi, GivenNumbersMayBeZeroOfEitherSignInfiniteOrNan) {
  const auto x = sample(4 * 64);
  for (const float number : {0.0f, -0.0f, 0x1p-149f, 1.0f, kInfinity, kNan})
    for (const bool as_global : {false, true}) {
      bitgate_request request = request_of(kNvfp4, x.data(), 4, 64);
      (as_global ? request.global : request.amax) = &number;
      (as_global ? request.global_count : request.amax_count) = 1;
      Places places(request);
      const int status = bitgate_quantize(&request, &places.tensor);
      const bool refused = as_global && std::isnan(number);
      ASSERT_EQ(status, refused ? BITGATE_BAD_INPUT : BITGATE_PASS) << number << as_global << bitgate_last_error();
      if (refused) continue;
      EXPECT_EQ(bitgate_verify(&request, nullptr, &places.tensor, nullptr), BITGATE_PASS) << number << as_global;
      const auto stored = values_of<float>(places.tensor.global);
      if (as_global) {
        EXPECT_EQ(std::memcmp(stored.data(), &number, sizeof(float)), 0) << number;
      }
    }
}

TEST(CApi, AGlobalThatWasGivenIsNotChecked) {
  const auto x = sample(4 * 64);
  const float amax = 100.0f;
  bitgate_request request = request_of(kNvfp4, x.data(), 4, 64);
  request.amax = &amax;
  request.amax_count = 1;
  Places places(request);
  ASSERT_EQ(bitgate_quantize(&request, &places.tensor), BITGATE_PASS);
  request.amax = nullptr;
  request.amax_count = 0;
  EXPECT_EQ(bitgate_verify(&request, nullptr, &places.tensor, nullptr), BITGATE_DIFFERENCE);
  request.global_given = 1;
  EXPECT_EQ(bitgate_verify(&request, nullptr, &places.tensor, nullptr), BITGATE_PASS);
}

}  // namespace
}  // namespace bitgate::c_tests
