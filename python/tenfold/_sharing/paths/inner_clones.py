"""Estimators inside of others, whose clones are fitted otherwise than by their own ``fit``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sklearn.base import clone

from tenfold._sharing.paths.path import Refusal
from tenfold._sharing.randomness import undrawn


class Clones:
    """Fits clones that one estimator after the other makes of the estimator inside of it.

    Each makes them in the same order, so that their place in it tells what they are fitted to.
    """

    def fit(self, made: Any, place: int, X: Any, y: Any, fit_params: Mapping[str, Any]) -> None:
        """Fit the clone that was made at this place, by ``made.fit`` or otherwise."""
        raise NotImplementedError

    def fit_outer(self, outer: Any, inner: Any, X: Any, y: Any) -> bool:
        """Fit an estimator with the one inside of it; False where that fails, as it then does alone.

        Raises
        ------
        Refusal
        """
        unfitted, n_made = clone(inner), 0

        def cloned() -> Any:
            nonlocal n_made
            made = clone(unfitted)
            vars(made)["fit"] = _Fit(self, made, n_made)
            n_made += 1
            return made

        inner.__sklearn_clone__ = cloned
        try:
            with undrawn(inner):
                outer.fit(X, y)
        except Refusal:
            raise
        except Exception:  # that candidate's own error
            return False
        finally:
            vars(inner).pop("__sklearn_clone__", None)
        return True


class _Fit:
    """The ``fit`` of a clone."""

    def __init__(self, clones: Clones, made: Any, place: int) -> None:
        self._clones, self._made, self._place = clones, made, place

    def __call__(self, X: Any, y: Any = None, **fit_params: Any) -> Any:
        vars(self._made).pop("fit")
        self._clones.fit(self._made, self._place, X, y, fit_params)
        return self._made
