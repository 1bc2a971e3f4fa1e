"""Data reaches a host once, is checked there, is its owner's alone, and goes with the session."""

import os
import stat
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.svm import SVC
from tests.cluster.conftest import start

import tenfold
from tenfold.spark._search import bootstrap, ship
from tenfold.spark._search.bundle import Bundle, Reader, hash_of
from tenfold.spark._search.compact import RowBits, compact_rows
from tenfold.spark._search.package import Blob, package

DIGITS = load_digits(return_X_y=True)


def kept_files(cluster):
    """Data files on this host by worker, without the package."""
    found = []
    for folder, _, names in os.walk(cluster.directory):  # which bears it that Spark removes folders
        if os.path.basename(folder) == f"tenfold-{os.getuid()}":
            found += [Path(folder, name) for name in names]
    return [path for path in found if "lock" not in path.name and "running" not in path.name]


def test_a_second_search_sends_nothing(spark):
    X, y = DIGITS
    shipper = ship.shipper_of(spark)
    before = shipper.bytes_sent
    tenfold.GridSearchCV(SVC(), {"C": [1.0]}, cv=2).fit(X, y)
    sent = shipper.bytes_sent - before
    assert sent >= X.nbytes or before >= X.nbytes
    before = shipper.bytes_sent
    tenfold.GridSearchCV(SVC(), {"C": [2.0, 3.0]}, cv=3).fit(X.copy(), y.copy())
    assert shipper.bytes_sent == before


def test_native_work_needs_less_than_the_data(spark):
    X, y = DIGITS
    X = X + 0.5
    shipper = ship.shipper_of(spark)
    tenfold.GridSearchCV(SVC(), {"C": [1.0]}, cv=2).fit(X[:50], y[:50])  # sends the package
    before = shipper.bytes_sent
    tenfold.GridSearchCV(RandomForestClassifier(2, random_state=0), {"max_depth": [1]}, cv=2).fit(
        X, y
    )
    assert 0 < shipper.bytes_sent - before < X.nbytes / 3


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("scoring", [None, "f1"])
def test_data_of_many_values_is_sent_once(spark, dtype, scoring):
    """A column store of it is larger than the data, and is built by the host."""
    rng = np.random.default_rng([dtype().itemsize, scoring is None])
    X = rng.normal(size=(20_000, 10)).astype(dtype)
    y = (X[:, 0] + rng.normal(size=len(X)) > 0).astype(int)
    folds = [(np.arange(0, 15_000), np.arange(15_000, 20_000))]
    small = len(y) * 12 + 20_000  # y, its codes; the fold in bits, and what comes with each file
    search = tenfold.GridSearchCV(
        RandomForestClassifier(2, random_state=0, max_depth=3),
        {"max_features": [1, 3]},
        cv=folds,
        scoring=scoring,
    )
    shipper = ship.shipper_of(spark)
    shipper.send(package())
    before = shipper.bytes_sent
    scores = search.fit(X, y).cv_results_["mean_test_score"]
    sent = shipper.bytes_sent - before
    assert sent < (4 * X.size if scoring is None else X.nbytes) + small
    assert {family.engine for family in search.plan_.families} == {"native"}
    with tenfold.config_context(backend="local"):
        np.testing.assert_array_equal(search.fit(X, y).cv_results_["mean_test_score"], scores)


@pytest.mark.parametrize(
    ("rows", "as_bits"),
    [
        (np.arange(1000), True),
        (np.arange(5, 3000, 3), True),
        (np.array([63]), False),
        (np.arange(0, 100_000, 70), False),
        (np.array([2, 1, 0]), False),
        (np.array([0, 1, 1]), False),
        (np.array([-1, 0, 1]), False),
        (np.arange(100, dtype=np.int32), False),
        (np.arange(0), False),
    ],
)
def test_rows_as_bits(rows, as_bits):
    sent = compact_rows(rows)
    assert isinstance(sent, RowBits) == as_bits
    back = sent.build() if as_bits else sent
    assert back.dtype == rows.dtype
    np.testing.assert_array_equal(back, rows)


