#include "bitgate/reports/shard.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <optional>
#include <span>

#include "bitgate/compare/digest.h"
#include "bitgate/compare/file_bytes.h"
#include "bitgate/reference/format/error.h"
#include "bitgate/reports/json.h"

namespace bitgate::reports {
namespace {

constexpr std::int64_t kMaxShards = 1 << 20;

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::string sha256_of(std::string_view text) {
  return compare::sha256_hex(std::as_bytes(std::span<const char>(text.data(), text.size())));
}

struct Launcher {
  const char *index, *size;
};
// mpirun inside a Slurm job leaves Slurm's variables, which count the job's own step: Open MPI's come first.
constexpr std::array<Launcher, 3> kLaunchers{{{"GTEST_SHARD_INDEX", "GTEST_TOTAL_SHARDS"},
                                              {"OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE"},
                                              {"SLURM_PROCID", "SLURM_NTASKS"}}};

}  // namespace

Shard parse_shard(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (slash != std::string_view::npos) {
    const auto index = whole_number(text.substr(0, slash)), of = whole_number(text.substr(slash + 1));
    if (index && of && *index >= 1 && *index <= *of && *of <= kMaxShards) return {*index, *of, "", ""};
  }
  throw InputError(fmt::format("--shard '{}': I/N expected, 1 <= I <= N, e.g. 1/3; or auto", text));
}

Shard shard_from_environment(const GetEnvironment& get) {
  for (const Launcher& launcher : kLaunchers) {
    const char* size_text = get(launcher.size);
    if (size_text == nullptr) continue;
    const char* index_text = get(launcher.index);
    const auto index = whole_number(index_text == nullptr ? "" : index_text), size = whole_number(size_text);
    if (!index || !size || *index < 0 || *index >= *size || *size > kMaxShards)
      throw InputError(fmt::format("--shard auto: {}='{}' and {}='{}' name no shard", launcher.index,
                                   index_text == nullptr ? "" : index_text, launcher.size, size_text));
    return {*index + 1, *size, "", ""};
  }
  throw InputError("--shard auto: none of GTEST_TOTAL_SHARDS, OMPI_COMM_WORLD_SIZE and SLURM_NTASKS is set");
}

std::string sweep_digest(const std::vector<compare::Panel>& panels, const std::vector<std::string>& case_names) {
  std::string text = panels_text(panels);
  for (const std::string& name : case_names) text += "\n" + name;
  return sha256_of(text);
}

std::string sweep_digest(const std::vector<compare::Panel>& panels, const std::vector<compare::Case>& cases) {
  std::vector<std::string> names;
  for (const compare::Case& c : cases) names.push_back(c.name());
  return sweep_digest(panels, names);
}

std::string files_digest(const std::vector<std::filesystem::path>& files) {
  std::string text;
  for (const std::filesystem::path& file : files)
    text += fmt::format("{} {}\n", compare::sha256_hex(compare::read_bytes(file)), file.filename().string());
  return sha256_of(text);
}

}  // namespace bitgate::reports
