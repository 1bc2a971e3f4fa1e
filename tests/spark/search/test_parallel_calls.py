"""Calls of joblib that are no search, on real executors: members of one fit, and any where asked for."""

import os
import subprocess
import sys
import threading
import time

import joblib
import numpy as np
import pytest
from joblib import Parallel, delayed
from pyspark import cloudpickle
from sklearn.datasets import load_iris, make_classification
from sklearn.ensemble import BaggingClassifier, StackingClassifier, VotingClassifier
from sklearn.feature_selection import RFECV
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier
from sklearn.multioutput import MultiOutputRegressor
from sklearn.neighbors import KNeighborsClassifier
from sklearn.svm import LinearSVC

import tenfold

cloudpickle.register_pickle_by_value(sys.modules[__name__])  # executors do not have it
pytestmark = pytest.mark.usefixtures("spark")

X, Y = load_iris(return_X_y=True)
THREE = np.column_stack([X[:, 0], X[:, 1] + X[:, 2], X[:, 3]])


@pytest.fixture
def jobs(spark, spark_kind, monkeypatch):
    """How often the cluster was given work."""
    from tenfold.spark._search import job

    begun = []
    start = job.Jobs.start

    def noting(*args, **kwargs):
        begun.append(args)
        return start(*args, **kwargs)

    monkeypatch.setattr(job.Jobs, "start", noting)
    return begun


FITS = {
    "bagging": (BaggingClassifier(KNeighborsClassifier(), 6, random_state=0, n_jobs=2), Y),
    "one-vs-rest": (OneVsRestClassifier(LogisticRegression(), n_jobs=2), Y),
    "one-vs-one": (OneVsOneClassifier(LinearSVC(random_state=0), n_jobs=2), Y),
    "outputs": (MultiOutputRegressor(Ridge(), n_jobs=2), THREE),
    "voting": (
        VotingClassifier(
            [("a", LogisticRegression(max_iter=1000)), ("b", KNeighborsClassifier())], n_jobs=2
        ),
        Y,
    ),
    "stacking": (
        StackingClassifier(
            [("a", LogisticRegression(max_iter=1000)), ("b", KNeighborsClassifier())], n_jobs=2
        ),
        Y,
    ),
    "rfecv": (RFECV(LogisticRegression(max_iter=1000), n_jobs=2, cv=3), Y),
}


@pytest.mark.parametrize("name", FITS)
def test_members_of_a_fit_run_on_the_cluster_and_are_those_of_one_machine(name, jobs):
    estimator, y = FITS[name]
    wanted = estimator.fit(X, y).predict(X)
    assert not jobs
    with joblib.parallel_config(backend="tenfold"):
        found = estimator.fit(X, y).predict(X)
    assert jobs
    np.testing.assert_array_equal(found, wanted)


def test_a_fit_that_asks_for_no_jobs_stays_here(jobs):
    with joblib.parallel_config(backend="tenfold"):
        OneVsRestClassifier(LogisticRegression()).fit(X, Y)
    assert not jobs


def double(number):
    return os.getpid(), 2 * number


def test_plain_calls_stay_here_unless_asked_for(jobs):
    with joblib.parallel_config(backend="tenfold"):
        Parallel(n_jobs=2)(delayed(double)(i) for i in range(4))
    assert not jobs


@pytest.mark.parametrize("n_jobs", [None, 3, -1])
def test_plain_calls_run_on_executors_in_order(n_jobs, jobs):
    with tenfold.config_context(parallel_on_spark=True), joblib.parallel_config(backend="tenfold"):
        results = Parallel(n_jobs=n_jobs)(delayed(double)(i) for i in range(20))
    assert len(jobs) == 1
    assert [number for _, number in results] == [2 * i for i in range(20)]
    assert os.getpid() not in {pid for pid, _ in results}


def test_calls_that_want_threads_or_one_job_stay_here(jobs):
    with tenfold.config_context(parallel_on_spark=True), joblib.parallel_config(backend="tenfold"):
        of_one = Parallel(n_jobs=1)(delayed(double)(i) for i in range(2))
        of_threads = Parallel(n_jobs=2, prefer="threads")(delayed(double)(i) for i in range(2))
    assert not jobs
    assert {pid for pid, _ in [*of_one, *of_threads]} == {os.getpid()}


def total_and_change(array, small):
    small[0] = 7  # of a copy: nobody else sees it
    return float(array.sum()), array.flags.writeable, small[0]


def test_large_arrays_are_mapped_and_small_ones_are_the_tasks_own(jobs):
    large = np.arange(300_000, dtype=np.float64)
    middle = np.zeros(20_000)
    with tenfold.config_context(parallel_on_spark=True), joblib.parallel_config(backend="tenfold"):
        results = Parallel(n_jobs=-1)(delayed(total_and_change)(large, middle) for _ in range(6))
    assert results == [(large.sum(), False, 7.0)] * 6
    assert middle[0] == 0


