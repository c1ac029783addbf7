#!/usr/bin/env python3
"""Writes tests/golden/*.npz from the full captures: extract.py FOLDER_HOLDING_golden OUTPUT_FOLDER

Array names are those of the captures, so that one test walks both. Needs numpy and the standard library; the same
captures give the same bytes.
"""
import io
import pathlib
import sys
import tarfile
import zipfile

import numpy as np

LIMIT = 10_000_000  # bytes of all files together

# TransformerEngine's kernels: (set, input type, with the dequantized values). Set 0 has twelve row patterns, 1 the same
# times 1e-30, 3 sixteenths, 4 times 1e-38, 5 NaN and Inf. Set 2 (normal) and the 16-bit floats that sets 1 and 4 turn
# to zero are left to the full captures.
TE_KERNEL = [(0, "bf16", True), (0, "f16", True), (0, "f32", True), (1, "bf16", False), (1, "f32", False),
             (3, "f16", False), (4, "bf16", False), (4, "f32", False), (5, "bf16", True), (5, "f16", True),
             (5, "f32", True)]
TE_FIELDS = ["x", "amax", "amax_row", "1d_codes", "1d_scales", "row_codes", "row_scales"]
# The kernels with two candidates or square blocks, and the columnwise side: their inputs are in te-kernel.npz.
TE_KERNEL2 = [(0, "bf16"), (0, "f32"), (1, "f32"), (3, "f16"), (4, "f32"), (5, "bf16")]
TE_KERNEL2_VARIANTS = ["2d", "4o6_448_mae", "4o6_448_mse", "4o6_448_mse_errfast", "4o6_256_mae", "4o6_256_mae_errfast",
                       "4o6_256_mse", "4o6_2d_256_mae", "4o6_2d_256_mse_errfast", "4o6_row_256_mae"]
TE_KERNEL2_FIELDS = ["codes", "scales", "codes_t", "scales_t"]  # one amax a row has the first two only

TORCHAO = ["torchao/nvfp4-1/", "torchao/nvfp4-2/", "torchao/mx/e2m1/floor/", "torchao/mx/e4m3/floor/",
           "torchao/mx/e4m3/rceil/"]
MX_FORMATS = {"fp4_e2m1", "fp6_e2m3", "fp6_e3m2", "fp8_e4m3", "fp8_e5m2", "int8"}
GGML = ["x", "q8_1", "q8_1_mmq_d4", "q8_1_mmq_ds4", "q8_1_mmq_d2s6"]
GGML_NORM = [64, 300, 1024, 1100]  # row lengths, below and above the change to 1024 threads; x, y, mul_y
GGML_NORM_Q8_1 = [1024, 2048]
GGML_FP4 = ["x", "mxfp4_mmq", "nvfp4_mmq", "nvfp4_mmq_row_scale"]
GGML_FP4_ROWS = 48  # of 96: three of each pattern
FLASHINFER_ROWS = 48  # of 96, four of each pattern; S, 1/S and the like are those of the whole tensor
ML_DTYPES = ["float4_e2m1fn", "float6_e2m3fn", "float6_e3m2fn", "float8_e3m4", "float8_e4m3", "float8_e4m3fn",
             "float8_e4m3fnuz", "float8_e4m3b11fnuz", "float8_e5m2", "float8_e5m2fnuz", "float8_e8m0fnu"]
CASTS = ML_DTYPES + [f"torch_{dtype}/{device}" for dtype in ("e4m3fn", "e5m2", "e8m0fnu") for device in ("cpu", "cuda")]
CASTS_F32 = 16384  # of the 131,072 random bit patterns, the first


def tar_arrays(archive, prefix):
    """Arrays of a .tar.xz of .npy files under a folder, by their names without folder and ending."""
    arrays = {}
    with tarfile.open(archive, "r:xz") as tar:
        for member in tar:
            if member.isfile() and member.name.startswith(prefix) and member.name.endswith(".npy"):
                content = io.BytesIO(tar.extractfile(member).read())
                arrays[member.name[len(prefix):-len(".npy")]] = np.load(content)
    return arrays


def te_kernel(golden):
    arrays = tar_arrays(golden / "blackwell-on-hopper.tar.xz", "te/")
    chosen = {}
    for number, dtype, dequantized in TE_KERNEL:
        fields = TE_FIELDS + (["1d_deq", "row_deq"] if dequantized else [])
        for field in fields:
            name = f"s{number}_{dtype}_{field}"
            chosen[name] = arrays[name]
    return chosen


