"""Searches on a cluster whose time is spent, and what they leave."""

import os
import signal
import time
import warnings
from contextlib import suppress

import numpy as np
import pytest
from pyspark.sql import SparkSession
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


@pytest.mark.parametrize("keeps", [False, True])
def test_ctrl_c_leaves_what_had_arrived(spark, spark_kind, tmp_path, keeps):
    notes, journal = tmp_path / "notes", tmp_path / "tuning.journal"
    notes.mkdir()
    grid = {"size": list(range(40)), "seconds": [0.4]}
    search = tenfold.GridSearchCV(Careful(notes=str(notes)), grid, cv=2)
    interrupted = []

    def done():
        with suppress(ValueError):  # it is being made
            return int(tenfold.read_journal(journal)["done"].sum())
        return 0

    def interrupt():
        wait_until("some cells to be done", lambda: journal.exists() and done() >= 9)
        interrupted.append((time.monotonic(), done()))
        os.kill(os.getpid(), signal.SIGINT)

    with (
        tenfold.config_context(journal=str(journal), keep_on_interrupt=keeps),
        warnings.catch_warnings(record=True) as caught,
    ):
        warnings.simplefilter("always")
        with Meanwhile(interrupt):
            if keeps:
                search.fit(*IRIS)
            else:
                with pytest.raises(KeyboardInterrupt):
                    search.fit(*IRIS)
    when, n_then = interrupted[0]
    assert time.monotonic() - when < 15.0, "long before all would have been done"
    said = [str(one.message) for one in caught if "candidates are unfinished" in str(one.message)]
    results = search.cv_results_ if keeps else search.partial_results_
    scores = np.array([results[f"split{split}_test_score"] for split in range(2)])
    n_done = np.isfinite(scores).sum()
    assert n_then <= n_done < 80
    assert done() == n_done, "the journal has them all"
    assert (np.isfinite(scores[0]) ^ np.isfinite(scores[1])).sum() <= 2, "whole candidates"
    if keeps:
        assert len(said) == 1
        assert np.isfinite(results["mean_test_score"][search.best_index_])
        assert search.best_estimator_.predict(IRIS[0]).shape == IRIS[1].shape
    else:
        assert not said
        assert results["complete"].sum() == np.isfinite(scores).all(axis=0).sum()
    wait_until("the fits to stop", lambda: time.time() - last_beat(notes) > 3)
    n_fits = len(fits(notes))
    if spark_kind == "classic":
        # Of the application that there is now: other tests stop theirs.
        context = SparkSession.active().sparkContext
        assert not context.statusTracker().getActiveJobsIds()
    tenfold.GridSearchCV(Careful(), {"size": [1]}, cv=2).fit(*IRIS)
    assert len(fits(notes)) == n_fits, "what was cancelled does not go on"
