// ModelOpt, compressed-tensors and gfloat, their own code on a CPU: "cpu-x/SET/DTYPE" are the inputs,
// "modelopt-0.43.0/nvfp4/SET/DTYPE/{codes,scales,global,deq}" and the like what came out.
#include <fmt/format.h>

#include <array>

#include "bitgate/tests/support/captures_detail.h"

namespace bitgate::oracle {

namespace {

using reference::Recipe;

constexpr std::string_view kBothTypes = "f32 bf16";

// Where a recipe's bytes are, and of which types of input.
struct Place {
  std::string_view recipe, key, types;
};
constexpr std::array kPlaces{
    Place{"modelopt/nvfp4-cpu", "modelopt-0.43.0/nvfp4", kBothTypes},
    Place{"modelopt/nvfp4-clamp-cpu", "modelopt-0.47.0/nvfp4", kBothTypes},
    Place{"modelopt/mxfp4-cpu", "modelopt-0.47.0/mxfp4", kBothTypes},
    Place{"compressed-tensors/nvfp4-bf16", "compressed-tensors-0.20.0/nvfp4", "bf16"},
    Place{"compressed-tensors/nvfp4-fp32-cpu", "compressed-tensors-0.20.0/nvfp4", "f32"},
    Place{"compressed-tensors/mxfp4", "compressed-tensors-0.20.0/mxfp4", kBothTypes},
    Place{"compressed-tensors/mxfp8", "compressed-tensors-0.20.0/mxfp8", kBothTypes},
    Place{"gfloat/mxfp4", "gfloat-0.5.2/mxfp4", "f32"},
    Place{"gfloat/mxfp6e2m3", "gfloat-0.5.2/mxfp6e2m3", "f32"},
    Place{"gfloat/mxfp6e3m2", "gfloat-0.5.2/mxfp6e3m2", "f32"},
    Place{"gfloat/mxfp8e4m3", "gfloat-0.5.2/mxfp8e4m3", "f32"},
    Place{"gfloat/mxfp8e5m2", "gfloat-0.5.2/mxfp8e5m2", "f32"},
};
constexpr std::array<const char*, 5> kSets{"main", "wide", "edges", "tiny", "zero"};

// The first rows of an input: of gfloat, which is slow, not all were run.
TypedTensor first_rows(TypedTensor whole, std::int64_t rows) {
  whole.extent.rows = std::min(whole.extent.rows, rows);
  std::visit([&](auto& values) { values.resize(static_cast<std::size_t>(count(whole.extent))); }, whole.values);
  return whole;
}

void compare_set(const Recipe& recipe, const Place& place, const std::string& set, const ArraySource& source,
                 CaptureTally& tally) {
  const auto x = source("cpu-x/" + set);
  const std::string prefix = fmt::format("{}/{}/", place.key, set);
  const auto codes = source(prefix + "codes");
  if (!x || !codes) return;
  const TypedTensor input = first_rows(typed_input(*x, InputType::kBf16), codes->shape.at(0));
  const QuantizedTensor answer = quantize(recipe, capture_request(input));
  compare_array(tally, source, prefix + "codes", as_bytes(stored_codes(recipe, answer)));
  compare_array(tally, source, prefix + "scales", stored_scales(answer));
  compare_array(tally, source, prefix + "global", as_bytes(answer.global));
  if (!source(prefix + "deq")) return;
  const InputType output = place.key.starts_with("modelopt") ? InputType::kF32 : InputType::kBf16;
  compare_array(tally, source, prefix + "deq", as_bytes(dequantize(recipe, answer, output)));
}

}  // namespace

void compare_torch_cpu(const Recipe& recipe, const ArraySource& source, CaptureTally& tally) {
  for (const Place& place : kPlaces) {
    if (place.recipe != recipe.identity.name) continue;
    for (const char* set : kSets)
      for (const std::string_view type : {"f32", "bf16"})
        if ((" " + std::string(place.types) + " ").find(" " + std::string(type) + " ") != std::string::npos)
          compare_set(recipe, place, fmt::format("{}/{}", set, type), source, tally);
  }
}

}  // namespace bitgate::oracle
