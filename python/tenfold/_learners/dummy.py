"""Baselines that look at y alone: no row of X is copied, sorted or looked at for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.dummy import DummyClassifier

from tenfold import _versions
from tenfold._data.table import (
    ClassTable,
    Split,
    classes_of,
    feature_names_of,
    is_pandas,
    rows_of,
)
from tenfold._learners.responding import ClassProbabilities, Responding
from tenfold._learners.seeds import Seed, seed_of_number
from tenfold._learners.specs import Numbered
from tenfold._learners.weights import SampleWeight, of_splits
from tenfold._refusal import Refusal

NAME = "dummy"
AFTER_TRANSFORMERS = False
LEARNERS: tuple[type, ...] = (DummyClassifier,)
EXTRAS: frozenset[str] = frozenset()
# Nothing is drawn.
_NOTHING = seed_of_number(0)
_STRATEGIES = ("prior", "most_frequent")


class _Labels(ClassTable):
    """X that is never read, and its y as class codes."""

    def __init__(self, engine: Any, X: Any, y: Any) -> None:
        super().__init__()
        if not (type(X) is np.ndarray and X.ndim == 2) and not is_pandas(X, "DataFrame"):
            raise Refusal(f"X is a {type(X).__name__}, or not two-dimensional")
        if not min(X.shape):
            raise Refusal("X is empty")
        self.X, self.y = X, y
        self.n_rows, self.n_columns = X.shape
        self.feature_names = feature_names_of(X)
        self.classes, self.codes = classes_of(y)
        self.n_responses = len(self.classes)
        if len(self.codes) != self.n_rows:
            raise Refusal("X and y differ in length")
        try:
            self.store = engine.target_dataset(self.codes, self.n_columns, self.n_responses)
        except ValueError as error:
            raise Refusal(f"beyond the engine's limits: {error}") from error

    def _checked_split(self, train: Any, test: Any) -> Split:
        return self.split_of_classes(rows_of(train, self.n_rows), rows_of(test, self.n_rows))


@dataclass(frozen=True)
class DummyArguments:
    """The arguments of the engine's DummySpec."""

    strategy: str

    @staticmethod
    def engine_learner(engine: Any, specs: Numbered, seeds: list[Any], of_splits: Any) -> Any:
        """The engine's learner of these specs."""
        return engine.dummy_learner([engine.DummySpec(**vars(one)) for one, _ in specs])


@dataclass(frozen=True, slots=True)
class DummyCandidate:
    """One candidate's parameters, checked; nothing is drawn for it."""

    arguments: DummyArguments
    seed: Seed

    def source(self, seed: Seed) -> Seed:
        """What nothing is drawn from."""
        return seed

    def row_weights(self, sample_weight: SampleWeight | None) -> None:
        """All rows are alike; raises Refusal where they are not."""
        if sample_weight is not None:
            raise Refusal("sample_weight has no native form with a baseline")

    def check_rows(self, table: Any, rows: Any, *, responds: bool) -> None:
        """Whatever rows there are, they will do."""

    def spec(
        self, n_rows: int, n_columns: int, table: Any, weights: Any = None, of_rows: Any = None
    ) -> DummyArguments:
        """What the engine is given, whatever the split."""
        return self.arguments


def checked_extras(estimator: Any, extras: set[str]) -> None:
    """Refuse an estimator whose ``__dict__`` holds what no fresh clone of it would."""
    if extras:
        raise Refusal("the estimator carries more than its parameters")


def candidate_of(learner: type, parameters: Mapping[str, Any]) -> DummyCandidate:
    """Check one candidate's parameters; raises Refusal where scikit-learn must run it."""
    given = dict(parameters)
    strategy = given.pop("strategy")
    if strategy not in _STRATEGIES:
        raise Refusal(f"strategy={strategy!r} has no native form")
    if given.pop("constant") is not None:
        raise Refusal("a constant has no native form")
    given.pop("random_state")
    if given:
        raise Refusal(f"{sorted(given)[0]} is a parameter that tenfold does not know")
    return DummyCandidate(DummyArguments(strategy), _NOTHING)


def scores_accuracy(candidate: DummyCandidate) -> bool:
    """Whether the estimator's own score is accuracy."""
    return True


class _Shares(ClassProbabilities):
    """The same for every row, whatever it holds."""

    def _native_responses(self, X: Any) -> NDArray[np.float64] | None:
        result = self._native_result()
        if result is None or result.test is None:
            return None
        columns = result.table.response_columns(result.split)
        return np.repeat(result.test[:1, columns], _versions.num_samples(X), axis=0)

    def _become_fitted(self, result: Any) -> None:
        super()._become_fitted(result)
        self.sparse_output_ = False


def responding(learner: type) -> type[Responding]:
    """How stand-ins of a class answer."""
    return _Shares


def table_of(
    session: Any, engine: Any, X: Any, y: Any, candidate: DummyCandidate, weights: Any
) -> Any:
    """The targets alone."""
    return session.table(_Labels, engine, X, y)


def seed_arrays(specs: Numbered, sources: list[Seed]) -> list[Any]:
    """Nothing is drawn."""
    return [None] * len(sources)


__all__ = [
    "EXTRAS",
    "LEARNERS",
    "NAME",
    "candidate_of",
    "checked_extras",
    "of_splits",
    "seed_arrays",
    "seed_of_number",
]
