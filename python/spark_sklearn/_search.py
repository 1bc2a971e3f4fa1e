"""What the two searches share: the Spark context left out, the old keywords understood."""

from __future__ import annotations

import warnings
from abc import ABCMeta
from typing import Any

from spark_sklearn._deprecation import warn


class OldSearch(ABCMeta):
    """Takes the ``sc`` that old calls begin with, and drops it: the session is found by itself."""

    _new_call: str

    def __call__(cls, *args: Any, sc: Any = None, **kwargs: Any) -> Any:
        if args and not hasattr(args[0], "fit"):
            args = args[1:]
        warn(cls.__name__, f"tenfold.{cls.__name__}({cls._new_call}), without a SparkContext")
        return super().__call__(*args, **kwargs)


class OldFit:
    """``fit`` with ``groups`` by place, and with the ``fit_params`` of the constructor."""

    fit_params: dict[str, Any] | None

    def fit(self, X: Any, y: Any = None, groups: Any = None, **params: Any) -> Any:
        """Search; ``fit_params`` of the constructor go to every fit."""
        given = params if groups is None else {"groups": groups, **params}
        fit = super().fit  # type: ignore[misc]
        return fit(X, y, **given, **(self.fit_params or {}))


def warn_of_iid(iid: bool | None) -> None:
    """Say that ``iid``, which scikit-learn has dropped, changes nothing."""
    if iid is not None:
        warnings.warn(
            "iid has no effect: scikit-learn 0.24 dropped it, and folds count alike",
            DeprecationWarning,
            stacklevel=3,
        )
