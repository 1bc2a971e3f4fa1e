"""A search that is stopped, killed, run again or made larger, with a journal: only what is new runs."""

from __future__ import annotations

import contextlib
import math
import os
import pty
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from joblib.externals.loky import reusable_executor
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, make_scorer
from sklearn.model_selection import KFold
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

import tenfold

from ..comparing import assert_same_results

X, Y = load_iris(return_X_y=True)


class Counting(ClassifierMixin, BaseEstimator):
    """Predicts a constant, and leaves a file a fit."""

    def __init__(self, folder: str = "", label: int = 0, wait: float = 0.0) -> None:
        self.folder = folder
        self.label = label
        self.wait = wait

    def fit(self, X: Any, y: Any) -> Counting:
        time.sleep(self.wait)
        self.classes_ = np.unique(y)
        name = f"{self.label}-{os.getpid()}-{time.monotonic_ns()}"
        Path(self.folder, name).touch()
        return self

    def predict(self, X: Any) -> Any:
        return np.full(len(X), self.label)


def fits(folder: Path) -> int:
    return sum(1 for _ in folder.iterdir())


@pytest.fixture
def journal(tmp_path: Path) -> str:
    return str(tmp_path / "tuning.journal")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "fits").mkdir()
    return tmp_path / "fits"


def search_of(estimator: Any, grid: Any, journal: str | None, **options: Any) -> Any:
    options = {"cv": 3, "refit": False, **options}
    with tenfold.config_context(journal=journal):
        return tenfold.GridSearchCV(estimator, grid, **options).fit(X, Y)


def test_the_same_line_again_fits_nothing(journal: str, folder: Path) -> None:
    grid = {"label": [0, 1, 2]}
    first = search_of(Counting(str(folder)), grid, journal)
    assert fits(folder) == 9
    again = search_of(Counting(str(folder)), grid, journal)
    assert fits(folder) == 9
    assert_same_results(first.cv_results_, again.cv_results_)
    assert again.plan_.n_fits_done == 0


def test_a_larger_grid_runs_only_what_is_new(journal: str, folder: Path) -> None:
    search_of(Counting(str(folder)), {"label": [0, 1]}, journal)
    larger = search_of(Counting(str(folder)), {"label": [0, 1, 2]}, journal)
    assert fits(folder) == 9
    assert_same_results(
        larger.cv_results_, search_of(Counting(str(folder)), {"label": [0, 1, 2]}, None).cv_results_
    )
    assert "6 of 9 cells answered from it" in str(larger.plan_)


@pytest.mark.parametrize(
    "change",
    [
        {"X": X + 1e-9},
        {"y": np.where(np.arange(len(Y)) == 7, 2, Y)},
        {"cv": KFold(3, shuffle=True, random_state=0)},
        {"scoring": "balanced_accuracy"},
        {"scoring": make_scorer(accuracy_score, normalize=False)},
        {"return_train_score": True},
        {"estimator": {"priors": [0.2, 0.3, 0.5]}},
    ],
    ids=["X", "y", "cv", "scoring", "scorer's options", "train scores", "estimator"],
)
def test_what_decides_a_score_tells_cells_apart(journal: str, change: dict[str, Any]) -> None:
    options = {k: v for k, v in change.items() if k not in ("X", "y", "estimator")}
    grid = {"var_smoothing": [1e-9, 1e-2]}
    search_of(GaussianNB(), grid, journal)
    with tenfold.config_context(journal=journal):
        search = tenfold.GridSearchCV(
            GaussianNB(**change.get("estimator", {})), grid, **{"cv": 3, "refit": False, **options}
        ).fit(change.get("X", X), change.get("y", Y))
    assert "0 of 6 cells answered from it" in str(search.plan_)


def test_values_of_one_number_and_several_types_are_told_apart(journal: str) -> None:
    forest = RandomForestClassifier(random_state=0)
    search_of(forest, {"max_samples": [1]}, journal)
    other = search_of(forest, {"max_samples": [1.0]}, journal)
    assert "0 of 3 cells answered from it" in str(other.plan_)


