"""scikit-learn's callbacks get from a tenfold search what they get from scikit-learn's own."""

from __future__ import annotations

from typing import Any

import pytest
from sklearn import model_selection
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.tree import DecisionTreeClassifier

import tenfold

callback = pytest.importorskip("sklearn.callback", reason="callbacks came with scikit-learn 1.9")

X, Y = load_iris(return_X_y=True)


class Noting:
    """Notes all that it is told, and of which task."""

    def __init__(self) -> None:
        self.told: list[Any] = []

    def _note(self, what: str, estimator: Any, context: Any) -> None:
        path = []
        while context is not None:
            path.append((context.estimator_name, context.task_name, context.task_id))
            context = context.parent
        self.told.append((what, type(estimator).__name__, path))

    def setup(self, estimator: Any, context: Any) -> None:
        self._note("setup", estimator, context)

    def teardown(self, estimator: Any, context: Any) -> None:
        self._note("teardown", estimator, context)

    def on_fit_task_begin(self, estimator: Any, context: Any, **known: Any) -> None:
        self._note("begin", estimator, context)

    def on_fit_task_end(self, estimator: Any, context: Any, **known: Any) -> bool:
        self._note("end", estimator, context)
        return False


CASES = {
    # Cells that would be native, and cells that would be read off.
    "native": (DecisionTreeClassifier(random_state=0), {"max_depth": [1, 2, None]}),
    "shared": (LogisticRegression(), {"C": [0.1, 1.0, 10.0]}),
}


def told(module: Any, name: str, watching: Any) -> Any:
    estimator, grid = CASES[name]
    search = module.GridSearchCV(estimator, grid, cv=3, n_jobs=1).set_callbacks(watching)
    search.fit(X, Y)
    return search


@pytest.mark.parametrize("name", CASES)
def test_a_callback_of_the_users_is_told_the_same(name: str) -> None:
    noted = [Noting(), Noting()]
    for module, noting in zip((model_selection, tenfold), noted, strict=True):
        told(module, name, noting)
    assert noted[0].told == noted[1].told
    assert len(noted[0].told) > 9


def test_scores_are_monitored_alike() -> None:
    logs = []
    for module in (model_selection, tenfold):
        monitor = callback.ScoringMonitor(scoring="accuracy")
        estimator = LogisticRegression().set_callbacks(monitor)
        search = module.GridSearchCV(estimator, {"C": [0.1, 1.0]}, cv=3, n_jobs=1, refit=False)
        search.fit(X, Y)
        logs.append(sorted(map(repr, monitor.get_logs(select="most_recent").data)))
    assert len(logs[0]) >= 1
    assert logs[0] == logs[1]


def test_a_bar_of_scikit_learns_is_drawn(capsys: pytest.CaptureFixture[str]) -> None:
    drawn = []
    for module in (model_selection, tenfold):
        told(module, "native", callback.ProgressBar())
        drawn.append(sorted(set(capsys.readouterr().out.split())))
    assert "GridSearchCV" in " ".join(drawn[1])
    assert [word for word in drawn[0] if ":" not in word] == [
        word for word in drawn[1] if ":" not in word
    ]


@pytest.mark.parametrize("name", CASES)
def test_explain_says_that_callbacks_are_why(name: str) -> None:
    estimator, grid = CASES[name]
    search = tenfold.GridSearchCV(estimator, grid, cv=3).set_callbacks(Noting())
    plan = search.explain(X, Y)
    assert [family.engine for family in plan.families] == ["scikit-learn"] * len(plan.families)
    assert "callbacks" in " ".join(plan.reasons)
