"""A standalone cluster of real processes, and a session on it: classic or Connect, one a run.

Executors of classic sessions have a Python without tenfold, those of Connect sessions one with it.
"""

import os
import sys

import pytest
from pyspark import cloudpickle
from scripts import standalone
from tests.cluster import learners

os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
cloudpickle.register_pickle_by_value(learners)

SETTINGS = {
    "spark.executor.memory": "512m",
    "spark.executor.cores": "1",
    "spark.ui.enabled": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.ui.showConsoleProgress": "false",
}


def pytest_addoption(parser):
    parser.addoption("--spark", choices=["classic", "connect"], default="classic")


@pytest.fixture(scope="session")
def spark_kind(request):
    """ "classic" or "connect"."""
    return request.config.getoption("--spark")


@pytest.fixture(scope="session")
def cluster(tmp_path_factory):
    """A master and two workers of one core each."""
    cluster = standalone.Cluster(tmp_path_factory.mktemp("cluster"))
    yield cluster
    cluster.stop()


@pytest.fixture(scope="session")
def executor_python(spark_kind, tmp_path_factory):
    if spark_kind == "connect":
        return sys.executable
    given = os.environ.get("TENFOLD_EXECUTOR_PYTHON")
    return given or standalone.bare_python(tmp_path_factory.mktemp("bare") / "python")


@pytest.fixture(scope="session")
def spark(spark_kind, cluster, executor_python):
    session = start(spark_kind, cluster, executor_python)
    # Looked at before a search brings it: the suites are about both.
    assert executors_have_tenfold(session) == (spark_kind == "connect")
    yield session
    session.stop()


def executors_have_tenfold(session):
    def look(batches):
        import pyarrow as pa

        try:
            from tenfold import GridSearchCV  # noqa: F401
        except ImportError:
            found = False
        else:
            found = True
        yield pa.record_batch([pa.array([found])], names=["found"])

    return session.range(1).mapInArrow(look, "found boolean").collect()[0].found


def start(kind, cluster, python, **settings):
    """A session on the cluster whose executors run this Python."""
    from pyspark.sql import SparkSession

    settings = {**SETTINGS, **settings}
    os.environ["PYSPARK_PYTHON"] = python
    os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable
    if kind == "connect":
        settings["spark.pyspark.python"] = python
        address = standalone.start_connect_server(cluster, cluster.url, **settings)
        return SparkSession.builder.remote(address).getOrCreate()
    builder = SparkSession.builder.master(cluster.url)
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    return session
