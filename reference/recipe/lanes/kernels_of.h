// The kernels of one level, over Lanes<float, N>. Included by one translation unit a level, which must not emit
// functions that other units could take for their own: everything here is a template of N or always inlined.
#pragma once

#include "bitgate/reference/recipe/lanes/element_path.h"
#include "bitgate/reference/recipe/lanes/interleave.h"
#include "bitgate/reference/recipe/lanes/kernels.h"
#include "bitgate/reference/recipe/special/special.h"

namespace bitgate::reference {

template <int N>
struct LevelKernels {
  using F = Lanes<float, N>;
  using U = Lanes<std::uint32_t, N>;
  static constexpr int kMost = 256;  // elements of a block

  // N consecutive elements, widened.
  template <class T>
  [[gnu::always_inline]] static F load(InputType type, const T* from) noexcept {
    if constexpr (sizeof(T) == 4)
      return load_lanes<F>(from);
    else
      return widen(type, load_lanes<U>(from));
  }

  // --- max|x| ---

  // Several maxima at once, since each waits for the one before it.
  static constexpr int kChains = 4;
  struct Maxima {
    F most[kChains];
    Mask<N> nan;

    [[gnu::always_inline]] void add(int chain, F x) noexcept {
      most[chain] = greater_of(magnitude(x), most[chain]);
      nan = nan || is_nan(x);
    }
  };

  template <class T>
  [[gnu::always_inline]] static void add_row(InputType type, const T* input, std::int64_t count, Maxima& all) noexcept {
    std::int64_t i = 0;
    for (; i + kChains * N <= count; i += kChains * N)
      for (int chain = 0; chain < kChains; ++chain) all.add(chain, load(type, input + i + chain * N));
    for (; i + N <= count; i += N) all.add(0, load(type, input + i));
    if (i == count) return;
    T rest[N] = {};
    for (std::int64_t k = i; k < count; ++k) rest[k - i] = input[k];
    all.add(0, load(type, rest));
  }
  template <class T>
  [[gnu::always_inline]] static RangeAmax amax_of(const Part& part) noexcept {
    Maxima all{{F(0.0f), F(0.0f), F(0.0f), F(0.0f)}, Mask<N>(false)};
    for (std::int64_t row = 0; row < part.rows; ++row)
      add_row(part.type, static_cast<const T*>(part.input) + row * part.cols, part.count, all);
    F most = all.most[0];
    for (int chain = 1; chain < kChains; ++chain) most = greater_of(all.most[chain], most);
    RangeAmax found{lane(most, 0), any(all.nan)};
    for (int k = 1; k < N; ++k) found.amax = lane(most, k) > found.amax ? lane(most, k) : found.amax;
    return found;
  }
  static RangeAmax amax(const Part& part) {
    return part.type == InputType::kF32 ? amax_of<float>(part) : amax_of<std::uint16_t>(part);
  }

  // --- blocks, one a lane ---

  // Of a group of blocks that begins with block `first`: how many of the N lanes count. The others repeat the last one.
  struct Group {
    std::int64_t first;
    int count;
    [[gnu::always_inline]] std::int64_t block(int lane_index) const noexcept {
      return first + (lane_index < count ? lane_index : count - 1);
    }
  };

  // Numbers col .. col + N - 1 of a row of each block.
  template <class T, int... I>
  [[gnu::always_inline]] static void load_columns(const BlockRun& run, const T* input, const Group& group, F* x,
                                                  std::integer_sequence<int, I...>) noexcept {
    F v[N] = {load(run.type, input + group.block(I) * run.width)...};
    interleave<N>(v);
    ((x[I] = v[I]), ...);
  }
  template <class T>
  [[gnu::always_inline]] static void load_group(const BlockRun& run, const Group& group, F* x) noexcept {
    const auto* input = static_cast<const T*>(run.input);
    for (std::int64_t row = 0; row < run.rows; ++row)
      for (std::int64_t col = 0; col < run.width; col += N)
        load_columns(run, input + row * run.cols + col, group, x + row * run.width + col,
                     std::make_integer_sequence<int, N>{});
  }

