// The suites that hold a subject against the reference of its recipe, byte by byte.
#pragma once

#include "bitgate/compare/suite.h"
#include "bitgate/compare/suite_probe.h"

namespace bitgate::compare {

// A question of the quick suite, or one like it: `bitgate verify` repeats it. The subject's own direction and multiple
// of columns are kept to: a question for a side that it does not make is not there.
SuiteProbe question_probe(const SuiteScope& scope, const Question& question);

// The quick suite (suite.h) in two parts that together are all of it. Directed: solved for the recipe, ties of elements
// and scales, steps of the amax, patterns that part recipes. Special: zeros, -0, subnormals, the largest numbers,
// infinities, NaN, one hot, a ladder of rows, an amax that clamps, and plain numbers.
std::vector<SuiteProbe> directed_probes(const SuiteScope& scope);
std::vector<SuiteProbe> special_probes(const SuiteScope& scope);

// Normal numbers of other shapes (one row, ragged rows and columns where the recipe takes them, long, wide); and blocks
// that hold their addresses: bit t of an element's index is its sign in tensor t, so that a code or scale that lies
// elsewhere is found, and named with the place where it belongs.
std::vector<SuiteProbe> layout_probes(const SuiteScope& scope);

// The plain distributions, 64 rows of many blocks, several seeds.
std::vector<SuiteProbe> random_probes(const SuiteScope& scope);

// Every finite bf16 pattern (f16 of a subject that takes f16 only) as an element under a block's largest number of
// every distance that matters, and every positive one as the largest number of a block of its own.
std::vector<SuiteProbe> exhaustive_probes(const SuiteScope& scope);

// Every finite binary32 once as an element, 2^19 and their opposites a tensor, each block under a largest number of its
// own; of a subject that takes no binary32 nothing.
std::vector<SuiteProbe> exhaustive_fp32_probes(const SuiteScope& scope);

// Repeated runs agree, also with other inputs asked between them; the input stays as it was. No reference is asked, and
// a recipe that only says the scheme will do. Outputs over patterns of poison, two of a built-in kernel and four of
// a plugin, are compared where memory is given out (device/kernel.h, plugins): at every request of every suite.
std::vector<SuiteProbe> poison_probes(const SuiteScope& scope);

}  // namespace bitgate::compare
