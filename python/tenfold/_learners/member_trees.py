"""Trees of ensembles that are not the engine's: grown natively, tree after tree, over data prepared once.

Whoever boosts or bags trees draws rows and columns, weighs rows and seeds each tree. That stays with
scikit-learn's code, or is done as there; here a tree is grown as its ``fit`` would have grown it, and handed
back fitted.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import replace
from numbers import Number
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.class_weight import compute_sample_weight

from tenfold._data.table import in_whole_steps, refuse_regression_like, store_of, values_of
from tenfold._learners import trees
from tenfold._learners.grown_trees import Fitted
from tenfold._learners.limits import most_counted_draws
from tenfold._learners.parameters import check_parameters, names_of
from tenfold._refusal import Refusal

_UNCHANGING = (Number, str, type(None))
_VARYING = "min_weight_fraction_leaf of weights that differ from tree to tree"
_LARGEST_COUNT = 65_535  # of a row, in the growth that counts
_FEW_VALUES = 0.25  # distinct ones, as a share of all, up to which counting is the quicker growth
_MOST_CLASSES = 65_535  # of the engine's targets


class MemberTrees:
    """The trees of one ensemble.

    Parameters
    ----------
    engine : module
    like : estimator
        Unfitted; each tree is a clone of it, with a seed of its own.
    X : ndarray of shape (n_rows, n_columns)
        As the trees' ``fit`` would be given it.
    labels, codes : ndarray of shape (n_classes,), (n_rows,); or None, and numbers
        What ``numpy.unique`` makes of y, of a classifier; else None and y.
    n_columns : int, optional
        Columns of X that each tree is given; by default all.
    weight : float, optional
        The sum of each tree's weights, where these have one and the same; by default that of ones.
    weighs : bool
        Whether trees are given weights.

    Raises
    ------
    Refusal
        Where scikit-learn must grow them.
    """

    def __init__(
        self,
        engine: Any,
        like: Any,
        X: Any,
        labels: NDArray[Any] | None,
        codes: NDArray[Any],
        *,
        n_columns: int | None = None,
        weight: float | None = None,
        weighs: bool,
    ) -> None:
        trees.refuse_other_versions("members of ensembles are")
        parameters, candidate = _checked(like)
        if candidate.is_classifier != (labels is not None):
            raise Refusal("its members learn numbers of classes, or classes of numbers")
        if not isinstance(X, np.ndarray):
            raise Refusal("X is no array of numbers")
        self._own_weights = self._weights_of(parameters, labels, codes)
        n_rows, n_all = X.shape
        self._n_rows = n_rows
        n_columns = n_all if n_columns is None else n_columns
        if candidate.monotonic is not None and n_columns != n_all:
            raise Refusal("monotonic_cst of members that are given some of the columns")
        if candidate.monotonic is not None and labels is not None and len(labels) != 2:
            raise Refusal("constraints on another number of classes than two")
        arguments = candidate.arguments(n_rows, n_columns, True, None, None)
        fraction = candidate.limits.min_weight_fraction_leaf
        if fraction and weighs and (weight is None or self._own_weights is not None):
            raise Refusal(_VARYING)
        if weight is not None:
            arguments = replace(arguments, min_weight_leaf=float(fraction * weight))
        self.store = _store_of(engine, X, labels, codes, candidate)
        self._counting = None
        if self._own_weights is None and n_columns == n_all and not candidate.needs_order(None):
            self._counting = _Counting.of(engine, X, codes, self.store, candidate, arguments)
        self._grower = engine.MemberTrees(self.store, arguments.engine_spec(engine, 0))
        self._state_of = engine.splitter_state
        self.n_classes = 0 if labels is None else len(labels)
        self._fitted = Fitted(n_columns, arguments.max_features, parameters["max_features"], labels)
        self._shell = _Shell(like)

    @staticmethod
    def _weights_of(
        parameters: dict[str, Any], labels: NDArray[Any] | None, codes: NDArray[Any]
    ) -> NDArray[np.float64] | None:
        """What rows weigh by their class, as the tree's ``fit`` says."""
        class_weight = parameters.get("class_weight")
        if class_weight is None or labels is None:
            return None
        try:
            weights = compute_sample_weight(class_weight, labels[codes][:, np.newaxis])
        except (ValueError, TypeError) as error:
            raise Refusal("scikit-learn refuses the class_weight") from error
        if not np.isfinite(weights).all() or not (weights > 0).all():
            raise Refusal("classes weigh infinitely much, or nothing")
        return np.asarray(weights, dtype=np.float64)

    def _weighed(self, weights: NDArray[Any] | None) -> NDArray[np.float64] | None:
        if weights is None:
            return self._own_weights
        given = np.ascontiguousarray(weights, dtype=np.float64)
        return given if self._own_weights is None else given * self._own_weights

    def grow(
        self,
        seeds: Sequence[int],
        weights: Sequence[NDArray[Any]],
        columns: Sequence[NDArray[Any]],
        n_threads: int,
    ) -> list[Any]:
        """Fitted trees of these seeds; ``columns`` is empty where each tree is given all."""
        states = [self._state_of(seed) for seed in seeds]
        # Columns may be drawn anew for each tree even where there are as many as X has.
        counted = None if len(columns) else self._counted(states, weights, n_threads)
        grown = counted or self._grower.grow(
            states,
            weights=[self._weighed(one) for one in weights],
            columns=[np.ascontiguousarray(one, dtype=np.int64) for one in columns],
            n_threads=n_threads,
        )
        return [
            self._fitted.put(self._shell.another(seed), one)
            for seed, one in zip(seeds, grown, strict=True)
        ]

    def grow_in_place(
        self, tree: Any, state: int, weights: NDArray[np.float64] | None = None
    ) -> Any:
        """Fit a tree itself, whose splitter has drawn ``state``."""
        grown = None
        if weights is None:
            grown = self._counted([state], [np.ones(self._n_rows, dtype=np.int64)], 1)
        weighed = self._weighed(weights)
        if grown is None:
            grown = self._grower.grow([state], weights=[] if weighed is None else [weighed])
        return self._fitted.put(tree, grown[0])

    def _counted(
        self, states: list[int], counts: Sequence[NDArray[Any]], n_threads: int
    ) -> list[Any] | None:
        """Trees by counts of rows, where these are counts and that is the quicker growth."""
        if self._counting is None or any(one.dtype.kind != "i" for one in counts):
            return None
        return self._counting.grow(states, counts, n_threads)

    def grow_one(
        self, seed: int, weights: NDArray[Any] | None = None, rows: NDArray[Any] | None = None
    ) -> tuple[Any, NDArray[Any], NDArray[np.uint32]]:
        """A fitted tree, what each of its nodes holds, and the leaf of each row of X."""
        taken = None if rows is None else np.ascontiguousarray(rows, dtype=np.int64)
        grown, leaves = self._grower.grow_with_leaves(
            self._state_of(seed), self._weighed(weights), taken
        )
        tree = self._fitted.put(self._shell.another(seed), grown)
        return tree, grown["values"][:, 0, :], leaves


