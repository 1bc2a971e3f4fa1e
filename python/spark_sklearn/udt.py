"""Cells of a DataFrame that hold a one-row CSR matrix or a fitted estimator.

Spark writes the path of these classes into the schemas of what it saves, and looks there for them when
that is read again: they stay in this module, which is also where the package before this one had them.
"""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy.sparse as sp
from pyspark.sql import DataFrame
from pyspark.sql import functions as sf
from pyspark.sql import types as st

from tenfold.spark._frames.schema import quoted

__all__ = ["CSRVectorUDT", "EstimatorUDT", "SparkSklearnEstimator"]


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


class EstimatorUDT(st.UserDefinedType):  # type: ignore[misc]
    """A pickled scikit-learn estimator."""

    @classmethod
    def sqlType(cls) -> st.DataType:
        """Bytes."""
        return st.BinaryType()

    @classmethod
    def module(cls) -> str:
        """Where executors find the class."""
        return cls.__module__

    def serialize(self, obj: Any) -> bytes:
        """The wrapped estimator, pickled."""
        return pickle.dumps(obj.estimator)

    def deserialize(self, datum: Any) -> SparkSklearnEstimator:
        """The estimator, wrapped."""
        return SparkSklearnEstimator(pickle.loads(bytes(datum)))

    def simpleString(self) -> str:
        """The type's name in schemas."""
        return "sklearn-estimator"


class SparkSklearnEstimator:
    """A fitted estimator in a cell; its attributes are the estimator's.

    Parameters
    ----------
    estimator : estimator
        What it wraps.
    """

    __UDT__ = EstimatorUDT()

    def __init__(self, estimator: Any) -> None:
        self.estimator = estimator

    def __getattr__(self, name: str) -> Any:
        # Not for "estimator" itself and dunders, which unpickling asks for before they are there.
        if name == "estimator" or name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.estimator, name)


def with_estimator_objects(models: DataFrame, keys: Sequence[str]) -> DataFrame:
    """The key columns of ``models`` and its estimators as objects."""
    # A lambda, since Spark would take type hints for those of its pandas functions.
    wrap = sf.udf(
        lambda pickled: None if pickled is None else SparkSklearnEstimator(pickle.loads(pickled)),
        EstimatorUDT(),
    )
    return models.select(*map(quoted, keys), wrap("estimator").alias("estimator"))
