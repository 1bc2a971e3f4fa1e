"""Checking a fitted search against scikit-learn: a sample of its cells is fitted again, by scikit-learn.

The cells are those that scikit-learn's own ``fit`` of the search makes (see ``_explain.py``), so splits,
scorers and fit parameters are the search's. What may be said of a score depends on its contract: a score
that must be equal is compared to the last bit; one that is equal in distribution is compared with several
fits of scikit-learn's, by a permutation test.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from numbers import Integral
from typing import Any

import joblib
import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.utils import check_random_state

from tenfold._dropin.explain import planned
from tenfold._gather.calls import Call
from tenfold._plan.families import IN_DISTRIBUTION, NATIVE
from tenfold._plan.part import SplitSize
from tenfold._plan.plan import Plan, plan_of
from tenfold._plan.record import Record
from tenfold._verify.report import Comparison, Verification

_MOST_PERMUTATIONS = 20_000


def verify(
    search: Any,
    X: Any,
    y: Any = None,
    n_candidates: int = 5,
    random_state: Any = 0,
    *,
    n_repeats: int = 9,
    **params: Any,
) -> Verification:
    """Fit a random sample of a search's candidates again with scikit-learn, and compare the scores.

    Parameters
    ----------
    search : a fitted search, of tenfold's classes or of scikit-learn's
    X : array-like of shape (n_samples, n_features)
    y : array-like of shape (n_samples,), optional
        The data that the search was fitted on.
    n_candidates : int, default=5
        How many candidates to draw, each with all its splits; all of them where there are fewer.
    random_state : int, RandomState instance or None, default=0
        Draws the candidates, and seeds what scikit-learn fits without a seed.
    n_repeats : int, default=9
        Fits a cell by scikit-learn, where scores are equal in distribution only.
    **params
        What ``fit`` was given besides.

    Returns
    -------
    report : Verification
        Its ``ok`` says whether every comparison went as the contract has it; printed it says all of it.
        NumPy's global generator and the search are left as they were.

    Raises
    ------
    NotFittedError
        Where the search is not fitted.
    ValueError
        Where ``n_candidates`` or ``n_repeats`` is not a whole number of at least 1.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> import tenfold
    >>> X, y = load_iris(return_X_y=True)
    >>> grid = {"n_estimators": [5, 10], "max_depth": [2, None]}
    >>> search = tenfold.GridSearchCV(RandomForestClassifier(random_state=0), grid, cv=3).fit(X, y)
    >>> report = tenfold.verify(search, X, y, n_candidates=2)
    >>> report.ok, report.n_equal
    (True, 6)
    """
    _check_count("n_candidates", n_candidates)
    _check_count("n_repeats", n_repeats)
    _check_fitted(search)
    generator = check_random_state(random_state)
    asked = planned(search, X, y, params)
    rows = _rows_of_first_iteration(search.cv_results_)
    chosen = np.sort(generator.choice(rows, min(n_candidates, len(rows)), replace=False)).tolist()
    problem = _problem(search, asked)
    with _scikit_learn_alone(int(generator.randint(np.iinfo(np.int32).max))):
        comparisons = [] if problem else _Refits(search, asked, n_repeats, generator).of(chosen)
    return Verification(
        comparisons=tuple(comparisons),
        candidates=tuple(chosen),
        parameters=tuple(search.cv_results_["params"][row] for row in chosen),
        n_all_candidates=len(search.cv_results_["params"]),
        n_repeats=n_repeats,
        problem=problem,
    )


def _check_count(name: str, value: Any) -> None:
    if not isinstance(value, Integral) or isinstance(value, bool) or value < 1:
        raise ValueError(f"{name} must be a whole number of at least 1, got {value!r}.")


def _check_fitted(search: Any) -> None:
    if not hasattr(search, "cv_results_"):
        name = type(search).__name__
        if not hasattr(search, "evaluate_candidates") and not hasattr(search, "_run_search"):
            raise TypeError(
                f"search must be a hyper-parameter search such as GridSearchCV, got {name}."
            )
        raise NotFittedError(f"This {name} instance is not fitted yet: call fit before verify.")


def _rows_of_first_iteration(results: dict[str, Any]) -> NDArray[np.intp]:
    """Rows of ``cv_results_`` to draw from: a halving search's later splits depend on its scores."""
    if "iter" in results:
        return np.flatnonzero(np.asarray(results["iter"]) == 0)
    return np.arange(len(results["params"]))


def _problem(search: Any, asked: Record) -> str | None:
    """Why nothing can be compared, if so."""
    fitted: Record | None = getattr(search, "_record", None)
    if fitted is not None and not _same_splits(fitted.parts[0].splits, asked.parts[0].splits):
        return (
            "these are not the splits that the search was fitted on: its splitter draws others each "
            "time (give it an int as random_state), or X and y are not the data of the fit"
        )
    return None


def _same_splits(ours: dict[int, SplitSize], theirs: dict[int, SplitSize]) -> bool:
    return ours == theirs


@contextmanager
def _scikit_learn_alone(seed: int) -> Iterator[None]:
    """No backend of ours, and NumPy's global generator seeded for as long."""
    state = np.random.get_state()
    np.random.seed(seed)
    try:
        with joblib.parallel_config(backend="threading"):
            yield
    finally:
        np.random.set_state(state)


