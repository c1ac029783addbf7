// Many blocks asked of one recipe at once, each what quantize_one_block answers of it alone: searches that move all of
// a tensor's blocks step by step run at the speed of the recipe's own loop.
#pragma once

#include <cstdint>
#include <vector>

#include "bitgate/reference/recipe/recipe.h"

namespace bitgate::compare {

class BlockProbes {
 public:
  // `width` elements a block: block_probe_width of the recipe's scheme (directed.h). The recipe must outlive this.
  BlockProbes(const reference::Recipe& recipe, InputType type, std::size_t width);

  // `blocks` blocks of zeros, each with the amax of what it shares a global scale with: all the same but where every
  // row has a global of its own.
  void clear(std::size_t blocks);
  void set_amax(std::size_t block, float amax) noexcept { amax_[block] = amax; }
  void set(std::size_t block, std::size_t element, std::uint32_t bits) noexcept;

  void quantize();
  // Of the last quantize(); the codes of a scheme that has none are 0.
  std::uint32_t scale_bits(std::size_t block) const noexcept { return scales_[block]; }
  std::uint8_t code(std::size_t block, std::size_t element) const noexcept { return codes_[block * width_ + element]; }

 private:
  // How the blocks stand in the tensor that is asked.
  enum class Layout : std::uint8_t { kOneRow, kRows, kAlone };
  static Layout layout_of(const reference::Recipe& recipe) noexcept;
  void quantize_together();
  void quantize_alone();

  const reference::Recipe& recipe_;
  InputType type_;
  std::size_t width_, blocks_ = 0;
  Layout layout_;
  std::vector<float> f32_;
  std::vector<std::uint16_t> bits16_;
  std::vector<float> amax_;
  std::vector<std::uint32_t> scales_;
  std::vector<std::uint8_t> codes_;
};

}  // namespace bitgate::compare
