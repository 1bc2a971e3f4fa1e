"""scikit-learn's compiled search for neighbours, ``sklearn.metrics._pairwise_distances_reduction``.

And the threads it starts. Proven for scikit-learn 1.5 to 1.9.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

from sklearn.metrics._pairwise_distances_reduction import ArgKmin, ArgKminClassMode
from sklearn.utils._openmp_helpers import _openmp_effective_n_threads
from sklearn.utils.parallel import _get_threadpool_controller

__all__ = ["PROVEN", "ArgKmin", "ArgKminClassMode", "n_threads", "one_thread"]

PROVEN = {"sklearn": ("1.5", "1.9")}


def n_threads() -> int:
    """Threads that compiled code of scikit-learn's would start now."""
    return int(_openmp_effective_n_threads())


def one_thread() -> AbstractContextManager[Any]:
    """Hold compiled code of scikit-learn's to one thread."""
    limit: AbstractContextManager[Any] = _get_threadpool_controller().limit(
        limits=1, user_api="openmp"
    )
    return limit
