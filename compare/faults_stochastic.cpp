// Faults of stochastic rounding: of the words that it is given. Their statistics pass the usual test of a mean over 50
// draws but for the coarsest (users.md 3.8 of the notes).
#include "bitgate/compare/fault_groups.h"
#include "bitgate/reference/fused/te_random.h"

namespace bitgate::compare {
namespace {

bool draws(const reference::Recipe& recipe) noexcept { return recipe.storage.random != reference::RandomOrder::kNone; }

constexpr std::uint32_t kHalf = 0x80;  // adds half a step: nearest, ties up

template <class Byte>
void each_byte(std::span<std::uint32_t> words, Byte byte) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    std::uint32_t made = 0;
    for (unsigned lane = 0; lane < 4; ++lane)
      made |= (byte(4 * i + lane, words[i] >> (8 * lane) & 0xFF) & 0xFF) << (8 * lane);
    words[i] = made;
  }
}

void keep_bits(std::span<std::uint32_t> words, std::uint32_t mask) {
  for (std::uint32_t& word : words) word &= mask;
}
void two_bits(std::span<std::uint32_t> words) { keep_bits(words, 0xC0C0C0C0); }
void one_bit(std::span<std::uint32_t> words) { keep_bits(words, 0x80808080); }
void always_down(std::span<std::uint32_t> words) { keep_bits(words, 0); }

void shared_word(std::span<std::uint32_t> words) {
  for (std::size_t i = 0; i < words.size(); ++i) words[i] = words[i / 4 * 4];
}

void every_second_nearest(std::span<std::uint32_t> words) {
  each_byte(words, [](std::size_t lane, std::uint32_t byte) { return lane % 2 == 1 ? kHalf : byte; });
}
void three_of_four_nearest(std::span<std::uint32_t> words) {
  each_byte(words, [](std::size_t lane, std::uint32_t byte) { return lane % 4 != 0 ? kHalf : byte; });
}

// A carry comes where the byte reaches 256 - f: 255 - byte must be below f. With 16 sqrt of it the odds are (f/256)^2.
void squared_odds(std::span<std::uint32_t> words) {
  each_byte(words, [](std::size_t, std::uint32_t byte) {
    std::uint32_t root = 0;
    while ((root + 1) * (root + 1) <= 256 * (255 - byte)) ++root;
    return 255 - root;
  });
}

void misaligned(std::span<std::uint32_t> words) {
  each_byte(words, [](std::size_t, std::uint32_t byte) { return byte >> 4; });
}

// Bytes of a word in the other order.
void bytes_reversed(std::span<std::uint32_t> words) {
  for (std::uint32_t& word : words) word = (word >> 24) | (word >> 8 & 0xFF00) | (word << 8 & 0xFF0000) | (word << 24);
}

// Words that the subject would not have drawn: those of another state.
QuantizedTensor drawn_from(const PhiloxState& state, const reference::Recipe& recipe, const Subject& subject,
                           const Request& request) {
  const reference::TeRandom words = te_random_words(recipe.storage.random, request.input.extent, state);
  Request changed = request;
  changed.random_bits = words.rowwise;
  changed.random_bits_columnwise = words.columnwise;
  return subject(changed);
}
QuantizedTensor seed_zero(const reference::Recipe& recipe, const Subject& subject, const Request& request) {
  return drawn_from({0, 0}, recipe, subject, request);
}
QuantizedTensor same_seed(const reference::Recipe& recipe, const Subject& subject, const Request& request) {
  return drawn_from({42, 0}, recipe, subject, request);
}

}  // namespace

std::vector<Fault> stochastic_faults() {
  constexpr FaultGroup kGroup = FaultGroup::kStochastic;
  constexpr std::string_view kTable = "the power of the usual test, users.md 3.8";
  return {
      {"sr-two-bits", kGroup, "only two random bits an element", kTable, draws, nullptr, two_bits},
      {"sr-one-bit", kGroup, "only one random bit an element", kTable, draws, nullptr, one_bit},
      {"sr-shared-word", kGroup, "sixteen elements share one word", kTable, draws, nullptr, shared_word},
      {"sr-half-nearest", kGroup, "every second element rounds to nearest", kTable, draws, nullptr,
       every_second_nearest},
      {"sr-three-quarters-nearest", kGroup, "three of four elements round to nearest", kTable, draws, nullptr,
       three_of_four_nearest},
      {"sr-squared-odds", kGroup, "rounds up with the square of the odds", kTable, draws, nullptr, squared_odds},
      {"sr-always-down", kGroup, "always rounds toward zero", kTable, draws, nullptr, always_down},
      {"sr-misaligned", kGroup, "the random bits lie four places too low", "oneapi-src/oneDNN#2903", draws, nullptr,
       misaligned},
      {"sr-bytes-reversed", kGroup, "a word's bytes serve its elements in the other order", "pytorch/ao#4598", draws,
       nullptr, bytes_reversed},
      {"sr-seed-zero", kGroup, "the generator's seed is zero, whatever was set", "AMD-AGI/Primus-Turbo#365", draws,
       nullptr, nullptr, seed_zero},
      {"sr-seed-equal", kGroup, "all launches draw from one seed", "AMD-AGI/Primus-Turbo#365, pytorch/ao#3384", draws,
       nullptr, nullptr, same_seed},
  };
}

}  // namespace bitgate::compare
