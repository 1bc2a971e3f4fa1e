"""Trees that are grown in scikit-learn's order of samples: regression trees and forests.

Sums of real targets depend on the order in which samples are added, hence on the sort inside scikit-learn's
splitters. That sort changed with 1.9, and 1.9's is the one that the engine reproduces.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sklearn.ensemble import ExtraTreesRegressor, RandomForestRegressor
from sklearn.tree import DecisionTreeRegressor, ExtraTreeRegressor

from tenfold import _versions
from tenfold._learners.trees import (
    EXTRAS as FOREST_EXTRAS,
)
from tenfold._learners.trees import (
    UNLIMITED,
    Seed,
    Source,
    bootstrap_rows,
    n_features,
    n_rows_of,
    seed_arrays,
    seed_of,
    seed_of_number,
)
from tenfold._refusal import Refusal

_SINGLE_TREES = (DecisionTreeRegressor, ExtraTreeRegressor)
_TREE_OF_FOREST = {
    RandomForestRegressor: DecisionTreeRegressor,
    ExtraTreesRegressor: ExtraTreeRegressor,
}
NAME = "ordered forest"
SCORES_ACCURACY = False
AFTER_TRANSFORMERS = False
LEARNERS: tuple[type, ...] = (*_SINGLE_TREES, *_TREE_OF_FOREST)
# What sits in a fresh estimator's __dict__ beside its parameters; its class weight is no parameter.
EXTRAS = FOREST_EXTRAS | {"class_weight"}
# Parameters that the engine has no part in yet, with the one value that means "not used".
_MUST_BE_UNUSED: dict[str, Any] = {"monotonic_cst": None, "oob_score": False, "ccp_alpha": 0.0}
_WITHOUT_EFFECT = frozenset({"n_jobs", "warm_start"})
# The release whose sort of samples the engine reproduces.
_VERSION = (1, 9)


class OrderedArguments(NamedTuple):
    """The arguments of the engine's OrderedForestSpec but for its seed source."""

    splitter: str
    criterion: str
    n_estimators: int
    max_features: int
    max_depth: int
    min_samples_split: int
    min_samples_leaf: int
    min_weight_leaf: float
    min_impurity_decrease: float
    max_leaf_nodes: int  # 0: no limit
    bootstrap: bool
    max_samples: int
    weighting: str = "none"
    weights: int = -1

    def engine_spec(self, engine: Any, seed_source: int) -> Any:
        """The engine's spec."""
        return engine.OrderedForestSpec(**self._asdict(), seed_source=seed_source)


@dataclass(frozen=True, slots=True)
class OrderedCandidate:
    """One candidate's parameters, checked; resolved for a split by :meth:`spec`."""

    is_forest: bool
    takes_missing: bool
    splitter: str
    criterion: str
    n_estimators: int
    max_features: Any
    max_depth: int
    min_samples_split: Any
    min_samples_leaf: Any
    min_weight_fraction_leaf: float
    min_impurity_decrease: float
    max_leaf_nodes: int
    bootstrap: bool
    max_samples: Any
    seed: Seed | None

    def source(self, seed: Seed) -> Source:
        """What the engine's seed source is made of."""
        return Source(seed, self.is_forest)

    def spec(self, n_rows: int, n_columns: int) -> OrderedArguments:
        """What the tree builder is given for this many training rows and columns."""
        min_samples_leaf = n_rows_of(self.min_samples_leaf, n_rows, 1)
        min_samples_split = n_rows_of(self.min_samples_split, n_rows, 2)
        drawn = bootstrap_rows(self.max_samples, n_rows) if self.bootstrap else n_rows
        return OrderedArguments(
            splitter=self.splitter,
            criterion=self.criterion,
            n_estimators=self.n_estimators,
            max_features=n_features(self.max_features, n_columns),
            max_depth=self.max_depth,
            min_samples_split=min(max(min_samples_split, 2 * min_samples_leaf), UNLIMITED),
            min_samples_leaf=min(min_samples_leaf, UNLIMITED),
            min_weight_leaf=self.min_weight_fraction_leaf * drawn,
            min_impurity_decrease=self.min_impurity_decrease,
            max_leaf_nodes=self.max_leaf_nodes,
            bootstrap=self.bootstrap,
            max_samples=drawn if self.bootstrap else 0,
        )


