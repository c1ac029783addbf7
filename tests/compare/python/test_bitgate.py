"""bitgate.py as a kernel author uses it: what passes, what a difference says, what is refused."""

import ctypes
import pathlib
import subprocess
import sys

import numpy as np
import pytest

import bitgate

NVFP4 = "torchao/nvfp4-tensorwise"
MXFP4 = "torchao/mxfp4-floor"


def sample(rows=4, cols=64):
    return ((np.arange(rows * cols) * 37 % 101 - 50) / 16).astype(np.float32).reshape(rows, cols)


def bf16_bits(x):
    return (np.ascontiguousarray(x, np.float32).view(np.uint32) >> 16).astype(np.uint16)


def reference(recipe):
    return lambda x: bitgate.quantize(x, recipe, dtype="bf16" if x.dtype == np.uint16 else None)


def with_code(codes, flat, nibbles):
    changed = codes.copy()
    changed.reshape(-1)[flat] ^= nibbles
    return changed


# Bits ---------------------------------------------------------------------------------------------------------------


def test_hand_computed_block_of_mxfp4():
    # amax 6 = 1.5 * 2^2, so the scale is 2^(2 - 2) = 1 and the values are codes themselves.
    x = np.zeros((1, 32), np.float32)
    x[0, :8] = [0, 0.5, 1, 1.5, 2, 3, 4, 6]
    q = bitgate.quantize(x, MXFP4)
    assert q.scales.tolist() == [[127]]
    assert q.codes[0, :4].tolist() == [0x10, 0x32, 0x54, 0x76]
    bitgate.assert_bits_equal(x, q.codes, q.scales, MXFP4)


def test_the_reference_equals_itself():
    x = sample()
    q = bitgate.quantize(x, NVFP4)
    assert q.codes.shape == (4, 32) and q.scales.shape == (4, 4) and q.global_.shape == (1,)
    bitgate.assert_bits_equal(x, q.codes, q.scales, NVFP4, global_=q.global_)


def test_one_wrong_code_is_seen_and_named():
    x = sample()
    q = bitgate.quantize(x, NVFP4)
    with pytest.raises(AssertionError) as failure:
        bitgate.assert_bits_equal(x, with_code(q.codes, 33, 0x10), q.scales, NVFP4, global_=q.global_)
    message = str(failure.value)
    assert message.startswith(f"the tensor against {NVFP4}: DIFFERENT\n")
    assert "0 of 16 differ" in message and "1 of 256 differ" in message
    assert "first differing element: (1, 3) expected" in message
    assert "v as an element code" in message


def test_one_wrong_scale_is_counted_once():
    x = sample()
    q = bitgate.quantize(x, MXFP4)
    scales = q.scales.copy()
    scales[2, 1] += 1
    with pytest.raises(AssertionError, match="1 of 8 differ"):
        bitgate.assert_bits_equal(x, q.codes, scales, MXFP4)


def test_minus_zero_is_not_zero():
    x = np.zeros((1, 32), np.float32)
    x[0, 1] = -0.0
    q = bitgate.quantize(x, MXFP4)
    assert q.codes[0, 0] == 0x80
    with pytest.raises(AssertionError, match="expected 0x8, got 0x0"):
        bitgate.assert_bits_equal(x, np.zeros_like(q.codes), q.scales, MXFP4)


def test_nan_does_not_hide_a_difference():
    x = sample(1, 32)
    x[0, 3] = np.nan
    q = bitgate.quantize(x, MXFP4)
    bitgate.assert_bits_equal(x, q.codes, q.scales, MXFP4)
    assert q.scales[0, 0] == 0xFF
    with pytest.raises(AssertionError, match="1 of 1 differ"):
        bitgate.assert_bits_equal(x, q.codes, q.scales - 1, MXFP4)


