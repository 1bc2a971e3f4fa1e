"""Classification trees and forests: scikit-learn's parameters into what the tree builder uses.

The resolution of fractions, defaults and limits follows ``BaseDecisionTree._fit`` (sklearn/tree/_classes.py)
and ``BaseForest.fit`` (sklearn/ensemble/_forest.py), the same from 1.5 to 1.9 but for ``max_samples``, whose
resolution is asked of scikit-learn itself.
"""

from __future__ import annotations

import pickle
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from numbers import Integral
from typing import Any, NamedTuple

import numpy as np
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier, ExtraTreeClassifier
from sklearn.utils.class_weight import compute_sample_weight

from tenfold import _native, _versions
from tenfold._refusal import Refusal

UNLIMITED = 2**31 - 1
_SINGLE_TREES = (DecisionTreeClassifier, ExtraTreeClassifier)
_TREE_OF_FOREST = {
    RandomForestClassifier: DecisionTreeClassifier,
    ExtraTreesClassifier: ExtraTreeClassifier,
}
# What sits in a fresh forest's __dict__ beside its parameters.
EXTRAS = frozenset({"estimator", "estimator_params"})
# Parameters that the engine has no part in yet, with the one value that means "not used".
_MUST_BE_UNUSED: dict[str, Any] = {
    "monotonic_cst": None,
    "max_leaf_nodes": None,
    "oob_score": False,
}
# Parameters without a part in what is fitted.
_WITHOUT_EFFECT = frozenset({"n_jobs", "warm_start"})
_CRITERIA = {"gini": "gini", "entropy": "entropy", "log_loss": "entropy"}

NAME = "forest"
SCORES_ACCURACY = True
AFTER_TRANSFORMERS = True
# Where rows are drawn by probability any of them may be drawn every time: a row's draws have 16 bits.
MOST_WEIGHTED_DRAWS = 65_535
LEARNERS: tuple[type, ...] = (*_SINGLE_TREES, *_TREE_OF_FOREST)


class Seed(NamedTuple):
    """A ``random_state`` as data: an int, or the pickled state of a RandomState."""

    number: int | None
    state: bytes | None

    def tree_seeds(self, n_trees: int) -> np.ndarray[Any, np.dtype[np.uint32]]:
        """Seeds that a forest draws for its trees, one a tree in order."""
        generator = self._generator()
        return generator.randint(np.iinfo(np.int32).max, size=n_trees).astype(np.uint32)

    def splitter_state(self) -> int:
        """First number that a single tree's splitter draws."""
        return int(self._generator().randint(0, 0x7FFFFFFF))

    def _generator(self) -> np.random.RandomState:
        if self.state is not None:
            generator: np.random.RandomState = pickle.loads(self.state)
            return generator
        return np.random.RandomState(self.number)


class Source(NamedTuple):
    """A seed, and whether it is a forest's or a single tree's, which draw from it differently."""

    seed: Seed
    is_forest: bool

    def arrays(self, n_trees: int) -> tuple[np.ndarray[Any, np.dtype[np.uint32]], int | None]:
        """Seeds of so many trees and, of a single tree given a RandomState, its splitter's state."""
        if self.is_forest:
            return self.seed.tree_seeds(n_trees), None
        if self.seed.number is not None:
            return np.array([self.seed.number], dtype=np.uint32), None
        return np.zeros(1, dtype=np.uint32), self.seed.splitter_state()


