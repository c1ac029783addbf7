// The reference against captured bytes, a recipe at a time. The committed golden files and the full set of captures
// hold arrays under the same names, so one walk serves both; it compares what the source has and counts it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bitgate/compare/npy.h"
#include "bitgate/reference/format/tensor.h"

namespace bitgate::oracle {

// An array by its name; none when this source does not hold it.
using ArraySource = std::function<std::optional<compare::NpyArray>(const std::string& name)>;

ArraySource npz_source(const std::filesystem::path& file);
ArraySource folder_source(const std::filesystem::path& folder);  // NAME.npy
ArraySource no_source();
ArraySource first_of(ArraySource first, ArraySource second);  // what `first` does not hold is asked of `second`

// Where each producer's arrays come from: the archives of the captures, or their excerpts.
struct Captures {
  ArraySource te_kernel;      // TransformerEngine's kernels on an H100
  ArraySource torch;          // TransformerEngine's PyTorch reference, and torchao
  ArraySource torch_compile;  // torchao under torch.compile
  ArraySource ggml;           // ggml's CUDA kernels, and its host code
  ArraySource ggml_fp4;       // ggml's FP4 kernels
  ArraySource flashinfer;     // FlashInfer's kernels on an H100
};

struct CaptureTally {
  std::int64_t compared = 0, different = 0;  // bytes
  std::vector<std::string> first;            // the first few differing bytes, named
};

// Codes (packed as the producer packs them), scales, globals, extras and dequantized values of one recipe over every
// input that `captures` holds for it. A recipe without captures compares nothing.
CaptureTally compare_with_captures(std::string_view recipe, const Captures& captures);

// How many bytes a source holds of a recipe: fewer compared means that a comparison was lost.
struct ExpectedBytes {
  std::string recipe;
  std::int64_t bytes;
};
// The rows "RECIPE BYTES" of a text file; throws when it is missing or a row is not of this form.
std::vector<ExpectedBytes> expected_bytes(const std::filesystem::path& file);
void PrintTo(const ExpectedBytes& expected, std::ostream* out);  // GoogleTest's hook
std::string test_name(std::string_view recipe);                  // te/nvfp4-row: te_nvfp4_row

// A typed input from an array of two dimensions: float32, or uint16 bit patterns of `sixteen_bit`.
TypedTensor typed_input(const compare::NpyArray& array, InputType sixteen_bit);

}  // namespace bitgate::oracle