def test_a_nan_global_equals_itself_and_nothing_else():
    x = sample()
    q = bitgate.quantize(x, NVFP4)
    with pytest.raises(AssertionError, match="first differing global"):
        bitgate.assert_bits_equal(x, q.codes, q.scales, NVFP4, global_=np.array([np.nan], np.float32))


def test_a_given_global_is_not_checked():
    x = sample()
    given = bitgate.quantize(x, NVFP4, amax=100.0)
    with pytest.raises(AssertionError, match="global"):
        bitgate.assert_bits_equal(x, given.codes, given.scales, NVFP4, global_=given.global_)
    bitgate.assert_bits_equal(x, given.codes, given.scales, NVFP4, global_=given.global_, global_given=True)
    bitgate.assert_bits_equal(x, given.codes, given.scales, NVFP4, global_=given.global_, amax=100.0)


# Arrays -------------------------------------------------------------------------------------------------------------


def test_types_of_an_input_are_told_apart():
    bits = bf16_bits(sample())
    q = bitgate.quantize(bits, NVFP4, dtype="bf16")
    assert (bitgate.quantize(bits, NVFP4, dtype="bfloat16").codes == q.codes).all()
    as_f16 = bitgate.quantize(bits, "te/mxfp8-e4m3", dtype="f16")
    assert (bitgate.quantize(bits.view(np.float16), "te/mxfp8-e4m3").codes == as_f16.codes).all()
    bitgate.assert_bits_equal(bits, q.codes, q.scales, NVFP4, global_=q.global_, dtype="bf16")


def test_a_row_and_a_stack_of_matrices_are_inputs():
    x = sample(6, 64)
    flat = bitgate.quantize(x, MXFP4)
    stack = [a.reshape(2, 3, -1) for a in (x, flat.codes, flat.scales)]
    bitgate.assert_bits_equal(stack[0], stack[1], stack[2], MXFP4)
    bitgate.assert_bits_equal(x[0], flat.codes[0], flat.scales[0], MXFP4)


def test_arrays_that_are_not_contiguous_are_read_by_their_strides():
    x = sample(8, 64)
    q = bitgate.quantize(x[::2], MXFP4)
    whole = bitgate.quantize(x, MXFP4)
    assert (q.codes == whole.codes[::2]).all()
    bitgate.assert_bits_equal(x[::2], whole.codes[::2], np.asfortranarray(whole.scales[::2]), MXFP4)


def test_arrays_that_are_read_only_or_misaligned_are_read():
    x = sample()
    q = bitgate.quantize(x, MXFP4)
    for array in (x, q.codes, q.scales):
        array.flags.writeable = False
    bitgate.assert_bits_equal(x, q.codes, q.scales, MXFP4)
    odd = np.frombuffer(b"\0" + x.tobytes(), np.float32, offset=1).reshape(x.shape)
    assert not odd.flags.aligned
    bitgate.assert_bits_equal(odd, q.codes, q.scales, MXFP4)


def test_one_number_comes_in_any_shape():
    x = sample()
    q = bitgate.quantize(x, NVFP4)
    for number in (q.global_, q.global_[0], q.global_.reshape(()), q.global_.reshape(1, 1), float(q.global_[0])):
        bitgate.assert_bits_equal(x, q.codes, q.scales, NVFP4, global_=number)
        assert (bitgate.quantize(x, NVFP4, global_=number).codes == q.codes).all()
    with pytest.raises(TypeError, match="amax is float64"):
        bitgate.quantize(x, NVFP4, amax=np.ones(1))
    with pytest.raises(ValueError, match="amax: 2 numbers given, 1 expected"):
        bitgate.quantize(x, NVFP4, amax=np.ones(2, np.float32))


def test_a_huge_difference_is_a_short_message():
    x = np.zeros((512, 4096), np.float32)
    q = bitgate.quantize(x, NVFP4)
    with pytest.raises(AssertionError, match="2097152 of 2097152 differ") as failure:
        bitgate.assert_bits_equal(x, ~q.codes, q.scales, NVFP4, global_=q.global_)
    assert len(str(failure.value).splitlines()) < 40