class SpecArguments(NamedTuple):
    """The arguments of the engine's ForestSpec but for its seed source, in order."""

    splitter: str
    criterion: str
    n_estimators: int
    max_features: int
    max_depth: int
    min_samples_split: int
    min_samples_leaf: int
    min_weight_leaf: float
    min_impurity_decrease: float
    ccp_alpha: float
    bootstrap: bool
    max_samples: int
    drawn_by: int = -1

    def engine_spec(self, engine: Any, seed_source: int) -> Any:
        """The engine's spec."""
        return engine.ForestSpec(**self._asdict(), seed_source=seed_source)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One candidate's parameters, checked; resolved for a split by :meth:`spec`."""

    is_forest: bool
    splitter: str
    criterion: str
    n_estimators: int
    max_features: Any
    max_depth: int
    min_samples_split: Any
    min_samples_leaf: Any
    min_weight_fraction_leaf: float
    min_impurity_decrease: float
    ccp_alpha: float
    bootstrap: bool
    max_samples: Any
    seed: Seed | None
    class_weight: str | None = None  # what probabilities of the bootstrap follow from

    def source(self, seed: Seed) -> Source:
        """What the engine's seed source is made of."""
        return Source(seed, self.is_forest)

    def spec(self, n_rows: int, n_columns: int) -> SpecArguments:
        """What the tree builder is given for this many training rows and columns."""
        min_samples_leaf = n_rows_of(self.min_samples_leaf, n_rows, 1)
        min_samples_split = n_rows_of(self.min_samples_split, n_rows, 2)
        drawn = n_rows
        if self.bootstrap:
            most = most_draws(n_rows)
            if self.class_weight is not None:
                most = min(most, MOST_WEIGHTED_DRAWS)
            drawn = bootstrap_rows(self.max_samples, n_rows, most)
        return SpecArguments(
            splitter=self.splitter,
            criterion=self.criterion,
            n_estimators=self.n_estimators,
            max_features=n_features(self.max_features, n_columns),
            max_depth=self.max_depth,
            min_samples_split=min(max(min_samples_split, 2 * min_samples_leaf), UNLIMITED),
            min_samples_leaf=min(min_samples_leaf, UNLIMITED),
            # With bootstrap the weights are the counts of the rows drawn, which sum to that number.
            min_weight_leaf=self.min_weight_fraction_leaf * drawn,
            min_impurity_decrease=self.min_impurity_decrease,
            ccp_alpha=self.ccp_alpha,
            bootstrap=self.bootstrap,
            max_samples=drawn if self.bootstrap else 0,
        )


def bootstrap_rows(max_samples: Any, n_rows: int, most: int = UNLIMITED) -> int:
    """Rows that a forest draws for a tree; raises Refusal where scikit-learn would warn or refuse."""
    size = _versions.bootstrap_size(n_rows, max_samples)
    if size is None or size > most:
        raise Refusal(f"max_samples={max_samples!r} on {n_rows} rows")
    return size


def most_draws(n_rows: int) -> int:
    """The most draws from so many rows for which the engine's counts and weights are exact."""
    engine = _native.compiled()
    return 0 if engine is None else int(engine.largest_bootstrap(n_rows))


def n_rows_of(value: Any, n_rows: int, least: int) -> int:
    """A number of samples given as such or as a fraction of the training rows."""
    if isinstance(value, Integral):
        return int(value)
    count: int = ceil(value * n_rows)
    return max(least, count)


def n_features(value: Any, n_columns: int) -> int:
    """Features that a node draws, of so many."""
    if value is None:
        return n_columns
    if isinstance(value, str):
        function = np.sqrt if value == "sqrt" else np.log2
        return max(1, int(function(n_columns)))
    if isinstance(value, Integral):
        # The splitter stops at the last feature whatever is asked beyond it.
        return min(int(value), n_columns)
    return max(1, int(value * n_columns))


def checked_extras(estimator: Any, extras: set[str]) -> None:
    """Refuse an estimator whose ``__dict__`` holds what no fresh clone of it would."""
    tree_class = _TREE_OF_FOREST.get(type(estimator))
    if tree_class is None:
        unknown = extras
    else:
        unknown = extras - EXTRAS
        if type(getattr(estimator, "estimator", None)) is not tree_class:
            raise Refusal("the forest's base estimator is not scikit-learn's")
    if unknown:
        raise Refusal("the estimator carries more than its parameters")


def check_drawn_by_class(class_weight: Any, bootstrap: bool, max_samples: Any) -> None:
    """Refuse class weights but those that only say how likely a row is drawn, as 1.9 has it."""
    if class_weight != "balanced" or not bootstrap:
        raise Refusal("class_weight has a native form only as 'balanced', with bootstrap")
    if _versions.version_tuple(_versions.SKLEARN_VERSION) != (1, 9):
        raise Refusal("class_weight is native with scikit-learn 1.9 alone")
    if max_samples is not None and not isinstance(max_samples, Integral):
        raise Refusal("max_samples as a fraction of weights")


