"""``RandomizedSearchCV(sc, estimator, param_distributions)``, as it was written."""

from __future__ import annotations

from typing import Any

import tenfold
from spark_sklearn._search import OldFit, OldSearch, warn_of_iid


class RandomizedSearchCV(OldFit, tenfold.RandomizedSearchCV, metaclass=OldSearch):
    """:class:`tenfold.RandomizedSearchCV` with the old signature and defaults."""

    _new_call = "estimator, param_distributions, cv=3, return_train_score=True"

    def __init__(
        self,
        estimator: Any,
        param_distributions: Any,
        n_iter: int = 10,
        scoring: Any = None,
        fit_params: dict[str, Any] | None = None,
        n_jobs: int | None = None,
        iid: bool | None = None,
        refit: Any = True,
        cv: Any = 3,
        verbose: int = 0,
        pre_dispatch: Any = "2*n_jobs",
        random_state: Any = None,
        error_score: Any = "raise",
        return_train_score: bool = True,
    ) -> None:
        warn_of_iid(iid)
        super().__init__(
            estimator,
            param_distributions,
            n_iter=n_iter,
            scoring=scoring,
            n_jobs=n_jobs,
            refit=refit,
            cv=cv,
            verbose=verbose,
            pre_dispatch=pre_dispatch,
            random_state=random_state,
            error_score=error_score,
            return_train_score=return_train_score,
        )
        self.fit_params = fit_params
        self.iid = iid
