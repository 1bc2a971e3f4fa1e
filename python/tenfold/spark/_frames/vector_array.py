"""A pandas column of vectors backed by one matrix.

pandas has no column type for vectors: a column of Python objects would cost an object a row and lose
the matrix. :class:`VectorArray` keeps the matrix whole and makes a row only when one is asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import scipy.sparse as sp
from numpy.typing import NDArray
from pandas.api.extensions import ExtensionArray, ExtensionDtype, register_extension_dtype

from tenfold.spark._frames.vectors import Block, to_csr, to_dense


@register_extension_dtype
class VectorDtype(ExtensionDtype):  # type: ignore[misc]
    """The type of a column of vectors of one length."""

    name = "vector"
    type = object
    kind = "O"
    na_value = None

    @classmethod
    def construct_array_type(cls) -> Any:
        return VectorArray


class VectorArray(ExtensionArray):  # type: ignore[misc]
    """Vectors of one length, a row of ``matrix`` each.

    Parameters
    ----------
    matrix : ndarray or csr_matrix of shape (n_rows, n_features)
        The vectors; not copied.
    nulls : ndarray of bool of shape (n_rows,), optional
        True where the vector is missing; its row of ``matrix`` is then zeros.

    Examples
    --------
    >>> import numpy as np, pandas as pd
    >>> from tenfold.spark import VectorArray
    >>> column = pd.Series(VectorArray(np.eye(2)))
    >>> column[0]
    array([1., 0.])
    >>> column.array.matrix.shape
    (2, 2)
    """

    def __init__(self, matrix: Block, nulls: NDArray[np.bool_] | None = None) -> None:
        self.matrix: Block = sp.csr_matrix(matrix) if sp.issparse(matrix) else np.asarray(matrix)
        if self.matrix.ndim != 2:
            raise ValueError(f"matrix must have 2 dimensions, got {self.matrix.ndim}")
        self.nulls = nulls if nulls is not None and nulls.any() else None

    @classmethod
    def _from_sequence(
        cls, scalars: Sequence[Any], *, dtype: Any = None, copy: bool = False
    ) -> VectorArray:
        if isinstance(scalars, cls):
            return scalars.copy() if copy else scalars
        nulls = np.array([row is None for row in scalars], dtype=bool)
        present = [row for row in scalars if row is not None]
        if not present:
            return cls(np.zeros((len(nulls), 0)), nulls)
        stack: Block = (
            sp.csr_matrix(sp.vstack([sp.csr_matrix(row) for row in present]))
            if any(sp.issparse(row) for row in present)
            else np.vstack([np.asarray(row, dtype=np.float64) for row in present])
        )
        return cls(*spread(stack, nulls))

    @classmethod
    def _concat_same_type(cls, to_concat: Sequence[VectorArray]) -> VectorArray:
        nulls = np.concatenate([part.isna() for part in to_concat])
        if any(sp.issparse(part.matrix) for part in to_concat):
            return cls(sp.csr_matrix(sp.vstack([to_csr(part.matrix) for part in to_concat])), nulls)
        return cls(np.concatenate([part.matrix for part in to_concat]), nulls)

    @property
    def dtype(self) -> VectorDtype:
        return VectorDtype()

    @property
    def nbytes(self) -> int:
        m = self.matrix
        parts = (m.data, m.indices, m.indptr) if sp.issparse(m) else (m,)
        return int(sum(part.nbytes for part in parts))

    def __len__(self) -> int:
        return int(self.matrix.shape[0])

    def __getitem__(self, item: Any) -> Any:
        item = pd.api.indexers.check_array_indexer(self, item)
        if isinstance(item, int | np.integer):
            if not -len(self) <= item < len(self):
                raise IndexError(f"row {item} of {len(self)}")
            return None if self.nulls is not None and self.nulls[item] else self.matrix[item]
        return type(self)(self.matrix[item], None if self.nulls is None else self.nulls[item])

    def __iter__(self) -> Any:
        return (self[i] for i in range(len(self)))

    def __eq__(self, other: object) -> Any:
        if not isinstance(other, VectorArray) or other.matrix.shape != self.matrix.shape:
            return NotImplemented
        if sp.issparse(self.matrix) or sp.issparse(other.matrix):
            unequal = (to_csr(self.matrix) != to_csr(other.matrix)).sum(axis=1)
            same = np.asarray(unequal).reshape(-1) == 0
        else:
            same = (self.matrix == other.matrix).all(axis=1)
        return same & ~self.isna() & ~other.isna()

    def isna(self) -> NDArray[np.bool_]:
        return np.zeros(len(self), bool) if self.nulls is None else self.nulls.copy()

    def take(
        self, indices: Any, *, allow_fill: bool = False, fill_value: Any = None
    ) -> VectorArray:
        rows = np.asarray(indices, dtype=np.intp)
        if not allow_fill:
            return type(self)(self.matrix[rows], self.isna()[rows])
        if (rows < -1).any():
            raise ValueError("indices below -1 have no meaning with allow_fill=True")
        missing = rows < 0
        nulls = np.ones(len(rows), bool)
        nulls[~missing] = self.isna()[rows[~missing]]
        return type(self)(spread(self.matrix[rows[~missing]], missing)[0], nulls)

    def copy(self) -> VectorArray:
        return type(self)(self.matrix.copy(), None if self.nulls is None else self.nulls.copy())

    def to_dense(self) -> Any:
        """The vectors as a 2-D array.

        Returns
        -------
        ndarray of shape (n_rows, n_features)
            The matrix itself where it is dense.
        """
        return to_dense(self.matrix)

    def to_csr(self) -> sp.csr_matrix:
        """The vectors as one CSR matrix.

        Returns
        -------
        csr_matrix of shape (n_rows, n_features)
            The matrix itself where it is sparse.
        """
        return to_csr(self.matrix)

    def _formatter(self, boxed: bool = False) -> Any:
        def show(row: Any) -> str:
            return f"({row.nnz} of {row.shape[1]} stored)" if sp.issparse(row) else str(row)

        return show


def spread(present: Block, nulls: NDArray[np.bool_]) -> tuple[Block, NDArray[np.bool_]]:
    """Rows of zeros put in where ``nulls`` says that a vector is missing."""
    if not nulls.any():
        return present, nulls
    if sp.issparse(present):
        counts = np.zeros(len(nulls), dtype=present.indptr.dtype)
        counts[~nulls] = np.diff(present.indptr)
        indptr = np.concatenate([[0], np.cumsum(counts)])
        shape = (len(nulls), present.shape[1])
        return sp.csr_matrix((present.data, present.indices, indptr), shape=shape), nulls
    full: Block = np.zeros((len(nulls), present.shape[1]), dtype=present.dtype)
    full[~nulls] = present
    return full, nulls
