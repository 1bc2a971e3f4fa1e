"""CatBoost: a model of fewer iterations is the first trees of a longer one.

What a model remembers of its training (``best_score_``, ``evals_result_``, ``get_all_params()``) is that of
the longest one; what it predicts and its importances are its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from tenfold._sharing.paths.path import Path, Refusal, Shape, Values
from tenfold._sharing.paths.views import refuse_fit_params, refuse_rounds

# Parameters with which equality was proven. Others (langevin, model_shrink_rate, eval_metric, callbacks ...)
# change earlier trees as training goes on, end it early, grow trees that can't be cut, or were not tried.
_PROVEN = frozenset(
    {
        "allow_writing_files",
        "auto_class_weights",
        "bootstrap_type",
        "border_count",
        "colsample_bylevel",
        "depth",
        "iterations",
        "l2_leaf_reg",
        "learning_rate",
        "logging_level",
        "loss_function",
        "max_depth",
        "min_data_in_leaf",
        "n_estimators",
        "random_seed",
        "random_state",
        "random_strength",
        "reg_lambda",
        "rsm",
        "silent",
        "subsample",
        "thread_count",
        "verbose",
    }
)


class CatBoostIterations(Path):
    """``iterations`` of ``CatBoostClassifier`` and ``CatBoostRegressor``."""

    name = "boosting rounds (CatBoost: iterations)"
    why = (
        "with the learning rate given each tree is grown from those before it, so fewer iterations are the "
        "first trees of the longest model"
    )
    estimators = ("catboost.CatBoostClassifier", "catboost.CatBoostRegressor")
    parameters: ClassVar[tuple[str, ...]] = ("iterations",)
    proven: ClassVar[Mapping[str, tuple[str, str]]] = {"catboost": ("1.2", "1.2")}

    def refuse(
        self, estimator: Any, values: Values, shape: Shape, fit_params: Mapping[str, Any]
    ) -> None:
        given = estimator.get_params()
        count = self.parameters[0]
        refuse_fit_params(fit_params, ("sample_weight",))
        if count not in values:
            raise Refusal(f"{count} is not given")
        refuse_rounds(values[count], count)
        if given.get("learning_rate") is None:
            raise Refusal("without learning_rate CatBoost chooses one by the number of iterations")
        if {"iterations", "n_estimators"} <= set(given):
            raise Refusal("iterations and n_estimators are one parameter")
        for name in sorted(set(given) - _PROVEN):
            raise Refusal(f"with {name} it is not proven")

    def work(self, estimator: Any, values: Values, shape: Shape) -> float:
        return float(values[self.parameters[0]])

    def fit(
        self, estimator: Any, values: Sequence[Values], X: Any, y: Any, **fit_params: Any
    ) -> Iterator[tuple[int, Any]]:
        name = self.parameters[0]
        counts = [own[name] for own in values]
        whole = estimator.set_params(**{name: max(counts)}).fit(X, y, **fit_params)
        for index in np.argsort(counts, kind="stable").tolist():
            yield index, _first_trees(whole, name, counts[index])


def _first_trees(whole: Any, name: str, count: Any) -> Any:
    if count >= whole.get_params()[name]:
        return whole
    view = whole.copy()
    if count < view.tree_count_:
        view.shrink(ntree_end=int(count))
        view._prediction_values_change = None  # computed again when it is asked for
    view._n_features_in = whole._n_features_in
    view._init_params = {**whole._init_params, name: count}
    return view


class CatBoostEstimators(CatBoostIterations):
    """The same under its other name, ``n_estimators``."""

    name = "boosting rounds (CatBoost: n_estimators)"
    parameters = ("n_estimators",)


PATHS = (CatBoostIterations, CatBoostEstimators)
