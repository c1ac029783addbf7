// te/mxfp8-*: FP8 codes, one E8M0 scale for 32 columns of a row (and for 32 rows of a column), or for a square of
// 32 x 32. Arithmetic of NVIDIA/TransformerEngine, transformer_engine/common/cast/mxfp8/quantize_mxfp8.cuh and
// specialized/quantize_mxfp8.cuh, commit d0067d0d; the latter's product (FusedAddZero) makes +0 of a zero.
#pragma once

#include "bitgate/device/kernels/fp8_rows.cuh"
#include "bitgate/device/kernels/fp8_squares.cuh"

namespace bitgate::device {

template <class Element, class Product>
using Mxfp8Lines = Mxfp8Scheme<Element, Product, false>;
template <class Element>
using Mxfp8Squares = Mxfp8Scheme<Element, PlainProduct, true>;

}  // namespace bitgate::device
