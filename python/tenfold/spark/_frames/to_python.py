"""Spark DataFrame to pandas, NumPy, SciPy and Arrow, by Arrow, a batch at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import scipy.sparse as sp
from numpy.typing import NDArray
from pyspark.sql import DataFrame
from pyspark.sql import types as st

from tenfold.spark._frames.memory import Budget
from tenfold.spark._frames.progress import TransferProgress
from tenfold.spark._frames.schema import NUMERIC, cast_times, is_numeric, is_vector, select
from tenfold.spark._frames.sinks import Features, NumericColumns, ObjectColumn, Sink
from tenfold.spark._frames.stream import BatchStream
from tenfold.spark._frames.vector_array import VectorArray

VectorForm = Literal["auto", "dense", "sparse"]

#: Metadata of an Arrow field whose struct is a Spark ML vector.
VECTOR_MARK = {b"tenfold": b"vector"}


def to_pandas(
    df: DataFrame,
    columns: Sequence[str] | None = None,
    *,
    vectors: VectorForm = "auto",
    progress: bool | None = None,
    max_bytes: int | None = None,
) -> pd.DataFrame:
    """Spark DataFrame to pandas.

    Parameters
    ----------
    df : pyspark.sql.DataFrame
        Of classic Spark or Spark Connect.
    columns : sequence of str, optional
        The columns to take, in this order; all by default.
    vectors : {"auto", "dense", "sparse"}, default="auto"
        How a column of Spark ML vectors is kept: as one 2-D array, as one CSR matrix, or as CSR
        where there is any sparse vector.
    progress : bool, optional
        Whether to show a progress bar; by default on a terminal and in a notebook.
    max_bytes : int, optional
        The most that the result may take; by default the memory that is available.

    Returns
    -------
    pandas.DataFrame
        Columns of vectors are :class:`VectorArray`: ``df["v"].array.matrix`` is their matrix.
        Timestamps are in the session's time zone, without a zone, in microseconds. Integers with
        nulls are float64, as pandas has it.

    Raises
    ------
    TypeError
        Where a column's type cannot be carried; it names the column.
    ValueError
        Where vectors of a column differ in length; it names the column.
    MemoryError
        Where the result would not fit; it names the largest column.

    Examples
    --------
    >>> to_pandas(spark.range(3))["id"].tolist()  # doctest: +SKIP
    [0, 1, 2]
    """
    df = _at_session_time(select(df, columns))
    fields = df.schema.fields
    sinks, places = _pandas_sinks(fields, vectors)
    order = _receive(df, [(sink, places[i]) for i, sink in enumerate(sinks)], progress, max_bytes)
    series: list[Any] = [None] * len(fields)
    for i, sink in enumerate(sinks):
        result = sink.finish(order)
        if isinstance(sink, NumericColumns):
            for place, values in zip(places[i], result.values(), strict=True):
                series[place] = values
        elif isinstance(sink, Features):
            series[places[i][0]] = VectorArray(result, sink.nulls[0] if sink.nulls else None)
        else:
            series[places[i][0]] = result
        sinks[i] = None  # type: ignore[call-overload]
    frame = pd.DataFrame(dict(enumerate(series)), copy=False)
    frame.columns = pd.Index([field.name for field in fields])
    return frame


def _pandas_sinks(
    fields: Sequence[st.StructField], vectors: str
) -> tuple[list[Sink], list[list[int]]]:
    """The sinks of all columns, and which columns each takes."""
    if vectors not in ("auto", "dense", "sparse"):
        raise ValueError(f"vectors must be 'auto', 'dense' or 'sparse', got {vectors!r}")
    sinks: list[Sink] = []
    places: list[list[int]] = []
    by_type: dict[Any, list[int]] = {}
    for i, field in enumerate(fields):
        if is_vector(field.dataType):
            sinks.append(Features([field], vectors, keep_nulls=True))
            places.append([i])
        elif type(field.dataType) in NUMERIC and not isinstance(field.dataType, st.DecimalType):
            by_type.setdefault(NUMERIC[type(field.dataType)], []).append(i)
        else:
            sinks.append(ObjectColumn(field.name, field.dataType))
            places.append([i])
    for dtype, group in by_type.items():
        # Names may repeat in a DataFrame; places do not.
        sinks.append(NumericColumns([f"{fields[i].name}#{i}" for i in group], dtype))
        places.append(group)
    return sinks, places


def to_numpy(
    df: DataFrame,
    columns: str | Sequence[str] | None = None,
    dtype: Any = None,
    *,
    progress: bool | None = None,
    max_bytes: int | None = None,
) -> NDArray[Any]:
    """Spark DataFrame to one NumPy array.

    Parameters
    ----------
    df : pyspark.sql.DataFrame
        Of classic Spark or Spark Connect.
    columns : str or sequence of str, optional
        One name gives the column: 1-D for scalars, 2-D for vectors and arrays. Several, or all by
        default, stand side by side in a 2-D array, vectors and arrays with their full width.
    dtype : data type, optional
        By default the least that holds all columns; integers with nulls are float64 with NaN, and
        text makes the array one of objects.
    progress, max_bytes
        As in :func:`to_pandas`.

    Returns
    -------
    ndarray of shape (n_rows,) or (n_rows, n_features)
        Sparse vectors are made dense; :func:`to_scipy` keeps them sparse.

    Raises
    ------
    TypeError, ValueError, MemoryError
        As :func:`to_pandas`; also where a vector is null.

    Examples
    --------
    >>> to_numpy(spark.range(3), "id")  # doctest: +SKIP
    array([0, 1, 2])
    """
    df = select(df, [columns] if isinstance(columns, str) else columns)
    fields = df.schema.fields
    if not all(is_numeric(field.dataType) for field in fields):
        frame = to_pandas(df, vectors="dense", progress=progress, max_bytes=max_bytes)
        values: NDArray[Any] = _objects(frame, fields, flat=isinstance(columns, str))
        return values if dtype is None else values.astype(dtype)
    matrix = _one(df, Features(fields, "dense", dtype), progress, max_bytes)
    flat = isinstance(columns, str) and type(fields[0].dataType) in NUMERIC
    return matrix[:, 0] if flat else matrix  # type: ignore[no-any-return]


def _objects(frame: pd.DataFrame, fields: Sequence[st.StructField], flat: bool) -> Any:
    wide = [f.name for f in fields if is_vector(f.dataType) or isinstance(f.dataType, st.ArrayType)]
    if wide and not flat:
        other = next(f.name for f in fields if not is_numeric(f.dataType))
        raise ValueError(
            f"column {wide[0]!r} holds several numbers a row and column {other!r} is not numeric: "
            f"they make no common array; take them apart, or use to_pandas"
        )
    return frame.iloc[:, 0].to_numpy() if flat else frame.to_numpy()


def to_scipy(
    df: DataFrame,
    column: str,
    *,
    progress: bool | None = None,
    max_bytes: int | None = None,
) -> sp.csr_matrix:
    """A column of Spark ML vectors to one CSR matrix, never made dense.

    Parameters
    ----------
    df : pyspark.sql.DataFrame
        Of classic Spark or Spark Connect.
    column : str
        A column of vectors, sparse or dense or some of each, or of numeric arrays.
    progress, max_bytes
        As in :func:`to_pandas`.

    Returns
    -------
    scipy.sparse.csr_matrix of shape (n_rows, n_features)
        Zeros that a sparse vector stores stay stored; zeros of dense vectors are not stored.

    Raises
    ------
    TypeError
        Where the column holds no vectors; it names the column.
    ValueError, MemoryError
        As :func:`to_numpy`.

    Examples
    --------
    >>> df = from_scipy(spark, scipy.sparse.eye(3))  # doctest: +SKIP
    >>> to_scipy(df, "features").shape  # doctest: +SKIP
    (3, 3)
    """
    df = select(df, [column])
    (field,) = df.schema.fields
    if not is_numeric(field.dataType):
        kind = field.dataType.simpleString()
        raise TypeError(f"column {column!r}: type {kind} is neither vectors nor numbers")
    return _one(df, Features([field], "sparse"), progress, max_bytes)


def to_xy(
    df: DataFrame,
    features: str | Sequence[str] | None = None,
    label: str | Sequence[str] | None = None,
    *,
    dtype: Any = None,
    vectors: VectorForm = "auto",
    progress: bool | None = None,
    max_bytes: int | None = None,
) -> tuple[NDArray[Any] | sp.csr_matrix, NDArray[Any] | None]:
    """Features and label of a Spark DataFrame in one go, ready for ``search.fit(X, y)``.

    Parameters
    ----------
    df : pyspark.sql.DataFrame
        Of classic Spark or Spark Connect.
    features : str or sequence of str, optional
        Numbers, arrays and vectors, side by side in this order; by default all but the label.
    label : str or sequence of str, optional
        Of any type; several give a 2-D ``y``, none gives None.
    dtype : data type, optional
        Of ``X``; by default the least that holds all features.
    vectors : {"auto", "dense", "sparse"}, default="auto"
        The form of ``X``; "auto" is CSR where there is any sparse vector.
    progress, max_bytes
        As in :func:`to_pandas`.

    Returns
    -------
    X : ndarray or csr_matrix of shape (n_rows, n_features)
    y : ndarray of shape (n_rows,) or (n_rows, n_labels), or None

    Raises
    ------
    TypeError
        Where a feature is not numeric; it names the column.
    ValueError, MemoryError
        As :func:`to_numpy`.

    Examples
    --------
    >>> df = spark.sql("select 1.5d as delay, 200 as distance, 'no' as late")  # doctest: +SKIP
    >>> to_xy(df, features=["delay", "distance"], label="late")  # doctest: +SKIP
    (array([[  1.5, 200. ]]), array(['no'], dtype=object))
    """
    labels = [label] if isinstance(label, str) else list(label or [])
    if features is None:
        names = [name for name in df.columns if name not in labels]
    else:
        names = [features] if isinstance(features, str) else list(features)
    if not names:
        raise ValueError("features is empty: name at least one column")
    df = _at_session_time(select(df, names + labels))
    fields = df.schema.fields
    for field in fields[: len(names)]:
        if not is_numeric(field.dataType):
            raise TypeError(
                f"column {field.name!r}: type {field.dataType.simpleString()} is not numeric; "
                f"encode it first, or take it with to_pandas"
            )
    sink = Features(fields[: len(names)], vectors, dtype)
    label_sinks = [_label_sink(field) for field in fields[len(names) :]]
    routes: list[tuple[Sink, list[int]]] = [(sink, list(range(len(names))))]
    routes += [(s, [len(names) + i]) for i, s in enumerate(label_sinks)]
    order = _receive(df, routes, progress, max_bytes)
    targets = [_label(s.finish(order)) for s in label_sinks]
    X = sink.finish(order)
    if not targets:
        return X, None
    return X, (targets[0] if isinstance(label, str) else np.column_stack(targets))


def _at_session_time(df: DataFrame) -> DataFrame:
    """``df`` with timestamps as the wall clock of the session's time zone, as Spark reads it."""
    return cast_times(df, st.TimestampType, st.TimestampNTZType)


