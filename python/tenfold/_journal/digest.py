"""Digests of values that are equal in every process, for as long as the values behave alike.

A value is known by what it is: class, parameters, bytes; a class or function of an installed package by its
name and the package's version, one of the user's own by its code and by what that code refers to. What has
no such identity (a lambda, an open file, a generator) is refused, in words.
"""

from __future__ import annotations

import enum
import functools
import hashlib
import sys
import types
from collections.abc import Iterable
from importlib import metadata
from typing import Any

import numpy as np
from scipy import sparse

from tenfold._refusal import Refusal

_SIZE = 20
_SIMPLE = (bool, int, float, complex, str, bytes, type(None), type(Ellipsis), range, slice)
_DISTRIBUTIONS = {"sklearn": "scikit-learn", "PIL": "Pillow", "yaml": "PyYAML", "cv2": "opencv"}
_FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType, type(np.mean), np.ufunc)
# Attributes of a class that say nothing of what it does.
_IDLE = frozenset(
    {
        "__module__", "__qualname__", "__doc__", "__dict__", "__weakref__", "__abstractmethods__",
        "__firstlineno__", "__static_attributes__", "__annotations__", "__annotate__",
        "__parameters__", "__orig_bases__", "__slots__", "_abc_impl", "_sklearn_output_config",
    }
)  # fmt: skip


def digest(*values: Any) -> bytes:
    """A digest of these values; raises Refusal where one has no value that outlives this process."""
    return Digest().add_all(values).done()