def test_native_searches_and_pipelines_go_on(journal: str) -> None:
    for estimator, grid in (
        (RandomForestClassifier(random_state=0), {"n_estimators": [3, 5], "max_depth": [2, None]}),
        (
            make_pipeline(StandardScaler(), LogisticRegression()),
            {"logisticregression__C": [0.1, 1.0], "standardscaler__with_mean": [True, False]},
        ),
    ):
        scoring = {"acc": "accuracy", "loss": "neg_log_loss"}
        expected = search_of(estimator, grid, None, scoring=scoring)
        smaller = {name: values[:1] for name, values in grid.items()}
        search_of(estimator, smaller, journal, scoring=scoring)
        whole = search_of(estimator, grid, journal, scoring=scoring)
        assert_same_results(whole.cv_results_, expected.cv_results_)
        assert "3 of 12 cells answered from it" in str(whole.plan_)


def test_the_winner_is_fitted_whatever_was_answered(journal: str) -> None:
    grid = {"var_smoothing": [1e-9, 1e-2]}
    search_of(GaussianNB(), grid, journal)
    again = search_of(GaussianNB(), grid, journal, refit=True)
    assert again.predict(X).shape == Y.shape


def test_validation_functions_are_kept_too(journal: str, folder: Path) -> None:
    estimator = Counting(str(folder), 1)
    with tenfold.config_context(journal=journal):
        first = tenfold.cross_val_score(estimator, X, Y, cv=5)
        predicted = tenfold.cross_val_predict(estimator, X, Y, cv=5)
        n_fits = fits(folder)
        np.testing.assert_array_equal(tenfold.cross_val_score(estimator, X, Y, cv=5), first)
        np.testing.assert_array_equal(tenfold.cross_val_predict(estimator, X, Y, cv=5), predicted)
    assert fits(folder) == n_fits == 10


def test_what_has_no_value_is_run_and_said_so(journal: str) -> None:
    pipeline = make_pipeline(FunctionTransformer(lambda X: X), GaussianNB())
    for _ in range(2):
        search = search_of(pipeline, {"gaussiannb__var_smoothing": [1e-9, 1e-3]}, journal)
        assert "not kept in the journal: a lambda" in str(search.plan_)
        assert search.plan_.n_fits_done > 0


def test_failures_are_kept_as_they_were(journal: str) -> None:
    grid = {"var_smoothing": [1e-9, -1.0]}
    for _ in range(2):
        with pytest.warns(Warning, match=r"1 fits failed|3 fits failed|InvalidParameter"):
            search = search_of(GaussianNB(), grid, journal)
        assert np.isnan(search.cv_results_["mean_test_score"][1])
    table = tenfold.read_journal(journal)
    assert table["error"].notna().sum() >= 3


def test_interrupted_in_the_middle(journal: str, folder: Path) -> None:
    """What was answered before an interrupt is not run again."""

    grid = {"label": [0, 1, 2, 3, 4, 5]}

    class Interrupting(Counting):
        def fit(self, X: Any, y: Any) -> Any:
            if self.label == 3 and not Path(self.folder, "..", "interrupted").exists():
                Path(self.folder, "..", "interrupted").touch()
                raise KeyboardInterrupt
            return super().fit(X, y)

    with pytest.raises(KeyboardInterrupt):
        search_of(Interrupting(str(folder)), grid, journal, n_jobs=1)
    done = fits(folder)
    assert done == 9
    search_of(Interrupting(str(folder)), grid, journal, n_jobs=1)
    assert fits(folder) == 18


_KILLED = """
    import sys, tenfold
    from sklearn.datasets import load_iris
    from tests.python.journal.test_journal import Counting
    X, y = load_iris(return_X_y=True)
    tenfold.set_config(journal=sys.argv[1], progress=False)
    grid = {"label": list(range(15)), "wait": [0.02]}
    n_jobs = int(sys.argv[3])
    search = tenfold.GridSearchCV(Counting(sys.argv[2]), grid, cv=2, refit=False, n_jobs=n_jobs)
    search.fit(X, y)
    print(sum(search.cv_results_["mean_test_score"]))
"""


