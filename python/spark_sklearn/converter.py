"""``Converter(sc)``: data and models, both ways."""

from __future__ import annotations

from typing import Any

from pyspark.sql import DataFrame, SparkSession

import tenfold.spark
from spark_sklearn._deprecation import warn


class Converter:
    """Calls the functions of :mod:`tenfold.spark`.

    Parameters
    ----------
    sc : SparkContext or SparkSession, optional
        Not needed: the active session serves.
    """

    def __init__(self, sc: Any = None) -> None:
        warn("Converter", "the functions of tenfold.spark: to_pandas, to_spark_model, ...")
        self.sc = sc

    def toPandas(self, df: DataFrame) -> Any:
        """``tenfold.spark.to_pandas(df, vectors="sparse")``: vectors as rows of CSR matrices."""
        warn("Converter.toPandas", 'tenfold.spark.to_pandas(df, vectors="sparse")')
        return tenfold.spark.to_pandas(df, vectors="sparse")

    def toSpark(self, model: Any) -> Any:
        """``tenfold.spark.to_spark_model(model, spark)``."""
        warn("Converter.toSpark", "tenfold.spark.to_spark_model(model, spark)")
        spark = self.sc if hasattr(self.sc, "createDataFrame") else SparkSession.active()
        return tenfold.spark.to_spark_model(model, spark)

    def toSKLearn(self, model: Any) -> Any:
        """``tenfold.spark.to_sklearn_model(model)``."""
        warn("Converter.toSKLearn", "tenfold.spark.to_sklearn_model(model)")
        return tenfold.spark.to_sklearn_model(model)
