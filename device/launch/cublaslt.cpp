// The CUDA half of cublaslt.h; matmul_without_cuda.cpp takes its place in a build without kernels. Only declarations
// come from the toolkit's header: every function is asked of the library that was loaded.
#include "bitgate/device/cublaslt.h"

#include <cublasLt.h>
#include <dlfcn.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>

#include "bitgate/device/kernel.h"
#include "bitgate/device/support/buffer.h"

namespace bitgate::device {
namespace {

constexpr int kPoison = 0xA5;
constexpr std::size_t kWorkspace = std::size_t{32} << 20;
constexpr int kMostAlgorithms = 32;

struct CloseLibrary {
  void operator()(void* library) const noexcept { dlclose(library); }
};

// The functions that a product takes, of one loaded library.
struct Functions {
  decltype(&cublasLtCreate) create;
  decltype(&cublasLtDestroy) destroy;
  decltype(&cublasLtGetVersion) version;
  decltype(&cublasLtGetStatusString) status_string;
  decltype(&cublasLtMatmul) matmul;
  decltype(&cublasLtMatmulDescCreate) desc_create;
  decltype(&cublasLtMatmulDescDestroy) desc_destroy;
  decltype(&cublasLtMatmulDescSetAttribute) desc_set;
  decltype(&cublasLtMatrixLayoutCreate) layout_create;
  decltype(&cublasLtMatrixLayoutDestroy) layout_destroy;
  decltype(&cublasLtMatmulPreferenceCreate) preference_create;
  decltype(&cublasLtMatmulPreferenceDestroy) preference_destroy;
  decltype(&cublasLtMatmulPreferenceSetAttribute) preference_set;
  decltype(&cublasLtMatmulAlgoGetHeuristic) heuristic;
  decltype(&cublasLtMatmulAlgoConfigSetAttribute) config_set;
  decltype(&cublasLtMatmulAlgoConfigGetAttribute) config_get;
  decltype(&cublasLtMatmulAlgoCheck) algo_check;
};

template <class F>
void find(void* library, const char* name, F& function) {
  function = reinterpret_cast<F>(dlsym(library, name));
  if (function == nullptr) throw CannotServe(std::string("cuBLASLt has no function ") + name);
}

Functions functions_of(void* library) {
  Functions f{};
  find(library, "cublasLtCreate", f.create);
  find(library, "cublasLtDestroy", f.destroy);
  find(library, "cublasLtGetVersion", f.version);
  find(library, "cublasLtGetStatusString", f.status_string);
  find(library, "cublasLtMatmul", f.matmul);
  find(library, "cublasLtMatmulDescCreate", f.desc_create);
  find(library, "cublasLtMatmulDescDestroy", f.desc_destroy);
  find(library, "cublasLtMatmulDescSetAttribute", f.desc_set);
  find(library, "cublasLtMatrixLayoutCreate", f.layout_create);
  find(library, "cublasLtMatrixLayoutDestroy", f.layout_destroy);
  find(library, "cublasLtMatmulPreferenceCreate", f.preference_create);
  find(library, "cublasLtMatmulPreferenceDestroy", f.preference_destroy);
  find(library, "cublasLtMatmulPreferenceSetAttribute", f.preference_set);
  find(library, "cublasLtMatmulAlgoGetHeuristic", f.heuristic);
  find(library, "cublasLtMatmulAlgoConfigSetAttribute", f.config_set);
  find(library, "cublasLtMatmulAlgoConfigGetAttribute", f.config_get);
  find(library, "cublasLtMatmulAlgoCheck", f.algo_check);
  return f;
}

std::unique_ptr<void, CloseLibrary> opened() {
  const char* named = std::getenv("BITGATE_CUBLASLT");
  const bool given = named != nullptr && *named != '\0';
  for (const char* name : {named, "libcublasLt.so.13", "libcublasLt.so.12"}) {
    if (name == nullptr || *name == '\0') continue;
    if (void* library = dlopen(name, RTLD_NOW | RTLD_LOCAL)) return std::unique_ptr<void, CloseLibrary>(library);
    if (given) throw CannotServe(std::string("BITGATE_CUBLASLT: ") + dlerror());
  }
  throw CannotServe("no libcublasLt.so.13 or .12 was found: BITGATE_CUBLASLT may hold the library's path");
}

std::size_t bytes_of(MatmulResult result) noexcept { return result == MatmulResult::kBf16 ? 2 : 4; }

// C or D on the device, column-major, and back.
std::vector<std::byte> column_major(std::span<const std::uint32_t> bits, const GemmShape& shape, std::size_t bytes) {
  std::vector<std::byte> columns(bits.size() * bytes);
  for (std::int64_t row = 0; row < shape.m; ++row)
    for (std::int64_t column = 0; column < shape.n; ++column)
      for (std::size_t i = 0; i < bytes; ++i)
        columns[static_cast<std::size_t>(column * shape.m + row) * bytes + i] =
            static_cast<std::byte>(bits[static_cast<std::size_t>(row * shape.n + column)] >> (8 * i) & 0xFF);
  return columns;
}

std::vector<std::uint32_t> row_major(std::span<const std::byte> columns, const GemmShape& shape, std::size_t bytes) {
  std::vector<std::uint32_t> bits(columns.size() / bytes);
  for (std::int64_t row = 0; row < shape.m; ++row)
    for (std::int64_t column = 0; column < shape.n; ++column)
      for (std::size_t i = 0; i < bytes; ++i)
        bits[static_cast<std::size_t>(row * shape.n + column)] |=
            static_cast<std::uint32_t>(columns[static_cast<std::size_t>(column * shape.m + row) * bytes + i])
            << (8 * i);
  return bits;
}

DeviceBuffer uploaded(const void* data, std::size_t bytes) {
  DeviceBuffer buffer(bytes);
  if (bytes != 0) check(cudaMemcpy(buffer.data(), data, bytes, cudaMemcpyHostToDevice), "copying operands");
  return buffer;
}

}  // namespace

struct CublasLt::State {
  std::unique_ptr<void, CloseLibrary> library = opened();
  Functions f = functions_of(library.get());
  cublasLtHandle_t handle = nullptr;

