"""What runs on executors for ``gapply`` as it was: cells as Python objects, in and out. Sent by value."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from tenfold.spark._keyed.gapply_worker import bare_key, checked, named_group


def rows_function(
    func: Callable[[Any, pd.DataFrame], pd.DataFrame],
    key_names: Sequence[str],
    names: Sequence[str],
    kinds: Mapping[str, Any],
    nullable: Mapping[str, bool],
) -> Callable[..., list[tuple[Any, ...]]]:
    """``func`` as a Python function of Spark's: the key's values and a list of rows in, rows out.

    A column of the schema that is named as a key column holds the key, whatever ``func`` put there.
    """

    def apply_one(*arguments: Any) -> list[tuple[Any, ...]]:
        *key, rows = arguments
        values = pd.DataFrame(
            {name: [row[i] for row in rows] for i, name in enumerate(names)},
            index=range(len(rows)),
            columns=list(names),
        )
        result = func(bare_key(key, key_names), values)
        result = checked(result, named_group(key, key_names), kinds, nullable)
        columns = [[value] * len(result) for value in key]
        for name, kind in kinds.items():
            if name in key_names:
                columns.append([key[list(key_names).index(name)]] * len(result))
            else:
                columns.append(_cells(result[name], kind))
        return list(zip(*columns, strict=True))

    return apply_one


def _cells(values: pd.Series, kind: Any) -> list[Any]:
    """A column as what Spark makes cells of, which takes no NumPy numbers and no int for a double."""
    if kind is None:
        return [None if _is_missing(value) else _native(value) for value in values]
    import pyarrow as pa

    cells: list[Any] = pa.Array.from_pandas(values, type=kind).to_pylist()
    return cells


def _native(value: Any) -> Any:
    """A nested value without NumPy's own in it; objects of user-defined types as they are."""
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray | list):
        return [_native(one) for one in value]
    if type(value) is tuple:
        return tuple(_native(one) for one in value)
    if isinstance(value, dict):
        return {_native(key): _native(one) for key, one in value.items()}
    return value


def _is_missing(value: Any) -> bool:
    return value is None or value is pd.NaT or (isinstance(value, float) and value != value)
