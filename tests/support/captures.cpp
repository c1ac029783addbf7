#include "bitgate/tests/support/captures.h"

#include <array>
#include <cstdio>
#include <memory>
#include <ostream>
#include <span>

#include "bitgate/compare/npz.h"
#include "bitgate/reference/layout/ggml_blocks.h"
#include "bitgate/reference/layout/nibbles.h"
#include "bitgate/reference/recipe/recipe.h"

namespace bitgate::oracle {
namespace {

using reference::Recipe;

constexpr std::size_t kDifferencesKept = 4;

std::string text(const char* format, auto... values) {
  std::array<char, 256> buffer{};
  std::snprintf(buffer.data(), buffer.size(), format, values...);
  return buffer.data();
}

template <class T>
std::span<const std::byte> as_bytes(const std::vector<T>& values) {
  return std::as_bytes(std::span<const T>(values));
}

std::vector<float> floats(const compare::NpyArray& array) { return compare::values_of<float>(array.data); }

void compare_bytes(CaptureTally& tally, const std::string& name, std::span<const std::byte> expected,
                   std::span<const std::byte> actual) {
  if (expected.size() != actual.size()) {
    tally.different += static_cast<std::int64_t>(expected.size()) + 1;
    tally.first.push_back(text("%s: %zu bytes captured, %zu computed", name.c_str(), expected.size(), actual.size()));
    return;
  }
  tally.compared += static_cast<std::int64_t>(expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (expected[i] == actual[i]) continue;
    ++tally.different;
    if (tally.first.size() < kDifferencesKept)
      tally.first.push_back(text("%s: byte %zu: captured %02x, computed %02x", name.c_str(), i,
                                 static_cast<unsigned>(expected[i]), static_cast<unsigned>(actual[i])));
  }
}

// The amax given to the kernels is an input, not something captured: a difference counts, an agreement does not.
void expect_amax(CaptureTally& tally, const std::string& name, std::span<const std::byte> given,
                 std::span<const std::byte> computed) {
  const std::int64_t compared = tally.compared;
  compare_bytes(tally, name, given, computed);
  tally.compared = compared;
}

// Compares one captured array, if the source has it.
void compare_array(CaptureTally& tally, const ArraySource& source, const std::string& name,
                   std::span<const std::byte> actual) {
  if (const auto array = source(name)) compare_bytes(tally, name, array->data, actual);
}

std::vector<std::uint8_t> stored_codes(const Recipe& recipe, const QuantizedTensor& tensor) {
  if (tensor.scheme.element.bits != 4) return tensor.codes;
  return reference::pack_nibbles(tensor.codes, tensor.extent, recipe.storage.nibbles);
}

std::span<const std::byte> stored_scales(const QuantizedTensor& tensor) {
  return as_bytes(std::get<std::vector<std::uint8_t>>(tensor.scales));
}

Request request_for(const TypedTensor& input, std::span<const float> amax = {}, std::span<const float> global = {}) {
  Request request;
  request.input = input.view();
  request.amax = amax;
  request.global = global;
  return request;
}

// TransformerEngine's kernels: sets s0 .. s5 in three input types, amax given.
void compare_te_kernel(const Recipe& recipe, const ArraySource& source, CaptureTally& tally) {
  const bool by_row = scheme_of(recipe.rules.scheme).global == GlobalAxis::kRow;
  const std::vector<std::string> variants =
      by_row ? std::vector<std::string>{"row"} : std::vector<std::string>{"1d", "1d_only"};
  for (int set = 0; set < 6; ++set) {
    for (const auto& [name, type] :
         {std::pair{"bf16", InputType::kBf16}, {"f16", InputType::kF16}, {"f32", InputType::kF32}}) {
      const std::string prefix = text("s%d_%s_", set, name);
      const auto x = source(prefix + "x");
      if (!x) continue;
      const TypedTensor input = typed_input(*x, type);
      const std::vector<float> amax = floats(*source(prefix + (by_row ? "amax_row" : "amax")));
      const QuantizedTensor answer = quantize(recipe, request_for(input, amax));
      for (const std::string& variant : variants) {
        compare_array(tally, source, prefix + variant + "_codes", as_bytes(stored_codes(recipe, answer)));
        compare_array(tally, source, prefix + variant + "_scales", stored_scales(answer));
        compare_array(tally, source, prefix + variant + "_deq", as_bytes(dequantize(recipe, answer, InputType::kF32)));
      }
      // Set 5 holds NaN and Inf, and its amax is that of the finite elements.
      if (set != 5) expect_amax(tally, prefix + "amax", as_bytes(amax), as_bytes(amax_of(recipe.rules, input.view())));
    }
  }
}

// TransformerEngine's PyTorch reference: the whole input and one tensor for each of its twelve distributions.
void compare_pyref(const Recipe& recipe, const ArraySource& source, CaptureTally& tally) {
  const bool by_row = scheme_of(recipe.rules.scheme).global == GlobalAxis::kRow;
  for (int i = -1; i < 12; ++i) {
    const std::string set = i < 0 ? "all" : text("d%d", i);
    for (const char* name : {"f32", "bf16"}) {
      const auto x = source("te/in16/" + set + "/" + name);
      if (!x) continue;
      const TypedTensor input = typed_input(*x, InputType::kBf16);
      const QuantizedTensor answer = quantize(recipe, request_for(input));
      const std::string prefix = "te/" + set + "/" + name + (by_row ? "/row/" : "/1d/");
      compare_array(tally, source, prefix + "codes", as_bytes(stored_codes(recipe, answer)));
      compare_array(tally, source, prefix + "scales", stored_scales(answer));
      compare_array(tally, source, prefix + "amax_row", as_bytes(answer.global));
    }
  }
}

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
struct TorchaoInput {
  std::string dtype, part;  // part: "" or "/d3"
  TypedTensor tensor;
};

std::vector<TorchaoInput> torchao_inputs(const ArraySource& source) {
  std::vector<TorchaoInput> inputs;
  for (const char* dtype : {"f32", "bf16"}) {
    const auto x = source(std::string("x_") + dtype);
    if (!x) continue;
    const TypedTensor whole = typed_input(*x, InputType::kBf16);
    inputs.push_back({dtype, "", whole});
    for (int k = 0; k < 12; ++k) inputs.push_back({dtype, text("/d%d", k), five_rows(whole, k)});
  }
  return inputs;
}

// Where torch.npz and torch-compile.npz keep a recipe.
struct TorchaoNames {
  std::string_view recipe;
  const char* key;
  bool on_cpu, on_cuda;
};
constexpr TorchaoNames kTorchaoNames[] = {
    {"torchao/nvfp4", "nvfp4-1", false, true},
    {"torchao/nvfp4-cpu", "nvfp4-1", true, false},
    {"torchao/nvfp4-tensorwise", "nvfp4-2", false, true},
    {"torchao/nvfp4-tensorwise-cpu", "nvfp4-2", true, false},
    {"torchao/nvfp4-pr2408", "nvfp4-2408", false, true},
    {"torchao/mxfp4-floor", "mx/e2m1/floor", true, true},
    {"torchao/mxfp8e4m3-floor", "mx/e4m3/floor", true, true},
    {"torchao/mxfp8e4m3-rceil", "mx/e4m3/rceil", true, true},
};

void compare_torchao(const Recipe& recipe, const TorchaoNames& names, const ArraySource& source, CaptureTally& tally) {
  for (const TorchaoInput& input : torchao_inputs(source)) {
    const QuantizedTensor answer = quantize(recipe, request_for(input.tensor));
    for (const char* device : {"cpu", "cuda"}) {
      if (!(device == std::string_view("cpu") ? names.on_cpu : names.on_cuda)) continue;
      const std::string prefix =
          std::string("torchao/") + names.key + "/" + device + "/" + input.dtype + input.part + "/";
      compare_array(tally, source, prefix + "codes", as_bytes(stored_codes(recipe, answer)));
      compare_array(tally, source, prefix + "scales", stored_scales(answer));
      compare_array(tally, source, prefix + "pts", as_bytes(answer.global));
    }
  }
}

// Backends whose bytes follow another recipe. Two leave the clamp to the largest code out, so that FP8 overflows to
// NaN. Inductor differs in 61 bytes of codes of two-level NVFP4, 60 of them in the rows of scaled ties: each lies one
// step off across a tie, as an inexact division would put it (Triton's `/` is not correctly rounded).
bool computes_otherwise(std::string_view recipe, std::string_view backend) {
  if (recipe == "torchao/mxfp8e4m3-floor") return backend == "aot_eager" || backend == "cudagraphs";
  return recipe == "torchao/nvfp4-tensorwise" && backend == "inductor";
}

// Output 0 is the scales, 1 the codes, 2 the global where the producer computes it ("nvfp4-2dyn"); "nvfp4-2" is given
// it.
void compare_compiled(const Recipe& recipe, const TorchaoNames& names, const ArraySource& source, CaptureTally& tally) {
  if (!names.on_cuda) return;
  for (const TorchaoInput& input : torchao_inputs(source)) {
    for (const char* variant : {"", "dyn"}) {
      const std::string key = std::string(names.key) + variant + "/" + input.dtype + input.part + "/";
      const auto given = source(key + "pts");
      const std::vector<float> global = given ? floats(*given) : std::vector<float>{};
      const QuantizedTensor answer = quantize(recipe, request_for(input.tensor, {}, global));
      for (const std::string_view name : {"eager", "inductor", "aot_eager", "cudagraphs"}) {
        const std::string backend(name);
        if (computes_otherwise(recipe.identity.name, backend)) continue;
        compare_array(tally, source, key + backend + "/0", stored_scales(answer));
        compare_array(tally, source, key + backend + "/1", as_bytes(stored_codes(recipe, answer)));
        compare_array(tally, source, key + backend + "/2", as_bytes(answer.global));
      }
    }
  }
}

// ggml's raw blocks, row padding included.
void compare_ggml(const Recipe& recipe, const std::string& name, const ArraySource& source, CaptureTally& tally,
                  const std::string& input_name = "x") {
  const auto x = source(input_name);
  if (!x) return;
  const TypedTensor input = typed_input(*x, InputType::kF16);
  const QuantizedTensor answer = quantize(recipe, request_for(input));
  compare_array(tally, source, name, as_bytes(reference::pack_ggml_blocks(answer)));
}

}  // namespace

ArraySource npz_source(const std::filesystem::path& file) {
  const auto archive = std::make_shared<compare::NpzFile>(file);
  return [archive](const std::string& name) -> std::optional<compare::NpyArray> {
    if (!archive->contains(name + ".npy")) return std::nullopt;
    return archive->array(name);
  };
}

ArraySource folder_source(const std::filesystem::path& folder) {
  return [folder](const std::string& name) -> std::optional<compare::NpyArray> {
    const std::filesystem::path file = folder / (name + ".npy");
    if (!std::filesystem::exists(file)) return std::nullopt;
    return compare::read_npy(file);
  };
}

ArraySource no_source() {
  return [](const std::string&) -> std::optional<compare::NpyArray> { return std::nullopt; };
}

ArraySource first_of(ArraySource first, ArraySource second) {
  return [first = std::move(first), second = std::move(second)](const std::string& name) {
    auto array = first(name);
    return array ? std::move(array) : second(name);
  };
}

TypedTensor typed_input(const compare::NpyArray& array, InputType sixteen_bit) {
  const Extent extent{array.shape.at(0), array.shape.at(1)};
  if (array.type == compare::NpyType::kFloat32) return {InputType::kF32, extent, floats(array)};
  return {sixteen_bit, extent, compare::values_of<std::uint16_t>(array.data)};
}

void PrintTo(const ExpectedBytes& expected, std::ostream* out) {
  *out << expected.recipe << ", " << expected.bytes << " bytes";
}

std::string test_name(std::string_view recipe) {
  std::string name(recipe);
  for (char& c : name)
    if (c == '/' || c == '-') c = '_';
  return name;
}

CaptureTally compare_with_captures(std::string_view name, const Captures& captures) {
  const Recipe& recipe = reference::require_recipe(name);
  CaptureTally tally;
  if (name == "te/nvfp4" || name == "te/nvfp4-row") compare_te_kernel(recipe, captures.te_kernel, tally);
  if (name == "te/nvfp4-pyref" || name == "te/nvfp4-pyref-row") compare_pyref(recipe, captures.torch, tally);
  for (const TorchaoNames& names : kTorchaoNames) {
    if (names.recipe != name) continue;
    compare_torchao(recipe, names, captures.torch, tally);
    compare_compiled(recipe, names, captures.torch_compile, tally);
  }
  if (name == "ggml/q8_1") {
    compare_ggml(recipe, "q8_1", captures.ggml, tally);
    for (const char* cols : {"1024", "2048", "4096", "5120", "8192"})
      compare_ggml(recipe, std::string("rms_mul_q8_1_") + cols, captures.ggml, tally, std::string("rms_mul_y_") + cols);
  }
  if (name == "ggml/q8_1-mmq-d4") compare_ggml(recipe, "q8_1_mmq_d4", captures.ggml, tally);
  if (name == "ggml/q8_1-mmq-ds4") compare_ggml(recipe, "q8_1_mmq_ds4", captures.ggml, tally);
  if (name == "ggml/q8_1-mmq-d2s6") compare_ggml(recipe, "q8_1_mmq_d2s6", captures.ggml, tally);
  if (name == "ggml/q8_1-cpu-ref") compare_ggml(recipe, "q8_1_cpu_ref", captures.ggml, tally);
  return tally;
}

}  // namespace bitgate::oracle
