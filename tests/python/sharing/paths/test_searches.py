"""Searches whose candidates are read off one fit: equal to scikit-learn's in all that can be seen."""

from __future__ import annotations

import sys
import threading
import warnings
from contextlib import contextmanager, nullcontext
from functools import partial
from typing import Any

import joblib
import numpy as np
import pytest
from sklearn import model_selection
from sklearn.base import clone
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.ensemble import (
    AdaBoostClassifier,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
)
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from tests.python.comparing import assert_same_results, assert_same_search
from tests.python.sharing.paths import toys
from tests.python.sharing.paths.toys import Failing, LeavingOut, Stepper, Steps

import tenfold
from tenfold._plan.families import SHARED, SKLEARN
from tenfold._sharing.paths import registry
from tenfold._sharing.paths.neighbors import NearestNeighbors

X, y = load_breast_cancer(return_X_y=True)
X, y = X[::3], y[::3]
STEPS = {"steps": [1, 2, 3, 4], "shift": [0.0, 0.5]}


@contextmanager
def known(path):
    """A path of the tests, for as long."""
    before = dict(registry._registered)
    tenfold.sharing.register_path(path)
    try:
        yield
    finally:
        registry._registered.clear()
        registry._registered.update(before)


def engines(search):
    return {family.engine for family in search.plan_.families}


def both(estimator, grid, path=None, **options):
    """Fits of the toy in scikit-learn's search and in ours, with equal results."""
    options = {"cv": 3, "n_jobs": 1, "refit": False, **options}
    toys.fits.clear()
    theirs = model_selection.GridSearchCV(clone(estimator), grid, **options).fit(X, y)
    n_theirs = len(toys.fits)
    toys.fits.clear()
    with known(path or Steps()):
        ours = tenfold.GridSearchCV(clone(estimator), grid, **options).fit(X, y)
    assert_same_results(ours.cv_results_, theirs.cv_results_)
    return n_theirs, len(toys.fits), ours


def test_one_fit_serves_a_family():
    asked, done, search = both(Stepper(), STEPS)
    assert (asked, done) == (24, 6)
    assert (search.plan_.n_fits_asked, search.plan_.n_fits_done) == (24, 6)
    assert engines(search) == {SHARED}
    assert search.plan_.rules == {"toy steps": Steps.why}


def test_equal_candidates_are_one_reading():
    _, done, search = both(Stepper(), [{"steps": [1, 2]}, {"steps": [2, 3]}])
    assert done == 3
    assert search.plan_.n_fits_asked == 12


@pytest.mark.parametrize(
    "scoring",
    [None, "roc_auc", "neg_log_loss", ["accuracy", "f1", "roc_auc", "neg_brier_score"]],
)
@pytest.mark.parametrize("train", [False, True])
def test_scores_of_rounds(scoring, train):
    refit = "f1" if isinstance(scoring, list) else True
    ours, _ = assert_same_search(
        GradientBoostingClassifier(random_state=0),
        {"n_estimators": [3, 6, 9], "max_depth": [1, 2]},
        X, y, scoring=scoring, refit=refit, return_train_score=train,
    )  # fmt: skip
    assert ours.plan_.n_fits_done == 6


def test_regression_and_several_targets():
    X_numbers, targets = load_diabetes(return_X_y=True)
    ours, _ = assert_same_search(
        GradientBoostingRegressor(random_state=0, subsample=0.7),
        {"n_estimators": [4, 8], "loss": ["huber", "squared_error"]},
        X_numbers[:150], targets[:150],
        scoring=["r2", "neg_mean_absolute_error", "neg_root_mean_squared_error"], refit="r2",
    )  # fmt: skip
    assert ours.plan_.n_fits_done == 6


def test_scorer_of_the_users_sees_the_estimator_itself():
    seen = []

    def scorer(estimator, X, y):
        seen.append((type(estimator), estimator.get_params(), len(estimator.estimators_)))
        return estimator.score(X, y)

    grid = {"n_estimators": [2, 4]}
    search = GradientBoostingClassifier(random_state=0)
    options = {"cv": 3, "scoring": scorer, "refit": False, "n_jobs": 1}
    theirs = model_selection.GridSearchCV(search, grid, **options).fit(X, y)
    expected = seen.copy()
    seen.clear()
    ours = tenfold.GridSearchCV(search, grid, **options).fit(X, y)
    assert_same_results(ours.cv_results_, theirs.cv_results_)
    key = lambda one: (one[2], str(one[1]))  # noqa: E731
    assert sorted(seen, key=key) == sorted(expected, key=key)
    assert ours.plan_.n_fits_done == 3