class Digest:
    """Values taken one after the other into one digest."""

    def __init__(self) -> None:
        self._hash = hashlib.blake2b(digest_size=_SIZE)
        self._open: list[
            int
        ] = []  # identities of the objects that are being walked: cycles end there

    def done(self) -> bytes:
        """The digest of all that was taken."""
        return self._hash.digest()

    def add_all(self, values: Iterable[Any]) -> Digest:
        """Take several values."""
        for value in values:
            self.add(value)
        return self

    def add(self, value: Any) -> None:
        """Take a value."""
        if isinstance(value, _SIMPLE) and type(value) in _SIMPLE:
            # repr: NaN equals itself, 0.0 does not equal -0.0, and 1, 1.0 and True stay apart.
            self._mark(type(value).__name__, repr(value))
        elif isinstance(value, np.ndarray):
            self._add_array(value)
        elif isinstance(value, np.generic):
            self._mark("scalar", value.dtype.str, repr(value.item()))
        elif isinstance(value, np.dtype):
            self._mark("dtype", repr(value))
        elif isinstance(value, type):
            self._add_class(value)
        elif isinstance(value, functools.partial):
            self._mark("partial")
            self.add_all((value.func, value.args, value.keywords))
        elif isinstance(value, types.MethodType):
            self._mark("method", value.__name__)
            self.add(value.__self__)
        elif isinstance(value, _FUNCTIONS):
            self._add_function(value)
        elif isinstance(value, types.ModuleType):
            self._mark("module", value.__name__, version_of(value.__name__) or "")
        else:
            self._walk(value)

    def _mark(self, *words: str) -> None:
        for word in words:
            data = word.encode()
            self._hash.update(len(data).to_bytes(8, "little"))
            self._hash.update(data)

    def _walk(self, value: Any) -> None:
        """Take a value that may hold others, itself among them."""
        if id(value) in self._open:
            self._mark("again", str(len(self._open) - self._open.index(id(value))))
            return
        self._open.append(id(value))
        try:
            self._add_container(value)
        finally:
            self._open.pop()

    def _add_container(self, value: Any) -> None:
        if type(value) in (list, tuple):
            self._mark(type(value).__name__, str(len(value)))
            self.add_all(value)
        elif type(value) is dict:
            # In order: a ColumnTransformer's transformers, say, have one.
            self._mark("dict", str(len(value)))
            for key, item in value.items():
                self.add_all((key, item))
        elif type(value) in (set, frozenset):
            self._mark(type(value).__name__, str(len(value)))
            for item in sorted(digest(item) for item in value):
                self._hash.update(item)
        elif isinstance(value, enum.Enum):
            self._mark("enum", value.name)
            self._add_class(type(value))
        elif sparse.issparse(value):
            self._add_sparse(value)
        elif type(value).__module__.partition(".")[0] == "pandas":
            self._add_pandas(value)
        elif isinstance(value, np.random.RandomState):
            self._mark("RandomState")
            self.add(value.get_state())
        elif hasattr(value, "get_params") and hasattr(value, "__dict__"):
            self._add_state(value, vars(value))
        else:
            self._add_object(value)

    def _add_array(self, value: np.ndarray[Any, Any]) -> None:
        layout = (
            f"{value.flags.c_contiguous:d}{value.flags.f_contiguous:d}"  # it may decide last bits
        )
        self._mark(type(value).__name__, value.dtype.str, repr(value.shape), layout)
        if isinstance(value, np.ma.MaskedArray):
            self.add_all((value.mask, value.filled()))
        elif value.dtype.hasobject:
            self.add(value.ravel().tolist())
        else:
            block = value if value.flags.c_contiguous else np.asarray(value.T)
            if not block.flags.c_contiguous:
                block = np.ascontiguousarray(block)
            self._hash.update(block.reshape(-1).view(np.uint8).data if block.size else b"")

    def _add_sparse(self, value: Any) -> None:
        self._mark(type(value).__name__, value.format, repr(value.shape))
        arrays = {name: item for name, item in vars(value).items() if isinstance(item, np.ndarray)}
        if not arrays:
            raise Refusal(f"a sparse matrix of format {value.format} has no identity")
        for name in sorted(arrays):
            self._mark(name)
            self._add_array(arrays[name])

    def _add_pandas(self, value: Any) -> None:
        name = type(value).__name__
        self._mark("pandas", name)
        if name == "DataFrame":
            self.add(list(value.columns))
            for position in range(value.shape[1]):
                self._add_column(value.iloc[:, position])
        elif name == "Series":
            self.add(value.name)
            self._add_column(value)
        elif hasattr(value, "to_numpy"):
            self.add(value.to_numpy())
        else:
            raise Refusal(f"a {name} of pandas has no identity")

    def _add_column(self, column: Any) -> None:
        self._mark(str(column.dtype))
        if str(column.dtype) == "category":
            self.add_all((column.cat.categories.to_numpy(), column.cat.codes.to_numpy()))
            return
        values = column.to_numpy()
        if values.dtype.hasobject:
            import pandas

            missing = pandas.isna(values)
            self.add(missing)
            values = values[~missing]
        self.add(values)

    def _add_object(self, value: Any) -> None:
        """Take an object by its class and state, where it has both."""
        kind = type(value)
        own = {name for base in kind.__mro__[:-1] for name in vars(base)}
        if not own & {"__reduce__", "__reduce_ex__", "__getstate__"}:
            state = getattr(value, "__dict__", None)
            if state is not None and not hasattr(kind, "__next__"):
                self._add_state(value, state)
                return
        raise Refusal(f"a {kind.__name__} has no value that another process would know")

    def _add_state(self, value: Any, state: dict[str, Any]) -> None:
        self._mark("object")
        self._add_class(type(value))
        for name in sorted(state):
            self._mark(name)
            self.add(state[name])

    def _add_class(self, kind: type) -> None:
        package = kind.__module__
        known = version_of(package)
        self._mark("class", package, kind.__qualname__, known or "")
        if known is not None or id(kind) in self._open:
            return
        self._open.append(id(kind))
        for base in kind.__bases__:
            self._add_class(base)
        for name, item in sorted(vars(kind).items()):
            if name in _IDLE:
                continue
            self._mark(name)
            self._add_member(item)
        self._open.pop()

    def _add_member(self, item: Any) -> None:
        if isinstance(item, staticmethod | classmethod):
            self.add(item.__func__)
        elif isinstance(item, property):
            self.add_all((item.fget, item.fset))
        elif isinstance(item, functools.cached_property):
            self.add(item.func)
        else:
            self.add(item)

    def _add_function(self, function: Any) -> None:
        name = getattr(function, "__qualname__", getattr(function, "__name__", ""))
        package = getattr(function, "__module__", None) or "builtins"
        if isinstance(function, np.ufunc):
            package = "numpy"
        known = version_of(package)
        if name == "<lambda>" or name.endswith(".<lambda>"):
            raise Refusal("a lambda has no name to be known by")
        self._mark("function", package, name, known or "")
        if known is not None or id(function) in self._open:
            return
        code = getattr(function, "__code__", None)
        if code is None:
            raise Refusal(f"the code of {name} can't be seen")
        self._open.append(id(function))
        self._add_code(code)
        self.add_all((function.__defaults__, function.__kwdefaults__))
        self.add_all(cell.cell_contents for cell in function.__closure__ or ())
        for other in sorted(_names_in(code)):
            if other in function.__globals__:
                self._mark(other)
                self.add(function.__globals__[other])
        self._open.pop()

    def _add_code(self, code: types.CodeType) -> None:
        self._hash.update(code.co_code)
        self.add_all((code.co_names, code.co_varnames, code.co_freevars))
        for constant in code.co_consts:
            if isinstance(constant, types.CodeType):
                self._add_code(constant)
            else:
                self.add(constant)


def _names_in(code: types.CodeType) -> set[str]:
    """Global names that a function's code, and that of functions inside of it, may look up."""
    names = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            names |= _names_in(constant)
    return names


@functools.cache
def version_of(module: str) -> str | None:
    """Version of the installed package that a module belongs to; None for code of the user's own."""
    top = module.partition(".")[0]
    if top in sys.builtin_module_names or top in sys.stdlib_module_names:
        return None if top == "__main__" else sys.version
    if top == "tenfold":
        return str(sys.modules["tenfold"].__version__)
    try:
        return metadata.version(_DISTRIBUTIONS.get(top, top))
    except metadata.PackageNotFoundError:
        pass
    for name in _packages().get(top, ()):
        return metadata.version(name)
    return None


@functools.cache
def _packages() -> dict[str, list[str]]:
    return dict(metadata.packages_distributions())