def test_tiled_scales_are_those_of_tensor_cores():
    x = sample(130, 160)
    q = bitgate.quantize(x, MXFP4, layout="128x4")
    assert q.scales.size == 256 * 8
    bitgate.assert_bits_equal(x, q.codes, q.scales.reshape(-1), MXFP4, layout="128x4")
    logical = bitgate.quantize(x, MXFP4).scales
    assert q.scales.reshape(-1)[16] == logical[1, 0]  # a tile's second row starts at byte 16


def test_tiles_of_8x4_are_flashinfers():
    x = sample(9, 160)
    q = bitgate.quantize(x, MXFP4, layout="8x4")
    assert q.scales.shape == (16, 8)
    bitgate.assert_bits_equal(x, q.codes, q.scales.reshape(-1), MXFP4, layout="8x4")
    logical = bitgate.quantize(x, MXFP4).scales
    assert q.scales.reshape(-1)[4] == logical[1, 0]  # a tile's second row starts at byte 4
    assert q.scales.reshape(-1)[32] == logical[0, 4]


def test_raw_blocks_of_ggml():
    x = sample(2, 64)
    q = bitgate.quantize(x, "ggml/q8_1")
    assert q.packed is not None and q.extras.dtype == np.uint16
    bitgate.assert_bits_equal(x, packed=q.packed, recipe="ggml/q8_1")
    bitgate.assert_bits_equal(x, q.codes.view(np.int8), q.scales.view(np.float16), "ggml/q8_1", extras=q.extras)
    packed = q.packed.copy()
    packed.reshape(-1)[9] ^= 1
    with pytest.raises(AssertionError, match="1 of 128 differ"):
        bitgate.assert_bits_equal(x, packed=packed, recipe="ggml/q8_1")


class _Renamed:
    """A DLPack array of a type that NumPy has not: another one's, with its type code and bits changed."""

    def __init__(self, array, code, bits, lanes=1):
        self.array, self.type = array, (code, bits, lanes)

    def __dlpack_device__(self):
        return self.array.__dlpack_device__()

    def __dlpack__(self):
        capsule = self.array.__dlpack__()
        get = ctypes.pythonapi.PyCapsule_GetPointer
        get.restype, get.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
        dl = bitgate._DLTensor.from_address(get(capsule, b"dltensor"))
        dl.code, dl.bits, dl.lanes = self.type
        return capsule


def test_bf16_fp8_and_fp4_come_by_dlpack():
    bits = bf16_bits(sample(8, 64))
    q = bitgate.quantize(bits, MXFP4, dtype="bf16")
    bf16, e8m0, fp4x2 = (4, 16), (14, 8), (17, 4, 2)
    bitgate.assert_bits_equal(_Renamed(bits, *bf16), _Renamed(q.codes, *fp4x2), _Renamed(q.scales, *e8m0), MXFP4)
    by_strides = bitgate.quantize(_Renamed(bits[::2], *bf16), MXFP4)
    assert (by_strides.codes == q.codes[::2]).all()


def test_dlpack_refuses_unpacked_fp4():
    with pytest.raises(TypeError, match="type code 17 of 4 bits"):
        bitgate.quantize(_Renamed(np.zeros((1, 32), np.uint8), 17, 4), MXFP4)


def test_memory_of_a_device_is_refused():
    class OnDevice:
        def __dlpack_device__(self):
            return 2, 0

        __dlpack__ = None

    with pytest.raises(ValueError, match="copy it to the CPU first"):
        bitgate.quantize(OnDevice(), MXFP4)


