"""Voting and stacking: members fitted once, answers put together as scikit-learn does."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.ensemble import (
    RandomForestClassifier,
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import KFold
from sklearn.naive_bayes import GaussianNB
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from tenfold._refusal import Refusal
from tenfold._sharing.paths.committees import Stacks, Votes
from tenfold._sharing.paths.path import Shape
from tenfold.testing import check_path

SHAPE = Shape(60, 5)


def rows(seed: int, kind: str) -> tuple[Any, Any]:
    generator = np.random.RandomState(seed)
    X: Any = np.round(generator.normal(size=(60, 5)), 1)
    y: Any = np.argmax(X[:, :3] + generator.normal(size=(60, 3)), axis=1)
    if kind == "strings":
        y = np.array(["a", "b", "c"])[y]
    if kind == "frame":
        X = pd.DataFrame(X, columns=list("abcde"))
    return X, y


KINDS = st.sampled_from(["dense", "frame", "strings"])


def members(depth: int = 2, smoothing: float = 1e-9) -> list[tuple[str, Any]]:
    return [
        ("tree", DecisionTreeClassifier(max_depth=depth, random_state=0)),
        ("bayes", GaussianNB(var_smoothing=smoothing)),
    ]


@pytest.mark.smoke
@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10**6), kind=KINDS, flat=st.booleans())
def test_votes(seed: int, kind: str, flat: bool) -> None:
    X, y = rows(seed, kind)
    values = [
        {"weights": weights, "voting": voting, "estimators": members(depth, smoothing)}
        for weights in (None, [1, 3], [1, 2, 3])
        for voting in ("hard", "soft")
        for depth in (1, 3)
        for smoothing in (1e-9, 0.1)
    ]
    values += [{"weights": None, "voting": "soft", "estimators": [*members(), ("none", "drop")]}]
    estimator = VotingClassifier(members(), flatten_transform=flat)
    done = check_path(Votes(), estimator, values, X, y)
    assert done.n_read == 17  # all but those with too many weights
    numbers = np.asarray(X).sum(axis=1)
    parts = [("ridge", Ridge()), ("tree", DecisionTreeRegressor(random_state=0))]
    values = [{"weights": weights} for weights in (None, [1, 2])]
    assert check_path(Votes(), VotingRegressor(parts), values, X, numbers).n_read == 2


def test_members_are_fitted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    X, y = rows(0, "dense")
    fits: list[Any] = []
    original = GaussianNB.fit
    monkeypatch.setattr(
        GaussianNB, "fit", lambda self, X, y: (fits.append(self), original(self, X, y))[1]
    )
    values = [
        {"weights": weights, "estimators": members(depth)}
        for weights in (None, [1, 2])
        for depth in (1, 2, 3)
    ]
    readings = list(Votes().fit(VotingClassifier(members()), values, X, y))
    assert len(readings) == 6
    assert len(fits) == 1
    for _, fitted in readings:
        assert all("fit" not in vars(member) for member in fitted.estimators_)


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 10**6), kind=KINDS, passthrough=st.booleans())
def test_stacks(seed: int, kind: str, passthrough: bool) -> None:
    X, y = rows(seed, kind)
    finals = [None, LogisticRegression(C=0.1), SVC(), DecisionTreeClassifier(random_state=0)]
    values: list[Any] = [{"final_estimator": final} for final in finals]
    estimator = StackingClassifier(members(), cv=3, passthrough=passthrough)
    assert check_path(Stacks(), estimator, values, X, y).n_read == 4
    numbers = np.asarray(X).sum(axis=1)
    parts = [("ridge", Ridge()), ("tree", DecisionTreeRegressor(random_state=0))]
    values = [{"final_estimator": final} for final in (None, Ridge(), Ridge(9.0))]
    regressor = StackingRegressor(parts, passthrough=passthrough)
    assert check_path(Stacks(), regressor, values, X, numbers).n_read == 3


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"estimators": [("forest", RandomForestClassifier())]}, "no fixed random_state"),
        ({"n_jobs": 2}, "processes or threads"),
        ({"verbose": True}, "printed"),
        ({"estimators": []}, "scikit-learn refuses"),
    ],
)
def test_votes_that_are_refused(options: dict[str, Any], why: str) -> None:
    estimator = VotingClassifier(**{"estimators": members(), **options})
    with pytest.raises(Refusal, match=why):
        Votes().refuse(estimator, {}, SHAPE, {})
    with pytest.raises(Refusal, match="fit parameters"):
        Votes().refuse(VotingClassifier(members()), {}, SHAPE, {"sample_weight": np.ones(60)})


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"cv": KFold(3, shuffle=True)}, "no fixed random_state"),
        ({"cv": "prefit"}, "fitted before"),
        ({"final_estimator": Ridge()}, "scikit-learn refuses"),
        ({"final_estimator": RandomForestClassifier()}, "no fixed random_state"),
        ({"final_estimator": 3}, "scikit-learn refuses"),
    ],
)
def test_stacks_that_are_refused(options: dict[str, Any], why: str) -> None:
    estimator = StackingClassifier(members(), **options)
    values = {"final_estimator": estimator.final_estimator}
    with pytest.raises(Refusal, match=why):
        Stacks().refuse(estimator, values, SHAPE, {})


def test_unseeded_members_would_differ() -> None:
    X, y = rows(0, "dense")
    estimator = VotingClassifier([("forest", RandomForestClassifier(3))], voting="soft")
    first = estimator.fit(X, y).predict_proba(X)
    assert not np.array_equal(first, estimator.fit(X, y).predict_proba(X))
