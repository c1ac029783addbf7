"""A quantizer of PyTorch or Triton, to the bit: every quick case of a recipe, then one tensor as files for the program.

  python3 check_tensors.py FOLDER   (bitgate.py in PYTHONPATH, libbitgate.so in BITGATE_LIBRARY if it is not installed)
Torch tensors on the GPU where there is one, on the CPU where there is none; NumPy arrays without torch.
"""
import sys
import numpy as np
import bitgate

try:
    import torch as xp
    device = "cuda" if xp.cuda.is_available() else "cpu"
except ImportError:
    xp, device = np, None

RECIPE = "torchao/mxfp4-floor"


def quantize(x):  # yours: a compiled function, a Triton kernel, an extension
    if x.dtype == np.uint16:  # NumPy has no bf16
        x = (x.astype(np.uint32) << 16).view(np.float32)
    blocks = (x.float() if device else x).reshape(x.shape[0], -1, 32)
    amax = xp.amax(blocks.view(xp.int32) & 0x7FFFFFFF, -1)  # as integers: a NaN is the largest
    broken = amax >= 0x7F800000
    scales = xp.where(broken, 255, xp.clip((amax >> 23) - 2, 0, 255))
    decode = xp.where(scales == 0, 0x00400000, xp.where(broken, 127, scales) << 23)[..., None]
    v = blocks / (decode.view(xp.float32) if device else decode.astype(np.int32).view(np.float32))
    codes = (v.view(xp.int32) < 0) * 8
    for i, midpoint in enumerate((0.25, 0.75, 1.25, 1.75, 2.5, 3.5, 5.0)):  # of E2M1; ties to the even code
        codes = codes + (abs(v) >= midpoint if i % 2 else abs(v) > midpoint)
    codes = xp.where(broken[..., None], 4, codes).reshape(x.shape)  # torchao's cast makes 4 of a NaN
    packed = codes[:, ::2] | codes[:, 1::2] << 4
    return [a.to(xp.uint8) if device else a.astype(np.uint8) for a in (packed, scales)]


print(bitgate.check(quantize, RECIPE, device=device), "cases of", RECIPE, "are equal to the bit")

x = np.random.default_rng(7).standard_normal((128, 256), np.float32)
codes, scales = quantize(xp.from_numpy(x).to(device) if device else x)
for name, array in ("x", x), ("codes", codes), ("scales", scales):
    np.save(f"{sys.argv[1]}/{name}.npy", array.cpu() if device and name != "x" else array)