class _Refits:
    """scikit-learn's own fits of a search's cells."""

    def __init__(self, search: Any, asked: Record, n_repeats: int, generator: Any) -> None:
        assert asked.request is not None
        self._results = search.cv_results_
        self._n_repeats = n_repeats
        self._generator = generator
        self._calls: dict[int, Call] = {}
        for call, (_, split) in zip(asked.request.calls, asked.parts[0].cells, strict=True):
            self._calls.setdefault(split, call)
        own = getattr(search, "_record", None)
        self._contracts = _contracts(plan_of(own or asked, search))

    def of(self, candidates: list[int]) -> list[Comparison]:
        """Compare these candidates, each by all its splits and scorers."""
        return [comparison for row in candidates for comparison in self._compare(row)]

    def _compare(self, row: int) -> list[Comparison]:
        first = [self._fit(row, split) for split in self._calls]
        names = list(first[0])
        contract = self._contracts.get(row, "")
        in_distribution = contract == IN_DISTRIBUTION
        if not in_distribution and self._is_unseeded(row):
            # scikit-learn's own code ran: a learner without a seed may still use no random numbers.
            in_distribution = any(
                not _equal(self._score(row, split, name), scores[name])
                for split, scores in zip(self._calls, first, strict=True)
                for name in names
            )
            contract = IN_DISTRIBUTION if in_distribution else contract
        repeats = [first]
        if in_distribution:
            for _ in range(self._n_repeats - 1):
                repeats.append([self._fit(row, split) for split in self._calls])
        return [self._comparison(row, name, contract, repeats, in_distribution) for name in names]

    def _comparison(
        self, row: int, name: str, contract: str, repeats: list[Any], in_distribution: bool
    ) -> Comparison:
        ours = np.array([self._score(row, split, name) for split in self._calls])
        theirs = np.array([[scores[name] for scores in repeat] for repeat in repeats])
        p_value, smallest = None, None
        if in_distribution:
            p_value, smallest = permutation_test(ours, theirs, self._generator)
        return Comparison(
            candidate=row,
            score=name,
            contract=contract,
            ours=tuple(ours.tolist()),
            theirs=tuple(theirs[0].tolist())
            if len(theirs) == 1
            else tuple(theirs.mean(0).tolist()),
            n_equal=int(sum(map(_equal, ours, theirs[0]))),
            p_value=p_value,
            smallest_p_value=smallest,
        )

    def _score(self, row: int, split: int, name: str) -> float:
        part, _, scorer = name.partition("_")
        return float(self._results[f"split{split}_{part}_{scorer}"][row])

    def _parameters(self, row: int) -> Any:
        return self._results["params"][row]

    def _is_unseeded(self, row: int) -> bool:
        call = next(iter(self._calls.values()))
        estimator = clone(call.args[0]).set_params(**clone(self._parameters(row), safe=False))
        return any(
            value is None and name.rpartition("__")[2] == "random_state"
            for name, value in estimator.get_params(deep=True).items()
        )

    def _fit(self, row: int, split: int) -> dict[str, float]:
        """Scores of one cell by scikit-learn's own function, by "test_..." and "train_..."."""
        call = self._calls[split]
        kwargs = {**call.kwargs, "parameters": self._parameters(row), "verbose": 0}
        if "callback_ctx" in kwargs:
            kwargs["callback_ctx"] = None
        result = call.function(clone(call.args[0]), *call.args[1:], **kwargs)
        scores: dict[str, float] = {}
        for part in ("test", "train"):
            found = result.get(f"{part}_scores")
            if isinstance(found, dict):
                scores.update((f"{part}_{name}", float(value)) for name, value in found.items())
            elif found is not None:
                scores[f"{part}_score"] = float(found)
        return scores


def _contracts(plan: Plan) -> dict[int, str]:
    """Per candidate, what may be said of its scores."""
    contracts: dict[int, str] = {}
    for family in plan.families:
        for candidate, _ in family.cells:
            if family.engine == NATIVE or candidate not in contracts:
                contracts[candidate] = family.contract
    return contracts


def _equal(a: float, b: float) -> bool:
    return bool(a == b or (np.isnan(a) and np.isnan(b)))


def permutation_test(
    ours: NDArray[np.float64], theirs: NDArray[np.float64], generator: Any
) -> tuple[float, float]:
    """Whether one score a split could be any of scikit-learn's; p-value, and the smallest there can be.

    If both have one distribution, our score of a split and scikit-learn's repeats of it are exchangeable,
    split by split. So which of them is ours is drawn anew, and the distance of the chosen ones from the
    others, summed over splits, is compared with the distance seen. Exact, ties included.

    Parameters
    ----------
    ours : ndarray of shape (n_splits,)
    theirs : ndarray of shape (n_repeats, n_splits)
    generator : RandomState
        Draws permutations where there are too many to go through.
    """
    scores = np.vstack([ours, theirs])
    scores = scores[:, ~np.isnan(scores).any(axis=0)]
    distances = scores - scores.mean(axis=0)
    n_draws, n_splits = distances.shape
    n_all = n_draws**n_splits
    if n_all <= _MOST_PERMUTATIONS:
        picks = np.array(list(itertools.product(range(n_draws), repeat=n_splits)), dtype=np.intp)
        picks = picks.reshape(n_all, n_splits)
    else:
        picks = generator.randint(n_draws, size=(_MOST_PERMUTATIONS, n_splits))
        picks[0] = 0  # what was seen is one of them
    sums = np.abs(distances[picks, np.arange(n_splits)].sum(axis=1))
    seen = abs(float(distances[0].sum()))
    return float(np.mean(sums >= seen - 1e-12)), 1.0 / len(picks)
