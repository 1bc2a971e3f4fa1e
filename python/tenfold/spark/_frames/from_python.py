"""pandas, NumPy, SciPy and Arrow to Spark DataFrame, by Arrow.

Vectors travel in the form that Spark stores them in. Dense ones become vectors in the JVM; sparse
ones are declared as vectors by passing their batches, unread, through ``mapInArrow``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import scipy.sparse as sp
from numpy.typing import ArrayLike, NDArray
from pyspark.ml.functions import array_to_vector
from pyspark.ml.linalg import Vector, VectorUDT
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as sf
from pyspark.sql import types as st

from tenfold.spark._frames import vectors
from tenfold.spark._frames.create import create_dataframe
from tenfold.spark._frames.objects import arrow_of, not_carried
from tenfold.spark._frames.schema import quoted
from tenfold.spark._frames.to_python import VECTOR_MARK
from tenfold.spark._frames.vector_array import VectorArray
from tenfold.spark._frames.vectors import Block

_UNSIGNED = {pa.uint8(): pa.int16(), pa.uint16(): pa.int32(), pa.uint32(): pa.int64()}


def from_pandas(spark: SparkSession, df: pd.DataFrame) -> DataFrame:
    """Pandas DataFrame to Spark.

    Parameters
    ----------
    spark : pyspark.sql.SparkSession
        Classic or Connect.
    df : pandas.DataFrame
        Columns of :class:`VectorArray`, of Spark ML vectors, or of one-row SciPy sparse matrices
        become vectors; columns of lists and arrays become arrays. Timestamps without a zone are
        taken to be in the session's time zone. The index is left out.

    Returns
    -------
    pyspark.sql.DataFrame

    Raises
    ------
    TypeError
        Where a column holds objects of mixed type, or of a type Spark lacks; it names the column.
    ValueError
        Where vectors of a column differ in length; it names the column.

    Examples
    --------
    >>> from_pandas(spark, pd.DataFrame({"x": [1, 2]})).count()  # doctest: +SKIP
    2
    """
    if not isinstance(df, pd.DataFrame):
        raise TypeError(f"df must be a pandas DataFrame, got {type(df).__name__}")
    _check_names(df.columns)
    arrays = {name: _arrow_column(name, df.iloc[:, i]) for i, name in enumerate(df.columns)}
    return _create(spark, arrays)


def _check_names(names: Sequence[Any]) -> None:
    for name in names:
        if not isinstance(name, str):
            raise TypeError(f"column {name!r}: Spark's columns are named by strings; rename it")
    repeated = [name for name in names if list(names).count(name) > 1]
    if repeated:
        raise ValueError(f"column {repeated[0]!r} is there more than once; rename one")


def _arrow_column(name: str, values: pd.Series) -> Any:
    """One pandas column as Arrow, or as a block of vectors with its nulls."""
    if isinstance(values.array, VectorArray):
        return values.array
    if isinstance(values.dtype, pd.SparseDtype):
        values = values.sparse.to_dense()
    if isinstance(values.dtype, pd.CategoricalDtype):
        values = values.astype(values.cat.categories.dtype)
    if values.dtype == object:
        first = next((v for v in values if v is not None), None)
        if isinstance(first, Vector) or sp.issparse(first):
            return _vector_objects(name, values)
    return _spark_type(name, arrow_of(name, values))


def _spark_type(name: str, array: Any) -> Any:
    """The array in a type that Spark has."""
    kind = array.type
    if kind in _UNSIGNED:
        return array.cast(_UNSIGNED[kind])
    if kind == pa.uint64():
        try:
            return array.cast(pa.int64())
        except pa.ArrowInvalid as error:
            raise TypeError(f"column {name!r}: uint64 values beyond Spark's long") from error
    if kind == pa.float16():
        return array.cast(pa.float32())
    if pa.types.is_timestamp(kind):
        return array.cast(pa.timestamp("us", tz=kind.tz), safe=False)
    if pa.types.is_duration(kind):
        return array.cast(pa.duration("us"), safe=False)
    if isinstance(kind, pa.BaseExtensionType) or pa.types.is_time(kind):
        raise TypeError(f"column {name!r}: {kind} has no counterpart in Spark")
    return array


def _vector_objects(name: str, values: pd.Series) -> VectorArray:
    """A pandas column of vector objects as one matrix."""
    rows: list[sp.csr_matrix | NDArray[Any] | None] = []
    for row in values:
        if row is None or sp.issparse(row):
            rows.append(row)
        elif not isinstance(row, Vector):
            raise not_carried(name, values)
        elif hasattr(row, "indices"):
            parts = (row.values, row.indices, [0, len(row.indices)])
            rows.append(sp.csr_matrix(parts, shape=(1, row.size)))
        else:
            rows.append(row.toArray())
    widths = [None if row is None else row.shape[-1] for row in rows]
    first = next(width for width in widths if width is not None)
    for width in widths:
        if width is not None and width != first:
            raise vectors.ragged(name, width, first)
    return VectorArray._from_sequence(rows)


def from_numpy(
    spark: SparkSession,
    X: ArrayLike,
    columns: str | Sequence[str] | None = None,
    y: ArrayLike | None = None,
    *,
    label: str = "label",
) -> DataFrame:
    """NumPy arrays to Spark.

    Parameters
    ----------
    spark : pyspark.sql.SparkSession
        Classic or Connect.
    X : array-like of shape (n_rows,) or (n_rows, n_features)
        The features.
    columns : str or sequence of str, default="features"
        One name makes a column of dense vectors (of scalars where ``X`` is 1-D); as many names as
        ``X`` has columns make a scalar column each.
    y : array-like of shape (n_rows,), optional
        The label, of any type.
    label : str, default="label"
        The label's column.

    Returns
    -------
    pyspark.sql.DataFrame

    Raises
    ------
    ValueError
        Where names and columns, or ``X`` and ``y``, do not match in number.
    TypeError
        Where an array holds objects of mixed type.

    Examples
    --------
    >>> from_numpy(spark, np.eye(3), y=[0, 1, 1]).columns  # doctest: +SKIP
    ['features', 'label']
    """
    X = np.asarray(X)
    if X.ndim not in (1, 2):
        raise ValueError(f"X must have 1 or 2 dimensions, got {X.ndim}")
    names = "features" if columns is None else columns
    arrays: dict[str, Any] = {}
    if isinstance(names, str):
        if X.ndim == 2 and X.dtype.kind not in "biuf":
            raise TypeError(f"column {names!r}: vectors hold numbers, got dtype {X.dtype}")
        arrays[names] = VectorArray(X) if X.ndim == 2 else _array_column(names, X)
    else:
        table = X.reshape(len(X), -1)
        if len(names) != table.shape[1]:
            raise ValueError(f"X has {table.shape[1]} columns, columns has {len(names)} names")
        _check_names(names)
        for i, name in enumerate(names):
            arrays[name] = _array_column(name, table[:, i])
    return _create(spark, _with_label(arrays, y, label, len(X)))


def from_scipy(
    spark: SparkSession,
    matrix: Any,
    column: str = "features",
    y: ArrayLike | None = None,
    *,
    label: str = "label",
) -> DataFrame:
    """SciPy sparse matrix to Spark ML sparse vectors, one a row.

    Parameters
    ----------
    spark : pyspark.sql.SparkSession
        Classic or Connect.
    matrix : sparse matrix or array of shape (n_rows, n_features)
        Of any format; converted to CSR.
    column : str, default="features"
        The column of vectors.
    y, label
        As in :func:`from_numpy`.

    Returns
    -------
    pyspark.sql.DataFrame

    Raises
    ------
    TypeError
        Where ``matrix`` is not sparse.
    ValueError
        Where ``matrix`` and ``y`` do not match in number of rows.

    Examples
    --------
    >>> from_scipy(spark, scipy.sparse.eye(3)).first()  # doctest: +SKIP
    Row(features=SparseVector(3, {0: 1.0}))
    """
    if not sp.issparse(matrix):
        raise TypeError(f"matrix must be sparse, got {type(matrix).__name__}; use from_numpy")
    arrays = {column: VectorArray(sp.csr_matrix(matrix))}
    return _create(spark, _with_label(arrays, y, label, matrix.shape[0]))


def _array_column(name: str, values: NDArray[Any]) -> Any:
    return _arrow_column(name, pd.Series(values))


def _with_label(
    arrays: dict[str, Any], y: ArrayLike | None, label: str, n_rows: int
) -> dict[str, Any]:
    if y is None:
        return arrays
    values = np.asarray(y)
    if values.shape != (n_rows,):
        raise ValueError(f"y must have shape ({n_rows},), got {values.shape}")
    if label in arrays:
        raise ValueError(f"column {label!r} is there more than once; name the label with label=")
    return {**arrays, label: _array_column(label, values)}


def from_arrow(spark: SparkSession, table: Any) -> DataFrame:
    """``pyarrow.Table`` to Spark.

    Parameters
    ----------
    spark : pyspark.sql.SparkSession
        Classic or Connect.
    table : pyarrow.Table
        Structs that :func:`to_arrow` marked as vectors become vectors again. Timestamps with a
        zone become ``timestamp``, those without become ``timestamp_ntz``.

    Returns
    -------
    pyspark.sql.DataFrame

    Raises
    ------
    TypeError
        Where a column's type has no counterpart in Spark; it names the column.

    Examples
    --------
    >>> from_arrow(spark, pa.table({"x": [1, 2]})).count()  # doctest: +SKIP
    2
    """
    if not isinstance(table, pa.Table):
        raise TypeError(f"table must be a pyarrow.Table, got {type(table).__name__}")
    _check_names(table.column_names)
    arrays: dict[str, Any] = {}
    for field, column in zip(table.schema, table.columns, strict=True):
        if (field.metadata or {}).items() >= VECTOR_MARK.items():
            arrays[field.name] = _vector_column(field.name, column)
        elif pa.types.is_dictionary(column.type):
            arrays[field.name] = column.cast(column.type.value_type)
        else:
            arrays[field.name] = _spark_type(field.name, column)
    return _create(spark, arrays, naive_is_ntz=True)


def _vector_column(name: str, column: Any) -> VectorArray:
    nulls = column.is_null().to_numpy(zero_copy_only=False)
    sink: list[Block] = []
    width = None
    for chunk in column.chunks:
        if len(chunk) > chunk.null_count:
            sink.append(vectors.decode(chunk.drop_null(), name, width))
            width = sink[-1].shape[1]
    if any(sp.issparse(block) for block in sink):
        present: Block = sp.csr_matrix(sp.vstack([vectors.to_csr(block) for block in sink]))
    else:
        present = np.concatenate(sink) if sink else np.empty((0, 0))
    from tenfold.spark._frames.vector_array import spread

    return VectorArray(*spread(present, nulls))


def _create(spark: SparkSession, arrays: dict[str, Any], naive_is_ntz: bool = False) -> DataFrame:
    """The DataFrame of Arrow columns and :class:`VectorArray`."""
    columns = {name: _as_arrow(array) for name, array in arrays.items()}
    fields = [pa.field(name, column.type) for name, column in columns.items()]
    table = pa.Table.from_arrays(list(columns.values()), schema=pa.schema(fields))
    df = create_dataframe(spark, table, naive_is_ntz)
    vectors = {n: a for n, a in arrays.items() if isinstance(a, VectorArray)}
    if any(sp.issparse(array.matrix) for array in vectors.values()):
        kinds = [
            st.StructField(f.name, VectorUDT() if f.name in vectors else f.dataType)
            for f in df.schema.fields
        ]
        df = _declared(df, [n for n, a in vectors.items() if not sp.issparse(a.matrix)], kinds)
    elif vectors:
        df = df.select(*[_as_vector(name) if name in vectors else quoted(name) for name in columns])
    return df


def _as_arrow(array: Any) -> Any:
    if not isinstance(array, VectorArray):
        return array
    if sp.issparse(array.matrix):
        return vectors.encode(array.matrix, array.nulls)
    # An array column needs no declaration: the JVM makes vectors of it.
    return pa.chunked_array(
        [_dense_lists(chunk) for chunk in vectors.encode(array.matrix, array.nulls).chunks],
        pa.list_(pa.float64()),
    )


def _dense_lists(chunk: Any) -> Any:
    values = chunk.field(3)
    mask = chunk.is_null() if chunk.null_count else None
    return pa.ListArray.from_arrays(values.offsets, values.values, mask=mask)


def _as_vector(name: str) -> Any:
    column = sf.col(quoted(name))
    return sf.when(column.isNotNull(), array_to_vector(column)).alias(name)


def _declared(df: DataFrame, dense: list[str], kinds: list[st.StructField]) -> DataFrame:
    if dense:
        df = df.select(*[_as_vector(n) if n in dense else quoted(n) for n in df.columns])

    def unread(batches: Iterator[Any]) -> Iterator[Any]:
        yield from batches

    return df.mapInArrow(unread, st.StructType(kinds))
