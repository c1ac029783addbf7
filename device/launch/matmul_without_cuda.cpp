// The halves of gemm.h and cublaslt.h that need CUDA, in a build without kernels; gemm.cpp and cublaslt.cpp take their
// place in the other.
#include "bitgate/device/cublaslt.h"
#include "bitgate/device/gemm.h"
#include "bitgate/device/kernel.h"

namespace bitgate::device {

bool gemm_runs_here() { return false; }

std::vector<std::uint32_t> run_gemm(const GemmRequest& request) {
  if (const std::string why = why_not_gemm(request); !why.empty()) throw DeviceError(why);
  throw CannotServe(*why_no_gpu());
}

struct CublasLt::State {};

CublasLt::CublasLt() { throw CannotServe(*why_no_gpu()); }
CublasLt::~CublasLt() = default;

std::string CublasLt::path() const { throw CannotServe(*why_no_gpu()); }

std::size_t CublasLt::version() const { throw CannotServe(*why_no_gpu()); }

std::vector<MatmulAnswer> CublasLt::run(const MatmulRequest&, int) { throw CannotServe(*why_no_gpu()); }

}  // namespace bitgate::device
