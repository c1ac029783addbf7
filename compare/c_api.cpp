#include "bitgate/compare/c_api.h"

#include <fmt/format.h>

#include <cstring>
#include <exception>
#include <new>
#include <string>
#include <string_view>

#include "bitgate/compare/alias.h"
#include "bitgate/compare/c_api_catalog.h"
#include "bitgate/compare/c_api_tensor.h"
#include "bitgate/compare/distribution.h"
#include "bitgate/compare/identify.h"
#include "bitgate/compare/identify_text.h"
#include "bitgate/compare/verify_text.h"

namespace {

using namespace bitgate;
using compare::CRequest;

// The texts of this thread's last call.
thread_local std::string error_text, report_text, names_text;

int failed(int status, const char* why) noexcept {
  try {
    error_text = why;
  } catch (...) {
    error_text.clear();
  }
  return status;
}

template <class Body>
int guarded(Body&& body) noexcept {
  error_text.clear();
  try {
    return body();
  } catch (const InputError& error) {
    return failed(BITGATE_BAD_INPUT, error.what());
  } catch (const std::bad_alloc&) {
    return failed(BITGATE_COULD_NOT_TELL, "there is not enough memory for this input");
  } catch (const std::exception& error) {
    return failed(BITGATE_COULD_NOT_TELL, error.what());
  } catch (...) {
    return failed(BITGATE_COULD_NOT_TELL, "the library broke");
  }
}

// Whatever happens, the caller's pointer holds.
void clear(const char** text) noexcept {
  if (text != nullptr) *text = "";
}

// A text to its caller, who may not want it.
void hand_out(const std::string& text, const char** to) noexcept {
  if (to != nullptr) *to = text.c_str();
}

const char* required(const char* text, const char* what) {
  if (text == nullptr) throw InputError(fmt::format("no {} is given", what));
  return text;
}

int verify(const bitgate_request* request, const char* what, const bitgate_tensor* tensor, const char** report) {
  const CRequest asked(request, true);
  compare::require_draws(asked);
  const compare::LoadedTensor subject = compare::load(asked.description, tensor);
  const compare::StagedVerdict verdict =
      compare::verify(*asked.recipe, asked.request, subject.tensor, request->global_given != 0);
  const bool exact = verdict.bit_exact() && subject.nonzero_padding == 0;
  report_text = compare::report_text(what == nullptr ? "the tensor" : what, asked.recipe->identity.name, verdict, exact,
                                     subject.nonzero_padding);
  hand_out(report_text, report);
  if (!exact) return BITGATE_DIFFERENCE;
  if (compare::compared(verdict) != 0) return BITGATE_PASS;
  return failed(BITGATE_COULD_NOT_TELL, "nothing was compared, the tensor holds no element");
}

int identify(const bitgate_request* request, const bitgate_tensor* tensor, const char** report, const char** names) {
  CRequest asked(request, true);
  const compare::LoadedTensor dump = compare::load(asked.description, tensor);
  if (request->global_given != 0) asked.request.global = dump.tensor.global;
  compare::Identification found = compare::identify(asked.request, dump.tensor);
  if (dump.nonzero_padding != 0)
    found.notes.push_back(fmt::format("{} pad bytes or nibbles of the tensor are not zero", dump.nonzero_padding));
  report_text = compare::text_of(found, compare::kOthers);
  names_text.clear();
  for (const compare::Candidate& candidate : found.exact)
    names_text += std::string(candidate.recipe->identity.name) + "\n";
  hand_out(report_text, report);
  hand_out(names_text, names);
  if (const std::string why = compare::why_not_told(found); !why.empty())
    return failed(BITGATE_COULD_NOT_TELL, why.c_str());
  return found.exact.empty() ? BITGATE_DIFFERENCE : BITGATE_PASS;
}

int case_input(const char* name, std::int32_t* dtype, std::int64_t* rows, std::int64_t* cols, void* data) {
  const compare::Case c = compare::parse_case(required(name, "case"));
  const reference::Recipe& recipe = compare::require_named(c.recipe);
  if (data != nullptr) {
    const TypedTensor x = compare::generate(recipe, c.input, c.type, c.extent, c.seed);
    const std::size_t width = c.type == InputType::kF32 ? sizeof(float) : sizeof(std::uint16_t);
    if (count(x.extent) != 0) std::memcpy(data, x.view().data, static_cast<std::size_t>(count(x.extent)) * width);
  }
  if (dtype != nullptr) *dtype = static_cast<std::int32_t>(c.type);
  if (rows != nullptr) *rows = c.extent.rows;
  if (cols != nullptr) *cols = c.extent.cols;
  return BITGATE_PASS;
}

}  // namespace

static_assert(static_cast<int>(bitgate::InputType::kF32) == BITGATE_FP32 &&
              static_cast<int>(bitgate::InputType::kBf16) == BITGATE_BF16 &&
              static_cast<int>(bitgate::InputType::kF16) == BITGATE_F16);

const char* bitgate_version(void) { return BITGATE_VERSION; }

const char* bitgate_last_error(void) { return error_text.c_str(); }

int bitgate_sizes(const bitgate_request* request, bitgate_tensor* tensor) {
  return guarded([&] {
    const CRequest asked(request, false);
    if (tensor == nullptr) throw InputError("no tensor is given");
    compare::describe(asked.description, *tensor);
    return BITGATE_PASS;
  });
}

int bitgate_quantize(const bitgate_request* request, bitgate_tensor* tensor) {
  return guarded([&] {
    const CRequest asked(request, true);
    if (tensor == nullptr) throw InputError("no tensor is given");
    compare::require_draws(asked);
    compare::require_places(asked.description, *tensor);
    compare::store(asked.description, reference::quantize(*asked.recipe, asked.request), *tensor);
    return BITGATE_PASS;
  });
}

int bitgate_verify(const bitgate_request* request, const char* what, const bitgate_tensor* tensor,
                   const char** report) {
  clear(report);
  return guarded([&] { return verify(request, what, tensor, report); });
}

int bitgate_identify(const bitgate_request* request, const bitgate_tensor* tensor, const char** report,
                     const char** names) {
  clear(report);
  clear(names);
  return guarded([&] { return identify(request, tensor, report, names); });
}

std::int64_t bitgate_recipe_count(void) { return std::ssize(reference::catalog()); }

const char* bitgate_recipe_name(std::int64_t index) {
  if (index < 0 || index >= bitgate_recipe_count()) return nullptr;
  return reference::catalog()[static_cast<std::size_t>(index)].identity.name.data();  // a literal: ends with a zero
}

int bitgate_recipe_info(const char* recipe, const char** json) {
  clear(json);
  return guarded([&] {
    report_text = compare::recipe_info(compare::require_named(required(recipe, "recipe")));
    hand_out(report_text, json);
    return BITGATE_PASS;
  });
}

int bitgate_quick_cases(const char* recipe, const char** names) {
  clear(names);
  return guarded([&] {
    names_text = compare::quick_case_names(compare::require_named(required(recipe, "recipe")));
    hand_out(names_text, names);
    return BITGATE_PASS;
  });
}

int bitgate_case_input(const char* name, std::int32_t* dtype, std::int64_t* rows, std::int64_t* cols, void* data) {
  return guarded([&] { return case_input(name, dtype, rows, cols, data); });
}
