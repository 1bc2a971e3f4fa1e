"""Spark ML vectors in Arrow form, read and written without a Python object a row.

Spark stores a vector as ``struct<type, size, indices, values>``: type 0 is sparse and has a size and
indices, type 1 is dense and has values only. A *block* here is the vectors of one Arrow batch: a 2-D
array where all are dense, a CSR matrix where at least one is sparse.

Nothing outside NumPy, SciPy and pyarrow is used: the module is also sent to executors by value.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import scipy.sparse as sp
from numpy.typing import NDArray

SPARSE, DENSE = 0, 1
#: An ndarray or a csr_matrix; SciPy has no types, so neither has this.
Block = Any

ARROW_TYPE = pa.struct(
    [
        pa.field("type", pa.int8(), nullable=False),
        pa.field("size", pa.int32()),
        pa.field("indices", pa.list_(pa.field("element", pa.int32(), nullable=False))),
        pa.field("values", pa.list_(pa.field("element", pa.float64(), nullable=False))),
    ]
)

# ListArray offsets are 32 bits: no chunk may hold more values than they reach.
_MAX_VALUES = 2**31 - 1


def ragged(column: str, width: int, other: int) -> ValueError:
    """The error for rows of different lengths."""
    return ValueError(
        f"column {column!r} has rows of {other} and of {width} values; "
        f"only rows of one length make a matrix"
    )


def check_widths(widths: NDArray[Any], expected: int | None, column: str) -> int:
    """The one length of all rows, or the error that names the column."""
    if len(widths) == 0:
        return expected or 0
    width = int(widths[0]) if expected is None else expected
    differs = np.flatnonzero(widths != width)
    if len(differs):
        raise ragged(column, int(widths[differs[0]]), width)
    return width


def decode(array: Any, column: str, expected: int | None = None) -> Block:
    """Read the vectors of one Arrow batch, none of them null, as a block.

    ``expected`` is the length that earlier batches had. A dense block is a view of Arrow's buffer.
    """
    kinds = array.field(0).to_numpy(zero_copy_only=False)
    values, offsets = list_parts(array.field(3))
    lengths = np.diff(offsets)
    is_sparse = kinds == SPARSE
    if not is_sparse.any():
        width = check_widths(lengths, expected, column)
        return values.reshape(len(array), width)
    sizes = array.field(1).fill_null(0).to_numpy(zero_copy_only=False)
    width = check_widths(np.where(is_sparse, sizes, lengths), expected, column)
    stored, _ = list_parts(array.field(2))
    if is_sparse.all():
        return _csr(values, stored, offsets, width)
    return _csr_of_mixed(values, stored, offsets, is_sparse, width)


def _csr_of_mixed(
    values: NDArray[np.float64],
    stored: NDArray[np.int32],
    offsets: NDArray[Any],
    is_sparse: NDArray[np.bool_],
    width: int,
) -> sp.csr_matrix:
    """Dense rows among sparse ones: their places are counted out and their zeros dropped."""
    lengths = np.diff(offsets)
    from_sparse = np.repeat(is_sparse, lengths)
    indices = np.arange(len(values), dtype=np.int32)
    indices -= np.repeat(offsets[:-1], lengths).astype(np.int32)
    indices[from_sparse] = stored
    kept = from_sparse | (values != 0)
    counts = np.add.reduceat(np.append(kept, False), offsets[:-1], dtype=np.int64)
    counts[lengths == 0] = 0
    return _csr(values[kept], indices[kept], np.concatenate([[0], np.cumsum(counts)]), width)


def _csr(
    values: NDArray[Any], indices: NDArray[Any], offsets: NDArray[Any], width: int
) -> sp.csr_matrix:
    matrix = sp.csr_matrix((values, indices, offsets), shape=(len(offsets) - 1, width))
    # Spark keeps the indices of a sparse vector in strictly ascending order.
    matrix.has_canonical_format = True
    return matrix


def list_parts(lists: Any) -> tuple[NDArray[Any], NDArray[Any]]:
    """The values of an Arrow list array as one flat array, and the offsets into it, from zero."""
    if lists.null_count:
        lengths = lists.value_lengths().fill_null(0).to_numpy(zero_copy_only=False)
        offsets = np.concatenate([[0], np.cumsum(lengths)])
    else:
        offsets = lists.offsets.to_numpy()
        offsets = offsets - offsets[0]
    return lists.flatten().to_numpy(zero_copy_only=False), offsets


def encode(matrix: Block, nulls: NDArray[np.bool_] | None = None) -> Any:
    """Write a matrix as an Arrow chunked array of Spark ML vectors, one a row."""
    chunks = [_encode_rows(matrix, start, stop, nulls) for start, stop in _row_ranges(matrix)]
    return pa.chunked_array(chunks, type=ARROW_TYPE)


def _row_ranges(matrix: Block) -> Iterator[tuple[int, int]]:
    n_rows, width = matrix.shape
    step = max(1, min(n_rows, _MAX_VALUES // max(1, width)))
    if sp.issparse(matrix) and matrix.nnz <= _MAX_VALUES:
        step = max(1, n_rows)
    for start in range(0, n_rows, step):
        yield start, min(start + step, n_rows)


def _encode_rows(matrix: Block, start: int, stop: int, nulls: NDArray[np.bool_] | None) -> Any:
    n_rows, width = stop - start, matrix.shape[1]
    mask = None if nulls is None else pa.array(nulls[start:stop])
    if sp.issparse(matrix):
        rows = canonical(matrix[start:stop])
        offsets = pa.array(rows.indptr.astype(np.int32))
        kind, sizes = SPARSE, pa.array(np.full(n_rows, width, np.int32))
        indices = pa.ListArray.from_arrays(offsets, pa.array(rows.indices.astype(np.int32)))
        data = rows.data
    else:
        offsets = pa.array(
            np.arange(0, (n_rows + 1) * width, width or 1, dtype=np.int32)[: n_rows + 1]
        )
        if width == 0:
            offsets = pa.array(np.zeros(n_rows + 1, np.int32))
        kind, sizes = DENSE, pa.nulls(n_rows, pa.int32())
        indices = pa.nulls(n_rows, pa.list_(pa.int32()))
        data = np.ascontiguousarray(matrix[start:stop]).reshape(-1)
    values = pa.ListArray.from_arrays(offsets, pa.array(data.astype(np.float64, copy=False)))
    kinds = pa.array(np.full(n_rows, kind, np.int8))
    fields = [kinds, sizes, indices.cast(ARROW_TYPE[2].type), values.cast(ARROW_TYPE[3].type)]
    return pa.StructArray.from_arrays(fields, fields=list(ARROW_TYPE), mask=mask)


def canonical(matrix: Any) -> sp.csr_matrix:
    """The matrix as CSR with ascending, unique indices, copied only where it is not."""
    rows = sp.csr_matrix(matrix)
    if not rows.has_canonical_format:
        rows = rows.copy()
        rows.sum_duplicates()
    return rows


def to_csr(block: Block) -> sp.csr_matrix:
    """A block as CSR; zeros of a dense block are not stored."""
    return block if sp.issparse(block) else sp.csr_matrix(block)


def to_dense(block: Block) -> Any:
    """A block as a 2-D array."""
    return block.toarray() if sp.issparse(block) else block
