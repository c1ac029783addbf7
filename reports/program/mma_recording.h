// What a GPU's matrix instructions gave, held where that GPU is not: the checksums of a file that `bitgate mma --out`
// wrote against those of another run or of the model.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "bitgate/reports/program/mma_text.h"

namespace bitgate::program {

struct MmaRecording {
  std::string file, gpu, architecture;                                 // the GPU's empty where the model had answered
  std::map<std::string, std::string> checksums;                        // by instruction, part and count
  std::map<std::string, std::pair<std::string, std::string>> digests;  // by instruction: machine code, source
};
// Throws InputError when the file is no such file.
MmaRecording read_mma_recording(const std::string& file);

struct MmaHeld {
  std::vector<std::string> different;  // a sentence for each checksum
  std::size_t common = 0;
  // Kernels of the recording: the same machine code in this program, else the same sources, else neither.
  std::size_t by_code = 0, by_source = 0;
  std::vector<std::string> stale;  // instructions
};
MmaHeld hold_mma(const MmaReport& report, const MmaRecording& recording);

// A line or more, with a sentence for each difference.
std::string mma_held_text(const MmaHeld& held, const MmaRecording& recording);
// 1 a checksum differs; 2 nothing in common, or a kernel that is not the recorded one.
int status_of(const MmaHeld& held);

}  // namespace bitgate::program
