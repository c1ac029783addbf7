// A recording of one case for tests; and the same as of a plugin, with the lines of its digests.
#pragma once

#include <string>

#include "bitgate/compare/recording.h"

namespace bitgate::compare {

inline const std::string kKernel = "cuda/te/nvfp4";
inline const std::string kCodeDigest(64, 'a'), kSourceDigest(64, 'b'), kOtherDigest(64, 'c');

// 64 x 1024 elements: 65536 code bytes, so 32 tiles of 2048; 4096 scales, so 32 tiles of 128; a global of 4 bytes.
inline QuantizedTensor answer() {
  QuantizedTensor t = make_quantized(scheme_of(SchemeId::kNvfp4), GlobalNumber::kAmax, {64, 1024});
  for (std::size_t i = 0; i < t.codes.size(); ++i) t.codes[i] = static_cast<std::uint8_t>(i * 7 % 16);
  t.global[0] = 3.5f;
  return t;
}

inline RecordedCase recorded_case(std::uint64_t seed = 1) {
  RecordedCase c;
  c.id = {"te/nvfp4", InputType::kBf16, {"normal", -4}, {64, 1024}, seed};
  c.kernel = kKernel;
  c.plan = "quantize_nvfp4 grid 64x1x1 block 128x1x1 shared 0 args 64,1024";
  c.fields = record_fields(answer());
  c.sqnr_db = 20.4375;
  return c;
}

inline Recording recording() {
  Recording r;
  r.machine = {"H100 \"80GB\"", "580.1", "13.0", "13.0.48", "2026-01-02", "0123abc"};
  r.kernels[kKernel] = {"cuda/te/nvfp4", "fast-math", kCodeDigest, kSourceDigest, "sm_90a", "13.0.48", {}, {}};
  r.cases = {recorded_case()};
  return r;
}

inline const std::string kText = std::string(64, '1') + "  .text", kOtherText = std::string(64, '2') + "  .text",
                         kConstants = std::string(64, '3') + "  .rodata", kMine = std::string(64, '4') + "  mine.cpp";

// A plugin's kernel with the lines of its digests.
inline Recording plugin_recording() {
  Recording r = recording();
  RecordedKernel& kernel = r.kernels[kKernel];
  kernel.code = {kText, kConstants};
  kernel.code_sha256 = digest_of_lines(kernel.code);
  kernel.sources = {kMine};
  kernel.source_sha256 = digest_of_lines(kernel.sources);
  return r;
}

}  // namespace bitgate::compare
