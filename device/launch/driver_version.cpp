#include "bitgate/device/launch/driver_version.h"

namespace bitgate::device {

std::string parse_driver_version(std::string_view line) {
  while (!line.empty()) {
    const std::size_t end = line.find_first_of(" \t\n");
    const std::string_view word = line.substr(0, end);
    if (word.find('.') != std::string_view::npos && word.find_first_not_of("0123456789.") == std::string_view::npos)
      return std::string(word);
    if (end == std::string_view::npos) break;
    line.remove_prefix(end + 1);
  }
  return {};
}

}  // namespace bitgate::device
