// `bitgate check` of several subjects: a process each, several at once, so that none loses what the others find.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "bitgate/reports/program/check_document.h"

namespace bitgate::program {

struct ManyOptions {
  std::vector<std::string> of_each;  // options of every single check
  DocumentOptions document;
  int jobs = 0;  // processes at once, each with threads of its own; 0: a quarter of the cores, at least two
  std::chrono::seconds limit{0};  // for each; 0: none
};

// Prints the text of each as it ends and a line for all, or JSON, whose subjects are in the order given; the document's
// file holds those that have ended. Status: a difference outranks bad input, which outranks what could not be told.
int check_many(const std::vector<std::string>& subjects, const ManyOptions& options);

}  // namespace bitgate::program
