"""XGBoost, LightGBM and CatBoost: fewer rounds read off the longest model.

Run with the newest releases by ``make test-python``, and with those of two years ago by
``make test-paths-oldest``.
"""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenfold._sharing.paths.catboost_rounds import CatBoostEstimators, CatBoostIterations
from tenfold._sharing.paths.lightgbm_rounds import LightGBMRounds
from tenfold._sharing.paths.xgboost_rounds import XGBoostRounds
from tenfold.sharing import Refusal, Shape
from tenfold.testing import check_path

from .drawing import (
    conforms,
    differs_unrefused,
    few,
    is_refused,
    labels,
    rows,
    seeds,
    targets,
    weights,
)

xgboost = pytest.importorskip("xgboost")
lightgbm = pytest.importorskip("lightgbm")
catboost = pytest.importorskip("catboost")

XGB, LGBM = XGBoostRounds(), LightGBMRounds()
CAT, CAT_ALIAS = CatBoostIterations(), CatBoostEstimators()
KINDS = ("continuous", "tied", "duplicated", "one column", "float32", "integers", "nan", "csr")


def rounds(*counts, name="n_estimators"):
    return [{name: count} for count in counts]


def target_of(classes, X, seed):
    return targets(X, seed) if classes is None else labels(X, seed, classes)


@few
@given(
    kind=st.sampled_from(KINDS),
    seed=seeds,
    classes=st.sampled_from([None, 2, 3]),
    method=st.sampled_from(["hist", "exact", "approx", None]),
    sampled=st.booleans(),
    parallel=st.sampled_from([None, 3]),
    weighted=st.booleans(),
    policy=st.sampled_from(["depthwise", "lossguide"]),
)
def test_xgboost(kind, seed, classes, method, sampled, parallel, weighted, policy) -> None:
    X = rows(kind, seed)
    cls = xgboost.XGBRegressor if classes is None else xgboost.XGBClassifier
    model = cls(
        tree_method=method,
        num_parallel_tree=parallel,
        random_state=seed,
        n_jobs=1,
        max_depth=3,
        grow_policy=policy if method == "hist" else None,
        max_bin=16 if method == "hist" else None,
    )
    if sampled:
        model.set_params(subsample=0.7, colsample_bytree=0.6)
        if method != "exact":
            model.set_params(colsample_bynode=0.8)
    fit_params = {"sample_weight": weights(X.shape[0], seed)} if weighted else {}
    y = target_of(classes, X, seed)
    conforms(XGB, model, rounds(5, 1, np.int64(12), 3), X, y, **fit_params)


@pytest.mark.parametrize(
    "objective", ["reg:absoluteerror", "reg:pseudohubererror", "count:poisson"]
)
def test_xgboost_objectives(objective) -> None:
    X = rows("continuous", 0)
    y = np.round(np.exp(targets(X, 0)))
    model = xgboost.XGBRegressor(objective=objective, n_jobs=1, max_depth=3)
    conforms(XGB, model, rounds(2, 9, 4), X, y)
    model = xgboost.XGBClassifier(objective="multi:softmax", n_jobs=1, max_depth=3)
    conforms(XGB, model, rounds(2, 5), X, labels(X, 0))


def test_xgboost_names_and_pickles() -> None:
    frame = pd.DataFrame(rows("continuous", 0), columns=list("abcde"))
    y = labels(frame.values, 0)
    model = xgboost.XGBClassifier(n_jobs=1)
    conforms(XGB, model, rounds(2, 6), frame, y)
    for index, fitted in XGB.fit(model, rounds(2, 6), frame, y):
        again = pickle.loads(pickle.dumps(fitted))
        np.testing.assert_array_equal(again.predict_proba(frame), fitted.predict_proba(frame))
        alone = xgboost.XGBClassifier(n_jobs=1, n_estimators=(2, 6)[index]).fit(frame, y)
        assert fitted.get_booster().get_dump() == alone.get_booster().get_dump()
        np.testing.assert_array_equal(fitted.feature_importances_, alone.feature_importances_)
        assert list(fitted.feature_names_in_) == list("abcde")


