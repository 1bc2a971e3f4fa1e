"""AdaBoost: a model of fewer rounds is the first rounds of a longer one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from tenfold._sharing.paths.known_members import KnownMembers
from tenfold._sharing.paths.views import Beside, Rounds, view_of

_members: Beside[KnownMembers] = Beside()


class AdaBoostRounds(Rounds):
    """``n_estimators``; boosting that ends early ends every longer fit at the same round."""

    name = "boosting rounds (AdaBoost)"
    why = (
        "each round weighs the rows by the errors of those before it and draws its seed after theirs, so "
        "fewer rounds are the first ones of the longest fit"
    )
    estimators = ("sklearn.ensemble.AdaBoostClassifier", "sklearn.ensemble.AdaBoostRegressor")
    parameters = ("n_estimators",)

    def read_all(self, whole: Any, counts: Sequence[Any], X: Any) -> Iterator[tuple[int, Any]]:
        members = KnownMembers(whole.estimators_)
        for index, view in super().read_all(whole, counts, X):
            _members.put(view, members)
            yield index, view

    def response(self, fitted: Any, method: str, X: Any) -> Any:
        members = _members.get(fitted)
        if members is None:
            return super().response(fitted, method, X)
        known = members.first(len(fitted.estimators_), X)
        return getattr(view_of(fitted, estimators_=known), method)(X)

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
