// Who reads the output of a MUL behind RMS_NORM in ggml's graph, as a file:
//
//   {"arch": "sm_120", "batch": 1, "fusion": true, "graph_output": false, "uses": 5,
//    "consumers": [{"op": "MUL_MAT", "src": 1, "weight_type": "q4_K", "ne11": 1}, ...]}
//
// Needed: arch, uses, consumers; and weight_type of MUL_MAT and MUL_MAT_ID. One consumer for each source that is the
// MUL: a node that reads it twice stands twice. Absent: batch 1, fusion true, graph_output false, f32 true, contiguous
// true; src 1, ne11 (MUL_MAT) and ne2 (MUL_MAT_ID) the batch, src1_type and dst_type "f32", bad_padding, hadamard and
// split_rows false.
#pragma once

#include <filesystem>

#include "bitgate/reference/dispatch/ggml_consumers.h"

namespace bitgate::compare {

// Throws InputError naming the file, the place in it and what was expected.
reference::NormGraph read_consumers(const std::filesystem::path& file);

}  // namespace bitgate::compare
