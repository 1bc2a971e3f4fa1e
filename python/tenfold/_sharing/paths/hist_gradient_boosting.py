"""Histogram gradient boosting: a model of fewer rounds is the first rounds of a longer one."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from tenfold._sharing.paths.path import Refusal, Shape, Values
from tenfold._sharing.paths.views import Rounds, view_of


class HistGradientBoostingRounds(Rounds):
    """``max_iter``.

    Early stopping looks at the rounds so far and no further, so it ends the shorter fit where it ends the
    longer one, or not at all.
    """

    name = "boosting rounds (HistGradientBoosting)"
    why = (
        "each round is grown from those before it and knows nothing of how many follow, so fewer rounds "
        "are the first ones of the longest fit"
    )
    estimators = (
        "sklearn.ensemble.HistGradientBoostingClassifier",
        "sklearn.ensemble.HistGradientBoostingRegressor",
    )
    parameters = ("max_iter",)
    count = "max_iter"

    def refuse(
        self, estimator: Any, values: Values, shape: Shape, fit_params: Mapping[str, Any]
    ) -> None:
        super().refuse(estimator, values, shape, fit_params)
        if estimator.random_state is None and self._draws_on(estimator, shape.n_samples):
            raise Refusal("no random_state: each candidate draws its own")
        if estimator.early_stopping is not False and callable(estimator.scoring):
            raise Refusal("early stopping asks a function of yours, which may look at anything")

    def draws(self, estimator: Any) -> bool:
        return False  # that depends on the rows: see refuse

    @staticmethod
    def _draws_on(estimator: Any, n_samples: int) -> bool:
        """Whether rows are held back, columns chosen or, for bins, rows chosen (``_BinMapper``)."""
        stops = estimator.early_stopping
        return bool(
            (n_samples > 10_000 if stops == "auto" else stops)
            or estimator.max_features < 1.0
            or n_samples > 200_000
        )

    def read(self, whole: Any, count: Any, X: Any) -> Any:
        view = view_of(whole, max_iter=count, _predictors=whole._predictors[:count])
        view.train_score_ = whole.train_score_[: count + 1].copy()
        view.validation_score_ = whole.validation_score_[: count + 1].copy()
        # Left by early stopping with a string as scoring: the method, bound to the longest fit.
        vars(view).pop("_raw_predict", None)
        scorer = getattr(whole, "_scorer", None)
        if getattr(scorer, "_estimator", None) is whole:
            view._scorer = copy.copy(scorer)
            view._scorer._estimator = view
        return view


PATHS = (HistGradientBoostingRounds,)
