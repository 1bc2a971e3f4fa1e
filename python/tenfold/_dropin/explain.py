"""Explaining a search: before it is fitted what it would do, afterwards what it did.

Before a fit, scikit-learn's own ``fit`` runs on a clone of the search until its cells are gathered and
planned; then it is stopped. So the plan is of the very cells that would be fitted, whatever the splitter, the
parameters and the version of scikit-learn, and nothing of scikit-learn is repeated here.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import joblib
import numpy as np
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from tenfold._plan.plan import Plan, plan_of
from tenfold._plan.record import Planned, Record, recording, waiting

_CALLBACKS = "_skl_callbacks"


class Explained:
    """What the search classes say of themselves: ``explain`` before a fit, ``plan_`` after it."""

    _record: Record | None = None

    def explain(self, X: Any, y: Any = None, **params: Any) -> Plan:
        """Say what ``fit`` would do with the same arguments, and fit nothing.

        Data are binned and cells are planned as for a fit, so this takes a moment on large data. The
        search and NumPy's global generator are left as they were.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_features)
        y : array-like of shape (n_samples,), optional
        **params
            What ``fit`` would be given.

        Returns
        -------
        plan : Plan
            A table when printed or shown in a notebook; its attributes hold the same. Of a halving search
            it has the first iteration, since the others depend on its scores.

        Raises
        ------
        TypeError
            Where ``cv`` is an iterator, which looking at would use up.

        Examples
        --------
        >>> from sklearn.datasets import load_iris
        >>> from sklearn.ensemble import RandomForestClassifier
        >>> import tenfold
        >>> X, y = load_iris(return_X_y=True)
        >>> grid = {"n_estimators": [10, 20], "max_depth": [2, None]}
        >>> search = tenfold.GridSearchCV(RandomForestClassifier(random_state=0), grid, cv=3)
        >>> plan = search.explain(X, y)
        >>> plan.n_fits_asked, plan.n_fits_done, plan.n_trees_asked, plan.n_trees_grown
        (12, 6, 180, 120)
        """
        return plan_of(planned(self, X, y, params), self)

    @property
    def plan_(self) -> Plan:
        """The plan of the last fit, with what it took beside what was predicted."""
        if self._record is None:
            raise NotFittedError(
                f"This {type(self).__name__} instance is not fitted yet: plan_ says what a fit did. "
                "To see a plan before fitting, use explain(X, y)."
            )
        return plan_of(self._record, self)

    def __dir__(self) -> list[str]:
        # Code that compares two fitted searches goes through what dir() lists with a trailing underscore,
        # as scikit-learn's own tests do; a search of scikit-learn's has no plan.
        return [name for name in super().__dir__() if name != "plan_"]


def planned(search: Any, X: Any, y: Any, params: dict[str, Any]) -> Record:
    """The record of a fit that was stopped as soon as it was planned."""
    trial: Any = _copy_of(search)
    callbacks = vars(trial).pop(_CALLBACKS, None)
    record = Record(plan_only=True, refusal="callbacks" if callbacks else None)
    generator_state = np.random.get_state()
    try:
        with waiting(record), _unseen_by_mlflow():
            if isinstance(search, Explained):
                trial.fit(X, y, **params)
            else:
                with recording(), joblib.parallel_config(backend="tenfold"):
                    trial.fit(X, y, **params)
    except Planned:
        pass
    finally:
        np.random.set_state(generator_state)
    return record


@contextmanager
def _unseen_by_mlflow() -> Iterator[None]:
    """MLflow's autologging would keep a failed run of a fit that is stopped."""
    mlflow = sys.modules.get("mlflow.utils.autologging_utils")
    if mlflow is None:
        yield
        return
    with mlflow.disable_autologging():
        yield


def _copy_of(search: Any) -> Any:
    cv = getattr(search, "cv", None)
    if isinstance(cv, Iterator):
        raise TypeError(
            f"cv is an iterator ({type(cv).__name__}), which looking at the search would use up; "
            "give it as a list of splits."
        )
    trial = clone(search)
    if getattr(trial, "verbose", 0):
        trial.verbose = 0
    return trial
