// A folder of its own for each test, removed afterwards; and the sentence of a refused input.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "bitgate/reference/format/error.h"

namespace bitgate::compare {

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string pattern = (std::filesystem::path(::testing::TempDir()) / "bitgate-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary directory");
    path_ = pattern;
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;

  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
  std::vector<std::string> names() const {
    std::vector<std::string> found;
    for (const auto& entry : std::filesystem::directory_iterator(path_))
      found.push_back(entry.path().filename().string());
    std::sort(found.begin(), found.end());
    return found;
  }

 private:
  std::filesystem::path path_;
};

// What InputError says when `act` runs; "" when nothing was thrown. Other exceptions fail the test that called.
template <class Act>
std::string refusal(const Act& act) {
  try {
    act();
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

inline std::vector<std::byte> bytes_of_hex(std::string_view hex) {
  const auto digit = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::vector<std::byte> bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes.push_back(static_cast<std::byte>(digit(hex[i]) * 16 + digit(hex[i + 1])));
  return bytes;
}

// Every byte of `whole` replaced by each of several values, and every shorter prefix: `read` has to return or to throw
// InputError. Returns how many were refused.
template <class Read>
int refused_mutations(const std::vector<std::byte>& whole, const Read& read) {
  int refused = 0;
  const auto attempt = [&](std::vector<std::byte> bytes) {
    try {
      read(std::move(bytes));
    } catch (const InputError&) {
      ++refused;
    }
  };
  for (std::size_t i = 0; i < whole.size(); ++i) {
    for (unsigned value = 0; value < 256; ++value) {
      std::vector<std::byte> mutated = whole;
      if (mutated[i] == static_cast<std::byte>(value)) continue;
      mutated[i] = static_cast<std::byte>(value);
      attempt(std::move(mutated));
    }
    attempt({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(i)});
  }
  return refused;
}

}  // namespace bitgate::compare
