"""Trees and forests: scikit-learn's parameters into what the engine's two growths use.

The *histogram* growth counts class weights, which are whole numbers, in any order. The *ordered* growth adds
up in the order that scikit-learn's in-place sort leaves samples in: sums of real targets and of fractional
weights depend on it. It also knows missing values and best-first growth. That sort changed with 1.9, and
1.9's is the one that the engine reproduces.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.ensemble import (
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.tree import (
    DecisionTreeClassifier,
    DecisionTreeRegressor,
    ExtraTreeClassifier,
    ExtraTreeRegressor,
)

from tenfold import _versions
from tenfold._data.ordered_table import OrderedClasses, OrderedTable
from tenfold._data.table import Table
from tenfold._learners.limits import UNLIMITED, Limits, most_counted_draws
from tenfold._learners.out_of_bag import refuse_warnings
from tenfold._learners.responding import ClassProbabilities, Predictions, Responding
from tenfold._learners.seeds import Seed, Source, seed_arrays, seed_of, seed_of_number
from tenfold._learners.specs import CountedArguments, OrderedArguments
from tenfold._learners.weights import (
    SUBSAMPLE,
    ClassWeight,
    RowWeights,
    SampleWeight,
    of_splits,
)
from tenfold._refusal import Refusal

_TREE_OF_FOREST = {
    RandomForestClassifier: DecisionTreeClassifier,
    ExtraTreesClassifier: ExtraTreeClassifier,
    RandomForestRegressor: DecisionTreeRegressor,
    ExtraTreesRegressor: ExtraTreeRegressor,
}
SINGLE_TREES = tuple(_TREE_OF_FOREST.values())
_EXTRA_TREES = (ExtraTreeClassifier, ExtraTreeRegressor)
_EXTRA_FORESTS = (ExtraTreesClassifier, ExtraTreesRegressor)

NAME = "trees"
AFTER_TRANSFORMERS = True
LEARNERS: tuple[type, ...] = (*SINGLE_TREES, *_TREE_OF_FOREST)
_CLASSIFIERS = (
    DecisionTreeClassifier,
    ExtraTreeClassifier,
    RandomForestClassifier,
    ExtraTreesClassifier,
)
# What sits in a fresh estimator's __dict__ beside its parameters; a regressor's class weight is none.
EXTRAS = frozenset({"estimator", "estimator_params", "class_weight"})
# Parameters without a part in what is fitted.
_WITHOUT_EFFECT = frozenset({"n_jobs", "warm_start"})
_CRITERIA = {
    "gini": "gini",
    "entropy": "entropy",
    "log_loss": "entropy",
    "squared_error": "squared_error",
    "poisson": "poisson",
}
# Where rows are drawn by probability any of them may be drawn every time: a row's draws have 16 bits.
_MOST_WEIGHTED_DRAWS = 65_535
# A tree of random splits is grown in less time than its test rows' probabilities for more take to copy.
_MOST_CLASSES_TO_HAND_OVER = 500
# The release whose order of samples, weights and missing values the engine reproduces.
_ORDERED_VERSION = (1, 9)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One candidate's parameters, checked; resolved for a split by :meth:`spec`."""

    is_forest: bool
    is_classifier: bool
    takes_missing: bool
    splitter: str
    criterion: str
    n_estimators: int
    limits: Limits
    max_leaf_nodes: int  # 0: no limit
    ccp_alpha: float
    seed: Seed | None
    class_weight: ClassWeight | None
    monotonic: tuple[int, ...] | None = None
    oob_score: bool = False

    def source(self, seed: Seed) -> Source:
        """What the engine's seed source is made of."""
        return Source(seed, self.is_forest)

    def row_weights(self, sample_weight: SampleWeight | None) -> RowWeights | None:
        """How training rows are weighed; None where all are alike."""
        if self.class_weight is None and sample_weight is None:
            return None
        refuse_other_versions("weights are")
        if self.oob_score:
            raise Refusal("oob_score of rows that are drawn by weights")
        how = "draw" if self.is_forest and self.limits.bootstrap else "grow"
        subsamples = self.class_weight is not None and self.class_weight.name == SUBSAMPLE
        if how == "draw" and subsamples:
            how = "subsample"
        return RowWeights(how, self.is_forest, self.class_weight, sample_weight)

    def check_rows(self, table: Any, rows: Any, *, responds: bool) -> None:
        """Raise Refusal where scikit-learn would refuse the targets of training rows, or is quicker."""
        is_soon_grown = self.is_classifier and not self.is_forest and self.splitter == "random"
        if is_soon_grown and responds and len(table.classes) > _MOST_CLASSES_TO_HAND_OVER:
            raise Refusal("handing over so many classes' probabilities takes longer than the tree")
        if self.oob_score:
            drawn = self.limits.rows_drawn(len(rows), None, UNLIMITED)
            refuse_warnings(self.seed, self.n_estimators, len(rows), drawn)
        constrains_classes = self.monotonic is not None and self.is_classifier
        if constrains_classes and len(np.unique(table.codes[rows])) != 2:
            raise Refusal("constraints on another number of classes than two")
        if self.criterion == "poisson" and not np.sum(table.numbers[rows]) > 0.0:
            raise Refusal("the targets of a split add up to zero, which scikit-learn refuses")

    def needs_order(self, weights: RowWeights | None) -> bool:
        """Whether the histogram growth can't serve, whatever X holds."""
        return (
            not self.is_classifier
            or self.max_leaf_nodes > 0
            or self.monotonic is not None
            or (weights is not None and weights.how != "draw")
        )

    def spec(
        self,
        n_rows: int,
        n_columns: int,
        table: Any,
        weights: RowWeights | None = None,
        of_rows: Any = None,
    ) -> CountedArguments | OrderedArguments:
        """What the tree builder is given for this many training rows and columns.

        ``of_rows`` are the weights of the training rows, where they have any.
        """
        return self.arguments(n_rows, n_columns, table.in_order, weights, of_rows)

    def arguments(
        self, n_rows: int, n_columns: int, ordered: bool, weights: RowWeights | None, of_rows: Any
    ) -> CountedArguments | OrderedArguments:
        """What either growth is given."""
        if weights is not None:
            refuse_other_versions("weights are")
        common: dict[str, Any] = {
            "splitter": self.splitter,
            "criterion": self.criterion,
            "n_estimators": self.n_estimators,
        }
        if ordered:
            monotonic = self.monotonic or ()
            if self.monotonic is not None and len(monotonic) != n_columns:
                raise Refusal("monotonic_cst is not of as many entries as X has columns")
            if (
                weights is not None
                and weights.how == "subsample"
                and self.limits.min_weight_fraction_leaf
            ):
                raise Refusal("min_weight_fraction_leaf of weights that differ from tree to tree")
            return OrderedArguments(
                **common,
                **self.limits.resolved(n_rows, n_columns, of_rows),
                max_leaf_nodes=self.max_leaf_nodes,
                ccp_alpha=self.ccp_alpha,
                weighting="none" if weights is None else weights.how,
                # scikit-learn constrains the first of two classes, and asks about the second.
                monotonic=tuple(-one for one in monotonic) if self.is_classifier else monotonic,
            )
        most = most_counted_draws(n_rows) if self.limits.bootstrap else UNLIMITED
        if weights is not None:
            most = min(most, _MOST_WEIGHTED_DRAWS)
        limits = self.limits.resolved(n_rows, n_columns, of_rows, most)
        return CountedArguments(**common, **limits, ccp_alpha=self.ccp_alpha)


