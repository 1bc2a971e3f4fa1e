"""The rule of trees that are grown natively for ensembles which are not: its switch, and whom it serves."""

from __future__ import annotations

from typing import Any

from tenfold._config import get_config
from tenfold._lazy import is_class
from tenfold._refusal import Refusal

NAME = "native members"
WHY = (
    "trees that AdaBoost, bagging and other estimators ask for are grown by the engine, those of an ensemble "
    "over columns that are put in order once for all of them; rows, weights and seeds are scikit-learn's"
)
_BOOSTED = ("sklearn.ensemble.AdaBoostClassifier", "sklearn.ensemble.AdaBoostRegressor")
_BAGGED = (
    "sklearn.ensemble.BaggingClassifier",
    "sklearn.ensemble.BaggingRegressor",
    "sklearn.ensemble.IsolationForest",
)
_NAMES = frozenset(address.rpartition(".")[2] for address in (*_BOOSTED, *_BAGGED))


def is_on() -> bool:
    """Whether the rule is not switched off."""
    return NAME not in get_config()["disabled_rules"]


def is_of_members(cls: type) -> bool:
    """Whether it is a class of ensembles whose trees may be grown natively."""
    return cls.__name__ in _NAMES and any(
        is_class(cls, address) for address in (*_BOOSTED, *_BAGGED)
    )


def refuse(ensemble: Any) -> None:
    """Raise Refusal where parameters alone say that scikit-learn must grow an ensemble's trees.

    What X and y hold is looked at when it is fitted.
    """
    if not is_on():
        raise Refusal(f"{NAME} are switched off")
    from tenfold._learners import member_trees, trees  # with scikit-learn's trees

    trees.refuse_other_versions("members of ensembles are")
    base = vars(ensemble).get("estimator")
    if base is not None:
        member_trees.refuse_members(
            base, varies=any(is_class(type(ensemble), address) for address in _BOOSTED[:1])
        )
    if getattr(ensemble, "verbose", 0) and ensemble.verbose > 1:
        raise Refusal("each member is printed")
