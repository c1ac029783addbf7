// Recordings in place of a GPU: the kernels of this build as a recording asks for them, and rows that a recording
// answers.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "bitgate/compare/recording.h"
#include "bitgate/compare/sweep.h"
#include "bitgate/reports/provenance.h"

namespace bitgate::program {

// By key, what was given of a recorded plugin: its library or its sources.
using GivenPlugins = std::map<std::string, compare::PresentKernel>;

// Code digests are those of the architecture that each kernel of `recording` was recorded on; those of cpu/RECIPE are
// this program's. A plugin that was not given has nothing here. Refers to `recording`.
compare::Present present_kernels(const compare::Recording& recording, GivenPlugins given = {});

// Answers, from the recording, every row whose CUDA subject did not run and whose case was recorded: equal or different
// by the digests, or still not run when the recording is stale. Only a recipe's first kernel is a subject of rows.
reports::HeldRecording hold_rows(const std::filesystem::path& file, const compare::Recording& recording,
                                 std::vector<compare::Row>& rows);

}  // namespace bitgate::program
