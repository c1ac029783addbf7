#include "bitgate/compare/block_probes.h"

#include <algorithm>
#include <bit>
#include <span>

namespace bitgate::compare {

BlockProbes::BlockProbes(const reference::Recipe& recipe, InputType type, std::size_t width)
    : recipe_(recipe), type_(type), width_(width), layout_(layout_of(recipe)) {}

// A block of several rows stands in a single row, which clips it to its first; a scale of a whole row, or a global of a
// row, needs a row of its own. A scale of a whole tensor, and values without codes, which depend on it, need a tensor.
BlockProbes::Layout BlockProbes::layout_of(const reference::Recipe& recipe) noexcept {
  const Scheme& scheme = scheme_of(recipe.rules.scheme);
  const bool whole_tensor = scheme.block.cols == 0 && scheme.block.rows == 0;
  if (whole_tensor || is_values_only(scheme)) return Layout::kAlone;
  const bool whole_row = scheme.block.cols == 0;
  return whole_row || scheme.global == GlobalAxis::kRow ? Layout::kRows : Layout::kOneRow;
}

void BlockProbes::clear(std::size_t blocks) {
  blocks_ = blocks;
  amax_.assign(blocks, 0.0f);
  if (type_ == InputType::kF32)
    f32_.assign(blocks * width_, 0.0f);
  else
    bits16_.assign(blocks * width_, 0);
}

void BlockProbes::set(std::size_t block, std::size_t element, std::uint32_t bits) noexcept {
  const std::size_t at = block * width_ + element;
  if (type_ == InputType::kF32)
    f32_[at] = std::bit_cast<float>(bits);
  else
    bits16_[at] = static_cast<std::uint16_t>(bits);
}

void BlockProbes::quantize() {
  if (blocks_ == 0) return;
  scales_.resize(blocks_);
  codes_.resize(blocks_ * width_);
  if (layout_ == Layout::kAlone)
    quantize_alone();
  else
    quantize_together();
}

void BlockProbes::quantize_together() {
  const Scheme& scheme = scheme_of(recipe_.rules.scheme);
  const bool one_row = layout_ == Layout::kOneRow;
  const Extent extent{static_cast<std::int64_t>(one_row ? 1 : blocks_),
                      static_cast<std::int64_t>(one_row ? blocks_ * width_ : width_)};
  const void* data = type_ == InputType::kF32 ? static_cast<const void*>(f32_.data()) : bits16_.data();
  Request request;
  request.input = {type_, extent, data};
  request.amax = std::span(amax_).first(static_cast<std::size_t>(amax_count(scheme, extent)));
  // Blocks are what stands behind a fused operation or a transform.
  reference::Rules rules = recipe_.rules;
  rules.fusion = reference::Fusion::kNone;
  rules.transform = reference::Transform::kNone;
  reference::Storage storage = recipe_.storage;
  storage.random = reference::RandomOrder::kNone;
  QuantizedTensor answer = reference::quantize_with(rules, storage, request);
  codes_ = std::move(answer.codes);
  for (std::size_t i = 0; i < blocks_; ++i) {
    const auto first = static_cast<std::int64_t>(i * width_);
    scales_[i] =
        bitgate::scale_bits(answer.scales, scale_index(scheme, extent.cols, first / extent.cols, first % extent.cols));
  }
}

void BlockProbes::quantize_alone() {
  std::vector<float> values(width_);
  for (std::size_t i = 0; i < blocks_; ++i) {
    for (std::size_t j = 0; j < width_; ++j) {
      const std::size_t at = i * width_ + j;
      values[j] = type_ == InputType::kF32 ? f32_[at] : widen(type_, bits16_[at]);
    }
    const auto answer = reference::quantize_one_block(recipe_.rules, type_, values, amax_[i]);
    scales_[i] = answer.scale_bits;
    std::copy_n(answer.codes.begin(), width_, codes_.begin() + static_cast<std::ptrdiff_t>(i * width_));
  }
}

}  // namespace bitgate::compare
