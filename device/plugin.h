/* A kernel of your own, checked by bitgate: build a shared library that exports bitgate_plugin(), then
 *   bitgate verify --case RECIPE/fp32/normal/64x256/s1 --subject plugin:FILE:KERNEL
 *   bitgate record --subject plugin:FILE:KERNEL --cases small --out R.json, then bitgate replay R.json where no GPU is
 * C, without any other header of ours. Structs grow at their end only: `size` says how much of one its maker knew. */
#ifndef BITGATE_DEVICE_PLUGIN_H
#define BITGATE_DEVICE_PLUGIN_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define BITGATE_PLUGIN_VERSION 1u

/* Input types, as bits. */
#define BITGATE_FP32 1u
#define BITGATE_BF16 2u
#define BITGATE_F16 4u

#define BITGATE_LOW_FIRST 0u  /* column 2j of a row in bits 0..3 of byte j */
#define BITGATE_HIGH_FIRST 1u /* in bits 4..7 */

/* One call. All memory is bitgate's, on the host; outputs are filled with a pattern and have guard zones. */
typedef struct bitgate_launch {
  uint32_t size;
  uint32_t input_type; /* one of the bits above */
  int64_t rows, cols;
  const void* input; /* row-major, contiguous, never to be written */
  const float* amax; /* max |x|, one for each global of the scheme, where `wants_amax`; else null */
  void* codes;       /* 4-bit codes: two a byte, a row takes (cols + 1) / 2 bytes; others: one a byte */
  void* scales;      /* one a block, row-major: uint8 or uint16 codes, or float */
  void* extras;      /* uint16, e.g. Q8_1's sums; null when the scheme has none */
  void* global;      /* float, the numbers that the producer stores; null when the scheme has none */
  void* workspace;   /* workspace_bytes of the kernel; null for 0 */
} bitgate_launch;

typedef struct bitgate_kernel {
  uint32_t size;
  uint32_t input_types; /* those it takes */
  const char* name;     /* without a colon */
  const char* recipe;   /* what it claims to compute, as 'bitgate list recipes' names it */
  int64_t col_multiple; /* columns are a multiple of this; at least 1 */
  uint32_t nibble_order;
  uint32_t wants_amax; /* 1: bitgate gives amax */
  int64_t workspace_bytes;
  int32_t (*run)(const bitgate_launch* launch); /* row-wise; 0, or any other number for failure */
} bitgate_kernel;

typedef struct bitgate_plugin_table {
  uint32_t size;
  uint32_t version; /* BITGATE_PLUGIN_VERSION */
  uint32_t kernel_count;
  const bitgate_kernel* const* kernels;
} bitgate_plugin_table;

/* What the library exports. The answer lives as long as the library. */
const bitgate_plugin_table* bitgate_plugin(void);

#ifdef __cplusplus
}
#endif

#endif
