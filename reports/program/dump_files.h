// A dump without tensor.json, given by one option a file: --codes, --scales, --dump-global and so on.
#pragma once

#include <CLI/CLI.hpp>
#include <map>
#include <string>

#include "bitgate/compare/tensor_files.h"
#include "bitgate/reference/recipe/recipe.h"

namespace bitgate::program {

struct DumpFiles {
  std::map<std::string, std::string> files;  // "codes", "scales", ...: where
  std::string nibble_order, global_number;   // default: what the recipe's producer stores
};

// `files` has to live as long as the command.
void add_dump_file_options(CLI::App& command, DumpFiles& files);

// The dump of an operand, stored as the recipe's producer stores it unless an option says otherwise. Of the column-wise
// side every file is the one that a directory calls NAME_t.npy. Throws InputError: an unknown option value, a missing
// or bad file, both directions (two files of each name, so a directory or archive has to hold them).
compare::LoadedTensor read_dump_files(const DumpFiles& files, const reference::Recipe& stored_as, const Extent& operand,
                                      Direction direction);

}  // namespace bitgate::program