  void require(cublasStatus_t status, std::string_view call) const {
    if (status != CUBLAS_STATUS_SUCCESS)
      throw DeviceError(std::string(call) + ": " + f.status_string(status) + " (" + std::to_string(status) + ")");
  }

  template <class Value>
  void describe(cublasLtMatmulDesc_t desc, cublasLtMatmulDescAttributes_t what, const Value& value) const {
    require(f.desc_set(desc, what, &value, sizeof value), "cublasLtMatmulDescSetAttribute");
  }

  template <class Value>
  Value configured(const cublasLtMatmulAlgo_t& algo, cublasLtMatmulAlgoConfigAttributes_t what) const {
    Value value{};
    std::size_t written = 0;
    require(f.config_get(&algo, what, &value, sizeof value, &written), "cublasLtMatmulAlgoConfigGetAttribute");
    return value;
  }

  MatmulAlgorithm description(const cublasLtMatmulAlgo_t& algo) const {
    return {configured<std::int32_t>(algo, CUBLASLT_ALGO_CONFIG_ID),
            configured<std::uint32_t>(algo, CUBLASLT_ALGO_CONFIG_TILE_ID),
            configured<std::uint32_t>(algo, CUBLASLT_ALGO_CONFIG_STAGES_ID),
            configured<std::int32_t>(algo, CUBLASLT_ALGO_CONFIG_SPLITK_NUM),
            configured<std::uint32_t>(algo, CUBLASLT_ALGO_CONFIG_REDUCTION_SCHEME),
            configured<std::uint16_t>(algo, CUBLASLT_ALGO_CONFIG_INNER_SHAPE_ID),
            configured<std::uint16_t>(algo, CUBLASLT_ALGO_CONFIG_CLUSTER_SHAPE_ID)};
  }
};

namespace {

// What the library calls a problem: descriptor, three layouts, a preference; they end with it.
struct Problem {
  const Functions* f;
  cublasLtMatmulDesc_t desc = nullptr;
  cublasLtMatrixLayout_t a = nullptr, b = nullptr, d = nullptr;
  cublasLtMatmulPreference_t preference = nullptr;

