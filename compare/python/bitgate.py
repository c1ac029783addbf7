"""bitgate from Python: does a quantization kernel compute what a producer's does, to the bit?

    import bitgate
    bitgate.assert_bits_equal(x, codes, scales, "te/nvfp4", global_=amax, dtype="bf16")
    bitgate.check(my_kernel, recipe="torchao/mxfp4-floor")                  # of NumPy arrays
    bitgate.check(my_kernel, recipe="torchao/mxfp4-floor", device="cuda")   # of torch tensors

One file over the C library (bitgate/compare/c_api.h, which states what every array holds); nothing to build. The library
is the file that BITGATE_LIBRARY names, else libbitgate.so beside this file or where it is installed, else the loader's.

Arrays are NumPy's or anything with DLPack (torch tensors, on a GPU too: they are copied). Types that NumPy lacks count
by their bits: bf16 in uint16, fp8 and packed fp4 in uint8. A uint16 input says what it holds by dtype="bf16" or "f16".
Of an input of three dimensions the leading two are its rows. An amax or a global may be a number of Python's.

A difference raises AssertionError with the text of `bitgate verify`; an unknown recipe, another shape or a type that
the recipe does not take ValueError; an array of a type that no one stores TypeError; CouldNotTell where nothing was
compared.
"""

import ctypes
import json
import os
import traceback
from collections import namedtuple

import numpy as np

__version__ = "0.2.0"
__all__ = ["CouldNotTell", "Quantized", "assert_bits_equal", "case_input", "check", "identify", "quantize",
           "quick_cases", "recipe_info", "recipes"]

FIELDS = ("codes", "scales", "global_", "extras", "packed", "values")

# The arrays of a quantized tensor as its producer stores them; None where the recipe has none.
Quantized = namedtuple("Quantized", FIELDS, defaults=(None,) * len(FIELDS))
# What identify found: the recipes that explain every byte, and the text of `bitgate identify`.
Identified = namedtuple("Identified", ("recipes", "report"))


class CouldNotTell(RuntimeError):
    """Neither equal nor different: nothing was compared, or the library broke."""


# The C library ------------------------------------------------------------------------------------------------------

_PASS, _DIFFERENCE, _COULD_NOT_TELL, _BAD_INPUT = range(4)
_DTYPES = ("fp32", "bf16", "f16")
_DTYPES_ELSEWHERE = {"float32": "fp32", "bfloat16": "bf16", "float16": "f16", "fp16": "f16"}
_DIRECTIONS = (None, "row", "column")
_LAYOUTS = ("logical", "padded", "128x4", "8x4")
_ARRAY_TYPES = (None, np.dtype(np.uint8), np.dtype(np.uint16), np.dtype(np.float32))


class _Array(ctypes.Structure):
    _fields_ = [("data", ctypes.c_void_p), ("shape", ctypes.c_int64 * 3), ("dims", ctypes.c_int32),
                ("type", ctypes.c_int32)]


class _Tensor(ctypes.Structure):
    _fields_ = [(name, _Array) for name in FIELDS]


_FLOATS = ctypes.POINTER(ctypes.c_float)


class _Request(ctypes.Structure):
    _fields_ = [("recipe", ctypes.c_char_p), ("input", ctypes.c_void_p), ("rows", ctypes.c_int64),
                ("cols", ctypes.c_int64), ("dtype", ctypes.c_int32), ("direction", ctypes.c_int32),
                ("scale_layout", ctypes.c_int32), ("global_given", ctypes.c_int32), ("amax", _FLOATS),
                ("amax_count", ctypes.c_int64), ("global_", _FLOATS), ("global_count", ctypes.c_int64),
                ("weight", _FLOATS), ("weight_count", ctypes.c_int64), ("residual", _FLOATS),
                ("residual_count", ctypes.c_int64), ("epsilon", _FLOATS),
                ("random_bits", ctypes.POINTER(ctypes.c_uint32)), ("random_bits_count", ctypes.c_int64),
                ("philox_seed", ctypes.c_uint64), ("philox_offset", ctypes.c_uint64), ("gate", _FLOATS),
                ("gate_count", ctypes.c_int64), ("row_factor", _FLOATS), ("row_factor_count", ctypes.c_int64)]


