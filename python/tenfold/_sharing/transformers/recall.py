"""A cell over transformers that are fitted already, run by scikit-learn's own code.

A Pipeline asks its ``memory`` for each fitted transformer and what it gave. For the length of one cell
that memory is ours, and answers from the shared front; what follows (the last step's fit, scoring,
errors, printed lines) is scikit-learn's.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from sklearn.base import BaseEstimator

from tenfold._answer.readings import with_fit
from tenfold._gather.objects import another_object
from tenfold._sharing.transformers.fit import Front, own_copy


def recall(
    front: Front,
    function: Callable[..., Any],
    *args: Any,
    take_last: Callable[[Any], Any] | None = None,
    add_seconds: bool = True,
    **kwargs: Any,
) -> Any:
    """Call ``_fit_and_score`` or ``_fit_and_predict`` with the front known to its Pipeline.

    ``take_last(estimator)`` stands for the fit of the last step, where that has been read off already;
    without ``add_seconds`` its caller adds the front's share of the time.
    """
    if args:
        pipeline = another_object(args[0])
        args = (pipeline, *args[1:])
    else:
        pipeline = kwargs["estimator"] = another_object(kwargs["estimator"])
    if front.dropped:  # the cell was answered elsewhere while this process waited for it
        return function(*args, **kwargs)
    if (
        front.fitted == []
    ):  # nothing to recall, and nobody to put the Pipeline's memory back in time
        return function(*args, **kwargs)
    memory = pipeline.memory
    pipeline.memory = recalling = _Recall(pipeline, front, take_last)
    try:
        with recalling.lending():
            result = function(*args, **kwargs)
    finally:
        pipeline.memory = memory
    if add_seconds and isinstance(result, dict) and "fit_time" in result:
        result["fit_time"] += front.fit_seconds
        result["score_time"] += front.score_seconds
    return result


class _Recall:
    """What ``Pipeline.fit`` takes for a ``memory``: it has seen every transformer before."""

    # A Pipeline clones transformers for memories that are somewhere.
    location = None

    def __init__(
        self, pipeline: Any, front: Front, take_last: Callable[[Any], Any] | None = None
    ) -> None:
        self._pipeline = pipeline
        self._take_last = take_last
        self._memory = pipeline.memory
        self._front = front
        self._n_steps = 0
        self._n_done = 0
        self._X_train: Any = None
        self._lent = ExitStack()

    def lending(self) -> ExitStack:
        """For as long as the last step may have another fit than its own."""
        return self._lent

    def cache(self, function: Callable[..., Any], **options: Any) -> Callable[..., Any]:
        """Called as the fit begins, with the parameters of this cell in force."""
        self._n_steps = sum(
            not (step is None or (isinstance(step, str) and step == "passthrough"))
            for _, step in self._pipeline.steps[:-1]
        )
        self._n_done = 0
        if self._take_last is not None:
            self._lent.enter_context(with_fit(self._pipeline.steps[-1][1], self._take_last))
        return self._fit_transform_one

    def _fit_transform_one(self, transformer: Any, X: Any, *args: Any, **kwargs: Any) -> Any:
        if not self._n_done:
            self._X_train = X
        self._n_done += 1
        if self._front.fitted is not None:
            transformer = copy.deepcopy(self._front.fitted[self._n_done - 1][1])
        if self._n_done < self._n_steps:
            return X, transformer if self._front.fitted is not None else _Applied(None, None)
        self._pipeline.memory = self._memory
        fitted_on = own_copy(self._front.fitted_on)
        if self._front.fitted is not None:
            return fitted_on, transformer
        return fitted_on, _Applied(self._front, self._X_train)


class _Applied(BaseEstimator):  # type: ignore[misc]
    """Stands for fitted transformers where only the rows of the split are asked for.

    The last one has what all gave together; those before it pass rows on.
    """

    def __init__(self, front: Front | None, X_train: Any) -> None:
        self.front = front
        self.X_train = X_train

    def fit(self, X: Any, y: Any = None) -> Any:
        """Nothing is left to fit."""
        return self

    def transform(self, X: Any) -> Any:
        """What the transformers gave for the training rows, or for the test rows."""
        if self.front is None:
            return X
        return own_copy(self.front.train if X is self.X_train else self.front.test)
