"""The session that the old documentation's examples start with."""

from __future__ import annotations

from pyspark.sql import SparkSession

from spark_sklearn._deprecation import warn


def createLocalSparkSession(appName: str = "spark-sklearn") -> SparkSession:
    """A session on all cores of this machine."""
    warn("util.createLocalSparkSession", 'SparkSession.builder.master("local[*]").getOrCreate()')
    builder = SparkSession.builder.master("local[*]").appName(appName)
    return builder.config("spark.ui.showConsoleProgress", "false").getOrCreate()
