"""What members of an ensemble answer to the rows that are scored, asked once for all its readings.

A smaller ensemble has the first members of a larger one, and scikit-learn adds their answers up anew. Here
each member is replaced by one that knows its answers; what is made of them is scikit-learn's own code.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from tenfold._lazy import is_class
from tenfold._sharing.paths.views import Beside, LastFew, Rounds, view_of
from tenfold._versions import float32_rows

_ASKED = ("predict", "predict_proba", "decision_function")
_MOST_BYTES = 64 << 20
_CLASSIFIERS = ("sklearn.tree.DecisionTreeClassifier", "sklearn.tree.ExtraTreeClassifier")
_REGRESSORS = ("sklearn.tree.DecisionTreeRegressor", "sklearn.tree.ExtraTreeRegressor")


class KnownMembers:
    """The members of one ensemble.

    Parameters
    ----------
    members : sequence of estimators
        Fitted.
    columns : sequence of ndarray, optional
        Which columns each was fitted on; by default all.
    """

    def __init__(self, members: Sequence[Any], columns: Sequence[Any] | None = None) -> None:
        self._members = members
        self._columns = columns
        self._of_rows = LastFew()

    def first(self, count: int, X: Any) -> list[Any]:
        """The first members, which know their answers to X; themselves where those would take too much."""
        n_values = len(getattr(self._members[0], "classes_", ())) or 1
        n_rows = X.shape[0] if hasattr(X, "shape") else len(X)
        if n_rows * len(self._members) * n_values * 8 > _MOST_BYTES:
            return list(self._members[:count])
        known: list[Any] = self._of_rows.get(X, lambda: self._known(X))
        return known[:count]

    def _known(self, X: Any) -> list[Any]:
        rows = _plain_rows(X)
        columns = self._columns or [None] * len(self._members)
        return [
            _Known(member, None if rows is None else _Tree.of(member, rows, own))
            for member, own in zip(self._members, columns, strict=True)
        ]


def _plain_rows(X: Any) -> Any:
    """X as trees see it, where they have nothing to say of it."""
    if not isinstance(X, np.ndarray) or X.ndim != 2 or X.dtype.kind not in "fiub":
        return None
    with np.errstate(over="ignore"):
        rows = float32_rows(X)
    return rows if np.isfinite(rows).all() else None


class _Tree:
    """A tree's answers, without its checks of rows that have been checked."""

    def __init__(self, tree: Any, rows: Any, columns: Any) -> None:
        self._tree = tree
        self._rows = rows
        self._columns = columns

    @classmethod
    def of(cls, member: Any, rows: Any, columns: Any) -> _Tree | None:
        """Of a tree of scikit-learn's for one output; None of another member."""
        known = any(is_class(type(member), one) for one in (*_CLASSIFIERS, *_REGRESSORS))
        if not known or member.n_outputs_ != 1:
            return None
        n_columns = rows.shape[1] if columns is None else len(columns)
        return cls(member, rows, columns) if n_columns == member.n_features_in_ else None

    def answer(self, name: str) -> Any:
        """As ``BaseDecisionTree.predict`` and ``predict_proba`` make it of what leaves hold."""
        rows = self._rows if self._columns is None else self._rows[:, self._columns]
        values = self._tree.tree_.predict(rows)
        if not hasattr(self._tree, "classes_"):
            return values[:, 0]
        if name == "predict":
            return self._tree.classes_.take(np.argmax(values, axis=1), axis=0)
        return values[:, : self._tree.n_classes_]


class _Known:
    """A member that remembers what it answers; all else is the member's."""

    def __init__(self, member: Any, tree: _Tree | None) -> None:
        self._member = member
        self._tree = tree
        self._answers: dict[str, Any] = {}

    def __getattr__(self, name: str) -> Any:
        asked = getattr(self._member, name)
        if name not in _ASKED:
            return asked

        def answer(X: Any, **params: Any) -> Any:
            if params:
                return asked(X, **params)
            if name not in self._answers:
                self._answers[name] = asked(X) if self._tree is None else self._tree.answer(name)
            return self._answers[name]

        return answer


_beside: Beside[KnownMembers] = Beside()


class RoundsOfMembers(Rounds):
    """Rounds of which each has one member more, that is asked once for all readings."""

    def members_of(self, whole: Any) -> KnownMembers:
        """Those of the longest fit."""
        return KnownMembers(whole.estimators_)

    def read_all(self, whole: Any, counts: Sequence[Any], X: Any) -> Iterator[tuple[int, Any]]:
        members = self.members_of(whole)
        for index, view in super().read_all(whole, counts, X):
            _beside.put(view, members)
            yield index, view

    def response(self, fitted: Any, method: str, X: Any) -> Any:
        members = _beside.get(fitted)
        if members is None:
            return super().response(fitted, method, X)
        known = members.first(len(fitted.estimators_), X)
        return getattr(view_of(fitted, estimators_=known), method)(X)
