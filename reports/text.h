// Text that every writer of this room shares: numbers that read the same on the page, in JSON and in CSV, and escapes.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace bitgate::reports {

// As results.json writes it: the shortest form that reads back to the same double; "inf", "-inf", "nan".
std::string number_text(double value);

// Rounded to `decimals` places, half to even on the binary value; "inf", "-inf", "nan"; never "-0.00".
std::string fixed(double value, int decimals);

// For XML and HTML, in text and in quoted attributes. Control characters that XML 1.0 forbids become '?'.
std::string escape_xml(std::string_view text);

// Replaces or creates `file` in one step. Throws InputError naming it; then nothing of it is left behind.
void write_text(const std::filesystem::path& file, std::string_view text);

}  // namespace bitgate::reports