class _Counting:
    """The growth that counts class weights by value: quicker where columns have few values."""

    def __init__(self, engine: Any, store: Any, spec: Any, n_rows: int) -> None:
        self._engine = engine
        self._store = store
        self._spec = spec
        self._most = most_counted_draws(n_rows)

    @classmethod
    def of(
        cls, engine: Any, X: NDArray[Any], codes: Any, ordered: Any, candidate: Any, asked: Any
    ) -> _Counting | None:
        """None where values are many, or missing."""
        if engine.n_distinct(ordered) > _FEW_VALUES * X.size or engine.has_missing(ordered):
            return None
        arguments = candidate.arguments(*X.shape, False, None, None)
        arguments = replace(arguments, min_weight_leaf=asked.min_weight_leaf)
        store = store_of(engine, values_of(X), codes.astype(np.int32), int(codes.max()) + 1)
        return cls(engine, store, arguments.engine_spec(engine, 0), len(X))

    def grow(
        self, states: list[int], counts: Sequence[NDArray[Any]], n_threads: int
    ) -> list[Any] | None:
        """Trees; None for more rows than can be counted."""
        if any(one.max() > _LARGEST_COUNT or one.sum() > self._most for one in counts):
            return None
        counted = [np.ascontiguousarray(one, dtype=np.int64) for one in counts]
        grown: list[Any] = self._engine.grow_counted(
            self._store, self._spec, states, counted, n_threads
        )
        return grown


def _checked(like: Any) -> tuple[dict[str, Any], Any]:
    """A tree's parameters, by name and as a candidate; raises Refusal where the engine has no form for it."""
    cls = type(like)
    if cls not in trees.SINGLE_TREES:
        raise Refusal(f"its members are of {cls.__name__}, and the engine grows trees")
    parameters = {name: vars(like)[name] for name in names_of(cls)}
    trees.checked_extras(like, set(vars(like)) - set(parameters))
    seeded = {**parameters, "random_state": 0}  # which whoever asks for the tree sets
    check_parameters(cls, seeded)
    candidate = trees.candidate_of(cls, seeded)
    if candidate.criterion == "poisson":
        raise Refusal("members that learn by the Poisson deviance")
    return parameters, candidate


def refuse_members(like: Any, *, varies: bool) -> None:
    """Raise Refusal where members like this can't be grown natively, whatever X and y hold.

    ``varies``: their weights add up to something else from tree to tree.
    """
    _, candidate = _checked(like)
    weighs_classes = candidate.class_weight is not None
    if candidate.limits.min_weight_fraction_leaf and (varies or weighs_classes):
        raise Refusal(_VARYING)


class _Shell:
    """What clones of an estimator of scikit-learn's have before they are fitted."""

    def __init__(self, like: Any) -> None:
        self._cls: Any = type(like)
        self._same = {n: v for n, v in vars(like).items() if isinstance(v, _UNCHANGING)}
        self._copied = {n: v for n, v in vars(like).items() if n not in self._same}

    def another(self, seed: int) -> Any:
        """A clone with this seed."""
        made: Any = object.__new__(self._cls)
        vars(made).update(self._same)
        for name, value in self._copied.items():
            vars(made)[name] = copy.deepcopy(value)
        made.random_state = seed
        return made


def _store_of(
    engine: Any, X: NDArray[Any], labels: NDArray[Any] | None, codes: NDArray[Any], candidate: Any
) -> Any:
    values = in_whole_steps(values_of(X))
    if labels is None:
        numbers = np.ascontiguousarray(codes, dtype=np.float64)
        if not np.isfinite(numbers).all():
            raise Refusal("y has missing or infinite values")
        store = engine.ordered_dataset(values, numbers)
    else:
        if len(labels) > _MOST_CLASSES:
            raise Refusal(f"{len(labels)} classes")
        refuse_regression_like(len(codes), len(labels))
        store = engine.ordered_dataset(values, codes.astype(np.int32), len(labels))
    if engine.has_infinite(store):
        raise Refusal("X has infinite values")
    if engine.has_missing(store):
        trees.refuse_missing(candidate)
        if X.dtype == np.float32 and not X.flags.writeable:
            raise Refusal("missing values that must not be written to, which scikit-learn refuses")
    return store
