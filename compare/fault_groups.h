// The groups of faults, one file each, and what they share.
#pragma once

#include <cmath>
#include <span>
#include <vector>

#include "bitgate/compare/faults.h"
#include "bitgate/reference/format/encode.h"

namespace bitgate::compare {

std::vector<Fault> quantizer_faults();
std::vector<Fault> stochastic_faults();
std::vector<Fault> field_faults();
std::vector<Fault> lowering_faults();

namespace fault {

inline bool has_codes(const reference::Recipe& r) noexcept { return !is_values_only(scheme_of(r.rules.scheme)); }
inline bool has_float_elements(const reference::Recipe& r) noexcept {
  return has_codes(r) && !is_integer(scheme_of(r.rules.scheme).element);
}
// Codes follow from the scaled element alone.
inline bool rounds_to_nearest(const reference::Recipe& r) noexcept {
  return has_float_elements(r) && r.storage.random == reference::RandomOrder::kNone;
}
inline bool has_row_blocks(const reference::Recipe& r) noexcept { return scheme_of(r.rules.scheme).block.rows == 1; }
inline bool has_e4m3_scales(const reference::Recipe& r) noexcept {
  return has_codes(r) && scheme_of(r.rules.scheme).scale.bits == 8 &&
         scheme_of(r.rules.scheme).scale.mantissa_bits == 3;
}
inline bool has_e8m0_scales(const reference::Recipe& r) noexcept {
  return has_codes(r) && scheme_of(r.rules.scheme).scale.bits == 8 &&
         scheme_of(r.rules.scheme).scale.mantissa_bits == 0;
}
inline bool has_byte_scales(const reference::Recipe& r) noexcept {
  return has_codes(r) && scheme_of(r.rules.scheme).scale.bits == 8;
}
inline bool has_global(const reference::Recipe& r) noexcept {
  return has_codes(r) && scheme_of(r.rules.scheme).global != GlobalAxis::kNone;
}
inline bool has_row_globals(const reference::Recipe& r) noexcept {
  return has_codes(r) && scheme_of(r.rules.scheme).global == GlobalAxis::kRow;
}
inline bool has_nibbles(const reference::Recipe& r) noexcept {
  return has_codes(r) && scheme_of(r.rules.scheme).element.bits == 4;
}
inline bool has_signed_zero(const reference::Recipe& r) noexcept { return has_float_elements(r); }

// The number that a code of 1 stands for at each element: scale times global, in double.
std::vector<double> units(const QuantizedTensor& answer);
// The input element over its unit: what a code has to stand for.
std::vector<double> scaled(const Request& request, const QuantizedTensor& answer);
// The codes where rounding `faulty` by the rule gives another code than rounding `clean` to nearest: elsewhere the
// subject's own code stays, whose last bit double does not know. Of integers nearest is half away.
void encode_changed(const std::vector<double>& clean, const std::vector<double>& faulty, const EncodeRule& rule,
                    QuantizedTensor& answer);
// Codes again, to nearest, of the elements whose scale is no longer that of `before`.
void encode_under_new_scales(const Request& request, const QuantizedTensor& before, QuantizedTensor& answer);
// Codes and their neighbours of one step, in the order of the numbers that they stand for.
std::uint8_t next_code(const Format& element, std::uint8_t code) noexcept;

}  // namespace fault
}  // namespace bitgate::compare
