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
std::vector<Fault> field_faults();     // faults_field.cpp: of scales and codes
std::vector<Fault> exponent_faults();  // faults_exponent.cpp: public threads on E8M0
std::vector<Fault> number_faults();    // faults_number.cpp: public threads on zero, infinite and subnormal scales
std::vector<Fault> amax_faults();      // faults_amax.cpp: public threads on the maximum and on sums
std::vector<Fault> rule_faults();      // faults_rule.cpp: public threads on equal algebra, unequal bits
std::vector<Fault> lowering_faults();

namespace fault {

using reference::Recipe;

inline bool always(const Recipe&) noexcept { return true; }
inline bool has_codes(const Recipe& r) noexcept { return !is_values_only(scheme_of(r.rules.scheme)); }
// Elements have a sign of their own: codes of a float, or values.
inline bool has_float_elements(const Recipe& r) noexcept {
  return has_codes(r) && !is_integer(scheme_of(r.rules.scheme).element);
}
inline bool has_signed_zero(const Recipe& r) noexcept { return has_float_elements(r) || !has_codes(r); }
// Codes follow from the scaled element alone.
inline bool rounds_to_nearest(const Recipe& r) noexcept {
  return has_float_elements(r) && r.storage.random == reference::RandomOrder::kNone;
}
// By one rounding: the faults of a rounding are made from the exact quotient, which says nothing of what a recipe that
// rounds to bf16 in between would give.
inline bool rounds_once(const Recipe& r) noexcept {
  return rounds_to_nearest(r) && r.rules.element.encode != reference::ElementEncode::kCvtThroughBf16;
}
inline bool has_row_blocks(const Recipe& r) noexcept { return scheme_of(r.rules.scheme).block.rows == 1; }
inline bool has_e4m3_scales(const Recipe& r) noexcept {
  return has_codes(r) && scheme_of(r.rules.scheme).scale.bits == 8 &&
         scheme_of(r.rules.scheme).scale.mantissa_bits == 3;
}
inline bool has_e8m0_scales(const Recipe& r) noexcept {
  return has_codes(r) && scheme_of(r.rules.scheme).scale.bits == 8 &&
         scheme_of(r.rules.scheme).scale.mantissa_bits == 0;
}
inline bool has_byte_scales(const Recipe& r) noexcept {
  return has_codes(r) && scheme_of(r.rules.scheme).scale.bits == 8;
}
inline bool has_global(const Recipe& r) noexcept {
  return has_codes(r) && scheme_of(r.rules.scheme).global != GlobalAxis::kNone;
}
inline bool has_row_globals(const Recipe& r) noexcept {
  return has_codes(r) && scheme_of(r.rules.scheme).global == GlobalAxis::kRow;
}
inline bool has_nibbles(const Recipe& r) noexcept {
  return has_codes(r) && scheme_of(r.rules.scheme).element.bits == 4;
}
// The blocks are made of the input itself.
inline bool quantizes_its_input(const Recipe& r) noexcept {
  return r.rules.fusion == reference::Fusion::kNone && r.rules.transform == reference::Transform::kNone;
}

// Whether some block of one number, repeated, is given this scale code: powers of two, the largest numbers, zero, and
// infinity and NaN where they are taken. Of kNotZero only blocks count whose code is not 0. For scales that only amax
// decides, and which grow with it: then the least and the largest blocks are among those asked.
enum class Codes : std::uint8_t { kAny, kNotZero };
bool block_with_scale(const Recipe& r, std::uint32_t scale_code, Codes codes);

// The blocks are made of numbers of the input's type: itself, or SiLU's product, which is rounded to it.
bool operand_has_input_type(const Recipe& r) noexcept;
// Every scale is a power of two.
bool has_power_scales(const Recipe& r) noexcept;
// Every number that the recipe takes has 16 bits, and every scale is a power of two that only the block decides.
bool powers_over_16_bits(const Recipe& r) noexcept;

// The number that a code of 1 stands for at each element: scale times global, in double.
std::vector<double> units(const QuantizedTensor& answer);
// The operand's element over its unit: what a code has to stand for.
std::vector<double> scaled(const TypedView& operand, const QuantizedTensor& answer);
// max|x| over the block of each stored scale, in its order; a NaN is dropped.
std::vector<double> block_amax(const TypedView& operand, const QuantizedTensor& answer);
// The codes where rounding `faulty` by the rule gives another code than rounding `clean` to nearest: elsewhere the
// subject's own code stays, whose last bit double does not know. Of integers nearest is half away.
void encode_changed(const std::vector<double>& clean, const std::vector<double>& faulty, const EncodeRule& rule,
                    QuantizedTensor& answer);
// Codes again, to nearest, of the elements whose unit (scale times global) is no longer that of `before`.
void encode_under_new_units(const TypedView& operand, const QuantizedTensor& before, QuantizedTensor& answer);
// The neighbour of a code by one step, in the order of the numbers that they stand for.
std::uint8_t next_code(const Format& element, std::uint8_t code) noexcept;
// One step of entry i: of its code, or of its value's last bit.
void step_entry(QuantizedTensor& t, std::size_t i) noexcept;
// What 0/0 gives: NaN, or the largest element in a format without one.
std::uint8_t nan_code(const Format& element) noexcept;

}  // namespace fault
}  // namespace bitgate::compare
