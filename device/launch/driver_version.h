// The driver's own version number; CUDA's interface tells only the newest CUDA that it knows.
#pragma once

#include <string>
#include <string_view>

namespace bitgate::device {

// "580.159.04" out of the first line of /proc/driver/nvidia/version: the first word of digits and at least one dot.
// Empty when there is none.
std::string parse_driver_version(std::string_view line);

}  // namespace bitgate::device
