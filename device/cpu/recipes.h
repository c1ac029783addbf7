// The recipes of the second implementation, one function each; see subject.h for what they take and return.
#pragma once

#include "bitgate/reference/format/tensor.h"

namespace bitgate::device::cpu {

QuantizedTensor te_nvfp4(const Request& request);
QuantizedTensor te_nvfp4_row(const Request& request);
QuantizedTensor te_nvfp4_pyref(const Request& request);
QuantizedTensor te_nvfp4_pyref_row(const Request& request);
QuantizedTensor torchao_nvfp4(const Request& request);
QuantizedTensor torchao_nvfp4_cpu(const Request& request);
QuantizedTensor torchao_nvfp4_tensorwise(const Request& request);
QuantizedTensor torchao_nvfp4_tensorwise_cpu(const Request& request);
QuantizedTensor torchao_nvfp4_pr2408(const Request& request);
QuantizedTensor torchao_mxfp4_floor(const Request& request);
QuantizedTensor torchao_mxfp8e4m3_floor(const Request& request);
QuantizedTensor torchao_mxfp8e4m3_rceil(const Request& request);
QuantizedTensor ggml_q8_1(const Request& request);
QuantizedTensor ggml_q8_1_mmq_d4(const Request& request);
QuantizedTensor ggml_q8_1_mmq_ds4(const Request& request);
QuantizedTensor ggml_q8_1_mmq_d2s6(const Request& request);
QuantizedTensor ggml_q8_1_cpu_ref(const Request& request);

}  // namespace bitgate::device::cpu
