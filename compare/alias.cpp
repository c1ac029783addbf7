#include "bitgate/compare/alias.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "bitgate/reference/format/error.h"

namespace bitgate::compare {
namespace {

constexpr std::string_view kPerToken =
    "one global number a row; FlashInfer's per-token scale is a multiplier, TransformerEngine's row recipes store amax";
constexpr std::string_view kOneD = "blocks of one row; 2D means square blocks whose scale is stored once for each row";
constexpr std::string_view kTensorwise =
    "one global number a tensor: TransformerEngine stores amax, torchao the multiplier amax / 2688";
constexpr std::string_view kTwoLevel =
    "torchao's word for a block scale over a per-tensor scale; torchao/nvfp4 without it has block scales alone";
constexpr std::string_view kFastMath =
    "only TransformerEngine's tuned 1D kernel for bf16 of 32-aligned shapes changes; every other path ignores the flag";
constexpr std::string_view kTorchModes = "torchao's names of the scale mode; round-up of amax / max is called rceil";
constexpr std::string_view kReference = "a producer's PyTorch reference: -0 and NaN give code 0, its kernels 8 and 7";

constexpr Alias kAliases[] = {
    {"per-token", "row", kPerToken},
    {"per-row", "row", kPerToken},
    {"rowwise", "row", kPerToken},
    {"row-wise", "row", kPerToken},
    {"row-scaled", "row", kPerToken},
    {"channelwise", "row", "one number a row of the operand: a weight's output channel is its row"},
    {"per-channel", "row", "one number a row of the operand: a weight's output channel is its row"},
    {"1d", "te/nvfp4", kOneD},
    {"1x16", "nvfp4", kOneD},
    {"16x16", "2d", kOneD},
    {"2-d", "2d", kOneD},
    {"tensorwise", "nvfp4-tensorwise", kTensorwise},
    {"per-tensor", "nvfp4-tensorwise", kTensorwise},
    {"tensor-scaled", "nvfp4-tensorwise", kTensorwise},
    {"double-quant", "torchao/nvfp4-tensorwise", kTwoLevel},
    {"double-quantization", "torchao/nvfp4-tensorwise", kTwoLevel},
    {"two-level", "torchao/nvfp4-tensorwise", kTwoLevel},
    {"single-level", "torchao/nvfp4", kTwoLevel},
    {"e4m3-scales", "nvfp4", "blocks of 16 with E4M3 scales; E8M0 scales in blocks of 32 make it an MX format"},
    {"ue4m3", "nvfp4", "E4M3 without a sign bit, the same codes for scales, which are never negative"},
    {"e8m0-scales", "mx",
     "blocks of 32 with power-of-two scales; the rounding of the exponent is what producers differ in"},
    {"ue8m0", "mx", "blocks of 32 with power-of-two scales; the rounding of the exponent is what producers differ in"},
    {"fp4", "nvfp4", "E2M1 elements; with E4M3 scales in blocks of 16 it is nvfp4, with E8M0 in blocks of 32 mxfp4"},
    {"e2m1", "nvfp4", "E2M1 elements; with E4M3 scales in blocks of 16 it is nvfp4, with E8M0 in blocks of 32 mxfp4"},
    {"mxfp8", "mxfp8e4m3", "its elements are E4M3 or E5M2; the name has to say which"},
    {"mxfp6", "mxfp6e2m3", "its elements are E2M3 or E3M2; the name has to say which"},
    {"fast-math", "fast", kFastMath},
    {"use-fast-math", "fast", kFastMath},
    {"stochastic", "sr", "the bytes need the producer's random words, or its seed and offset with its word order"},
    {"stochastic-rounding", "sr",
     "the bytes need the producer's random words, or its seed and offset with its word order"},
    {"hadamard", "rht",
     "the transform of 16 values is of the column-wise side alone; the row-wise side is plain nvfp4"},
    {"random-hadamard", "rht", "its signs are fixed (mask 0xD7E8), not drawn at run time"},
    {"4-over-6", "4over6", "its names state the largest scale (448 or 256) and the error (mae or mse) that picks"},
    {"fouroversix", "4over6", "its names state the largest scale (448 or 256) and the error (mae or mse) that picks"},
    {"round-up", "rceil", kTorchModes},
    {"roundup", "rceil", kTorchModes},
    {"ceil-rounded", "rceil", kTorchModes},
    {"reference", "pyref", kReference},
    {"eager", "torchao/nvfp4",
     "eager and compiled torchao divide differently: names with -compile or -inductor are compiled"},
    {"current-scaling", "te/fp8-current-e4m3", "amax of this tensor; delayed scaling takes it from a history"},
    {"delayed-scaling", "te/fp8-delayed-e4m3", "amax comes from a history, so it has to be given"},
    {"blockwise", "fp8-block1x128", "DeepSeek's blocks; scales are powers of two unless the name ends in -fp32"},
    {"deepseek", "te/fp8-block1x128-e4m3", "TransformerEngine rounds the scales to powers of two unless -fp32"},
    {"q8-1-x4", "ggml/q8_1-mmq-d4", "four blocks of Q8_1 together; the sum's order differs from q8_1 alone"},
    {"block-q8-1", "ggml/q8_1", "CUDA's kernel; the host's quantizer sums the codes instead of the inputs"},
    {"quantize-q8-1", "ggml/q8_1", "CUDA's kernel; the host's quantizer sums the codes instead of the inputs"},
    {"quantize-mmq-q8-1", "ggml/q8_1-mmq-d4", "the layout (d4, ds4, d2s6) depends on the type of the weights"},
    {"microxcaling", "mx", "values only: it fake-quantizes and has no codes to compare"},
    {"transformerengine", "te", "the producer's name is short here"},
    {"transformer-engine", "te", "the producer's name is short here"},
    {"llama.cpp", "ggml", "the producer's name is that of its library here"},
    {"ao", "torchao", "the producer's name is written out here"},
};

std::string normal_form(std::string_view name) {
  std::string text;
  for (const char c : name) {
    const bool capital = c >= 'A' && c <= 'Z';
    text += c == '_' || c == ' ' ? '-' : capital ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return text;
}

// Where `word` stands in `text` with nothing of a word before or after it; npos: nowhere.
std::size_t whole_word(std::string_view text, std::string_view word) noexcept {
  const auto parts = [](char c) { return c == '-' || c == '/'; };
  for (std::size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    const std::size_t end = at + word.size();
    if ((at == 0 || parts(text[at - 1])) && (end == text.size() || parts(text[end]))) return at;
  }
  return std::string_view::npos;
}

// Edits that make `a` the beginning of `b`, ten times, and one for each letter of `b` that then follows.
std::size_t cost_as_prefix(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  std::size_t best = std::numeric_limits<std::size_t>::max();
  for (std::size_t j = 0; j <= b.size(); ++j) best = std::min(best, 10 * row[j] + (b.size() - j));
  return best;
}

struct Parts {
  std::string_view producer, rest;  // producer empty: none given
};
Parts split(std::string_view name) noexcept {
  const std::size_t slash = name.find('/');
  if (slash == std::string_view::npos) return {{}, name};
  return {name.substr(0, slash), name.substr(slash + 1)};
}

std::size_t cost(std::string_view asked, std::string_view recipe) {
  const std::string name = normal_form(recipe);
  const Parts a = split(asked), b = split(name);
  // A wrong producer is worse than most misspellings; none at all is no fault.
  const std::size_t producer =
      a.producer.empty() || a.producer == b.producer ? 0 : 20 + cost_as_prefix(a.producer, b.producer);
  std::size_t rest = cost_as_prefix(a.rest, b.rest);
  // A word of the name alone ("row") is as good as its beginning.
  if (whole_word(b.rest, a.rest) != std::string_view::npos) rest = std::min(rest, b.rest.size() - a.rest.size());
  return producer + rest;
}

// What is asked for as it stands, and with its alias put into our words.
std::vector<std::string> readings(const std::string& asked) {
  std::vector<std::string> texts{asked};
  const Alias* alias = find_alias(asked);
  if (alias == nullptr) return texts;
  std::string ours = asked;
  ours.replace(whole_word(ours, alias->name), alias->name.size(), alias->here);
  texts.push_back(ours);
  // Our words alone must not lose the producer that was named.
  if (split(asked).producer.empty() || !split(alias->here).producer.empty())
    texts.emplace_back(normal_form(alias->here));
  return texts;
}

}  // namespace

std::span<const Alias> aliases() noexcept { return kAliases; }

const Alias* find_alias(std::string_view name) {
  const std::string text = normal_form(name);
  const Alias* found = nullptr;
  for (const Alias& alias : kAliases)
    if (whole_word(text, alias.name) != std::string_view::npos &&
        (found == nullptr || alias.name.size() > found->name.size()))
      found = &alias;
  return found;
}

std::vector<std::string_view> suggest(std::string_view name, std::size_t most) {
  const std::vector<std::string> texts = readings(normal_form(name));
  std::vector<std::pair<std::size_t, std::string_view>> found;
  for (const reference::Recipe& recipe : reference::catalog()) {
    std::size_t least = std::numeric_limits<std::size_t>::max();
    // What the alias says comes second: a name that is nearly right keeps its own meaning.
    for (std::size_t i = 0; i < texts.size(); ++i) least = std::min(least, cost(texts[i], recipe.identity.name) + i);
    found.emplace_back(least, recipe.identity.name);
  }
  std::stable_sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::string_view> names;
  for (std::size_t i = 0; i < std::min(most, found.size()); ++i) names.push_back(found[i].second);
  return names;
}

const reference::Recipe& require_named(std::string_view name) {
  if (const reference::Recipe* recipe = reference::find_recipe(name)) return *recipe;
  std::string nearest;
  for (const std::string_view other : suggest(name))
    nearest += fmt::format("{}'{}'", nearest.empty() ? "" : ", ", other);
  const Alias* alias = find_alias(name);
  throw InputError(fmt::format(
      "unknown recipe '{}'; the nearest names are {}{}", name, nearest,
      alias == nullptr ? "" : fmt::format("; '{}' is '{}' here: {}", alias->name, alias->here, alias->difference)));
}

}  // namespace bitgate::compare
