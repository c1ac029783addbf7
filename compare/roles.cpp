#include "bitgate/compare/roles.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "bitgate/compare/alias.h"
#include "bitgate/compare/input_file.h"
#include "bitgate/compare/json_reader.h"
#include "bitgate/compare/tensor_files.h"
#include "bitgate/reference/format/error.h"

namespace bitgate::compare {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kMaxManifestBytes = std::uintmax_t{1} << 22;
constexpr std::size_t kMaxRoles = 1 << 14, kMaxNameBytes = 1024;
constexpr std::string_view kInputEnding = ".input.npy";

Role role_from(const JsonValue& json) {
  json.require_keys({"pattern", "role", "recipe"}, {"dtype"});
  Role role{json.at("pattern").text(kMaxNameBytes), json.at("role").text(kMaxNameBytes), nullptr, ""};
  if (role.pattern.empty()) json.at("pattern").refuse("it is empty and matches no tensor");
  if (role.pattern.find_first_of("[]{}!\\") != std::string::npos)
    json.at("pattern").refuse(fmt::format("\"{}\": only * and ? are known in a pattern", role.pattern));
  try {
    role.recipe = &require_named(json.at("recipe").text(kMaxNameBytes));
  } catch (const InputError& error) {
    json.at("recipe").refuse(error.what());
  }
  if (!json.has("dtype")) return role;
  role.dtype = json.at("dtype").text(kMaxNameBytes);
  if (!find_input_type(role.dtype)) json.at("dtype").refuse("fp32, bf16 or f16 expected");
  return role;
}

// Names of dumps and of inputs below a folder, sorted.
struct Contents {
  std::vector<std::string> dumps, inputs;
};

Contents contents_of(const fs::path& folder) {
  Contents contents;
  std::error_code error;
  fs::recursive_directory_iterator at(folder, error);
  for (; !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
    const std::string name = at->path().lexically_relative(folder).generic_string();
    std::error_code ignored;
    if (fs::is_regular_file(at->path() / "tensor.json", ignored)) {
      contents.dumps.push_back(name);
      at.disable_recursion_pending();
    } else if (name.ends_with(kInputEnding)) {
      contents.inputs.push_back(name.substr(0, name.size() - kInputEnding.size()));
    }
  }
  if (error) throw InputError(fmt::format("{}: cannot be read: {}", folder.string(), error.message()));
  std::sort(contents.dumps.begin(), contents.dumps.end());
  std::sort(contents.inputs.begin(), contents.inputs.end());
  return contents;
}

void require_consistent(const std::vector<Role>& roles, const Contents& contents, const fs::path& folder) {
  const auto named = [&](const Role& role) {
    return std::any_of(contents.dumps.begin(), contents.dumps.end(),
                       [&](const std::string& name) { return matches(role.pattern, name); });
  };
  if (contents.dumps.empty())
    throw InputError(fmt::format("{}: it holds no dump, expected NAME/tensor.json of each tensor", folder.string()));
  if (std::none_of(roles.begin(), roles.end(), named))
    throw InputError(
        fmt::format("{}: no pattern of the manifest matches any of its {}, '{}' the first", folder.string(),
                    contents.dumps.size() == 1 ? "tensors" : fmt::format("{} tensors", contents.dumps.size()),
                    contents.dumps.front()));
  for (const Role& role : roles)
    if (!named(role))
      throw InputError(
          fmt::format("{}: the manifest's pattern \"{}\" matches none of its tensors, expected one or more",
                      folder.string(), role.pattern));
  for (const std::string& input : contents.inputs)
    if (!std::binary_search(contents.dumps.begin(), contents.dumps.end(), input))
      throw InputError(
          fmt::format("{}: {}{} has no dump {}/tensor.json beside it", folder.string(), input, kInputEnding, input));
}

std::vector<std::uint32_t> words_of(const fs::path& file, const Extent& extent) {
  const NpyArray array = read_array(file.string());
  const std::vector<std::int64_t> shape{extent.rows, extent.cols / 4};
  if (extent.cols % 4 != 0 || array.type != NpyType::kUint32 || array.shape != shape)
    throw InputError(fmt::format("{}: holds {} of {}, and uint32 of {} is expected", file.string(), name_of(array.type),
                                 shape_text(array.shape), shape_text(shape)));
  return values_of<std::uint32_t>(array.data);
}

// A request that owns what it views.
struct Given {
  TypedTensor input;
  std::vector<std::uint32_t> words, words_columnwise;
  Request request;
};

void load(const fs::path& folder, const std::string& name, const Role& role, const LoadedTensor& dump, Given& given) {
  const fs::path input = folder / (name + std::string(kInputEnding));
  given.input = read_input(input.string(), role.dtype);
  const Extent &have = dump.description.extent, &want = given.input.extent;
  if (!(have == want))
    throw InputError(fmt::format("{}: it is {} x {}, and the dump beside it of {} x {}", input.string(), want.rows,
                                 want.cols, have.rows, have.cols));
  given.request.input = given.input.view();
  if (role.recipe->storage.random == reference::RandomOrder::kNone) return;
  const bool rowwise = dump.tensor.direction == Direction::kRowwise;
  if (rowwise) given.words = words_of(folder / (name + ".rbits.npy"), want);
  if (!rowwise || !dump.tensor.columnwise.empty())
    given.words_columnwise = words_of(folder / (name + ".rbits_t.npy"), {want.cols, want.rows});
  given.request.random_bits = given.words;
  given.request.random_bits_columnwise = given.words_columnwise;
}

std::string why_not_comparable(const QuantizedTensor& dump, const reference::Recipe& recipe) {
  const Scheme& made = scheme_of(recipe.rules.scheme);
  if (dump.scheme.id != made.id)
    return fmt::format("it stores {}, and the recipe makes {}", dump.scheme.name, made.name);
  if (dump.global_number != recipe.storage.global_number)
    return fmt::format("its global number is of the kind {}, the recipe's {}", name_of(dump.global_number),
                       name_of(recipe.storage.global_number));
  return "";
}

RoleVerdict verdict_of(const fs::path& folder, const std::string& name, const Role& role) {
  const LoadedTensor dump = read_tensor(folder / name);
  Given given;
  load(folder, name, role, dump, given);
  RoleVerdict result{name, role, why_not_comparable(dump.tensor, *role.recipe), {}, 0, {}};
  if (dump.description.padding_is_zero) result.nonzero_padding = dump.nonzero_padding;
  try {
    if (result.not_comparable.empty()) result.verdict = verify(*role.recipe, given.request, dump.tensor, false);
  } catch (const InputError& error) {
    throw InputError(fmt::format("{}: {}", (folder / name).string(), error.what()));
  }
  if (!result.exact()) result.found = identify(given.request, dump.tensor);
  return result;
}

}  // namespace