def _load():
    named = os.environ.get("BITGATE_LIBRARY")
    here = os.path.dirname(os.path.abspath(__file__))
    near = [os.path.join(here, "libbitgate.so"), os.path.join(here, "..", "..", "libbitgate.so")]
    where = named or next((path for path in near if os.path.exists(path)), "libbitgate.so.0.2")
    try:
        library = ctypes.CDLL(where)
    except OSError as error:
        raise ImportError(f"bitgate: {error}; set BITGATE_LIBRARY to the file libbitgate.so") from error
    text, request, tensor = ctypes.c_char_p, ctypes.POINTER(_Request), ctypes.POINTER(_Tensor)
    texts, size = ctypes.POINTER(ctypes.c_char_p), ctypes.POINTER(ctypes.c_int64)
    for name, result, arguments in (
            ("version", text, []), ("last_error", text, []), ("sizes", ctypes.c_int, [request, tensor]),
            ("quantize", ctypes.c_int, [request, tensor]), ("verify", ctypes.c_int, [request, text, tensor, texts]),
            ("identify", ctypes.c_int, [request, tensor, texts, texts]), ("recipe_count", ctypes.c_int64, []),
            ("recipe_name", text, [ctypes.c_int64]), ("recipe_info", ctypes.c_int, [text, texts]),
            ("quick_cases", ctypes.c_int, [text, texts]),
            ("case_input", ctypes.c_int, [text, ctypes.POINTER(ctypes.c_int32), size, size, ctypes.c_void_p])):
        function = getattr(library, "bitgate_" + name)
        function.restype, function.argtypes = result, arguments
    found = library.bitgate_version().decode()
    if found.split(".")[:2] != __version__.split(".")[:2]:  # the structs above are those of one minor version
        raise ImportError(f"bitgate: {where} is version {found}, and this file is for {__version__}")
    return library


_library = _load()


def _told(status):
    """The status, if it is a pass or a difference."""
    if status in (_PASS, _DIFFERENCE):
        return status
    message = _library.bitgate_last_error().decode()
    raise (ValueError if status == _BAD_INPUT else CouldNotTell)(message)


def _name(what, name):
    if not isinstance(name, str):
        raise TypeError(f"{what} is a {type(name).__name__}: a name expected, e.g. 'te/nvfp4'")
    if "\0" in name:  # where C would end it
        raise ValueError(f"{what} {name!r}: no name holds a zero")
    return name.encode()


def _text_of(function, *arguments):
    text = ctypes.c_char_p()
    _told(function(*arguments, ctypes.byref(text)))
    return text.value.decode()


# Arrays -------------------------------------------------------------------------------------------------------------


class _DLTensor(ctypes.Structure):  # dlpack.h, at the head of a DLManagedTensor
    _fields_ = [("data", ctypes.c_void_p), ("device_type", ctypes.c_int32), ("device_id", ctypes.c_int32),
                ("ndim", ctypes.c_int32), ("code", ctypes.c_uint8), ("bits", ctypes.c_uint8),
                ("lanes", ctypes.c_uint16), ("shape", ctypes.POINTER(ctypes.c_int64)),
                ("strides", ctypes.POINTER(ctypes.c_int64)), ("byte_offset", ctypes.c_uint64)]


_DL_HOST = (1, 3)  # the CPU's memory, and such memory pinned for CUDA
_DL_INT, _DL_UINT, _DL_FLOAT, _DL_BF16, _DL_BOOL, _DL_FIRST_SMALL_FLOAT = 0, 1, 2, 4, 6, 7


def _dl_type(dl):
    """How the bits of a DLPack type lie in NumPy, and what they are where NumPy has no name for it."""
    width = dl.bits * dl.lanes
    if dl.code == _DL_BF16 and width == 16:
        return np.dtype(np.uint16), "bf16"
    if dl.code >= _DL_FIRST_SMALL_FLOAT and width == 8:  # fp8 and E8M0, or two fp4 a byte
        return np.dtype(np.uint8), None
    kind = {_DL_INT: "i", _DL_UINT: "u", _DL_FLOAT: "f", _DL_BOOL: "u"}.get(dl.code)
    if kind is None or dl.lanes != 1 or width not in (8, 16, 32, 64) or (kind == "f" and width == 8):
        raise TypeError(f"DLPack type code {dl.code} of {dl.bits} bits in {dl.lanes} lanes is no type that is stored")
    return np.dtype(f"{kind}{width // 8}"), None


