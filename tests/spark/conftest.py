"""Sessions for the Spark tests: real local Spark, classic or Connect, one a run.

PySpark is either classic or Connect within a process, so the suite runs once for each:
``pytest tests/spark --spark=classic`` and ``pytest tests/spark --spark=connect``. A test that needs
a cluster of its own takes another fixture than ``spark``; only one session lives at a time.
"""

import os
import sys

import pytest

os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")

SETTINGS = {
    "spark.sql.shuffle.partitions": "2",
    "spark.default.parallelism": "2",
    "spark.sql.session.timeZone": "UTC",
}
CLASSIC_SETTINGS = {
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.driver.host": "127.0.0.1",
}


def pytest_addoption(parser):
    parser.addoption("--spark", choices=["classic", "connect"], default="classic")


@pytest.fixture(scope="session")
def spark_kind(request):
    """ "classic" or "connect"."""
    return request.config.getoption("--spark")


@pytest.fixture(scope="session")
def master():
    """What the session runs on; a module may override it with a cluster of its own."""
    return "local[2]"


@pytest.fixture(scope="session")
def spark(spark_kind, master):
    session = start(spark_kind, master)
    yield session
    session.stop()


def start(kind, master, **settings):
    """A session with the tests' settings."""
    from pyspark.sql import SparkSession

    builder = SparkSession.builder
    builder = builder.remote(master) if kind == "connect" else builder.master(master)
    chosen = SETTINGS if kind == "connect" else {**SETTINGS, **CLASSIC_SETTINGS}
    for name, value in {**chosen, **settings}.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    if kind == "classic":
        session.sparkContext.setLogLevel("OFF")
    return session
