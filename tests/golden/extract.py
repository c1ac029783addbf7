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

LIMIT = 5_000_000  # bytes of all files together

# TransformerEngine's kernels: (set, input type, with the dequantized values). Set 0 has twelve row patterns, 1 the same
# times 1e-30, 3 sixteenths, 4 times 1e-38, 5 NaN and Inf. Set 2 (normal) and the 16-bit floats that sets 1 and 4 turn
# to zero are left to the full captures.
TE_KERNEL = [(0, "bf16", True), (0, "f16", True), (0, "f32", True), (1, "bf16", False), (1, "f32", False),
             (3, "f16", False), (4, "bf16", False), (4, "f32", False), (5, "bf16", True), (5, "f16", True),
             (5, "f32", True)]
TE_FIELDS = ["x", "amax", "amax_row", "1d_codes", "1d_scales", "row_codes", "row_scales"]

TORCHAO = ["torchao/nvfp4-1/", "torchao/nvfp4-2/", "torchao/mx/e2m1/floor/", "torchao/mx/e4m3/floor/",
           "torchao/mx/e4m3/rceil/"]
GGML = ["x", "q8_1", "q8_1_mmq_d4", "q8_1_mmq_ds4", "q8_1_mmq_d2s6"]
CASTS = ["float4_e2m1fn", "float8_e4m3fn", "torch_e4m3fn/cpu", "torch_e4m3fn/cuda", "torch_e8m0fnu/cpu",
         "torch_e8m0fnu/cuda"]
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


def ggml(golden):
    arrays = tar_arrays(golden / "ggml.tar.xz", "ggml/")
    return {name: arrays[name] for name in GGML}


def casts(golden):
    with np.load(golden / "casts.npz") as archive:
        assert np.array_equal(archive["in_bf16"], np.arange(65536)), "in_bf16 is every bit pattern in order"
        chosen = {"in_f32": archive["in_f32"][:CASTS_F32], "in_ties": archive["in_ties"]}
        for name in CASTS:
            chosen[f"{name}/bf16"] = archive[f"{name}/bf16"]
            chosen[f"{name}/ties"] = archive[f"{name}/ties"]
            chosen[f"{name}/f32"] = archive[f"{name}/f32"][:CASTS_F32]
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
    for name, excerpt in (("te-kernel", te_kernel), ("torch", torch), ("ggml", ggml), ("casts", casts)):
        arrays = excerpt(golden)
        write(out / f"{name}.npz", arrays)
        size = (out / f"{name}.npz").stat().st_size
        print(f"{name}.npz: {len(arrays)} arrays, {size} bytes")
        total += size
    if total > LIMIT:
        sys.exit(f"{total} bytes; at most {LIMIT} are wanted")


if __name__ == "__main__":
    main()
