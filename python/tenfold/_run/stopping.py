"""Ending a search early: when its time is spent, or when it is interrupted and what is done is to be kept.

A runner states its progress after every step; that is where the time is looked at, so a search ends with the
step under way. What is not answered by then is answered with NaN, in the form that scikit-learn gives scores,
so that scikit-learn goes on to rank what was finished.
"""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Iterable
from typing import Any

from tenfold import _versions
from tenfold._config import get_config
from tenfold._gather.calls import Answer, Call, Kind, Request, arguments_of


class OutOfTime(BaseException):
    """The time of a search is spent; no error, and nobody's ``except Exception`` takes it."""


class Deadline:
    """When a search is to end, so that its winner can still be fitted.

    Parameters
    ----------
    started : float
        When the search began, by ``time.monotonic``.
    refits : bool
        Whether its winner is fitted at its end, for which time is set aside: as long as the longest fit so
        far would take on all rows, as far as that is known.
    """

    def __init__(self, started: float, refits: bool) -> None:
        budget = get_config()["time_budget"]
        self.seconds = math.inf if budget is None else budget
        self._ends = started + self.seconds
        self._refits = refits
        self.reserve = 0.0

    @property
    def sets_aside(self) -> bool:
        """Whether the winner's fit is expected to fit into the budget at all."""
        return self.reserve <= self.seconds / 2

    def learn(self, call: Call, result: Any) -> None:
        """Take what a cell took as a measure of what fitting the winner will."""
        if self._refits and isinstance(result, dict) and "fit_time" in result:
            n_rows, train = _n_rows(call), call.kwargs["train"]
            known = n_rows and hasattr(train, "__len__")
            share = n_rows / max(len(train), 1) if known else 1.0
            self.reserve = max(self.reserve, float(result["fit_time"]) * share)

    @property
    def ends(self) -> float:
        """When the last cell may begin, by ``time.monotonic``, which all processes of a machine share."""
        return self._ends - (self.reserve if self.sets_aside else 0.0)

    def check(self) -> None:
        """Raise OutOfTime where the time is spent."""
        if time.monotonic() >= self.ends:
            raise OutOfTime


def _n_rows(call: Call) -> int:
    X: Any = call.args[1] if len(call.args) > 1 else call.kwargs.get("X")
    return int(X.shape[0]) if hasattr(X, "shape") else len(X) if hasattr(X, "__len__") else 0


class Unfinished:
    """Answers the calls that nobody has answered, once a search is to end."""

    def __init__(self, request: Request, answered: Iterable[int] = ()) -> None:
        self._request = request
        self._answered = set(answered)
        self._example: Any = None

    def noting(self, answer: Answer, deadline: Deadline) -> Answer:
        """The same answer function, noting what is answered and how long it took."""

        def noting(index: int, result: Any) -> None:
            self._answered.add(index)
            self._example = result
            deadline.learn(self._request.calls[index], result)
            answer(index, result)

        return noting

    def give_up(self, answer: Answer, why: str, *, warns: bool = True) -> int:
        """Answer what is left with NaN; returns how many candidates are unfinished for it.

        Without ``warns`` nothing is said: an iteration of a halving search before this one has said it.

        Raises TimeoutError where a kind of call has no such answer.
        """
        left = [i for i in range(len(self._request.calls)) if i not in self._answered]
        if any(self._request.calls[i].kind is not Kind.FIT_AND_SCORE for i in left):
            raise TimeoutError(
                f"{why} before all of it was done; predictions can't be left out."
            ) from None
        for index in left:
            answer(index, nothing_for(self._request.calls[index], self._example))
        unfinished = {_candidate(self._request.calls[index]) for index in left}
        if left and warns:
            candidates = {_candidate(call) for call in self._request.calls}
            warnings.warn(
                f"{why}: {len(unfinished):,} of {len(candidates):,} candidates are unfinished "
                f"({len(left):,} cells); their scores are NaN, and they rank last.",
                UserWarning,
                stacklevel=2,
            )
        return len(unfinished)


def _candidate(call: Call) -> Any:
    progress = call.kwargs.get("candidate_progress")
    return None if progress is None else progress[0]


def nothing_for(call: Call, example: Any) -> dict[str, Any]:
    """What a call would have given, with NaN for scores and times.

    ``example`` is what another call gave, which shows the names of scores that only the scorer knows.
    """
    asked = arguments_of(call)
    names = _names_of_scores(asked["scorer"], example)
    scores: Any = math.nan if names is None else dict.fromkeys(names, math.nan)
    result: dict[str, Any] = {"fit_error": None, "test_scores": scores}
    if asked["return_train_score"]:
        result["train_scores"] = scores
    if asked["return_n_test_samples"]:
        result["n_test_samples"] = len(asked["test"])
    if asked["return_times"]:
        result["fit_time"] = result["score_time"] = math.nan
    if asked["return_parameters"]:
        result["parameters"] = asked["parameters"]
    if asked["return_estimator"]:
        result["estimator"] = None
    return result


def _names_of_scores(scorer: Any, example: Any) -> list[str] | None:
    scores = example.get("test_scores") if isinstance(example, dict) else None
    if isinstance(scores, dict):
        return list(scores)
    names = list(_versions.scorers_of(scorer)) if scores is None else [""]
    return None if names == [""] else names
