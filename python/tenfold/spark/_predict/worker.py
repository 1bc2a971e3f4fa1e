"""What runs on executors for ``predict_udf``: Arrow batches in, what the estimator gives out.

The module is sent by value, so that executors need scikit-learn but not this package; it therefore
imports nothing of the package but what is sent with it.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from tenfold.spark._frames.vectors import check_widths, decode, list_parts, to_dense
from tenfold.spark._keyed.worker import check_version, task_cpus


def predictor(
    pickled: bytes,
    sklearn_version: str,
    method: str,
    features: Sequence[str],
    columns: Sequence[str] | None,
    output_type: Any,
    skip_nulls: bool,
) -> Callable[[Iterator[Any]], Iterator[Any]]:
    """The function that Spark is to run over the batches of one task.

    ``features`` name what comes in, ``columns`` what the estimator was fitted on (None: an array);
    ``output_type`` is Arrow's.
    """

    def predict(batches: Iterator[Any]) -> Iterator[Any]:
        from threadpoolctl import threadpool_limits

        check_version(sklearn_version)
        estimator = pickle.loads(pickled)
        with threadpool_limits(task_cpus()):
            for batch in batches:
                yield one(estimator, batch if isinstance(batch, tuple) else (batch,))

    def one(estimator: Any, arrays: tuple[Any, ...]) -> Any:
        n_rows = len(arrays[0])
        kept = _rows_without_nulls(arrays) if skip_nulls else None
        if kept is not None:
            arrays = tuple(array.take(kept) for array in arrays)
        if len(arrays[0]) == 0:
            return pa.nulls(n_rows, output_type)
        result = getattr(estimator, method)(_rows(arrays, features, columns))
        output = _output(result, method, output_type)
        if kept is None:
            return output
        places = np.full(n_rows, -1)
        places[kept] = np.arange(len(kept))
        return output.take(pa.array(places, mask=places < 0))

    return predict


def _rows_without_nulls(arrays: tuple[Any, ...]) -> Any:
    """Numbers of the rows in which nothing is null; None where that is all."""
    if not any(array.null_count for array in arrays):
        return None
    sound = np.ones(len(arrays[0]), bool)
    for array in arrays:
        sound &= array.is_valid().to_numpy(zero_copy_only=False)
    return np.flatnonzero(sound)


def _rows(arrays: tuple[Any, ...], features: Sequence[str], columns: Sequence[str] | None) -> Any:
    """What the estimator is given: an array, or a DataFrame under the names it was fitted with."""
    import pandas as pd

    matrix = _matrix(arrays, features)
    if columns is None:
        if matrix is None:
            raise TypeError(
                f"the estimator was fitted on an array, and {', '.join(map(repr, features))} are not all "
                "numbers: fit it on a DataFrame, under their names"
            )
        return matrix
    if matrix is not None:
        return pd.DataFrame(matrix, columns=list(columns), copy=False)
    named = dict(zip(features, arrays, strict=True))
    return pa.table([named[name] for name in columns], names=list(columns)).to_pandas()


def _matrix(arrays: tuple[Any, ...], features: Sequence[str]) -> Any:
    """One array of numbers of all columns; None where their types differ, or are no numbers."""
    if len(arrays) == 1 and _is_wide(arrays[0].type):
        return _wide(arrays[0], features[0])
    kinds = {array.type for array in arrays}
    kind = kinds.pop()
    if kinds or not (pa.types.is_floating(kind) or pa.types.is_integer(kind)):
        return None
    if not pa.types.is_floating(kind) and any(array.null_count for array in arrays):
        return None
    # A column after the other, as they are: what is read column by column is read fast.
    matrix = np.empty((len(arrays[0]), len(arrays)), kind.to_pandas_dtype(), order="F")
    for number, array in enumerate(arrays):
        matrix[:, number] = array.to_numpy(zero_copy_only=False)
    return matrix


def _is_wide(kind: Any) -> bool:
    return bool(pa.types.is_struct(kind) or pa.types.is_list(kind))


def _wide(array: Any, name: str) -> Any:
    if array.null_count:
        raise ValueError(f"column {name!r} has nulls: say nulls='null' to have null for such rows")
    if pa.types.is_struct(array.type):
        return to_dense(decode(array, name))
    values, offsets = list_parts(array)
    return values.reshape(len(array), check_widths(np.diff(offsets), None, name))


def _output(result: Any, method: str, output_type: Any) -> Any:
    """What the estimator gave, as a column of the type that was announced."""
    if hasattr(result, "toarray"):
        result = result.toarray()
    values = np.asarray(result)
    is_list = pa.types.is_list(output_type)
    if values.ndim != (2 if is_list else 1):
        raise TypeError(
            f"{method} gave {'an array' if values.ndim == 2 else 'one value'} a row, and {output_type} was "
            "announced: say return_type='array<double>', or the type of one value"
        )
    if values.dtype.kind == "U":
        values = values.astype(object)
    if not is_list:
        return pa.array(values).cast(output_type)
    n_rows, width = values.shape
    flat = pa.array(np.ascontiguousarray(values).reshape(-1)).cast(output_type.value_type)
    offsets = pa.array(
        np.arange(0, (n_rows + 1) * width, width, dtype=np.int32)
        if width
        else np.zeros(n_rows + 1, np.int32)
    )
    return pa.ListArray.from_arrays(offsets, flat).cast(output_type)