@pytest.mark.filterwarnings("ignore")
def test_xgboost_refusals() -> None:
    X, y = rows("continuous", 0), targets(rows("continuous", 0), 0)
    model = xgboost.XGBRegressor(n_jobs=1)
    is_refused(XGB, model, rounds(0, -1, 2.5, None, "a", True), "n_estimators")
    for name, value, match in (
        ("early_stopping_rounds", 3, "early stopping"),
        ("callbacks", [object()], "callbacks"),
        ("objective", lambda a, b: (a, b), "objective of yours"),
        ("device", "cuda", "device"),
        ("multi_strategy", "multi_output_tree", "multi_strategy"),
        ("verbosity", 2, "verbosity"),
    ):
        is_refused(XGB, xgboost.XGBRegressor(**{name: value}), rounds(3), match)
    generator = xgboost.XGBRegressor(random_state=np.random.RandomState(0))
    with pytest.raises(Refusal, match="generator"):  # a clone has a number drawn from it
        XGB.refuse(generator, {"n_estimators": 3}, Shape(90, 5), {})
    native = xgboost.XGBRegressor(refresh_leaf=1)
    is_refused(XGB, native, rounds(3), "native parameter refresh_leaf")
    is_refused(XGB, model, rounds(3), "fit parameter eval_set", eval_set=[(X, y)])
    # Dropping trees changes those that are there.
    dart = xgboost.XGBRegressor(booster="dart", rate_drop=0.5, n_jobs=1, random_state=0)
    is_refused(XGB, dart, rounds(3), "booster='dart'")
    is_refused(XGB, xgboost.XGBRegressor(booster="gblinear"), rounds(3), "booster='gblinear'")
    dart = xgboost.XGBRegressor(booster="dart", n_jobs=1)
    dart.set_params(rate_drop=0.5, one_drop=True)
    differs_unrefused(XGB, dart, rounds(3, 12), X, y)


@few
@given(
    kind=st.sampled_from(KINDS),
    seed=seeds,
    classes=st.sampled_from([None, 2, 3]),
    boosting=st.sampled_from(["gbdt", "goss", "rf"]),
    sampled=st.booleans(),
    weighted=st.booleans(),
    leaf=st.sampled_from([2, 20]),
    gain=st.sampled_from([0.0, 0.5]),
)
def test_lightgbm(kind, seed, classes, boosting, sampled, weighted, leaf, gain) -> None:
    X = rows(kind, seed)
    cls = lightgbm.LGBMRegressor if classes is None else lightgbm.LGBMClassifier
    model = cls(
        boosting_type=boosting,
        random_state=seed,
        min_child_samples=leaf,
        min_split_gain=gain,
        num_leaves=6,
        n_jobs=1,
        verbose=-1,
    )
    if (sampled and boosting == "gbdt") or boosting == "rf":
        model.set_params(subsample=0.6, subsample_freq=1 + seed % 2, colsample_bytree=0.7)
    fit_params = {"sample_weight": weights(X.shape[0], seed)} if weighted else {}
    y = target_of(classes, X, seed)
    if classes == 3 and seed % 2:
        model.set_params(class_weight="balanced")
    conforms(LGBM, model, rounds(5, 1, np.int64(12), 3), X, y, **fit_params)


def test_lightgbm_rounds_that_grow_no_tree() -> None:
    """A trap: such a round is not stored, training goes on, and a plain prefix is of another length."""
    n_gaps = 0
    for seed in range(30):
        X = rows("continuous", seed, 40)
        y = targets(X, seed)
        model = lightgbm.LGBMRegressor(
            subsample=0.3,
            subsample_freq=1,
            min_child_samples=5,
            min_split_gain=1.5,
            random_state=seed,
            n_jobs=1,
            verbose=-1,
        )
        conforms(LGBM, model, rounds(4, 9, 30), X, y)
        alone = model.set_params(n_estimators=9).fit(X, y)
        whole = lightgbm.LGBMRegressor(**{**model.get_params(), "n_estimators": 30}).fit(X, y)
        plain = whole.predict(X, num_iteration=9)
        n_gaps += not np.array_equal(plain, alone.predict(X))
    assert n_gaps > 0


def test_lightgbm_names_and_pickles() -> None:
    frame = pd.DataFrame(rows("continuous", 0), columns=list("abcde"))
    y = np.where(labels(frame.values, 0, 2) == 1, "yes", "no")
    model = lightgbm.LGBMClassifier(n_jobs=1, verbose=-1, min_child_samples=3)
    conforms(LGBM, model, rounds(2, 6), frame, y)
    for index, fitted in LGBM.fit(model, rounds(2, 6), frame, y):
        again = pickle.loads(pickle.dumps(fitted))
        np.testing.assert_array_equal(again.predict_proba(frame), fitted.predict_proba(frame))
        alone = lightgbm.LGBMClassifier(
            n_jobs=1, verbose=-1, min_child_samples=3, n_estimators=(2, 6)[index]
        ).fit(frame, y)
        np.testing.assert_array_equal(fitted.feature_importances_, alone.feature_importances_)
        assert fitted.n_estimators_ == alone.n_estimators_
        assert fitted.best_iteration_ == alone.best_iteration_
        assert list(fitted.feature_name_) == list("abcde")