def test_torch_tensors():
    torch = pytest.importorskip("torch")
    x = torch.from_numpy(sample()).to(torch.bfloat16).requires_grad_()
    q = bitgate.quantize(x, NVFP4)
    scales = torch.from_numpy(q.scales).view(torch.float8_e4m3fn)
    bitgate.assert_bits_equal(x, torch.from_numpy(q.codes), scales, NVFP4, global_=torch.from_numpy(q.global_))
    with pytest.raises(AssertionError, match="first differing element"):
        bitgate.assert_bits_equal(x, torch.from_numpy(with_code(q.codes, 0, 1)), scales, NVFP4,
                                  global_=torch.from_numpy(q.global_))


def test_a_kernel_of_torch_tensors():
    torch = pytest.importorskip("torch")
    seen = set()

    def kernel(x):
        seen.add(x.dtype)
        q = bitgate.quantize(x, NVFP4, dtype=x.dtype, amax=x.abs().max())
        return torch.from_numpy(q.codes), torch.from_numpy(q.scales).view(torch.float8_e4m3fn), q.global_

    cases = [c for c in bitgate.quick_cases(NVFP4) if "/normal/" in c]
    assert bitgate.check(kernel, NVFP4, cases, device="cpu") == len(cases)
    assert seen == {torch.float32, torch.bfloat16}
    with pytest.raises(AssertionError, match="device='cpu'"):
        bitgate.check(lambda x: [0 * a if a.dtype == np.uint8 else a for a in reference(NVFP4)(x.float().numpy())[:3]],
                      NVFP4, cases, device="cpu")


def test_torch_tensors_of_other_classes_and_strides():
    torch = pytest.importorskip("torch")

    class Mine(torch.Tensor):
        pass

    x = torch.from_numpy(sample(64, 64))
    transposed = bitgate.quantize(x.t(), MXFP4)
    assert (transposed.codes == bitgate.quantize(x.numpy().T, MXFP4).codes).all()
    assert (bitgate.quantize(torch.nn.Parameter(x.t()), MXFP4).codes == transposed.codes).all()
    assert (bitgate.quantize(x.as_subclass(Mine).t(), MXFP4).codes == transposed.codes).all()
    codes = torch.from_numpy(transposed.codes.T.copy()).t()
    scales = torch.from_numpy(transposed.scales).view(torch.float8_e8m0fnu)
    bitgate.assert_bits_equal(x.t(), codes, scales, MXFP4)


# Operands of fused operations -----------------------------------------------------------------------------------------

SILU, NORM = "vllm/silu-nvfp4", "flashinfer/nvfp4-cute-rmsnorm"


def same_bytes(one, other):
    return all((a == b).all() for a, b in zip(one[:3], other[:3]))


def test_a_gate_multiplies_the_input():
    # SiLU of 64 is 64: 1 + e^-64 is 1. So the product is 64 x, which bf16 holds.
    x, gate = bf16_bits(sample()), np.full((4, 64), 64, np.float32)
    product = bitgate.quantize(bf16_bits(64 * sample()), "vllm/nvfp4", dtype="bf16")
    for given in (gate, bf16_bits(gate), _Renamed(bf16_bits(gate), 4, 16), gate.reshape(2, 2, 64)):
        assert same_bytes(bitgate.quantize(x, SILU, dtype="bf16", gate=given), product)
    half = sample().astype(np.float16)
    of_half = bitgate.quantize(half, SILU, gate=gate.astype(np.float16))
    assert same_bytes(of_half, bitgate.quantize(half, SILU, gate=gate)) and same_bytes(of_half, product)
    bitgate.assert_bits_equal(x, *product[:2], SILU, product.global_, dtype="bf16", gate=gate)
    gate[0, 7] = -64
    with pytest.raises(AssertionError, match="DIFFERENT"):
        bitgate.assert_bits_equal(x, *product[:2], SILU, product.global_, dtype="bf16", gate=gate)