def te_kernel2(golden):
    arrays = tar_arrays(golden / "blackwell-on-hopper.tar.xz", "te/")
    names = [f"s{number}_{dtype}_1d_{field}" for number, dtype, _ in TE_KERNEL for field in ("codes_t", "scales_t")]
    for number, dtype in TE_KERNEL2:
        for variant in TE_KERNEL2_VARIANTS:
            fields = TE_KERNEL2_FIELDS[:2] if "row" in variant else TE_KERNEL2_FIELDS
            names += [f"s{number}_{dtype}_{variant}_{field}" for field in fields]
    names += [f"s{number}_{dtype}_4o6_256_mae_deq" for number, dtype in TE_KERNEL2]
    return {name: arrays[name] for name in names}


def torch(golden):
    with np.load(golden / "torch.npz") as archive:
        def wanted(name):
            if name in ("x_f32", "x_bf16") or name.startswith("te/in16/"):
                return True
            if name.startswith("te/"):
                words = name.split("/")  # te/SET/DTYPE/VARIANT/FIELD
                return len(words) == 5 and words[3] in ("1d", "row") and words[4] in ("codes", "scales", "amax_row")
            return any(name.startswith(prefix) for prefix in TORCHAO)
        return {name: archive[name] for name in archive.files if wanted(name)}


def te_pyref(golden):
    """What torch.npz leaves out of TransformerEngine's PyTorch reference."""
    kept = torch(golden)
    with np.load(golden / "torch.npz") as archive:
        return {name: archive[name] for name in archive.files
                if name.startswith("te/") and not name.startswith("te/in/") and name not in kept}


def torchao_mx(golden):
    """Both devices gave the same bytes: one of them, of what torch.npz leaves out."""
    kept = torch(golden)
    chosen = {}
    with np.load(golden / "torch.npz") as archive:
        for name in archive.files:
            if not name.startswith("torchao/mx/") or "/cuda/" not in name:
                continue
            assert np.array_equal(archive[name], archive[name.replace("/cuda/", "/cpu/")]), name
            if name not in kept:
                chosen[name] = archive[name]
    return chosen


def torch_compile(golden):
    with np.load(golden / "torch-compile.npz") as archive, np.load(golden / "torch.npz") as eager:
        for name in ("x_f32", "x_bf16"):
            assert np.array_equal(archive[name], eager[name]), "the inputs are those of torch.npz"

        def wanted(name):
            words = name.split("/")
            if words[0] == "mx":  # mx/ELEMENT/MODE/DTYPE/BACKEND/OUTPUT
                return words[1] in ("e4m3", "e5m2") and words[2] in ("floor", "ceil") and words[4] == "aot_eager"
            return words[0] == "nvfp4-2" and ("pts" in words or "inductor" in words)
        return {name: archive[name] for name in archive.files if wanted(name)}


def microxcaling(golden):
    with np.load(golden / "torch.npz") as archive:
        chosen = {name: archive[name] for name in archive.files if name.startswith("mx/")}
    assert {name.split("/")[1] for name in chosen} == MX_FORMATS
    return chosen


def ggml(golden):
    arrays = tar_arrays(golden / "ggml.tar.xz", "ggml/")
    return {name: arrays[name] for name in GGML}


def ggml_norm(golden):
    arrays = tar_arrays(golden / "ggml.tar.xz", "ggml/")
    names = [f"rms_{field}_{length}" for length in GGML_NORM for field in ("x", "y", "mul_y")]
    for length in GGML_NORM_Q8_1:
        names += [f"rms_x_{length}", f"rms_mul_y_{length}", f"rms_mul_q8_1_{length}"]
    chosen = {name: arrays[name] for name in names}
    chosen["norm_w"] = arrays["norm_w"][:max(GGML_NORM + GGML_NORM_Q8_1)]
    return chosen


def ggml_fp4(golden):
    arrays = tar_arrays(golden / "blackwell-on-hopper.tar.xz", "ggml_fp4/")
    assert np.array_equal(arrays["nvfp4_mmq"], arrays["nvfp4_mmq_aligned"])
    # Blocks are [block of 256][row]: a row is a column of them.
    return {name: arrays[name][:, :GGML_FP4_ROWS] if name.endswith("mmq") else arrays[name][:GGML_FP4_ROWS]
            for name in GGML_FP4}


def flashinfer(golden):
    arrays = tar_arrays(golden / "blackwell-on-hopper.tar.xz", "flashinfer/")
    return {name: array if array.shape[0] == 1 else array[:FLASHINFER_ROWS] for name, array in arrays.items()}


def casts(golden):
    with np.load(golden / "casts.npz") as archive:
        assert np.array_equal(archive["in_bf16"], np.arange(65536)), "in_bf16 is every bit pattern in order"
        chosen = {"in_f32": archive["in_f32"][:CASTS_F32], "in_ties": archive["in_ties"]}
        for name in CASTS:
            chosen[f"{name}/bf16"] = archive[f"{name}/bf16"]
            chosen[f"{name}/ties"] = archive[f"{name}/ties"]
            chosen[f"{name}/f32"] = archive[f"{name}/f32"][:CASTS_F32]
        for name in ML_DTYPES:
            chosen[f"{name}/decode"] = archive[f"{name}/decode"]
    return chosen


