"""Warnings of cells: each distinct one once, and filters as ever."""

from __future__ import annotations

import re
import sys
import warnings
from typing import Any

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.datasets import load_iris
from sklearn.exceptions import ConvergenceWarning, UndefinedMetricWarning
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

import tenfold
from tenfold._run.folding import shown_at_once

X, Y = load_iris(return_X_y=True)


def _python_shows(
    message: Any, category: Any, filename: str, lineno: int, file: Any = None, line: Any = None
) -> None:
    """What Python's own hook writes; pytest has another in its place."""
    sys.stderr.write(warnings.formatwarning(message, category, filename, lineno, line))


@pytest.fixture(autouse=True)
def _every_warning() -> None:
    """In place of that of other folders: warnings are folded here, as they are by default."""


class Warning3(UserWarning):
    """Made of something else than a text."""

    def __init__(self, number: int, other: int) -> None:
        super().__init__(f"number {number} of {other}")


class Warning_(ClassifierMixin, BaseEstimator):
    """Predicts a constant, and warns of what it is told to."""

    def __init__(
        self, label: int = 0, text: str = "it took {label} rounds, gap 1.2e-{label}"
    ) -> None:
        self.label = label
        self.text = text

    def fit(self, X: Any, y: Any) -> Warning_:
        self.classes_ = np.unique(y)
        if self.text == "made otherwise":
            warnings.warn(Warning3(self.label, 3), stacklevel=1)
        else:
            warnings.warn(self.text.format(label=self.label), ConvergenceWarning, stacklevel=1)
        return self

    def predict(self, X: Any) -> Any:
        return np.full(len(X), self.label)


def given(estimator: Any, grid: Any, **options: Any) -> list[warnings.WarningMessage]:
    options = {"cv": 3, "refit": False, **options}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        tenfold.GridSearchCV(estimator, grid, **options).fit(X, Y)
    return caught


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_each_distinct_warning_comes_once(n_jobs: int) -> None:
    grid = {"label": [0, 1, 2, 0, 1], "text": [Warning_().text, "another"]}
    caught = given(Warning_(), grid, n_jobs=n_jobs)
    assert {w.category for w in caught} == {ConvergenceWarning}
    texts = sorted(str(w.message) for w in caught)
    assert len(texts) == 2
    assert texts[0] == "another"
    assert re.fullmatch(r"it took \d rounds, gap 1.2e-\d", texts[1])
    for one in caught:
        source, counted = str(one.line).split("\n  ")
        assert source.startswith("warnings.warn(")
        assert counted.startswith("Given by 15 cells of 5 candidates: (label=")
        assert counted.endswith(" and 2 more.")


def test_what_a_terminal_shows(capsys: pytest.CaptureFixture[str]) -> None:
    """The warning as ever, its line of source, and below it who gave it."""
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.showwarning = _python_shows
        tenfold.GridSearchCV(Warning_(), {"label": [0]}, cv=3, refit=False).fit(X, Y)
    shown = capsys.readouterr().err.splitlines()
    assert shown[0].endswith("ConvergenceWarning: it took 0 rounds, gap 1.2e-0")
    assert shown[1].startswith("  warnings.warn(")
    assert shown[2:] == ["  Given by 3 cells of 1 candidate: (label=0)."]


def test_one_cells_warning_is_what_it_was() -> None:
    caught = given(Warning_(), [{"label": [0]}], cv=[(np.arange(100), np.arange(100, 150))])
    assert [(str(w.message), w.line) for w in caught] == [("it took 0 rounds, gap 1.2e-0", None)]


def test_without_folding_each_cell_warns() -> None:
    with tenfold.config_context(fold_warnings=False):
        caught = given(Warning_(), {"label": [0, 1]}, n_jobs=1)
    assert len(caught) == 6


def test_warnings_that_no_text_makes_are_folded_too() -> None:
    caught = given(Warning_(text="made otherwise"), {"label": [0, 1]}, n_jobs=1)
    assert [str(w.message) for w in caught] == ["number 0 of 3"]
    assert str(caught[0].line).endswith("Given by 6 cells of 2 candidates: (label=0), (label=1).")


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_filters_decide_as_ever(n_jobs: int) -> None:
    search = tenfold.GridSearchCV(
        Warning_(), {"label": [0, 1]}, cv=3, refit=False, n_jobs=n_jobs, error_score=-1.0
    )
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        warnings.filterwarnings("error", category=ConvergenceWarning, message="it took 1")
        search.fit(X, Y)
    assert search.cv_results_["mean_test_score"].tolist()[1] == -1.0
    assert sum("it took 0" in str(w.message) for w in caught) == 1
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("ignore")
        search.fit(X, Y)
    assert caught == []


def test_warnings_of_native_cells_paths_and_scores_are_folded() -> None:
    # Depth 1 leaves a class without predictions, in every cell.
    grid = {"max_depth": [1], "min_samples_leaf": [1, 2]}
    caught = given(DecisionTreeClassifier(random_state=0), grid, scoring="precision_macro")
    assert [w.category for w in caught] == [UndefinedMetricWarning]
    assert "Given by 6 cells of 2 candidates" in str(caught[0].line)
    caught = given(LogisticRegression(max_iter=2), {"C": [0.5, 1.0, 2.0, 4.0]})
    assert [w.category for w in caught] == [ConvergenceWarning]
    assert "Given by 12 cells of 4 candidates" in str(caught[0].line)


def test_what_a_search_says_of_itself_is_shown_at_once() -> None:
    order = []

    class Telling(Warning_):
        def fit(self, X: Any, y: Any) -> Telling:
            order.append("fit")
            super().fit(X, y)
            with shown_at_once():
                warnings.warn("it waits", RuntimeWarning, stacklevel=1)
            return self

    def note(message: Any, *_: Any) -> None:
        order.append(str(message)[:8])

    with warnings.catch_warnings():
        warnings.simplefilter("always")
        warnings.showwarning = note
        tenfold.cross_val_score(Telling(), X, Y, cv=2, n_jobs=1)
    assert order == ["fit", "it waits", "fit", "it waits", "it took "]


def test_the_hook_is_put_back_whatever_happens() -> None:
    before = warnings.showwarning

    class Failing(Warning_):
        def predict(self, X: Any) -> Any:
            raise KeyboardInterrupt

    with pytest.warns(ConvergenceWarning, match="it took"), pytest.raises(KeyboardInterrupt):
        tenfold.cross_val_score(Failing(), X, Y, cv=3, n_jobs=1)
    assert warnings.showwarning is before
