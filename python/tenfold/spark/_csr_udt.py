"""A Spark type for one-row CSR matrices, as the package before this one had it."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp
from pyspark.sql import types as st


class CSRVectorUDT(st.UserDefinedType):  # type: ignore[misc]
    """One-row ``scipy.sparse.csr_matrix`` as a cell; row by row, so for small data only.

    For data of any size use :func:`tenfold.spark.from_scipy`, which makes Spark ML vectors.
    """

    @classmethod
    def sqlType(cls) -> st.StructType:
        """Spark's own layout of a vector."""
        schema = st.StructType().add("type", st.ByteType(), False).add("size", st.IntegerType())
        schema = schema.add("indices", st.ArrayType(st.IntegerType(), False))
        return schema.add("values", st.ArrayType(st.DoubleType(), False))

    @classmethod
    def module(cls) -> str:
        """Where executors find the class."""
        return cls.__module__

    def serialize(self, obj: Any) -> tuple[int, int, list[int], list[float]]:
        """A matrix as Spark stores it."""
        if not sp.issparse(obj):
            raise TypeError(f"a CSR matrix is wanted, got {type(obj).__name__}")
        row = sp.csr_matrix(obj)
        if row.shape[0] != 1:
            raise ValueError(f"a cell holds one row, the matrix has {row.shape[0]}")
        return 0, int(row.shape[1]), row.indices.tolist(), row.data.astype(float).tolist()

    def deserialize(self, datum: Any) -> sp.csr_matrix:
        """What Spark stores, as a matrix."""
        _, size, indices, values = datum
        parts = (np.asarray(values, float), np.asarray(indices, np.int32), [0, len(indices)])
        return sp.csr_matrix(parts, shape=(1, size))

    def simpleString(self) -> str:
        """The type's name in schemas."""
        return "csrvec"
