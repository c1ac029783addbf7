// What the C library refuses, in which words, and that it writes nothing then.
#include <gmock/gmock.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include <cstdlib>
#include <fstream>
#include <functional>
#include <string>

#include "bitgate/tests/compare/c_api_arrays.h"

namespace bitgate::c_tests {
namespace {

using testing::HasSubstr;

constexpr float kMinus = -1.0f, kNan = __builtin_nanf(""), kTwo[2] = {1.0f, 1.0f};
constexpr std::uint32_t kWord = 0;
constexpr std::int64_t kHuge = std::int64_t{1} << 40;

struct BadRequest {
  const char* says;
  std::function<void(bitgate_request&)> spoil;
};

std::vector<BadRequest> bad_requests() {
  using R = bitgate_request;
  return {
      {"the request names no recipe", [](R& r) { r.recipe = nullptr; }},
      {"te/nvfp4", [](R& r) { r.recipe = "te/nvpf4"; }},
      {"input: 4 x 64 values, and no pointer to them", [](R& r) { r.input = nullptr; }},
      {"input: -4 x 64", [](R& r) { r.rows = -4; }},
      {"input: 4 x -9223372036854775808", [](R& r) { r.cols = INT64_MIN; }},
      {"are more than 2^40 elements", [](R& r) { r.rows = r.cols = kHuge; }},
      {"input", [](R& r) { r.rows = r.cols = INT64_MAX; }},
      {"input", [](R& r) { r.rows = 0, r.cols = kHuge; }},
      {"dtype 3: 0 (fp32), 1 (bf16) or 2 (f16) expected", [](R& r) { r.dtype = 3; }},
      {"dtype -1", [](R& r) { r.dtype = -1; }},
      {"input type fp32 is not taken", [](R& r) { r.recipe = "te/nvfp4-fast"; }},
      {"direction 3: 0 (the recipe's), 1 (row) or 2 (column) expected", [](R& r) { r.direction = 3; }},
      {"scale_layout -1: 0 (logical), 1 (padded), 2 (128x4) or 3 (8x4) expected", [](R& r) { r.scale_layout = -1; }},
      {"scale_layout 4: 0 (logical)", [](R& r) { r.scale_layout = BITGATE_8X4 + 1; }},
      {"has no scales laid out 8x4", [](R& r) { r.recipe = "ggml/q8_1", r.scale_layout = BITGATE_8X4; }},
      {"has no scales laid out 128x4", [](R& r) { r.recipe = "ggml/q8_1", r.scale_layout = BITGATE_128X4; }},
      {"amax: a pointer and its count", [](R& r) { r.amax = kTwo; }},
      {"amax: a pointer and its count", [](R& r) { r.amax_count = 1; }},
      {"amax: a pointer and its count", [](R& r) { r.amax = kTwo, r.amax_count = -1; }},
      {"amax: 2 numbers given, 1 expected", [](R& r) { r.amax = kTwo, r.amax_count = 2; }},
      {"amax: 1099511627776 numbers given, 1 expected", [](R& r) { r.amax = kTwo, r.amax_count = kHuge; }},
      {"amax: was given, and the recipe takes none", [](R& r) { r.recipe = kMxfp4, r.amax = kTwo, r.amax_count = 1; }},
      {"draws no random words", [](R& r) { r.philox_seed = 1; }},
      {"draws no random words", [](R& r) { r.philox_offset = UINT64_MAX; }},
      {"amax -1: a number that is not negative", [](R& r) { r.amax = &kMinus, r.amax_count = 1; }},
      {"global -1: a number that is not negative", [](R& r) { r.global = &kMinus, r.global_count = 1; }},
      {"global NaN: a number that is not negative", [](R& r) { r.global = &kNan, r.global_count = 1; }},
      {"epsilon NaN: a number that is not negative", [](R& r) { r.epsilon = &kNan; }},
      {"epsilon -1: a number that is not negative", [](R& r) { r.epsilon = &kMinus; }},
      {"weight: a pointer and its count", [](R& r) { r.weight_count = 64; }},
      {"a weight was given", [](R& r) { r.weight = kTwo, r.weight_count = 1; }},
      {"residual: a pointer and its count", [](R& r) { r.residual = kTwo; }},
      {"random_bits: 1 words", [](R& r) { r.random_bits = &kWord, r.random_bits_count = 1; }},
      {"random_bits: a pointer and its count", [](R& r) { r.random_bits_count = INT64_MAX; }},
  };
}

TEST(CApiRefusals, OfARequestAreNamedAndWriteNothing) {
  const auto x = sample(4 * 64);
  const bitgate_request good = request_of(kNvfp4, x.data(), 4, 64);
  for (const BadRequest& bad : bad_requests()) {
    bitgate_request request = good;
    bad.spoil(request);
    Places places(good);
    EXPECT_EQ(bitgate_quantize(&request, &places.tensor), BITGATE_BAD_INPUT) << bad.says;
    EXPECT_THAT(bitgate_last_error(), HasSubstr(bad.says));
    EXPECT_TRUE(places.untouched()) << bad.says;
    const char *report = nullptr, *names = nullptr;
    EXPECT_EQ(bitgate_verify(&request, nullptr, &places.tensor, &report), BITGATE_BAD_INPUT) << bad.says;
    EXPECT_STREQ(report, "");
    EXPECT_NE(bitgate_identify(&request, &places.tensor, &report, &names), BITGATE_PASS) << bad.says;  // poison
    EXPECT_STREQ(names, "");
  }
}

TEST(CApiRefusals, APointerThatIsMissingIsNamed) {
  const auto x = sample(4 * 64);
  const bitgate_request request = request_of(kNvfp4, x.data(), 4, 64);
  bitgate_tensor t{};
  const auto refused = [](int status, const char* says) {
    EXPECT_EQ(status, BITGATE_BAD_INPUT) << says;
    EXPECT_STREQ(bitgate_last_error(), says);
  };
  refused(bitgate_sizes(nullptr, &t), "no request is given");
  refused(bitgate_sizes(&request, nullptr), "no tensor is given");
  refused(bitgate_quantize(nullptr, &t), "no request is given");
  refused(bitgate_quantize(&request, nullptr), "no tensor is given");
  refused(bitgate_verify(nullptr, nullptr, &t, nullptr), "no request is given");
  refused(bitgate_verify(&request, nullptr, nullptr, nullptr), "no tensor is given");
  refused(bitgate_identify(nullptr, &t, nullptr, nullptr), "no request is given");
  refused(bitgate_identify(&request, nullptr, nullptr, nullptr), "no tensor is given");
  refused(bitgate_recipe_info(nullptr, nullptr), "no recipe is given");
  refused(bitgate_quick_cases(nullptr, nullptr), "no recipe is given");
  refused(bitgate_case_input(nullptr, nullptr, nullptr, nullptr, nullptr), "no case is given");
}

struct BadTensor {
  const char* says;
  std::function<void(bitgate_tensor&)> spoil;
};

std::vector<BadTensor> bad_tensors() {
  using T = bitgate_tensor;
  return {
      {"codes: type 9: 1 (uint8), 2 (uint16) or 3 (float32)", [](T& t) { t.codes.type = 9; }},
      {"codes: 4 dimensions", [](T& t) { t.codes.dims = 4; }},
      {"codes: -1 dimensions", [](T& t) { t.codes.dims = -1; }},
      {"codes: a dimension of -32", [](T& t) { t.codes.shape[1] = -32; }},
      {"codes: a dimension of 1099511627776", [](T& t) { t.codes.shape[0] = t.codes.shape[1] = kHuge; }},
      {"codes: has a shape and no data", [](T& t) { t.codes.data = nullptr; }},
      {"codes: holds uint8 of (4, 31), expected uint8 of (4, 32)", [](T& t) { t.codes.shape[1] = 31; }},
      {"codes: holds uint8 of (128,), expected", [](T& t) { t.codes.dims = 1, t.codes.shape[0] = 128; }},
      {"scales: holds uint16 of (4, 2)", [](T& t) { t.scales.type = BITGATE_UINT16, t.scales.shape[1] = 2; }},
      {"global: holds uint8", [](T& t) { t.global.type = BITGATE_UINT8; }},
      {"codes", [](T& t) { t.codes.type = BITGATE_NONE; }},
      {"scales", [](T& t) { t.scales.type = BITGATE_NONE; }},
      {"global", [](T& t) { t.global.type = BITGATE_NONE; }},
      {"extras: is there, but", [](T& t) { t.extras = t.global; }},
      {"packed: is there, but", [](T& t) { t.packed = t.codes; }},
  };
}

TEST(CApiRefusals, OfAnArrayAreNamed) {
  const auto x = sample(4 * 64);
  const bitgate_request request = request_of(kNvfp4, x.data(), 4, 64);
  Places places(request);
  ASSERT_EQ(bitgate_quantize(&request, &places.tensor), BITGATE_PASS);
  for (const BadTensor& bad : bad_tensors()) {
    bitgate_tensor t = places.tensor;
    bad.spoil(t);
    EXPECT_EQ(bitgate_verify(&request, nullptr, &t, nullptr), BITGATE_BAD_INPUT) << bad.says;
    EXPECT_THAT(bitgate_last_error(), HasSubstr(bad.says));
  }
}

TEST(CApiRefusals, OfOnePlaceLeaveTheOthersUntouched) {
  const auto x = sample(4 * 64);
  const bitgate_request request = request_of(kNvfp4, x.data(), 4, 64);
  const std::vector<std::function<void(bitgate_tensor&)>> spoils = {
      [](bitgate_tensor& t) { t.global.type = BITGATE_UINT8; }, [](bitgate_tensor& t) { t.global.shape[0] = 2; },
      [](bitgate_tensor& t) { t.scales.dims = 7; }, [](bitgate_tensor& t) { t.scales.dims = -7; },
      [](bitgate_tensor& t) { t.values = t.codes; }};
  for (const auto& spoil : spoils) {
    Places places(request);
    spoil(places.tensor);
    EXPECT_EQ(bitgate_quantize(&request, &places.tensor), BITGATE_BAD_INPUT);
    EXPECT_THAT(bitgate_last_error(), HasSubstr("the recipe stores"));
    EXPECT_TRUE(places.untouched());
  }
}

TEST(CApiRefusals, NamesOfCasesAndRecipesThatAreUnknown) {
  std::int32_t type = 77;
  const char* text = nullptr;
  EXPECT_EQ(bitgate_recipe_info("te/nvpf4", &text), BITGATE_BAD_INPUT);
  EXPECT_THAT(bitgate_last_error(), HasSubstr("te/nvfp4"));
  EXPECT_STREQ(text, "");
  EXPECT_EQ(bitgate_quick_cases("", &text), BITGATE_BAD_INPUT);
  for (const char* name : {"", "te/nvfp4", "te/nvfp4/fp32/normal/4x-64/s1", "te/nvfp4/fp32/nothing/4x64/s1",
                           "te/nvpf4/fp32/normal/4x64/s1"}) {
    char byte = 0;
    EXPECT_EQ(bitgate_case_input(name, &type, nullptr, nullptr, &byte), BITGATE_BAD_INPUT) << name;
    EXPECT_EQ(type, 77) << name;
  }
}

#if defined(__SANITIZE_ADDRESS__)
#define BITGATE_ADDRESS_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define BITGATE_ADDRESS_SANITIZER 1
#endif
#endif

#ifndef BITGATE_ADDRESS_SANITIZER  // it ends the program where memory ends
TEST(CApiRefusals, MemoryThatIsNotThereIsAStatus) {
  constexpr std::int64_t kSide = 1 << 15;  // 4 GiB of zeros that no memory stands behind
  void* const input = mmap(nullptr, 4 * kSide * kSide, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  ASSERT_NE(input, MAP_FAILED);
  const bitgate_request request = request_of(kMxfp4, input, kSide, kSide);
  const auto quantize_with_little_memory = [&] {
    std::int64_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    const rlim_t limit = static_cast<rlim_t>(pages) * 4096 + (rlim_t{256} << 20);
    const rlimit little{limit, limit};
    bitgate_tensor t{};
    if (setrlimit(RLIMIT_AS, &little) != 0) std::exit(100);
    const int status = bitgate_quantize(&request, &t);
    std::exit(std::string(bitgate_last_error()) == "there is not enough memory for this input" ? status : 101);
  };
  EXPECT_EXIT(quantize_with_little_memory(), testing::ExitedWithCode(BITGATE_COULD_NOT_TELL), "");
  munmap(input, 4 * kSide * kSide);
}
#endif

}  // namespace
}  // namespace bitgate::c_tests
