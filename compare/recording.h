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
  std::string plan;  // canonical text of the Launch: kernel, grid, block, shared bytes, scalar arguments; of a subject
                     // on host memory that it is one call
  std::map<std::string, RecordedField> fields;  // global, scales, codes, extras, values; none without bytes
  double sqnr_db = 0;
};

// What ran, to the bit.
struct RecordedKernel {
  std::string subject;        // cuda/te/nvfp4, cpu/te/nvfp4, plugin:libmine.so:good (the library's name alone)
  std::string variant;        // "" or e.g. "fast-math"
  std::string code_sha256;    // of its .text section in the cubin; of a library's or program's `code`
  std::string source_sha256;  // of its sources and flags; "" when none were given
  std::string architecture;   // sm_90a, x86_64
  std::string compiler;       // nvcc's version, or what the library says
  // Lines "SHA256  NAME" by which a change can be named, empty for a CUDA kernel: sections of the library; source
  // files, sorted, then flags. Their digest (digest_of_lines) is code_sha256 and source_sha256.
  std::vector<std::string> code, sources;
};

struct Machine {
  std::string gpu, driver, cuda_runtime, nvcc, date, commit;
};

// 2 added compiler, code and sources of a kernel; 1 is still read.
inline constexpr int kRecordingVersion = 2;

struct Recording {
  int version = kRecordingVersion;
  Machine machine;
  std::map<std::string, RecordedKernel> kernels;
  std::vector<RecordedCase> cases;
};

// Throws InputError: file, what was wrong; a newer version, a case twice, digests that contradict their lines.
Recording read_recording(const std::filesystem::path& file);
void write_recording(const std::filesystem::path& file, const Recording& recording);

// The fields of an answer as a recording keeps them.
std::map<std::string, RecordedField> record_fields(const QuantizedTensor& answer);

// SHA-256 of the lines, each with its "\n"; "" of none.
std::string digest_of_lines(const std::vector<std::string>& lines);
// The names of lines that only one of them has, in order: ".text, .rodata"; "" when either is empty.
std::string changed_lines(const std::vector<std::string>& first, const std::vector<std::string>& second);

// What is here now, asked by kernel key: empty when the kernel no longer exists.
struct PresentKernel {
  std::optional<std::string> code_sha256;  // none when built without nvcc, or no library was given
  std::string compiler;                    // "" without
  std::string source_sha256;               // "" without
  std::string architecture;
  std::vector<std::string> code, sources;  // as recorded
  bool whole_code = false;                 // the digest covers all that is loaded: equal code needs no equal compiler
  // The build itself digested the sources and flags that this code is made of. (Those of a plugin are what a user
  // says.)
  bool made_of_sources = false;
};
struct Present {
  std::function<std::optional<PresentKernel>(const std::string& kernel)> kernel;
  std::function<std::string(const std::string& kernel, const Case&)> plan;  // canonical text now
};

enum class Holding : std::uint8_t {
  kByMachineCode,  // same compiler (or the whole code digested), equal code, equal plan
  // Another compiler or none; or the same, which makes one or another machine code of the same sources, as ptxas 13.0
  // does of a few units. Equal sources, equal plan.
  kBySource,
  kStale,  // the kernel or its plan changed since it was recorded
};
std::string_view name_of(Holding holding) noexcept;
// Whether a recorded case still speaks for the kernel that is here now; `why` names what changed.
Holding holding_of(const Recording& recording, const RecordedCase& recorded, const Present& present, std::string& why);

// "" when the answer equals the recorded bytes; else field and first differing tile:
// "codes: tile 3 of 32 (bytes 6144 to 8191) differs".
std::string difference(const RecordedCase& recorded, const QuantizedTensor& answer);
// The same of two recorded cases; a size is that of `first`, then of `second`.
std::string difference(const RecordedCase& first, const RecordedCase& second);

}  // namespace bitgate::compare
