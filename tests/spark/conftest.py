"""Sessions for the Spark tests: real local Spark, classic or Connect, one a run.

PySpark is either classic or Connect within a process, so the suite runs once for each:
``pytest tests/spark --spark=classic`` and ``pytest tests/spark --spark=connect``. A test that needs
a cluster of its own takes another fixture than ``spark``; only one session lives at a time.

Properties over a session take a moment an example, so few are tried; ``TENFOLD_SPARK_EXAMPLES=200``
tries more.
"""

import os
import sys

import pytest
from hypothesis import HealthCheck, settings

from .connect_server import connect_server

os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")

settings.register_profile(
    "session",
    max_examples=int(os.environ.get("TENFOLD_SPARK_EXAMPLES", "8")),
    deadline=None,
    suppress_health_check=list(HealthCheck),
)

# Settings of sessions, and those that must be there when the JVM starts. The tests' jobs are many
# and short: what C1 compiles and the serial collector are the quicker ones.
SETTINGS = {
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.session.timeZone": "UTC",
}
STATIC_SETTINGS = {
    "spark.default.parallelism": "2",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.memory": "2g",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
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
def spark(spark_kind, master, tmp_path_factory):
    from pyspark.sql import SparkSession

    if spark_kind == "classic":
        session = configured(SparkSession.builder.master(master), {**SETTINGS, **STATIC_SETTINGS})
        session.sparkContext.setLogLevel("OFF")
        yield session
        session.stop()
        return
    folder = tmp_path_factory.mktemp("connect")
    with connect_server(master, STATIC_SETTINGS, folder) as address:
        session = configured(SparkSession.builder.remote(address), SETTINGS)
        yield session
        session.stop()


def configured(builder, settings):
    for name, value in settings.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()