@pytest.mark.parametrize(("n_jobs", "n_kills"), [(1, 20), (2, 4)])
def test_killed_at_any_moment(journal: str, folder: Path, n_jobs: int, n_kills: int) -> None:
    """SIGKILL at random moments: the results are equal, and only cells under way run twice."""
    grid = {"label": list(range(40)), "wait": [0.02]}
    generator = np.random.default_rng(0)

    def fit() -> Any:
        return search_of(Counting(str(folder)), grid, journal, cv=2, n_jobs=n_jobs)

    kills = 0
    while kills < n_kills and not _killed_in_a_child(
        fit, generator.uniform(0.0, 0.1), lambda: fits(folder)
    ):
        kills += 1
    resumed = fit()
    assert kills > n_kills // 2
    expected = search_of(
        Counting(str(folder / "..")), {"label": list(range(40)), "wait": [0.0]}, None, cv=2
    )
    for name in ("mean_test_score", "split0_test_score", "rank_test_score"):
        np.testing.assert_array_equal(resumed.cv_results_[name], expected.cv_results_[name])
    # A chunk of calls is under way in each worker, and what it gave waits a moment to be written.
    assert fits(folder) - 80 <= kills * (4 if n_jobs == 1 else 16)
    assert sqlite3.connect(journal).execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_two_searches_write_to_one_file(journal: str, folder: Path) -> None:
    root = Path(__file__).parents[3]
    command = [sys.executable, "-c", textwrap.dedent(_KILLED), journal, str(folder), "1"]
    both = [subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) for _ in "ab"]
    outputs = {process.communicate(timeout=120)[0] for process in both}
    assert len(outputs) == 1
    assert float(outputs.pop()) > 0
    assert len(tenfold.read_journal(journal)) == 60


def test_a_journal_is_watched_from_another_process_while_it_is_written(
    journal: str, folder: Path
) -> None:
    root = Path(__file__).parents[3]
    command = [sys.executable, "-c", textwrap.dedent(_KILLED), journal, str(folder), "1"]
    command[2] = command[2].replace("0.02", "0.2")
    searching = subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True)
    seen: list[int] = []
    reader, writer = pty.openpty()
    watching = None
    while searching.poll() is None:
        if os.path.exists(journal):
            with contextlib.suppress(ValueError):  # it is being made
                table = tenfold.read_journal(journal)
                seen.append(int(table["done"].sum()))
                assert len(table) in (0, 30)
        if watching is None and seen and seen[-1]:
            shown = [sys.executable, "-m", "tenfold", "journal", journal, "--watch"]
            watching = subprocess.Popen(
                shown, stdout=writer, env={**os.environ, "TERM": "xterm", "COLUMNS": "120"}
            )
        time.sleep(0.05)
    assert searching.returncode == 0
    assert seen == sorted(seen)
    assert len(set(seen)) >= 5
    assert watching is not None
    picture, limit = "", time.monotonic() + 60
    while "30 of 30 (100%)" not in picture and time.monotonic() < limit:
        picture += os.read(reader, 65536).decode(errors="replace")
    watching.send_signal(signal.SIGINT)
    assert watching.wait(30) == 0
    shares = [int(share) for share in re.findall(r"of 30 \((\d+)%\)", picture)]
    assert shares == sorted(shares)
    assert len(set(shares)) >= 2
    assert shares[-1] == 100
    for end in (reader, writer):
        os.close(end)