def test_a_gate_of_torch():
    torch = pytest.importorskip("torch")
    x, gate = (torch.from_numpy(a).to(torch.bfloat16) for a in (sample(), sample()[::-1].copy()))
    q = bitgate.quantize(x, SILU, gate=gate)
    assert same_bytes(q, bitgate.quantize(bf16_bits(sample()), SILU, dtype="bf16", gate=bf16_bits(sample()[::-1])))
    norm = bitgate.quantize(x, NORM, weight=torch.ones(64), row_factor=torch.full((4, 1), 0.5))
    assert same_bytes(norm, bitgate.quantize(x, NORM, weight=np.ones(64, np.float32),
                                             row_factor=np.full(4, 0.5, np.float32)))


def test_row_factors_multiply_the_rows():
    weight, two = np.ones(64, np.float32), np.full(4, 2, np.float32)
    factored = bitgate.quantize(bf16_bits(sample()), NORM, dtype="bf16", weight=weight, row_factor=two)
    twice = bitgate.quantize(bf16_bits(2 * sample()), NORM, dtype="bf16", weight=weight, row_factor=two / 2)
    assert same_bytes(factored, twice)
    bitgate.assert_bits_equal(bf16_bits(sample()), *factored[:2], NORM, factored.global_, dtype="bf16", weight=weight,
                              row_factor=two)


def test_operands_of_other_types_and_shapes_are_refused():
    x, gate = bf16_bits(sample()), np.ones((4, 64), np.float32)
    for error, says, given in ((ValueError, "a gate is needed", {}),
                               (TypeError, "gate is f16, and x is bf16", {"gate": gate.astype(np.float16)}),
                               (TypeError, "gate is float64, and x is bf16", {"gate": gate.astype(np.float64)}),
                               (ValueError, r"gate has the shape \(4, 32\), and x is 4 x 64", {"gate": gate[:, :32]}),
                               (ValueError, r"gate has the shape \(64, 4\)", {"gate": gate.T}),
                               (ValueError, "the gate has the input's type", {"gate": gate / 3}),
                               (ValueError, "a factor a row was given", {"gate": gate, "row_factor": gate[:, 0]})):
        with pytest.raises(error, match=says):
            bitgate.quantize(x, SILU, dtype="bf16", **given)
    with pytest.raises(ValueError, match="a gate was given"):
        bitgate.quantize(x, "vllm/nvfp4", dtype="bf16", gate=gate)
    for says, factor in (("3 row factors given", gate[:3, 0]), ("positive finite", 0 * gate[:, 0])):
        with pytest.raises(ValueError, match=says):
            bitgate.quantize(x, NORM, dtype="bf16", weight=gate[0], row_factor=factor)
    with pytest.raises(TypeError, match="row_factor is float64"):
        bitgate.quantize(x, NORM, dtype="bf16", weight=gate[0], row_factor=np.ones(4))


def test_a_recipe_says_which_operands_it_takes():
    for recipe, takes in ((SILU, ["gate"]), (NORM, ["weight", "row_factor"]), (NVFP4, []),
                          ("ggml/rms_norm-mul-add", ["weight", "residual"])):
        info = bitgate.recipe_info(recipe)
        assert info["takes"] == takes and info["operands"] == bool(takes)


# Refusals -----------------------------------------------------------------------------------------------------------


def test_other_shapes_are_bad_input():
    x = sample()
    q = bitgate.quantize(x, NVFP4)
    with pytest.raises(ValueError, match=r"codes: holds uint8 of \(4, 31\), expected uint8 of \(4, 32\)"):
        bitgate.assert_bits_equal(x, q.codes[:, :31], q.scales, NVFP4, global_=q.global_)
    with pytest.raises(ValueError, match="scales: holds"):
        bitgate.assert_bits_equal(x, q.codes, q.scales.T.reshape(2, 8), NVFP4, global_=q.global_)
    with pytest.raises(ValueError, match="global_? is missing"):
        bitgate.assert_bits_equal(x, q.codes, q.scales, NVFP4)
    with pytest.raises(ValueError, match="extras is given"):
        bitgate.assert_bits_equal(x, q.codes, q.scales, NVFP4, global_=q.global_, extras=q.scales)
    with pytest.raises(ValueError, match="4 dimensions"):
        bitgate.quantize(x.reshape(2, 2, 2, 32), NVFP4)


