"""The metrics without what stands around them, beside scikit-learn's scorers."""

import math
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from sklearn import metrics
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import get_scorer, make_scorer
from sklearn.model_selection._validation import check_scoring

from tenfold._answer.metrics import fast_metric

NUMBERS = {
    name: get_scorer(name)
    for name in (
        "r2",
        "explained_variance",
        "neg_mean_squared_error",
        "neg_root_mean_squared_error",
        "neg_mean_absolute_error",
        "neg_mean_absolute_percentage_error",
        "neg_median_absolute_error",
    )
}
CLASSES = {
    **{name: get_scorer(name) for name in ("accuracy", "balanced_accuracy", "f1", "roc_auc")},
    **{
        f"{metric}_{average}": get_scorer(f"{metric}_{average}")
        for metric in ("f1", "precision", "recall")
        for average in ("micro", "macro", "weighted")
    },
    "precision": get_scorer("precision"),
    "recall": get_scorer("recall"),
    "neg_log_loss": get_scorer("neg_log_loss"),
    "adjusted": make_scorer(metrics.balanced_accuracy_score, adjusted=True),
    "f2": make_scorer(metrics.fbeta_score, beta=2),
    "f_half": make_scorer(metrics.fbeta_score, beta=0.5, average="macro"),
    "f1_of_a": make_scorer(metrics.f1_score, pos_label="a"),
}


class GivenNumbers(RegressorMixin, BaseEstimator):
    def __init__(self, response=None):
        self.response = response

    def fit(self, X, y):
        return self

    def predict(self, X):
        return self.response


class GivenClasses(ClassifierMixin, BaseEstimator):
    def __init__(self, classes=None, labels=None, decision=None, proba=None):
        self.labels, self.decision, self.proba, self.classes = labels, decision, proba, classes
        self.classes_ = classes

    def fit(self, X, y):
        return self

    def predict(self, X):
        return self.labels

    def predict_proba(self, X):
        return self.proba

    def decision_function(self, X):
        return self.decision


