#!/usr/bin/env python3
"""Writes tests/golden/epilogue.npz: epilogue.py FOLDER_OF_UNPACKED_WHEELS OUTPUT.npz

What follows an FP32 accumulator in the producers' own Python code, on a CPU: general_gemm of transformer-engine 2.20.2
(row-scaled NVFP4) and NVFP4Tensor's linear of torchao 0.18.0. The product itself is replaced: TransformerEngine's
compiled generic_gemm by acc * alpha' in binary32, torch._scaled_mm by the accumulator rounded once to out_dtype. All
numbers are finite, since a NaN of a CPU is not a GPU's. Needs PyTorch and numpy.
"""
import importlib.util
import io
import pathlib
import sys
import types
import zipfile

import numpy as np
import torch

ROWS, COLS = 24, 40
DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "f16": torch.float16}


def stub(name, **members):
    module = types.ModuleType(name)
    module.__dict__.update(members)
    module.__path__ = []
    sys.modules[name] = module
    return module


class Storage:
    """Stands for NVFP4TensorStorage: the metadata that general_gemm reads and replaces."""

    def __init__(self, amax_rowwise, row_scaled_nvfp4):
        self.amax_rowwise, self._row_scaled_nvfp4 = amax_rowwise, row_scaled_nvfp4
        self.device = torch.device("cpu")

    def get_metadata(self):
        return {"amax_rowwise": self.amax_rowwise, "row_scaled_nvfp4": self._row_scaled_nvfp4}


class Identity(dict):
    def __missing__(self, key):
        return key


