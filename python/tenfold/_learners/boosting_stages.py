"""The stages of one boosted model, grown natively and put where scikit-learn's own method would put them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import GradientBoostingClassifier, GradientBoostingRegressor
from sklearn.tree import DecisionTreeRegressor

from tenfold._gather.objects import view_of
from tenfold._learners import boosting
from tenfold._learners.grown_trees import tree_of
from tenfold._learners.limits import n_features as drawn_features
from tenfold._learners.parameters import check_parameters, names_of
from tenfold._numerics import sklearn_boosting
from tenfold._refusal import Refusal

_TREE_PARAMETERS = (
    "max_depth", "min_samples_split", "min_samples_leaf", "min_weight_fraction_leaf",
    "min_impurity_decrease", "max_features", "max_leaf_nodes", "ccp_alpha",
)  # fmt: skip


def grow(
    engine: Any,
    model: Any,
    X: Any,
    y: NDArray[np.float64],
    raw: NDArray[np.float64],
    sample_weight: NDArray[np.float64],
    random_state: Any,
    X_val: Any,
    y_val: Any,
    sample_weight_val: Any,
    begin_at_stage: int = 0,
    monitor: Any = None,
) -> int:
    """Answer ``_fit_stages``; raises Refusal before anything of the model is touched."""
    if monitor is not None or begin_at_stage or X_val is not None:
        raise Refusal("somebody watches the stages, or they continue others")
    if type(model) not in (GradientBoostingClassifier, GradientBoostingRegressor):
        raise Refusal("the model is of another class")
    if type(random_state) is not np.random.RandomState or not isinstance(X, np.ndarray):
        raise Refusal("X or the generator is of another kind")
    if y.dtype != np.float64 or sample_weight.dtype != np.float64 or not np.isfinite(raw).all():
        raise Refusal("other numbers than doubles")
    parameters = {name: vars(model)[name] for name in names_of(type(model))}
    # What the first predictions are and what draws has been seen to already; criterion is without effect.
    parameters.update(init=None, random_state=0, criterion="deprecated")
    check_parameters(type(model), parameters)
    candidate = boosting.candidate_of(type(model), parameters)
    if not boosting.losses_agree(engine):
        raise Refusal("the engine's losses are not scikit-learn's on this machine")
    weights = None if (sample_weight == 1.0).all() else np.ascontiguousarray(sample_weight)
    if weights is not None and candidate.loss in boosting.SORTING_LOSSES:
        raise Refusal("leaves are updated by weighted percentiles")
    n_rows, n_columns = X.shape
    arguments = candidate.spec(n_rows, n_columns, None, of_rows=weights)
    if arguments.n_in_bag == len(X):
        raise Refusal("no row is out of bag")
    store = _store_of(engine, model, X, y)
    words, n_used = boosting.generator_arrays(random_state)
    grown = engine.boost(
        store,
        arguments.engine_spec(engine, 0),
        engine.MersenneTwister(words, n_used),
        np.ascontiguousarray(raw).ravel(),
        weights,
    )
    _take_over(model, grown, X.shape[1], random_state)
    return int(candidate.n_estimators)


def _store_of(engine: Any, model: Any, X: NDArray[np.float32], y: NDArray[np.float64]) -> Any:
    whole = X.flags.c_contiguous or X.flags.f_contiguous  # the engine's views count in elements
    values = X if whole else np.ascontiguousarray(X)
    if isinstance(model, GradientBoostingRegressor):
        return engine.ordered_dataset(values, np.ascontiguousarray(y))
    return engine.ordered_dataset(values, y.astype(np.int32), int(model.n_classes_))


def _take_over(model: Any, grown: dict[str, Any], n_features: int, random_state: Any) -> None:
    """Set what scikit-learn's own stages set."""
    factor = sklearn_boosting.factor_of(model)
    parameters = {name: vars(model)[name] for name in _TREE_PARAMETERS}
    like = DecisionTreeRegressor(criterion="squared_error", random_state=random_state, **parameters)
    # Resolved as the tree resolves it.
    like.max_features_ = drawn_features(model.max_features, n_features)
    like.n_features_in_ = n_features
    like.n_outputs_ = 1
    for number, one in enumerate(grown["trees"]):
        tree = view_of(like)
        tree.tree_ = tree_of(one, n_features)
        model.estimators_[divmod(number, grown["n_outputs"])] = tree
    model.train_score_[:] = factor * grown["train_losses"]
    others = grown["other_losses"]
    if len(others):
        scores = factor * others
        model.oob_scores_[:] = scores[1:]
        model.oob_improvement_[:] = scores[:-1] - scores[1:]
        model.oob_score_ = model.oob_scores_[-1]
    state = random_state.get_state(legacy=False)
    state["state"] = {"key": grown["generator"].words(), "pos": grown["generator"].n_used}
    random_state.set_state(state)
