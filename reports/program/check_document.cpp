#include "bitgate/reports/program/check_document.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <system_error>

#include "bitgate/reference/format/error.h"

namespace bitgate::program {

namespace {

std::string document_text(const nlohmann::ordered_json& document) {
  return document.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace

void keep_document(const DocumentOptions& options, const nlohmann::ordered_json& document) {
  if (options.out.empty()) return;
  const std::string scratch = fmt::format("{}.{}", options.out, ::getpid());
  std::ofstream file(scratch, std::ios::binary);
  file << document_text(document);
  file.close();
  std::error_code error;
  if (file) std::filesystem::rename(scratch, options.out, error);
  if (file && !error) return;
  std::filesystem::remove(scratch, error);
  throw InputError(fmt::format("{}: cannot be written", options.out));
}

void end_document(const DocumentOptions& options, const nlohmann::ordered_json& document) {
  keep_document(options, document);
  if (options.json) fmt::print("{}", document_text(document));
}

}  // namespace bitgate::program