def refuse_other_versions(what: str) -> None:
    """Raise Refusal with any scikit-learn but the one that the ordered growth reproduces."""
    if _versions.version_tuple(_versions.SKLEARN_VERSION) != _ORDERED_VERSION:
        raise Refusal(f"{what} native with scikit-learn 1.9 alone")


def checked_extras(estimator: Any, extras: set[str]) -> None:
    """Refuse an estimator whose ``__dict__`` holds what no fresh clone of it would."""
    # scikit-learn's trees and forests for regression have a class weight that is no parameter.
    if type(estimator) not in _CLASSIFIERS and vars(estimator).get("class_weight") is None:
        extras = extras - {"class_weight"}
    tree_class = _TREE_OF_FOREST.get(type(estimator))
    if tree_class is not None:
        extras = extras - {"estimator", "estimator_params"}
        if type(getattr(estimator, "estimator", None)) is not tree_class:
            raise Refusal("the forest's base estimator is not scikit-learn's")
    # What set_fit_request leaves: which metadata are asked for.
    if extras - {"_metadata_request"}:
        raise Refusal("the estimator carries more than its parameters")


def candidate_of(learner: type, parameters: Mapping[str, Any]) -> Candidate:
    """Check one candidate's parameters; raises Refusal where scikit-learn must run it."""
    given = dict(parameters)
    oob_score = given.pop("oob_score", False)
    if oob_score and not (isinstance(oob_score, bool) and given["bootstrap"]):
        raise Refusal("oob_score by a function, or without bootstrap")
    if given.pop("verbose", 0):
        raise Refusal("the estimator is verbose")
    class_weight = ClassWeight.of(given.pop("class_weight", None))
    if given.get("warm_start") and class_weight is not None and class_weight.name is not None:
        raise Refusal("scikit-learn warns of warm_start with weights of classes")
    for name in _WITHOUT_EFFECT:
        given.pop(name, None)
    splitter = given.pop("splitter", "random" if learner in _EXTRA_FORESTS else "best")
    criterion = given.pop("criterion")
    if not isinstance(criterion, str) or not isinstance(splitter, str):
        raise Refusal("criterion or splitter is an object of the user's")
    if criterion not in _CRITERIA:
        raise Refusal(f"criterion={criterion!r} has no native form yet")
    classifies = learner in _CLASSIFIERS
    if not classifies:
        refuse_other_versions("regression trees are")
    max_leaf_nodes = given.pop("max_leaf_nodes")
    if max_leaf_nodes is not None:
        refuse_other_versions("trees of limited leaves are")
    monotonic = monotonic_of(given.pop("monotonic_cst", None))
    if monotonic is not None:
        refuse_other_versions("monotonic constraints are")
    candidate = Candidate(
        is_forest=learner not in SINGLE_TREES,
        is_classifier=classifies,
        # An extra tree's thresholds are drawn; asked for the best ones, it refuses missing values.
        takes_missing=learner not in _EXTRA_TREES or splitter == "random",
        splitter=splitter,
        criterion=_CRITERIA[criterion],
        n_estimators=int(given.pop("n_estimators", 1)),
        limits=Limits.taken_from(given),
        max_leaf_nodes=0 if max_leaf_nodes is None else min(int(max_leaf_nodes), UNLIMITED),
        ccp_alpha=float(given.pop("ccp_alpha")),
        seed=seed_of(given.pop("random_state")),
        class_weight=class_weight,
        monotonic=monotonic,
        oob_score=bool(oob_score),
    )
    if given:
        raise Refusal(f"{sorted(given)[0]} is a parameter that tenfold does not know")
    return candidate


