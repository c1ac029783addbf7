// Which recipe and which kernel a producer runs in a given situation, and the rules that say so.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bitgate/reference/dispatch/rule.h"
#include "bitgate/reference/format/scheme.h"

namespace bitgate::reference {

struct Setting {
  std::string name, value;
};

// What is known of the call. Empty: not said; the producer's default, or asked for once a rule depends on it.
struct Situation {
  std::string producer;
  std::string version;               // a release or a date (YYYY-MM-DD); empty: the newest the notes know
  std::vector<Setting> environment;  // NVTE_USE_FAST_MATH=1
  std::string dtype;                 // fp32, bf16, f16
  std::optional<Extent> shape;
  std::optional<std::int64_t> batch;  // columns of the activation (ggml's ne11; ne2 of MUL_MAT_ID)
  std::string arch, role, direction;
  std::vector<Setting> options;  // every other word of the producer, e.g. quantizer=nvfp4
};

// "rowwise" and "columnwise" for one quantizer; "input" and "weight" for a product; empty: nothing is quantized.
struct Part {
  std::string name, recipe;
};

// A rule that decided, and its text with the facts of this situation.
struct Reason {
  const Rule* rule = nullptr;
  std::string text;
};

struct Resolution {
  std::string producer, version;
  std::vector<Part> parts;
  std::vector<std::string> kernels;
  std::vector<Reason> rules;  // in the order in which they decided
};

std::span<const Producer* const> producers() noexcept;
const Producer& require_producer(std::string_view name);  // throws InputError with the known names

// Throws InputError for whatever no rule states: unknown producer, version, variable, word, or a combination refused.
Resolution resolve(const Situation& situation);

// Every recipe that the rules of a producer can answer.
std::vector<std::string> answerable_recipes(const Producer& producer);

}  // namespace bitgate::reference
