// The suites of operations: special numbers, shapes, repeated calls, larger tensors, every code under every scale.
#include <fmt/format.h>

#include <bit>
#include <memory>
#include <utility>

#include "bitgate/compare/operation_inputs.h"
#include "bitgate/compare/operation_mmvq.h"
#include "bitgate/reference/layout/swizzle.h"

namespace bitgate::compare {
namespace {

using MakeInput = std::function<OperationInput()>;

// Held while one suite is put together.
struct Suite {
  const CheckedOperation& operation;
  const OperationSubject& subject;
  std::vector<SuiteProbe> probes;

  void ask(std::string name, MakeInput make) {
    probes.push_back({std::move(name), "", [operation = operation, subject = subject, make](const Subject&) {
                        const OperationInput input = make();
                        return answer_difference(operation, input, reference_answer(operation, input), subject(input));
                      }});
  }
};

std::string shape_text(const Extent& extent) { return fmt::format("{}x{}", extent.rows, extent.cols); }

bool is_amax(OperationKind kind) {
  return kind == OperationKind::kAmaxTensor || kind == OperationKind::kAmaxRow || kind == OperationKind::kAmaxColumn;
}
bool is_swizzle(OperationKind kind) { return kind == OperationKind::kSwizzle || kind == OperationKind::kUnswizzle; }

OperationInput drawn_input(const CheckedOperation& operation, InputType type, const Extent& extent,
                           std::uint64_t seed) {
  if (operation.kind == OperationKind::kMmvq) return drawn_product(operation, extent, seed);
  OperationInput input{extent, type, {}, {}, {}};
  if (operation.kind == OperationKind::kSwizzle)
    input.bytes = drawn_bytes(count(extent), seed);
  else if (operation.kind == OperationKind::kUnswizzle)
    input.bytes = drawn_bytes(count(reference::whole_tiles(extent)), seed);
  else if (is_amax(operation.kind))
    input.values = drawn_values(type, extent, seed, seed % 2 == 0);
  else
    input.tensor = drawn_tensor(operation, extent, seed);
  return input;
}

void ask_drawn(Suite& suite, const Extent& extent, std::uint64_t seed) {
  for (const InputType type : suite.operation.types)
    suite.ask(fmt::format("{} {} s{}", name_of(type), shape_text(extent), seed),
              [operation = suite.operation, type, extent, seed] { return drawn_input(operation, type, extent, seed); });
}

std::string under_text(const QuantizedTensor& tensor) {
  std::string text = fmt::format("scales from 0x{:X}", scale_bits(tensor.scales, 0));
  return tensor.global.empty() ? text : text + fmt::format(", global {:a}", tensor.global.front());
}

void ask_codes(Suite& suite, const std::vector<std::uint32_t>& scales) {
  for (QuantizedTensor& one : every_code(suite.operation, scales, special_globals())) {
    const auto tensor = std::make_shared<const QuantizedTensor>(std::move(one));
    for (const InputType type : suite.operation.types)
      suite.ask(fmt::format("every code as {}, {}", name_of(type), under_text(*tensor)), [type, tensor] {
        return OperationInput{tensor->extent, type, *tensor, {}, {}};
      });
  }
}

// A row of eight with one number that is not zero, for each of the numbers, at each place in turn.
TypedTensor one_in_a_row(InputType type, const std::vector<std::uint32_t>& bits) {
  TypedTensor tensor = drawn_values(type, {static_cast<std::int64_t>(bits.size()), 8}, 1, true);
  std::visit(
      [&](auto& values) {
        std::fill(values.begin(), values.end(), std::decay_t<decltype(values[0])>{});
        for (std::size_t row = 0; row < bits.size(); ++row)
          if constexpr (sizeof values[0] == 4)
            values[8 * row + row % 8] = std::bit_cast<float>(bits[row]);
          else
            values[8 * row + row % 8] = static_cast<std::uint16_t>(bits[row]);
      },
      tensor.values);
  return tensor;
}

void ask_numbers(Suite& suite, std::vector<std::uint32_t> (*numbers)(const Format&)) {
  for (const InputType type : suite.operation.types) {
    const std::vector<std::uint32_t> bits = numbers(format_of(type));
    const auto make = [type](std::vector<std::uint32_t> some) {
      TypedTensor values = one_in_a_row(type, some);
      const Extent extent = values.extent;
      return OperationInput{extent, type, {}, {}, std::move(values)};
    };
    if (suite.operation.kind == OperationKind::kAmaxRow)
      suite.ask(fmt::format("{} numbers alone in a row, {}", bits.size(), name_of(type)),
                [make, bits] { return make(bits); });
    else  // The maximum so far, of ever more of them.
      for (std::size_t n = 1; n <= bits.size(); n += 1 + n / 2)
        suite.ask(fmt::format("the first {} numbers, {}", n, name_of(type)), [make, bits, n] {
          return make({bits.begin(), bits.begin() + static_cast<std::ptrdiff_t>(n)});
        });
  }
}

// Rows of `extents` blocks.
void ask_products(Suite& suite, std::span<const Extent> extents, std::uint64_t seed) {
  const std::int64_t cols = suite.operation.weights->cols;
  for (const Extent& extent : extents) ask_drawn(suite, {extent.rows, extent.cols * cols}, ++seed);
}

void ask_special_products(Suite& suite) {
  for (OperationInput& one : special_products(suite.operation)) {
    const auto input = std::make_shared<const OperationInput>(std::move(one));
    suite.ask(fmt::format("special numbers {}", suite.probes.size()), [input] { return *input; });
  }
}

void special(Suite& suite) {
  if (suite.operation.kind == OperationKind::kMmvq) return ask_special_products(suite);
  if (suite.operation.kind == OperationKind::kDequantize)
    ask_codes(suite, special_scales(scheme_of(suite.operation.scheme).scale));
  else if (is_amax(suite.operation.kind))
    ask_numbers(suite, special_scales);
  else
    for (const std::uint64_t seed : {1u, 2u}) ask_drawn(suite, {256, 128}, seed);
}

void exhaustive(Suite& suite) {
  if (suite.operation.kind == OperationKind::kMmvq) {
    // As many blocks as make threads without a call, with one and with several, whatever the type.
    std::vector<Extent> rows;
    for (std::int64_t blocks = 1; blocks <= 140; ++blocks) rows.push_back({5, blocks});
    return ask_products(suite, rows, 500);
  }
  if (suite.operation.kind == OperationKind::kDequantize)
    ask_codes(suite, every_scale(scheme_of(suite.operation.scheme).scale));
  else if (is_amax(suite.operation.kind))
    ask_numbers(suite, every_scale);
  else if (is_swizzle(suite.operation.kind))
    for (std::int64_t rows = 1; rows <= 257; rows += 8)
      for (std::int64_t cols = 1; cols <= 13; ++cols) ask_drawn(suite, {rows, cols}, 5);
  else
    for (std::int64_t cols = 1; cols <= 520; cols += 3) ask_drawn(suite, {2, cols}, 5);
}

// Rows that end within a block, a vector or a tile, many rows and one, and nothing at all.
void layout(Suite& suite) {
  if (suite.operation.kind == OperationKind::kMmvq) {
    // The longest rows are several turns of every thread.
    constexpr Extent kProducts[] = {{1, 1},  {1, 3},  {2, 15},  {3, 16},   {5, 33},   {7, 64},
                                    {1, 65}, {64, 8}, {257, 2}, {17, 130}, {16, 400}, {0, 4}};
    return ask_products(suite, kProducts, 10);
  }
  constexpr Extent kEven[] = {{1, 8}, {1, 128}, {3, 40}, {128, 64}, {1, 65536}, {257, 264}, {1000, 8}, {0, 8}};
  constexpr Extent kRagged[] = {{1, 1},     {1, 3},     {2, 31},    {5, 33},    {127, 3},  {128, 4},   {129, 5},
                                {33, 130},  {130, 257}, {256, 132}, {7, 1030},  {1, 4097}, {300, 260}, {2, 160},
                                {129, 129}, {513, 512}, {1024, 16}, {16, 4096}, {0, 32},   {3, 0}};
  const bool even = is_amax(suite.operation.kind) && suite.operation.kind != OperationKind::kAmaxColumn;
  std::uint64_t seed = 10;
  for (const Extent& extent : even ? std::span<const Extent>(kEven) : std::span<const Extent>(kRagged))
    ask_drawn(suite, extent, ++seed);
}

// The answer depends on nothing that was asked before.
void poison(Suite& suite) {
  for (const InputType type : suite.operation.types)
    suite.probes.push_back(
        {fmt::format("repeats {}", name_of(type)), "",
         [operation = suite.operation, subject = suite.subject, type](const Subject&) -> std::string {
           const OperationInput input = drawn_input(operation, type, {96, 256}, 31);
           const std::vector<std::uint8_t> first = subject(input);
           subject(drawn_input(operation, type, {160, 512}, 32));
           return answer_difference(operation, input, first, subject(input));
         }});
}

void random(Suite& suite) {
  if (suite.operation.kind == OperationKind::kMmvq) {
    ask_drawn(suite, {1024, 4096}, 40);
    ask_drawn(suite, {512, 14336}, 41);
    return;
  }
  ask_drawn(suite, {1024, 1024}, 40);
  ask_drawn(suite, {512, 4096}, 41);
  ask_drawn(suite, {2048, 544}, 42);
}

constexpr std::pair<std::string_view, void (*)(Suite&)> kSuites[] = {
    {"special", special}, {"layout", layout}, {"poison", poison}, {"random", random}, {"exhaustive", exhaustive}};

}  // namespace

std::vector<SuiteProbe> operation_probes(std::string_view name, const CheckedOperation& operation,
                                         const OperationSubject& subject) {
  Suite suite{operation, subject, {}};
  for (const auto& [known, fill] : kSuites)
    if (known == name) fill(suite);
  return std::move(suite.probes);
}

}  // namespace bitgate::compare
