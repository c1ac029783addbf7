// The JSON document of a check.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace bitgate::program {

// Where the JSON of a check goes: stdout at its end, and a file that is whole at any time.
struct DocumentOptions {
  bool json = false;
  std::string out;  // empty: no file
};

// Renames the document into place, so that a reader, or the next start after this one was killed, finds a whole one.
// Does nothing without a file. Throws InputError, which names it, when it cannot be written.
void keep_document(const DocumentOptions& options, const nlohmann::ordered_json& document);

// Keeps it, and prints it where JSON is asked for.
void end_document(const DocumentOptions& options, const nlohmann::ordered_json& document);

}  // namespace bitgate::program
