"""The last step of Pipelines, asked of the engine: its cells over the transformed data.

The transformed data of a front becomes a table of its own: training rows, then test rows, then, where
training scores are asked for and ``transform`` gives other values for the training rows than
``fit_transform`` did (PCA does), those rows again, which a second cell then scores as if they were test
rows.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import clone, is_classifier

from tenfold import _learners, _versions
from tenfold._gather.calls import Answer, Call, Kind, Request
from tenfold._plan.part import Part
from tenfold._refusal import Refusal
from tenfold._run import native as on_engine
from tenfold._run.progress import Progress
from tenfold._sharing.transformers.fit import Front
from tenfold._sharing.transformers.groups import Group, PipelineCell
from tenfold._translate.cells import translate
from tenfold._translate.session import Session


class Data(NamedTuple):
    """A front's data as one table; ``again`` are the rows to score for training scores, if they differ."""

    X: Any  # an array, or a sparse matrix of rows
    y: NDArray[Any]
    train: NDArray[np.int64]
    test: NDArray[np.int64]
    again: NDArray[np.int64] | None


def run_native(
    engine: Any,
    request: Request,
    group: Group,
    front: Front,
    n_threads: int,
    progress: Progress,
    answer: Answer,
    part: Part | None = None,
) -> list[tuple[PipelineCell, str]]:
    """Answer the cells of a group that the engine can; returns the others, with the reason each."""
    try:
        data = _data_of(group.cells[0].asked, front)
    except Refusal as reason:
        return [(cell, str(reason)) for cell in group.cells]
    left: list[tuple[PipelineCell, str]] = []
    halves = _Halves(front, answer)
    calls: list[Call] = []
    answers: list[int | None] = []
    for cell in group.cells:
        try:
            own_calls = calls_of(cell, data)
        except Refusal as reason:
            left.append((cell, str(reason)))
        else:
            halves.expect(len(calls), cell, len(own_calls))
            calls += own_calls
            answers += [cell.index, *[None] * (len(own_calls) - 1)]
    if not calls:
        return left
    translation = translate(replace(request, calls=calls), Session(), engine)
    refused = dict(translation.left)
    for native in translation.runs:
        progress.begins(n_threads)
        search = on_engine.run(engine, native, n_threads, progress, halves.take)
        if part is not None:
            part.add_native(native, search, answers)
    left += halves.unanswered(refused)
    return left


def _data_of(asked: dict[str, Any], front: Front) -> Data:
    if asked.get("return_estimator") or asked.get("return_parameters"):
        raise Refusal("the fitted Pipeline is asked for")
    if asked.get("verbose", 0) > 1:
        raise Refusal("a line a cell is printed")
    if front.fitted is not None:
        raise Refusal("a scorer that may look inside the Pipeline")
    parts = [_values_of(front.fitted_on), _values_of(front.test)]
    y = labels_of(asked["y"])
    rows = [row_numbers(asked["train"], len(y)), row_numbers(asked["test"], len(y))]
    n_train, n_test = parts[0].shape[0], parts[1].shape[0]
    again = None
    if asked.get("return_train_score"):
        train = _values_of(front.train)
        if not _are_alike(train, parts[0]):
            parts.append(train)
            rows.append(rows[0])
            again = n_train + n_test + np.arange(n_train)
    if [part.shape[0] for part in parts] != [len(part) for part in rows]:
        raise Refusal("a transformer changes the number of rows")
    if len({part.shape[1] for part in parts}) > 1:
        raise Refusal("test rows have other columns")
    labels = np.concatenate([y[part] for part in rows])
    classifies = is_classifier(asked["estimator"].steps[-1][1])
    if "method" in asked and classifies and len(np.unique(labels)) < len(np.unique(y)):
        raise Refusal("a split that lacks classes")
    test = n_train + np.arange(n_test)
    kinds = {(type(part), part.dtype) for part in parts}
    if any(map(sparse.issparse, parts)) and len(kinds) > 1:
        raise Refusal("test rows are of another kind than the training rows")
    all_rows = sparse.vstack(parts, "csr") if sparse.issparse(parts[0]) else np.concatenate(parts)
    return Data(all_rows, labels, np.arange(n_train), test, again)


def _are_alike(one: Any, other: Any) -> bool:
    """Whether two tables are the same to trees, which see float32."""
    if sparse.issparse(one) or sparse.issparse(other):
        alike = type(one) is type(other) and one.shape == other.shape
        return alike and (_as_trees_see(one) != _as_trees_see(other)).nnz == 0
    return np.array_equal(_as_trees_see(one), _as_trees_see(other))


def _as_trees_see(values: Any) -> Any:
    with np.errstate(over="ignore"):
        return values.astype(np.float32)


def _values_of(data: Any) -> Any:
    if sparse.issparse(data):
        if data.format != "csr":
            raise Refusal(f"transformed data is a {type(data).__name__}")
        return data
    if type(data) is np.ndarray and data.ndim == 2 and data.dtype.kind == "f":
        return data
    try:
        if isinstance(data, np.ndarray) or hasattr(data, "iloc"):
            return _versions.float32_table(data)
    except (ValueError, TypeError) as error:
        raise Refusal("transformed data cannot be read as a table of numbers") from error
    raise Refusal(f"transformed data is a {type(data).__name__}")


