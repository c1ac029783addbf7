/* bitgate for C: plain pointers, no exceptions, no ownership that crosses the border.
 *
 * Every function that can fail returns one of the four statuses below, which are the exit statuses of the program.
 * After another status than BITGATE_PASS and BITGATE_DIFFERENCE, bitgate_last_error() holds one sentence. Texts that a
 * function hands out belong to the library and hold until the same thread calls it again, those of bitgate_version()
 * and bitgate_recipe_name() for ever. Calls from several threads at once are allowed. What a struct points to belongs
 * to the caller and is only read, unless a function says that it writes it. Set structs to zero before use: they
 * grow at their end, from one minor version to the next, and the library of another minor version has another soname.
 */
#ifndef BITGATE_COMPARE_C_API_H
#define BITGATE_COMPARE_C_API_H

#include <stdint.h>

#if defined(__GNUC__)
#define BITGATE_API __attribute__((visibility("default")))
#else
#define BITGATE_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Statuses. */
enum {
  BITGATE_PASS = 0,
  BITGATE_DIFFERENCE = 1,     /* a byte differs; of identify: no recipe explains every byte */
  BITGATE_COULD_NOT_TELL = 2, /* nothing was compared, or the library broke */
  BITGATE_BAD_INPUT = 3       /* unknown name, shape or type that the recipe does not take, a pointer that is missing */
};

/* Types of an input. 16-bit types are bit patterns. */
enum { BITGATE_FP32 = 0, BITGATE_BF16 = 1, BITGATE_F16 = 2 };

/* The tensor of the input, or that of its transpose. The default: row-wise, where the producer makes that alone. */
enum { BITGATE_DEFAULT_DIRECTION = 0, BITGATE_ROWWISE = 1, BITGATE_COLUMNWISE = 2 };

/* How the scales lie: a row of scales for a row of the tensor; padded as TransformerEngine pads them; in tiles of 128 x
 * 4 as tensor cores read them; in FlashInfer's of 8 x 4. */
enum { BITGATE_LOGICAL = 0, BITGATE_PADDED = 1, BITGATE_128X4 = 2, BITGATE_8X4 = 3 };

/* Types of a stored array. int8 codes are their bytes; fp16 and bf16 scales are bit patterns. */
enum { BITGATE_NONE = 0, BITGATE_UINT8 = 1, BITGATE_UINT16 = 2, BITGATE_FLOAT32 = 3 };

/* Row-major and contiguous. `type` BITGATE_NONE: there is no such array. */
typedef struct bitgate_array {
  void* data;
  int64_t shape[3]; /* the first `dims` of them */
  int32_t dims;
  int32_t type;
} bitgate_array;

/* A quantized tensor as its producer stores it; the arrays that a recipe has depend on its scheme. */
typedef struct bitgate_tensor {
  bitgate_array codes;  /* uint8: two 4-bit codes a byte in the producer's nibble order, else one a byte */
  bitgate_array scales; /* uint8 or uint16 codes, or float32 */
  bitgate_array global; /* float32: one number, or one a row */
  bitgate_array extras; /* uint16: Q8_1's sums and the like */
  bitgate_array packed; /* uint8: raw blocks of producers that interleave (ggml) */
  bitgate_array values; /* float32: the only one of a producer that fake-quantizes */
} bitgate_tensor;

/* What a kernel is asked. Null pointers: computed from the input, or not taken by the recipe. */
typedef struct bitgate_request {
  const char* recipe; /* "te/nvfp4"; of identify: a recipe whose producer stores such arrays */
  const void* input;  /* rows x cols, row-major; null only where rows * cols is 0 */
  int64_t rows, cols;
  int32_t dtype;        /* BITGATE_FP32 ... */
  int32_t direction;    /* BITGATE_DEFAULT_DIRECTION ... */
  int32_t scale_layout; /* BITGATE_LOGICAL ... */
  int32_t global_given; /* of verify and identify: not 0: the tensor's global is an input of its own, not checked */
  const float* amax;    /* max|x| of the side that is made: as many numbers as the recipe has globals, none negative */
  int64_t amax_count;
  const float* global; /* the number that the producer stores; outranks amax; none negative or NaN */
  int64_t global_count;
  const float* weight; /* of a fused norm: one a column */
  int64_t weight_count;
  const float* residual; /* of a fused norm: one a column, or one an element */
  int64_t residual_count;
  const float* epsilon;        /* of a fused norm: one number; null: 1e-5 */
  const uint32_t* random_bits; /* of stochastic rounding: a word for four elements of a row of the quantized tensor */
  int64_t random_bits_count;
  uint64_t philox_seed, philox_offset; /* without random_bits: the producer's generator; blocks of 128 bits */

  /* Since 0.2. */
  const float* gate; /* SiLU of it multiplies the input: one an element, numbers of the input's type, widened */
  int64_t gate_count;
  const float* row_factor; /* of a norm that is checked from its row statistic on: one a row, positive and finite */
  int64_t row_factor_count;
} bitgate_request;

/* "0.2.0". */
BITGATE_API const char* bitgate_version(void);

/* Why this thread's last call did not tell or was refused; "" after one that passed or found a difference. */
BITGATE_API const char* bitgate_last_error(void);

/* Fills type, dims and shape of every array that the recipe makes of such an input, and leaves `data` alone; the other
 * arrays get BITGATE_NONE. The input itself may be null, and no memory is taken, whatever its shape. */
BITGATE_API int bitgate_sizes(const bitgate_request* request, bitgate_tensor* tensor);

/* The reference. Writes to the arrays whose `data` is not null; those have the type and shape that bitgate_sizes
 * states. Nothing is written when it is refused. */
BITGATE_API int bitgate_quantize(const bitgate_request* request, bitgate_tensor* tensor);

/* A kernel's tensor against the reference in stages: the global from the input; the scales from the input and the
 * tensor's global; the codes from the input and the tensor's global and scales. `what` names it in the text (null: "the
 * tensor"). `report`: the text of `bitgate verify`; may be null. */
BITGATE_API int bitgate_verify(const bitgate_request* request, const char* what, const bitgate_tensor* tensor,
                               const char** report);

/* Which recipes explain every byte. `report`: the text of `bitgate identify`; `names`: those recipes, each followed by
 * a newline. Both may be null. */
BITGATE_API int bitgate_identify(const bitgate_request* request, const bitgate_tensor* tensor, const char** report,
                                 const char** names);

BITGATE_API int64_t bitgate_recipe_count(void);
/* From 0 in the order of `bitgate list recipes`; null outside. */
BITGATE_API const char* bitgate_recipe_name(int64_t index);
/* A JSON object: name, scheme, element, scale, block, global, global_number, nibble_order, inputs, directions (the
 * default one first), operands (whether it takes any of the following), takes (the fields of bitgate_request that a
 * fused operation needs: "weight", "residual", "gate", "row_factor"), draws (random words), runs, evidence,
 * evidence_note, versions, source. */
BITGATE_API int bitgate_recipe_info(const char* recipe, const char** json);

/* Names of the quick cases of a recipe in its default direction, each followed by a newline; without those that the
 * recipe refuses. What fused and stochastic recipes take beside the input is not in them. */
BITGATE_API int bitgate_quick_cases(const char* recipe, const char** names);

/* The input of a case by name, "te/nvfp4/bf16/normal/128x256/s7". With `data` null: its type and size alone; else
 * writes rows * cols values of that type to `data`. */
BITGATE_API int bitgate_case_input(const char* name, int32_t* dtype, int64_t* rows, int64_t* cols, void* data);

#ifdef __cplusplus
}
#endif

#endif
