"""Searches on a cluster that end early: out of time, interrupted, or with their driver killed."""

import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
import time
import warnings
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_iris
from tests.cluster.learners import Careful
from tests.cluster.test_faults import Meanwhile, fits, last_beat, wait_until

import tenfold

IRIS = load_iris(return_X_y=True)


def test_a_budget_ends_a_search_with_what_is_done(spark, tmp_path):
    grid = {"size": list(range(60)), "seconds": [1.0]}
    search = tenfold.GridSearchCV(Careful(notes=str(tmp_path)), grid, cv=2)
    tenfold.GridSearchCV(Careful(), {"size": [1]}, cv=2).fit(*IRIS)  # workers are up
    started = time.monotonic()
    with (
        tenfold.config_context(time_budget=15.0),
        pytest.warns(UserWarning, match="of 60 candidates are unfinished") as caught,
    ):
        search.fit(*IRIS)
    # All of it would take a minute on two cores; a task under way is let go.
    assert time.monotonic() - started < 25.0
    assert len([one for one in caught if "unfinished" in str(one.message)]) == 1
    means, ranks = (search.cv_results_[name] for name in ("mean_test_score", "rank_test_score"))
    unfinished = np.isnan(means)
    assert 0 < unfinished.sum() < 60
    assert ranks[unfinished].min() > ranks[~unfinished].max()
    assert not unfinished[search.best_index_]
    folds = [np.isfinite(search.cv_results_[f"split{split}_test_score"]) for split in range(2)]
    assert (folds[0] ^ folds[1]).sum() <= 2, "whole candidates"
    assert search.best_estimator_.predict(IRIS[0]).shape == IRIS[1].shape
    wait_until("the fits to stop", lambda: time.time() - last_beat(tmp_path) > 3)
    n_fits = len(fits(tmp_path))
    tenfold.GridSearchCV(Careful(), {"size": [1]}, cv=2).fit(*IRIS)
    assert len(fits(tmp_path)) == n_fits, "what was cancelled does not go on"


@pytest.mark.parametrize("keep", [True, False])
def test_what_is_done_is_kept_at_an_interrupt(spark, tmp_path, keep):
    grid = {"size": list(range(40)), "seconds": [0.5]}
    search = tenfold.GridSearchCV(Careful(notes=str(tmp_path)), grid, cv=2, refit=False)

    def interrupt():
        wait_until("some fits to be done", lambda: len(fits(tmp_path)) >= 12)
        os.kill(os.getpid(), signal.SIGINT)

    journal = None if keep else tmp_path / "journal"
    with tenfold.config_context(keep_on_interrupt=keep, journal=journal), Meanwhile(interrupt):
        if keep:
            with pytest.warns(UserWarning, match="interrupted: .* of 40 candidates are unfinished"):
                search.fit(*IRIS)
            results = search.cv_results_
        else:
            with pytest.raises(KeyboardInterrupt):
                search.fit(*IRIS)
            results = search.partial_results_
    unfinished = np.isnan(results["mean_test_score"])
    assert 0 < unfinished.sum() < 40
    if not keep:
        np.testing.assert_array_equal(results["complete"], ~unfinished)
    wait_until("the fits to stop", lambda: time.time() - last_beat(tmp_path) > 3)


_DRIVER = """
    import os, sys, warnings
    from pyspark import cloudpickle
    from pyspark.sql import SparkSession
    from sklearn.datasets import load_iris
    from tests.cluster import learners
    import tenfold

    cloudpickle.register_pickle_by_value(learners)
    warnings.simplefilter("ignore")
    journal, notes = sys.argv[1:]
    spark = (SparkSession.builder.master("local-cluster[2,1,512]")
             .config("spark.ui.enabled", "false").config("spark.executor.memory", "512m")
             .config("spark.driver.host", "127.0.0.1").getOrCreate())
    spark.sparkContext.setLogLevel("OFF")
    grid = {"size": list(range(40)), "seconds": [0.2]}
    search = tenfold.GridSearchCV(learners.Careful(notes=notes), grid, cv=2, refit=False)
    with tenfold.config_context(journal=journal):
        search.fit(*load_iris(return_X_y=True))
    assert "runs on  spark" in str(search.plan_)
    print(search.cv_results_["mean_test_score"].tolist())
    sys.stdout.flush()
    spark.stop()
"""
N_KILLS = 3


def test_a_driver_that_is_killed_in_a_job_goes_on(spark_kind, tmp_path):
    """SIGKILL of the driver at random moments: results are equal, only tasks under way run twice."""
    if spark_kind == "connect":
        pytest.skip("its driver is a server, which other clients have too")
    notes, journal = tmp_path / "notes", tmp_path / "tuning.journal"
    notes.mkdir()
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", textwrap.dedent(_DRIVER), str(journal), str(notes)]
    environment = {**os.environ, "PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"}
    generator = np.random.default_rng(0)

    def begin():
        return subprocess.Popen(
            command, cwd=root, env=environment, start_new_session=True, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    for _ in range(N_KILLS):
        before = len(fits(notes))
        driver = begin()
        wait_until("a fit", lambda before=before: len(fits(notes)) > before)
        time.sleep(generator.uniform(0.0, 3.0))
        os.killpg(driver.pid, signal.SIGKILL)  # and of its master and workers
        driver.communicate()
        wait_until("executors to end", lambda: time.time() - last_beat(notes) > 3)
        connection = sqlite3.connect(journal)
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        connection.close()
    n_done = int(tenfold.read_journal(journal)["done"].sum())
    assert n_done > 0
    driver = begin()
    output, errors = driver.communicate(timeout=150)
    assert driver.returncode == 0, errors[-2000:]
    with tenfold.config_context(backend="local"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        grid = {"size": list(range(40)), "seconds": [0.0]}
        here = tenfold.GridSearchCV(Careful(), grid, cv=2, refit=False).fit(*IRIS)
    assert output.strip().splitlines()[-1] == str(here.cv_results_["mean_test_score"].tolist())
    table = tenfold.read_journal(journal)
    assert table["done"].all()
    # What two executors had under way at each kill, a cell a task, and had done and not yet handed over.
    n_again = len(fits(notes)) - 80
    assert 0 <= n_again <= N_KILLS * 2 * 3, n_again
