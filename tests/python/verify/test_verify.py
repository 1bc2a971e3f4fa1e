"""``verify`` finds what is wrong with a search's scores, and nothing where nothing is wrong."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats
from sklearn import model_selection
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.decomposition import PCA
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import ShuffleSplit
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

import tenfold
from tenfold._sharing.rules import rules
from tenfold._verify.verify import permutation_test

from .. import data_sets

SEEDED = RandomForestClassifier(n_estimators=4, random_state=0)
FREE = RandomForestClassifier(n_estimators=4)
GRID = {"n_estimators": [2, 4], "max_depth": [2, None], "max_features": [1, 2]}


class Guess(ClassifierMixin, BaseEstimator):
    """Guesses by NumPy's global generator, or by a seed."""

    def __init__(self, random_state: Any = None) -> None:
        self.random_state = random_state

    def fit(self, X: Any, y: Any) -> Guess:
        self.classes_ = np.unique(y)
        return self

    def predict(self, X: Any) -> Any:
        generator = np.random.mtrand._rand
        if self.random_state is not None:
            generator = np.random.RandomState(self.random_state)
        return generator.choice(self.classes_, len(X))


@pytest.mark.smoke
def test_seeded_scores_are_equal() -> None:
    X, y = data_sets.iris()
    search = tenfold.GridSearchCV(SEEDED, GRID, cv=3, return_train_score=True).fit(X, y)
    report = tenfold.verify(search, X, y, n_candidates=3)
    assert report.ok
    assert len(set(report.candidates)) == 3
    assert report.n_equal == report.n_compared == 3 * 3 * 2  # candidates, splits, test and train
    assert str(report).startswith("ok: 3 of 8 candidates")
    assert "18 of 18 scores equal to the last bit" in report._repr_html_()


@pytest.mark.smoke
def test_a_score_that_is_off_by_one_bit_is_found() -> None:
    X, y = data_sets.iris()
    search = tenfold.GridSearchCV(SEEDED, GRID, cv=3).fit(X, y)
    scores = search.cv_results_["split1_test_score"]
    scores[5] = np.nextafter(scores[5], 0)
    report = tenfold.verify(search, X, y, n_candidates=100)
    assert not report.ok
    assert [one.candidate for one in report.comparisons if not report.holds(one)] == [5]
    assert report.n_equal == report.n_compared - 1
    assert str(report).startswith("NOT as promised")


@pytest.mark.smoke
def test_free_scores_are_compared_in_distribution() -> None:
    X, y = data_sets.digits(300)
    np.random.seed(0)
    search = tenfold.GridSearchCV(FREE, GRID, cv=4).fit(X, y)
    report = tenfold.verify(search, X, y, n_candidates=3)
    assert report.ok
    assert report.n_compared == 0
    assert len([one.p_value for one in report.comparisons if one.p_value is not None]) == 3
    assert "no single score is claimed to be equal" in str(report)


@pytest.mark.smoke
def test_free_scores_of_another_candidate_are_found() -> None:
    X, y = data_sets.digits(300)
    np.random.seed(0)
    search = tenfold.GridSearchCV(FREE, {"max_depth": [1, None]}, cv=4).fit(X, y)
    for split in range(4):
        scores = search.cv_results_[f"split{split}_test_score"]
        scores[:] = scores[::-1].copy()
    report = tenfold.verify(search, X, y)
    assert not report.ok
    assert not any(map(report.holds, report.comparisons))


def test_too_few_fits_for_any_fault_to_show_are_said_to_be() -> None:
    X, y = data_sets.iris()
    search = tenfold.GridSearchCV(FREE, {"max_depth": [1, None]}, cv=2).fit(X, y)
    assert "raise n_repeats" in str(tenfold.verify(search, X, y, n_repeats=2))


@pytest.mark.smoke
@pytest.mark.parametrize(
    ("estimator", "grid"),
    [
        (SVC(), {"C": [0.1, 1.0]}),
        (LogisticRegression(max_iter=500), {"C": [0.1, 1.0]}),  # without a seed, not random
        (DecisionTreeClassifier(random_state=0, class_weight="balanced"), {"max_depth": [2, 3]}),
        (ExtraTreesClassifier(3, random_state=np.random.RandomState(3)), {"max_depth": [2, 3]}),
        (Guess(random_state=0), {"random_state": [1, 2]}),
    ],
)
def test_what_is_not_random_is_compared_to_the_last_bit(estimator: Any, grid: Any) -> None:
    X, y = data_sets.iris()
    search = tenfold.GridSearchCV(estimator, grid, cv=3).fit(X, y)
    report = tenfold.verify(search, X, y)
    assert report.ok
    assert report.n_equal == report.n_compared == 6


def test_a_learner_of_scikit_learns_side_that_is_random() -> None:
    X, y = data_sets.iris()
    search = tenfold.GridSearchCV(Guess(), {"random_state": [None]}, cv=3).fit(X, y)
    report = tenfold.verify(search, X, y)
    assert report.ok
    assert [one.contract for one in report.comparisons] == ["equal in distribution"]


def test_pipelines() -> None:
    X, y = data_sets.wine()
    pipeline = make_pipeline(StandardScaler(), PCA(3), SVC())
    grid = [{"svc": [SEEDED], "svc__max_depth": [1, None]}, {"svc__C": [1.0, 2.0]}]
    search = tenfold.GridSearchCV(pipeline, grid, cv=3)
    # No path, so that something is left to scikit-learn.
    with tenfold.config_context(disabled_rules=[one for one in rules() if "vector" in one]):
        search.fit(X, y)
        report = tenfold.verify(search, X, y)
    assert report.ok
    assert report.n_equal == 4 * 3
    assert sorted({one.contract for one in report.comparisons}) == ["bit-equal", "scikit-learn"]


