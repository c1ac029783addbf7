/* A kernel of your own, checked by bitgate: build a shared library that exports bitgate_plugin(), then
 *   bitgate check --subject plugin:FILE:KERNEL
 *   bitgate record --subject plugin:FILE:KERNEL --cases small --out R.json, then bitgate replay R.json where no GPU is
 * C, without any other header of ours. Structs grow at their end only: `size` says how much of one its maker knew, and
 * what is not there counts as 0. Fill them with zeros first: 0 always means "as version 1 had it".
 *
 * The library runs in a process of its own with a time limit for each call (10 s, or BITGATE_PLUGIN_SECONDS). Each
 * question is asked four times, over outputs and workspace filled with A5, 5A, 00 and FF and between guard zones of
 * 16 KiB. It is an error of the kernel, named in one sentence (exit 1), when it fails, crashes, hangs, leaves a CUDA
 * error, writes beside a buffer, changes what it was given, leaves a byte unwritten, or answers otherwise over another
 * fill.
 *
 * [rows, cols] is the input. "The other side" is that of the transposed input, [cols, rows]: what the fields ending in
 * _t hold. A scale or global of the other side is one of its rows, that is, of the input's columns. */
#ifndef BITGATE_DEVICE_PLUGIN_H
#define BITGATE_DEVICE_PLUGIN_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define BITGATE_PLUGIN_VERSION 3u /* libraries of versions 1 and 2 are taken, too */

/* Input types, as bits. bf16 and f16 are bit patterns of 16 bits. */
#define BITGATE_FP32 1u
#define BITGATE_BF16 2u
#define BITGATE_F16 4u

/* bitgate_kernel.nibble_order, of two 4-bit codes a byte. */
#define BITGATE_LOW_FIRST 0u  /* column 2j of a row in bits 0..3 of byte j */
#define BITGATE_HIGH_FIRST 1u /* in bits 4..7 */

/* bitgate_kernel.memory: where every pointer of a launch lies. */
#define BITGATE_HOST 0u
#define BITGATE_DEVICE 1u /* of CUDA's current device, 256-byte aligned; `stream` is a cudaStream_t */

/* Directions: bits in bitgate_kernel.directions, one of them in bitgate_launch.direction. */
#define BITGATE_ROWWISE 1u    /* codes, scales ... */
#define BITGATE_COLUMNWISE 2u /* codes_t, scales_t ... alone */
#define BITGATE_BOTH 4u       /* both by one call */

/* bitgate_kernel.wants_amax, .wants_global: is the number given to the kernel? */
#define BITGATE_NEVER 0u  /* it computes its own; a question that gives one is refused */
#define BITGATE_ALWAYS 1u /* bitgate computes it where a question gives none */
#define BITGATE_MAYBE 2u  /* the pointer is null where a question gives none */

/* bitgate_kernel.random, of stochastic rounding. */
#define BITGATE_RANDOM_NONE 0u
#define BITGATE_RANDOM_WORDS 1u  /* words are always given; bitgate draws them as the recipe's producer does */
#define BITGATE_RANDOM_PHILOX 2u /* the kernel draws from philox_seed and philox_offset */
#define BITGATE_RANDOM_EITHER 3u /* words where a question gives some (`random` is not null), else from the state */

/* bitgate_kernel.global_number: what a stored global is. With a recipe it says so itself, and this is not read. */
#define BITGATE_GLOBAL_NONE 0u
#define BITGATE_GLOBAL_AMAX 1u       /* max |x| */
#define BITGATE_GLOBAL_MULTIPLIER 2u /* decoded codes times scales are multiplied by it */
#define BITGATE_GLOBAL_DIVISOR 3u    /* divided by it */

/* bitgate_kernel.scale_layout, of both sides. */
#define BITGATE_SCALES_ROWS 0u   /* row-major, one for each block, nothing between */
#define BITGATE_SCALES_PADDED 1u /* as TransformerEngine pads and turns them: one-byte scales to whole 128 x 4 */
#define BITGATE_SCALES_128X4 2u  /* cuBLAS's tiles of 128 rows and 4 columns, 512 bytes each; one-byte scales */
#define BITGATE_SCALES_8X4 3u    /* FlashInfer's tiles of 8 rows and 4 columns, 32 bytes each; one-byte scales */

/* bitgate_kernel.code_layout. */
#define BITGATE_CODES_ROWS 0u   /* a row takes cols codes; an odd row of 4-bit codes ends with half a byte to spare */
#define BITGATE_CODES_BLOCKS 1u /* a row takes cols codes rounded up to whole blocks of the scheme */

/* bitgate_kernel.padding: the bytes that the layouts add. */
#define BITGATE_PADDING_ZERO 0u      /* the kernel writes zeros there */
#define BITGATE_PADDING_WRITTEN 1u   /* it writes something, the same each time */
#define BITGATE_PADDING_UNTOUCHED 2u /* it leaves them as they were */