def test_files_are_their_owners_alone(spark, cluster):
    tenfold.GridSearchCV(SVC(), {"C": [1.0]}, cv=2).fit(*DIGITS)
    files = kept_files(cluster)
    assert files
    for path in files:
        # Spark lets everybody execute what it has fetched (a+x); nobody else can read or write it.
        assert stat.S_IMODE(path.stat().st_mode) & 0o066 == 0 or "package" in str(path)
        assert stat.S_IMODE(path.parent.stat().st_mode) & 0o077 == 0
        if "package" not in str(path) and not path.name.endswith("-built"):
            assert hash_of(path.read_bytes()) == path.name


def test_a_changed_file_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("SPARK_LOCAL_DIRS", str(tmp_path / "blockmgr"))
    (tmp_path / "blockmgr").mkdir()
    tmp_path.chmod(0o700)
    content = Blob(b"what was sent")
    sent = tmp_path / "sent"
    sent.write_bytes(b"what arrived!")
    with pytest.raises(OSError, match="changed on its way"):
        bootstrap.open_parcel(bootstrap.Parcel(content.digest, None, str(sent)))
    assert not kept_in(tmp_path)
    sent.write_bytes(b"what was sent")
    with bootstrap.open_parcel(bootstrap.Parcel(content.digest, None, str(sent))) as block:
        assert bytes(block) == b"what was sent"


def test_a_place_that_others_can_write_is_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("SPARK_LOCAL_DIRS", str(tmp_path / "blockmgr"))
    (tmp_path / "blockmgr").mkdir()
    tmp_path.chmod(0o700)
    place = tmp_path / f"tenfold-{os.getuid()}"
    place.mkdir()
    place.chmod(0o777)
    with pytest.raises(PermissionError, match="not this user's alone"):
        bootstrap.open_parcel(bootstrap.Parcel("0" * 40, None, __file__))


def kept_in(directory):
    return [p for p in directory.glob("tenfold-*/*") if p.name != "lock"]


def test_bundles():
    shared = np.arange(1000.0)
    objects = [{"x": np.asfortranarray(np.eye(300)), "none": None}, [shared, shared], "text"]
    bundle = Bundle(objects, shared={id(shared): 3})
    block = bundle.to_bytes()
    assert len(block) == bundle.nbytes
    assert hash_of(block) == bundle.digest == Bundle(objects, shared={id(shared): 3}).digest
    reader = Reader(block)
    assert len(reader) == 3
    first = reader.read(0)
    np.testing.assert_array_equal(first["x"], np.eye(300))
    assert first["x"].flags.f_contiguous
    assert not first["x"].flags.writeable
    assert not first["x"].flags.owndata
    a, b = reader.read(1, {3: shared}.__getitem__)
    assert a is shared
    assert b is shared
    assert reader.read(2) == "text"


def test_more_data_than_an_executor_has_heap(spark):
    """Executors have a heap of 512 MB; the data has more."""
    X = np.zeros((70_000, 1000))
    X[:, 0] = np.arange(len(X)) % 7
    assert X.nbytes > 512 * 2**20
    y = (X[:, 0] > 3).astype(int)
    folds = [
        (np.arange(500), np.arange(69_000, 69_500)),
        (np.arange(300), np.arange(40_000, 40_100)),
    ]
    search = tenfold.GridSearchCV(
        DummyClassifier(random_state=0),
        {"strategy": ["uniform", "stratified"]},
        cv=folds,
        refit=False,
    ).fit(X, y)
    with tenfold.config_context(backend="local"):
        here = tenfold.GridSearchCV(
            DummyClassifier(random_state=0),
            {"strategy": ["uniform", "stratified"]},
            cv=folds,
            refit=False,
        ).fit(X, y)
    np.testing.assert_array_equal(
        search.cv_results_["mean_test_score"], here.cv_results_["mean_test_score"]
    )


def test_all_goes_with_the_session(spark_kind, cluster, executor_python):
    """Last of this file: it ends the session."""
    if spark_kind == "connect":
        pytest.skip("the application is the server's, and goes on")
    from pyspark.sql import SparkSession
    from tests.cluster.test_faults import wait_until

    tenfold.GridSearchCV(SVC(), {"C": [1.0]}, cv=2).fit(*DIGITS)
    session = SparkSession.getActiveSession()
    own = Path(ship.shipper_of(session).directory)
    assert own.is_dir()
    assert kept_files(cluster)
    session.stop()
    wait_until("the files to go with the application", lambda: not kept_files(cluster))
    start(spark_kind, cluster, executor_python)
    tenfold.GridSearchCV(SVC(), {"C": [1.0]}, cv=2).fit(*DIGITS)
    assert not own.exists()