def test_a_full_disk_ends_the_journal_and_not_the_search(
    journal: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    search_of(GaussianNB(), {"var_smoothing": [1e-9]}, journal)
    connection = sqlite3.connect(journal)
    n_pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.close()
    from tenfold._journal import store

    original = store.connect

    def full(path: Any, *, create: bool) -> Any:
        opened = original(path, create=create)
        opened.execute(f"PRAGMA max_page_count = {n_pages}")
        return opened

    monkeypatch.setattr(store, "connect", full)
    grid = {"var_smoothing": list(np.logspace(-9, -1, 100))}
    with pytest.warns(RuntimeWarning, match="full"):
        search = search_of(GaussianNB(), grid, journal)
    assert_same_results(search.cv_results_, search_of(GaussianNB(), grid, None).cv_results_)
    monkeypatch.undo()
    assert tenfold.read_journal(journal)["done"].sum() >= 3


def test_files_that_are_no_journals_are_refused(tmp_path: Path, journal: str) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("not a database, but longer than the header of one " * 20)
    with pytest.raises(ValueError, match="no journal"):
        search_of(GaussianNB(), {}, str(text))
    connection = sqlite3.connect(tmp_path / "other.db")
    connection.execute("CREATE TABLE t (x)")
    connection.close()
    with pytest.raises(ValueError, match="no journal"):
        tenfold.read_journal(tmp_path / "other.db")
    search_of(GaussianNB(), {}, journal)
    connection = sqlite3.connect(journal)
    connection.execute("UPDATE meta SET value = '99'")
    connection.commit()
    connection.close()
    with pytest.raises(ValueError, match="newer tenfold"):
        search_of(GaussianNB(), {}, journal)
    with pytest.raises(FileNotFoundError, match="no journal"):
        tenfold.read_journal(tmp_path / "none.journal")


def test_explain_tells_what_is_there_and_writes_nothing(journal: str, folder: Path) -> None:
    search_of(Counting(str(folder)), {"label": [0, 1]}, journal)
    search = tenfold.GridSearchCV(Counting(str(folder)), {"label": [0, 1, 2]}, cv=3)
    before = len(tenfold.read_journal(journal))
    with tenfold.config_context(journal=journal):
        plan = search.explain(X, Y)
    assert "6 of 9 cells answered from it" in str(plan)
    assert len(tenfold.read_journal(journal)) == before
    assert fits(folder) == 6


def test_a_table_a_candidate_ranks_as_the_search_does(journal: str) -> None:
    search = search_of(
        GaussianNB(), {"var_smoothing": [1e-9, 1.0, 1e-2]}, journal, return_train_score=True
    )
    table = tenfold.read_journal(journal, by="candidate")
    for name in ("mean_test_score", "std_test_score", "rank_test_score", "mean_train_score"):
        np.testing.assert_array_equal(table[name], search.cv_results_[name])
    assert list(table["param_var_smoothing"]) == [1e-9, 1.0, 1e-2]


def test_a_table_a_candidate_shows_what_is_not_done(journal: str) -> None:
    """Searches of several numbers of splits in one file; a cell that is missing is not left out of a mean."""
    first = search_of(GaussianNB(), {"var_smoothing": [1e-9, 1e-2]}, journal)
    search_of(GaussianNB(), {"var_smoothing": [1.0, 10.0], "priors": [None]}, journal, cv=4)
    connection = sqlite3.connect(journal)
    connection.execute(
        "DELETE FROM outcomes WHERE cell IN"
        " (SELECT cell FROM asked WHERE search = 2 AND candidate = 1 AND split = 3)"
    )
    connection.commit()
    connection.close()
    table = tenfold.read_journal(journal, by="candidate")
    assert list(zip(table["search"], table["candidate"], strict=True)) == [
        (1, 0), (1, 1), (2, 0), (2, 1),
    ]  # fmt: skip
    assert list(table["n_splits"]) == [3, 3, 4, 4]
    assert list(table["n_done"]) == [3, 3, 4, 3]
    means = table["mean_test_score"]
    np.testing.assert_array_equal(means[:2], first.cv_results_["mean_test_score"])
    assert np.isnan(means).tolist() == [False, False, False, True]
    assert table["rank_test_score"][:3].tolist() == [*first.cv_results_["rank_test_score"], 1.0]
    assert table["param_priors"].isna().all()


def test_the_command_shows_searches_and_failures(journal: str) -> None:
    with pytest.warns(UserWarning, match="non-finite"):
        search_of(GaussianNB(), {"var_smoothing": [1e-9, -1.0]}, journal)
    shown = subprocess.run(
        [sys.executable, "-m", "tenfold", "journal", journal], capture_output=True, text=True
    )
    assert shown.returncode == 0
    assert "GaussianNB" in shown.stdout
    assert "6 of 6" in " ".join(shown.stdout.split())
    missing = subprocess.run(
        [sys.executable, "-m", "tenfold", "journal", journal + "x"], capture_output=True, text=True
    )
    assert missing.returncode == 1
    assert "there is no journal" in missing.stderr
    assert "Traceback" not in missing.stderr


UNSEEDED = {
    "accuracy": (RandomForestClassifier(), {}, {}),
    "probabilities": (RandomForestClassifier(), {}, {"scoring": ["accuracy", "neg_log_loss"]}),
    "lines": (RandomForestClassifier(), {}, {"scoring": "f1_macro", "verbose": 2}),
    "regression": (RandomForestRegressor(), {}, {"scoring": "neg_mean_squared_error"}),
    "last steps": (
        Pipeline([("scale", StandardScaler()), ("forest", RandomForestClassifier())]),
        {"scale__with_mean": [True, False]},
        {},
    ),
}


@pytest.mark.parametrize("name", UNSEEDED)
def test_what_is_unseeded_goes_on_to_the_last_bit(name: str, journal: str, tmp_path: Path) -> None:
    """However much of a journal is there: the rest draws what it would have drawn."""
    estimator, grid, options = UNSEEDED[name]
    prefix = "forest__" if isinstance(estimator, Pipeline) else ""
    grid = {
        **grid,
        f"{prefix}n_estimators": [3, 6],
        f"{prefix}max_depth": [1, 2, None],
        # Regression trees are not pruned natively.
        **({} if name == "regression" else {f"{prefix}ccp_alpha": [0.0, 0.02]}),
        f"{prefix}max_features": [1, 2],
    }
    whole = search_of(estimator, grid, journal, **options)
    generator = np.random.default_rng(0)
    for share in (0.1, 0.5, 0.9):
        part = str(tmp_path / f"{share}.journal")
        shutil.copy(journal, part)
        connection = sqlite3.connect(part)
        cells = [row[0] for row in connection.execute("SELECT cell FROM outcomes ORDER BY cell")]
        lost = generator.choice(len(cells), int(share * len(cells)), replace=False)
        connection.executemany("DELETE FROM outcomes WHERE cell = ?", [(cells[i],) for i in lost])
        connection.commit()
        connection.close()
        resumed = search_of(estimator, grid, part, **options)
        assert_same_results(resumed.cv_results_, whole.cv_results_)
        n_all = len(whole.cv_results_["params"]) * 3
        assert f"of {n_all} cells answered from it" in str(resumed.plan_)
    other = search_of(estimator, grid, None, **options)
    means = [search.cv_results_[_score_of(search)] for search in (whole, other)]
    assert not np.array_equal(*means)


def _score_of(search: Any) -> str:
    return next(name for name in search.cv_results_ if name.startswith("mean_test"))


def test_only_families_that_are_not_done_run_again(journal: str) -> None:
    grid = {"n_estimators": [4, 8], "max_features": [1, 2, 3]}
    search_of(RandomForestClassifier(), grid, journal)
    connection = sqlite3.connect(journal)
    row = connection.execute(
        "SELECT cell FROM asked JOIN candidates USING (search, candidate)"
        " WHERE parameters LIKE '%\"max_features\": 2%' AND split = 1"
    ).fetchone()
    connection.execute("DELETE FROM outcomes WHERE cell = ?", row)
    connection.commit()
    connection.close()
    again = search_of(RandomForestClassifier(), grid, journal)
    assert again.plan_.n_trees_grown == 8


def test_native_searches_are_killed_at_twenty_moments(journal: str, tmp_path: Path) -> None:
    """Without a seed: whenever it is killed, what comes out is what would have come out."""
    generator = np.random.default_rng(0)
    X = generator.normal(size=(2000, 8))
    y = (X[:, 0] + X[:, 1] ** 2 > 0.5).astype(int)
    grid = {"n_estimators": [20, 40, 80], "max_features": [1, 2, 4, 8], "max_depth": [4, None]}

    def fit() -> Any:
        with tenfold.config_context(journal=journal, progress=False):
            search = tenfold.GridSearchCV(RandomForestClassifier(), grid, cv=3, refit=False)
            return search.fit(X, y)

    def forget() -> None:
        connection = sqlite3.connect(journal)
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        connection.execute("DELETE FROM outcomes")
        connection.commit()
        connection.close()

    expected = fit()  # its seed stays
    forget()
    for _ in range(20):
        if _killed_in_a_child(fit, generator.uniform(0.0, 0.6)):
            assert_same_results(fit().cv_results_, expected.cv_results_)
            forget()
    assert_same_results(fit().cv_results_, expected.cv_results_)


def _killed_in_a_child(
    work: Callable[[], Any], moment: float, begun: Callable[[], int] | None = None
) -> bool:
    """Whether work ends in a process that is killed, with all that it started, after so many seconds.

    They count from the moment at which ``begun()`` grows, where it is given.
    """
    before = 0 if begun is None else begun()
    child = os.fork()
    if not child:
        try:
            os.setsid()
            reusable_executor._executor = None  # the workers are this process's
            work()
        finally:
            os._exit(0)
    latest, limit = time.monotonic() + 60.0, math.inf
    while time.monotonic() < min(limit, latest):
        if os.waitpid(child, os.WNOHANG)[0]:
            return True
        if limit == math.inf and (begun is None or begun() > before):
            limit = time.monotonic() + moment
        time.sleep(0.002)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return False