def test_what_is_left_out_runs_alone():
    _, done, search = both(Stepper(), STEPS, LeavingOut())
    assert done == 6 + 12
    assert search.plan_.reasons == {"toy steps: the path left it out": 12}
    assert search.plan_.n_fits_done == 18


def test_what_fails_runs_alone():
    _, done, search = both(Stepper(), STEPS, Failing())
    assert done == 6 + 12  # 3 and 4 of each family
    assert list(search.plan_.reasons.values()) == [12]
    assert "lost the thread" in next(iter(search.plan_.reasons))


def test_a_candidate_that_fails_fails_alone():
    with pytest.warns(UserWarning, match="non-finite"):
        _, _, search = both(Stepper(), {"steps": [1, 2, -1]})
    assert np.isnan(search.cv_results_["mean_test_score"][2])
    with pytest.raises(ValueError, match="steps=-1"):
        both(Stepper(), {"steps": [1, 2, -1]}, error_score="raise")


def test_value_that_scikit_learn_refuses():
    with pytest.warns(UserWarning, match="non-finite"):
        ours, _ = assert_same_search(
            GradientBoostingClassifier(random_state=0), {"n_estimators": [2, -3, 4]}, X, y
        )
    assert ours.plan_.n_fits_done == 3 + 3


def test_scorer_that_fails():
    def scorer(estimator, X, y):
        if estimator.steps == 2:
            raise RuntimeError("no")
        return 1.0

    with pytest.warns(UserWarning, match="Scoring failed"):
        both(Stepper(), {"steps": [1, 2, 3]}, scoring=scorer)
    with pytest.raises(RuntimeError, match="no"):
        both(Stepper(), {"steps": [1, 2, 3]}, scoring=scorer, error_score="raise")


def warned(search_class, grid, n_jobs=1):
    with warnings.catch_warnings(record=True) as log:
        warnings.simplefilter("always")
        search_class(Stepper(), grid, cv=3, n_jobs=n_jobs, refit=False).fit(X, y)
    return sorted(str(one.message) for one in log)


def test_warnings_are_those_of_fits_alone():
    grid = {"steps": [1, 2, 3], "tells": ["ill", None]}
    expected = warned(model_selection.GridSearchCV, grid)
    with known(Steps()):
        assert warned(tenfold.GridSearchCV, grid) == expected
    assert len(expected) == 9


def test_warnings_that_are_errors():
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        with pytest.raises(UserWarning, match="ill"):
            both(Stepper(tells="ill"), {"steps": [1, 2]}, error_score="raise")


def test_unset_seed_is_refused():
    _, done, search = both(Stepper(random_state=None), {"steps": [1, 2, 3]})
    assert done == 9
    assert "no random_state: each candidate draws its own" in next(iter(search.plan_.reasons))


def test_generator_is_copied_with_the_estimator():
    estimator = GradientBoostingClassifier(
        random_state=np.random.RandomState(3), subsample=0.6, max_depth=1
    )
    ours, _ = assert_same_search(estimator, {"n_estimators": [2, 4, 6]}, X, y, n_jobs=1)
    assert ours.plan_.n_fits_done == 3


def test_a_score_method_of_scikit_learns_own_is_made_of_responses(monkeypatch):
    asked = []
    own = NearestNeighbors.response
    monkeypatch.setattr(
        NearestNeighbors,
        "response",
        lambda self, fitted, method, X: asked.append(method) or own(self, fitted, method, X),
    )
    assert_same_search(KNeighborsClassifier(), {"n_neighbors": [1, 3]}, X, y, n_jobs=1)
    assert asked == ["predict"] * 6


def test_sample_weight():
    weights = np.random.RandomState(0).uniform(0.1, 3.0, len(y))
    options = {"cv": 3, "refit": False, "n_jobs": 1}
    theirs = model_selection.GridSearchCV(Stepper(), STEPS, **options)
    theirs.fit(X, y, sample_weight=weights)
    with known(Steps()):
        ours = tenfold.GridSearchCV(Stepper(), STEPS, **options).fit(X, y, sample_weight=weights)
    assert_same_results(ours.cv_results_, theirs.cv_results_)
    assert ours.plan_.n_fits_done == 6


def test_rules_can_be_switched_off():
    with tenfold.config_context(disabled_rules=("toy steps",)):
        asked, done, search = both(Stepper(), STEPS)
    assert asked == done
    assert engines(search) == {SKLEARN}
    assert "switched off" in next(iter(search.plan_.reasons))


def test_without_native_everything_is_scikit_learns():
    with tenfold.config_context(native=False):
        asked, done, _ = both(Stepper(), STEPS)
    assert asked == done