def _from_dlpack(x):
    if any(c.__module__.split(".")[0] == "torch" for c in type(x).__mro__):
        x = x.detach().cpu()
        # Not every version hands these over by DLPack.
        if x.element_size() == 1 and x.is_floating_point() or "float4" in str(x.dtype):
            import torch
            x = x.view(torch.uint8)
    if x.__dlpack_device__()[0] not in _DL_HOST:
        raise ValueError("an array in the memory of another device: copy it to the CPU first")
    get = ctypes.pythonapi.PyCapsule_GetPointer
    get.restype, get.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    capsule = x.__dlpack__()  # frees what it holds when it goes, as it keeps its name
    dl = _DLTensor.from_address(get(capsule, b"dltensor"))
    dtype, name = _dl_type(dl)
    shape = tuple(dl.shape[i] for i in range(dl.ndim))
    if 0 in shape:
        return np.empty(shape, dtype), name
    strides = [dl.strides[i] for i in range(dl.ndim)] if dl.strides else None
    if strides is None:
        strides = [int(np.prod(shape[i + 1:], dtype=np.int64)) for i in range(dl.ndim)]
    if min(strides, default=0) < 0:
        raise ValueError("a DLPack array with a negative stride: make it contiguous first")
    elements = 1 + sum((side - 1) * stride for side, stride in zip(shape, strides))
    memory = (ctypes.c_uint8 * (elements * dtype.itemsize)).from_address(dl.data + dl.byte_offset)
    flat = np.frombuffer(memory, dtype=dtype, count=elements)
    view = np.lib.stride_tricks.as_strided(flat, shape, [stride * dtype.itemsize for stride in strides])
    return np.array(view, order="C", copy=True), name


def _bits(x):
    """A contiguous NumPy array of x's bits, and the name of its type where NumPy has none."""
    if not isinstance(x, (np.ndarray, np.generic)) and hasattr(x, "__dlpack__"):
        return _from_dlpack(x)
    x = np.asarray(x)
    if x.dtype.name == "bfloat16":  # of ml_dtypes
        return np.ascontiguousarray(x).view(np.uint16), "bf16"
    if x.dtype.name.startswith(("float8_", "float4_", "float6_")) and x.dtype.itemsize == 1:
        return np.ascontiguousarray(x).view(np.uint8), None
    if not x.dtype.isnative:
        raise TypeError(f"an array of {x.dtype}: the bytes of this machine's order expected")
    return np.require(x, requirements="CA"), None


def _number(x):
    """The bits of a float32 that may be a Python number, or of a type that every value of can be one."""
    if isinstance(x, (int, float)):
        return np.float32(x)
    bits, type_name = _bits(x)
    if type_name == "bf16":  # the amax of a bf16 tensor in torch
        return np.left_shift(bits, 16, dtype=np.uint32).view(np.float32)
    return bits.astype(np.float32) if bits.dtype == np.float16 else bits


def _input(x, dtype):
    """The bits of an input as rows and columns, the name of its type, and how many dimensions it had."""
    bits, name = _bits(x)
    if dtype is not None:
        dtype = getattr(dtype, "__name__", str(dtype)).rpartition(".")[2]  # of torch.bfloat16
        dtype = _DTYPES_ELSEWHERE.get(dtype, dtype)
    if name is None:
        name = {"float32": "fp32", "float16": "f16"}.get(bits.dtype.name)
    if name is None and bits.dtype == np.uint16 and dtype in ("bf16", "f16"):
        name = dtype
    if name is None and bits.dtype == np.uint16 and dtype is None:
        raise TypeError("x holds uint16 patterns: say by dtype='bf16' or dtype='f16' of what")
    if name is None:
        raise TypeError(f"x is {bits.dtype}: float32, bf16 or float16 expected")
    if dtype is not None and dtype != name:
        raise TypeError(f"x is {name}, and dtype says {dtype}")
    if bits.ndim not in (1, 2, 3):
        raise ValueError(f"x has {bits.ndim} dimensions: one (a row), two, or three (the leading two are rows) expected")
    rows = int(np.prod(bits.shape[:-1], dtype=np.int64))
    return bits.reshape(rows, bits.shape[-1]), name, bits.ndim


def _gate(gate, name, shape):
    """A gate widened to float32: one an element of an input of that type and shape."""
    bits, gate_name = _bits(gate)
    if gate_name is None:
        gate_name = {"float32": "fp32", "float16": "f16"}.get(bits.dtype.name)
    if gate_name is None and bits.dtype == np.uint16 and name != "fp32":  # patterns, as those of the input
        gate_name = name
    widened = bits.dtype == np.float32  # of whatever type: the library refuses numbers that are not of the input's
    if not widened and gate_name != name:
        raise TypeError(f"gate is {gate_name or bits.dtype}, and x is {name}: the same type or float32 expected")
    if int(np.prod(bits.shape[:-1], dtype=np.int64)) != shape[0] or bits.shape[-1:] != shape[1:]:
        raise ValueError(f"gate has the shape {bits.shape}, and x is {shape[0]} x {shape[1]}: one an element expected")
    if gate_name == "bf16":
        bits = np.left_shift(bits, 16, dtype=np.uint32).view(np.float32)
    elif bits.dtype == np.uint16:
        bits = bits.view(np.float16)
    return np.ascontiguousarray(bits.astype(np.float32)).reshape(-1)