  // A block's numbers from vectors of lanes, `kCount` vectors a row, to memory.
  template <int kCount, class V, class T>
  [[gnu::always_inline]] static void store_rows(const V* from, T* to, std::int64_t stride,
                                                const Group& group) noexcept {
    V v[kCount];
    for (int i = 0; i < kCount; ++i) v[i] = from[i];
    interleave<kCount>(v);
    if (group.count == N && stride == static_cast<std::int64_t>(kCount * sizeof v[0].v[0] / sizeof(T))) {
      for (int i = 0; i < kCount; ++i) std::memcpy(to + i * (sizeof v[i] / sizeof(T)), &v[i].v, sizeof v[i]);
      return;
    }
    alignas(64) unsigned char bytes[sizeof v];
    for (int i = 0; i < kCount; ++i) std::memcpy(bytes + i * sizeof v[i], &v[i].v, sizeof v[i]);
    for (int i = 0; i < group.count; ++i)
      std::memcpy(to + i * stride, bytes + i * (sizeof bytes / N), sizeof bytes / N);
  }

  // Four codes of a block in a word.
  [[gnu::always_inline]] static void pack_codes(const U* codes, std::int64_t count, U* words) noexcept {
    for (std::int64_t i = 0; i < count; i += 4)
      words[i / 4] = codes[i] | codes[i + 1] << 8 | codes[i + 2] << 16 | codes[i + 3] << 24;
  }

  static void store_codes(const BlockRun& run, const Group& group, const U* codes) noexcept {
    U words[kMost / 4];
    pack_codes(codes, run.rows * run.width, words);
    for (std::int64_t row = 0; row < run.rows; ++row) {
      std::uint8_t* const to = run.codes + row * run.cols + group.first * run.width;
      const U* const from = words + row * run.width / 4;
      switch (run.width) {
        case 16: store_rows<4>(from, to, run.width, group); break;
        case 32: store_rows<8>(from, to, run.width, group); break;
        case 64: store_rows<16>(from, to, run.width, group); break;
        default: store_rows<32>(from, to, run.width, group); break;
      }
    }
  }
  static void store_values(const BlockRun& run, const Group& group, const F* values) noexcept {
    for (std::int64_t row = 0; row < run.rows; ++row)
      for (std::int64_t col = 0; col < run.width; col += 16)
        store_rows<16>(values + row * run.width + col, run.values + row * run.cols + group.first * run.width + col,
                       run.width, group);
  }

  [[gnu::always_inline]] static U load_scales(const BlockRun& run, const Group& group) noexcept {
    return each_lane<U>([&](int i) {
      const std::int64_t at = group.block(i);
      if (run.scale_bytes == 1) return std::uint32_t{static_cast<const std::uint8_t*>(run.given_scales)[at]};
      if (run.scale_bytes == 2) return std::uint32_t{static_cast<const std::uint16_t*>(run.given_scales)[at]};
      return bits_of(static_cast<const float*>(run.given_scales)[at]);
    });
  }
  [[gnu::always_inline]] static void store_scales(const BlockRun& run, const Group& group, U bits) noexcept {
    const auto store = [&](auto* all) {
      auto* const to = all + group.first;
      if (group.count == N) return store_lanes(to, bits);
      for (int i = 0; i < group.count; ++i) to[i] = static_cast<std::remove_reference_t<decltype(*to)>>(lane(bits, i));
    };
    if (run.scale_bytes == 1) store(static_cast<std::uint8_t*>(run.scales));
    if (run.scale_bytes == 2) store(static_cast<std::uint16_t*>(run.scales));
    if (run.scale_bytes == 4) store(static_cast<std::uint32_t*>(run.scales));
  }

  [[gnu::always_inline]] static GlobalScaleOf<F> globals_of(const BlockRun& run, const Group& group) noexcept {
    const auto index = [&](int i) { return (run.first + group.block(i)) / run.blocks_per_global; };
    const bool one = run.blocks_per_global > run.first + run.blocks;
    const bool same = one || index(0) == index(N - 1);
    const GlobalScale& first = run.globals[one ? 0 : index(0)];
    const auto of = [&](float GlobalScale::*number) {
      return same ? F(first.*number) : each_lane<F>([&](int i) { return run.globals[index(i)].*number; });
    };
    return {of(&GlobalScale::encode_scale), of(&GlobalScale::decode_scale), of(&GlobalScale::folded_encode),
            of(&GlobalScale::stored), of(&GlobalScale::row_amax)};
  }