  explicit Problem(const Functions& functions) : f(&functions) {}
  Problem(const Problem&) = delete;
  Problem& operator=(const Problem&) = delete;
  ~Problem() {
    if (preference != nullptr) f->preference_destroy(preference);
    for (cublasLtMatrixLayout_t layout : {a, b, d})
      if (layout != nullptr) f->layout_destroy(layout);
    if (desc != nullptr) f->desc_destroy(desc);
  }
};

}  // namespace

CublasLt::CublasLt() {
  if (const auto why = why_no_gpu()) throw CannotServe(*why);
  state_ = std::make_unique<State>();
  state_->require(state_->f.create(&state_->handle), "cublasLtCreate");
}

CublasLt::~CublasLt() {
  if (state_ && state_->handle != nullptr) state_->f.destroy(state_->handle);
}

std::string CublasLt::path() const {
  Dl_info info{};
  const bool found = dladdr(reinterpret_cast<const void*>(state_->f.matmul), &info) != 0 && info.dli_fname != nullptr;
  return found ? info.dli_fname : "";
}

std::size_t CublasLt::version() const { return state_->f.version(); }

std::vector<MatmulAnswer> CublasLt::run(const MatmulRequest& request, int most) {
  if (const std::string why = why_not_matmul(request); !why.empty()) throw DeviceError(why);
  const State& s = *state_;
  const auto [m, n, k] = request.shape;
  const std::size_t element = bytes_of(request.result), d_bytes = static_cast<std::size_t>(m * n) * element;
  const cudaDataType_t d_type = request.result == MatmulResult::kBf16 ? CUDA_R_16BF : CUDA_R_32F;

  const DeviceBuffer a = uploaded(request.a.data(), request.a.size());
  const DeviceBuffer b = uploaded(request.b.data(), request.b.size());
  std::vector<std::byte> c_columns(d_bytes);
  if (!request.c.empty()) c_columns = column_major(request.c, request.shape, element);
  const DeviceBuffer c = uploaded(c_columns.data(), d_bytes), d(d_bytes), workspace(kWorkspace);
  const float a_scale_value = request.a_scale.value_or(1), b_scale_value = request.b_scale.value_or(1);
  const DeviceBuffer a_scale = uploaded(&a_scale_value, sizeof(float));
  const DeviceBuffer b_scale = uploaded(&b_scale_value, sizeof(float));

  Problem p(s.f);
  s.require(s.f.desc_create(&p.desc, CUBLAS_COMPUTE_32F, CUDA_R_32F), "cublasLtMatmulDescCreate");
  s.describe(p.desc, CUBLASLT_MATMUL_DESC_TRANSA, CUBLAS_OP_T);
  s.describe(p.desc, CUBLASLT_MATMUL_DESC_TRANSB, CUBLAS_OP_N);
  s.describe(p.desc, CUBLASLT_MATMUL_DESC_FAST_ACCUM, static_cast<std::int8_t>(request.fast_accumulation));
  if (request.a_scale)
    s.describe(p.desc, CUBLASLT_MATMUL_DESC_A_SCALE_POINTER, static_cast<const void*>(a_scale.data()));
  if (request.b_scale)
    s.describe(p.desc, CUBLASLT_MATMUL_DESC_B_SCALE_POINTER, static_cast<const void*>(b_scale.data()));
  const auto rows = [](std::int64_t size) { return static_cast<std::uint64_t>(size); };
  s.require(s.f.layout_create(&p.a, CUDA_R_8F_E4M3, rows(k), rows(m), k), "cublasLtMatrixLayoutCreate of A");
  s.require(s.f.layout_create(&p.b, CUDA_R_8F_E4M3, rows(k), rows(n), k), "cublasLtMatrixLayoutCreate of B");
  s.require(s.f.layout_create(&p.d, d_type, rows(m), rows(n), m), "cublasLtMatrixLayoutCreate of D");
  s.require(s.f.preference_create(&p.preference), "cublasLtMatmulPreferenceCreate");
  s.require(s.f.preference_set(p.preference, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, &kWorkspace, sizeof kWorkspace),
            "cublasLtMatmulPreferenceSetAttribute");

  std::array<cublasLtMatmulHeuristicResult_t, kMostAlgorithms> found{};
  int count = 0;
  s.require(s.f.heuristic(s.handle, p.desc, p.a, p.b, p.d, p.d, p.preference, kMostAlgorithms, found.data(), &count),
            "cublasLtMatmulAlgoGetHeuristic");
  std::vector<MatmulAnswer> answers;
  for (int i = 0; i < count && static_cast<int>(answers.size()) < most; ++i) {
    cublasLtMatmulAlgo_t algo = found[static_cast<std::size_t>(i)].algo;
    const std::int32_t one = 1;
    const std::uint32_t none = CUBLASLT_REDUCTION_SCHEME_NONE;
    s.require(s.f.config_set(&algo, CUBLASLT_ALGO_CONFIG_SPLITK_NUM, &one, sizeof one), "setting split-K");
    s.require(s.f.config_set(&algo, CUBLASLT_ALGO_CONFIG_REDUCTION_SCHEME, &none, sizeof none), "setting no reduction");
    cublasLtMatmulHeuristicResult_t checked{};
    if (s.f.algo_check(s.handle, p.desc, p.a, p.b, p.d, p.d, &algo, &checked) != CUBLAS_STATUS_SUCCESS ||
        checked.workspaceSize > kWorkspace)
      continue;
    const MatmulAlgorithm algorithm = s.description(algo);
    if (std::any_of(answers.begin(), answers.end(),
                    [&](const MatmulAnswer& before) { return before.algorithm == algorithm; }))
      continue;
    check(cudaMemset(d.data(), kPoison, d_bytes), "poisoning results");
    s.require(s.f.matmul(s.handle, p.desc, &request.alpha, a.data(), p.a, b.data(), p.b, &request.beta, c.data(), p.d,
                         d.data(), p.d, &algo, workspace.data(), kWorkspace, nullptr),
              "cublasLtMatmul");
    std::vector<std::byte> columns(d_bytes);
    check(cudaMemcpy(columns.data(), d.data(), d_bytes, cudaMemcpyDeviceToHost), "running cublasLtMatmul");
    answers.push_back({row_major(columns, request.shape, element), algorithm, checked.workspaceSize});
  }
  if (answers.empty()) throw DeviceError("cuBLASLt has no algorithm with split-K 1 for this product");
  return answers;
}

}  // namespace bitgate::device
