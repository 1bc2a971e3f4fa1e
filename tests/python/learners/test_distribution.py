"""Without ``random_state``, each candidate's scores are distributed as scikit-learn's.

Searches are repeated, with tenfold and with scikit-learn, and every candidate's mean scores are compared by
two tests: of the means (Welch's), and of the whole distribution (Kolmogorov and Smirnov's). NumPy's global
generator is seeded, so these tests give the same answer every time.

Power: forests of a few trees on 200 rows are noisy on purpose, so that every tree counts: mean scores of
about 0.6 vary by 0.03 to 0.06 from search to search. With the repeats below, a shift of any candidate's mean
by 0.06 is found with a probability of 0.99 or more (:func:`test_power` computes it). Rules that are wrong by
one step only, a depth limit off by one or a forest one tree short, are found.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats
from sklearn import model_selection
from sklearn.base import clone
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.model_selection import ParameterGrid
from sklearn.tree import DecisionTreeClassifier

import tenfold

from .. import data_sets

N_SKLEARN = 60
N_TENFOLD = 250
# A false alarm in one of a thousand tests, each over all candidates.
LEVEL = 1e-3
# By learner: a grid that the pruning rule reads off few trees.
GRIDS: dict[str, tuple[Any, dict[str, Any]]] = {
    "forest": (
        RandomForestClassifier(),
        {"n_estimators": [2, 4], "max_depth": [3, None], "min_samples_split": [2, 30]},
    ),
    "extra trees": (
        ExtraTreesClassifier(n_estimators=3),
        {"max_depth": [4, None], "min_impurity_decrease": [0.0, 0.02], "min_samples_leaf": [1, 4]},
    ),
    "tree": (
        DecisionTreeClassifier(max_features="sqrt"),
        {"max_depth": [2, 5, None], "ccp_alpha": [0.0, 0.01], "criterion": ["gini", "entropy"]},
    ),
}


def data() -> Any:
    return data_sets.digits(200)


def repeated(search_class: Any, estimator: Any, grid: Any, n_repeats: int) -> NDArray[np.float64]:
    """Mean test scores, (repeat, candidate), of searches fitted one after another."""
    X, y = data()
    np.random.seed(7)
    search = search_class(estimator, grid, cv=2, refit=False)
    return np.array(
        [clone(search).fit(X, y).cv_results_["mean_test_score"] for _ in range(n_repeats)]
    )


@pytest.fixture(scope="module")
def sklearn_scores() -> dict[str, NDArray[np.float64]]:
    return {name: repeated(model_selection.GridSearchCV, *GRIDS[name], N_SKLEARN) for name in GRIDS}


def smallest_p_values(
    ours: NDArray[np.float64], theirs: NDArray[np.float64]
) -> tuple[float, float]:
    """Of means and of distributions: the least over candidates, times the number of candidates."""
    of_means = stats.ttest_ind(ours, theirs, equal_var=False).pvalue
    of_all = [stats.ks_2samp(a, b).pvalue for a, b in zip(ours.T, theirs.T, strict=True)]
    n_candidates = ours.shape[1]
    return float(np.min(of_means) * n_candidates), float(np.min(of_all) * n_candidates)


def is_found_wrong(ours: NDArray[np.float64], theirs: NDArray[np.float64]) -> bool:
    return min(smallest_p_values(ours, theirs)) < LEVEL


def with_value(grid: dict[str, Any], name: str, wrong: Any) -> dict[str, Any]:
    """The grid with its first value of a parameter replaced: what a wrong reading would give."""
    return {**grid, name: [wrong, *grid[name][1:]]}


@pytest.mark.slow
@pytest.mark.parametrize("name", GRIDS)
def test_mean_scores_are_distributed_as_scikit_learns(
    sklearn_scores: dict[str, NDArray[np.float64]], name: str
) -> None:
    estimator, grid = GRIDS[name]
    plan = tenfold.GridSearchCV(estimator, grid, cv=2).explain(*data())
    assert {family.contract for family in plan.families} == {"equal in distribution"}
    assert plan.rules.keys() & {"pruning", "cost complexity"}
    assert plan.n_fits_done < plan.n_fits_asked / 2
    ours = repeated(tenfold.GridSearchCV, estimator, grid, N_TENFOLD)
    of_means, of_all = smallest_p_values(ours, sklearn_scores[name])
    assert of_means >= LEVEL
    assert of_all >= LEVEL


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "parameter", "wrong"),
    [
        ("forest", "max_depth", 4),  # instead of 3: read off the wrong member
        ("forest", "n_estimators", 1),  # instead of 2: one tree short
        ("extra trees", "max_depth", 3),
        ("tree", "max_depth", 3),
    ],
)
def test_a_wrong_rule_is_found(
    sklearn_scores: dict[str, NDArray[np.float64]], name: str, parameter: str, wrong: Any
) -> None:
    estimator, grid = GRIDS[name]
    tampered = with_value(grid, parameter, wrong)
    assert [len(values) for values in tampered.values()] == [len(v) for v in grid.values()]
    ours = repeated(tenfold.GridSearchCV, estimator, tampered, N_TENFOLD)
    assert is_found_wrong(ours, sklearn_scores[name])


@pytest.mark.slow
@pytest.mark.parametrize("name", GRIDS)
def test_power(sklearn_scores: dict[str, NDArray[np.float64]], name: str) -> None:
    theirs = sklearn_scores[name]
    n_candidates = theirs.shape[1]
    # Welch's test, near enough normal: the shift that is found with probability 0.99.
    error = theirs.std(axis=0, ddof=1) * np.sqrt(1 / N_SKLEARN + 1 / N_TENFOLD)
    needed = stats.norm.isf(LEVEL / n_candidates / 2) + stats.norm.isf(0.01)
    assert (needed * error).max() < 0.06


@pytest.mark.slow
def test_candidates_share_their_trees_but_searches_do_not() -> None:
    """Sharper comparisons: scores of candidates go up and down together; those of two searches do not."""
    estimator, grid = RandomForestClassifier(n_estimators=4), {"max_depth": [8, None]}
    ours = repeated(tenfold.GridSearchCV, estimator, grid, 200)
    assert np.corrcoef(ours.T)[0, 1] > 0.5
    assert abs(np.corrcoef(ours[:-1, 0], ours[1:, 0])[0, 1]) < 0.25


@pytest.mark.smoke
@pytest.mark.parametrize("name", GRIDS)
def test_numpys_seed_makes_runs_repeatable_whatever_the_threads(name: str) -> None:
    estimator, grid = GRIDS[name]
    X, y = data()

    def scores(seed: int, n_jobs: int) -> NDArray[np.float64]:
        np.random.seed(seed)
        search = tenfold.GridSearchCV(estimator, grid, cv=3, n_jobs=n_jobs).fit(X, y)
        return np.array([search.cv_results_[f"split{split}_test_score"] for split in range(3)])

    first = scores(0, 1)
    for n_jobs in (1, 2, 3, 7):
        np.testing.assert_array_equal(scores(0, n_jobs), first)
    assert (scores(1, 1) != first).any()


@pytest.mark.smoke
def test_two_searches_in_a_row_differ() -> None:
    X, y = data()
    np.random.seed(0)
    search = tenfold.GridSearchCV(*GRIDS["forest"], cv=3)
    first = search.fit(X, y).cv_results_["mean_test_score"].copy()
    assert (search.fit(X, y).cv_results_["mean_test_score"] != first).any()


def test_scores_do_not_depend_on_the_order_of_candidates() -> None:
    estimator, grid = GRIDS["forest"]
    X, y = data()
    candidates = [{name: [value] for name, value in one.items()} for one in ParameterGrid(grid)]

    def by_candidate(grids: list[Any]) -> dict[str, float]:
        np.random.seed(5)
        results = tenfold.GridSearchCV(estimator, grids, cv=3).fit(X, y).cv_results_
        parameters = [str(sorted(one.items())) for one in results["params"]]
        return dict(zip(parameters, results["mean_test_score"], strict=True))

    assert by_candidate(candidates) == by_candidate(candidates[::-1])
