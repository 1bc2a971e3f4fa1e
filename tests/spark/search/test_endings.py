"""What a driver leaves behind when it is ended by a signal: nothing."""

import os
import signal
import subprocess
import sys
import textwrap
import time

import pytest

from tenfold.spark._search import ship

SCRIPT = """
    import os, signal, sys, numpy as np
    from pyspark.sql import SparkSession
    from sklearn.naive_bayes import GaussianNB
    import tenfold
    spark = (SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
             .config("spark.local.dir", sys.argv[1]).getOrCreate())
    X = np.random.RandomState(0).rand(50_000, 5)
    y = (X[:, 0] > 0.5).astype(int)
    search = tenfold.GridSearchCV(GaussianNB(), {"var_smoothing": [1e-9, 1e-8]}, cv=2).fit(X, y)
    assert search.plan_.backend == "spark"
    from tenfold.spark._search.ship import shipper_of
    print(shipper_of(spark).directory, flush=True)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # nohup may have it ignored
    os.kill(os.getpid(), int(sys.argv[2]))
"""


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_a_driver_ended_by_a_signal_leaves_nothing(spark_kind, tmp_path, ending):
    if spark_kind == "connect":
        pytest.skip("its files go as soon as the server has them")
    local, temporary = tmp_path / "local", tmp_path / "temporary"
    local.mkdir()
    temporary.mkdir()
    process = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(SCRIPT), str(local), str(int(ending))],
        env={**os.environ, "TMPDIR": str(temporary), "TENFOLD_PROGRESS": "0"},
        capture_output=True,
        text=True,
        timeout=170,
    )
    assert process.returncode == -ending, process.stderr
    directory = process.stdout.split()[-1]
    assert directory.startswith(str(local)), "below spark.local.dir"
    give_up = time.monotonic() + 30
    while time.monotonic() < give_up and list(local.rglob("tenfold-*")):
        time.sleep(0.2)  # Spark's JVM removes its folders as it ends
    assert not list(local.rglob("tenfold-*")), "the JVM removes them"
    assert not list(temporary.rglob("tenfold-*"))


def test_what_a_killed_process_left_is_removed(tmp_path, monkeypatch):
    monkeypatch.setattr(ship.tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr(ship, "is_connect", lambda spark: True)
    ended = subprocess.Popen(["true"])
    ended.wait()
    left = tmp_path / f"tenfold-sent-{ended.pid}-x"
    running = tmp_path / f"tenfold-sent-{os.getpid()}-x"
    left.mkdir()
    running.mkdir()
    own = ship._own_directory(None)
    assert not left.exists()
    assert running.exists()
    assert os.path.dirname(own) == str(tmp_path)
