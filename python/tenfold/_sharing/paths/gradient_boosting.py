"""Gradient boosting: a model of fewer rounds is the first rounds of a longer one."""

from __future__ import annotations

from typing import Any

from tenfold._sharing.paths.views import Rounds, view_of


class GradientBoostingRounds(Rounds):
    """``n_estimators``, with subsampling, an estimator to start from, and early stopping."""

    name = "boosting rounds (GradientBoosting)"
    why = (
        "each round draws its rows and grows its trees after those before it, from one generator, so fewer "
        "rounds are the first ones of the longest fit"
    )
    estimators = (
        "sklearn.ensemble.GradientBoostingClassifier",
        "sklearn.ensemble.GradientBoostingRegressor",
    )
    parameters = ("n_estimators",)

    def read(self, whole: Any, count: Any, X: Any) -> Any:
        view = view_of(whole, n_estimators=count)
        for name in ("estimators_", "train_score_", "oob_improvement_", "oob_scores_"):
            if hasattr(whole, name):
                setattr(view, name, getattr(whole, name)[:count].copy())
        view.n_estimators_ = min(int(count), whole.n_estimators_)
        if hasattr(view, "oob_scores_"):
            view.oob_score_ = view.oob_scores_[-1]
        return view


PATHS = (GradientBoostingRounds,)
