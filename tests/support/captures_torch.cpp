// torchao's captures, eager and compiled, and microxcaling's values.
#include <fmt/format.h>

#include <algorithm>

#include "bitgate/tests/support/captures_detail.h"

namespace bitgate::oracle {

namespace {

using reference::Recipe;

// Rows first, first + 12, ...: five of them, as a tensor of their own.
TypedTensor five_rows(const TypedTensor& whole, std::int64_t first) {
  TypedTensor part{whole.type, {5, whole.extent.cols}, {}};
  std::visit(
      [&](const auto& values) {
        std::decay_t<decltype(values)> rows;
        for (std::int64_t i = 0; i < 5; ++i) {
          const auto begin = values.begin() + (first + 12 * i) * whole.extent.cols;
          rows.insert(rows.end(), begin, begin + whole.extent.cols);
        }
        part.values = std::move(rows);
      },
      whole.values);
  return part;
}

// The inputs of one torchao capture: the whole tensor, and the five rows of each distribution where there are such.
struct Input {
  std::string dtype, part;  // part: "" or "/d3"
  TypedTensor tensor;
};

std::vector<Input> inputs_of(const ArraySource& source) {
  std::vector<Input> inputs;
  for (const char* dtype : {"f32", "bf16"}) {
    const auto x = source(std::string("x_") + dtype);
    if (!x) continue;
    const TypedTensor whole = typed_input(*x, InputType::kBf16);
    inputs.push_back({dtype, "", whole});
    for (int k = 0; k < 12; ++k) inputs.push_back({dtype, fmt::format("/d{}", k), five_rows(whole, k)});
  }
  return inputs;
}

// Where the archives keep a recipe, and which eager devices and compiled backends compute it.
struct Place {
  std::string key;
  std::vector<std::string_view> devices, backends;
};

constexpr std::string_view kEager = "eager", kAot = "aot_eager", kInductor = "inductor", kGraphs = "cudagraphs";

// "mxfp8e4m3-floor-compile" as {"mx/e4m3/floor", compiled}.
std::optional<Place> mx_place(std::string_view variant) {
  const bool compiled = variant.ends_with("-compile");
  if (compiled) variant.remove_suffix(std::string_view("-compile").size());
  for (const std::string_view mode : {"floor", "ceil", "even", "rceil"}) {
    if (!variant.ends_with("-" + std::string(mode))) continue;
    std::string_view element = variant.substr(0, variant.size() - mode.size() - 1);
    if (element == "mxfp4")
      element = "e2m1";
    else if (element.starts_with("mxfp"))
      element.remove_prefix(5);
    Place place{fmt::format("mx/{}/{}", element, mode), {"cpu", "cuda"}, {kEager, kInductor, kAot, kGraphs}};
    // Compiled without the clamp, FP8 that overshoots overflows; the other modes and elements saturate either way.
    const bool overshoots = (element == "e4m3" || element == "e5m2") && mode == "floor";
    if (overshoots) place.backends = {kEager, kInductor};
    if (compiled) return Place{place.key, {}, {kAot, kGraphs}};
    return place;
  }
  return std::nullopt;
}

std::optional<Place> place_of(std::string_view recipe) {
  if (!recipe.starts_with("torchao/")) return std::nullopt;
  const std::string_view variant = recipe.substr(8);
  if (variant == "nvfp4") return Place{"nvfp4-1", {"cuda"}, {kEager, kInductor, kAot, kGraphs}};
  if (variant == "nvfp4-cpu") return Place{"nvfp4-1", {"cpu"}, {}};
  if (variant == "nvfp4-tensorwise") return Place{"nvfp4-2", {"cuda"}, {kEager, kAot, kGraphs}};
  if (variant == "nvfp4-tensorwise-inductor") return Place{"nvfp4-2", {}, {kInductor}};
  if (variant == "nvfp4-tensorwise-cpu") return Place{"nvfp4-2", {"cpu"}, {}};
  if (variant == "nvfp4-pr2408") return Place{"nvfp4-2408", {"cuda"}, {}};
  return mx_place(variant);
}

void compare_eager(const Recipe& recipe, const Place& place, const ArraySource& source, CaptureTally& tally) {
  for (const Input& input : inputs_of(source)) {
    const QuantizedTensor answer = quantize(recipe, capture_request(input.tensor));
    for (const std::string_view device : place.devices) {
      const std::string prefix = fmt::format("torchao/{}/{}/{}{}/", place.key, device, input.dtype, input.part);
      compare_array(tally, source, prefix + "codes", as_bytes(stored_codes(recipe, answer)));
      compare_array(tally, source, prefix + "scales", stored_scales(answer));
      compare_array(tally, source, prefix + "pts", as_bytes(answer.global));
    }
  }
}

// Output 0 is the scales, 1 the codes, 2 the global where the producer computes it ("nvfp4-2dyn"); "nvfp4-2" is given
// it.
void compare_compiled(const Recipe& recipe, const Place& place, const ArraySource& source, CaptureTally& tally) {
  if (place.backends.empty()) return;
  for (const Input& input : inputs_of(source)) {
    for (const char* variant : {"", "dyn"}) {
      const std::string key = fmt::format("{}{}/{}{}/", place.key, variant, input.dtype, input.part);
      const auto given = source(key + "pts");
      const std::vector<float> global = given ? floats(*given) : std::vector<float>{};
      const QuantizedTensor answer = quantize(recipe, capture_request(input.tensor, {}, global));
      for (const std::string_view backend : place.backends) {
        compare_array(tally, source, fmt::format("{}{}/0", key, backend), stored_scales(answer));
        compare_array(tally, source, fmt::format("{}{}/1", key, backend), as_bytes(stored_codes(recipe, answer)));
        compare_array(tally, source, fmt::format("{}{}/2", key, backend), as_bytes(answer.global));
      }
    }
  }
}

// Releases before #4031 and #4725, eager on an H100: "torchao-0.18.0/mx/e4m3/floor/cuda/f32/x2/codes", x2 an input of
// its own.
std::string old_release(std::string_view recipe) {
  if (recipe == "torchao/nvfp4-div") return "torchao-0.16.0/nvfp4-2";
  if (recipe == "torchao/nvfp4-div-high") return "torchao-0.14.1/nvfp4-2";
  constexpr std::string_view kSuffix = "-pre4725";
  if (!recipe.ends_with(kSuffix)) return "";
  const auto place = mx_place(recipe.substr(8, recipe.size() - 8 - kSuffix.size()));
  return place ? "torchao-0.18.0/" + place->key : "";
}

void compare_old_release(const Recipe& recipe, const ArraySource& source, CaptureTally& tally) {
  const std::string release = old_release(recipe.identity.name);
  if (release.empty()) return;
  std::vector<Input> inputs = inputs_of(source);
  for (const char* dtype : {"f32", "bf16"})
    if (const auto x2 = source(std::string("x2_") + dtype))
      inputs.push_back({dtype, "/x2", typed_input(*x2, InputType::kBf16)});
  for (const Input& input : inputs) {
    const std::string prefix = fmt::format("{}/cuda/{}{}/", release, input.dtype, input.part);
    if (!source(prefix + "codes")) continue;
    const QuantizedTensor answer = quantize(recipe, capture_request(input.tensor));
    compare_array(tally, source, prefix + "codes", as_bytes(stored_codes(recipe, answer)));
    compare_array(tally, source, prefix + "scales", stored_scales(answer));
    compare_array(tally, source, prefix + "pts", as_bytes(answer.global));
  }
}

// "mx/mxfp8e4m3-floor-py-flush": mx/fp8_e4m3/floor/flush/y.
void compare_microxcaling(const Recipe& recipe, const ArraySource& source, CaptureTally& tally) {
  std::string_view name = recipe.identity.name;
  const bool flush = name.ends_with("-py-flush");
  if (!name.starts_with("mx/") || !(flush || name.ends_with("-py"))) return;
  name.remove_prefix(3);
  const std::size_t dash = name.find('-');
  const std::string_view element = name.substr(0, dash);
  const std::string_view rounding = name.substr(dash + 1, name.find('-', dash + 1) - dash - 1);
  const std::string folder = element == "mxint8"  ? "int8"
                             : element == "mxfp4" ? "fp4_e2m1"
                                                  : fmt::format("{}_{}", element.substr(2, 3), element.substr(5));
  const auto x = source("x_f32");
  if (!x) return;
  const TypedTensor input = typed_input(*x, InputType::kBf16);
  const QuantizedTensor answer = quantize(recipe, capture_request(input));
  compare_array(tally, source, fmt::format("mx/{}/{}/{}/y", folder, rounding, flush ? "flush" : "keep"),
                as_bytes(answer.values));
}

}  // namespace

void compare_torch(const Recipe& recipe, const Captures& captures, CaptureTally& tally) {
  if (const auto place = place_of(recipe.identity.name)) {
    compare_eager(recipe, *place, captures.torch, tally);
    compare_compiled(recipe, *place, captures.torch_compile, tally);
  }
  compare_old_release(recipe, captures.torch, tally);
  compare_microxcaling(recipe, captures.torch, tally);
}

}  // namespace bitgate::oracle
