"""What the engine does not know runs as scikit-learn's own code, and gives what scikit-learn gives."""

from __future__ import annotations

import pickle
import threading
import warnings
from typing import Any

import numpy as np
import pytest
from scipy import sparse
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, Perceptron
from sklearn.model_selection import GridSearchCV, cross_val_score, cross_validate
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

import tenfold
from tenfold import _versions
from tenfold._run import processes as run_processes

from .. import data_sets
from ..comparing import assert_same_search

FOREST = RandomForestClassifier(n_estimators=3, random_state=0)


@pytest.fixture
def left(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many cells each search left to scikit-learn's own code."""
    counts: list[int] = []
    original = run_processes.run

    def noting(request: Any, indices: list[int], *rest: Any, **options: Any) -> None:
        counts.append(len(indices))
        original(request, indices, *rest, **options)

    monkeypatch.setattr(run_processes, "run", noting)
    return counts


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start worker processes however little there is to do."""
    at_once = dict.fromkeys(run_processes._PATIENCE, run_processes._Patience(0.0, 0.0))
    monkeypatch.setattr(run_processes, "_PATIENCE", at_once)


def _recorded(function: Any) -> tuple[Any, list[tuple[type, str]]]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        outcome = function()
    return outcome, sorted((w.category, str(w.message)) for w in caught if _counts(w))


def _counts(caught: Any) -> bool:
    return not issubclass(caught.category, ResourceWarning)


@pytest.mark.smoke
@pytest.mark.parametrize("n_jobs", [None, 1, 2])
@pytest.mark.parametrize(
    ("estimator", "grid"),
    [
        (
            LogisticRegression(solver="newton-cholesky", warm_start=True),
            {"C": [0.1, 1.0, 10.0]},
        ),
        (
            Perceptron(random_state=0, early_stopping=True),
            {"penalty": ["l1", "l2"], "alpha": [1e-4, 1e-2]},
        ),
        (
            make_pipeline(StandardScaler(), Perceptron(random_state=0, early_stopping=True)),
            {"perceptron__eta0": [0.1, 1.0]},
        ),
        (GaussianNB(), {"priors": [None, [0.2, 0.3, 0.5], [0.6, 0.2, 0.2]]}),
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_other_estimators(left: list[int], estimator: Any, grid: Any, n_jobs: int | None) -> None:
    X, y = data_sets.iris()
    ours, theirs = assert_same_search(estimator, grid, X, y, n_jobs=n_jobs, return_train_score=True)
    # The transformers of a Pipeline may have been fitted first, once a split.
    assert left[-1] == 3 * len(ours.cv_results_["params"])
    np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))


@pytest.mark.usefixtures("at_once")
@pytest.mark.filterwarnings("ignore")
def test_through_worker_processes() -> None:
    X, y = data_sets.digits()
    grid = {"C": np.logspace(-2, 2, 12).tolist()}
    assert_same_search(SVC(), grid, X, y, n_jobs=2, return_train_score=True)
    # Native learners that fall back carry the hook that makes their clones cheap.
    verbose = RandomForestClassifier(n_estimators=4, random_state=0, verbose=1)
    assert_same_search(verbose, {"max_depth": [1, 2, 3, 4]}, X, y, n_jobs=2)
    theirs = cross_validate(SVC(), X, y, return_estimator=True)
    ours = tenfold.cross_validate(SVC(), X, y, return_estimator=True)
    np.testing.assert_array_equal(ours["test_score"], theirs["test_score"])
    assert [type(estimator) for estimator in ours["estimator"]] == [SVC] * 5


@pytest.mark.usefixtures("at_once")
def test_warnings_and_prints_of_workers_come_home(capsys: pytest.CaptureFixture[str]) -> None:
    X, y = data_sets.digits()
    grid = {"C": [0.1, 1.0, 10.0, 100.0] * 5}
    estimator = LogisticRegression(max_iter=2)

    def search(cls: Any) -> Any:
        return lambda: cls(estimator, grid, cv=2, verbose=2, refit=False).fit(X, y)

    _, ours = _recorded(search(tenfold.GridSearchCV))
    our_lines = sorted(line[:40] for line in capsys.readouterr().out.splitlines())
    _, theirs = _recorded(search(GridSearchCV))
    their_lines = sorted(line[:40] for line in capsys.readouterr().out.splitlines())
    assert ours == theirs
    assert ConvergenceWarning in [category for category, _ in ours]
    assert len(ours) == 40
    assert our_lines == their_lines


def test_native_and_other_cells_in_one_search(left: list[int]) -> None:
    X, y = data_sets.iris()
    pipe = make_pipeline(DecisionTreeClassifier(random_state=0))
    assert_same_search(pipe, {"decisiontreeclassifier": [FOREST, GaussianNB()]}, X, y)
    grid = {"verbose": [0, 1], "max_depth": [1, 3]}
    assert_same_search(FOREST, grid, X, y)
    # The forest's Pipelines fit nothing in front of it (three splits) and go native; three stay.
    assert left == [3, 3, 6]


IS_1_9 = _versions.version_tuple(_versions.SKLEARN_VERSION) == (1, 9)
NATIVE_BY_NOW = pytest.mark.skipif(IS_1_9, reason="native with scikit-learn 1.9")


def _with_missing() -> Any:
    X, y = data_sets.iris()
    X = X.copy()
    X[::7, 1] = np.nan
    return X, y, {}


def _sparse() -> Any:
    X, y = data_sets.iris()
    return sparse.csr_matrix(X), y, {}


def _multi_output() -> Any:
    X, y = data_sets.iris()
    return X, np.column_stack([y, y > 0]), {"cv": 2}


def _weighted() -> Any:
    X, y = data_sets.iris()
    return X, y, {"sample_weight": np.linspace(0.5, 2.0, len(y))}


def _column_vector() -> Any:
    X, y = data_sets.iris()
    return X, y[:, np.newaxis], {}


@pytest.mark.smoke
@pytest.mark.parametrize("case", [_with_missing, _sparse, _multi_output, _weighted, _column_vector])
@pytest.mark.filterwarnings("ignore:A column-vector y")
def test_data_that_falls_back(left: list[int], case: Any) -> None:
    X, y, fit_params = case()
    # Two are native with the release whose rules for them the engine follows.
    is_native = case is _sparse or (IS_1_9 and case in (_with_missing, _weighted))
    cv = fit_params.pop("cv", 3)
    searches = [
        cls(FOREST, {"max_depth": [1, 3]}, cv=cv).fit(X, y, **fit_params)
        for cls in (tenfold.GridSearchCV, GridSearchCV)
    ]
    ours, theirs = (search.cv_results_ for search in searches)
    np.testing.assert_array_equal(ours["mean_test_score"], theirs["mean_test_score"])
    assert left == ([] if is_native else [2 * cv])


@pytest.mark.parametrize(
    "parameters",
    [
        pytest.param({"class_weight": "balanced_subsample"}, marks=NATIVE_BY_NOW),
        pytest.param({"max_leaf_nodes": 5}, marks=NATIVE_BY_NOW),
        pytest.param({"monotonic_cst": [1, 0, 0, -1]}, marks=NATIVE_BY_NOW),
    ],
)
def test_parameters_that_fall_back(left: list[int], parameters: dict[str, Any]) -> None:
    X, y = data_sets.iris()
    forest = RandomForestClassifier(n_estimators=3, random_state=0).set_params(**parameters)
    assert_same_search(forest, {"max_depth": [1, None]}, X, y > 0)
    assert left == [6]


def test_a_subclass_is_not_its_parent(left: list[int]) -> None:
    class Mine(ExtraTreesClassifier):
        def predict(self, X: Any) -> Any:
            return np.zeros(len(X), dtype=int)

    X, y = data_sets.iris()
    scores = tenfold.cross_val_score(Mine(n_estimators=2), X, y, cv=3)
    theirs = cross_val_score(Mine(n_estimators=2), X, y, cv=3)
    np.testing.assert_array_equal(scores, theirs)
    assert left == [3]


class Unpicklable(ClassifierMixin, BaseEstimator):
    """Takes long enough to be sent to a worker, and cannot be sent."""

    def __init__(self, depth: int = 1) -> None:
        self.depth = depth

    def fit(self, X: Any, y: Any) -> Unpicklable:
        import time

        time.sleep(0.05)
        self.classes_ = np.unique(y)
        return self

    def predict(self, X: Any) -> Any:
        return np.full(len(X), self.classes_[0])

    def __reduce__(self) -> Any:
        raise TypeError("cannot be sent")


@pytest.mark.usefixtures("at_once")
def test_what_cannot_be_sent_to_a_worker_runs_here() -> None:
    X, y = data_sets.iris()
    search = tenfold.GridSearchCV(Unpicklable(), {"depth": list(range(8))}, cv=3).fit(X, y)
    np.testing.assert_allclose(search.cv_results_["mean_test_score"], 1 / 3, atol=0.01)


def test_search_in_a_thread() -> None:
    X, y = data_sets.iris()
    scores: list[float] = []

    def search() -> None:
        for estimator, grid in [(FOREST, {"max_depth": [1, 3]}), (SVC(), {"C": [1, 2]})]:
            scores.append(tenfold.GridSearchCV(estimator, grid, cv=3).fit(X, y).best_score_)

    thread = threading.Thread(target=search)
    thread.start()
    thread.join()
    assert len(scores) == 2


def test_engine_switched_off(left: list[int]) -> None:
    X, y = data_sets.iris()
    with tenfold.config_context(native=False), warnings.catch_warnings():
        warnings.simplefilter("error")
        assert_same_search(FOREST, {"max_depth": [1, None]}, X, y)
    assert left == [6]


def test_what_a_worker_is_sent_does_not_grow_with_the_search(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """From scikit-learn 1.9 on a call holds its search and a tree of all its tasks, for callbacks."""
    sizes: list[int] = []

    def measuring(request: Any, indices: list[int], *rest: Any, **options: Any) -> None:
        sizes.append(len(pickle.dumps(request.calls[indices[0]])))
        original(request, indices, *rest, **options)

    original = run_processes.run
    monkeypatch.setattr(run_processes, "run", measuring)
    X, y = data_sets.iris()
    for n_candidates in (2, 200):
        grid = {"var_smoothing": list(np.logspace(-9, 0, n_candidates))}
        with tenfold.config_context(disabled_rules=("smoothing of Gaussian naive Bayes",)):
            tenfold.GridSearchCV(GaussianNB(), grid, cv=2).fit(X, y)
    assert sizes[1] < 1.2 * sizes[0]


class Noting:
    """A callback that notes which task of which search it is called in."""

    def __init__(self) -> None:
        self.paths: list[list[tuple[str, str, int]]] = []

    def setup(self, estimator: Any, context: Any) -> None:
        path = []
        while context is not None:
            path.append((context.estimator_name, context.task_name, context.task_id))
            context = context.parent
        self.paths.append(path)

    def teardown(self, estimator: Any, context: Any) -> None:
        pass

    def on_fit_task_begin(self, estimator: Any, context: Any) -> None:
        pass

    def on_fit_task_end(self, estimator: Any, context: Any) -> bool:
        return False


@pytest.mark.skipif(
    not hasattr(LogisticRegression, "set_callbacks"), reason="callbacks came with scikit-learn 1.9"
)
@pytest.mark.parametrize("in_pipeline", [False, True])
def test_callbacks_of_what_is_searched_know_the_search(in_pipeline: bool) -> None:
    paths = {}
    for search_class in (GridSearchCV, tenfold.GridSearchCV):
        noting = Noting()
        estimator: Any = LogisticRegression().set_callbacks(noting)
        name = "C"
        if in_pipeline:
            estimator, name = make_pipeline(StandardScaler(), estimator), "logisticregression__C"
        X, y = data_sets.iris()
        search_class(estimator, {name: [0.1, 1.0]}, cv=2, n_jobs=1).fit(X, y)
        paths[search_class] = noting.paths
    assert paths[tenfold.GridSearchCV] == paths[GridSearchCV]
    assert any(len(path) > 1 for path in paths[GridSearchCV])


def test_more_classes_than_the_engine_knows() -> None:
    """Planned, not fitted: a tree of so many classes takes its time."""
    from sklearn.tree import DecisionTreeClassifier

    y = np.arange(140_000) % 70_000
    X = y[:, np.newaxis] % 7.0
    splits = [(np.arange(70_000), np.arange(70_000, 70_010))]
    tree = DecisionTreeClassifier(max_depth=1, random_state=0)
    plan = tenfold.GridSearchCV(tree, {"max_depth": [1]}, cv=splits).explain(X, y)
    assert [family.engine for family in plan.families] == ["scikit-learn"]
    assert "n_classes is 70000" in next(iter(plan.reasons))


def test_probabilities_that_take_longer_to_hand_over_than_to_have(left: list[int]) -> None:
    X = np.random.default_rng(0).random((2_100, 2))
    y = np.arange(2_100) % 510
    for splitter, scoring, cells in (
        ("random", "neg_log_loss", 4), ("random", None, 0), ("best", "neg_log_loss", 0),
    ):  # fmt: skip
        left.clear()
        tree = DecisionTreeClassifier(splitter=splitter, random_state=0, max_depth=3)
        assert_same_search(tree, {"criterion": ["gini", "entropy"]}, X, y, cv=2, scoring=scoring)
        assert sum(left) == cells
