#include "bitgate/reports/program/check_many.h"

#include <fmt/format.h>
#include <tbb/parallel_for.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "bitgate/reports/program/command.h"
#include "bitgate/reports/program/wait_status.h"

namespace bitgate::program {

namespace {

struct Checked {
  int status = kDifference;
  std::string text;
};

// A word as the shell takes it, whatever it holds.
std::string quoted(const std::string& word) {
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

Checked run(const std::string& command) {
  Checked checked;
  std::FILE* pipe = ::popen(command.c_str(), "re");
  if (pipe == nullptr) return {kCouldNotTell, "no process could be started\n"};
  std::array<char, 4096> buffer{};
  while (const std::size_t n = std::fread(buffer.data(), 1, buffer.size(), pipe)) checked.text.append(buffer.data(), n);
  checked.status = status_of_wait(::pclose(pipe));
  return checked;
}

int worst_of(const std::vector<Checked>& all) {
  for (const int status : {kDifference, kBadInput, kCouldNotTell})
    if (std::any_of(all.begin(), all.end(), [&](const Checked& one) { return one.status == status; })) return status;
  return kPass;
}

std::int64_t count_of(const std::vector<Checked>& all, int status) {
  return std::count_if(all.begin(), all.end(), [&](const Checked& one) { return one.status == status; });
}

nlohmann::ordered_json json_of(const std::string& subject, const Checked& checked) {
  nlohmann::ordered_json json = nlohmann::ordered_json::parse(checked.text, nullptr, false);
  if (json.is_discarded()) json = {{"subject", subject}, {"error", checked.text}, {"status", checked.status}};
  return json;
}

}  // namespace

int check_many(const std::vector<std::string>& subjects, const std::vector<std::string>& options, bool json) {
  std::string tail = json ? " --json" : "";
  for (const std::string& option : options) tail += " " + quoted(option);
  std::vector<Checked> all(subjects.size());
  const auto check = [&](std::size_t i) {
    all[i] =
        run("/proc/" + std::to_string(::getpid()) + "/exe check --subject " + quoted(subjects[i]) + tail + " 2>&1");
  };
  tbb::parallel_for(std::size_t{0}, subjects.size(), check);
  const int status = worst_of(all);
  if (json) {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (std::size_t i = 0; i < all.size(); ++i) list.push_back(json_of(subjects[i], all[i]));
    const nlohmann::ordered_json document{{"subjects", std::move(list)}, {"status", status}};
    fmt::print("{}\n", document.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
    return status;
  }
  for (const Checked& one : all) fmt::print("{}", one.text);
  fmt::print("{} subjects: {} pass, {} fail, {} could not be told\n", all.size(), count_of(all, kPass),
             count_of(all, kDifference), count_of(all, kCouldNotTell) + count_of(all, kBadInput));
  return status;
}

}  // namespace bitgate::program
