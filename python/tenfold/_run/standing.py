"""Where a search stands: what is answered, what failed, and the best candidate so far."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from tenfold._gather.calls import Request
from tenfold._run.estimate import Estimate, candidates_of

_MOST_SHOWN = 60
# The first cells of many short ones tell of cold caches, and of starting: no time is told from so few.
_FEW_SECONDS = 0.5
_FEW = 0.02


class Standing:
    """What the answers of a request say so far.

    Attributes
    ----------
    n_cells, n_answered, n_failed : int
    seconds_done : float
        What the cells took that are answered, without the transformers that were fitted for several.
    best : float
        The best mean test score of a candidate whose cells are all answered; NaN where there is none.
    """

    def __init__(self, request: Request, metric: str | None) -> None:
        self._metric = metric
        self.n_cells = len(request.calls)
        self.n_answered = self.n_failed = 0
        self.best = math.nan
        self._best_candidate: int | None = None
        self._candidates, self._parameters = candidates_of(request.calls)
        self._asked = np.bincount(self._candidates, minlength=len(self._parameters))
        self._left = self._asked.copy()
        self._sums = np.zeros(len(self._parameters))
        self._is_search = all(call.kwargs.get("candidate_progress") for call in request.calls)
        self._estimate = Estimate(self._parameters)
        self.seconds_done = 0.0
        self._prepared: dict[int, float] = {}
        self._seconds_later = 0.0

    def take(self, index: int, result: Any) -> None:
        """Take the answer of a call."""
        candidate = self._candidates[index]
        self.n_answered += 1
        self._left[candidate] -= 1
        if not isinstance(result, dict):
            return
        self.n_failed += result.get("fit_error") is not None
        seconds = float(result.get("fit_time", 0.0)) + float(result.get("score_time", 0.0))
        seconds -= self._prepared.get(index, 0.0)
        if math.isfinite(seconds):
            self.seconds_done += seconds
            self._estimate.learn(candidate, seconds)
        scores = result.get("test_scores")
        if isinstance(scores, dict):
            scores = scores.get(self._metric, next(iter(scores.values()), math.nan))
        self._sums[candidate] += math.nan if scores is None else float(scores)
        if self._is_search and self._left[candidate] == 0:
            mean = self._sums[candidate] / self._asked[candidate]
            if mean > self.best or (math.isnan(self.best) and not math.isnan(mean)):
                self.best, self._best_candidate = float(mean), candidate

    def prepared(self, seconds: Mapping[int, float], n_later: int) -> None:
        """Of these cells transformers are fitted, each one's share of it; so many others wait for theirs."""
        self._prepared.update(seconds)
        mean = sum(self._prepared.values()) / max(len(self._prepared), 1)
        self._seconds_later = n_later * mean

    def expected(self) -> float | None:
        """Seconds expected of what is not answered; None while too little is known."""
        few = self.seconds_done < _FEW_SECONDS and self.n_answered < _FEW * self.n_cells
        if few or self.seconds_done <= 0.0:
            return None
        return float(self._estimate.seconds() @ self._left) + self._seconds_later

    def said(self, running: str) -> str:
        """What a bar says beside the time: cells that failed, the best candidate, what runs."""
        failed = f"{self.n_failed:,} failed" if self.n_failed else ""
        best = ""
        if self._best_candidate is not None:
            best = f"best {self.best:.6g} ({self._described(self._best_candidate)})"
        return "; ".join(part for part in (running, failed, best) if part)

    def line(self, seconds: float, running: str) -> str:
        """All of it in one line, once it is over."""
        cells = f"{self.n_answered:,} of {self.n_cells:,} cells in {seconds:.3g} s"
        return "; ".join(part for part in (cells, self.said(running)) if part)

    def _described(self, candidate: int) -> str:
        own = self._parameters[candidate]
        said = ", ".join(f"{name}={' '.join(repr(value).split())}" for name, value in own.items())
        return said if len(said) <= _MOST_SHOWN else f"{said[: _MOST_SHOWN - 1]}…"
