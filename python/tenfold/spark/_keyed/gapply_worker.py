"""What runs on executors for ``gapply``; sent by value."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa


def group_function(
    func: Callable[[Any, pd.DataFrame], pd.DataFrame],
    key_names: Sequence[str],
    names: Sequence[str],
    kinds: Mapping[str, Any],
    nullable: Mapping[str, bool],
) -> Callable[[tuple[Any, ...], pd.DataFrame], pd.DataFrame]:
    """``func`` as ``applyInPandas`` wants it: the key put before its result, the result checked."""

    def apply_one(key: tuple[Any, ...], values: pd.DataFrame) -> pd.DataFrame:
        key = tuple(k.item() if isinstance(k, np.number | np.bool_) else k for k in key)
        result = func(bare_key(key, key_names), values[list(names)])
        result = checked(result, named_group(key, key_names), kinds, nullable)
        for i, name in enumerate(key_names):
            result.insert(
                i, name, pd.Series([key[i]] * len(result), index=result.index, dtype=object)
            )
        return result

    return apply_one


def bare_key(key: Sequence[Any], key_names: Sequence[str]) -> Any:
    """A key as the user's function gets it: a value, or a tuple where several columns make it."""
    return () if not key_names else key[0] if len(key_names) == 1 else tuple(key)


def named_group(key: Sequence[Any], key_names: Sequence[str]) -> str:
    """A group as errors name it."""
    return ", ".join(f"{name}={k!r}" for name, k in zip(key_names, key, strict=False))


def checked(
    result: Any, group: str, kinds: Mapping[str, Any], nullable: Mapping[str, bool]
) -> pd.DataFrame:
    """The result with the schema's names and order, or the error that names group and column."""
    where = f"gapply, group {group or 'of all rows'}"
    if not isinstance(result, pd.DataFrame):
        kind = type(result).__name__
        raise ValueError(f"{where}: the function must return a pandas DataFrame, got {kind}")
    if len(result.columns) == 0 and len(result) == 0:
        return pd.DataFrame({name: pd.Series(dtype=object) for name in kinds})
    if len(result.columns) != len(kinds):
        raise ValueError(
            f"{where}: the result has {len(result.columns)} columns "
            f"({', '.join(map(str, result.columns))}), the schema has {len(kinds)} "
            f"({', '.join(kinds)})"
        )
    by_name = set(result.columns) == set(kinds)
    result = result[list(kinds)] if by_name else result.set_axis(list(kinds), axis=1)
    for name, kind in kinds.items():
        check_column(where, name, result[name], kind, nullable[name])
    tidy: pd.DataFrame = result.reset_index(drop=True)
    return tidy


def check_column(where: str, name: str, values: pd.Series, kind: Any, nullable: bool) -> None:
    """Raise where a column of a result cannot be what the schema says."""
    if not nullable and values.isna().any():
        raise ValueError(f"{where}: column {name!r} has nulls, the schema allows none")
    if kind is None:
        return
    try:
        pa.Array.from_pandas(values, type=kind)
    except (
        pa.ArrowInvalid,
        pa.ArrowTypeError,
        pa.ArrowNotImplementedError,
        OverflowError,
    ) as error:
        raise ValueError(
            f"{where}: column {name!r} (dtype {values.dtype}) is not of type {kind}: {error}"
        ) from error
