#include <fmt/format.h>

#include <bit>

#include "bitgate/compare/json_reader.h"
#include "bitgate/compare/npy.h"
#include "bitgate/reference/format/error.h"
#include "bitgate/reports/program/gemm.h"

namespace bitgate::program {

namespace {

std::string gemm_hex(InputType type, std::uint32_t bits) {
  return fmt::format("{:0{}x}", bits, type == InputType::kF32 ? 8 : 4);
}
std::string gemm_number(InputType type, std::uint32_t bits) {
  return fmt::format("{} = {:.9g}", gemm_hex(type, bits), decode(format_of(type), bits));
}

}  // namespace

std::uint32_t gemm_bits(const TypedTensor& tensor, std::int64_t i) noexcept {
  const auto at = static_cast<std::size_t>(i);
  if (tensor.type == InputType::kF32) return std::bit_cast<std::uint32_t>(std::get<0>(tensor.values)[at]);
  return std::get<1>(tensor.values)[at];
}

GemmDifferences gemm_differences(const TypedTensor& expected, const TypedTensor& actual, const std::string& file) {
  if (actual.extent != expected.extent)
    throw InputError(fmt::format("{}: holds {} x {}, and the product is {} x {}", file, actual.extent.rows,
                                 actual.extent.cols, expected.extent.rows, expected.extent.cols));
  GemmDifferences found;
  found.elements = count(expected.extent);
  for (std::int64_t i = 0; i < found.elements; ++i) {
    if (gemm_bits(expected, i) == gemm_bits(actual, i)) continue;
    if (found.different++ == 0) found.first = i;
  }
  return found;
}

std::string gemm_differences_text(const GemmDifferences& found, const TypedTensor& expected,
                                  const TypedTensor& actual) {
  std::string text =
      fmt::format("{} of {} elements of {} differ", found.different, found.elements, name_of(expected.type));
  if (found.different == 0) return text;
  const std::int64_t cols = expected.extent.cols;
  text += fmt::format("; first ({}, {}): expected {}, got {}", found.first / cols, found.first % cols,
                      gemm_number(expected.type, gemm_bits(expected, found.first)),
                      gemm_number(actual.type, gemm_bits(actual, found.first)));
  return text;
}

nlohmann::ordered_json gemm_differences_json(const GemmDifferences& found, const TypedTensor& expected,
                                             const TypedTensor& actual) {
  nlohmann::ordered_json json{{"rows", expected.extent.rows},
                              {"cols", expected.extent.cols},
                              {"dtype", name_of(expected.type)},
                              {"elements", found.elements},
                              {"different", found.different}};
  if (found.different == 0) return json;
  const std::int64_t cols = expected.extent.cols;
  json["first"] = {{"row", found.first / cols},
                   {"col", found.first % cols},
                   {"expected", gemm_hex(expected.type, gemm_bits(expected, found.first))},
                   {"actual", gemm_hex(actual.type, gemm_bits(actual, found.first))}};
  return json;
}

void write_gemm(const std::string& file, const TypedTensor& tensor) {
  const std::vector<std::int64_t> shape{tensor.extent.rows, tensor.extent.cols};
  if (tensor.type == InputType::kF32) {
    compare::write_npy(file, compare::make_npy(shape, std::get<0>(tensor.values)));
    return;
  }
  const auto& bits = std::get<1>(tensor.values);
  const compare::NpyType type = tensor.type == InputType::kF16 ? compare::NpyType::kFloat16 : compare::NpyType::kUint16;
  compare::write_npy(file, compare::make_npy(type, shape, compare::bytes_of(bits)));
}

}  // namespace bitgate::program
