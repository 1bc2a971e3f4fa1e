"""From the engine's numbers back to what scikit-learn's functions return.

Where only accuracies are asked for, a result is a dictionary whose keys scikit-learn itself has shown:
its own function runs once, and what it returns is the template of all others. Everything else runs
scikit-learn's own function a cell, over a stand-in that answers from native probabilities.
"""

from __future__ import annotations

from typing import Any

from sklearn.base import clone

from tenfold import _versions
from tenfold._answer.stand_in import NativeResult, become_genuine, put_on, take_off
from tenfold._gather.calls import Call, Kind, arguments_of
from tenfold._translate.cells import NativeCell, NativeRun

_KNOWN_KEYS = frozenset(
    {"fit_error", "test_scores", "train_scores", "n_test_samples", "fit_time", "score_time"}
)


def template_of(cell: NativeCell) -> dict[str, Any] | None:
    """What scikit-learn returns for such a cell; None where it has keys that are not known here."""
    asked = arguments_of(cell.call)
    estimator = clone(cell.estimator)
    vars(estimator)["fit"] = lambda X, y=None, **params: estimator
    asked.update(estimator=estimator, scorer=_constant_score, parameters=None, callback_ctx=None)
    # A row of each part will do: scikit-learn would copy all of them.
    asked.update(train=asked["train"][:1], test=asked["test"][:1])
    if "callback_ctx" not in _versions.fit_and_score_parameters:
        del asked["callback_ctx"]
    result: dict[str, Any] = type(cell.call)(cell.call.function, (), asked)()
    return result if set(result) <= _KNOWN_KEYS and result.get("fit_error") is None else None


def _constant_score(estimator: Any, X: Any, y: Any) -> float:
    return 0.0


class AccuracyAnswers:
    """Answers cells from their accuracies alone."""

    def __init__(self, run: NativeRun, template: dict[str, Any]) -> None:
        self._template = template
        self._train = run.manner.train
        scorer = arguments_of(run.cells[0].call)["scorer"]
        names = list(_versions.scorers_of(scorer))
        self._names = None if names == [""] else names

    def result(
        self, cell: NativeCell, test: float, train: float, fit_time: float, score_time: float
    ) -> dict[str, Any]:
        """The result of one cell."""
        result = self._template.copy()
        result["test_scores"] = self._scores(test)
        if self._train:
            result["train_scores"] = self._scores(train)
        if "n_test_samples" in result:
            result["n_test_samples"] = len(cell.split.test)
        if "fit_time" in result:
            result["fit_time"] = fit_time
            result["score_time"] = score_time
        return result

    def _scores(self, accuracy: float) -> Any:
        return accuracy if self._names is None else dict.fromkeys(self._names, accuracy)


def answer_by_stand_in(
    cell: NativeCell, result: NativeResult, fit_time: float, score_time: float
) -> Any:
    """Run scikit-learn's own function over a stand-in, and put the engine's times into its result."""
    put_on(cell.estimator, result)
    try:
        answer = _call_with(cell.call, cell.estimator)
        if cell.call.kind is Kind.FIT_AND_SCORE:
            if "fit_time" in answer:
                answer["fit_time"] += fit_time
                answer["score_time"] += score_time
            if "estimator" in answer:
                become_genuine(answer["estimator"])
    finally:
        # The request holds the estimator until the search ends; it is not to hold the split's rows too.
        take_off(cell.estimator)
    return answer


def _call_with(call: Call, estimator: Any) -> Any:
    if call.args:
        return call.function(estimator, *call.args[1:], **call.kwargs)
    return call.function(**{**call.kwargs, "estimator": estimator})
