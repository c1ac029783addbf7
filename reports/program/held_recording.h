// Recordings in place of a GPU: the kernels of this build as a recording asks for them, and rows that a recording
// answers.
#pragma once

#include <filesystem>
#include <vector>

#include "bitgate/compare/recording.h"
#include "bitgate/compare/sweep.h"
#include "bitgate/reports/provenance.h"

namespace bitgate::program {

// Code digests are those of the architecture that each kernel of `recording` was recorded on. Refers to `recording`.
compare::Present present_kernels(const compare::Recording& recording);

// Answers, from the recording, every row whose CUDA subject did not run and whose case was recorded: equal or different
// by the digests, or still not run when the recording is stale. Only a recipe's first kernel is a subject of rows.
reports::HeldRecording hold_rows(const std::filesystem::path& file, const compare::Recording& recording,
                                 std::vector<compare::Row>& rows);

}  // namespace bitgate::program
