#include "bitgate/tests/support/mmvq_oracle.h"

#include <stdexcept>
#include <string>
#include <vector>

#include "bitgate/tests/support/exact_arithmetic.h"

namespace bitgate::oracle {
namespace {

using Bits = std::uint32_t;
constexpr Bits kNan = 0x7FFFFFFF, kInfinity = 0x7F800000, kSign = 0x80000000;

// A whole number below 2^24, or one times 2^exponent, as binary32.
Bits float_of_whole(std::int64_t number, int exponent = 0) {
  if (number == 0) return 0;
  Bits size = static_cast<Bits>(number < 0 ? -number : number);
  int biased = 127 + 23 + exponent;
  while (size < 1u << 23) size <<= 1, --biased;
  if (size >= 1u << 24 || biased < 1) throw std::logic_error("not a whole number of 24 bits");
  return (number < 0 ? kSign : 0) | static_cast<Bits>(biased) << 23 | (size & 0x7FFFFF);
}

Bits float_of_half(Bits half) {
  const Bits sign = (half & 0x8000) << 16, exponent = half >> 10 & 31, fraction = half & 0x3FF;
  if (exponent == 31) return fraction == 0 ? sign | kInfinity : kNan;
  if (exponent == 0) return sign | float_of_whole(fraction, -24);
  return sign | float_of_whole(fraction | 0x400, static_cast<int>(exponent) - 25);
}

// The product of two FP16 rounded to FP16, as binary32.
Bits half_product(Bits a, Bits b) {
  const Bits sign = (a ^ b) & 0x8000, sa = a & 0x7FFF, sb = b & 0x7FFF;
  if (sa > 0x7C00 || sb > 0x7C00) return kNan;
  if (sa == 0x7C00 || sb == 0x7C00) return sa == 0 || sb == 0 ? kNan : sign << 16 | kInfinity;
  const auto significand = [](Bits x) { return x < 0x400 ? x : (x & 0x3FF) | 0x400; };
  const auto exponent = [](Bits x) { return static_cast<int>(x < 0x400 ? 1 : x >> 10) - 25; };
  const std::uint64_t product = std::uint64_t{significand(sa)} * significand(sb);
  int lowest = exponent(sa) + exponent(sb);  // of the product's last place
  int places = 0;                            // to drop: all but 11 bits, and those below 2^-24
  while (product >> (places + 11) != 0 || lowest + places < -24) ++places;
  std::uint64_t kept = places > 40 ? 0 : product >> places;
  const std::uint64_t rest = places > 40 ? product : product - (kept << places);
  const std::uint64_t tie = places == 0 ? 0 : std::uint64_t{1} << (places > 40 ? 62 : places - 1);
  if (places != 0 && (rest > tie || (rest == tie && kept % 2 == 1))) ++kept;
  lowest += places;
  if (kept == 2048) kept = 1024, ++lowest;
  if (kept >= 1024 && lowest > 5) return sign << 16 | kInfinity;  // from 65536
  return sign << 16 | float_of_whole(static_cast<std::int64_t>(kept), lowest);
}

// The operations, as the mistake has them.
struct Machine {
  MmvqMistake mistake;
  Subnormals subnormals() const {
    return mistake == MmvqMistake::kSubnormals ? Subnormals::kKept : Subnormals::kFlushed;
  }
  Bits add(Bits a, Bits b) const { return exact_add(a, b, subnormals()); }
  Bits mul(Bits a, Bits b) const { return exact_mul(a, b, subnormals()); }
  Bits fma(Bits a, Bits b, Bits c) const {
    return mistake == MmvqMistake::kUncontracted ? add(mul(a, b), c) : exact_fma(a, b, c, subnormals());
  }
  Bits product_of_halves(Bits a, Bits b) const {
    return mistake == MmvqMistake::kWideProducts ? mul(float_of_half(a), float_of_half(b)) : half_product(a, b);
  }
};

using Bytes = const std::uint8_t*;
Bits u16(Bytes at) { return at[0] | Bits{at[1]} << 8; }
Bits u32(Bytes at) { return u16(at) | u16(at + 2) << 16; }
int byte_of(Bits word, int i) { return static_cast<int>(word >> 8 * i & 0xFF); }
int signed_byte(Bits word, int i) { return byte_of(word, i) < 128 ? byte_of(word, i) : byte_of(word, i) - 256; }

// Four products of a word of activations' codes with what `weight` gives for each byte.
template <class Weight>
std::int32_t four(Bytes activations, Weight weight) {
  std::int32_t sum = 0;
  for (int i = 0; i < 4; ++i) sum += weight(i) * signed_byte(u32(activations), i);
  return sum;
}
std::int32_t codes_of_word(Bytes activations) {
  return four(activations, [](int) { return 1; });
}
int twice_e2m1(int code) {
  constexpr int kSizes[] = {0, 1, 2, 3, 4, 6, 8, 12};
  return code < 8 ? kSizes[code] : -kSizes[code - 8];
}
int nibble(Bits word, int i, bool high) { return byte_of(word, i) >> (high ? 4 : 0) & 15; }

// One of a thread's turns: a block of weights, the blocks of Q8_1 under it, the first word of its part.
struct Turn {
  Bytes block, q8;
  int word;
  Bits partial;
};
constexpr int kQ8 = 36;
Bytes q8_words(Bytes q8, int block, int word) { return q8 + block * kQ8 + 4 + 4 * word; }

// Q4_0 .. Q5_1: two words of nibbles from `nibbles` on, fifth bits from `fifth` on.
std::int32_t two_words(const Turn& turn, int nibbles, int fifth) {
  std::int32_t sum = 0;
  for (int w = turn.word; w < turn.word + 2; ++w)
    for (const bool high : {false, true})
      sum += four(q8_words(turn.q8, 0, w + (high ? 4 : 0)), [&](int i) {
        const int place = 4 * w + i + (high ? 16 : 0);
        const int upper = fifth == 0 ? 0 : static_cast<int>(u32(turn.block + fifth) >> place & 1);
        return nibble(u32(turn.block + nibbles + 4 * w), i, high) + 16 * upper;
      });
  return sum;
}

Bits zero_point(const Turn& turn, const Machine& on, std::int32_t sum, int zero) {
  const Bits d = float_of_half(u16(turn.block)), d8 = float_of_half(u16(turn.q8)), s8 = float_of_half(u16(turn.q8 + 2));
  if (on.mistake == MmvqMistake::kZeroPointOfCodes) {
    for (int w = turn.word; w < turn.word + 2; ++w)
      sum -= 2 * zero * (codes_of_word(q8_words(turn.q8, 0, w)) + codes_of_word(q8_words(turn.q8, 0, w + 4)));
    return on.fma(on.mul(d, d8), float_of_whole(sum), turn.partial);
  }
  return on.fma(d, on.fma(d8, float_of_whole(sum), on.mul(s8, float_of_whole(-zero))), turn.partial);
}

Bits minimum(const Turn& turn, const Machine& on, std::int32_t sum) {
  const Bits scale = on.product_of_halves(u16(turn.block), u16(turn.q8));
  const Bits least = on.mul(on.product_of_halves(u16(turn.block + 2), u16(turn.q8 + 2)), 0x3F000000);
  return on.add(on.fma(scale, float_of_whole(sum), least), turn.partial);
}

Bits q8_0(const Turn& turn, const Machine& on) {
  std::int32_t sum = 0;
  for (int w = turn.word; w < turn.word + 2; ++w)
    sum += four(q8_words(turn.q8, 0, w), [&](int i) { return signed_byte(u32(turn.block + 2 + 4 * w), i); });
  const Bits scale = on.mul(float_of_half(u16(turn.block)), float_of_half(u16(turn.q8)));
  return on.fma(scale, float_of_whole(sum), turn.partial);
}

Bits mxfp4(const Turn& turn, const Machine& on) {
  std::int32_t sum = 0;
  for (int w = turn.word; w < turn.word + 2; ++w)
    for (const bool high : {false, true})
      sum += four(q8_words(turn.q8, 0, w + (high ? 4 : 0)),
                  [&](int i) { return twice_e2m1(nibble(u32(turn.block + 1 + 4 * w), i, high)); });
  const Bits e = turn.block[0];
  const Bits power = e == 0 ? 0x00400000 : e == 255 ? kNan : e << 23;
  const Bits scale = on.mul(on.mul(power, 0x3F000000), float_of_half(u16(turn.q8)));
  return on.fma(scale, float_of_whole(sum), turn.partial);
}

Bits half_e4m3(Bits code) {
  const Bits size = code & 0x7F, sign = (code & 0x80) << 24;
  if (size == 0x7F) return 0;
  if (size < 8) return sign | float_of_whole(size, -10);
  return sign | float_of_whole(8 + size % 8, static_cast<int>(size / 8) - 11);
}

Bits nvfp4(const Turn& turn, const Machine& on) {
  Bits both = 0;
  for (int part = turn.word / 2; part < turn.word / 2 + 2; ++part) {
    std::int32_t sum = 0;
    for (int w = 0; w < 2; ++w)
      for (const bool high : {false, true})
        sum += four(q8_words(turn.q8, part / 2, part % 2 * 4 + w + (high ? 2 : 0)),
                    [&](int i) { return twice_e2m1(nibble(u32(turn.block + 4 + 8 * part + 4 * w), i, high)); });
    const Bits scale = on.mul(half_e4m3(turn.block[part]), float_of_half(u16(turn.q8 + part / 2 * kQ8)));
    both = on.fma(scale, float_of_whole(sum), both);
  }
  return on.add(both, turn.partial);
}

// The scale (or minimum) of 32 values, as a 96-bit number of six-bit fields would give it: ggml's packing, by bits.
int six_bits(Bytes packed, int i, bool of_minimum) {
  const int offset = of_minimum ? 4 : 0;
  if (i < 4) return packed[i + offset] % 64;
  const int low = of_minimum ? packed[i + 4] / 16 : packed[i + 4] % 16;
  return low + packed[i - 4 + offset] / 64 * 16;
}

Bits q4_k(const Turn& turn, const Machine& on) {
  const int pair = turn.word / 8 * 2, word = turn.word / 2 % 4;
  Bits scaled = 0, least = 0;
  for (int part = pair; part < pair + 2; ++part) {
    std::int32_t sum = 0, codes = 0;
    for (const int w : {word, word + 4}) {
      const Bytes at = q8_words(turn.q8, part, w);
      sum += four(at, [&](int i) { return nibble(u32(turn.block + 16 + 16 * pair + 4 * w), i, part != pair); });
      codes += codes_of_word(at);
    }
    const Bits d8 = float_of_half(u16(turn.q8 + part * kQ8));
    scaled = on.fma(d8, float_of_whole(sum * six_bits(turn.block + 4, part, false)), scaled);
    least = on.fma(d8, float_of_whole(codes * six_bits(turn.block + 4, part, true)), least);
  }
  const Bits taken = on.mul(float_of_half(u16(turn.block + 2)), least);
  return on.add(on.fma(float_of_half(u16(turn.block)), scaled, taken ^ kSign), turn.partial);
}

Bits q6_k(const Turn& turn, const Machine& on) {
  const int half = turn.word / 16, word = turn.word % 16;
  Bits scaled = 0;
  for (const int far : {0, 1}) {
    const int part = 4 * half + word / 8 + 2 * far;  // of 32 values
    const std::int32_t sum = four(q8_words(turn.q8, part, word % 8), [&](int i) {
      const int upper = byte_of(u32(turn.block + 128 + 32 * half + 4 * (word % 8)), i) >> 2 * (part % 4) & 3;
      return nibble(u32(turn.block + 4 * turn.word), i, far == 1) + 16 * upper - 32;
    });
    const int scale = signed_byte(turn.block[192 + 2 * part + word % 8 / 4], 0);
    scaled = on.fma(float_of_half(u16(turn.q8 + part * kQ8)), float_of_whole(std::int64_t{sum} * scale), scaled);
  }
  return on.fma(float_of_half(u16(turn.block + 208)), scaled, turn.partial);
}

struct Type {
  std::string_view name;
  int cols, bytes, words, at_once;  // words of a block, and of one turn
  Bits (*after)(const Turn&, const Machine&);
};
constexpr Type kTypes[] = {
    {"q4_0", 32, 18, 4, 2, [](const Turn& t, const Machine& on) { return zero_point(t, on, two_words(t, 2, 0), 4); }},
    {"q4_1", 32, 20, 4, 2, [](const Turn& t, const Machine& on) { return minimum(t, on, two_words(t, 4, 0)); }},
    {"q5_0", 32, 22, 4, 2, [](const Turn& t, const Machine& on) { return zero_point(t, on, two_words(t, 6, 2), 8); }},
    {"q5_1", 32, 24, 4, 2, [](const Turn& t, const Machine& on) { return minimum(t, on, two_words(t, 8, 4)); }},
    {"q8_0", 32, 34, 8, 2, q8_0},
    {"mxfp4", 32, 17, 4, 2, mxfp4},
    {"nvfp4", 64, 36, 8, 4, nvfp4},
    {"q4_k", 256, 144, 32, 2, q4_k},
    {"q6_k", 256, 210, 32, 1, q6_k},
};

const Type& type_of(std::string_view name) {
  for (const Type& type : kTypes)
    if (type.name == name) return type;
  throw std::logic_error("no type " + std::string(name));
}

// The sum over lanes l, l ^ 16, ... as the butterfly leaves it in lane 0.
Bits butterfly(const std::vector<Bits>& lanes, std::size_t lane, std::size_t offset, const Machine& on) {
  if (offset == 32) return lanes[lane];
  return on.add(butterfly(lanes, lane, 2 * offset, on), butterfly(lanes, lane ^ offset, 2 * offset, on));
}

}  // namespace

std::uint32_t mmvq_output(std::string_view name, std::span<const std::uint8_t> weights,
                          std::span<const std::uint8_t> activations, std::int64_t k, int warps, MmvqMistake mistake) {
  const Type& type = type_of(name);
  const Machine on{mistake};
  const int sharing = type.words / type.at_once;
  std::vector<Bits> lanes(32);
  for (int thread = 0; thread < 32 * warps; ++thread) {
    Bits partial = 0;
    for (std::int64_t block = thread / sharing; block < k / type.cols; block += 32 * warps / sharing)
      partial = type.after({weights.data() + block * type.bytes, activations.data() + block * (type.cols / 32) * kQ8,
                            thread % sharing * type.at_once, partial},
                           on);
    Bits& lane = lanes[static_cast<std::size_t>(thread % 32)];
    lane = thread < 32 ? partial : on.add(lane, partial);
  }
  return butterfly(lanes, 0, 1, on);
}

}  // namespace bitgate::oracle