def expected_of(scorer, estimator, y):
    """scikit-learn's score, or None where it warns or raises."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            return scorer(estimator, np.zeros((len(y), 1)), y)
        except Exception:
            return None


def fast_of(scorer, estimator, y):
    metric = fast_metric(scorer, estimator)
    assert metric is not None
    method = metric.methods[0]
    prepared = metric.prepare(y, getattr(estimator, "classes_", None), method)
    return None if prepared is None else prepared(getattr(estimator, method)(None))


def compare(scorers, estimator, y):
    """How many scorers were followed; each that was agrees to the last bit."""
    n_followed = 0
    for name, scorer in scorers.items():
        expected, fast = expected_of(scorer, estimator, y), fast_of(scorer, estimator, y)
        if fast is not None:
            assert expected is not None, f"{name}: scikit-learn warns or raises"
            assert float(expected) == fast, name
            assert math.copysign(1, expected) == math.copysign(1, fast), name
            n_followed += 1
    return n_followed


def test_numbers_are_followed():
    y = np.random.default_rng(0).normal(size=101)
    assert compare(NUMBERS, GivenNumbers(y + 0.1), y) == len(NUMBERS)
    assert compare(NUMBERS, GivenNumbers(np.ones(101)), np.arange(101)) == len(NUMBERS)
    both = np.c_[y, y**2]
    assert compare(NUMBERS, GivenNumbers(both + 0.1), both) == len(NUMBERS)
    assert compare(NUMBERS, GivenNumbers(y + 0.1), pd.Series(y)) == len(NUMBERS)


@given(st.data(), st.integers(1, 400), st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None)
def test_numbers_agree(data, n_samples, seed):
    random = np.random.default_rng(seed)
    shape = data.draw(st.sampled_from([(n_samples,), (n_samples, 1), (n_samples, 3)]))
    order = data.draw(st.sampled_from("CF"))
    scale = data.draw(st.sampled_from([1e-300, 1e-8, 1.0, 1e8, 1e160]))
    y = np.asarray(random.normal(size=shape) * scale, order=order)
    kind = data.draw(st.sampled_from(["noise", "constant", "perfect", "nan", "inf", "float32"]))
    if kind == "constant":
        y[...] = y.flat[0]
    response = y + random.normal(size=shape) * scale * (kind != "perfect")
    if kind in ("nan", "inf"):
        response.flat[0] = float(kind)
    if kind == "float32":
        with np.errstate(over="ignore"):
            response = response.astype(np.float32)
    compare({**NUMBERS, "max": make_scorer(metrics.max_error)}, GivenNumbers(response), y)


def labelled(random, n_samples, n_classes, kind):
    names = {
        "int": np.arange(n_classes),
        "gaps": np.arange(n_classes) * 7 - 3,
        "bool": np.array([False, True])[:n_classes],
        "float": np.arange(n_classes, dtype=float),
        "str": np.array(list("abcdefgh")[:n_classes]),
        "object": np.array(list("abcdefgh")[:n_classes], dtype=object),
    }[kind]
    true = random.integers(0, len(names), n_samples)
    proba = random.dirichlet(np.ones(len(names)), n_samples)
    decision = np.round(random.normal(size=n_samples), 1)  # with ties
    if len(names) > 2:
        decision = random.normal(size=(n_samples, len(names)))
    labels = np.where(
        random.random(n_samples) < 0.6, true, random.integers(0, len(names), n_samples)
    )
    return names[true], GivenClasses(names, names[labels], decision, proba)


@given(
    st.integers(1, 300),
    st.integers(2, 5),
    st.sampled_from(["int", "gaps", "bool", "float", "str", "object"]),
    st.sampled_from(["all", "true lacks one", "response lacks one", "one only", "unknown"]),
    st.integers(0, 2**32 - 1),
)
@example(3, 3, "int", "unknown", 630)  # a decision of two columns for two classes
@settings(max_examples=40, deadline=None)
def test_classes_agree(n_samples, n_classes, kind, missing, seed):
    y, estimator = labelled(np.random.default_rng(seed), n_samples, n_classes, kind)
    first, second = estimator.classes[:2]
    if missing == "true lacks one":
        y[y == first] = second
    elif missing == "response lacks one":
        estimator.labels[estimator.labels == first] = second
    elif missing == "one only":
        y[:], estimator.labels[:] = first, first
    elif missing == "unknown":
        assume(len(estimator.classes) > 2)
        estimator.classes_ = estimator.classes[:-1]
        estimator.proba, estimator.decision = estimator.proba[:, :-1], estimator.decision[:, :-1]
        estimator.labels[estimator.labels == estimator.classes[-1]] = first
    compare(CLASSES, estimator, y)
    compare(CLASSES, estimator, pd.Series(y))


@pytest.mark.parametrize("kind", ["int", "bool", "float"])
def test_two_classes_are_followed(kind):
    y, estimator = labelled(np.random.default_rng(0), 100, 2, kind)
    assert compare(CLASSES, estimator, y) == len(CLASSES) - 1


@pytest.mark.parametrize("kind", ["int", "str", "object"])
def test_several_classes_are_followed(kind):
    y, estimator = labelled(np.random.default_rng(0), 200, 4, kind)
    averaged = {name: CLASSES[name] for name in CLASSES if "_m" in name or "weighted" in name}
    more = {name: CLASSES[name] for name in ("accuracy", "balanced_accuracy", "neg_log_loss")}
    assert compare({**averaged, **more}, estimator, y) == len(averaged) + 3


def test_the_method_score_is_followed_where_nobody_changed_it():
    class Own(LogisticRegression):
        def score(self, X, y):
            return 3.0

    for estimator in (LogisticRegression(), Ridge()):
        assert fast_metric(check_scoring(estimator), estimator) is not None
    assert fast_metric(check_scoring(Own()), Own()) is None
    assert fast_metric(check_scoring(Ridge()), None) is None


def test_what_is_not_scikit_learns_is_not_followed():
    class Other(type(get_scorer("r2"))):
        pass

    r2 = get_scorer("r2")
    assert fast_metric(lambda e, X, y: 0.0) is None
    assert fast_metric(Other(r2._score_func, 1, {}, "predict")) is None
    assert fast_metric(make_scorer(lambda y, p: 0.0)) is None
    assert fast_metric(make_scorer(metrics.accuracy_score, normalize=False)) is None
    assert fast_metric(make_scorer(metrics.r2_score, multioutput="variance_weighted")) is None


def test_probabilities_that_do_not_sum_to_one_are_left_to_scikit_learn():
    y, estimator = labelled(np.random.default_rng(0), 60, 3, "int")
    estimator.proba = estimator.proba * 0.9
    assert fast_of(get_scorer("neg_log_loss"), estimator, y) is None