def _stored(name, x, input_dims, expected):
    """The bits of one stored array. Sides of one element do not count, and leading sides are rows as those of x are."""
    bits = np.float32(x) if name == "global" and isinstance(x, (int, float)) else _bits(x)[0]
    if bits.dtype == np.int8 or bits.dtype == np.float16:
        bits = bits.view(np.uint8 if bits.dtype == np.int8 else np.uint16)
    if bits.dtype not in _ARRAY_TYPES[1:]:
        raise TypeError(f"{name} is {bits.dtype}: uint8, uint16 or float32 expected")
    if input_dims == 3 and bits.ndim == 3 and name != "packed":
        bits = bits.reshape(bits.shape[0] * bits.shape[1], bits.shape[2])
    if bits.shape != expected and [s for s in bits.shape if s != 1] == [s for s in expected if s != 1]:
        bits = bits.reshape(expected)
    if bits.ndim > 3:
        raise ValueError(f"{name} has the shape {bits.shape}, expected {expected}")
    return bits


# Requests -----------------------------------------------------------------------------------------------------------


def _index(what, name, names):
    if name not in names:
        raise ValueError(f"{what} {name!r}: one of {', '.join(repr(n) for n in names)} expected")
    return names.index(name)


class _Asked:
    """A request of C, and the arrays that it points into."""

    def __init__(self, x, recipe, dtype=None, direction=None, layout="logical", amax=None, global_=None, weight=None,
                 residual=None, epsilon=None, random_bits=None, philox=None, global_given=False, gate=None,
                 row_factor=None):
        bits, name, self.dims = _input(x, dtype)
        self._held = [bits]
        self.c = _Request(recipe=_name("recipe", recipe), input=bits.ctypes.data, rows=bits.shape[0], cols=bits.shape[1],
                          dtype=_DTYPES.index(name), direction=_index("direction", direction, _DIRECTIONS),
                          scale_layout=_index("layout", layout, _LAYOUTS), global_given=1 if global_given else 0)
        self.recipe = recipe
        for field, numbers in (("amax", amax), ("global_", global_), ("weight", weight), ("residual", residual),
                               ("row_factor", row_factor)):
            if numbers is not None:
                setattr(self.c, field, self._pointer(field, numbers, np.float32, ctypes.c_float))
                setattr(self.c, field.rstrip("_") + "_count", self._held[-1].size)
        if gate is not None:
            self._held.append(_gate(gate, name, bits.shape))
            self.c.gate, self.c.gate_count = self._held[-1].ctypes.data_as(_FLOATS), bits.size
        if epsilon is not None:
            self.c.epsilon = self._pointer("epsilon", epsilon, np.float32, ctypes.c_float)
        if random_bits is not None:
            self.c.random_bits = self._pointer("random_bits", random_bits, np.uint32, ctypes.c_uint32)
            self.c.random_bits_count = self._held[-1].size
        if philox is not None:
            seed, offset = philox
            if not (0 <= seed < 2**64 and 0 <= offset < 2**64):
                raise ValueError(f"philox {philox}: a seed and an offset from 0 to 2^64 - 1 expected")
            self.c.philox_seed, self.c.philox_offset = seed, offset
        self.sizes = _Tensor()
        _told(_library.bitgate_sizes(ctypes.byref(self.c), ctypes.byref(self.sizes)))

    def _pointer(self, name, numbers, dtype, c_type):
        bits = _number(numbers) if dtype == np.float32 else _bits(numbers)[0]
        if dtype == np.uint32 and bits.dtype == np.int32:
            bits = bits.view(np.uint32)
        if bits.dtype != dtype:
            raise TypeError(f"{name} is {bits.dtype}: {np.dtype(dtype)} expected")
        self._held.append(np.ascontiguousarray(bits).reshape(-1))
        return self._held[-1].ctypes.data_as(ctypes.POINTER(c_type))

    def shape(self, field):
        array = getattr(self.sizes, field)
        return tuple(array.shape[:array.dims]) if array.type else None

    def tensor(self, arrays):
        """A tensor of C that points to what is not None, and what has to live as long."""
        tensor, held = _Tensor(), []
        for field, x in arrays.items():
            if x is None:
                continue
            name, expected = field.rstrip("_"), self.shape(field)
            if expected is None:
                raise ValueError(f"{name} is given, and {self.recipe} stores none")
            bits = _stored(name, x, self.dims, expected)
            held.append(bits)
            shape = (ctypes.c_int64 * 3)(*bits.shape)
            setattr(tensor, field, _Array(bits.ctypes.data, shape, bits.ndim, _ARRAY_TYPES.index(bits.dtype)))
        logical = [f for f in FIELDS if f != "packed" and self.shape(f) is not None]
        missing = [f for f in logical if arrays.get(f) is None]
        if arrays.get("packed") is None and missing:
            raise ValueError(f"{self.recipe} stores {', '.join(f.rstrip('_') for f in logical)}: "
                             f"{missing[0]} is missing")
        return tensor, held