  [[gnu::always_inline]] static void load_random(const BlockRun& run, const Group& group, U* words) noexcept {
    const std::int64_t width = run.width / 4;
    for (std::int64_t row = 0; row < run.rows; ++row)
      for (std::int64_t col = 0; col < width; ++col)
        words[row * width + col] =
            each_lane<U>([&](int i) { return run.random[row * run.cols / 4 + group.block(i) * width + col]; });
  }

  // Whether a path that leaves flushing out would show it.
  template <std::size_t kPath>
  [[gnu::always_inline]] static bool shows_flush(const Rules& own, F multiplier) noexcept {
    return kPath < kElementPaths && flush_is_unseen(own) && any(!(magnitude(multiplier) < kUnseenUnder));
  }

  // block.h's element stage, by constant rules where there are such.
  struct BlockElements {
    template <std::size_t kPath>
    static void of(const Rules& rules, const BlockContextOf<F>& context, const MultiplierOf<F>& multiplier,
                   std::span<const F> x, BlockOutputOf<F>& out) noexcept {
      MultiplierOf<F> read = multiplier;
      read.value = Arithmetic{rules.machine}.read(multiplier.value);
      if (shows_flush<kPath>(rules, read.value)) return of<kElementPaths>(rules, context, read, x, out);
      element_stage<F>(rules_of_path<kPath>(rules), context, read, x, out);
    }
  };

  [[gnu::always_inline]] static void store_extras(const BlockRun& run, const Group& group, const U* extras) noexcept {
    if (run.extras_per_block == 1 && group.count == N) return store_lanes(run.extras + group.first, extras[0]);
    for (int i = 0; i < group.count; ++i)
      for (std::int64_t k = 0; k < run.extras_per_block; ++k)
        run.extras[(group.first + i) * run.extras_per_block + k] = static_cast<std::uint16_t>(lane(extras[k], i));
  }

  static void quantize_group(const BlockRun& run, const Group& group) noexcept {
    F x[kMost], values[kMost];
    U codes[kMost], words[kMost / 4];
    const auto size = static_cast<std::size_t>(run.rows * run.width);
    if (run.type == InputType::kF32)
      load_group<float>(run, group, x);
    else
      load_group<std::uint16_t>(run, group, x);
    BlockContextOf<F> context;
    context.type = run.type;
    context.global = globals_of(run, group);
    if (run.given_scales != nullptr) context.scale = {true, load_scales(run, group)};
    if (run.random != nullptr) {
      load_random(run, group, words);
      context.random = std::span<const U>(words, size / 4);
    }
    BlockOutputOf<F> out{std::span<U>(codes, size), std::span<F>(values, size)};
    NoTrace trace;
    quantize_block_by<F>(*run.rules, context, std::span<const F>(x, size), out, trace,
                         ElementPathTable<BlockElements>::kFunctions[run.element_path]);
    if (run.values != nullptr) return store_values(run, group, values);
    store_codes(run, group, codes);
    store_scales(run, group, out.scale_bits);
    if (run.extras != nullptr) store_extras(run, group, out.extras.data());
  }

  // --- blocks whose elements only need their block's multiplier: as they lie in memory, scales with a block a lane ---

  [[gnu::always_inline]] static bool is_plain(const BlockRun& run) noexcept {
    const Rules& rules = *run.rules;
    const bool sums = rules.extra == ExtraRule::kWarpSum && run.width == kWarp && !is_host(rules.machine);
    return run.rows == 1 && rules.special.kind == Special::kNone && (rules.extra == ExtraRule::kNone || sums) &&
           !is_stochastic(rules.element.encode);
  }