def test_lightgbm_refusals() -> None:
    model = lightgbm.LGBMRegressor(verbose=-1, n_jobs=1, random_state=0)
    is_refused(LGBM, model, rounds(0, -1, 2.5, None, "a", True), "n_estimators")
    is_refused(LGBM, lightgbm.LGBMRegressor(objective=lambda a, b: (a, b)), rounds(3), "objective")
    seed = np.random.RandomState(0)
    is_refused(LGBM, lightgbm.LGBMRegressor(random_state=seed), rounds(3), "generator")
    stopping = lightgbm.LGBMRegressor(early_stopping_rounds=3)
    is_refused(LGBM, stopping, rounds(3), "native parameter early_stopping_rounds")
    is_refused(LGBM, lightgbm.LGBMRegressor(boosting="dart"), rounds(3), "parameter boosting")
    X = rows("continuous", 0)
    y = targets(X, 0)
    is_refused(LGBM, model, rounds(3), "fit parameter eval_set", eval_set=[(X, y)])
    dart = lightgbm.LGBMRegressor(boosting_type="dart", verbose=-1, n_jobs=1, random_state=0)
    is_refused(LGBM, dart, rounds(3), "boosting_type='dart'")
    differs_unrefused(LGBM, dart, rounds(5, 60), X, y)


@few
@given(
    kind=st.sampled_from([kind for kind in KINDS if kind != "csr"]),
    seed=seeds,
    classes=st.sampled_from([None, 2, 3]),
    bootstrap=st.sampled_from(["Bayesian", "Bernoulli", "MVS", "No"]),
    weighted=st.booleans(),
)
def test_catboost(kind, seed, classes, bootstrap, weighted) -> None:
    X = rows(kind, seed)
    cls = catboost.CatBoostRegressor if classes is None else catboost.CatBoostClassifier
    model = cls(
        learning_rate=0.2,
        depth=3,
        bootstrap_type=bootstrap,
        random_seed=seed,
        thread_count=1,
        verbose=0,
        allow_writing_files=False,
    )
    y = target_of(classes, X, seed)
    if classes == 2:
        y = np.where(y == 1, "yes", "no")
    fit_params = {"sample_weight": weights(X.shape[0], seed)} if weighted else {}
    conforms(CAT, model, rounds(5, 1, 12, name="iterations"), X, y, **fit_params)
    conforms(CAT_ALIAS, model, rounds(2, 6), X, y, **fit_params)


def test_catboost_importances_and_pickles() -> None:
    X = rows("continuous", 0)
    y = targets(X, 0)
    model = catboost.CatBoostRegressor(
        learning_rate=0.2, verbose=0, allow_writing_files=False, thread_count=1, random_seed=0
    )
    for index, fitted in CAT.fit(model.copy(), rounds(3, 9, name="iterations"), X, y):
        alone = model.copy().set_params(iterations=(3, 9)[index]).fit(X, y)
        np.testing.assert_allclose(
            fitted.get_feature_importance(), alone.get_feature_importance(), rtol=1e-12
        )
        assert fitted.n_features_in_ == alone.n_features_in_ == 5
        assert fitted.tree_count_ == alone.tree_count_
        again = pickle.loads(pickle.dumps(fitted))
        np.testing.assert_array_equal(again.predict(X), alone.predict(X))


def test_catboost_refusals() -> None:
    common = {"verbose": 0, "allow_writing_files": False, "thread_count": 1, "random_seed": 0}
    model = catboost.CatBoostRegressor(learning_rate=0.1, **common)
    bad = rounds(0, -1, 2.5, None, "a", True, name="iterations")
    is_refused(CAT, model, bad, "iterations")
    guessed = catboost.CatBoostRegressor(**common)
    is_refused(CAT, guessed, rounds(3, name="iterations"), "without learning_rate")
    for name, value in (
        ("langevin", True),
        ("model_shrink_rate", 0.3),
        ("od_type", "Iter"),
        ("grow_policy", "Depthwise"),
    ):
        other = catboost.CatBoostRegressor(learning_rate=0.1, **{name: value}, **common)
        is_refused(CAT, other, rounds(3, name="iterations"), f"with {name}")
    is_refused(CAT, model, rounds(3, name="iterations"), "eval_set", eval_set=[(1, 2)])
    X = rows("continuous", 0)
    y = labels(X, 0, 2)
    guessed = catboost.CatBoostClassifier(**common)
    differs_unrefused(CAT, guessed, rounds(20, 600, name="iterations"), X, y)
    shrunk = catboost.CatBoostClassifier(learning_rate=0.1, model_shrink_rate=0.3, **common)
    differs_unrefused(CAT, shrunk, rounds(5, 20, name="iterations"), X, y)


def test_the_longest_alone_is_read_off_too() -> None:
    X = rows("continuous", 0)
    y = targets(X, 0)
    for path, model in (
        (XGB, xgboost.XGBRegressor(n_jobs=1)),
        (LGBM, lightgbm.LGBMRegressor(n_jobs=1, verbose=-1)),
    ):
        assert check_path(path, model, rounds(4), X, y).n_read == 1
