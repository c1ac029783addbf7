/* Asks an installed bitgate in C; its exit status is the test. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "bitgate/compare/c_api.h"

int main(void) {
  float x[32] = {0, 0.5F, 1, 1.5F, 2, 3, 4, 6};
  uint8_t codes[16], scales[1];
  bitgate_request request = {0};
  bitgate_tensor tensor = {0};
  const char* report = NULL;

  request.recipe = "torchao/mxfp4-floor";
  request.input = x;
  request.rows = 1;
  request.cols = 32;
  if (bitgate_sizes(&request, &tensor) != BITGATE_PASS || tensor.codes.shape[1] != 16 || tensor.scales.shape[1] != 1)
    return 1;
  tensor.codes.data = codes;
  tensor.scales.data = scales;
  if (bitgate_quantize(&request, &tensor) != BITGATE_PASS || codes[3] != 0x76 || scales[0] != 127) return 2;
  if (bitgate_verify(&request, "mine", &tensor, &report) != BITGATE_PASS) return 3;
  codes[3] ^= 1;
  if (bitgate_verify(&request, "mine", &tensor, &report) != BITGATE_DIFFERENCE) return 4;
  fputs(report, stdout);
  if (strstr(report, "first differing element: (0, 6) expected 0x6, got 0x7") == NULL) return 5;
  request.recipe = "torchao/mxfp4-flor";
  if (bitgate_quantize(&request, &tensor) != BITGATE_BAD_INPUT) return 6;
  return strstr(bitgate_last_error(), "torchao/mxfp4-floor") == NULL ? 7 : 0;
}
