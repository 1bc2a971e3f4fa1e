"""AdaBoost: a model of fewer rounds is the first rounds of a longer one."""

from __future__ import annotations

from typing import Any

import numpy as np

from tenfold._sharing.paths.known_members import RoundsOfMembers
from tenfold._sharing.paths.views import view_of


class AdaBoostRounds(RoundsOfMembers):
    """``n_estimators``; boosting that ends early ends every longer fit at the same round."""

    name = "boosting rounds (AdaBoost)"
    why = (
        "each round weighs the rows by the errors of those before it and draws its seed after theirs, so "
        "fewer rounds are the first ones of the longest fit"
    )
    estimators = ("sklearn.ensemble.AdaBoostClassifier", "sklearn.ensemble.AdaBoostRegressor")
    parameters = ("n_estimators",)

    def read(self, whole: Any, count: Any, X: Any) -> Any:
        kept = whole.estimators_[:count]
        weights, errors = np.zeros(count), np.ones(count)
        weights[:] = whole.estimator_weights_[:count]
        errors[:] = whole.estimator_errors_[:count]
        return view_of(
            whole,
            n_estimators=count,
            estimators_=kept,
            estimator_weights_=weights,
            estimator_errors_=errors,
        )


PATHS = (AdaBoostRounds,)
