"""What is not Spark's to say in its own many lines: a sentence that names host, package or what to do.

Sessions that cannot work are processes of their own: one session lives in a process.
"""

import os
import subprocess
import sys
import textwrap
import venv

import numpy as np
import pyarrow as pa
import pytest
from sklearn.cluster import KMeans
from sklearn.datasets import load_iris
from sklearn.naive_bayes import GaussianNB

import tenfold
from tenfold.spark import from_arrow, to_pandas

from ..connect_server import connect_server

SEARCH = """
    import os, sys, time
    from pyspark.sql import SparkSession
    from sklearn.datasets import load_iris
    from sklearn.naive_bayes import GaussianNB
    import tenfold

    builder = SparkSession.builder.master("local[1]")
    spark = (builder.config("spark.ui.enabled", "false").config("spark.driver.host", "127.0.0.1")
             .getOrCreate())
    spark.sparkContext.setLogLevel("OFF")
    started = time.monotonic()
    try:
        tenfold.GridSearchCV(GaussianNB(), {"var_smoothing": [1e-9, 0.1]}, cv=2).fit(
            *load_iris(return_X_y=True)
        )
    except RuntimeError as error:
        print("said", error)
    assert time.monotonic() - started < 100, "and soon"
"""


@pytest.fixture(scope="module")
def bare_python(tmp_path_factory):
    """A Python of this version that has no packages."""
    place = tmp_path_factory.mktemp("bare")
    venv.create(place, with_pip=False, symlinks=True)
    return place / "bin"


def said(**environment):
    """What a search raises in a process with these variables; those that are None are unset."""
    env = {**os.environ, "TENFOLD_PROGRESS": "0", "SPARK_LOCAL_IP": "127.0.0.1", **environment}
    ended = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(SEARCH)],
        env={name: str(value) for name, value in env.items() if value is not None},
        capture_output=True,
        text=True,
        timeout=170,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr[-3000:]
    assert "said" in ended.stdout, "no error"
    return ended.stdout.rpartition("said ")[2]


@pytest.fixture
def classic(spark_kind):
    if spark_kind == "connect":
        pytest.skip("the server's Python is no matter of this process")


def test_pyspark_python_unset(classic, bare_python):
    """Spark takes the first python3 of the path, which has no packages here."""
    text = said(PYSPARK_PYTHON=None, PATH=f"{bare_python}:{os.environ['PATH']}")
    assert "is not installed on" in text
    assert 'os.environ["PYSPARK_PYTHON"]' in text
    assert "more memory" not in text


def test_a_python_that_is_not_there(classic):
    text = said(PYSPARK_PYTHON="/no/such/python")
    assert "there is no Python at /no/such/python" in text
    assert "PYSPARK_PYTHON" in text


def test_spark_data_where_pythons_are_wanted(spark):
    X, y = load_iris(return_X_y=True)
    df = spark.createDataFrame(X.tolist(), ["a", "b", "c", "d"])
    search = tenfold.GridSearchCV(GaussianNB(), {"var_smoothing": [1e-9]}, cv=2)
    clusters = tenfold.GridSearchCV(KMeans(2, n_init=1), {"n_clusters": [2]}, cv=2)
    with tenfold.config_context(backend="local"):
        search.fit(X, y)
        clusters.fit(X)
    for method in ("predict", "predict_proba", "predict_log_proba", "score"):
        with pytest.raises(TypeError, match=r"got a Spark DataFrame\. .*tenfold\.spark\.to_xy"):
            getattr(search, method)(df)
    with pytest.raises(TypeError, match="got a Spark DataFrame"):
        clusters.transform(df)
    with pytest.raises(TypeError, match="got a Spark Column"):
        search.score(X, df["a"])
    np.testing.assert_array_equal(search.predict(X), search.best_estimator_.predict(X))


def test_a_struct_that_has_a_name_twice(spark):
    df = spark.sql("select array(struct(1 as a, 2 as a)) s, 1 as n")
    with pytest.raises(TypeError, match=r"column 's': .* two fields of one name.* drop the column"):
        to_pandas(df)
    assert to_pandas(df, columns=["n"])["n"].tolist() == [1]


def test_an_arrow_table_of_no_rows(spark):
    kinds = {
        "n": pa.int64(), "l": pa.list_(pa.float64()), "t": pa.timestamp("us"), "s": pa.string(),
        "r": pa.struct([("x", pa.int32())]), "m": pa.map_(pa.string(), pa.int64()),
    }  # fmt: skip
    nothing = pa.schema(list(kinds.items())).empty_table()
    some = pa.table({name: pa.nulls(3, kind) for name, kind in kinds.items()})
    for table in (nothing, some.slice(0, 0), pa.table(nothing.to_pydict(), nothing.schema)):
        df = from_arrow(spark, table)
        assert df.columns == list(kinds)
        assert df.collect() == []
        assert [kind for _, kind in df.dtypes] == [
            kind for _, kind in from_arrow(spark, some).dtypes
        ]


def test_a_connect_server_that_is_gone(spark_kind, tmp_path):
    if spark_kind == "classic":
        pytest.skip("a classic session's driver is this process")
    script = """
        import os, signal, sys, threading, time
        from pyspark.sql import SparkSession
        from sklearn.datasets import load_iris
        from sklearn.naive_bayes import GaussianNB
        import tenfold

        class Slow(GaussianNB):
            def fit(self, X, y):
                import time
                time.sleep(600)

        spark = SparkSession.builder.remote(sys.argv[1]).getOrCreate()
        spark.range(1).count()
        threading.Timer(15, os.kill, (int(sys.argv[2]), signal.SIGKILL)).start()
        for estimator in (Slow(), GaussianNB()):
            try:
                tenfold.GridSearchCV(estimator, {"var_smoothing": [1e-9, 0.1]}, cv=2).fit(
                    *load_iris(return_X_y=True)
                )
            except ConnectionError as error:
                print("said", error, flush=True)
        os._exit(0)  # the session's own farewell would be tried for ten minutes
    """
    settings = {"spark.ui.enabled": "false", "spark.driver.host": "127.0.0.1"}
    with connect_server("local[1]", settings, tmp_path) as address:
        server = int(_process_that_listens(address))
        ended = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(script), address, str(server)],
            env={**os.environ, "TENFOLD_PROGRESS": "0"},
            capture_output=True,
            text=True,
            timeout=170,
            check=False,
        )
    assert ended.returncode == 0, ended.stderr[-3000:]
    sentences = ended.stdout.split("said ")[1:]
    assert len(sentences) == 2, "one in the midst of a job, and one before any"
    for text in sentences:
        assert "the Spark Connect server at localhost has not answered for" in text
        assert "make a new session" in text


def _process_that_listens(address):
    port = int(address.removeprefix("sc://localhost:").partition("/")[0])
    with open("/proc/net/tcp") as table, open("/proc/net/tcp6") as more:
        rows = [line.split() for line in [*table, *more]]
    inode = next(row[9] for row in rows if row[1].endswith(f":{port:04X}") and row[3] == "0A")
    for process in filter(str.isdigit, os.listdir("/proc")):
        try:
            links = [
                os.readlink(f"/proc/{process}/fd/{fd}") for fd in os.listdir(f"/proc/{process}/fd")
            ]
        except OSError:
            continue
        if f"socket:[{inode}]" in links:
            return process
    raise LookupError(f"nobody listens at {address}")
