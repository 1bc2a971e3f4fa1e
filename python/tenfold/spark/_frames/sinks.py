"""Where record batches go: sinks that take a batch at a time and build one result at the end.

A sink copies what it needs out of the batch at once, so that Arrow's memory is free for the next one,
and puts the pieces into their right order when all have come. While the result is put together each
piece is dropped as it is copied: the peak is the result and one piece.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import scipy.sparse as sp
from numpy.typing import NDArray
from pyspark.sql import types as st

from tenfold.spark._frames import vectors
from tenfold.spark._frames.memory import Arena
from tenfold.spark._frames.schema import NUMERIC, is_vector, numpy_type
from tenfold.spark._frames.vectors import Block

_ROWS_AT_A_TIME = 256


class Sink(Protocol):
    """Takes batches as they arrive and gives one result."""

    def push(self, columns: Sequence[Any]) -> dict[str, int]:
        """Take one batch; returns the bytes now held more, by column."""

    def finish(self, order: Sequence[int]) -> Any:
        """Put the pieces together in the given order of arrivals."""


def assemble(pieces: list[Any], order: Sequence[int], axis: int, dtype: Any) -> NDArray[Any]:
    """One array of the pieces, each dropped as soon as it is copied."""
    if len(pieces) == 1 and pieces[0].dtype == dtype:
        return pieces.pop()  # type: ignore[no-any-return]
    shape = list(pieces[0].shape)
    shape[axis] = sum(piece.shape[axis] for piece in pieces)
    result = np.empty(shape, dtype)
    start = 0
    for i in order:
        stop = start + pieces[i].shape[axis]
        result[(slice(None),) * axis + (slice(start, stop),)] = pieces[i]
        pieces[i] = None
        start = stop
    pieces.clear()
    return result


class NumericColumns:
    """Columns of one NumPy type, kept together as a (columns, rows) array."""

    def __init__(self, names: Sequence[str], dtype: Any) -> None:
        self._names, self._dtype = list(names), np.dtype(dtype)
        self._arena = Arena()
        self._pieces: list[NDArray[Any]] = []
        self._nulls: dict[str, list[tuple[int, NDArray[np.bool_]]]] = {name: [] for name in names}

    def push(self, columns: Sequence[Any]) -> dict[str, int]:
        piece = self._arena.empty((len(columns), len(columns[0])), self._dtype)
        for row, name, column in zip(piece, self._names, columns, strict=True):
            if pa.types.is_decimal(column.type):
                column = column.cast(pa.float64())
            if column.null_count:
                self._nulls[name].append(
                    (len(self._pieces), column.is_null().to_numpy(zero_copy_only=False))
                )
                column = column.fill_null(column.type.to_pandas_dtype()(0))
            row[...] = column.to_numpy(zero_copy_only=False)
        self._pieces.append(piece)
        return dict.fromkeys(self._names, piece[0].nbytes)

    def finish(self, order: Sequence[int]) -> dict[str, NDArray[Any]]:
        """One array a column; those of one type are rows of one block."""
        lengths = [piece.shape[1] for piece in self._pieces]
        if not self._pieces:
            return {name: np.empty(0, self._dtype) for name in self._names}
        block = assemble(self._pieces, order, axis=1, dtype=self._dtype)
        return {
            name: self._with_nulls(row, self._nulls[name], order, lengths)
            for name, row in zip(self._names, block, strict=True)
        }

    def _with_nulls(
        self,
        values: NDArray[Any],
        nulls: list[tuple[int, NDArray[np.bool_]]],
        order: Sequence[int],
        lengths: Sequence[int],
    ) -> NDArray[Any]:
        if not nulls:
            return values
        if self._dtype == np.bool_:
            filled: NDArray[Any] = values.astype(object)
        else:
            filled = values if self._dtype.kind == "f" else values.astype(np.float64)
        starts = _starts(order, lengths)
        for arrival, mask in nulls:
            rows = slice(starts[arrival], starts[arrival] + lengths[arrival])
            filled[rows][mask] = None if self._dtype == np.bool_ else np.nan
        return filled


def _starts(order: Sequence[int], lengths: Sequence[int]) -> dict[int, int]:
    """First row, in the result, of each arrival."""
    starts, row = {}, 0
    for arrival in order:
        starts[arrival] = row
        row += lengths[arrival]
    return starts


class ObjectColumn:
    """A column of anything that pandas keeps as objects, or as times."""

    def __init__(self, name: str, kind: st.DataType) -> None:
        self._name, self._kind = name, kind
        self._pieces: list[NDArray[Any]] = []

    def push(self, columns: Sequence[Any]) -> dict[str, int]:
        (column,) = columns
        if pa.types.is_dictionary(column.type):
            column = column.dictionary_decode()
        self._pieces.append(self._objects(column))
        return {self._name: column.nbytes + self._pieces[-1].nbytes}

    def _objects(self, column: Any) -> NDArray[Any]:
        """What Spark's ``toPandas`` gives: inside other values dicts for maps, and objects for times."""
        nested = pa.types.is_nested(column.type)
        try:
            series = column.to_pandas(
                date_as_object=True, timestamp_as_object=nested, maps_as_pydicts="strict"
            )
        except KeyError as error:
            raise ValueError(
                f"column {self._name!r} has a map with a key twice, which no dict can hold ({error})"
            ) from error
        return series.to_numpy()  # type: ignore[no-any-return]

    def finish(self, order: Sequence[int]) -> NDArray[Any]:
        if not self._pieces:
            return np.empty(0, _EMPTY_TYPES.get(type(self._kind), object))
        return assemble(self._pieces, order, axis=0, dtype=_common(self._pieces))