std::vector<Role> read_roles(const fs::path& file) {
  const nlohmann::json parsed = read_json(file, kMaxManifestBytes);
  const JsonValue json(parsed, file);
  json.require_keys({"roles"});
  std::vector<Role> roles;
  for (const JsonValue& role : json.at("roles").elements(kMaxRoles)) roles.push_back(role_from(role));
  if (roles.empty()) json.at("roles").refuse("it is empty and names no tensor");
  return roles;
}

bool matches(std::string_view pattern, std::string_view name) noexcept {
  // Where the last '*' stood and what it has swallowed: on a mismatch it swallows one more.
  std::size_t p = 0, n = 0, star = std::string_view::npos, resume = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = n;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == name[n])) {
      ++p, ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++resume;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', p) == std::string_view::npos;
}

bool RoleVerdict::exact() const noexcept {
  return not_comparable.empty() && verdict.bit_exact() && nonzero_padding == 0;
}

bool RoleVerdict::empty() const noexcept {
  const auto elements = [](const StagedVerdict& v) { return v.codes.total + v.values.total; };
  return not_comparable.empty() && elements(verdict) == 0 &&
         std::all_of(verdict.columnwise.begin(), verdict.columnwise.end(),
                     [&](const StagedVerdict& twin) { return elements(twin) == 0; });
}

RolesReport verify_roles(const std::vector<Role>& roles, const fs::path& folder) {
  const Contents contents = contents_of(folder);
  require_consistent(roles, contents, folder);
  RolesReport report;
  for (const std::string& name : contents.dumps) {
    const auto role = std::find_if(roles.begin(), roles.end(), [&](const Role& r) { return matches(r.pattern, name); });
    if (role == roles.end())
      report.unnamed.push_back(name);
    else
      report.tensors.push_back(verdict_of(folder, name, *role));
  }
  return report;
}

std::string whose_bytes(const Identification& found) {
  std::string names;
  for (const Candidate& candidate : found.exact)
    names += fmt::format("{}{}", names.empty() ? "" : " or ", candidate.recipe->identity.name);
  if (!names.empty()) return names;
  if (!found.mistakes.empty()) {
    const Explanation& best = found.mistakes.front();
    const std::string left = best.different_bytes == 0 ? "" : fmt::format(", but for {} bytes", best.different_bytes);
    return fmt::format("{} if {}{}", best.recipe->identity.name, best.mistake.sentence, left);
  }
  if (found.others.empty()) return "of no recipe known here";
  const Candidate& nearest = found.others.front();
  return fmt::format("of no recipe known here, the nearest {}: {} bytes differ", nearest.recipe->identity.name,
                     nearest.different_bytes);
}

}  // namespace bitgate::compare
