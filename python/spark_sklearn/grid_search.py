"""``GridSearchCV(sc, estimator, param_grid)``, as it was written."""

from __future__ import annotations

from typing import Any

import tenfold
from spark_sklearn._search import OldFit, OldSearch, warn_of_iid


class GridSearchCV(OldFit, tenfold.GridSearchCV, metaclass=OldSearch):
    """:class:`tenfold.GridSearchCV` with the old signature and defaults.

    ``sc`` may come first and is not needed; ``cv`` is 3, training scores are kept, and an error in a
    fit is raised, as it was.
    """

    _new_call = "estimator, param_grid, cv=3, return_train_score=True"

    def __init__(
        self,
        estimator: Any,
        param_grid: Any,
        scoring: Any = None,
        fit_params: dict[str, Any] | None = None,
        n_jobs: int | None = None,
        iid: bool | None = None,
        refit: Any = True,
        cv: Any = 3,
        verbose: int = 0,
        pre_dispatch: Any = "2*n_jobs",
        error_score: Any = "raise",
        return_train_score: bool = True,
    ) -> None:
        warn_of_iid(iid)
        super().__init__(
            estimator,
            param_grid,
            scoring=scoring,
            n_jobs=n_jobs,
            refit=refit,
            cv=cv,
            verbose=verbose,
            pre_dispatch=pre_dispatch,
            error_score=error_score,
            return_train_score=return_train_score,
        )
        self.fit_params = fit_params
        self.iid = iid
