"""Growing the members of a bagging ensemble natively, as part of scikit-learn's own ``fit`` of it.

``BaggingClassifier``, ``BaggingRegressor`` and ``IsolationForest`` hand joblib one call a job, each for some
of the members. What a member is given is drawn as scikit-learn draws it (its own function, the member's own
seed); the trees come from the engine, over one data set for all members.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import BaggingClassifier, BaggingRegressor, IsolationForest

from tenfold import _versions
from tenfold._gather.calls import Answer, Request, arguments_of
from tenfold._learners.member_trees import MemberTrees
from tenfold._learners.trees import refuse_other_versions
from tenfold._native import engine as compiled_engine
from tenfold._refusal import Refusal
from tenfold._threads import allowed_threads

_ENSEMBLES = (BaggingClassifier, BaggingRegressor, IsolationForest)
_LARGEST_SEED = np.iinfo(np.int32).max


def try_to_grow(request: Request, answer: Answer) -> bool:
    """Answer the calls of a bagging ensemble natively; False where scikit-learn must."""
    engine = compiled_engine()
    if engine is None:
        return False
    asked = [arguments_of(call) for call in request.calls]
    try:
        trees = _trees_of(engine, asked)
    except Refusal:
        return False
    n_threads = request.workers if request.workers > 1 else allowed_threads(request.nested)
    for index, call in enumerate(asked):
        answer(index, _members(trees, call, n_threads))
    return True


def _trees_of(engine: Any, asked: list[dict[str, Any]]) -> MemberTrees:
    """What the members are grown with; raises Refusal where scikit-learn must grow them."""
    refuse_other_versions("members of ensembles are")  # whose calls have other arguments, too
    first = asked[0]
    ensemble, X, y = first["ensemble"], first["X"], first["y"]
    if type(ensemble) not in _ENSEMBLES:
        raise Refusal("the ensemble is of another class")
    for call in asked:
        same = all(call[name] is first[name] for name in ("ensemble", "X", "y", "sample_weight"))
        if not same or call["verbose"] > 1 or call["fit_params"]:
            raise Refusal("the calls differ, are verbose, or hand on fit parameters")
    if _versions.routes_metadata():
        raise Refusal("with metadata routing members may be given rows instead of weights")
    if not isinstance(y, np.ndarray) or y.ndim != 1:
        raise Refusal("y is of several outputs")
    labels = None
    if isinstance(ensemble, BaggingClassifier):
        labels = np.arange(ensemble.n_classes_)  # the ensemble has encoded y
    elif y.dtype.kind not in "fiu":
        raise Refusal("y is no array of numbers")
    n_columns, n_drawn = _versions.bag_sizes(ensemble)
    trees = MemberTrees(
        engine,
        ensemble.estimator_,
        X,
        labels,
        y,
        n_columns=n_columns,
        weight=float(n_drawn),
        weighs=True,
    )
    if not first["check_input"] and engine.has_missing(trees.store):
        raise Refusal("missing values that nobody has looked for")
    return trees


class _Drawn(NamedTuple):
    """What the members of one call are given."""

    seeds: list[int]
    columns: list[NDArray[Any]]
    weights: list[NDArray[Any]]


def _members(trees: MemberTrees, call: dict[str, Any], n_threads: int) -> tuple[list[Any], Any]:
    """The fitted members of one call, and the columns of each."""
    ensemble = call["ensemble"]
    drawn = _drawn(call)
    some = ensemble.bootstrap_features or _versions.bag_sizes(ensemble)[0] != call["X"].shape[1]
    columns = drawn.columns if some else ()
    return trees.grow(drawn.seeds, drawn.weights, columns, n_threads), drawn.columns


def _drawn(call: dict[str, Any]) -> _Drawn:
    ensemble = call["ensemble"]
    n_rows, n_columns = call["X"].shape
    result = _Drawn([], [], [])
    for number in range(call["n_estimators"]):
        seed = call["seeds"][number]
        columns, rows = _versions.bagged_indices(
            seed,
            ensemble.bootstrap_features,
            ensemble.bootstrap,
            n_columns,
            n_rows,
            *_versions.bag_sizes(ensemble),
            call["sample_weight"],
        )
        result.seeds.append(np.random.RandomState(seed).randint(_LARGEST_SEED))
        result.columns.append(columns)
        result.weights.append(np.bincount(rows, minlength=n_rows))
    return result
