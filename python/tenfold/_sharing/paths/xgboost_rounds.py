"""XGBoost: a model of fewer rounds is a slice of a longer one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from tenfold._sharing.paths.path import Path, Refusal, Shape, Values
from tenfold._sharing.paths.views import (
    refuse_fit_params,
    refuse_rounds,
    refuse_what_remembers,
    view_of,
)


class XGBoostRounds(Path):
    """``n_estimators`` of ``XGBClassifier`` and ``XGBRegressor``, grown as trees."""

    name = "boosting rounds (XGBoost)"
    why = "each round is grown from those before it, so a model of fewer rounds is a slice of the longest one"
    estimators = ("xgboost.XGBClassifier", "xgboost.XGBRegressor")
    parameters = ("n_estimators",)
    proven: ClassVar[Mapping[str, tuple[str, str]]] = {"xgboost": ("2.1", "3.2")}

    def refuse(
        self, estimator: Any, values: Values, shape: Shape, fit_params: Mapping[str, Any]
    ) -> None:
        refuse_fit_params(fit_params, ("sample_weight",))
        refuse_rounds(values["n_estimators"], "n_estimators")
        if estimator.booster not in (None, "gbtree"):
            raise Refusal(f"booster={estimator.booster!r} changes earlier rounds as it goes on")
        if estimator.early_stopping_rounds is not None:
            raise Refusal("early stopping ends each candidate where it likes")
        if estimator.callbacks is not None:
            raise Refusal("callbacks of yours may look at anything")
        refuse_what_remembers(estimator)
        if estimator.device not in (None, "cpu"):
            raise Refusal(f"on device={estimator.device!r} it is not proven")
        if estimator.multi_strategy not in (None, "one_output_per_tree"):
            raise Refusal(f"with multi_strategy={estimator.multi_strategy!r} it is not proven")
        if estimator.verbosity not in (None, 0, 1):
            raise Refusal("verbosity prints a report a fit")
        extra = getattr(estimator, "kwargs", None)
        if extra:
            raise Refusal(f"with the native parameter {sorted(extra)[0]} it is not proven")

    def work(self, estimator: Any, values: Values, shape: Shape) -> float:
        return float(values["n_estimators"])

    def fit(
        self, estimator: Any, values: Sequence[Values], X: Any, y: Any, **fit_params: Any
    ) -> Iterator[tuple[int, Any]]:
        counts = [own["n_estimators"] for own in values]
        whole = estimator.set_params(n_estimators=max(counts)).fit(X, y, **fit_params)
        booster = whole.get_booster()
        for index in np.argsort(counts, kind="stable").tolist():
            count = counts[index]
            part = booster if count == max(counts) else booster[: int(count)]
            yield index, view_of(whole, n_estimators=count, _Booster=part)


PATHS = (XGBoostRounds,)
