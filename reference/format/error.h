// The one error of bad input: an unknown name, a malformed file, a shape or type the producer does not take.
#pragma once

#include <stdexcept>
#include <string>

namespace bitgate {

// Thrown with one sentence that names the thing and what was expected. The program ends with exit status 3.
class InputError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace bitgate
