#include "bitgate/reports/program/plugin_numbers.h"

#include <fmt/format.h>

#include "bitgate/device/plugin.h"
#include "bitgate/reference/format/error.h"
#include "bitgate/reference/fused/te_random.h"

namespace bitgate::program {

namespace {

using Floats = std::span<const float>;

void require_wanted(const PluginKernel& kernel, const Request& request, std::uint32_t asked_as) {
  const bool amax = !request.amax.empty() || !request.amax_columnwise.empty();
  const bool takes_none = kernel.wants_amax == BITGATE_NEVER && kernel.wants_global == BITGATE_NEVER;
  if (amax && takes_none) throw InputError("it computes its amax and takes none");
  const bool stored_is_amax = kernel.recipe->storage.global_number == GlobalNumber::kAmax;
  if (!request.global.empty() && kernel.wants_global == BITGATE_NEVER && (takes_none || !stored_is_amax))
    throw InputError("it computes its global and takes none");
  if (request.scales != nullptr) throw InputError("a plugin computes its block scales and takes none");
  const bool words = !request.random_bits.empty() || !request.random_bits_columnwise.empty();
  if (words && (kernel.random == BITGATE_RANDOM_NONE || kernel.random == BITGATE_RANDOM_PHILOX))
    throw InputError("it takes no random words");
  const bool one_side = request.random_bits.empty() || request.random_bits_columnwise.empty();
  if (words && asked_as == BITGATE_BOTH && one_side)
    throw InputError("it makes both sides by one call, and random words are given for one");
}

// One for each global of the side, by the recipe's own rule for NaN.
std::vector<float> computed_amax(const PluginKernel& kernel, const Request& request, Direction side) {
  const TypedTensor operand = reference::operand(*kernel.recipe, request, side);
  const Scheme& scheme = kernel.scheme();
  reference::Rules rules = kernel.recipe->rules;
  // A tensor with one scale and no global has one amax all the same: that of a scheme with a global for the tensor.
  if (scheme.global == GlobalAxis::kNone) {
    if (amax_count(scheme, operand.extent) == 0) return {};
    rules.scheme = SchemeId::kNvfp4;
  }
  return reference::amax_of(rules, operand.view());
}

std::vector<float> stored(const PluginKernel& kernel, InputType type, Floats amax) {
  std::vector<float> numbers(amax.begin(), amax.end());
  if (kernel.recipe->storage.global_number != GlobalNumber::kAmax)
    for (float& number : numbers) number = reference::stored_global(kernel.recipe->rules, type, number);
  return numbers;
}

// What the request says of a side; the other side of two shares what it can.
struct Said {
  Floats amax, global;
};

Said said_of(const PluginKernel& kernel, const Request& request, Direction side) {
  const bool first = side == Direction::kRowwise || request.direction == Direction::kColumnwise;
  Said said{request.amax, request.global};
  if (side == Direction::kRowwise) return request.direction == Direction::kColumnwise ? Said{} : said;
  if (!first && !kernel.shares_numbers()) said = {};
  if (kernel.recipe->rules.transform != reference::Transform::kNone) said.amax = {};
  if (!request.amax_columnwise.empty()) said.amax = request.amax_columnwise;
  return said;
}

void give_side(const PluginKernel& kernel, const Request& request, Direction side, std::vector<float>& amax,
               std::vector<float>& global) {
  Said said = said_of(kernel, request, side);
  const bool stored_is_amax = kernel.recipe->storage.global_number == GlobalNumber::kAmax;
  if (stored_is_amax && !said.global.empty()) said.amax = said.global;
  const bool always = kernel.wants_amax == BITGATE_ALWAYS || kernel.wants_global == BITGATE_ALWAYS;
  std::vector<float> computed;
  if (said.amax.empty() && always) computed = computed_amax(kernel, request, side);
  const Floats known = said.amax.empty() ? Floats(computed) : said.amax;
  if (kernel.wants_amax == BITGATE_ALWAYS || (kernel.wants_amax == BITGATE_MAYBE && !said.amax.empty()))
    amax.assign(known.begin(), known.end());
  if (kernel.wants_global == BITGATE_NEVER) return;
  if (!said.global.empty())
    global.assign(said.global.begin(), said.global.end());
  else if (kernel.wants_global == BITGATE_ALWAYS || !said.amax.empty())
    global = stored(kernel, request.input.type, known);
}

void give_words(const PluginKernel& kernel, const Request& request, PluginNumbers& numbers) {
  numbers.random.assign(request.random_bits.begin(), request.random_bits.end());
  numbers.random_t.assign(request.random_bits_columnwise.begin(), request.random_bits_columnwise.end());
  if (kernel.random != BITGATE_RANDOM_WORDS || !numbers.random.empty() || !numbers.random_t.empty()) return;
  reference::TeRandom drawn =
      reference::te_random_words(kernel.recipe->storage.random, request.input.extent, request.philox);
  numbers.random = std::move(drawn.rowwise);
  numbers.random_t = std::move(drawn.columnwise);
}

}  // namespace

PluginNumbers plugin_numbers(const PluginKernel& kernel, const Request& request, std::uint32_t asked_as) {
  require_wanted(kernel, request, asked_as);
  PluginNumbers numbers;
  const bool rows = asked_as != BITGATE_COLUMNWISE, columns = asked_as != BITGATE_ROWWISE;
  const bool shared = kernel.shares_numbers();
  if (rows || shared)
    give_side(kernel, request,
              shared && request.direction == Direction::kColumnwise ? Direction::kColumnwise : Direction::kRowwise,
              numbers.amax, numbers.global);
  if (columns && !shared) give_side(kernel, request, Direction::kColumnwise, numbers.amax_t, numbers.global_t);
  if (kernel.random != BITGATE_RANDOM_NONE) give_words(kernel, request, numbers);
  return numbers;
}

}  // namespace bitgate::program
