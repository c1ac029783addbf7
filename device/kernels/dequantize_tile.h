// Constants of dequantizing that its kernels and plans share.
#pragma once

namespace bitgate::device {

// Output vectors (or, of ragged rows, elements) of a thread.
inline constexpr int kDequantizeVectorsPerThread = 4;

}  // namespace bitgate::device
