// bitgate verify --manifest: the tensors of a run, each against the recipe of its role.
#pragma once

#include <string>

namespace bitgate::program {

// Prints, and returns the exit status. Throws InputError.
int run_verify_roles(const std::string& manifest, const std::string& folder, bool json);

}  // namespace bitgate::program