# What there is ------------------------------------------------------------------------------------------------------


def recipes():
    """The names of all recipes, in the order of `bitgate list recipes`."""
    return [_library.bitgate_recipe_name(i).decode() for i in range(_library.bitgate_recipe_count())]


def recipe_info(recipe):
    """What is known of a recipe: a dict (c_api.h names its keys)."""
    return json.loads(_text_of(_library.bitgate_recipe_info, _name("recipe", recipe)))


def quick_cases(recipe):
    """The names of the cases that check() asks."""
    return _text_of(_library.bitgate_quick_cases, _name("recipe", recipe)).split()


def case_input(name):
    """The input of a case: float32, float16, or the uint16 patterns of bf16."""
    dtype, rows, cols = ctypes.c_int32(), ctypes.c_int64(), ctypes.c_int64()
    sizes = [ctypes.byref(dtype), ctypes.byref(rows), ctypes.byref(cols)]
    case = _name("case", name)
    _told(_library.bitgate_case_input(case, *sizes, None))
    x = np.empty((rows.value, cols.value), (np.float32, np.uint16, np.float16)[dtype.value])
    _told(_library.bitgate_case_input(case, *sizes, x.ctypes.data))
    return x


def quantize(x, recipe, **given):
    """The reference: a Quantized of the arrays that the recipe's producer stores.

    given: dtype, direction ("row", "column"; None: the recipe's), layout of the scales ("logical", "padded", "128x4",
    "8x4"), amax, global_ (the number that the producer stores), weight, residual, epsilon, random_bits (uint32), philox (seed,
    offset), gate (SiLU of it multiplies x: of x's type and shape, or widened to float32), row_factor (of a norm that is
    checked from its row statistic on: float32, one a row). recipe_info(recipe)["takes"] names those a recipe needs.
    """
    asked = _Asked(x, recipe, **given)
    tensor, arrays = asked.sizes, {}
    for field in FIELDS:
        array = getattr(tensor, field)
        if array.type:
            arrays[field] = np.zeros(asked.shape(field), _ARRAY_TYPES[array.type])
            array.data = arrays[field].ctypes.data
    _told(_library.bitgate_quantize(ctypes.byref(asked.c), ctypes.byref(tensor)))
    return Quantized(**arrays)


# Verdicts -----------------------------------------------------------------------------------------------------------


def _verify(what, asked, arrays):
    """Whether every bit is equal, and the report."""
    tensor, held = asked.tensor(arrays)
    report = ctypes.c_char_p()
    status = _library.bitgate_verify(ctypes.byref(asked.c), what.encode(), ctypes.byref(tensor), ctypes.byref(report))
    del held  # lived until here
    return _told(status) == _PASS, report.value.decode()


def assert_bits_equal(x, codes=None, scales=None, recipe=None, global_=None, extras=None, packed=None, values=None,
                      **given):
    """Raises AssertionError, with the first differences and how the reference got there, unless every bit is the one
    that the recipe makes of x. given: as quantize() takes it, and global_given=True for a global that was given to the
    kernel and is not checked."""
    __tracebackhide__ = True  # pytest shows the caller's line
    if recipe is None:
        raise TypeError("recipe is missing, e.g. recipe='te/nvfp4'")
    arrays = dict(zip(FIELDS, (codes, scales, global_, extras, packed, values)))
    equal, report = _verify("the tensor", _Asked(x, recipe, **given), arrays)
    if not equal:
        raise AssertionError(report)