def monotonic_of(given: Any) -> tuple[int, ...] | None:
    """Constraints as they can be compared; raises Refusal where scikit-learn must look at them."""
    if given is None:
        return None
    values = np.asarray(given)
    if values.ndim != 1 or values.dtype.kind not in "iuf" or not np.isin(values, (-1, 0, 1)).all():
        raise Refusal("monotonic_cst is not a row of -1, 0 and 1")
    return tuple(int(one) for one in values)


def scores_accuracy(candidate: Candidate) -> bool:
    """Whether the estimator's own score is accuracy."""
    return candidate.is_classifier


class _TreeProbabilities(ClassProbabilities):
    """Of a single tree, whose own logarithms ask its nodes."""

    def predict_log_proba(self, X: Any) -> Any:
        """Logarithms of class probabilities."""
        return np.log(self.predict_proba(X))


class _ForestPredictions(Predictions):
    def _become_fitted(self, result: Any) -> None:
        self.n_outputs_ = 1


def responding(learner: type) -> type[Responding]:
    """How stand-ins of a class answer."""
    if learner not in _CLASSIFIERS:
        return _ForestPredictions
    return _TreeProbabilities if learner in SINGLE_TREES else ClassProbabilities


def table_of(
    session: Any, engine: Any, X: Any, y: Any, candidate: Candidate, weights: RowWeights | None
) -> Any:
    """The data as the growth that serves the candidate sees them."""
    if not candidate.needs_order(weights):
        try:
            return session.table(Table, engine, X, y)
        except Refusal as reason:
            try:
                table = session.table(OrderedClasses, engine, X, y)
            except Refusal:
                raise reason from None
            if not table.has_missing:
                raise
    else:
        kind = OrderedClasses if candidate.is_classifier else OrderedTable
        table = session.table(kind, engine, X, y)
    if table.has_missing:
        refuse_missing(candidate)
    if candidate.criterion == "poisson" and (table.numbers < 0.0).any():
        raise Refusal("y has negative values, which scikit-learn refuses for this criterion")
    return table


def refuse_missing(candidate: Candidate) -> None:
    """Raise Refusal where missing values are not the engine's to handle."""
    if not candidate.takes_missing:
        raise Refusal("X has missing values, which scikit-learn refuses for this learner")
    refuse_other_versions("missing values are")


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