def test_several_scorers_and_fit_parameters() -> None:
    X, y = data_sets.iris()
    scoring = ["accuracy", "neg_log_loss"]
    search = tenfold.GridSearchCV(SEEDED, GRID, cv=3, scoring=scoring, refit=False)
    weights = np.linspace(0.1, 1.0, len(y))
    search.fit(X, y, sample_weight=weights)
    assert tenfold.verify(search, X, y, 2, sample_weight=weights).ok
    assert not tenfold.verify(search, X, y, 2).ok


@pytest.mark.parametrize("kind", ["HalvingGridSearchCV", "HalvingRandomSearchCV"])
def test_halving(kind: str) -> None:
    X, y = data_sets.continuous()
    grid = {"max_depth": [1, 2, 3, 4, 5, None]}
    search = getattr(tenfold, kind)(SEEDED, grid, cv=3, random_state=0)
    if kind == "HalvingRandomSearchCV":
        search.set_params(n_candidates=5)
    search.fit(X, y)
    report = tenfold.verify(search, X, y, n_candidates=50)
    assert report.ok
    assert set(report.candidates) == set(np.flatnonzero(search.cv_results_["iter"] == 0))


def test_random_candidates_drawn_without_a_seed() -> None:
    X, y = data_sets.iris()
    distributions = {"max_features": stats.uniform(0.2, 0.8)}
    search = tenfold.RandomizedSearchCV(SEEDED, distributions, n_iter=4, cv=3).fit(X, y)
    assert tenfold.verify(search, X, y).ok


@pytest.mark.smoke
def test_searches_of_scikit_learns_own() -> None:
    X, y = data_sets.iris()
    search = model_selection.GridSearchCV(SEEDED, GRID, cv=3).fit(X, y)
    assert tenfold.verify(search, X, y).ok
    search.cv_results_["split0_test_score"][:] = 0.123
    assert not tenfold.verify(search, X, y).ok


@pytest.mark.smoke
def test_splits_that_cannot_be_had_again_are_said_to_be() -> None:
    X, y = data_sets.iris()
    search = tenfold.GridSearchCV(SEEDED, GRID, cv=ShuffleSplit(3)).fit(X, y)
    report = tenfold.verify(search, X, y)
    assert not report.ok
    assert not report.comparisons
    assert "not the splits that the search was fitted on" in str(report)
    assert tenfold.verify(search, X[:100], y[:100]).problem is not None


@pytest.mark.smoke
def test_the_same_sample_for_the_same_seed_and_nothing_is_touched() -> None:
    X, y = data_sets.iris()
    search = tenfold.GridSearchCV(FREE, GRID, cv=3).fit(X, y)
    before = {name: repr(value) for name, value in vars(search).items() if name != "_record"}
    state = np.random.get_state()[1].copy()
    first = tenfold.verify(search, X, y, 2, random_state=5, n_repeats=2)
    assert tenfold.verify(search, X, y, 2, random_state=5, n_repeats=2) == first
    others = {
        tenfold.verify(search, X, y, 2, random_state=s, n_repeats=1).candidates for s in range(5)
    }
    assert len(others) > 1
    np.testing.assert_array_equal(np.random.get_state()[1], state)
    after = {name: repr(value) for name, value in vars(search).items() if name != "_record"}
    assert after == before


@pytest.mark.smoke
def test_errors() -> None:
    X, y = data_sets.iris()
    search = tenfold.GridSearchCV(SEEDED, GRID, cv=3)
    with pytest.raises(NotFittedError, match="GridSearchCV instance is not fitted yet"):
        tenfold.verify(search, X, y)
    with pytest.raises(TypeError, match=r"hyper-parameter search.*got SVC"):
        tenfold.verify(SVC(), X, y)
    search.fit(X, y)
    for wrong in (0, -1, 2.5, "5", True, None):
        with pytest.raises(ValueError, match="n_candidates must be a whole number of at least 1"):
            tenfold.verify(search, X, y, n_candidates=wrong)
        with pytest.raises(ValueError, match="n_repeats must be"):
            tenfold.verify(search, X, y, n_repeats=wrong)


def test_p_values_are_uniform_where_nothing_is_wrong_and_small_where_something_is() -> None:
    generator = np.random.RandomState(0)
    level, n_tests = 0.05, 400

    def share_below(shift: float) -> float:
        p_values = []
        for _ in range(n_tests):
            scores = generator.binomial(50, 0.8, (6, 4)) / 50  # with ties
            p_values.append(permutation_test(scores[0] + shift, scores[1:], generator)[0])
        return float(np.mean(np.array(p_values) <= level))

    assert share_below(0.0) <= level + 3 * np.sqrt(level * (1 - level) / n_tests)
    assert share_below(0.15) > 0.9


def test_permutation_test_with_many_splits_draws_permutations() -> None:
    generator = np.random.RandomState(0)
    theirs = generator.rand(9, 10)
    p_value, smallest = permutation_test(theirs.max(axis=0) + 1, theirs, generator)
    assert p_value == smallest < 1e-3
    assert permutation_test(np.ones(10), np.ones((9, 10)), generator)[0] == 1.0
