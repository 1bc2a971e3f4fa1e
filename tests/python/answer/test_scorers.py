"""Every scorer works over native results: scikit-learn's own scoring code reads them off."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import accuracy_score, get_scorer_names, make_scorer
from sklearn.model_selection import (
    cross_val_predict,
    cross_validate,
    learning_curve,
    validation_curve,
)
from sklearn.tree import DecisionTreeClassifier

import tenfold
from tenfold._answer import stand_in

from .. import data_sets
from ..comparing import NoFallback, assert_same_search, both_with_warnings

FOREST = RandomForestClassifier(n_estimators=5, random_state=0)
TREE = DecisionTreeClassifier(random_state=0)


@pytest.fixture(autouse=True)
def _only_native(monkeypatch: pytest.MonkeyPatch) -> None:
    NoFallback(monkeypatch)


@pytest.mark.parametrize("binary", [True, False])
@pytest.mark.parametrize("scoring", get_scorer_names())
def test_built_in_scorers(scoring: str, binary: bool) -> None:
    """Also those that a classifier fails: then the same score and the same warnings."""
    X, y = data_sets.continuous(150)
    labels = (y > 0).astype(int) if binary else y

    def run(ours: bool) -> Any:
        function = tenfold.cross_validate if ours else cross_validate
        return function(FOREST, X, labels, cv=2, scoring=scoring, return_train_score=True)

    mine, theirs, my_warnings, their_warnings = both_with_warnings(run)
    for key in ("test_score", "train_score"):
        np.testing.assert_array_equal(mine[key], theirs[key])
    assert my_warnings == their_warnings


@pytest.mark.smoke
def test_several_metrics_at_once() -> None:
    X, y = data_sets.digits()
    scoring = ["accuracy", "f1_macro", "neg_log_loss", "roc_auc_ovr"]
    assert_same_search(
        FOREST, {"max_depth": [4, None]}, X, y,
        scoring=scoring, refit="f1_macro", return_train_score=True,
    )  # fmt: skip


def test_accuracy_in_every_form() -> None:
    X, y = data_sets.iris()
    for scoring in (None, "accuracy", make_scorer(accuracy_score), {"a": "accuracy"}):
        refit: Any = "a" if isinstance(scoring, dict) else True
        assert_same_search(FOREST, {"max_depth": [1, None]}, X, y, scoring=scoring, refit=refit)
    scaled = make_scorer(accuracy_score, normalize=False)
    assert_same_search(FOREST, {"max_depth": [1, None]}, X, y, scoring=scaled)


@pytest.mark.smoke
@pytest.mark.parametrize("learner", [FOREST, TREE])
@pytest.mark.parametrize("method", ["predict", "predict_proba", "predict_log_proba"])
def test_cross_val_predict(learner: Any, method: str) -> None:
    X, y = data_sets.digits()
    names = np.array(list("abcdefghij"))[y]
    with np.errstate(divide="ignore"):
        mine = tenfold.cross_val_predict(learner, X, names, cv=3, method=method)
        theirs = cross_val_predict(learner, X, names, cv=3, method=method)
    assert mine.dtype == theirs.dtype
    np.testing.assert_array_equal(mine, theirs)


@pytest.mark.filterwarnings("ignore:Number of classes in training fold")
def test_cross_val_predict_with_a_class_missing_from_a_training_part() -> None:
    from sklearn.model_selection import KFold

    X, y = data_sets.rare_class()
    arguments: dict[str, Any] = {"cv": KFold(3), "method": "predict_proba"}
    np.testing.assert_array_equal(
        tenfold.cross_val_predict(FOREST, X, y, **arguments),
        cross_val_predict(FOREST, X, y, **arguments),
    )
    with pytest.raises(AttributeError, match="decision_function"):
        tenfold.cross_val_predict(FOREST, X, y, cv=3, method="decision_function")


def test_curves() -> None:
    X, y = data_sets.digits()
    for ours, theirs, options in [
        (tenfold.learning_curve, learning_curve, {"train_sizes": [0.3, 0.9], "shuffle": True,
                                                  "random_state": 0}),
        (tenfold.validation_curve, validation_curve, {"param_name": "max_depth",
                                                      "param_range": [1, 4, None]}),
    ]:  # fmt: skip
        for mine, other in zip(
            ours(FOREST, X, y, cv=3, **options), theirs(FOREST, X, y, cv=3, **options), strict=True
        ):
            np.testing.assert_array_equal(mine, other)


def test_verbose_messages_are_scikit_learns(capsys: pytest.CaptureFixture[str]) -> None:
    X, y = data_sets.iris()
    printed = []
    from sklearn.model_selection import GridSearchCV

    for cls in (tenfold.GridSearchCV, GridSearchCV):
        cls(FOREST, {"max_depth": [1, 2]}, cv=2, verbose=3).fit(X, y)
        lines = capsys.readouterr().out.splitlines()
        printed.append([line.split(" total time=")[0].replace(".", "") for line in lines])
    assert printed[0] == printed[1]


@pytest.mark.parametrize("learner", [FOREST, TREE])
@pytest.mark.parametrize("scoring", ["roc_auc", "average_precision", "top_k_accuracy"])
def test_asking_for_a_decision_function_first_fits_nothing(
    scoring: str, learner: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    X, y = data_sets.iris()

    def refuse(estimator: Any) -> Any:
        raise AssertionError("native responses did not answer")

    monkeypatch.setattr(stand_in, "become_genuine", refuse)
    ours = tenfold.cross_val_score(learner, X, y > 0, cv=3, scoring=scoring)
    theirs = cross_validate(learner, X, y > 0, cv=3, scoring=scoring)["test_score"]
    np.testing.assert_array_equal(ours, theirs)


def test_memory_mapped_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    X, y = data_sets.digits()
    np.save(tmp_path / "X.npy", X)
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")

    def refuse(estimator: Any) -> Any:
        raise AssertionError("native responses did not answer")

    monkeypatch.setattr(stand_in, "become_genuine", refuse)
    ours = tenfold.cross_val_score(FOREST, mapped, y, cv=3, scoring="neg_log_loss")
    theirs = cross_validate(FOREST, X, y, cv=3, scoring="neg_log_loss")["test_score"]
    np.testing.assert_array_equal(ours, theirs)


def test_nothing_warns_that_scikit_learn_would_not() -> None:
    X, y = data_sets.digits()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for scoring in (None, "f1_macro"):
            tenfold.GridSearchCV(FOREST, {"max_depth": [2, None]}, cv=3, scoring=scoring).fit(X, y)


def test_times_add_up() -> None:
    import time

    X, y = data_sets.digits()
    started = time.perf_counter()
    search = tenfold.GridSearchCV(
        FOREST, {"max_depth": [3, None], "n_estimators": [5, 50]}, cv=3, n_jobs=1, refit=False
    ).fit(X, y)
    elapsed = time.perf_counter() - started
    times = search.cv_results_["mean_fit_time"] + search.cv_results_["mean_score_time"]
    assert 0 < 3 * times.sum() <= elapsed
