#include "bitgate/device/kernel.h"

#include <algorithm>

#include "bitgate/device/launch/families.h"
#include "bitgate/device/support/cubin.h"
#include "bitgate/device/support/sha256.h"
#include "bitgate/reference/format/error.h"

namespace bitgate::device {
namespace {

std::vector<Kernel> joined() {
  std::vector<Kernel> all;
  for (const auto table :
       {te_nvfp4_kernels(), te_nvfp4_variant_kernels(), te_rht_kernels(), te_four_over_six_kernels(),
        te_random_kernels(), te_fp8_kernels(), te_mxfp8_kernels(), torchao_nvfp4_kernels(), torchao_mx_kernels(),
        ggml_q8_kernels(), ggml_rms_norm_kernels(), ggml_fp4_kernels(), inference_nvfp4_kernels()})
    all.insert(all.end(), table.begin(), table.end());
  return all;
}

constexpr Extent transposed(const Extent& extent) noexcept { return {extent.cols, extent.rows}; }

void refuse(const Kernel& kernel, const std::string& what) { throw InputError(key(kernel) + " " + what); }

void require_count(const Kernel& kernel, std::span<const float> given, std::int64_t wanted, std::string_view name) {
  if (given.empty() || static_cast<std::int64_t>(given.size()) == wanted) return;
  throw InputError(key(kernel) + ": " + std::string(name) + " has " + std::to_string(given.size()) +
                   " numbers, expected " + (wanted == 0 ? "none" : std::to_string(wanted)));
}

void require_multiple(const Kernel& kernel, std::string_view what, std::int64_t given, std::int64_t multiple) {
  if (given % multiple != 0)
    refuse(kernel, "takes " + std::string(what) + " in multiples of " + std::to_string(multiple) + ", not " +
                       std::to_string(given));
}

void require_type(const Kernel& kernel, InputType type) {
  if (std::find(kernel.types.begin(), kernel.types.end(), type) != kernel.types.end()) return;
  std::string accepted;
  for (const InputType one : kernel.types) accepted.append(accepted.empty() ? "" : ", ").append(name_of(one));
  refuse(kernel, "takes " + accepted + ", not " + std::string(name_of(type)));
}

void require_direction(const Kernel& kernel, Direction direction) {
  if (makes(kernel.directions, direction)) return;
  switch (kernel.directions) {
    case Directions::kRowwise: refuse(kernel, "quantizes row-wise only"); break;
    case Directions::kColumnwise: refuse(kernel, "quantizes column-wise only"); break;
    default: refuse(kernel, "makes no row-wise side alone");
  }
}

std::int64_t cols_multiple(const Kernel& kernel, Direction direction) noexcept {
  const bool alone = direction == Direction::kColumnwise && kernel.cols_multiple_columnwise != 0;
  return alone ? kernel.cols_multiple_columnwise : kernel.cols_multiple;
}

// Words for each side that is asked for, or for none.
void require_random(const Kernel& kernel, const Request& request) {
  const std::span<const std::uint32_t> rows = request.random_bits, columns = request.random_bits_columnwise;
  if (rows.empty() && columns.empty()) return;
  const auto words = static_cast<std::size_t>(count(request.input.extent) / 4);
  if ((has_rows(request.direction) && rows.size() != words) ||
      (has_columns(request.direction) && columns.size() != words))
    refuse(kernel, "takes a random word for four elements, " + std::to_string(words) + " of each side asked for");
}

// One number an element, or none.
void require_gate(const Kernel& kernel, const Request& request) {
  const std::size_t wanted = kernel.takes_gate ? static_cast<std::size_t>(count(request.input.extent)) : 0;
  const std::size_t given = request.fused.gate.size();
  if (given == wanted) return;
  refuse(kernel, "takes " + (wanted == 0 ? "none" : std::to_string(wanted)) + " of the gate's numbers, not " +
                     std::to_string(given));
}

// Of the side that Request.amax and Request.global speak of.
Extent first_side(const Request& request) noexcept {
  return has_rows(request.direction) ? request.input.extent : transposed(request.input.extent);
}

bool stores_other_than_amax(const Kernel& kernel) noexcept {
  return kernel.global_number == GlobalNumber::kMultiplier || kernel.global_number == GlobalNumber::kDivisor;
}

// What the entry points of a kernel are asked with: each direction, with and without everything that can be given.
std::vector<PlanOptions> every_option(const Kernel& kernel) {
  std::vector<PlanOptions> all;
  for (const Direction direction : {Direction::kRowwise, Direction::kColumnwise, Direction::kBoth}) {
    if (!makes(kernel.directions, direction)) continue;
    for (const bool given : {false, true}) {
      PlanOptions options;
      options.direction = direction;
      options.amax_given = options.amax_columnwise_given = options.global_given = options.random_given = given;
      options.weights = options.residuals = 1;
      all.push_back(options);
    }
  }
  return all;
}

}  // namespace

std::span<const Kernel> kernels() noexcept {
  static const std::vector<Kernel> all = joined();
  return all;
}

const Kernel* find_kernel(std::string_view subject, std::string_view variant) noexcept {
  const std::span<const Kernel> all = kernels();
  const auto found = std::find_if(all.begin(), all.end(), [&](const Kernel& kernel) {
    return kernel.subject == subject && kernel.variant == variant;
  });
  return found == all.end() ? nullptr : &*found;
}

const Kernel* kernel_by_key(std::string_view key) noexcept {
  const std::size_t colon = key.find(':');
  const bool varied = colon != std::string_view::npos;
  return find_kernel(key.substr(0, colon), varied ? key.substr(colon + 1) : std::string_view{});
}

std::string key(const Kernel& kernel) {
  std::string text(kernel.subject);
  return kernel.variant.empty() ? text : text.append(":").append(kernel.variant);
}

std::vector<EntryPoint> entry_points(const Kernel& kernel) {
  // As many rows and columns as any side asks for.
  const Extent smallest{kernel.rows_multiple * kernel.rows_multiple_columnwise, kernel.cols_multiple};
  std::vector<EntryPoint> all;
  for (const InputType type : kernel.types)
    for (const PlanOptions& options : every_option(kernel))
      for (Launch& launch : kernel.plan(smallest, type, options)) {
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
  const Extent& extent = request.input.extent;
  const Scheme& scheme = scheme_of(kernel.scheme);
  require_type(kernel, request.input.type);
  if (extent.rows < 0 || extent.cols < 0) throw InputError(key(kernel) + ": negative extent");
  require_direction(kernel, request.direction);
  require_multiple(kernel, "columns", extent.cols, cols_multiple(kernel, request.direction));
  require_multiple(kernel, "rows", extent.rows, kernel.rows_multiple);
  if (has_columns(request.direction)) require_multiple(kernel, "rows", extent.rows, kernel.rows_multiple_columnwise);
  if (request.scales != nullptr) refuse(kernel, "computes its block scales and takes none");
  require_count(kernel, request.amax, amax_count(scheme, first_side(request)), "amax");
  require_count(kernel, request.amax_columnwise, amax_count(scheme, transposed(extent)), "column-wise amax");
  require_count(kernel, request.global, global_count(scheme, first_side(request)), "global");
  require_random(kernel, request);
  require_gate(kernel, request);
}

PlanOptions plan_options(const Kernel& kernel, const Request& request) noexcept {
  const bool stored = stores_other_than_amax(kernel);
  const bool amax = !request.amax.empty() || (!stored && !request.global.empty());
  // One number serves both sides, unless one of them is transformed; of that one alone it is its own.
  const bool own = kernel.own_columnwise_amax && request.direction != Direction::kColumnwise;
  const bool columnwise = !request.amax_columnwise.empty() || (amax && !own);
  return {.direction = request.direction,
          .amax_given = amax,
          .amax_columnwise_given = columnwise,
          .global_given = stored && !request.global.empty(),
          .random_given = !request.random_bits.empty() || !request.random_bits_columnwise.empty(),
          .philox = request.philox,
          .weights = static_cast<std::int64_t>(request.fused.weight.size()),
          .residuals = static_cast<std::int64_t>(request.fused.residual.size()),
          .epsilon = request.fused.epsilon};
}

std::vector<Launch> plan_of(const Kernel& kernel, const Request& request) {
  return kernel.plan(request.input.extent, request.input.type, plan_options(kernel, request));
}

BufferBytes buffer_bytes(const Kernel& kernel, const Request& request) noexcept {
  constexpr std::int64_t kFloat = sizeof(float);
  const Scheme& scheme = scheme_of(kernel.scheme);
  const Extent& rows = request.input.extent;
  const Extent columns = transposed(rows);
  const bool values = is_values_only(scheme);
  BufferBytes bytes{};
  const auto set = [&](Buffer buffer, std::int64_t n) { bytes[static_cast<std::size_t>(buffer)] = n; };
  const auto code_bytes = [&](const Extent& side) {
    return values ? 0 : side.rows * padded_cols(scheme, side.cols) * (scheme.element.bits == 4 ? 4 : 8) / 8;
  };
  const auto scale_bytes = [&](const Extent& side) {
    return count(scale_extent(scheme, side)) * scheme.scale.bits / 8;
  };
  set(Buffer::kInput, count(rows) * format_of(request.input.type).bits / 8);
  set(Buffer::kAmax, amax_count(scheme, first_side(request)) * kFloat);
  if (stores_other_than_amax(kernel)) set(Buffer::kGlobal, global_count(scheme, first_side(request)) * kFloat);
  if (has_rows(request.direction)) {
    set(Buffer::kCodes, code_bytes(rows));
    set(Buffer::kScales, scale_bytes(rows));
    set(Buffer::kExtras, rows.rows * extras_per_row(scheme, rows.cols) * scheme.extra.bits / 8);
    set(Buffer::kValues, values ? count(rows) * kFloat : 0);
  }
  if (has_columns(request.direction)) {
    set(Buffer::kAmaxColumnwise, amax_count(scheme, columns) * kFloat);
    set(Buffer::kCodesColumnwise, code_bytes(columns));
    set(Buffer::kScalesColumnwise, scale_bytes(columns));
  }
  set(Buffer::kWeight, static_cast<std::int64_t>(request.fused.weight.size()) * kFloat);
  set(Buffer::kResidual, static_cast<std::int64_t>(request.fused.residual.size()) * kFloat);
  set(Buffer::kRandom, static_cast<std::int64_t>(request.random_bits.size()) * kFloat);
  set(Buffer::kRandomColumnwise, static_cast<std::int64_t>(request.random_bits_columnwise.size()) * kFloat);
  if (kernel.takes_gate) set(Buffer::kGate, count(rows) * format_of(request.input.type).bits / 8);
  if (kernel.workspace != nullptr) set(Buffer::kWorkspace, kernel.workspace(rows, request.input.type));
  return bytes;
}

}  // namespace bitgate::device
