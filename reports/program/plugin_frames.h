// What the program and its plugin worker say to each other over one socket: frames of a length and so many bytes.
// Both ends are the same program, so plain structs travel.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace bitgate::program {

inline constexpr int kWorkerSocket = 3;  // the worker's end

struct PluginCall {
  std::uint32_t kernel = 0;  // index
  std::uint32_t input_type = 0;
  std::int64_t rows = 0, cols = 0;
  std::uint64_t input_bytes = 0, amax_count = 0;                                        // these follow the struct
  std::uint64_t codes_bytes = 0, scales_bytes = 0, extras_bytes = 0, global_bytes = 0;  // of the answer, in this order
  std::uint8_t poison = 0;
};

using Frame = std::vector<std::byte>;
using Deadline = std::optional<std::chrono::steady_clock::time_point>;  // none: for ever

enum class Passed : std::uint8_t { kWhole, kClosed, kTooLate, kTooLong };

// Words and descriptions of a worker, and the largest request.
inline constexpr std::uint64_t kMaxWords = std::uint64_t{1} << 20, kMaxRequest = std::uint64_t{1} << 36;

Passed send_frame(int socket, const Frame& frame, Deadline deadline);
// kTooLong for a frame that says it has more than `max_bytes`: nothing of it is read.
Passed receive_frame(int socket, Frame& frame, std::uint64_t max_bytes, Deadline deadline);

// A first byte of an answer: what follows is the bytes asked for, or one sentence.
inline constexpr std::byte kAnswer{1}, kComplaint{2};
Frame complaint(const std::string& sentence);

}  // namespace bitgate::program
