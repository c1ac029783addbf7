// Whose order of random draws: shared by the kernels and their plans.
#pragma once

namespace bitgate::device {

// kTuned makes the row-wise side alone; the others share their draws between both sides.
enum class TeDrawOrder : int { kTuned, kTunedTransposed, kTwoD, kFallback };

}  // namespace bitgate::device