def labels_of(y: Any) -> NDArray[Any]:
    pandas = sys.modules.get("pandas")
    if isinstance(y, np.ndarray | list) or (pandas is not None and type(y) is pandas.Series):
        labels = np.asarray(y)
        if labels.ndim == 1:
            return labels
    raise Refusal("y is missing" if y is None else "y is not a plain column of labels")


def row_numbers(rows: Any, n_rows: int) -> NDArray[np.int64]:
    numbers = np.asarray(rows)
    if numbers.ndim != 1 or numbers.dtype.kind not in "iu" or not len(numbers):
        raise Refusal("a split is not given as row numbers")
    if numbers.min() < 0 or numbers.max() >= n_rows:
        raise Refusal("a split has row numbers outside of X")
    return numbers


def calls_of(cell: PipelineCell, data: Data) -> list[Call]:
    """The cell's call over its last step alone, once or (for training scores) twice."""
    asked, parameters = cell.asked, cell.last_parameters
    name, last = asked["estimator"].steps[-1]
    if asked.get("fit_params"):  # all are None, and of the last step
        of_last = {n.removeprefix(f"{name}__"): v for n, v in asked["fit_params"].items()}
        asked = {**asked, "fit_params": of_last}
    if parameters and "" in parameters:
        last = clone(parameters[""])
        parameters = {name: value for name, value in parameters.items() if name}
    if not _learners.may_follow_transformers(type(last)):
        raise Refusal(f"{type(last).__name__} has no native learner")
    _refuse_unknown_methods(asked, last)
    if cell.call.kind is Kind.FIT_AND_PREDICT:
        names = {**asked, "estimator": last, "X": data.X, "y": data.y}
        return [Call(cell.call.function, (), {**names, "train": data.train, "test": data.test})]
    kwargs = {name: value for name, value in asked.items() if name not in ("estimator", "X", "y")}
    kwargs.update(train=data.train, test=data.test, parameters=parameters)
    if data.again is None:
        return [Call(cell.call.function, (last, data.X, data.y), kwargs)]
    random_state = (parameters or {}).get("random_state", last.random_state)
    if random_state is None:
        raise Refusal("training scores of trees without a seed, over rows transformed anew")
    kwargs["return_train_score"] = False
    second = {**kwargs, "test": data.again}
    return [
        Call(cell.call.function, (last, data.X, data.y), kwargs),
        Call(cell.call.function, (clone(last), data.X, data.y), second),
    ]


def _refuse_unknown_methods(asked: dict[str, Any], last: Any) -> None:
    """Raise Refusal where a Pipeline lacks what it is asked for: scikit-learn is to name the Pipeline."""
    wanted: list[Any] = [asked["method"]] if "method" in asked else []
    if "scorer" in asked:
        scorers = _versions.scorers_of(asked["scorer"]).values()
        wanted = [_versions.methods_of_scorer(scorer) for scorer in scorers]
    for methods in wanted:
        names = [methods] if isinstance(methods, str) else methods
        if not any(hasattr(last, name) for name in names):
            raise Refusal(f"{type(last).__name__} has no {' or '.join(names)}")


class _Halves:
    """Puts the answers of one cell's calls together, and adds the front's share of the time."""

    def __init__(self, front: Front, answer: Answer) -> None:
        self._front = front
        self._answer = answer
        self._cells: dict[int, tuple[PipelineCell, int]] = {}  # first call: cell, number of calls
        self._first_of: dict[int, int] = {}
        self._results: dict[int, Any] = {}

    def expect(self, first: int, cell: PipelineCell, n_calls: int) -> None:
        """The calls from this one on are of a cell."""
        self._cells[first] = cell, n_calls
        for number in range(first, first + n_calls):
            self._first_of[number] = first

    def take(self, number: int, result: Any) -> None:
        """Keep a call's answer; answer the cell when it has all."""
        self._results[number] = result
        first = self._first_of[number]
        cell, n_calls = self._cells[first]
        numbers = range(first, first + n_calls)
        if all(n in self._results for n in numbers):
            results = [self._results.pop(n) for n in numbers]
            del self._cells[first]
            self._answer(cell.index, self._together(results))

    def _together(self, results: list[Any]) -> Any:
        whole = results[0]
        if not isinstance(whole, dict):
            return whole
        if len(results) == 2:
            whole["train_scores"] = results[1]["test_scores"]
        if "fit_time" in whole:
            whole["fit_time"] += self._front.fit_seconds
            whole["score_time"] += self._front.score_seconds
            if len(results) == 2:
                whole["fit_time"] += results[1]["fit_time"]
        return whole

    def unanswered(self, refused: dict[int, str]) -> list[tuple[PipelineCell, str]]:
        """Cells that have no answer, with the reason each."""
        return [(cell, refused.get(first, "")) for first, (cell, _) in self._cells.items()]
