"""Histogram gradient boosting that is fitted within a tenfold search: its trees are grown by our own code.

scikit-learn's ``fit`` checks, bins, weighs, stops early and scores; for each tree it makes a grower, by a
name of its module. Within a search that name is ours, for the searching thread: the tree is the same, node
for node and to the last bit, and what is fitted is scikit-learn's. What our grower has no form for, and every
fit outside of a search or in another thread, goes to scikit-learn's own. Rows are cut into bins by
scikit-learn's code, once for all candidates that are fitted on them (``hist_boosting_bins.py``).
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tenfold import _native, _versions
from tenfold._config import get_config
from tenfold._learners.native_parts import Takes, holds_one, never
from tenfold._numerics import sklearn_hist_boosting
from tenfold._refusal import Refusal

RULE = "histogram trees"
WHY = (
    "trees of histogram gradient boosting are grown from the same sums in the same order, without an object "
    "a node, and rows that were cut into bins before are not cut again: what is fitted is scikit-learn's to "
    "the last bit"
)

# Ours takes one thread, and of many rows scikit-learn's takes as many as there are to better effect: one of
# ours was worth 2.5 of its threads over 1,600 rows, 1.8 over 20,000 and 1.45 over 50,000.
_MOST_ROWS_OF_OTHER_THREADS = 30_000

_installing = threading.Lock()
_n_users = 0
_own: dict[str, Any] = {}  # what is scikit-learn's, while ours is in its place
_here = threading.local()


def why_not() -> str | None:
    """Why trees are scikit-learn's own here, whatever they are asked to be; None where they need not be."""
    if not _native.may_share():
        return "the native engine is switched off"
    if RULE in get_config()["disabled_rules"]:
        return "the rule is switched off"
    return _versions.unproven(sklearn_hist_boosting.PROVEN)


def taking(estimator: Any) -> Takes:
    """Whether in the estimator, with some parameters, there is one whose trees may be grown here."""
    module = sklearn_hist_boosting.module()
    if module is None or why_not() is not None:
        return never
    classes = sklearn_hist_boosting.classes(module)
    return holds_one(estimator, classes, lambda part: part.interaction_cst is None)


@contextmanager
def within_search() -> Iterator[None]:
    """Have histogram gradient boosting that is fitted in this thread grow its trees by our own code."""
    module = sklearn_hist_boosting.module()
    if module is None or why_not() is not None:
        yield
        return
    from tenfold._learners import hist_boosting_trees

    _install(module, 1)
    before = getattr(_here, "is_active", False)
    _here.is_active = True
    try:
        yield
    finally:
        _here.is_active = before
        _install(module, -1)
        if not before:
            hist_boosting_trees.forget()


def _install(module: Any, change: int) -> None:
    """Put ours in the place of scikit-learn's with the first user, take it out with the last."""
    global _n_users
    with _installing:
        _n_users += change
        if not _own:
            for name, ours in _OURS.items():
                owner = _owner_of(name, module)
                _own[name] = getattr(owner, name)
                setattr(owner, name, ours)
        elif not _n_users:
            for name in _OURS:
                setattr(_owner_of(name, module), name, _own.pop(name))


def _owner_of(name: str, module: Any) -> Any:
    return sklearn_hist_boosting.base(module) if name == sklearn_hist_boosting.BINS else module


def _own_of(name: str) -> Any:
    # Taken out meanwhile by the last user, in another thread, it is where it belongs.
    return _own.get(name) or getattr(_owner_of(name, sklearn_hist_boosting.module()), name)


def _is_on() -> bool:
    # On a cluster settings are those of the task, which comes into force later than fits are taken.
    return getattr(_here, "is_active", False) and why_not() is None


def is_quicker(n_rows: int, n_threads: int) -> bool:
    """Whether our grower is the quicker one where scikit-learn's would have so many threads."""
    return n_rows * (n_threads - 1) <= _MOST_ROWS_OF_OTHER_THREADS


def _tree_grower(*args: Any, **asked: Any) -> Any:
    of_bins, n_threads = asked.get("X_binned"), asked.get("n_threads") or 1
    if _is_on() and of_bins is not None and is_quicker(len(of_bins), n_threads):
        from tenfold._learners.hist_boosting_trees import TreeGrower

        try:
            return TreeGrower(**asked)
        except Refusal:
            pass
    return _own_of(sklearn_hist_boosting.GROWER)(*args, **asked)


def _update_raw_predictions(raw_predictions: Any, grower: Any, n_threads: int) -> None:
    from tenfold._learners.hist_boosting_trees import TreeGrower

    if type(grower) is TreeGrower:
        grower.add_to(raw_predictions)
    else:
        _own_of(sklearn_hist_boosting.UPDATE)(raw_predictions, grower, n_threads)


def _bin_data(self: Any, X: Any, sample_weight: Any, is_training_data: bool) -> Any:
    own = _own_of(sklearn_hist_boosting.BINS)
    if _is_on() and is_training_data:
        from tenfold._learners.hist_boosting_bins import bins_of

        try:
            return bins_of(self, X, sample_weight, own)
        except Refusal:
            pass
    return own(self, X, sample_weight, is_training_data)


_OURS = {
    sklearn_hist_boosting.GROWER: _tree_grower,
    sklearn_hist_boosting.UPDATE: _update_raw_predictions,
    sklearn_hist_boosting.BINS: _bin_data,
}