  // Lane i: what the N numbers of v[i] come to when the halves of a vector meet, then their halves, and so on.
  template <int kCount, class V, class Meet>
  [[gnu::always_inline]] static V met_of_each(V* v, Meet meet) noexcept {
    if constexpr (kCount == 1) {
      return v[0];
    } else {
      V next[kCount];
      interleave_detail::zip_halves<kCount>(v, next, std::make_integer_sequence<int, kCount / 2>{});
      V half[kCount / 2];
      for (int i = 0; i < kCount / 2; ++i) half[i] = meet(next[2 * i], next[2 * i + 1]);
      return met_of_each<kCount / 2>(half, meet);
    }
  }
  // Bits of max|x| of each block; of a block with a NaN, of a NaN.
  template <class T, int... I>
  [[gnu::always_inline]] static U amax_bits(const BlockRun& run, const Group& group,
                                            std::integer_sequence<int, I...>) noexcept {
    const T* const input = static_cast<const T*>(run.input);
    const auto of_block = [&](int i) __attribute__((always_inline)) {
      const T* const block = input + group.block(i) * run.width;
      U most(0u);
      for (std::int64_t col = 0; col < run.width; col += N)
        most = greater_of(most, bits_of(load(run.type, block + col)) & 0x7FFFFFFFu);
      return most;
    };
    U v[N] = {of_block(I)...};
    return met_of_each<N>(
        v, [](U a, U b) __attribute__((always_inline)) { return greater_of(a, b); });
  }
  // extra.h's warp_sum of each block: numbers 16, 8, 4, 2, 1 apart are added, while they lie in other vectors and then
  // within one.
  static constexpr int kWarp = 32;
  template <class T, class Read, class Add, int... I>
  [[gnu::always_inline]] static F warp_sums_by(const BlockRun& run, const Group& group, Read read, Add add,
                                               std::integer_sequence<int, I...>) noexcept {
    const auto of_block = [&](int i) __attribute__((always_inline)) {
      constexpr int kVectors = kWarp / N;
      const T* const block = static_cast<const T*>(run.input) + group.block(i) * kWarp;
      F part[kVectors];
      for (int k = 0; k < kVectors; ++k) part[k] = read(load(run.type, block + k * N));
      for (int half = kVectors / 2; half > 0; half /= 2)
        for (int k = 0; k < half; ++k) part[k] = add(part[k], part[k + half]);
      return part[0];
    };
    F v[N] = {of_block(I)...};
    return met_of_each<N>(v, add);
  }
  // Numbers that are 0 or at least 2^-102 are multiples of 2^-125, and so are their sums: none is subnormal, nothing is
  // flushed.
  template <class T>
  [[gnu::always_inline]] static F warp_sums(const BlockRun& run, const Group& group) noexcept {
    constexpr auto kEach = std::make_integer_sequence<int, N>{};
    constexpr std::uint32_t kBound = (127u - 102u) << 23;
    U least_less_1(~0u);  // of a zero the largest number
    const auto seen = [&](F x) __attribute__((always_inline)) {
      const U less_1 = (bits_of(x) & 0x7FFFFFFFu) - 1u;
      least_less_1 = lesser_of(less_1, least_less_1);
      return x;
    };
    const auto plainly = [](F a, F b) __attribute__((always_inline)) { return any_nan::add_rn(a, b); };
    const F sums = warp_sums_by<T>(run, group, seen, plainly, kEach);
    const Arithmetic on{run.rules->machine};
    if (on.machine == Machine::kGpu || !any(least_less_1 < kBound - 1u)) return canonical_nan(sums);
    const auto read = [on](F x) __attribute__((always_inline)) { return on.read(x); };
    const auto add = [on](F a, F b) __attribute__((always_inline)) { return on.add_read(a, b); };
    return warp_sums_by<T>(run, group, read, add, kEach);
  }

  struct PlainElements {
    template <class T>
    [[gnu::always_inline]] static void of_type(const Rules& rules, const BlockRun& run, const Group& group,
                                               const float* multipliers) noexcept {
      MultiplierOf<F> multiplier;
      multiplier.divides = divides(rules.element.multiplier);
      // Kept at hand: a code that is written could be a part of the run.
      const std::int64_t width = run.width;
      const InputType type = run.type;
      const int count = group.count;
      const T* input = static_cast<const T*>(run.input) + group.first * width;
      std::uint8_t* codes = run.codes + group.first * width;
      for (int i = 0; i < count; ++i, input += width, codes += width) {
        multiplier.value = F(multipliers[i]);
        for (std::int64_t col = 0; col < width; col += N)
          store_lanes(codes + col, element_code(rules, multiplier, load(type, input + col), type));
      }
    }
    template <std::size_t kPath>
    static void of(const BlockRun& run, const Group& group, F of_each) noexcept {
      if (shows_flush<kPath>(*run.rules, of_each)) return of<kElementPaths>(run, group, of_each);
      const Rules& rules = rules_of_path<kPath>(*run.rules);
      float multipliers[N];
      store_lanes(multipliers, of_each);
      if (run.type == InputType::kF32) return of_type<float>(rules, run, group, multipliers);
      of_type<std::uint16_t>(rules, run, group, multipliers);
    }
  };