def probabilities_of(class_weight: str, labels: Any) -> np.ndarray[Any, np.dtype[np.float64]]:
    """What ``RandomState.choice`` looks its numbers up in, for the training rows of a split."""
    weights = compute_sample_weight(class_weight, labels)
    cumulative = (weights / np.sum(weights)).cumsum()
    return np.asarray(cumulative / cumulative[-1], dtype=np.float64)


def seed_of(random_state: Any) -> Seed | None:
    """A ``random_state`` as data; None where each fit draws from NumPy's global generator."""
    if random_state is None:
        return None
    if isinstance(random_state, Integral):
        return Seed(int(random_state), None)
    if type(random_state) is np.random.RandomState:
        return Seed(None, pickle.dumps(random_state))
    raise Refusal(f"random_state is a {type(random_state).__name__}")


def candidate_of(learner: type, parameters: Mapping[str, Any]) -> Candidate:
    """Check one candidate's parameters; raises Refusal where scikit-learn must run it."""
    given = dict(parameters)
    for name, unused in _MUST_BE_UNUSED.items():
        if name in given and given.pop(name) != unused:
            raise Refusal(f"{name} has no native form yet")
    if given.pop("verbose", 0):
        raise Refusal("the estimator is verbose")
    for name in _WITHOUT_EFFECT:
        given.pop(name, None)
    is_forest = learner not in _SINGLE_TREES
    class_weight = given.pop("class_weight", None)
    default_splitter = "random" if learner is ExtraTreesClassifier else "best"
    splitter = given.pop("splitter", default_splitter)
    criterion = given.pop("criterion")
    if not isinstance(criterion, str) or not isinstance(splitter, str):
        raise Refusal("criterion or splitter is an object of the user's")
    bootstrap = bool(given.pop("bootstrap", False))
    max_samples = given.pop("max_samples", None)
    if max_samples is not None and not bootstrap:
        raise Refusal("max_samples without bootstrap")
    if class_weight is not None:
        check_drawn_by_class(class_weight, bootstrap, max_samples)
    max_depth = given.pop("max_depth")
    candidate = Candidate(
        is_forest=is_forest,
        splitter=splitter,
        criterion=_CRITERIA[criterion],
        n_estimators=int(given.pop("n_estimators", 1)),
        max_features=given.pop("max_features"),
        max_depth=UNLIMITED if max_depth is None else min(int(max_depth), UNLIMITED),
        min_samples_split=given.pop("min_samples_split"),
        min_samples_leaf=given.pop("min_samples_leaf"),
        min_weight_fraction_leaf=float(given.pop("min_weight_fraction_leaf")),
        min_impurity_decrease=float(given.pop("min_impurity_decrease")),
        ccp_alpha=float(given.pop("ccp_alpha")),
        bootstrap=bootstrap,
        max_samples=max_samples,
        seed=seed_of(given.pop("random_state")),
        class_weight=class_weight,
    )
    if given:
        raise Refusal(f"{sorted(given)[0]} is a parameter that tenfold does not know")
    return candidate


def seed_of_number(number: int) -> Seed:
    """The seed of an estimator with this ``random_state``."""
    return Seed(number, None)


def seed_arrays(specs: list[tuple[SpecArguments, int]], sources: list[Source]) -> list[Any]:
    """Per source the tree seeds, as many as the longest forest that reads it wants."""
    longest = [0] * len(sources)
    for arguments, source in specs:
        if source >= 0:
            longest[source] = max(longest[source], arguments.n_estimators)
    return [source.arrays(n_trees) for source, n_trees in zip(sources, longest, strict=True)]


def table_of(session: Any, engine: Any, X: Any, y: Any, candidate: Candidate) -> Any:
    """The column store of (X, y), and classes."""
    return session.table(engine, X, y)


def refuse_on_spark(candidate: Candidate) -> None:
    """Refuse what an executor is not told of."""
    if candidate.class_weight is not None:
        raise Refusal("class_weight is native on one machine alone, for now")


def engine_learner(
    engine: Any,
    specs: list[tuple[SpecArguments, int]],
    seeds: list[Any],
    probabilities: Sequence[Sequence[Any]] = (),
) -> Any:
    """The engine's learner of these specs."""
    return engine.forest_learner(
        [arguments.engine_spec(engine, source) for arguments, source in specs],
        [engine.SeedSource(tree_seeds, state) for tree_seeds, state in seeds],
        [list(of_splits) for of_splits in probabilities],
    )