# Matrix units (GPU, inputs): what a and b are written in, and which results there are.
TENSOR_CORE = [("V100", "fp16", ("fp32", "fp16")), ("A100", "fp16", ("fp32", "fp16")), ("A100", "bf16", ("fp32",)),
               ("A100", "tf32", ("fp32",)), ("H100", "fp16", ("fp32", "fp16")), ("H100", "bf16", ("fp32",)),
               ("H100", "tf32", ("fp32",)), ("H100", "E4M3", ("fp32", "fp16")), ("H100", "E5M2", ("fp32", "fp16"))]


def float32_words(content, base):
    """[rows, words] of text, as uint32."""
    return np.array([[int(word, base) for word in line.split()] for line in content.splitlines()], np.uint32)


def half_codes(words):
    codes = words.view(np.float32).astype(np.float16)
    assert np.array_equal(codes.astype(np.float32).view(np.uint32), words), "every number is an FP16 number"
    return codes.view(np.uint16)


def fp8_codes(words, mantissa_bits, bias):
    """Codes of finite numbers that the format holds exactly."""
    code = np.arange(128)
    field, mantissa = code >> mantissa_bits, code & ((1 << mantissa_bits) - 1)
    significand = np.where(field == 0, mantissa, mantissa + (1 << mantissa_bits)).astype(np.float64)
    values = np.ldexp(significand, np.maximum(field, 1) - bias - mantissa_bits)
    numbers = words.view(np.float32)
    codes = np.searchsorted(values, np.abs(numbers)) | (words >> 31 << 7)
    assert np.array_equal(values[codes & 127], np.abs(numbers)), "every number is one of the format"
    return codes.astype(np.uint8)


def tensor_core(golden):
    """Codes instead of text: 5,000 rows of each set. The TF32 sets have the operands of V100's, which are FP16 numbers."""
    codes = {"fp16": half_codes, "bf16": lambda words: (words >> 16).astype(np.uint16),
             "E4M3": lambda words: fp8_codes(words, 3, 7), "E5M2": lambda words: fp8_codes(words, 2, 15)}
    text = {}
    with tarfile.open(golden / "tensor-core.tar.xz", "r:xz") as tar:
        for member in tar:
            if member.isfile():
                text[member.name.removeprefix("./")] = tar.extractfile(member).read().decode("ascii")
    chosen = {}
    for gpu, inputs, results in TENSOR_CORE:
        for operand in "ab":
            words = float32_words(text[f"{gpu}/{inputs}/{operand}_{gpu}_{inputs}.txt"], 16)
            if inputs == "tf32":
                assert np.array_equal(half_codes(words), chosen[f"V100/fp16/{operand}"])
                continue
            assert inputs != "bf16" or not (words & 0xFFFF).any()
            chosen[f"{gpu}/{inputs}/{operand}"] = codes[inputs](words)
        chosen[f"{gpu}/{inputs}/c"] = float32_words(text[f"{gpu}/{inputs}/c_{gpu}_fp32.txt"], 2)[:, 0]
        for result in results:
            words = float32_words(text[f"{gpu}/{inputs}/d_{gpu}_{result}.txt"], 2)[:, 0]
            chosen[f"{gpu}/{inputs}/d_{result}"] = half_codes(words) if result == "fp16" else words
    return chosen


def write(path, arrays):
    """A deflated .npz whose bytes depend on the arrays alone: members sorted, no times."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(arrays):
            content = io.BytesIO()
            np.lib.format.write_array(content, np.ascontiguousarray(arrays[name]).reshape(arrays[name].shape),
                                      allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), content.getvalue(), zipfile.ZIP_DEFLATED, 9)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    golden, out = pathlib.Path(sys.argv[1]) / "golden", pathlib.Path(sys.argv[2])
    total = 0
    excerpts = {"te-kernel": te_kernel, "te-kernel2": te_kernel2, "torch": torch, "te-pyref": te_pyref,
                "torchao-mx": torchao_mx, "torch-compile": torch_compile, "microxcaling": microxcaling, "ggml": ggml,
                "ggml-norm": ggml_norm, "ggml-fp4": ggml_fp4, "flashinfer": flashinfer, "casts": casts,
                "tensor-core": tensor_core}
    for name, excerpt in excerpts.items():
        arrays = excerpt(golden)
        write(out / f"{name}.npz", arrays)
        size = (out / f"{name}.npz").stat().st_size
        print(f"{name}.npz: {len(arrays)} arrays, {size} bytes")
        total += size
    if total > LIMIT:
        sys.exit(f"{total} bytes; at most {LIMIT} are wanted")


if __name__ == "__main__":
    main()