def identify(x, codes=None, scales=None, stored_as=None, global_=None, extras=None, packed=None, values=None, **given):
    """Which recipes explain every byte: an Identified. stored_as: a recipe whose producer stores such arrays."""
    if stored_as is None:
        raise TypeError("stored_as is missing: a recipe whose producer stores such arrays, e.g. stored_as='te/nvfp4'")
    asked = _Asked(x, stored_as, **given)
    tensor, held = asked.tensor(dict(zip(FIELDS, (codes, scales, global_, extras, packed, values))))
    report, names = ctypes.c_char_p(), ctypes.c_char_p()
    _told(_library.bitgate_identify(ctypes.byref(asked.c), ctypes.byref(tensor), ctypes.byref(report),
                                    ctypes.byref(names)))
    del held  # lived until here
    return Identified(names.value.decode().split(), report.value.decode())


def _arrays_of(answer, asked):
    if isinstance(answer, Quantized):
        return answer._asdict()
    if isinstance(answer, dict):
        arrays = {"global_" if key == "global" else key: x for key, x in answer.items()}
        unknown = sorted(str(key) for key in arrays if key not in FIELDS)
        if unknown:
            raise TypeError(f"fn returned a dict with {unknown[0]!r}: {', '.join(FIELDS)} expected")
        return arrays
    if isinstance(answer, (tuple, list)) and len(answer) in (2, 3):
        return dict(zip(FIELDS, answer))
    if asked.shape("codes") is None and not isinstance(answer, (tuple, list, type(None))):
        return {"values": answer}
    raise TypeError(f"fn returned a {type(answer).__name__}: (codes, scales), (codes, scales, global), a dict or a "
                    "Quantized expected")


def _require_input_is_all(recipe):
    info = recipe_info(recipe)
    if info["operands"] or info["draws"]:
        beside = " and ".join("a " + name for name in info["takes"]) or "random words"
        raise ValueError(f"{recipe} takes {beside} beside the input, and fn(x) is given the input alone: "
                         "use assert_bits_equal")


def _to_torch(x, device):
    import torch

    bf16 = x.dtype == np.uint16
    tensor = torch.from_numpy(x.view(np.int16) if bf16 else x)
    return (tensor.view(torch.bfloat16) if bf16 else tensor).to(device)


def _raised(error):
    return "fn raised " + "".join(traceback.format_exception_only(type(error), error)), error


def _ask(fn, recipe, name, device):
    """None where fn's answer to a case is right; else what went wrong, and the exception where fn raised."""
    x = case_input(name)
    asked = _Asked(x, recipe, dtype="bf16" if x.dtype == np.uint16 else None)
    given = x.copy() if device is None else _to_torch(x.copy(), device)
    try:
        answer = fn(given)
    except Exception as error:  # whatever a kernel raises is its failure
        return _raised(error)
    try:
        equal, report = _verify("fn", asked, _arrays_of(answer, asked))
    except (TypeError, ValueError) as error:
        raise (TypeError if isinstance(error, TypeError) else ValueError)(f"case {name}: {error}") from error
    except CouldNotTell:
        raise
    except RuntimeError as error:  # a GPU tells what went wrong when its answer is read
        return _raised(error)
    return None if equal else (report, None)


def check(fn, recipe, cases=None, device=None):
    """Asks fn(x) -> (codes, scales[, global]) for the quick cases of the recipe, or for `cases`, and returns how many
    were checked. x is a NumPy array, bf16 as uint16 patterns; with a device of torch ("cpu", "cuda") a tensor there. fn
    may return a Quantized or a dict of its fields instead; of a recipe that stores nothing but values, those. Raises
    AssertionError naming the first case that differs, or in which fn raised, and what repeats it."""
    __tracebackhide__ = True
    _require_input_is_all(recipe)
    names = quick_cases(recipe) if cases is None else [cases] if isinstance(cases, str) else list(cases)
    if not names:
        raise ValueError(f"{recipe}: there is no case to check")
    failures = []
    for name in names:
        failure = _ask(fn, recipe, name, device)
        if failure is not None:
            failures.append((name, *failure))
    if not failures:
        return len(names)
    name, report, error = failures[0]
    where = "" if device is None else f", device={str(device)!r}"
    raise AssertionError(
        f"{recipe}: {len(failures)} of {len(names)} cases fail, the first: {name}\n{report}"
        f"again: bitgate.check(fn, recipe={recipe!r}, cases=[{name!r}]{where})\n"
        f"what is expected: bitgate quantize --case '{name}' --recipe {recipe} --out expected") from error
