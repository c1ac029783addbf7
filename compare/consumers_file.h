// Who reads the output of a MUL behind RMS_NORM in ggml's graph, as a file:
//
//   {"arch": "sm_120", "batch": 1, "fusion": true, "graph_output": false, "uses": 5,
//    "consumers": [{"op": "MUL_MAT", "src": 1, "weight_type": "q4_K", "ne11": 1}, ...]}
//
// Needed: arch, uses, consumers; of MUL_MAT and MUL_MAT_ID weight_type, and their columns: ne11 or ne2, or else batch.
// One consumer for each source that is the MUL: a node that reads it twice stands twice. Absent: fusion true,
// graph_output false, f32 true, contiguous true; src 1, src1_type and dst_type "f32", bad_padding, hadamard and
// split_rows false.
#pragma once

#include <filesystem>

#include "bitgate/reference/dispatch/ggml_consumers.h"

namespace bitgate::compare {

// Throws InputError naming the file, the place in it and what was expected.
reference::NormGraph read_consumers(const std::filesystem::path& file);

}  // namespace bitgate::compare
