"""The session that pages on Spark are run with."""

import os
import sys
from pathlib import Path

import pytest

os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")


@pytest.fixture(scope="session")
def spark(tmp_path_factory):
    """A local session, whose relative paths are those of a temporary folder."""
    from pyspark.sql import SparkSession

    before = Path.cwd()
    os.chdir(tmp_path_factory.mktemp("spark"))

    builder = SparkSession.builder.master("local[2]")
    for name, value in {
        "spark.driver.host": "127.0.0.1",
        "spark.sql.shuffle.partitions": "2",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    os.chdir(before)
    yield session
    session.stop()
