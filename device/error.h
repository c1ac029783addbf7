// The one error of the machine: no usable GPU, a CUDA call that failed, a kernel that wrote where it must not.
#pragma once

#include <stdexcept>
#include <string>

namespace bitgate::device {

// Thrown with one sentence that names the call or the buffer. Never about the user's input: that is InputError.
class DeviceError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace bitgate::device
