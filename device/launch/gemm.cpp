// The CUDA half of gemm.h; matmul_without_cuda.cpp takes its place in a build without kernels.
#include "bitgate/device/gemm.h"

#include <array>

#include "bitgate/device/kernel.h"
#include "bitgate/device/kernels/gemm_op.h"
#include "bitgate/device/kernels/mma_op.h"
#include "bitgate/device/launch/launch.h"
#include "bitgate/device/support/buffer.h"

namespace bitgate::device {
namespace {

constexpr int kPoison = 0xA5;
constexpr std::uint32_t kThreads = 128;

MmaOp op_of(const GemmRequest& request) noexcept {
  if (request.a_type == Fp8::kE4m3)
    return request.b_type == Fp8::kE4m3 ? MmaOp::kGroupF32E4m3E4m3 : MmaOp::kGroupF32E4m3E5m2;
  return request.b_type == Fp8::kE4m3 ? MmaOp::kGroupF32E5m2E4m3 : MmaOp::kGroupF32E5m2E5m2;
}

std::uint32_t tiles_of(std::int64_t rows) noexcept {
  return static_cast<std::uint32_t>((rows + kGemmTile - 1) / kGemmTile);
}

DeviceBuffer uploaded(std::span<const std::uint8_t> codes) {
  DeviceBuffer buffer(codes.size());
  if (!codes.empty())
    check(cudaMemcpy(buffer.data(), codes.data(), codes.size(), cudaMemcpyHostToDevice), "copying codes");
  return buffer;
}

}  // namespace

bool gemm_runs_here() {
  if (why_no_gpu()) return false;
  const Capability capability = current_capability();
  return capability.major == 9 && capability.minor == 0;
}

std::vector<std::uint32_t> run_gemm(const GemmRequest& request) {
  if (const std::string why = why_not_gemm(request); !why.empty()) throw DeviceError(why);
  if (const auto why = why_no_gpu()) throw CannotServe(*why);
  if (!gemm_runs_here()) throw CannotServe("this GPU has no wgmma: only those of sm_90a do");
  const auto [m, n, k] = request.shape;
  std::vector<std::uint32_t> d(static_cast<std::size_t>(m * n));
  if (d.empty()) return d;
  const DeviceBuffer a = uploaded(request.a), b = uploaded(request.b), results(d.size() * sizeof(d[0]));
  check(cudaMemset(results.data(), kPoison, results.bytes()), "poisoning results");
  Launch launch;
  launch.unit = "gemm_wgmma";
  launch.kernel = "bitgate_gemm_wgmma";
  MmaOp op = op_of(request);
  GemmOperands operands{static_cast<const std::uint8_t*>(a.data()),
                        static_cast<const std::uint8_t*>(b.data()),
                        static_cast<std::uint32_t*>(results.data()),
                        static_cast<std::int32_t>(m),
                        static_cast<std::int32_t>(n),
                        static_cast<std::int32_t>(k),
                        static_cast<std::int32_t>(request.promotion)};
  std::array<void*, 2> arguments{&op, &operands};
  check(cudaLaunchKernel(reinterpret_cast<const void*>(load_kernel(launch)), dim3{tiles_of(n), tiles_of(m)},
                         dim3{kThreads}, arguments.data(), 0, nullptr),
        "launch of bitgate_gemm_wgmma");
  check(cudaMemcpy(d.data(), results.data(), results.bytes(), cudaMemcpyDeviceToHost), "running bitgate_gemm_wgmma");
  return d;
}

}  // namespace bitgate::device
