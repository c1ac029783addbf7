// The errors of the machine: no usable GPU, no memory left, a CUDA call that failed, a kernel that wrote where it must
// not.
#pragma once

#include <stdexcept>
#include <string>

namespace bitgate::device {

// Thrown with one sentence that names the call or the buffer. Never about the user's input: that is InputError.
class DeviceError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// There is no GPU, or not enough memory: nothing is said about the code that should run.
class CannotServe : public DeviceError {
 public:
  using DeviceError::DeviceError;
};

}  // namespace bitgate::device
