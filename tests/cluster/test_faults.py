"""What goes wrong on a cluster, and what then happens: every fault is a real one, of real processes."""

import os
import pickle
import signal
import subprocess
import sys
import threading
import time
import warnings
from contextlib import suppress

import numpy as np
import pytest
from scripts import standalone
from sklearn.datasets import load_digits, load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import FitFailedWarning
from tests.cluster import learners
from tests.cluster.learners import Careful, Forgotten

import tenfold

IRIS = load_iris(return_X_y=True)


def fits(notes):
    return [path for path in notes.iterdir() if path.name.startswith("fit-")]


def last_beat(notes):
    return max((path.stat().st_mtime for path in notes.iterdir()), default=0.0)


# An event that a loaded machine has not brought about by then will not come.
_LONGEST = 150.0


def wait_until(what, condition, seconds=_LONGEST):
    """Wait for an event; the limit is for a machine on which much else runs."""
    give_up = time.monotonic() + seconds
    while time.monotonic() < give_up:
        if found := condition():
            return found
        time.sleep(0.05)
    raise TimeoutError(f"waited {seconds:.0f} s for {what}, and it did not happen")


def engine_seconds(process):
    """CPU seconds of a process so far; None where it has not loaded the engine, or has ended."""
    with suppress(OSError):
        with open(f"/proc/{process}/maps") as file:
            if "tenfold/_engine." not in file.read():
                return None
        with open(f"/proc/{process}/stat") as file:
            fields = file.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return None


class Meanwhile(threading.Thread):
    """Does something while the main thread searches; what it raises is raised at the end."""

    def __init__(self, action):
        super().__init__(daemon=True)
        self._action = action
        self._error = None

    def run(self):
        try:
            self._action()
        except BaseException as error:
            self._error = error

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.join(_LONGEST)
        if self._error is not None:
            raise self._error
        if self.is_alive():
            raise TimeoutError(f"waited {_LONGEST:.0f} s for {self._action.__name__}() to end")


def app_id(spark, kind, cluster):
    if kind == "classic":
        return spark.sparkContext.applicationId
    running = [a["id"] for a in cluster.state()["activeapps"]]
    assert len(running) == 1
    return running[0]


@pytest.mark.parametrize("victim", ["executor", "Python worker"])
def test_a_killed_process_changes_nothing(spark, spark_kind, cluster, tmp_path, victim):
    X, y = IRIS
    search = tenfold.GridSearchCV(
        Careful(notes=str(tmp_path), seconds=1.0), {"size": list(range(12))}, cv=2, refit=False
    )

    def kill():
        # The first executor to come up: it fetched the data first, for itself and others of its host.
        target = min(standalone.executors(app_id(spark, spark_kind, cluster)))

        def workers_that_fit():
            own = standalone.descendants(target)
            latest = {int(path.name.split("-")[1]): path for path in sorted(fits(tmp_path))}
            # Begun half a fit ago at most: there is time to kill it within.
            return [p for p in own if p in latest and time.time() - latest[p].stat().st_mtime < 0.5]

        worker = wait_until("a worker of the first executor to fit", workers_that_fit)[0]
        os.kill(target if victim == "executor" else worker, signal.SIGKILL)

    with Meanwhile(kill):
        search.fit(X, y)
    n_fits = len(fits(tmp_path))
    assert 24 < n_fits < 48, "lost tasks run again, and no others"
    with tenfold.config_context(backend="local"):
        here = tenfold.GridSearchCV(Careful(), {"size": list(range(12))}, cv=2, refit=False).fit(
            X, y
        )
    for split in range(2):
        name = f"split{split}_test_score"
        np.testing.assert_array_equal(search.cv_results_[name], here.cv_results_[name])