  // False, and nothing written, where there is a NaN: how a maximum treats it, amax_of_block says.
  static bool quantize_plain_group(const BlockRun& run, const Group& group) noexcept {
    constexpr auto kEach = std::make_integer_sequence<int, N>{};
    const U bits =
        run.type == InputType::kF32 ? amax_bits<float>(run, group, kEach) : amax_bits<std::uint16_t>(run, group, kEach);
    if (any(bits > 0x7F800000u)) return false;
    const Rules& rules = *run.rules;
    const F amax = Arithmetic{rules.machine}.read(float_of(bits));
    const GlobalScaleOf<F> global = globals_of(run, group);
    NoTrace trace;
    BlockScaleOf<F> scale = derive_block_scale(rules, run.type, global, amax, trace);
    if (run.given_scales != nullptr) scale.bits = load_scales(run, group);
    store_scales(run, group, scale.bits);
    const MultiplierOf<F> multiplier = derive_multiplier(rules, global, scale);
    const F read = Arithmetic{rules.machine}.read(multiplier.value);
    ElementPathTable<PlainElements>::kFunctions[run.element_path](run, group, read);
    if (run.extras != nullptr) {
      const F sums = run.type == InputType::kF32 ? warp_sums<float>(run, group) : warp_sums<std::uint16_t>(run, group);
      const U stored = encode_one(scheme_of(rules.scheme).extra, sums, rules.block.encode);
      store_extras(run, group, &stored);
    }
    if (!any(multiplier.all_zero)) return true;
    for (int i = 0; i < group.count; ++i)
      if (lane(one_if<std::uint32_t>(multiplier.all_zero), i) != 0)
        std::memset(run.codes + group.block(i) * run.width, 0, static_cast<std::size_t>(run.width));
    return true;
  }

  static void blocks(const BlockRun& run) {
    const bool plain = is_plain(run);
    for (std::int64_t first = 0; first < run.blocks; first += N) {
      const std::int64_t left = run.blocks - first;
      const Group group{first, left < N ? static_cast<int>(left) : N};
      if (!plain || !quantize_plain_group(run, group)) quantize_group(run, group);
    }
  }

  // --- elements under one multiplier ---

  template <class T>
  [[gnu::always_inline]] static void elements_of(const Rules& rules, const ElementRun& run) noexcept {
    const Part& part = run.part;
    MultiplierOf<F> multiplier;
    multiplier.value = Arithmetic{run.rules->machine}.read(run.multiplier);
    multiplier.divides = divides(rules.element.multiplier);
    const auto code = [&](const T* from) __attribute__((always_inline)) {
      return element_code(rules, multiplier, load(part.type, from), part.type);
    };
    for (std::int64_t row = 0; row < part.rows; ++row) {
      const T* const input = static_cast<const T*>(part.input) + row * part.cols;
      std::uint8_t* const codes = run.codes + row * part.cols;
      std::int64_t i = 0;
      for (; i + N <= part.count; i += N) store_lanes(codes + i, code(input + i));
      if (i == part.count) continue;
      T rest[N] = {};
      for (std::int64_t k = i; k < part.count; ++k) rest[k - i] = input[k];
      const U last = code(rest);
      for (std::int64_t k = i; k < part.count; ++k)
        codes[k] = static_cast<std::uint8_t>(lane(last, static_cast<int>(k - i)));
    }
  }
  struct PartElements {
    template <std::size_t kPath>
    static void of(const ElementRun& run) noexcept {
      if (shows_flush<kPath>(*run.rules, F(run.multiplier))) return of<kElementPaths>(run);
      const Rules& rules = rules_of_path<kPath>(*run.rules);
      if (run.part.type == InputType::kF32) return elements_of<float>(rules, run);
      elements_of<std::uint16_t>(rules, run);
    }
  };
  static void elements(const ElementRun& run) { ElementPathTable<PartElements>::kFunctions[run.element_path](run); }
};

}  // namespace bitgate::reference
