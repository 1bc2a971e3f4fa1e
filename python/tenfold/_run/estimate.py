"""What the cells that are left will take, learnt from those that are done.

Seconds of a cell are modelled as a product of what each parameter's value contributes: a power of a number, a
factor of anything else. The powers and factors are fitted (ridge, on logarithms) to the candidates that have
been timed, and pulled towards what is usual: iterations cost in proportion, everything else nothing. So a
grid whose cheap candidates come first is not taken to be cheap.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tenfold._gather.calls import Call

# Parameters in proportion to which a fit takes longer, wherever else they lead.
_PROPORTIONAL = frozenset(
    {"n_estimators", "max_iter", "n_iter", "iterations", "num_leaves", "max_depth", "depth"}
)
_MOST_VALUES = 20  # of a parameter that is no number
_MOST_FITTED = 500
_RIDGE = 0.5
_SHORTEST = 1e-6
_LEAST_OF_FIRST = 0.3  # that later cells take of what a first one took


def candidates_of(calls: Sequence[Call]) -> tuple[list[int], list[dict[str, Any]]]:
    """Per call the number of its candidate, and per candidate its parameters."""
    numbers: dict[Any, int] = {}
    candidates: list[int] = []
    parameters: list[dict[str, Any]] = []
    for call in calls:
        progress = call.kwargs.get("candidate_progress")
        number = numbers.setdefault(progress and progress[0], len(numbers))
        candidates.append(number)
        if number == len(parameters):
            parameters.append(call.kwargs.get("parameters") or {})
    return candidates, parameters


class Estimate:
    """Seconds of candidates: those timed so far, and those expected.

    Parameters
    ----------
    parameters : sequence of dict
        Per candidate.
    """

    def __init__(self, parameters: Sequence[dict[str, Any]]) -> None:
        self._parameters = parameters
        self._sums = np.zeros(len(parameters))
        self._firsts = np.zeros(len(parameters))
        self._counts = np.zeros(len(parameters), dtype=np.int64)
        self._features: NDArray[np.float64] | None = None
        self._usual: NDArray[np.float64] = np.zeros(0)

    def learn(self, candidate: int, seconds: float) -> None:
        """A cell of a candidate took so long."""
        if not self._counts[candidate]:
            self._firsts[candidate] = seconds
        self._sums[candidate] += seconds
        self._counts[candidate] += 1

    def seconds(self) -> NDArray[np.float64]:
        """Expected seconds of a cell of each candidate; zeros where nothing is known yet."""
        timed = np.flatnonzero(self._counts)
        if not len(timed):
            return np.zeros(len(self._sums))
        means = self._means(timed)
        if len(timed) > _MOST_FITTED:
            some = np.linspace(0, len(timed) - 1, _MOST_FITTED).astype(int)
            fitted, logs = timed[some], np.log(np.maximum(means[some], _SHORTEST))
        else:
            fitted, logs = timed, np.log(np.maximum(means, _SHORTEST))
        expected = self._model(fitted, logs)
        # Together, those that are timed are expected to take what they take.
        total = expected[timed] @ self._counts[timed]
        if total > 0.0:
            expected *= (means @ self._counts[timed]) / total
        expected[timed] = means
        return expected

    def _means(self, timed: NDArray[np.intp]) -> NDArray[np.float64]:
        """Seconds that a further cell of each of these is expected to take.

        First cells may be slower: processes start, and caches are cold. How much so is told by the candidates
        that have others.
        """
        counts, firsts = self._counts[timed], self._firsts[timed]
        others = self._sums[timed] - firsts
        several = counts > 1
        later = others[several] @ (1.0 / (counts[several] - 1)) if several.any() else 0.0
        factor = later / firsts[several].sum() if later > 0.0 else 1.0
        factor = min(max(factor, _LEAST_OF_FIRST), 1.0)
        return np.where(several, others / np.maximum(counts - 1, 1), firsts * factor)

    def _model(self, timed: NDArray[np.intp], logs: NDArray[np.float64]) -> NDArray[np.float64]:
        if self._features is None:
            self._features, self._usual = _features_of(self._parameters)
        features, usual = self._features, self._usual
        logs = logs - features[timed] @ usual
        centre, level = features[timed].mean(axis=0), float(logs.mean())
        known = features[timed] - centre
        gram = known.T @ known + _RIDGE * np.eye(known.shape[1])
        weights = np.linalg.solve(gram, known.T @ (logs - level))
        found: NDArray[np.float64] = np.exp(
            level + (features - centre) @ weights + features @ usual
        )
        return found


def _features_of(
    parameters: Sequence[dict[str, Any]],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """A column a number or a value, and the weight that is usual for each."""
    columns: list[list[float]] = []
    usual: list[float] = []
    for name in dict.fromkeys(name for own in parameters for name in own):
        values = [own.get(name) for own in parameters]
        if any(map(_is_number, values)):
            columns.append([math.log(v) if _is_number(v) else 0.0 for v in values])  # type: ignore[arg-type]
            usual.append(float(name.rpartition("__")[2] in _PROPORTIONAL))
        others = [None if _is_number(v) else _said(v) for v in values]
        for value in list(dict.fromkeys(o for o in others if o is not None))[:_MOST_VALUES]:
            columns.append([float(other == value) for other in others])
            usual.append(0.0)
    if not columns:
        return np.zeros((len(parameters), 0)), np.zeros(0)
    return np.array(columns).T, np.array(usual)


def _is_number(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float | np.number):
        return False
    return math.isfinite(value) and bool(value > 0)


def _said(value: Any) -> str:
    if isinstance(value, str | bool | None):
        return repr(value)
    return f"{type(value).__name__} {getattr(value, '__name__', '')}{str(value)[:40]}"