def _label_sink(field: st.StructField) -> Sink:
    if type(field.dataType) in NUMERIC:
        return NumericColumns([field.name], NUMERIC[type(field.dataType)])
    return ObjectColumn(field.name, field.dataType)


def _label(result: Any) -> NDArray[Any]:
    return next(iter(result.values())) if isinstance(result, dict) else result


def to_arrow(
    df: DataFrame,
    columns: Sequence[str] | None = None,
    *,
    progress: bool | None = None,
    max_bytes: int | None = None,
) -> Any:
    """Spark DataFrame to a ``pyarrow.Table``.

    Parameters
    ----------
    df : pyspark.sql.DataFrame
        Of classic Spark or Spark Connect.
    columns : sequence of str, optional
        The columns to take, in this order; all by default.
    progress, max_bytes
        As in :func:`to_pandas`.

    Returns
    -------
    pyarrow.Table
        Vectors keep Spark's own form, ``struct<type, size, indices, values>``, and are marked in
        the field's metadata so that :func:`from_arrow` knows them. Timestamps are in UTC.

    Raises
    ------
    TypeError, MemoryError
        As :func:`to_pandas`.

    Examples
    --------
    >>> to_arrow(spark.range(3)).num_rows  # doctest: +SKIP
    3
    """
    df = select(df, columns)
    fields = df.schema.fields
    sink = _Batches([field.name for field in fields])
    order = _receive(df, [(sink, list(range(len(fields))))], progress, max_bytes)
    return sink.table(order, fields)


