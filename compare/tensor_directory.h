// A directory of files that appears whole or not at all.
#pragma once

#include <filesystem>

#include "bitgate/compare/npz.h"

namespace bitgate::compare {

// Writes `members` under a temporary name and renames. An existing directory with a tensor.json of bitgate's is ours:
// its files of a tensor are replaced, others kept. One that is neither empty nor ours is refused. Throws InputError
// naming the directory; then what was there before is still there.
void write_directory(const std::filesystem::path& directory, const ArchiveMembers& members);

}  // namespace bitgate::compare