def test_other_types_are_refused():
    x = sample()
    q = bitgate.quantize(x, NVFP4)
    with pytest.raises(TypeError, match="x is float64"):
        bitgate.quantize(x.astype(np.float64), NVFP4)
    with pytest.raises(TypeError, match="uint16 patterns"):
        bitgate.quantize(bf16_bits(x), NVFP4)
    with pytest.raises(TypeError, match="x is fp32, and dtype says bf16"):
        bitgate.quantize(x, NVFP4, dtype="bf16")
    with pytest.raises(TypeError, match="codes is int64"):
        bitgate.assert_bits_equal(x, q.codes.astype(np.int64), q.scales, NVFP4, global_=q.global_)
    with pytest.raises(ValueError, match="scales: holds float32"):
        bitgate.assert_bits_equal(x, q.codes, q.scales.astype(np.float32), NVFP4, global_=q.global_)
    with pytest.raises(ValueError, match="fp32"):
        bitgate.quantize(x, "te/nvfp4-fast")


def test_unknown_names_are_bad_input_and_the_nearest_are_told():
    with pytest.raises(ValueError, match="te/nvfp4"):
        bitgate.quantize(sample(), "te/nvpf4")
    with pytest.raises(ValueError, match="te/nvfp4"):
        bitgate.check(lambda x: None, recipe="te/nvpf4")
    with pytest.raises(ValueError, match="direction 'up'"):
        bitgate.quantize(sample(), NVFP4, direction="up")
    with pytest.raises(ValueError, match="case"):
        bitgate.case_input("te/nvfp4")
    with pytest.raises(ValueError, match="no name holds a zero"):
        bitgate.quantize(sample(), NVFP4 + "\0-cpu")
    with pytest.raises(TypeError, match="recipe is a NoneType"):
        bitgate.recipe_info(None)


def test_random_words_are_refused_where_none_are_drawn():
    x, recipe = bf16_bits(sample(128, 128)), "te/nvfp4-sr-hw-tuned"
    drawn = [bitgate.quantize(x, recipe, dtype="bf16", philox=(seed, 0)).codes for seed in (0, 1, 2**64 - 1)]
    assert (drawn[0] != drawn[1]).any() and (drawn[1] != drawn[2]).any()
    with pytest.raises(ValueError, match="from 0 to 2"):
        bitgate.quantize(x, recipe, dtype="bf16", philox=(-1, 0))
    with pytest.raises(ValueError, match="random_bits: 1 words"):
        bitgate.quantize(x, recipe, dtype="bf16", random_bits=np.zeros(1, np.int32))
    with pytest.raises(ValueError, match="draws no random words"):
        bitgate.quantize(sample(), NVFP4, philox=(1, 0))


def test_an_amax_of_the_column_wise_side_is_that_of_the_side():
    for recipe, direction in (("te/nvfp4-rht", None), ("te/nvfp4", "column")):
        x = bitgate.case_input(f"{recipe}/bf16/normal/128x256/s1")
        given = {"dtype": "bf16", "direction": direction}
        own = bitgate.quantize(x, recipe, **given)
        same = bitgate.quantize(x, recipe, amax=own.global_, **given)
        assert (own.codes == same.codes).all() and (own.scales == same.scales).all()
        twice = bitgate.quantize(x, recipe, amax=2 * own.global_, **given)
        assert (own.codes != twice.codes).any() or (own.scales != twice.scales).any()
        bitgate.assert_bits_equal(x, twice.codes, twice.scales, recipe, twice.global_, amax=2 * own.global_, **given)