class _Batches:
    """Keeps the batches themselves."""

    def __init__(self, names: list[str]) -> None:
        self._names = names
        self._batches: list[Any] = []

    def push(self, columns: Sequence[Any]) -> dict[str, int]:
        self._batches.append(list(columns))
        return {name: column.nbytes for name, column in zip(self._names, columns, strict=True)}

    def finish(self, order: Sequence[int]) -> list[Any]:
        return [self._batches[i] for i in order]

    def table(self, order: Sequence[int], fields: Sequence[st.StructField]) -> Any:
        batches = self.finish(order)
        arrays, kinds = [], []
        for i, field in enumerate(fields):
            kind = _arrow_type(field) if not batches else batches[0][i].type
            chunks = pa.chunked_array([batch[i] for batch in batches], type=kind)
            if pa.types.is_timestamp(kind) and kind.tz is not None:
                chunks = chunks.cast(pa.timestamp("us", tz="UTC"))
            mark = VECTOR_MARK if is_vector(field.dataType) else None
            arrays.append(chunks)
            kinds.append(pa.field(field.name, chunks.type, field.nullable, metadata=mark))
        return pa.Table.from_arrays(arrays, schema=pa.schema(kinds))


def _arrow_type(field: st.StructField) -> Any:
    from pyspark.sql.pandas.types import to_arrow_type

    if is_vector(field.dataType):
        from tenfold.spark._frames.vectors import ARROW_TYPE

        return ARROW_TYPE
    if isinstance(field.dataType, st.TimestampType):
        return pa.timestamp("us", tz="UTC")
    return to_arrow_type(field.dataType)


def _one(df: DataFrame, sink: Sink, progress: bool | None, max_bytes: int | None) -> Any:
    places = list(range(len(df.schema.fields)))
    return sink.finish(_receive(df, [(sink, places)], progress, max_bytes))


def _receive(
    df: DataFrame,
    routes: Sequence[tuple[Sink, list[int]]],
    progress: bool | None,
    max_bytes: int | None,
) -> list[int]:
    """Send every batch to the sinks that take its columns; returns the batches' right order."""
    stream, budget = BatchStream(df), Budget(max_bytes)
    with TransferProgress(progress) as bar:
        for batch in stream:
            held: dict[str, int] = {}
            for sink, places in routes:
                held.update(sink.push([batch.column(i) for i in places]))
            budget.add(batch.num_rows, held)
            bar.advance(batch.num_rows, batch.nbytes)
    return stream.order