def test_an_executor_killed_within_native_work(spark, spark_kind, cluster):
    X, y = load_digits(return_X_y=True)
    grid = {"max_depth": [None, 5], "min_samples_leaf": [1, 2], "criterion": ["gini", "entropy"]}
    search = tenfold.GridSearchCV(
        RandomForestClassifier(n_estimators=200, max_features=20, random_state=0),
        grid,
        cv=3,
        refit=False,
    )

    def kill():
        at_first = {}

        def one_at_work():
            """An executor of which a Python process goes on computing with the engine loaded."""
            for executor in standalone.executors(app_id(spark, spark_kind, cluster)):
                for process in standalone.descendants(executor):
                    seconds = engine_seconds(process)
                    if (
                        seconds is not None
                        and seconds > at_first.setdefault(process, seconds) + 0.1
                    ):
                        return executor
            return None

        os.kill(wait_until("an executor to be at work", one_at_work), signal.SIGKILL)

    with Meanwhile(kill):
        search.fit(X, y)
    with tenfold.config_context(backend="local"):
        here = tenfold.GridSearchCV(search.estimator, grid, cv=3, refit=False).fit(X, y)
    np.testing.assert_array_equal(
        search.cv_results_["split0_test_score"], here.cv_results_["split0_test_score"]
    )


def test_a_failing_candidate(spark):
    search = tenfold.GridSearchCV(
        Careful(), [{"trouble": ["error"], "size": [7]}, {"size": [1, 2]}], cv=2, error_score=-1.0
    )
    with pytest.warns(FitFailedWarning, match="size 7 is not to be had") as caught:
        search.fit(*IRIS)
    assert search.cv_results_["mean_test_score"][0] == -1.0
    assert (search.cv_results_["mean_test_score"][1:] > 0).all()
    assert "_get_into_trouble" in str(caught[0].message), "the executor's traceback"


def test_an_error_that_is_to_be_raised(spark, tmp_path):
    search = tenfold.GridSearchCV(
        Careful(notes=str(tmp_path), seconds=0.2, trouble="error"), {"size": list(range(40))},
        cv=2, error_score="raise",
    )  # fmt: skip
    with pytest.raises(ValueError, match=r"size .* is not to be had") as raised:
        search.fit(*IRIS)
    assert "_get_into_trouble" in str(raised.value.__cause__)
    wait_until("the fits to stop", lambda: time.time() - last_beat(tmp_path) > 3)
    assert len(fits(tmp_path)) < 80, "the job goes with the first error"


@pytest.mark.parametrize("trouble", ["kill", "memory"])
def test_a_fit_that_exhausts_its_executor(spark, tmp_path, trouble):
    grid = [{"size": list(range(20, 40))}, {"size": [5], "trouble": [trouble]}]
    search = tenfold.GridSearchCV(Careful(notes=str(tmp_path)), grid, cv=2, refit=False)
    with pytest.raises(RuntimeError, match=r"spark\.executor\.memoryOverhead") as raised:
        search.fit(*IRIS)
    assert f"fit {{'size': 5, 'trouble': '{trouble}'}}." in str(raised.value), (
        "and no other candidate"
    )
    tries = [path for path in fits(tmp_path) if path.read_text() == "5"]
    # Four times in either split; the last time it may know already in which fit the others died.
    assert 3 <= len(tries) <= 8
    # The application goes on.
    tenfold.GridSearchCV(Careful(), {"size": [1]}, cv=2).fit(*IRIS)


def test_a_fit_whose_last_try_is_on_a_host_that_has_seen_none(spark, tmp_path):
    search = tenfold.GridSearchCV(
        Forgotten(notes=str(tmp_path)), {"size": [*range(20, 40), 5]}, cv=2, refit=False
    )
    with pytest.raises(RuntimeError, match=r"to fit {'size': 5}\. Most often"):
        search.fit(*IRIS)
    assert 4 <= len(list(tmp_path.glob("death-*"))) <= 8
    wait_until("nobody to be left", lambda: not _apart())


def test_the_process_of_a_last_try_loads_no_engine_before_it_is_made_ready():
    said = "import sys, tenfold.spark._search.last_try; sys.exit('tenfold._engine' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", said], check=False).returncode == 0