_EMPTY_TYPES: dict[type[st.DataType], Any] = {
    st.TimestampNTZType: "datetime64[us]",
    st.DayTimeIntervalType: "timedelta64[us]",
}


def _common(pieces: Sequence[NDArray[Any]]) -> Any:
    types = {piece.dtype for piece in pieces}
    return types.pop() if len(types) == 1 else np.dtype(object)


class Features:
    """Numbers, arrays and vectors side by side: one matrix, dense or CSR.

    ``form`` is "dense", "sparse", or "auto": CSR if there is any sparse vector, else dense.
    """

    def __init__(
        self,
        fields: Sequence[st.StructField],
        form: str,
        dtype: Any = None,
        keep_nulls: bool = False,
    ) -> None:
        self._fields, self._form, self._keep_nulls = list(fields), form, keep_nulls
        self._dtype = np.dtype(dtype or np.result_type(*[numpy_type(f.dataType) for f in fields]))
        self._dtype_given = dtype is not None
        self._widths: list[int | None] = [None] * len(self._fields)
        self._arena = Arena()
        self._pieces: list[Block] = []
        self.nulls: list[NDArray[np.bool_]] = []

    def push(self, columns: Sequence[Any]) -> dict[str, int]:
        parts = [self._part(i, column) for i, column in enumerate(columns)]
        self._pieces.append(self._join(parts))
        return {
            field.name: _nbytes(part, self._dtype)
            for field, part in zip(self._fields, parts, strict=True)
        }

    def _part(self, i: int, column: Any) -> Block:
        field = self._fields[i]
        if not is_vector(field.dataType) and type(field.dataType) in NUMERIC:
            return self._scalars(column, field.name)
        nulls = self._null_rows(column, field.name)
        if nulls is not None:
            column = column.drop_null()
        if is_vector(field.dataType):
            block = vectors.decode(column, field.name, self._widths[i])
        else:
            block = _decode_arrays(column, field.name, self._widths[i])
        if len(column):
            self._widths[i] = block.shape[1]
        if self._form == "dense":
            block = vectors.to_dense(block)
        elif self._form == "sparse":
            block = vectors.to_csr(block)
        if nulls is not None:
            from tenfold.spark._frames.vector_array import spread

            block, _ = spread(block, nulls)
        return block

    def _null_rows(self, column: Any, name: str) -> NDArray[np.bool_] | None:
        nulls = column.is_null().to_numpy(zero_copy_only=False) if column.null_count else None
        if self._keep_nulls:
            self.nulls.append(np.zeros(len(column), bool) if nulls is None else nulls)
        elif nulls is not None:
            raise ValueError(
                f"column {name!r} has nulls, which no row of a matrix can be; "
                f"drop such rows first: df.dropna(subset=[{name!r}])"
            )
        return nulls

    def _scalars(self, column: Any, name: str) -> Any:
        if pa.types.is_decimal(column.type):
            column = column.cast(pa.float64())
        if pa.types.is_boolean(column.type) and (column.null_count or self._dtype.kind == "f"):
            column = column.cast(pa.int8())
        if not column.null_count:
            values = column.to_numpy(zero_copy_only=False)
        elif self._dtype_given and self._dtype.kind not in "fc":
            raise ValueError(f"column {name!r} has nulls, which dtype {self._dtype} cannot hold")
        else:
            # Stays float64 in this piece; the result takes the type that all pieces need.
            values = column.cast(pa.float64()).to_numpy(zero_copy_only=False)
        return values.reshape(-1, 1)

    def _join(self, parts: list[Block]) -> Block:
        if any(sp.issparse(part) for part in parts):
            joined = parts[0] if len(parts) == 1 else sp.hstack(parts, format="csr")
            copy = self._arena.copy
            arrays = (copy(joined.data), copy(joined.indices), copy(np.diff(joined.indptr)))
            return _Rows(arrays, joined.shape)
        rows, width = len(parts[0]), sum(part.shape[1] for part in parts)
        dtype = self._dtype
        if not self._dtype_given:
            dtype = np.result_type(dtype, *[part.dtype for part in parts])
        piece = self._arena.empty((rows, width), dtype)
        stops = np.cumsum([part.shape[1] for part in parts]).tolist()
        # A few rows of all columns at a time: what is written stays in the cache until it is whole.
        for top in range(0, rows, _ROWS_AT_A_TIME):
            some = slice(top, top + _ROWS_AT_A_TIME)
            for part, stop in zip(parts, stops, strict=True):
                piece[some, stop - part.shape[1] : stop] = part[some]
        return piece

    def finish(self, order: Sequence[int]) -> Block:
        if not self._pieces:
            width = (
                len(self._fields) if all(type(f.dataType) in NUMERIC for f in self._fields) else 0
            )
            empty = np.empty((0, width), self._dtype)
            return sp.csr_matrix(empty) if self._form == "sparse" else empty
        if self.nulls:
            self.nulls = [np.concatenate([self.nulls[i] for i in order])]
        self._align_widths()
        if any(isinstance(piece, _Rows) for piece in self._pieces):
            return self._finish_csr(order)
        dtype = self._dtype
        if not self._dtype_given:
            dtype = np.result_type(*[piece.dtype for piece in self._pieces])
        return assemble(self._pieces, order, axis=0, dtype=dtype)

    def _align_widths(self) -> None:
        """Pieces in which every vector was null have no width of their own: they take the others'."""
        width = max(piece.shape[1] for piece in self._pieces)
        for i, piece in enumerate(self._pieces):
            if piece.shape[1] < width:
                rows = piece.shape[0]
                self._pieces[i] = np.zeros((rows, width), self._dtype)

    def _finish_csr(self, order: Sequence[int]) -> sp.csr_matrix:
        pieces = [p if isinstance(p, _Rows) else _Rows.of(p) for p in self._pieces]
        self._pieces.clear()
        shape = (sum(p.shape[0] for p in pieces), pieces[0].shape[1])
        data, indices, counts = ([p.arrays[k] for p in pieces] for k in range(3))
        pieces.clear()
        dtype = self._dtype if self._dtype_given else np.result_type(*data)
        n_stored = sum(len(piece) for piece in data)
        index_type = np.int64 if n_stored > np.iinfo(np.int32).max else np.int32
        indptr = np.zeros(shape[0] + 1, index_type)
        np.cumsum(assemble(counts, order, 0, index_type), out=indptr[1:])
        all_data = assemble(data, order, 0, dtype)
        all_indices = assemble(indices, order, 0, index_type)
        matrix = sp.csr_matrix((all_data, all_indices, indptr), shape=shape, copy=False)
        matrix.has_canonical_format = True
        return matrix


class _Rows:
    """The three arrays of a CSR matrix, with row lengths in place of offsets."""

    def __init__(
        self, arrays: tuple[NDArray[Any], NDArray[Any], NDArray[Any]], shape: tuple[int, int]
    ) -> None:
        self.arrays, self.shape = arrays, shape

    @classmethod
    def of(cls, block: NDArray[Any]) -> _Rows:
        csr = sp.csr_matrix(block)
        return cls((csr.data, csr.indices, np.diff(csr.indptr)), csr.shape)


def _decode_arrays(column: Any, name: str, expected: int | None) -> NDArray[Any]:
    values, offsets = vectors.list_parts(column)
    if column.flatten().null_count:
        values = column.flatten().cast(pa.float64()).to_numpy(zero_copy_only=False)
    if values.dtype == object:  # decimals
        values = values.astype(np.float64)
    width = vectors.check_widths(np.diff(offsets), expected, name)
    return values.reshape(len(column), width)


def _nbytes(part: Block, dtype: np.dtype[Any]) -> int:
    if sp.issparse(part):
        return int(part.data.nbytes + part.indices.nbytes + part.indptr.nbytes)
    return int(part.size * dtype.itemsize)