def test_metadata_routing_is_refused():
    import sklearn

    with sklearn.config_context(enable_metadata_routing=True):
        asked, done, _ = both(Stepper(), STEPS)
    assert asked == done


def test_lines_are_printed_in_order(capsys):
    for search_class in (model_selection.GridSearchCV, tenfold.GridSearchCV):
        with known(Steps()):
            search_class(Stepper(), STEPS, cv=3, verbose=3, refit=False, n_jobs=1).fit(X, y)
    lines = [line.partition("total time")[0] for line in capsys.readouterr().out.splitlines()]
    half = len(lines) // 2
    assert lines[:half] == lines[half:]
    assert half > 24


def test_times_add_up():
    _, _, search = both(Stepper(), STEPS)
    assert all(search.cv_results_["mean_fit_time"] > 0)
    assert search.plan_.actual_seconds < 1.0


def test_pipelines():
    pipeline = Pipeline([("scale", StandardScaler()), ("last", KNeighborsClassifier())])
    ours, _ = assert_same_search(
        pipeline,
        [
            {"scale": ["passthrough", MinMaxScaler()], "last__n_neighbors": [1, 3, 5]},
            {
                "last": [GradientBoostingClassifier(random_state=0)],
                "last__n_estimators": [2, 4],
                "last__max_depth": [1, 2],
            },
            {"last": [LogisticRegression(max_iter=1000)]},
        ],
        X, y, return_train_score=True, scoring=["accuracy", "roc_auc"], refit="accuracy",
    )  # fmt: skip
    rules = {rule for family in ours.plan_.families for rule in family.rules}
    assert {"transformers", "nearest neighbours"} <= rules
    assert ours.plan_.n_fits_done == 6 + 6 + 3


def test_pipeline_before_a_scorer_of_the_users():
    def scorer(estimator, X, y):
        return float(estimator[-1].n_estimators + len(estimator[-1].estimators_) + X[0, 0])

    pipeline = Pipeline(
        [("scale", StandardScaler()), ("last", GradientBoostingClassifier(random_state=0))]
    )
    ours, _ = assert_same_search(
        pipeline, {"last__n_estimators": [2, 4]}, X, y, scoring=scorer, n_jobs=1
    )
    assert ours.plan_.n_fits_done == 3


def test_pipeline_without_transformers():
    pipeline = Pipeline([("scale", "passthrough"), ("last", KNeighborsClassifier())])
    ours, _ = assert_same_search(pipeline, {"last__n_neighbors": [1, 3, 5]}, X, y)
    assert ours.plan_.n_fits_done == 3


def test_explain_says_what_a_fit_does():
    search = tenfold.GridSearchCV(
        GradientBoostingClassifier(random_state=0),
        {"n_estimators": [2, 4, -1], "max_depth": [1, 2]},
        cv=3,
    )
    before = search.explain(X, y)
    with pytest.warns(UserWarning, match="non-finite"):
        after = search.fit(X, y).plan_
    shape = lambda plan: [(f.cells, f.engine, f.reason, f.rules, f.n_fits) for f in plan.families]  # noqa: E731
    assert shape(before) == shape(after)
    assert "left to scikit-learn because" in str(before)


def test_a_candidate_alone_is_no_family():
    grid = {"learning_rate": [0.1, 0.2]}
    search = tenfold.GridSearchCV(AdaBoostClassifier(random_state=0, n_estimators=2), grid)
    assert "no other candidate differs in that alone" in str(search.explain(X, y))


def test_verify_compares_to_the_last_bit():
    search = tenfold.GridSearchCV(
        GradientBoostingClassifier(random_state=0), {"n_estimators": [2, 4]}, cv=3
    ).fit(X, y)
    report = tenfold.verify(search, X, y)
    assert report.ok
    assert report.n_equal == report.n_compared == 6


def test_other_functions():
    estimator = GradientBoostingClassifier(random_state=0, n_estimators=3)
    for module in (model_selection, tenfold):
        results = (
            module.validation_curve(
                estimator, X, y, param_name="n_estimators", param_range=[1, 2, 3], cv=3
            ),
            module.learning_curve(estimator, X, y, cv=3),
            module.cross_val_predict(estimator, X, y, cv=3, method="predict_proba"),
            module.cross_validate(estimator, X, y, cv=3)["test_score"],
        )
        if module is model_selection:
            expected = results
    for ours, theirs in zip(results, expected, strict=True):
        for a, b in zip(ours, theirs, strict=True):
            np.testing.assert_array_equal(a, b)


def test_validation_curve_fits_once_a_split():
    toys.fits.clear()
    with known(Steps()):
        tenfold.validation_curve(
            Stepper(), X, y, param_name="steps", param_range=[1, 2, 3], cv=3, n_jobs=1
        )
    assert len(toys.fits) == 3


