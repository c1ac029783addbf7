// What the program and its plugin worker say to each other over one socket: frames of a length and so many bytes.
// Both ends are the same program, so plain structs travel.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bitgate::program {

inline constexpr int kWorkerSocket = 3;  // the worker's end

// The memory of one call: what is given, in this order after the PluginCall; what is answered, in this order; and what
// the worker has for itself.
enum class PluginBuffer : std::uint8_t {
  kInput,
  kAmax,
  kAmaxT,
  kGlobalGiven,
  kGlobalGivenT,
  kRandom,
  kRandomT,
  kWeight,
  kResidual,
  kGate,
  kRowFactor,
  kCodes,  // the first that is answered
  kScales,
  kExtras,
  kGlobal,
  kValues,
  kCodesT,
  kScalesT,
  kGlobalT,
  kWorkspace,
};
inline constexpr std::size_t kPluginBuffers = 20;
constexpr std::size_t at(PluginBuffer buffer) noexcept { return static_cast<std::size_t>(buffer); }
inline constexpr std::size_t kFirstAnswered = at(PluginBuffer::kCodes), kEndAnswered = at(PluginBuffer::kWorkspace);
inline constexpr std::array<std::string_view, kPluginBuffers> kPluginBufferNames{
    "the input", "amax",     "amax_t",  "global_given", "global_t_given", "random",       "random_t",
    "weight",    "residual", "gate",    "row_factor",   "codes",          "scales",       "extras",
    "global",    "values",   "codes_t", "scales_t",     "global_t",       "the workspace"};

struct PluginCall {
  std::uint32_t kernel = 0;  // index
  std::uint32_t input_type = 0, direction = 0;
  float epsilon = 0;
  std::int64_t rows = 0, cols = 0;
  std::uint64_t philox_seed = 0, philox_offset = 0;
  std::array<std::uint64_t, kPluginBuffers> bytes{};  // of the workspace: 0, the worker knows
  std::uint8_t poison = 0, replay = 0;                // 1: by a CUDA graph
};

using Frame = std::vector<std::byte>;
using Deadline = std::optional<std::chrono::steady_clock::time_point>;  // none: for ever

enum class Passed : std::uint8_t { kWhole, kClosed, kTooLate, kTooLong };

// Words and descriptions of a worker, and the largest request.
inline constexpr std::uint64_t kMaxWords = std::uint64_t{1} << 20, kMaxRequest = std::uint64_t{1} << 36;

Passed send_frame(int socket, const Frame& frame, Deadline deadline);
// kTooLong for a frame that says it has more than `max_bytes`: nothing of it is read.
Passed receive_frame(int socket, Frame& frame, std::uint64_t max_bytes, Deadline deadline);

// A first byte of an answer: what follows is the bytes asked for, or one sentence. After its last words a worker ends;
// unable is the machine, not the plugin.
inline constexpr std::byte kAnswer{1}, kComplaint{2}, kUnable{3}, kLastWords{4};
Frame complaint(const std::string& sentence, std::byte first = kComplaint);
// A request of one byte: have the memory of a GPU ready.
inline constexpr std::byte kOpenDevice{5};

}  // namespace bitgate::program
