"""Files of one search are no other job's business: listed until it begins, one copy a digest, few kept."""

import os
import threading

import numpy as np
import pytest
from sklearn.naive_bayes import GaussianNB
from tests.cluster.learners import Careful
from tests.cluster.test_faults import wait_until

import tenfold
from tenfold.spark._search import ship
from tenfold.spark._search.package import Blob


def listed(spark):
    """Files that every job of the application fetches."""
    return [name for name in spark.sparkContext.listFiles if "tenfold-" in name]


@pytest.fixture
def classic(spark, spark_kind):
    if spark_kind == "connect":
        pytest.skip("artifacts are a Connect session's own")
    return spark


def searched(X, grid=None, **options):
    y = (X[:, 0] > X[:, 0].mean()).astype(int)
    grid = grid or {"var_smoothing": [1e-9, 1e-8]}
    return tenfold.GridSearchCV(GaussianNB(), grid, cv=2, **options).fit(X, y)


def data(seed):
    return np.random.RandomState(seed).rand(20_000, 5)


def test_no_job_that_begins_meanwhile_asks_for_them(classic, tmp_path):
    """One task is held within its fit, others wait for a core: all have the data all the same."""
    X, y = data(20), np.arange(20_000) % 2
    search = tenfold.GridSearchCV(
        Careful(notes=str(tmp_path), seconds=2.0), {"size": [1, 2, 3, 4]}, cv=2, refit=False
    )
    failed = []

    def fit():
        try:
            search.fit(X, y)
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=fit)
    thread.start()
    wait_until("a fit to begin", lambda: list(tmp_path.glob("fit-*")) or failed)
    wait_until("the list to be empty", lambda: not listed(classic))
    running = thread.is_alive()
    begun = len(list(tmp_path.glob("fit-*")))
    thread.join(150)
    assert not failed, failed
    assert running
    assert begun < 8, "tasks that start later have their files all the same"
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


def test_files_are_listed_only_until_a_search_begins(classic, tmp_path):
    during = []

    X = data(1)
    shipper = ship.shipper_of(classic)
    original = shipper._listing.take_off

    def noting(name):
        during.append(listed(classic))
        original(name)

    shipper._listing.take_off = noting
    try:
        searched(X)
    finally:
        del shipper._listing.take_off
    assert during[0], "it is by this list that executors find the data"
    assert not listed(classic)
    before = shipper.bytes_sent
    searched(X)  # executors have the files, under the same entries
    assert shipper.bytes_sent == before
    assert not listed(classic)


def test_a_failed_search_leaves_nothing(classic):
    X = data(2)
    shipper = ship.shipper_of(classic)
    y = (X[:, 0] > 0.5).astype(int)
    failing = tenfold.GridSearchCV(
        Careful(trouble="error"), {"size": [1]}, cv=2, error_score="raise"
    )
    before = set(os.listdir(shipper.directory))
    with pytest.raises(ValueError, match="not to be had"):
        failing.fit(X, y)
    assert not listed(classic)
    assert set(os.listdir(shipper.directory)) <= before
    searched(X)


def test_few_data_sets_are_kept(classic, cluster, monkeypatch):
    def kept():
        walked = os.walk(cluster.directory)
        paths = [os.path.join(folder, name) for folder, _, names in walked for name in names]
        return [path for path in paths if "tenfold" in path and _size(path) > 500_000]

    monkeypatch.setattr(ship, "_KEPT_BYTES", 2_000_000)
    for seed in range(3, 11):
        searched(data(seed))
    searched(data(10))
    shipper = ship.shipper_of(classic)
    assert (
        sum(_size(os.path.join(shipper.directory, p)) for p in os.listdir(shipper.directory)) < 3e6
    )
    inodes = {os.stat(path).st_ino for path in kept()}
    # Of eight sets two are kept and one may be on its way out, each in the host's cache and two executors'
    # folders; all eight would be 24.
    assert len(inodes) <= 12


def _size(path):
    try:
        return os.stat(path).st_size
    except OSError:
        return 0


def test_one_thread_writes_a_file_and_the_others_wait(spark):
    """A writer so slow that tasks of another thread's search would find half a file."""
    shipper = ship.shipper_of(spark)
    writing, go_on, parcels = threading.Event(), threading.Event(), []

    class Slow(Blob):
        def write(self, file):
            file.write(self._content[:1000])
            file.flush()
            writing.set()
            go_on.wait(60)
            file.write(self._content[1000:])

    content = os.urandom(5000)
    first = threading.Thread(target=lambda: parcels.append(shipper.send(Slow(content))))
    first.start()
    assert writing.wait(60)
    second = threading.Thread(target=lambda: parcels.append(shipper.send(Blob(content))))
    second.start()
    second.join(1)
    waits = second.is_alive()
    written = [n for n in os.listdir(shipper.directory) if n.endswith(Blob(content).digest)]
    go_on.set()
    first.join(60)
    second.join(60)
    assert waits
    assert not written, "no file has its name before it is whole"
    assert parcels[0] == parcels[1]


def test_a_search_in_another_thread(spark):
    backends = []

    def search():
        backends.append(searched(data(12)).plan_.backend)
        with tenfold.config_context(backend="spark"):
            backends.append(searched(data(12)).plan_.backend)

    thread = threading.Thread(target=search)
    thread.start()
    thread.join(120)
    assert backends == ["spark", "spark"]


def test_files_are_their_owners_alone_under_any_umask(spark):
    before = os.umask(0)
    try:
        path = ship.shipper_of(spark).send(Blob(os.urandom(3000))).path
    finally:
        os.umask(before)
    directory = ship.shipper_of(spark).directory
    assert os.stat(directory).st_mode & 0o077 == 0
    if os.path.exists(path):  # Connect takes a copy at once
        assert os.stat(path).st_mode & 0o777 == 0o600