def _apart():
    """Processes of last tries."""
    found = subprocess.run(
        ["pgrep", "-f", "tenfold.spark._search.last_try"], capture_output=True, check=False
    )
    return found.stdout.split()


def test_a_worker_killed_once_by_its_fit(spark, tmp_path):
    search = tenfold.GridSearchCV(
        Careful(notes=str(tmp_path), trouble="kill once"), {"size": [1, 2, 3]}, cv=2, refit=False
    )
    search.fit(*IRIS)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


def test_interrupting(spark, spark_kind, tmp_path):
    search = tenfold.GridSearchCV(
        Careful(notes=str(tmp_path), seconds=60.0), {"size": [1, 2, 3, 4]}, cv=2
    )
    interrupted = []

    def interrupt():
        wait_until("two fits to begin", lambda: len(fits(tmp_path)) >= 2)
        interrupted.append(time.monotonic())
        os.kill(os.getpid(), signal.SIGINT)

    with Meanwhile(interrupt), pytest.raises(KeyboardInterrupt):
        search.fit(*IRIS)
    assert time.monotonic() - interrupted[0] < 45, "long before a fit would have ended"
    wait_until("the fits to stop", lambda: time.time() - last_beat(tmp_path) > 3)
    n_fits = len(fits(tmp_path))
    # The application goes on, and what was cancelled does not.
    tenfold.GridSearchCV(Careful(), {"size": [1]}, cv=2).fit(*IRIS)
    assert len(fits(tmp_path)) == n_fits


def test_an_estimator_that_does_not_pickle(spark, spark_kind):
    search = tenfold.GridSearchCV(_WithLock(handle=None), {"size": [1, 2]}, cv=2)
    with pytest.raises(pickle.PicklingError, match=r"estimator\.handle\.lock .*backend=\"local\""):
        search.fit(*IRIS)


class _Handle:
    """Opens a lock; a deep copy has its own, so that estimators can be cloned."""

    def __init__(self):
        self.lock = learners.lock()

    def __deepcopy__(self, memo):
        return _Handle()


class _WithLock(learners.WithLock):
    def __init__(self, notes="", seconds=0.0, trouble=None, size=0, handle=None):
        super().__init__(notes, seconds, trouble, size, handle or _Handle())


def test_a_module_that_only_the_driver_has(spark, tmp_path, monkeypatch):
    (tmp_path / "beside_the_script.py").write_text(
        "from sklearn.naive_bayes import GaussianNB\nclass Mine(GaussianNB): pass\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    from beside_the_script import Mine

    search = tenfold.GridSearchCV(Mine(), {"var_smoothing": [1e-9]}, cv=2)
    with pytest.raises(ModuleNotFoundError, match=r"'beside_the_script' is not on .*addPyFile"):
        search.fit(*IRIS)


def test_no_resources(spark, spark_kind, cluster, tmp_path):
    """All cores are taken by somebody else's job: the search says what it waits for, then goes on."""
    place, go_on = str(tmp_path), tmp_path / "go-on"

    def occupy():
        def hold(batches):
            import pathlib
            import time

            for batch in batches:
                pathlib.Path(place, f"held-{batch.column(0)[0].as_py()}").touch()
                give_up = time.monotonic() + 120
                while not pathlib.Path(place, "go-on").exists() and time.monotonic() < give_up:
                    time.sleep(0.1)
                yield batch

        spark.range(0, 2, 1, 2).mapInArrow(hold, "id long").collect()

    def said():
        return [str(w.message) for w in caught if "waits for Spark" in str(w.message)]

    def let_go():
        try:
            wait_until("the search to say what it waits for", said, 100)
        finally:
            go_on.touch()

    with Meanwhile(occupy):
        wait_until("both cores to be taken", lambda: len(list(tmp_path.glob("held-*"))) == 2)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            with Meanwhile(let_go):
                tenfold.GridSearchCV(Careful(), {"size": [1]}, cv=2).fit(*IRIS)
        assert len(said()) == 1
        assert "spark.task.cpus" in said()[0]
