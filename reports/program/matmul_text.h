// The text and the JSON of `bitgate matmul`.
#pragma once

#include <string>

#include "bitgate/reports/program/matmul_ask.h"

namespace bitgate::program {

// kPass: every byte is explained: our kernel's by the emulation, the library's by one chain (fast accumulation), by one
// promotion interval (slow), by one order of the epilogue. kDifference: some are not. kCouldNotTell: not all was asked.
int status_of(const MatmulReport& report);
std::string matmul_text(const MatmulReport& report);
std::string matmul_document(const MatmulReport& report);

}  // namespace bitgate::program