def test_an_empty_tensor_is_no_pass():
    x = np.zeros((0, 64), np.float32)
    with pytest.raises(bitgate.CouldNotTell, match="nothing was compared"):
        bitgate.assert_bits_equal(x, np.zeros((0, 32), np.uint8), np.zeros((0, 2), np.uint8), MXFP4)


def test_a_library_that_is_not_there_is_an_import_error():
    program = "import bitgate"
    run = subprocess.run([sys.executable, "-B", "-c", program], capture_output=True, text=True,
                         env={"BITGATE_LIBRARY": "/nowhere/libbitgate.so", "PYTHONPATH": ":".join(sys.path)})
    assert run.returncode != 0 and "set BITGATE_LIBRARY" in run.stderr


# check --------------------------------------------------------------------------------------------------------------


def test_check_counts_what_it_asked():
    cases = bitgate.quick_cases(MXFP4)
    assert len(cases) > 20 and len(set(cases)) == len(cases)
    assert bitgate.check(reference(MXFP4), recipe=MXFP4) == len(cases)
    assert bitgate.check(lambda x: tuple(reference(NVFP4)(x)[:3]), recipe=NVFP4) == len(bitgate.quick_cases(NVFP4))


def test_check_of_a_column_wise_recipe():
    assert bitgate.recipe_info("te/nvfp4-rht")["directions"][0] == "column"
    assert bitgate.check(reference("te/nvfp4-rht"), recipe="te/nvfp4-rht") > 5


def test_check_names_the_case_and_what_repeats_it():
    wrong = bitgate.quick_cases(NVFP4)[3]
    x_wrong = bitgate.case_input(wrong)

    def kernel(x):
        q = reference(NVFP4)(x)
        same = x.dtype == x_wrong.dtype and x.shape == x_wrong.shape and (x.view(np.uint8) == x_wrong.view(np.uint8)).all()
        return (with_code(q.codes, 0, 1) if same else q.codes), q.scales, q.global_

    with pytest.raises(AssertionError) as failure:
        bitgate.check(kernel, recipe=NVFP4)
    message = str(failure.value)
    assert message.startswith(f"{NVFP4}: 1 of {len(bitgate.quick_cases(NVFP4))} cases fail, the first: {wrong}\n")
    assert f"fn against {NVFP4}: DIFFERENT" in message
    assert f"cases=['{wrong}']" in message and f"bitgate quantize --case '{wrong}'" in message
    with pytest.raises(AssertionError, match="1 of 1 cases fail"):
        bitgate.check(kernel, recipe=NVFP4, cases=[wrong])
    assert bitgate.check(kernel, recipe=NVFP4, cases=[c for c in bitgate.quick_cases(NVFP4) if c != wrong]) > 0


def test_check_tells_another_recipe_apart():
    with pytest.raises(AssertionError, match="DIFFERENT"):
        bitgate.check(reference("torchao/nvfp4-tensorwise-cpu"), recipe=NVFP4)


def test_a_function_that_raises_fails():
    def kernel(x):
        raise RuntimeError("illegal address")

    with pytest.raises(AssertionError, match="fn raised RuntimeError: illegal address") as failure:
        bitgate.check(kernel, recipe=MXFP4, cases=bitgate.quick_cases(MXFP4)[:1])
    assert isinstance(failure.value.__cause__, RuntimeError)


def test_a_function_that_changes_its_input_does_not_change_the_question():
    def kernel(x):
        q = reference(MXFP4)(x)
        x[:] = 0
        return q.codes, q.scales

    assert bitgate.check(kernel, recipe=MXFP4, cases=bitgate.quick_cases(MXFP4)[:4]) == 4