def checked_extras(estimator: Any, extras: set[str]) -> None:
    """Refuse an estimator whose ``__dict__`` holds what no fresh clone of it would."""
    # scikit-learn's trees and forests for regression have a class weight that is no parameter.
    if extras and vars(estimator).get("class_weight") is None:
        extras = extras - {"class_weight"}
    tree_class = _TREE_OF_FOREST.get(type(estimator))
    if tree_class is not None:
        extras = extras - FOREST_EXTRAS
        if type(getattr(estimator, "estimator", None)) is not tree_class:
            raise Refusal("the forest's base estimator is not scikit-learn's")
    if extras:
        raise Refusal("the estimator carries more than its parameters")


def candidate_of(learner: type, parameters: Mapping[str, Any]) -> OrderedCandidate:
    """Check one candidate's parameters; raises Refusal where scikit-learn must run it."""
    if _versions.version_tuple(_versions.SKLEARN_VERSION) != _VERSION:
        raise Refusal("regression trees are native with scikit-learn 1.9 alone")
    given = dict(parameters)
    for name, unused in _MUST_BE_UNUSED.items():
        if name in given and given.pop(name) != unused:
            raise Refusal(f"{name} has no native form yet for regression")
    if given.pop("verbose", 0):
        raise Refusal("the estimator is verbose")
    for name in _WITHOUT_EFFECT:
        given.pop(name, None)
    criterion = given.pop("criterion")
    if criterion != "squared_error":
        raise Refusal(f"criterion={criterion!r} has no native form yet")
    splitter = given.pop("splitter", "random" if learner is ExtraTreesRegressor else "best")
    if not isinstance(splitter, str):
        raise Refusal("splitter is an object of the user's")
    bootstrap = bool(given.pop("bootstrap", False))
    max_samples = given.pop("max_samples", None)
    if max_samples is not None and not bootstrap:
        raise Refusal("max_samples without bootstrap")
    max_depth = given.pop("max_depth")
    max_leaf_nodes = given.pop("max_leaf_nodes")
    candidate = OrderedCandidate(
        is_forest=learner not in _SINGLE_TREES,
        # An extra tree's thresholds are drawn; asked for the best ones, it refuses missing values.
        takes_missing=learner is not ExtraTreeRegressor or splitter == "random",
        splitter=splitter,
        criterion=criterion,
        n_estimators=int(given.pop("n_estimators", 1)),
        max_features=given.pop("max_features"),
        max_depth=UNLIMITED if max_depth is None else min(int(max_depth), UNLIMITED),
        min_samples_split=given.pop("min_samples_split"),
        min_samples_leaf=given.pop("min_samples_leaf"),
        min_weight_fraction_leaf=float(given.pop("min_weight_fraction_leaf")),
        min_impurity_decrease=float(given.pop("min_impurity_decrease")),
        max_leaf_nodes=0 if max_leaf_nodes is None else min(int(max_leaf_nodes), UNLIMITED),
        bootstrap=bootstrap,
        max_samples=max_samples,
        seed=seed_of(given.pop("random_state")),
    )
    if given:
        raise Refusal(f"{sorted(given)[0]} is a parameter that tenfold does not know")
    return candidate


def table_of(session: Any, engine: Any, X: Any, y: Any, candidate: OrderedCandidate) -> Any:
    """Ranks of X, which may be missing, and y as real numbers."""
    table = session.ordered_table(engine, X, y)
    if table.has_missing and not candidate.takes_missing:
        raise Refusal("X has missing values, which scikit-learn refuses for this learner")
    return table


def refuse_on_spark(candidate: OrderedCandidate) -> None:
    """Refuse: executors are sent the other learner's data alone."""
    raise Refusal("regression trees are native on one machine alone, for now")


def engine_learner(
    engine: Any,
    specs: list[tuple[OrderedArguments, int]],
    seeds: list[Any],
    probabilities: Sequence[Sequence[Any]] = (),
) -> Any:
    """The engine's learner of these specs."""
    return engine.ordered_forest_learner(
        [arguments.engine_spec(engine, source) for arguments, source in specs],
        [engine.SeedSource(tree_seeds, state) for tree_seeds, state in seeds],
        [],
    )


__all__ = [
    "EXTRAS",
    "LEARNERS",
    "NAME",
    "candidate_of",
    "checked_extras",
    "engine_learner",
    "seed_arrays",
    "seed_of_number",
]