def load_general_gemm(wheels, generic_gemm):
    """cpp_extensions/gemm.py as it is; what it imports stands empty."""

    def empty(*names):
        return {name: type(name, (), {}) for name in names}

    te = "transformer_engine"
    for package in (te, f"{te}.pytorch", f"{te}.pytorch.tensor", f"{te}.pytorch.tensor.storage", f"{te}.debug",
                    f"{te}.debug.pytorch", f"{te}.pytorch.cpp_extensions", f"{te}.pytorch.custom_recipes"):
        stub(package)
    stub("transformer_engine_torch", generic_gemm=generic_gemm, CommOverlap=object, CommOverlapP2P=object,
         CommOverlapType=object)
    stub(f"{te}.pytorch.constants", TE_DType=Identity(), DType=object)
    stub(f"{te}.pytorch.utils", get_sm_count=None, _empty_tensor=None)
    stub(f"{te}.pytorch.quantized_tensor", QuantizedTensorStorage=Storage, **empty("Quantizer"))
    tensor = f"{te}.pytorch.tensor"
    stub(f"{tensor}.float8_blockwise_tensor", **empty("Float8BlockQuantizer"))
    stub(f"{tensor}.float8_tensor", **empty("Float8CurrentScalingQuantizer", "Float8Quantizer"))
    stub(f"{tensor}.mxfp8_tensor", **empty("MXFP8Quantizer"))
    stub(f"{tensor}.nvfp4_tensor", **empty("NVFP4Quantizer"))
    for file, name in (("float8_blockwise", "Float8BlockwiseQTensor"), ("float8", "Float8Tensor"),
                       ("grouped", "GroupedTensor"), ("hybrid", "HybridQuantizedTensor"), ("mxfp8", "MXFP8Tensor")):
        stub(f"{tensor}.storage.{file}_tensor_storage", **empty(f"{name}Storage"))
    stub(f"{tensor}.storage.nvfp4_tensor_storage", NVFP4TensorStorage=Storage)
    stub(f"{tensor}.utils", is_custom=lambda _: False)
    stub(f"{te}.pytorch.custom_recipes.gemm", custom_gemm=None)
    stub(f"{te}.debug.pytorch.debug_quantization", **empty("DebugQuantizedTensor", "DebugQuantizer"))
    name = f"{te}.pytorch.cpp_extensions.gemm"
    spec = importlib.util.spec_from_file_location(name, wheels / te / "pytorch" / "cpp_extensions" / "gemm.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    module.get_cublas_workspace = lambda *_: torch.empty(1)
    return module.general_gemm


def bits(t):
    t = t.detach().contiguous()
    return t.numpy().copy() if t.dtype == torch.float32 else t.view(torch.int16).numpy().view(np.uint16).copy()


def drawn(rng, shape, low, high, positive=False):
    mantissa = rng.integers(0, 1 << 23, size=shape, dtype=np.uint32)
    exponent = rng.integers(127 + low, 127 + high, size=shape, dtype=np.uint32) << np.uint32(23)
    sign = rng.integers(0, 2, size=shape, dtype=np.uint32) << np.uint32(31)
    return torch.from_numpy((mantissa | exponent | (0 if positive else sign)).astype(np.uint32).view(np.float32))


def te_row(wheels, arrays):
    rng = np.random.default_rng(20261127)
    acc = drawn(rng, (ROWS, COLS), 14, 26)
    arrays["te/acc"] = bits(acc)
    side = {"row": drawn(rng, ROWS, -3, 5, True), "col": drawn(rng, COLS, -3, 5, True),
            "a": drawn(rng, 1, -3, 5, True), "b": drawn(rng, 1, -3, 5, True)}
    bias = drawn(rng, COLS, -3, 6).to(torch.bfloat16)
    arrays.update({f"te/amax_{name}": bits(x) for name, x in side.items()})
    arrays["te/bias"] = bits(bias)
    old = drawn(rng, (ROWS, COLS), -3, 6)
    for dtype, torch_type in DTYPES.items():
        arrays[f"te/old/{dtype}"] = bits(old.to(torch_type))

    def generic_gemm(A, transa, B, transb, out, quantizer, out_dtype, bias, *rest, alpha, beta, **_):
        accumulate = rest[6]
        assert transa and not transb and quantizer is None and out_dtype == torch.float32 and bias is None
        assert beta == 0.0 and not accumulate and A.amax_rowwise.tolist() == B.amax_rowwise.tolist() == [1.0]
        f = torch.tensor(1.0) / torch.tensor(36.0 * 448 * 448)
        factor = torch.tensor(alpha) * A.amax_rowwise * B.amax_rowwise * f
        product = acc * factor
        if out is None:
            return product, None, None, None
        return out.copy_(product), None, None, None

    general_gemm = load_general_gemm(wheels, generic_gemm)
    # TransformerEngine's A holds the columns of D, its B the rows.
    for a, b in (("row", "b"), ("a", "col"), ("row", "col")):
        for dtype, torch_type in DTYPES.items():
            for with_bias in (False, True):
                for accumulate in (False, True):
                    out = old.to(torch_type).clone() if accumulate else None
                    d = general_gemm(Storage(side[b], b == "col"), Storage(side[a], a == "row"), out_dtype=torch_type,
                                     out=out, accumulate=accumulate, bias=bias if with_bias else None)[0]
                    assert torch.isfinite(d).all() and d.dtype == torch_type
                    words = [f"te/{a}-{b}", dtype] + ["bias"] * with_bias + ["accumulate"] * accumulate
                    arrays["/".join(words)] = bits(d)


def torchao_linear(wheels, arrays):
    sys.path.insert(0, str(wheels))
    from torchao.prototype.mx_formats.nvfp4_tensor import (NVFP4Tensor, QuantizeTensorToNVFP4Kwargs,
                                                           per_tensor_amax_to_scale)
    rng = np.random.default_rng(20261128)
    acc = drawn(rng, (ROWS, COLS), 4, 18)
    arrays["torchao/acc"] = bits(acc)
    wide_x, wide_w, wide_bias = drawn(rng, (ROWS, 64), -6, 4), drawn(rng, (COLS, 64), -6, 2), drawn(rng, COLS, -3, 6)
    static = torch.tensor(0.0023)
    arrays["torchao/static_scale"] = bits(static.reshape(1))
    scaled_mm = torch._scaled_mm

    def product(*_, bias, out_dtype):
        assert bias is None
        return acc.to(out_dtype)

    torch._scaled_mm = product
    for dtype in ("fp32", "bf16"):
        x, w, bias = (t.to(DTYPES[dtype]) for t in (wide_x, wide_w, wide_bias))
        w_scale = per_tensor_amax_to_scale(w.abs().max())
        arrays[f"torchao/{dtype}/a_scale"] = bits(per_tensor_amax_to_scale(x.abs().max()).reshape(1))
        arrays[f"torchao/{dtype}/b_scale"] = bits(w_scale.reshape(1))
        arrays[f"torchao/{dtype}/bias"] = bits(bias)
        for name, act_scale in (("dynamic", None), ("static", static)):
            kwargs = QuantizeTensorToNVFP4Kwargs(use_dynamic_per_tensor_scale=act_scale is None)
            weight = NVFP4Tensor.to_nvfp4(w, per_tensor_scale=w_scale, act_per_tensor_scale=act_scale,
                                          act_quant_kwargs=kwargs)
            for words, b in (("", None), ("/bias", bias)):
                d = torch.nn.functional.linear(x, weight, b)
                assert torch.isfinite(d).all() and d.dtype == DTYPES[dtype]
                arrays[f"torchao/{name}/{dtype}{words}"] = bits(d)
    torch._scaled_mm = scaled_mm


def write(path, arrays):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, array in sorted(arrays.items()):
            content = io.BytesIO()
            np.save(content, array)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), content.getvalue(), zipfile.ZIP_DEFLATED, 9)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    arrays = {}
    te_row(pathlib.Path(sys.argv[1]), arrays)
    torchao_linear(pathlib.Path(sys.argv[1]), arrays)
    write(sys.argv[2], arrays)


if __name__ == "__main__":
    main()
