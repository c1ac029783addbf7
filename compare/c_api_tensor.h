// Between the plain structs of the C library and the types of this room. Everything throws InputError.
#pragma once

#include <vector>

#include "bitgate/compare/c_api.h"
#include "bitgate/compare/tensor_files.h"
#include "bitgate/reference/recipe/recipe.h"

namespace bitgate::compare {

// A request of C, checked: its recipe is known, its pointers and counts agree, its numbers are in range. Not copyable:
// the request may point into it.
struct CRequest {
  const reference::Recipe* recipe = nullptr;
  Request request;
  TensorDescription description;  // how the recipe's producer stores the answer

  // `with_input` false: the input may be missing.
  CRequest(const bitgate_request* asked, bool with_input);
  CRequest(const CRequest&) = delete;
  CRequest& operator=(const CRequest&) = delete;
};

// Refuses a state of the generator where the recipe draws nothing. Not asked of identify, whose recipe is but a
// storage.
void require_draws(const CRequest& asked);

// Type and shape of every array that is stored, and none of the others; `data` stays. Takes no memory.
void describe(const TensorDescription& description, bitgate_tensor& tensor);
// Refuses a place (an array with `data`) of another type or shape than `describe` gives it.
void require_places(const TensorDescription& description, const bitgate_tensor& to);
// The stored arrays to their places, which were required. All are made before the first is written.
void store(const TensorDescription& description, const QuantizedTensor& tensor, bitgate_tensor& to);

LoadedTensor load(const TensorDescription& description, const bitgate_tensor* from);

}  // namespace bitgate::compare
