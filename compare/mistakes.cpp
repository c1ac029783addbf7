#include "bitgate/compare/mistakes.h"

#include <algorithm>
#include <optional>

#include "bitgate/compare/distribution.h"
#include "bitgate/reference/format/error.h"

namespace bitgate::compare {
namespace {

using reference::Recipe;

// What a mistake is made from.
struct Situation {
  const Recipe& recipe;
  const Request& request;
  const QuantizedTensor& dump;
  const QuantizedTensor& answer;  // of the recipe, without mistake
};
using Answers = std::vector<QuantizedTensor>;

// --- in the answer ---------------------------------------------------------------------------------------------------

Answers swapped_nibbles(const Situation& s) {
  QuantizedTensor made = s.answer;
  if (made.scheme.element.bits != 4 || made.extent.cols % 2 != 0) return {};
  for (std::size_t i = 0; i + 1 < made.codes.size(); i += 2) std::swap(made.codes[i], made.codes[i + 1]);
  return {made};
}

// Entry i of the answer's scales is written to place(i).
template <class Place>
QuantizedTensor with_scales_at(const QuantizedTensor& answer, Place place) {
  QuantizedTensor made = answer;
  for (std::size_t i = 0; i < scale_count(answer.scales); ++i)
    set_scale_bits(made.scales, place(i), scale_bits(answer.scales, i));
  return made;
}

// cuBLAS's tiles of 128 x 4 scales (te.md 7). Without padding only whole tiles keep the number of scales.
Answers swizzled_scales(const Situation& s) {
  const Extent scales = scale_extent(s.answer.scheme, s.answer.extent);
  if (scales.rows % 128 != 0 || scales.cols % 4 != 0 || count(scales) == 0) return {};
  const auto place = [&](std::size_t i) {
    const std::int64_t row = static_cast<std::int64_t>(i) / scales.cols,
                       col = static_cast<std::int64_t>(i) % scales.cols;
    const std::int64_t tile = row / 128 * (scales.cols / 4) + col / 4;
    return static_cast<std::size_t>(tile * 512 + row % 32 * 16 + row % 128 / 32 * 4 + col % 4);
  };
  QuantizedTensor unswizzled = s.answer;
  for (std::size_t i = 0; i < scale_count(s.answer.scales); ++i)
    set_scale_bits(unswizzled.scales, i, scale_bits(s.answer.scales, place(i)));
  return {with_scales_at(s.answer, place), unswizzled};
}

Answers transposed_scales(const Situation& s) {
  const Extent scales = scale_extent(s.answer.scheme, s.answer.extent);
  if (scales.rows < 2 || scales.cols < 2) return {};
  const auto rows = static_cast<std::size_t>(scales.rows), cols = static_cast<std::size_t>(scales.cols);
  return {with_scales_at(s.answer, [=](std::size_t i) { return i % cols * rows + i / cols; })};
}

// The block at the border, which a shift leaves without meaning, is counted neither with the shift nor without; and
// a dump that differs in less than a quarter of the rest is no shifted one: where neighbours are alike, as in a tensor
// of ones, a shift would explain any one wrong byte at the border.
bool shift_explains(const QuantizedTensor& moved, const QuantizedTensor& unmoved, const QuantizedTensor& dump,
                    bool codes, std::int64_t border) {
  const Comparison without = compare(unmoved, dump), with = compare(moved, dump);
  const Tally& field = without.tally[static_cast<std::size_t>(codes ? Field::kElement : Field::kScale)];
  return 4 * field.different >= field.total - border &&
         different_bytes(with.tally, dump.scheme) < different_bytes(without.tally, dump.scheme);
}

// Codes or scales one block late or early.
Answers shifted(const Situation& s, bool codes) {
  const std::int64_t width = s.answer.scheme.cell.cols;
  const std::size_t blocks = scale_count(s.answer.scales);
  if (width == 0 || s.answer.extent.cols % width != 0 || blocks < 4) return {};
  Answers made;
  for (const bool late : {true, false}) {
    QuantizedTensor one = s.answer, unmoved = s.answer;
    const auto by = static_cast<std::ptrdiff_t>(codes ? width : 1);
    if (codes) {
      const auto border = late ? 0 : static_cast<std::ptrdiff_t>(s.answer.codes.size()) - by;
      one.codes = s.dump.codes;
      std::copy_n(s.dump.codes.begin() + border, by, unmoved.codes.begin() + border);
      if (late)
        std::copy(s.answer.codes.begin(), s.answer.codes.end() - by, one.codes.begin() + by);
      else
        std::copy(s.answer.codes.begin() + by, s.answer.codes.end(), one.codes.begin());
    } else {
      const std::size_t border = late ? 0 : blocks - 1;
      one.scales = s.dump.scales;
      set_scale_bits(unmoved.scales, border, scale_bits(s.dump.scales, border));
      for (std::size_t i = 0; i + 1 < blocks; ++i)
        set_scale_bits(one.scales, late ? i + 1 : i, scale_bits(s.answer.scales, late ? i : i + 1));
    }
    if (shift_explains(one, unmoved, s.dump, codes, by)) made.push_back(std::move(one));
  }
  return made;
}
Answers shifted_codes(const Situation& s) { return shifted(s, true); }
Answers shifted_scales(const Situation& s) { return shifted(s, false); }

Answers global_replaced(const Situation& s, float (*by)(float global, float amax_over)) {
  if (s.answer.global.empty()) return {};
  QuantizedTensor made = s.answer;
  for (float& global : made.global) global = by(global, s.answer.scheme.amax_over);
  return {made};
}
Answers inverted_global(const Situation& s) {
  return global_replaced(s, [](float global, float) { return 1.0f / global; });
}
Answers encode_scale_stored(const Situation& s) {
  if (s.dump.global_number != GlobalNumber::kAmax) return {};
  return global_replaced(s, [](float amax, float over) { return over / amax; });
}
Answers multiplier_stored(const Situation& s) {
  if (s.dump.global_number != GlobalNumber::kAmax) return {};
  return global_replaced(s, [](float amax, float over) { return amax / over; });
}
Answers amax_stored(const Situation& s) {
  if (s.dump.global_number != GlobalNumber::kMultiplier) return {};
  return global_replaced(s, [](float multiplier, float over) { return multiplier * over; });
}

// --- in the request --------------------------------------------------------------------------------------------------

std::vector<float> amax_of(const Situation& s) {
  if (!s.request.amax.empty()) return {s.request.amax.begin(), s.request.amax.end()};
  if (s.request.direction != Direction::kRowwise) return {};
  const TypedTensor operand = reference::operand(s.recipe, s.request, s.request.direction);
  return reference::amax_of(s.recipe.rules, operand.view());
}

// The answer under another amax: with the global that follows from it, and with the right one stored beside wrong
// bytes.
Answers under_amax(const Situation& s, const std::vector<float>& amax) {
  Request request = s.request;
  request.amax = amax;
  request.global = {};
  QuantizedTensor made = reference::quantize(s.recipe, request);
  QuantizedTensor hidden = made;
  hidden.global = s.answer.global;
  return {std::move(made), std::move(hidden)};
}

Answers first_rows_amax(const Situation& s) {
  const std::vector<float> amax = amax_of(s);
  if (amax.empty() || s.request.input.extent.rows < 2) return {};
  TypedView row = s.request.input;
  row.extent.rows = 1;
  const std::vector<float> of_first = reference::amax_of(s.recipe.rules, row);
  return under_amax(s, std::vector<float>(amax.size(), of_first.at(0)));
}

Answers tensors_amax_for_rows(const Situation& s) {
  const std::vector<float> amax = amax_of(s);
  if (amax.size() < 2) return {};
  return under_amax(s, std::vector<float>(amax.size(), *std::max_element(amax.begin(), amax.end())));
}

// An encode scale of 1.
Answers global_forgotten(const Situation& s) {
  const std::vector<float> amax = amax_of(s);
  if (amax.empty()) return {};
  return under_amax(s, std::vector<float>(amax.size(), s.answer.scheme.amax_over));
}

// The input multiplied by the encode scale before the kernel multiplies again, in binary32 or rounded to the type.
Answers global_twice(const Situation& s) {
  std::vector<float> amax = amax_of(s);
  if (amax.empty()) return {};
  const float over = s.answer.scheme.amax_over;
  TypedTensor scaled = make_input(InputType::kF32, s.request.input.extent);
  std::vector<float>& values = std::get<0>(scaled.values);
  for (std::size_t i = 0; i < values.size(); ++i) {
    const std::size_t row = i / static_cast<std::size_t>(s.request.input.extent.cols);
    values[i] = element(s.request.input, static_cast<std::int64_t>(i)) * (over / amax[amax.size() == 1 ? 0 : row]);
  }
  Request request = s.request;
  request.input = scaled.view();
  request.amax = amax;
  Answers made;
  if (accepts(s.recipe.accepts, InputType::kF32)) made.push_back(reference::quantize(s.recipe, request));
  for (float& a : amax) a = a * (a / over);
  for (QuantizedTensor& squared : under_amax(s, amax)) made.push_back(std::move(squared));
  return made;
}

struct Mistake {
  MistakeInfo info;
  Answers (*make)(const Situation&);
};

constexpr Mistake kMistakes[] = {
    {{"swapped-nibbles", "the two 4-bit codes of each byte are swapped"}, swapped_nibbles},
    {{"swizzled-scales", "scales in 128x4 tiles were read as a plain matrix, or the other way about"}, swizzled_scales},
    {{"transposed-scales", "the matrix of scales is transposed"}, transposed_scales},
    {{"shifted-codes", "codes stand one block late or early"}, shifted_codes},
    {{"shifted-scales", "scales stand one block late or early"}, shifted_scales},
    {{"inverted-global", "the stored global is 1 over what it should be"}, inverted_global},
    {{"encode-scale-stored", "the stored global is the encode scale, not amax"}, encode_scale_stored},
    {{"multiplier-stored", "the stored global is the multiplier, not amax"}, multiplier_stored},
    {{"amax-stored", "the stored global is amax, not the multiplier"}, amax_stored},
    {{"first-rows-amax", "the first row's amax was used for all rows"}, first_rows_amax},
    {{"tensors-amax", "the whole tensor's amax was used for every row"}, tensors_amax_for_rows},
    {{"global-forgotten", "the global scale was not applied"}, global_forgotten},
    {{"global-twice", "the global scale was applied twice"}, global_twice},
};

// The fewest bytes left over the variants of a mistake; none when it cannot be made here.
std::optional<std::int64_t> left_after(const Mistake& mistake, const Situation& situation) {
  std::optional<std::int64_t> least;
  try {
    for (const QuantizedTensor& made : mistake.make(situation)) {
      const std::int64_t left = different_bytes(compare(made, situation.dump).tally, made.scheme);
      if (!least || left < *least) least = left;
    }
  } catch (const InputError&) {
    // The producer would not take what the mistake makes of the request.
  }
  return least;
}

}  // namespace

std::vector<MistakeInfo> known_mistakes() {
  std::vector<MistakeInfo> infos;
  for (const Mistake& mistake : kMistakes) infos.push_back(mistake.info);
  return infos;
}

std::int64_t different_bytes(const std::array<Tally, kFieldCount>& tally, const Scheme& scheme) noexcept {
  const auto differing = [&](Field field) { return tally[static_cast<std::size_t>(field)].different; };
  return 4 * differing(Field::kGlobal) + scheme.scale.bits / 8 * differing(Field::kScale) + differing(Field::kElement) +
         2 * differing(Field::kExtra) + 4 * differing(Field::kValue);
}

std::vector<Explanation> all_explanations(const std::vector<const Recipe*>& recipes, const Request& request,
                                          const QuantizedTensor& dump) {
  std::vector<Explanation> all;
  for (const Recipe* recipe : recipes) {
    const QuantizedTensor answer = reference::quantize(*recipe, request);
    const std::int64_t alone = different_bytes(compare(answer, dump).tally, dump.scheme);
    const Situation situation{*recipe, request, dump, answer};
    for (const Mistake& mistake : kMistakes) {
      const std::optional<std::int64_t> left = left_after(mistake, situation);
      if (left && *left < alone) all.push_back({mistake.info, recipe, *left});
    }
  }
  return all;
}

std::vector<Explanation> best_of_each(const std::vector<Explanation>& all) {
  std::vector<Explanation> best;
  for (const Mistake& mistake : kMistakes) {
    const Explanation* least = nullptr;
    for (const Explanation& e : all)
      if (e.mistake.name == mistake.info.name && (least == nullptr || e.different_bytes < least->different_bytes))
        least = &e;
    if (least != nullptr) best.push_back(*least);
  }
  std::stable_sort(best.begin(), best.end(),
                   [](const Explanation& a, const Explanation& b) { return a.different_bytes < b.different_bytes; });
  return best;
}

std::vector<Explanation> usual_mistakes(const std::vector<const Recipe*>& recipes, const Request& request,
                                        const QuantizedTensor& dump) {
  return best_of_each(all_explanations(recipes, request, dump));
}

}  // namespace bitgate::compare
