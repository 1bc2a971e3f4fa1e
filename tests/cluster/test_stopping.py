"""Searches on a cluster whose time is spent, and what they leave."""

import time

import numpy as np
import pytest
from sklearn.datasets import load_iris
from tests.cluster.learners import Careful
from tests.cluster.test_faults import fits, last_beat, wait_until

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