/* One call. All memory is bitgate's, and nothing in it outlives the call. What a question does not have is null. */
typedef struct bitgate_launch {
  uint32_t size;
  uint32_t input_type; /* BITGATE_FP32, BITGATE_BF16 or BITGATE_F16 */
  int64_t rows, cols;  /* either may be 0 */
  const void* input;   /* [rows, cols], row-major, contiguous, never to be written */
  const float* amax;   /* max |x|, one for each global: 1, or `rows`; 1 of FP8 by tensor, too; see wants_amax */
  void* codes;         /* 4-bit codes: two a byte, a row takes (cols + 1) / 2 bytes; others: one a byte */
  void* scales;        /* one a block, row-major: uint8 or uint16 codes, or float */
  void* extras;        /* uint16, e.g. Q8_1's sums, [rows, extras a row] */
  void* global;        /* float, the numbers that the producer stores: 1, or `rows`; null where they are given */
  void* workspace;     /* what `workspace` or `workspace_bytes` of the kernel says; filled like the outputs */

  /* Since version 2. */
  void* stream;       /* cudaStream_t of a device kernel: launch on it, and on nothing else; null on the host */
  uint32_t direction; /* BITGATE_ROWWISE, BITGATE_COLUMNWISE or BITGATE_BOTH */
  float epsilon;      /* of a fused norm */
  void* values;       /* float [rows, cols], of schemes that hold nothing else; `codes` and `scales` are null then */
  void* codes_t;      /* of the other side, each as its twin without _t: 4-bit codes [cols, (rows + 1) / 2] ... */
  void* scales_t;
  void* global_t;      /* float, `cols` numbers, or 1 of a side that is transformed first (Hadamard); null where */
  const float* amax_t; /* the tensor has one number: `global` and `amax` are those of both sides then */
  const float* global_given; /* the stored number(s), laid out as `global`; see wants_global */
  const float* global_t_given;
  const uint32_t* random;   /* [rows, cols / 4]: the bytes of a word serve four neighbours of a row, lowest first; of
                               cvt.rs recipes as the instruction takes them */
  const uint32_t* random_t; /* [cols, rows / 4], of the other side */
  uint64_t philox_seed, philox_offset;
  const float* weight;   /* of a fused multiplication: weight[col % weight_count] */
  const float* residual; /* of a fused addition: residual[col % residual_count], or one an element for rows * cols */
  int64_t weight_count, residual_count;

  /* Since version 3. */
  const void* gate;        /* of a fused SiLU, [rows, cols] of the input's type: SiLU of it multiplies the input */
  const float* row_factor; /* of a norm that is asked from its row statistic on: `rows` numbers, rsqrt(mean of squares
                              + epsilon) as given, not to be computed */
} bitgate_launch;

typedef struct bitgate_kernel {
  uint32_t size;
  uint32_t input_types; /* those it takes */
  const char* name;     /* without a colon */
  const char* recipe;   /* what it claims to compute, as 'bitgate list recipes' names it; null: see `scheme` */
  int64_t col_multiple; /* columns are a multiple of this; at least 1; no multiple beyond 2^20 */
  uint32_t nibble_order;
  uint32_t wants_amax; /* BITGATE_NEVER, BITGATE_ALWAYS or BITGATE_MAYBE */
  int64_t workspace_bytes;
  int32_t (*run)(const bitgate_launch* launch); /* 0, or any other number for failure, such as a cudaError_t */

  /* Since version 2. */
  uint32_t memory;        /* BITGATE_HOST or BITGATE_DEVICE */
  uint32_t directions;    /* bits; 0: BITGATE_ROWWISE. One side alone is asked of BITGATE_BOTH if need be. Other
                             than row-wise is for schemes of codes and scales without extras */
  int64_t row_multiple;   /* rows are a multiple of this; 0: of 1 */
  int64_t row_multiple_t; /* of this too, where the other side is asked for; 0: of 1 */
  const char* scheme;     /* where recipe is null, what its bits mean ("nvfp4", "mxfp8-e4m3"): it is asked with
                             --no-recipe for what every quantizer keeps, or with --recipe R */
  uint32_t global_number; /* BITGATE_GLOBAL_..., where recipe is null */
  uint32_t wants_global;  /* BITGATE_NEVER, or the stored number is given: BITGATE_ALWAYS, BITGATE_MAYBE */
  uint32_t random;        /* BITGATE_RANDOM_... */
  uint32_t scale_layout;  /* BITGATE_SCALES_... */
  uint32_t code_layout;   /* BITGATE_CODES_... */
  uint32_t padding;       /* BITGATE_PADDING_... */
  uint32_t capturable;    /* 1: run() only enqueues on `stream`, so that two of the four runs are replays of a CUDA
                             graph, captured from it and replayed on another input first */
  uint32_t reserved;      /* 0 */
  int64_t (*workspace)(int64_t rows, int64_t cols, uint32_t input_type); /* null: workspace_bytes at every shape */
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
