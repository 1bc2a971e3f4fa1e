"""LightGBM: a model of fewer rounds is the first trees of a longer one.

A round that finds nothing to split stores no tree, and training goes on. So how many iterations a model of so
many rounds holds is written down as the longest one is trained.
"""

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

# Native parameters, by the names people give them, with which equality was proven.
_NATIVE = frozenset(
    {
        "bagging_fraction",
        "bagging_freq",
        "data_sample_strategy",
        "deterministic",
        "feature_fraction",
        "force_col_wise",
        "force_row_wise",
        "lambda_l1",
        "lambda_l2",
        "max_bin",
        "min_data_in_leaf",
        "num_threads",
        "seed",
        "verbose",
        "verbosity",
    }
)


class LightGBMRounds(Path):
    """``n_estimators`` of ``LGBMClassifier`` and ``LGBMRegressor``."""

    name = "boosting rounds (LightGBM)"
    why = (
        "each round is grown from those before it, so a model of fewer rounds is the first trees of the "
        "longest one; rounds that grew no tree are counted"
    )
    estimators = ("lightgbm.LGBMClassifier", "lightgbm.LGBMRegressor")
    parameters = ("n_estimators",)
    proven: ClassVar[Mapping[str, tuple[str, str]]] = {"lightgbm": ("4.5", "4.7")}

    def refuse(
        self, estimator: Any, values: Values, shape: Shape, fit_params: Mapping[str, Any]
    ) -> None:
        refuse_fit_params(fit_params, ("sample_weight",))
        refuse_rounds(values["n_estimators"], "n_estimators")
        if estimator.boosting_type not in ("gbdt", "goss", "rf"):
            raise Refusal(
                f"boosting_type={estimator.boosting_type!r} changes earlier rounds as it goes on"
            )
        refuse_what_remembers(estimator)
        native = set(estimator.get_params()) - set(estimator._get_param_names())
        for name in sorted(native - _NATIVE):
            raise Refusal(f"with the native parameter {name} it is not proven")

    def work(self, estimator: Any, values: Values, shape: Shape) -> float:
        return float(values["n_estimators"])

    def fit(
        self, estimator: Any, values: Sequence[Values], X: Any, y: Any, **fit_params: Any
    ) -> Iterator[tuple[int, Any]]:
        from lightgbm import Booster

        counts = [own["n_estimators"] for own in values]
        n_stored: list[int] = []
        whole = estimator.set_params(n_estimators=max(counts))
        whole.fit(
            X,
            y,
            callbacks=[lambda env: n_stored.append(env.model.current_iteration())],
            **fit_params,
        )
        for index in np.argsort(counts, kind="stable").tolist():
            count = counts[index]
            # Training ends for good where nothing at all can be split.
            n_iterations = n_stored[min(int(count), len(n_stored)) - 1]
            if n_iterations == 0:
                continue  # which would stand for all
            view = view_of(whole, n_estimators=count)
            view._other_params = {**whole._other_params, "n_estimators": count}
            if n_iterations < n_stored[-1]:
                model = whole.booster_.model_to_string(num_iteration=n_iterations)
                view._Booster = Booster(model_str=model)
                view._Booster.best_iteration = whole.booster_.best_iteration
                view._Booster.best_score = whole.booster_.best_score
                view._Booster.params = {**whole.booster_.params}
            yield index, view


PATHS = (LightGBMRounds,)
