"""A search written to an Optuna study while it runs, so that optuna-dashboard watches it.

Databases are slower than many a cell: a thread of its own writes, and the search waits for it once, at its
end. A candidate that is done by the time its turn comes is written at once, any other as a running trial
with the fold scores so far.
"""

from __future__ import annotations

import math
import threading
import time
import warnings
from collections import deque
from typing import Any

import numpy as np

from tenfold._gather.calls import Answer, Call, Request
from tenfold._report.study import distributions_of, new_study, trial_of
from tenfold._report.table import SearchTable


class LiveStudy:
    """Writes what cells give to a study; closed by ``close``, with all of it written.

    Parameters
    ----------
    target : str, optuna storage or optuna.study.Study
        A storage gets a study of its own, named for the estimator and the time.
    request : Request
        Its candidates are those of the study. Later iterations of a halving search go to the same one.
    metric : str, optional
        The score that decides, where there are several.
    before : LiveStudy, optional
        That of the iteration before, whose study is gone on with.
    """

    def __init__(
        self, target: Any, request: Request, metric: str | None, before: LiveStudy | None = None
    ) -> None:
        self._places = [(_number(call, 0), _number(call, 1)) for call in request.calls]
        numbers = sorted({candidate for candidate, _ in self._places})
        self._rows = {candidate: row for row, candidate in enumerate(numbers)}
        parameters = {_number(call, 0): _parameters(call) for call in request.calls}
        n_splits = 1 + max(split for _, split in self._places)
        self._table = SearchTable(
            title=type(_estimator(request.calls[0])).__name__,
            candidates=[parameters[number] for number in numbers],
            scores={"score": np.full((len(numbers), n_splits), np.nan)},
            metric="score",
            fit_times=np.full(len(numbers), np.nan),
            iterations=np.zeros(len(numbers), dtype=np.int64),
        )
        self._metric = metric
        self._left = np.bincount([self._rows[candidate] for candidate, _ in self._places])
        self._seconds: list[list[float]] = [[] for _ in numbers]
        if before is None:
            self._study = _study_of(target, self._table.title)
            self._distributions = distributions_of(self._table)
        else:  # to Optuna a parameter's values are the same throughout a study
            self._study, self._distributions = before._study, before._distributions
        self._trials: dict[int, tuple[Any, set[int]]] = {}
        self._written: set[int] = set()
        self._waiting: deque[int] = deque()
        self._more = threading.Condition()
        self._over = False
        self._thread = threading.Thread(target=self._write_all, name="tenfold-study", daemon=True)
        self._thread.start()

    def noting(self, answer: Answer) -> Answer:
        """The same answer function, handing over what is answered."""

        def noting(index: int, result: Any) -> None:
            if isinstance(result, dict):
                candidate, split = self._places[index]
                row = self._rows[candidate]
                with self._more:
                    self._table.scores["score"][row, split] = self._score(result)
                    self._seconds[row].append(float(result.get("fit_time", math.nan)))
                    self._left[row] -= 1
                    self._waiting.append(row)
                    self._more.notify()
            answer(index, result)

        return noting

    def close(self) -> None:
        """Wait until all of it is written."""
        with self._more:
            self._over = True
            self._more.notify()
        self._thread.join()

    def _score(self, result: dict[str, Any]) -> float:
        scores = result.get("test_scores")
        if isinstance(scores, dict):
            scores = scores.get(self._metric, next(iter(scores.values()), math.nan))
        return math.nan if scores is None else float(scores)

    def _write_all(self) -> None:
        try:
            while True:
                with self._more:
                    while not self._waiting and not self._over:
                        self._more.wait()
                    if not self._waiting:
                        return
                    row = self._waiting.popleft()
                    is_done = self._left[row] == 0
                    folds = self._table.scores["score"][row].copy()
                if row not in self._written:
                    self._write(row, folds, is_done)
        except Exception as error:
            warnings.warn(
                f"the study can't be written to ({type(error).__name__}: {error}); the search goes on "
                "without it.",
                RuntimeWarning,
                stacklevel=2,
            )

    def _write(self, row: int, folds: Any, is_done: bool) -> None:
        import optuna

        if is_done:
            self._written.add(row)
            self._table.fit_times[row] = np.mean(self._seconds[row])
        if row not in self._trials:
            frozen = trial_of(self._table, row, self._distributions)
            if is_done:
                self._study.add_trial(frozen)
                return
            self._study.enqueue_trial(frozen.params, user_attrs={"candidate": row})
            self._trials[row] = self._study.ask(frozen.distributions), set()
        trial, reported = self._trials[row]
        for split, score in enumerate(folds):
            if math.isfinite(score) and split not in reported:
                trial.report(float(score), split)
                reported.add(split)
        if is_done:
            trial.set_user_attr("mean_fit_time", float(self._table.fit_times[row]))
            mean = float(folds.mean())
            if math.isfinite(mean):
                self._study.tell(trial, mean)
            else:
                self._study.tell(trial, state=optuna.trial.TrialState.FAIL)


def _study_of(target: Any, title: str) -> Any:
    if hasattr(target, "add_trial"):
        return target
    name = f"{title} {time.strftime('%Y-%m-%d %H:%M:%S')} {time.time_ns() % 10**6:06}"
    study = new_study(storage=target, study_name=name)
    study.set_user_attr("title", title)
    return study


def _number(call: Call, which: int) -> int:
    """Candidate (0) or split (1) of a search's call."""
    name = ("candidate_progress", "split_progress")[which]
    number: int = call.kwargs[name][0]
    return number


def _parameters(call: Call) -> dict[str, Any]:
    return call.kwargs.get("parameters") or {}


def _estimator(call: Call) -> Any:
    return call.args[0] if call.args else call.kwargs["estimator"]
