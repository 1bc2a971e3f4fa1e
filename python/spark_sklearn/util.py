"""The session that the old documentation's examples start with."""

from __future__ import annotations

from pyspark.sql import SparkSession

from spark_sklearn._deprecation import warn


def createLocalSparkSession(appName: str = "spark-sklearn") -> SparkSession:
    """A session on all cores of this machine, whose ``toPandas`` makes rows of structs, as it did then."""
    warn("util.createLocalSparkSession", 'SparkSession.builder.master("local[*]").getOrCreate()')
    builder = SparkSession.builder.master("local[*]").appName(appName)
    builder = builder.config("spark.sql.execution.pandas.structHandlingMode", "row")
    return builder.config("spark.ui.showConsoleProgress", "false").getOrCreate()
