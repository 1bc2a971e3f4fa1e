"""``KeyedEstimator`` and ``KeyedModel`` with their old parameter names."""

from __future__ import annotations

from typing import Any

from pyspark.ml.param import Param
from pyspark.sql import DataFrame

import tenfold.spark
from spark_sklearn._deprecation import warn
from spark_sklearn.udt import SparkSklearnEstimator, with_estimator_objects

__all__ = ["KeyedEstimator", "KeyedModel", "SparkSklearnEstimator"]

_NEW_NAMES = {
    "sklearnEstimator": "sklearn_estimator",
    "keyCols": "key_cols",
    "xCol": "x_col",
    "outputCol": "output_col",
    "yCol": "y_col",
    "estimatorType": "estimator_type",
}


class _OldParams:
    """Parameters under their old names: as attributes, and where Spark ML takes a parameter's name."""

    def getParam(self, paramName: str) -> Param[Any]:
        """A parameter by its old name or its new one."""
        return super().getParam(_NEW_NAMES.get(paramName, paramName))  # type: ignore[misc]

    def hasParam(self, paramName: str) -> bool:
        """Whether there is a parameter of this name, old or new."""
        return super().hasParam(_NEW_NAMES.get(paramName, paramName))  # type: ignore[misc,no-any-return]

    @property
    def sklearnEstimator(self) -> Param[Any]:
        """The old name of ``sklearn_estimator``."""
        return self.getParam("sklearnEstimator")

    @property
    def keyCols(self) -> Param[Any]:
        """The old name of ``key_cols``."""
        return self.getParam("keyCols")

    @property
    def xCol(self) -> Param[Any]:
        """The old name of ``x_col``."""
        return self.getParam("xCol")

    @property
    def outputCol(self) -> Param[Any]:
        """The old name of ``output_col``."""
        return self.getParam("outputCol")

    @property
    def yCol(self) -> Param[Any]:
        """The old name of ``y_col``."""
        return self.getParam("yCol")

    @property
    def estimatorType(self) -> Param[Any]:
        """The old name of ``estimator_type``."""
        return self.getParam("estimatorType")


class KeyedEstimator(_OldParams, tenfold.spark.KeyedEstimator):
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


class KeyedModel(_OldParams, tenfold.spark.KeyedModel):
    """:class:`tenfold.spark.KeyedModel` with the old names; its parameters are the estimator's."""

    def getParam(self, paramName: str) -> Param[Any]:
        """A parameter of the estimator, by its old name or its new one."""
        return self._keyed.getParam(_NEW_NAMES.get(paramName, paramName))

    def hasParam(self, paramName: str) -> bool:
        """Whether the estimator has a parameter of this name, old or new."""
        return bool(self._keyed.hasParam(_NEW_NAMES.get(paramName, paramName)))

    def getOrDefault(self, param: Any) -> Any:
        """A parameter's value, as the estimator has it."""
        return self._keyed.getOrDefault(self.getParam(param) if isinstance(param, str) else param)

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