def test_curves_where_some_cells_are_read_off_and_others_run():
    """scikit-learn asks for no times there, and reads every cell by the names that the first has."""
    options = {"param_name": "steps", "param_range": [1, 2, 3], "cv": 3, "n_jobs": 1}
    theirs = model_selection.validation_curve(Stepper(), X, y, **options)
    with known(LeavingOut()):
        ours = tenfold.validation_curve(Stepper(), X, y, **options)
    np.testing.assert_array_equal(ours, theirs)


def test_halving():
    grid = {"n_estimators": [2, 4, 6, 8], "max_depth": [1, 2]}
    options = {"cv": 3, "random_state": 0, "factor": 2}
    estimator = GradientBoostingClassifier(random_state=0)
    theirs = model_selection.HalvingGridSearchCV(estimator, grid, **options).fit(X, y)
    ours = tenfold.HalvingGridSearchCV(estimator, grid, **options).fit(X, y)
    assert_same_results(ours.cv_results_, theirs.cv_results_)
    assert ours.plan_.n_fits_done < ours.plan_.n_fits_asked


def test_nested_search_and_backend():
    grid = {"steps": [1, 2, 3]}
    outer = {"cv": 3, "n_jobs": 1}
    inner = model_selection.GridSearchCV(Stepper(), grid, cv=3, refit=False)
    results = []
    for context in (nullcontext, partial(joblib.parallel_config, backend="tenfold")):
        toys.fits.clear()
        with context(), known(Steps()):
            results.append(clone(inner).fit(X, y).cv_results_["mean_test_score"])
            n_fits = len(toys.fits)
    assert n_fits == 3
    np.testing.assert_array_equal(*results)
    search = tenfold.GridSearchCV(Stepper(), grid, cv=3, n_jobs=1)
    toys.fits.clear()
    with known(Steps()):
        scores = tenfold.cross_val_score(search, X, y, **outer)
    assert len(toys.fits) == 3 * (3 + 1)
    expected = model_selection.cross_val_score(
        model_selection.GridSearchCV(Stepper(), grid, cv=3), X, y, **outer
    )
    np.testing.assert_array_equal(scores, expected)


def test_families_of_a_nested_search_run_one_by_one(monkeypatch):
    """In threads, one's warnings would be kept with another's."""
    threads = set()
    fit = Stepper.fit

    def noting(self, X, y):
        threads.add(threading.get_ident())
        return fit(self, X, y)

    monkeypatch.setattr(Stepper, "fit", noting)
    search = tenfold.GridSearchCV(Stepper(tells="so"), STEPS, cv=3, n_jobs=2, refit=False)
    shown = warnings.showwarning
    nested = joblib.parallel_config(backend="tenfold", nesting_level=1)
    with known(Steps()), nested, pytest.warns(UserWarning, match="so"):
        search.fit(X, y)
    assert search.plan_.n_fits_done == 6
    assert threads == {threading.get_ident()}
    assert warnings.showwarning is shown


def test_a_class_is_known_where_nobody_imports_its_module(monkeypatch):
    """As on an executor, which gets classes of the driver's own modules and notebooks by value."""
    path = Steps()
    impostor = type("Stepper", (Stepper,), {"__module__": Stepper.__module__})
    assert path.covers(Stepper())
    assert not path.covers(impostor())
    monkeypatch.delitem(sys.modules, Stepper.__module__)
    assert path.covers(Stepper())
    assert not path.covers(type("Stepper", (Stepper,), {"__module__": "elsewhere"})())


def test_a_scorer_may_edit_the_training_rows_that_a_model_keeps() -> None:
    """Neighbours hold the rows that they were fitted on: readings share them, candidates alone do not."""

    def editing(estimator: Any, X: Any, y: Any) -> float:
        first = estimator.predict(X)
        X[:1] += 3
        return float(np.mean(first == estimator.predict(X)))

    X = np.random.RandomState(7).randint(0, 4, (150, 6)).astype(float)
    y = X[:, 0].astype(int) % 3
    results = [
        search(
            KNeighborsClassifier(),
            {"n_neighbors": [1, 2, 3, 7], "weights": ["uniform", "distance"]},
            cv=3,
            scoring=editing,
            return_train_score=True,
            refit=False,
        )
        .fit(X.copy(), y)
        .cv_results_
        for search in (GridSearchCV, tenfold.GridSearchCV)
    ]
    for name in ("mean_train_score", "mean_test_score"):
        np.testing.assert_array_equal(results[0][name], results[1][name])
