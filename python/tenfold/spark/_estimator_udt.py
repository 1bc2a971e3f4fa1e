"""Fitted estimators as cells of a DataFrame, for Python functions that take them as arguments."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from typing import Any

from pyspark.sql import DataFrame
from pyspark.sql import functions as sf
from pyspark.sql import types as st

from tenfold.spark._schema import quoted


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
