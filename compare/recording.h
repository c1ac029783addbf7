// A recording: what a subject produced on real hardware, small enough to keep. Where no GPU is, it is held against the
// reference: equal digests mean that the machine code which was measured still computes what the reference says.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bitgate/compare/case.h"
#include "bitgate/compare/digest.h"
#include "bitgate/compare/metrics.h"

namespace bitgate::compare {

// Checksums of one field by tile; with the digest of the whole.
struct RecordedField {
  std::string sha256;
  std::int64_t bytes = 0;
  std::vector<std::uint32_t> tiles;
};

struct RecordedCase {
  Case id;
  std::string kernel;  // key of Recording::kernels
  std::string plan;    // canonical text of the Launch: kernel, grid, block, shared bytes, scalar arguments
  std::map<std::string, RecordedField> fields;  // global, scales, codes, extras, values; none without bytes
  double sqnr_db = 0;
};

// What ran, to the bit.
struct RecordedKernel {
  std::string subject;        // cuda/te/nvfp4
  std::string variant;        // "" or e.g. "fast-math"
  std::string code_sha256;    // of its .text section in the cubin
  std::string source_sha256;  // of its sources and flags
  std::string architecture;   // sm_90a
};

struct Machine {
  std::string gpu, driver, cuda_runtime, nvcc, date, commit;
};

struct Recording {
  int version = 1;
  Machine machine;
  std::map<std::string, RecordedKernel> kernels;
  std::vector<RecordedCase> cases;
};

Recording read_recording(const std::filesystem::path& file);  // throws InputError: file, what was wrong
void write_recording(const std::filesystem::path& file, const Recording& recording);

// The fields of an answer as a recording keeps them.
std::map<std::string, RecordedField> record_fields(const QuantizedTensor& answer);

// What is here now, asked by kernel key: empty when the kernel no longer exists.
struct PresentKernel {
  std::optional<std::string> code_sha256;  // none when built without nvcc
  std::string nvcc;                        // "" without
  std::string source_sha256;
};
struct Present {
  std::function<std::optional<PresentKernel>(const std::string& kernel)> kernel;
  std::function<std::string(const std::string& kernel, const Case&)> plan;  // canonical text now
};

enum class Holding : std::uint8_t {
  kByMachineCode,  // same nvcc, equal code, equal plan
  kBySource,       // another nvcc or none; equal sources, equal plan
  kStale,          // the kernel or its plan changed since it was recorded
};
std::string_view name_of(Holding holding) noexcept;
// Whether a recorded case still speaks for the kernel that is here now; `why` names what changed.
Holding holding_of(const Recording& recording, const RecordedCase& recorded, const Present& present, std::string& why);

// "" when the answer equals the recorded bytes; else field and first differing tile:
// "codes: tile 3 of 32 (bytes 6144 to 8191) differs".
std::string difference(const RecordedCase& recorded, const QuantizedTensor& answer);

}  // namespace bitgate::compare
