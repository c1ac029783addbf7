#include "bitgate/device/kernel.h"

#include <algorithm>
#include <array>

#include "bitgate/device/support/cubin.h"
#include "bitgate/device/support/sha256.h"
#include "bitgate/reference/format/error.h"

namespace bitgate::device {
namespace {

constexpr std::array<InputType, 3> kAllTypes{InputType::kF32, InputType::kBf16, InputType::kF16};
constexpr std::array<InputType, 2> kF32AndBf16{InputType::kF32, InputType::kBf16};
constexpr std::array<InputType, 1> kF32Only{InputType::kF32};

constexpr std::array<Kernel, 6> kKernels{{
    {"cuda/te/nvfp4", "te/nvfp4", "", SchemeId::kNvfp4, GlobalNumber::kAmax, kAllTypes, 16, plan_te_nvfp4},
    {"cuda/te/nvfp4-row", "te/nvfp4-row", "", SchemeId::kNvfp4Row, GlobalNumber::kAmax, kAllTypes, 16,
     plan_te_nvfp4_row},
    {"cuda/torchao/mxfp4-floor", "torchao/mxfp4-floor", "", SchemeId::kMxfp4, GlobalNumber::kNone, kF32AndBf16, 32,
     plan_torchao_mxfp4_floor},
    {"cuda/torchao/mxfp8e4m3-rceil", "torchao/mxfp8e4m3-rceil", "", SchemeId::kMxfp8E4m3, GlobalNumber::kNone,
     kF32AndBf16, 32, plan_torchao_mxfp8e4m3_rceil},
    {"cuda/ggml/q8_1", "ggml/q8_1", "", SchemeId::kQ8_1, GlobalNumber::kNone, kF32Only, 1, plan_ggml_q8_1},
    {"cuda/ggml/q8_1", "ggml/q8_1", "fast-math", SchemeId::kQ8_1, GlobalNumber::kNone, kF32Only, 1,
     plan_ggml_q8_1_fast_math},
}};

void require_globals(const Kernel& kernel, const Request& request, std::span<const float> given,
                     std::string_view name) {
  const std::int64_t wanted = global_count(scheme_of(kernel.scheme), request.input.extent);
  if (given.empty() || static_cast<std::int64_t>(given.size()) == wanted) return;
  throw InputError(key(kernel) + ": " + std::string(name) + " has " + std::to_string(given.size()) +
                   " numbers, expected " + (wanted == 0 ? "none" : std::to_string(wanted)));
}

}  // namespace

std::span<const Kernel> kernels() noexcept { return kKernels; }

const Kernel* find_kernel(std::string_view subject, std::string_view variant) noexcept {
  const auto found = std::find_if(kKernels.begin(), kKernels.end(), [&](const Kernel& kernel) {
    return kernel.subject == subject && kernel.variant == variant;
  });
  return found == kKernels.end() ? nullptr : &*found;
}

std::string key(const Kernel& kernel) {
  std::string text(kernel.subject);
  return kernel.variant.empty() ? text : text.append(":").append(kernel.variant);
}

std::vector<EntryPoint> entry_points(const Kernel& kernel) {
  std::vector<EntryPoint> all;
  for (const InputType type : kernel.types)
    for (Launch& launch : kernel.plan({1, kernel.col_multiple}, type, {})) {
      EntryPoint entry{launch.unit, std::move(launch.kernel)};
      if (std::find(all.begin(), all.end(), entry) == all.end()) all.push_back(std::move(entry));
    }
  return all;
}

std::string source_digest(const Kernel& kernel) {
  std::vector<std::string_view> units;
  std::string lines;
  for (const EntryPoint& entry : entry_points(kernel)) {
    if (std::find(units.begin(), units.end(), entry.unit) != units.end()) continue;
    units.push_back(entry.unit);
    lines.append(unit_source_digest(entry.unit)).append("  ").append(entry.unit).append("\n");
  }
  return sha256_hex(lines);
}

std::optional<std::string> code_digest(const Kernel& kernel, std::string_view architecture) {
  std::string lines;
  for (const EntryPoint& entry : entry_points(kernel)) {
    const std::span<const std::byte> cubin = embedded_cubin(entry.unit, architecture);
    if (cubin.empty()) return std::nullopt;
    const auto text = text_of(cubin, entry.symbol);
    if (!text) throw DeviceError("the " + std::string(architecture) + " cubin has no kernel " + entry.symbol);
    lines.append(sha256_hex(*text)).append("  ").append(entry.symbol).append("\n");
  }
  return sha256_hex(lines);
}

void require_accepted(const Kernel& kernel, const Request& request) {
  const TypedView& input = request.input;
  if (std::find(kernel.types.begin(), kernel.types.end(), input.type) == kernel.types.end()) {
    std::string accepted;
    for (const InputType type : kernel.types) accepted.append(accepted.empty() ? "" : ", ").append(name_of(type));
    throw InputError(key(kernel) + " takes " + accepted + ", not " + std::string(name_of(input.type)));
  }
  if (input.extent.rows < 0 || input.extent.cols < 0) throw InputError(key(kernel) + ": negative extent");
  if (input.extent.cols % kernel.col_multiple != 0)
    throw InputError(key(kernel) + " takes columns in multiples of " + std::to_string(kernel.col_multiple) + ", not " +
                     std::to_string(input.extent.cols));
  if (request.direction != Direction::kRowwise) throw InputError(key(kernel) + " quantizes row-wise only");
  if (request.scales != nullptr) throw InputError(key(kernel) + " computes its block scales and takes none");
  require_globals(kernel, request, request.amax, "amax");
  require_globals(kernel, request, request.global, "global");
}

}  // namespace bitgate::device
