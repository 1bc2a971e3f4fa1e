"""Columns of Python objects as Arrow arrays: one kind of object at every place, or a word on what is mixed.

Arrow takes its type from the first objects that it meets and makes the others fit: a datetime after a date
loses its time of day, text after bytes becomes bytes, a time without a zone is taken for one in UTC. So what
stands at one place of all cells (the cell, an element of its list, one field of its dict) is looked at first.
"""

from __future__ import annotations

import datetime as dt
import decimal
import itertools
import numbers
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

_SEQUENCES = (list, tuple, np.ndarray)
_NOTHING = (type(None), type(pd.NaT), type(pd.NA))
_ARROW_ERRORS = (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, TypeError)
# Kinds that make one type together without loss; Arrow checks the integers' size.
_TOGETHER = ({"int", "float"}, {"int", "Decimal"})


def arrow_of(name: str, values: pd.Series) -> Any:
    """A pandas column as an Arrow array; raises the TypeError that names the column."""
    if values.dtype == object:
        kinds = mixed(values)
        if kinds:
            raise TypeError(
                f"column {name!r} holds objects of mixed type ({', '.join(sorted(kinds))}); "
                "make them one type"
            )
    try:
        if values.dtype == object and _are_maps(values):
            return _maps(values)
        return pa.Array.from_pandas(values)
    except _ARROW_ERRORS as error:
        raise not_carried(name, values) from error


def not_carried(name: str, values: pd.Series) -> TypeError:
    """The error for a column that Arrow, or Spark, has no type for."""
    if values.dtype != object:
        return TypeError(f"column {name!r}: dtype {values.dtype} has no counterpart in Spark")
    kinds = sorted({type(v).__name__ for v in values if v is not None})
    if len(kinds) > 1:
        return TypeError(
            f"column {name!r} holds objects of mixed type ({', '.join(kinds)}); make them one type"
        )
    return TypeError(f"column {name!r}: objects of type {kinds[0]} have no counterpart in Spark")


def mixed(values: Iterable[Any]) -> set[str]:
    """The kinds of object at the first place that has several; empty where no place has."""
    values = list(values)
    types = set(map(type, values)) - set(_NOTHING)
    if all(issubclass(kind, dict) for kind in types):
        return _mixed_dicts([value for value in values if isinstance(value, dict)])
    if all(issubclass(kind, _SEQUENCES) for kind in types):
        return mixed(_elements(values))
    kinds = {kind for one in types for kind in _kinds_of(one, values)}
    return set() if len(kinds) < 2 or any(kinds <= some for some in _TOGETHER) else kinds


def _elements(values: Sequence[Any]) -> Iterable[Any]:
    """The elements of sequences; of an array of numbers or times one is as good as all."""
    for value in values:
        if isinstance(value, np.ndarray) and value.dtype != object:
            yield from value.ravel()[:1]
        elif isinstance(value, _SEQUENCES):
            yield from value


def _mixed_dicts(values: Sequence[dict[Any, Any]]) -> set[str]:
    keys = set(itertools.chain.from_iterable(values))
    if not all(isinstance(key, str) for key in keys):
        inner = itertools.chain.from_iterable(value.values() for value in values)
        return mixed(keys) or mixed(inner)
    for key in keys:
        kinds = mixed(value.get(key) for value in values)
        if kinds:
            return kinds
    return set()


def _kinds_of(kind: type, values: Sequence[Any]) -> set[str]:
    """What objects of a class are to Arrow."""
    if issubclass(kind, dt.datetime):
        zoned = {value.tzinfo is not None for value in values if type(value) is kind}
        return {"datetime with a zone" if one else "datetime" for one in zoned}
    if issubclass(kind, float | np.floating):
        numbers_only = any(value == value for value in values if type(value) is kind)
        return {"float"} if numbers_only else set()  # NaN is what pandas has for nothing
    for known, name in _KINDS:
        if issubclass(kind, known):
            return {name}
    return {kind.__name__}


_KINDS: list[tuple[Any, str]] = [
    ((bool, np.bool_), "bool"),
    ((dt.timedelta, np.timedelta64), "timedelta"),  # before numbers: NumPy's is an integer too
    (numbers.Integral, "int"),
    (decimal.Decimal, "Decimal"),
    (str, "str"),
    ((bytes, bytearray, memoryview), "bytes"),
    (np.datetime64, "datetime"),
    (dt.date, "date"),
    (dict, "dict"),
    (_SEQUENCES, "list"),
]


def _are_maps(values: pd.Series) -> bool:
    """Whether cells are dicts with keys that no struct has; with keys of text they are structs."""
    cells = [value for value in values if isinstance(value, dict)]
    return any(not isinstance(key, str) for cell in cells for key in cell)


def _maps(values: pd.Series) -> Any:
    cells = [value if isinstance(value, dict) else None for value in values]
    keys = pa.array(list(itertools.chain.from_iterable(cell for cell in cells if cell)))
    items = pa.array(
        list(itertools.chain.from_iterable(cell.values() for cell in cells if cell)),
        from_pandas=True,
    )
    pairs = [None if cell is None else list(cell.items()) for cell in cells]
    return pa.array(pairs, pa.map_(keys.type, items.type), from_pandas=True)