def dot(chunk, weights):
    chunk[0] = 1  # a copy of the task's own
    return float(chunk @ weights)


def test_only_what_several_tasks_need_is_a_file_of_its_own(jobs):
    weights = np.arange(10_000, dtype=np.float64)
    chunks = [np.full(20_000, float(i))[::2] for i in range(6)]
    with tenfold.config_context(parallel_on_spark=True), joblib.parallel_config(backend="tenfold"):
        results = Parallel(n_jobs=3)(delayed(dot)(chunk, weights) for chunk in chunks)
    assert results == [float(chunk @ weights) for chunk in chunks]
    [(_, order, *_)] = jobs
    assert len(order.parcels) == 1


def layout(array):
    return array.flags.f_contiguous, array.flags.c_contiguous


@pytest.mark.parametrize("n_rows", [10, 20_000, 200_000])
def test_arrays_keep_their_layout(n_rows, jobs):
    by_column = np.asfortranarray(np.ones((n_rows, 2)))
    with tenfold.config_context(parallel_on_spark=True), joblib.parallel_config(backend="tenfold"):
        assert Parallel(n_jobs=2)([delayed(layout)(by_column)]) == [(True, False)]
    assert jobs


def fail_at(number):
    if number == 3:
        raise ValueError("condition evaluated to True")
    return number


def test_an_error_is_the_calls_own(jobs):
    with (
        tenfold.config_context(parallel_on_spark=True),
        joblib.parallel_config(backend="tenfold"),
        pytest.raises(ValueError, match="condition evaluated to True") as caught,
    ):
        Parallel(n_jobs=5)(delayed(fail_at)(i) for i in range(10))
    assert "fail_at" in str(caught.value.__cause__)  # where it was raised, on the executor


class Odd(Exception):
    """One of the user's own, which executors have from the driver alone."""


def fail_oddly(number):
    raise Odd(number)


def fail_unreadably(number):
    # A well-known one that pickles, and whose pickle cannot be read.
    raise subprocess.CalledProcessError(returncode=number, cmd="a program")


@pytest.mark.parametrize(
    ("function", "error", "message"),
    [
        (fail_oddly, Odd, "7"),
        (fail_unreadably, RuntimeError, "CalledProcessError: Command 'a program' returned .* 7"),
    ],
)
def test_errors_of_classes_that_hardly_travel(function, error, message, jobs):
    with (
        tenfold.config_context(parallel_on_spark=True),
        joblib.parallel_config(backend="tenfold"),
        pytest.raises(error, match=message) as caught,
    ):
        Parallel(n_jobs=2)([delayed(function)(7)])
    assert function.__name__ in str(caught.value.__cause__)


def cores_inside(_):
    return joblib.cpu_count(), joblib.effective_n_jobs(-1)


def test_nested_parallelism_has_the_cores_of_the_task(jobs):
    with tenfold.config_context(parallel_on_spark=True), joblib.parallel_config(backend="tenfold"):
        counted = Parallel(n_jobs=2)(delayed(cores_inside)(i) for i in range(2))
    assert counted == [(1, 1)] * 2


def drawn(_):
    return np.random.random_sample()


def test_draws_are_repeatable_and_move_on(jobs):
    with tenfold.config_context(parallel_on_spark=True), joblib.parallel_config(backend="tenfold"):
        np.random.seed(0)
        first, second = (Parallel(n_jobs=2)(delayed(drawn)(i) for i in range(4)) for _ in range(2))
        np.random.seed(0)
        again = Parallel(n_jobs=3)(delayed(drawn)(i) for i in range(4))
    assert len(set(first)) == 4
    assert first == again != second


def test_what_does_not_pickle_is_named(jobs):
    with (
        tenfold.config_context(parallel_on_spark=True),
        joblib.parallel_config(backend="tenfold"),
        pytest.raises(Exception, match="a call of double cannot be sent to Spark's executors"),
    ):
        Parallel(n_jobs=2)(delayed(double)(threading.Lock()) for _ in range(2))


def test_the_setting_local_keeps_all_here(jobs):
    made, classes = make_classification(60, random_state=0)
    with (
        tenfold.config_context(parallel_on_spark=True, backend="local"),
        joblib.parallel_config(backend="tenfold"),
    ):
        Parallel(n_jobs=2)(delayed(double)(i) for i in range(2))
        OneVsRestClassifier(LogisticRegression(), n_jobs=2).fit(made, classes)
    assert not jobs


def fail_or_write(number, folder):
    if number == 0:
        raise RuntimeError("the first")
    time.sleep(20)
    (folder / str(number)).touch()


def test_an_error_ends_the_calls_that_still_run(jobs, tmp_path):
    with (
        tenfold.config_context(parallel_on_spark=True),
        joblib.parallel_config(backend="tenfold"),
        pytest.raises(RuntimeError, match="the first"),
    ):
        Parallel(n_jobs=2)(delayed(fail_or_write)(i, tmp_path) for i in range(2))
    assert not list(tmp_path.iterdir())
