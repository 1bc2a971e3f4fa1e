"""What calls of unknown cost will take, learnt from the first of them to be answered."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from tenfold._gather.calls import Call
from tenfold._run.estimate import Estimate, candidates_of

# Of a call beside its fit and its scoring: cloning, reading what it is told, its answer.
_BESIDE_SECONDS = 1e-3


class Costs:
    """Seconds of the calls of a search: learnt from answers, for calls that have none yet.

    Parameters
    ----------
    calls : sequence of Call
        All of the search.

    Attributes
    ----------
    n_learnt : int
        Calls that have been learnt from.
    """

    def __init__(self, calls: Sequence[Call]) -> None:
        self._candidates, parameters = candidates_of(calls)
        self._estimate = Estimate(parameters)
        self.n_learnt = 0

    def learn(self, index: int, given: Any, seconds: float) -> None:
        """A call gave this, in so long with all that is done for it, imports too."""
        if isinstance(given, dict) and "fit_time" in given:
            seconds = float(given["fit_time"]) + float(given.get("score_time", 0.0))
        self.n_learnt += 1
        if math.isfinite(seconds):
            self._estimate.learn(self._candidates[index], seconds)

    def seconds(self, indices: Iterable[int]) -> list[float]:
        """Seconds expected of these calls."""
        expected = self._estimate.seconds() + _BESIDE_SECONDS
        found: list[float] = expected[np.take(self._candidates, list(indices))].tolist()
        return found
