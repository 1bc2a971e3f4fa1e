"""``KeyedEstimator`` and ``KeyedModel`` with their old parameter names."""

from __future__ import annotations

from typing import Any

from pyspark.sql import DataFrame

import tenfold.spark
from spark_sklearn._deprecation import warn
from spark_sklearn.udt import SparkSklearnEstimator, with_estimator_objects

__all__ = ["KeyedEstimator", "KeyedModel", "SparkSklearnEstimator"]


class KeyedEstimator(tenfold.spark.KeyedEstimator):
    """:class:`tenfold.spark.KeyedEstimator` with camel-case parameters."""

    def __init__(
        self,
        sklearnEstimator: Any = None,
        keyCols: Any = ("key",),
        xCol: Any = "features",
        outputCol: str = "output",
        yCol: str | None = None,
        estimatorType: str | None = None,
    ) -> None:
        warn("KeyedEstimator", "tenfold.spark.KeyedEstimator(sklearn_estimator=..., key_cols=...)")
        super().__init__(
            sklearn_estimator=sklearnEstimator,
            key_cols=keyCols,
            x_col=xCol,
            y_col=yCol,
            output_col=outputCol,
            estimator_type=estimatorType,
        )

    @property
    def sklearnEstimatorType(self) -> str:
        """The old name of ``sklearn_estimator_type``."""
        return self.sklearn_estimator_type

    def _fit(self, dataset: DataFrame) -> KeyedModel:
        fitted = super()._fit(dataset)
        return KeyedModel(self, fitted.models, fitted._output_type)


class KeyedModel(tenfold.spark.KeyedModel):
    """:class:`tenfold.spark.KeyedModel` with the old names."""

    @property
    def sklearnEstimatorType(self) -> str:
        """The old name of ``sklearn_estimator_type``."""
        return self.sklearn_estimator_type

    @property
    def keyedModels(self) -> DataFrame:
        """Key columns and ``estimator``, the models as objects that Python functions can use."""
        warn("KeyedModel.keyedModels", "model.models, or model.get(key) for one estimator")
        keys = self._keyed.getOrDefault("key_cols")
        return with_estimator_objects(self.models, keys)
