"""Forests that the engine does not grow: a smaller forest is the first trees of a larger one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tenfold._sharing.paths.path import Refusal, Shape, Values
from tenfold._sharing.paths.views import Rounds, view_of


class ForestTrees(Rounds):
    """``n_estimators`` of random forests and extremely randomized trees."""

    name = "trees of a forest"
    why = (
        "each tree has a seed of its own, drawn in order, so a smaller forest is the first trees of the "
        "largest"
    )
    estimators = (
        "sklearn.ensemble.RandomForestClassifier",
        "sklearn.ensemble.RandomForestRegressor",
        "sklearn.ensemble.ExtraTreesClassifier",
        "sklearn.ensemble.ExtraTreesRegressor",
    )
    parameters = ("n_estimators",)

    def refuse(
        self, estimator: Any, values: Values, shape: Shape, fit_params: Mapping[str, Any]
    ) -> None:
        super().refuse(estimator, values, shape, fit_params)
        if estimator.oob_score:
            raise Refusal("oob_score=True is computed over all trees at once")
        if estimator.n_jobs not in (None, 1):
            raise Refusal(
                "with n_jobs scikit-learn adds up the trees in the order in which threads end"
            )

    def read(self, whole: Any, count: Any, X: Any) -> Any:
        return view_of(whole, n_estimators=count, estimators_=whole.estimators_[:count])


PATHS = (ForestTrees,)
