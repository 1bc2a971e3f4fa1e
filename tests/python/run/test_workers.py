"""Searches of one process share its workers: one that leaves early leaves the others theirs."""

import threading
import time

import joblib
import numpy as np
import pytest
from sklearn.naive_bayes import GaussianNB

import tenfold
from tenfold import GridSearchCV
from tenfold._gather.calls import Call
from tenfold._run.worker import Settings, run_chunk
from tenfold._run.workers import SharedWorkers, _users


def results_of(calls, backend):
    return joblib.Parallel(
        n_jobs=2, backend=backend, return_as="generator_unordered", pre_dispatch="2*n_jobs"
    )(calls)


def naps(n):
    return (joblib.delayed(nap)(number) for number in range(n))


def nap(number):
    time.sleep(0.05)
    return number


@pytest.mark.filterwarnings("ignore:.*tasks which were still being processed")
@pytest.mark.parametrize("other", [SharedWorkers, lambda: "loky"], ids=["ours", "joblib's"])
def test_a_run_that_is_left_leaves_the_workers_to_others(other):
    staying, leaving = results_of(naps(20), other()), results_of(naps(20), SharedWorkers())
    first = {next(staying)}
    next(leaving)
    leaving.close()
    assert first | set(staying) == set(range(20))
    assert not _users


@pytest.mark.filterwarnings("ignore:.*tasks which were still being processed")
def test_a_run_that_has_them_to_itself_ends_them():
    backend = SharedWorkers()
    leaving = results_of(naps(20), backend)
    next(leaving)
    processes = list(backend._workers._processes.values())
    leaving.close()
    for process in processes:
        process.join(10)
        assert not process.is_alive()


def test_searches_in_several_threads():
    rng = np.random.RandomState(0)
    X = rng.rand(100_000, 10)
    y = (X[:, 0] > 0.5).astype(int)
    grid = {"var_smoothing": [1e-9, 1e-8, 1e-7, 1e-6]}
    expected = GridSearchCV(GaussianNB(), grid, cv=3, n_jobs=1).fit(X, y).best_score_
    found, together = {}, threading.Barrier(4)

    def search(number):
        together.wait()
        try:
            found[number] = GridSearchCV(GaussianNB(), grid, cv=3, n_jobs=2).fit(X, y).best_score_
        except Exception as error:
            found[number] = error

    threads = [threading.Thread(target=search, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert found == dict.fromkeys(range(4), expected)


def test_what_is_fitted_in_a_worker_heeds_the_settings() -> None:
    with tenfold.config_context(native=False, disabled_rules=("native members",)):
        settings = Settings.here()
    _, (outcome,), _ = run_chunk([0], [Call(tenfold.get_config, (), {})], 1, settings)
    assert not outcome.result["native"]
    assert outcome.result["disabled_rules"] == ("native members",)
    assert tenfold.get_config()["native"]
