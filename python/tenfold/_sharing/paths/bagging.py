"""Bagging and isolation forests: a smaller ensemble is the first members of a larger one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from scipy import sparse

from tenfold._sharing.paths.known_members import KnownMembers, RoundsOfMembers
from tenfold._sharing.paths.path import Refusal, Shape, Values
from tenfold._sharing.paths.views import view_of
from tenfold._versions import float32_rows


class BaggedEstimators(RoundsOfMembers):
    """``n_estimators`` of ``BaggingClassifier`` and ``BaggingRegressor``."""

    name = "members of a bagging ensemble"
    why = (
        "each member has a seed of its own, drawn in order, so a smaller ensemble is the first members of "
        "the largest"
    )
    estimators: ClassVar[tuple[str, ...]] = (
        "sklearn.ensemble.BaggingClassifier",
        "sklearn.ensemble.BaggingRegressor",
    )
    parameters = ("n_estimators",)

    def refuse(
        self, estimator: Any, values: Values, shape: Shape, fit_params: Mapping[str, Any]
    ) -> None:
        super().refuse(estimator, values, shape, fit_params)
        if getattr(estimator, "oob_score", False):
            raise Refusal("oob_score=True is computed over all members at once")
        if estimator.n_jobs not in (None, 1):
            raise Refusal("n_jobs parts the sum over members by how many there are")

    def members_of(self, whole: Any) -> KnownMembers:
        return KnownMembers(whole.estimators_, whole.estimators_features_)

    def read(self, whole: Any, count: Any, X: Any) -> Any:
        return view_of(
            whole,
            n_estimators=count,
            estimators_=whole.estimators_[:count],
            estimators_features_=whole.estimators_features_[:count],
            _seeds=whole._seeds[:count].copy(),
        )


class IsolationTrees(BaggedEstimators):
    """``n_estimators`` of ``IsolationForest``."""

    name = "trees of an isolation forest"
    why = (
        "each tree has a seed of its own, drawn in order; where outliers begin is found again from the "
        "first trees"
    )
    estimators = ("sklearn.ensemble.IsolationForest",)

    def response(self, fitted: Any, method: str, X: Any) -> Any:
        return getattr(fitted, method)(X)  # of where rows end up, not of what members answer

    def read(self, whole: Any, count: Any, X: Any) -> Any:
        view = super().read(whole, count, X)
        view._average_path_length_per_tree = whole._average_path_length_per_tree[:count]
        view._decision_path_lengths = whole._decision_path_lengths[:count]
        if whole.contamination != "auto":
            # As IsolationForest.fit does, on what it has made of X.
            rows = float32_rows(X, accept_sparse=["csc"])
            rows = rows.tocsr() if sparse.issparse(rows) else rows
            view.offset_ = np.percentile(view._score_samples(rows), 100.0 * view.contamination)
        return view


PATHS = (BaggedEstimators, IsolationTrees)
