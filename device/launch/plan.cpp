#include "bitgate/device/launch/plan.h"

namespace bitgate::device {
namespace {

std::string to_text(const Dim3& d) {
  return std::to_string(d.x) + "x" + std::to_string(d.y) + "x" + std::to_string(d.z);
}

}  // namespace

std::string_view name_of(Buffer buffer) noexcept {
  switch (buffer) {
    case Buffer::kInput: return "input";
    case Buffer::kAmax: return "amax";
    case Buffer::kGlobal: return "global";
    case Buffer::kCodes: return "codes";
    case Buffer::kScales: return "scales";
    case Buffer::kExtras: return "extras";
    case Buffer::kValues: return "values";
    case Buffer::kAmaxColumnwise: return "amax_t";
    case Buffer::kCodesColumnwise: return "codes_t";
    case Buffer::kScalesColumnwise: return "scales_t";
    case Buffer::kWeight: return "weight";
    case Buffer::kResidual: return "residual";
    case Buffer::kRandom: return "random";
    case Buffer::kRandomColumnwise: return "random_t";
    case Buffer::kWorkspace: return "workspace";
    case Buffer::kTiles: return "tiles";
    case Buffer::kPacked: return "packed";
    case Buffer::kGate: return "gate";
  }
  return "?";
}

std::string to_text(const Launch& launch) {
  std::string text = launch.kernel + " grid=" + to_text(launch.grid) + " block=" + to_text(launch.block) +
                     " shared=" + std::to_string(launch.shared_bytes) + " args=";
  for (std::size_t i = 0; i < launch.pointers.size(); ++i)
    text.append(i == 0 ? "" : ",").append(name_of(launch.pointers[i]));
  for (const Scalar& scalar : launch.scalars)
    text.append(" ").append(scalar.name).append("=").append(std::to_string(scalar.value));
  return text;
}

std::string to_text(const std::vector<Launch>& launches) {
  if (launches.empty()) return "nothing";
  std::string text;
  for (const Launch& launch : launches) text.append(text.empty() ? "" : "; ").append(to_text(launch));
  return text;
}

std::int64_t padded_cols(const Scheme& scheme, std::int64_t cols) noexcept {
  const bool fp8 = scheme.scale.bits == 32 && scheme.element.exponent_bits != 0;  // its producers pad no row
  const bool in_rows = scheme.block.rows == 1 && scheme.block.cols != 0;
  return in_rows && !fp8 ? ceil_div(cols, scheme.block.cols) * scheme.block.cols : cols;
}

}  // namespace bitgate::device
