// A producer's dispatch as data: the words a situation may say, and rules that follow from them. A small evaluator
// walks the rules in order; what it answers and what it refuses stands in the rows.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bitgate::reference {

// Where a rule was read: repository, file, commit, and the section of bitgate's note.
struct Source {
  std::string_view repository, file, commit, note;
};

// One thing that a situation may say: an option, an environment variable, or (kDerived) what follows from others.
enum class WordKind : std::uint8_t { kOption, kEnvironment, kBuild, kDerived };
struct Word {
  std::string_view name;
  std::string_view accepts;  // "a|b|c"; "#" a whole number from 0; "*" anything
  std::string_view initial;  // when nothing is said; "" asks for it once a rule looks at it
  WordKind kind;
  std::string_view text;  // for kDerived without a value: how to give it, e.g. "--shape ROWSxCOLS"
  const Source* source;
};

// `when`: conditions "fact=a|b; fact!=a; fact>=3", all of which have to hold; empty: always (a fact that no rule
// decided holds none of them). `sets`: "fact=value; ...", where {fact} stands for another fact; "refuse": the situation
// is refused with `text`, "refuse FACT" unless that fact is decided; "note": the rule only says something. A fact is
// decided once: a rule that would decide a decided fact is passed over. A rule without text is silent: it decides, but
// is no part of the chain.
struct Rule {
  std::string_view id;
  std::string_view when, sets, text;
  const Source* source;
};

// A version by any of its names, and its place in time.
struct Release {
  std::string_view name;
  int order;
};

using Facts = std::map<std::string, std::string, std::less<>>;

struct Producer {
  std::string_view name, title, environment_prefix;
  std::span<const Word> words;
  std::span<const Release> releases;  // "DATE" among them: dates are versions too
  std::span<const Rule> rules;
  std::string_view newest;                          // the version meant when none is given
  void (*derive)(Facts& facts);                     // what follows from the words, before the rules
  std::span<const std::string_view> parts;          // facts that hold a recipe once the rules have run
  std::span<const std::string_view> families = {};  // of its recipes; empty: `name` alone
};

const Producer& te_producer() noexcept;
const Producer& torchao_producer() noexcept;
const Producer& ggml_producer() noexcept;
const Producer& flashinfer_producer() noexcept;
const Producer& trtllm_producer() noexcept;
const Producer& vllm_producer() noexcept;
const Producer& sglang_producer() noexcept;
const Producer& cutlass_producer() noexcept;
const Producer& deepseek_producer() noexcept;
const Producer& modelopt_producer() noexcept;
const Producer& compressed_tensors_producer() noexcept;

// "a; b" -> {"a", "b"}, without surrounding spaces.
std::vector<std::string_view> split(std::string_view text, char separator);
const Word* find_word(std::span<const Word> words, std::string_view name) noexcept;
// The value of a fact; throws InputError saying how to give it when it has none.
const std::string& value_of(const Producer& producer, const Facts& facts, std::string_view name);
bool holds(const Producer& producer, const Facts& facts, std::string_view condition);
// Runs the rules over the facts. Returns the rules that decided, in order. Throws InputError where a rule refuses.
std::vector<const Rule*> evaluate(const Producer& producer, Facts& facts);
// "{fact}" replaced by the fact's value.
std::string expand(const Producer& producer, const Facts& facts, std::string_view text);

// Whether `cols`, where the situation says it, is a multiple of `multiple`: "yes", "no" or "unsaid".
std::string whole_blocks(const Facts& facts, std::int64_t multiple);

// Throws InputError naming the word, the value and what is accepted.
void require_known_value(const Producer& producer, const Word& word, std::string_view value);

// The chips that the notes speak of. Compute capability times ten; 0: a CPU.
struct Arch {
  std::string_view name;
  int capability;
};
std::span<const Arch> archs() noexcept;
const Arch& require_arch(std::string_view name);   // throws InputError with the accepted words
std::int64_t whole_number(std::string_view text);  // -1: not one

}  // namespace bitgate::reference