def test_an_answer_is_a_tuple_a_list_a_dict_or_the_only_array():
    cases = bitgate.quick_cases(NVFP4)[:2]
    for answer in (tuple, list, lambda q: dict(zip(("codes", "scales", "global"), q))):
        assert bitgate.check(lambda x: answer(reference(NVFP4)(x)[:3]), NVFP4, cases) == 2
    assert bitgate.check(reference(NVFP4), NVFP4, cases[0]) == 1
    fake = next(r for r in bitgate.recipes() if r.startswith("mx/") and bitgate.recipe_info(r)["runs"])
    assert bitgate.check(lambda x: reference(fake)(x).values, fake, bitgate.quick_cases(fake)[:3]) == 3
    with pytest.raises(TypeError, match="a dict with 'code'"):
        bitgate.check(lambda x: {"code": x}, NVFP4, cases)


def test_an_answer_that_cannot_be_read_is_a_failure():
    class Broken:
        def __dlpack_device__(self):
            raise RuntimeError("an illegal memory access was encountered")

        __dlpack__ = None

    with pytest.raises(AssertionError, match="fn raised RuntimeError: an illegal memory access"):
        bitgate.check(lambda x: (Broken(), Broken()), MXFP4, bitgate.quick_cases(MXFP4)[:1])


def test_an_interrupt_ends_the_check():
    asked = []

    def kernel(x):
        asked.append(x)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bitgate.check(kernel, MXFP4)
    assert len(asked) == 1


def test_check_of_nothing_is_no_pass():
    with pytest.raises(ValueError, match="no case"):
        bitgate.check(reference(MXFP4), recipe=MXFP4, cases=[])


def test_check_refuses_other_shapes_and_answers():
    with pytest.raises(ValueError, match="case .*codes: holds"):
        bitgate.check(lambda x: (np.zeros((1, 1), np.uint8), np.zeros((1, 1), np.uint8)), recipe=MXFP4)
    with pytest.raises(TypeError, match="fn returned a NoneType"):
        bitgate.check(lambda x: None, recipe=MXFP4)


def test_check_refuses_recipes_that_take_more_than_the_input():
    for recipe, beside in (("ggml/rms_norm-mul-q8_1", "a weight"), (SILU, "a gate"),
                           (NORM, "a weight and a row_factor"), ("te/nvfp4-sr-hw-tuned", "random words")):
        with pytest.raises(ValueError, match=beside):
            bitgate.check(reference(recipe), recipe=recipe)


# identify, recipes --------------------------------------------------------------------------------------------------


def test_identify_names_the_recipe_behind_the_bytes():
    x = bitgate.case_input(f"{NVFP4}/fp32/scale_ties/128x256/s7")
    q = bitgate.quantize(x, "torchao/nvfp4-tensorwise-cpu")
    found = bitgate.identify(x, q.codes, q.scales, stored_as=NVFP4, global_=q.global_)
    assert "torchao/nvfp4-tensorwise-cpu" in found.recipes and NVFP4 not in found.recipes
    assert found.report.startswith("every byte is explained by\n")
    nothing = bitgate.identify(x, with_code(q.codes, 5, 7), q.scales, stored_as=NVFP4, global_=q.global_)
    assert nothing.recipes == [] and "no recipe explains every byte" in nothing.report


def test_recipes_are_the_catalog():
    names = bitgate.recipes()
    assert len(names) == len(set(names)) > 200 and NVFP4 in names
    info = bitgate.recipe_info(NVFP4)
    assert (info["scheme"], info["block"], info["inputs"][0]) == ("nvfp4", [1, 16], "fp32")


# The page -----------------------------------------------------------------------------------------------------------


def test_the_example_of_the_readme_runs():
    page = (pathlib.Path(__file__).parents[3] / "README.md").read_text()
    example = page.split("    $ cat test_mine.py\n")[1].split("    $ python3 -m pytest")[0]
    names = {}
    exec("".join(line[4:] + "\n" for line in example.splitlines()), names)
    tests = [name for name in names if name.startswith("test_")]
    assert tests == ["test_one_tensor", "test_quick_cases"]
    for name in tests:
        names[name]()
