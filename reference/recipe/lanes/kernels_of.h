// The kernels of one level, over Lanes<float, N>. Included by one translation unit a level, which must not emit
// functions that other units could take for their own: everything here is a template of N or always inlined.
#pragma once

#include "bitgate/reference/recipe/block.h"
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
      const F size = magnitude(x);
      most[chain] = select(size > most[chain], size, most[chain]);
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
    for (int chain = 1; chain < kChains; ++chain) most = select(all.most[chain] > most, all.most[chain], most);
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

  template <class T>
  [[gnu::always_inline]] static void load_group(const BlockRun& run, const Group& group, F* x) noexcept {
    const auto* input = static_cast<const T*>(run.input);
    for (std::int64_t row = 0; row < run.rows; ++row)
      for (std::int64_t col = 0; col < run.width; col += N) {
        F* const at = x + row * run.width + col;
        for (int i = 0; i < N; ++i)
          at[i] = load(run.type, input + row * run.cols + group.block(i) * run.width + col);
        interleave<N>(at);
      }
  }

  // A block's numbers from vectors of lanes, `kCount` vectors a row, to memory.
  template <int kCount, class V, class T>
  [[gnu::always_inline]] static void store_rows(const V* from, T* to, std::int64_t stride, const Group& group) noexcept {
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
    const GlobalScale& first = run.globals[index(0)];
    if (index(0) == index(N - 1)) {
      GlobalScaleOf<F> same;
      same.encode_scale = first.encode_scale;
      same.decode_scale = first.decode_scale;
      same.folded_encode = first.folded_encode;
      same.stored = first.stored;
      same.row_amax = first.row_amax;
      return same;
    }
    GlobalScaleOf<F> each;
    each.encode_scale = each_lane<F>([&](int i) { return run.globals[index(i)].encode_scale; });
    each.decode_scale = each_lane<F>([&](int i) { return run.globals[index(i)].decode_scale; });
    each.folded_encode = each_lane<F>([&](int i) { return run.globals[index(i)].folded_encode; });
    each.stored = each_lane<F>([&](int i) { return run.globals[index(i)].stored; });
    each.row_amax = each_lane<F>([&](int i) { return run.globals[index(i)].row_amax; });
    return each;
  }

  [[gnu::always_inline]] static void load_random(const BlockRun& run, const Group& group, U* words) noexcept {
    const std::int64_t width = run.width / 4;
    for (std::int64_t row = 0; row < run.rows; ++row)
      for (std::int64_t col = 0; col < width; ++col)
        words[row * width + col] = each_lane<U>(
            [&](int i) { return run.random[row * run.cols / 4 + group.block(i) * width + col]; });
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
    quantize_block<F>(*run.rules, context, std::span<const F>(x, size), out, trace);
    if (run.values != nullptr) return store_values(run, group, values);
    store_codes(run, group, codes);
    store_scales(run, group, out.scale_bits);
    if (run.extras == nullptr) return;
    for (int i = 0; i < group.count; ++i)
      for (std::size_t k = 0; k < 4; ++k)
        run.extras[(group.first + i) * 4 + static_cast<std::int64_t>(k)] =
            static_cast<std::uint16_t>(lane(out.extras[k], i));
  }

  static void blocks(const BlockRun& run) {
    for (std::int64_t first = 0; first < run.blocks; first += N) {
      const std::int64_t left = run.blocks - first;
      quantize_group(run, {first, left < N ? static_cast<int>(left) : N});
    }
  }

  // --- elements under one multiplier ---

  template <class T>
  [[gnu::always_inline]] static void elements_of(const ElementRun& run) noexcept {
    const Part& part = run.part;
    MultiplierOf<F> multiplier;
    multiplier.value = run.multiplier;
    multiplier.divides = divides(run.rules->element.multiplier);
    const auto code = [&](const T* from) __attribute__((always_inline)) {
      return encode_element(*run.rules, scale_element(*run.rules, multiplier, load(part.type, from), part.type));
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
  static void elements(const ElementRun& run) {
    if (run.part.type == InputType::kF32) return elements_of<float>(run);
    elements_of<std::uint16_t>(run);
  }
};

}  // namespace bitgate::reference
