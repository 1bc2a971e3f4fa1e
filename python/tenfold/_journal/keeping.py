"""A request answered from a journal as far as it goes, and its other answers written to it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import sklearn

import tenfold
from tenfold._config import get_config
from tenfold._gather.calls import Answer, Call, Request
from tenfold._journal.cells import CellKeys
from tenfold._journal.codec import decode, encode
from tenfold._journal.store import Store
from tenfold._refusal import Refusal


@dataclass
class Kept:
    """What a journal did for one request.

    Attributes
    ----------
    path : str or None
        The journal's file; None where none is kept.
    answered : tuple of Call
        Those that were answered from it.
    not_kept : dict
        Per reason, how many cells it can't keep.
    request : Request
        What is left to run.
    answer : callable
        Takes answers, by the numbers that calls have in ``request``.
    give_up : callable
        The same for answers that are not to be kept: nobody knows what they would have been.
    """

    path: str | None
    request: Request
    answer: Answer
    give_up: Answer
    answered: tuple[Call, ...] = ()
    not_kept: dict[str, int] = field(default_factory=dict)


@contextmanager
def keeping(request: Request, answer: Answer, *, plan_only: bool = False) -> Iterator[Kept]:
    """Answer from the journal in force what it knows, and write to it what else is answered.

    With ``plan_only`` nothing is answered or written, and the file need not be there.
    """
    path = get_config()["journal"]
    if path is None or request.nested:
        yield Kept(None, request, answer, answer)
        return
    keys, not_kept = _keys_of(request.calls)
    store = Store(path)
    try:
        found = store.outcomes_of([key for key in keys if key is not None])
        outcomes = {
            index: decode(found[key])
            for index, key in enumerate(keys)
            if key is not None and key in found
        }
        left = [index for index in range(len(keys)) if index not in outcomes]
        if plan_only:
            answer = _nobody
        else:
            _begin(store, request.calls, keys)
            for index, outcome in outcomes.items():
                answer(index, outcome)

        def write(number: int, result: Any) -> None:
            index = left[number]
            key = keys[index]
            if key is not None:
                try:
                    store.add(key, encode(result))
                except Refusal as reason:
                    not_kept[str(reason)] = not_kept.get(str(reason), 0) + 1
            answer(index, result)

        def give_up(number: int, result: Any) -> None:
            answer(left[number], result)

        rest = replace(request, calls=[request.calls[index] for index in left])
        answered = tuple(request.calls[index] for index in outcomes)
        yield Kept(path, rest, write, give_up, answered, not_kept)
    finally:
        store.close()


def _nobody(index: int, result: Any) -> None:
    """Take no notice of an answer."""


def _keys_of(calls: list[Call]) -> tuple[list[bytes | None], dict[str, int]]:
    cell_keys = CellKeys(calls)
    keys: list[bytes | None] = []
    not_kept: dict[str, int] = {}
    for call in calls:
        try:
            keys.append(cell_keys.of(call))
        except Refusal as reason:
            keys.append(None)
            not_kept[str(reason)] = not_kept.get(str(reason), 0) + 1
    return keys, not_kept


def _begin(store: Store, calls: list[Call], keys: list[bytes | None]) -> None:
    candidates: dict[int, str] = {}
    asked: list[tuple[int, int, bytes | None]] = []
    for number, (call, key) in enumerate(zip(calls, keys, strict=True)):
        candidate, split = _place(call, number)
        asked.append((candidate, split, key))
        if candidate not in candidates:
            candidates[candidate] = json.dumps(
                {name: _shown(value) for name, value in _parameters(call).items()}
            )
    first = calls[0]
    estimator = first.args[0] if first.args else first.kwargs.get("estimator")
    inner = getattr(first.function, "function", first.function)
    store.begin(
        inner.__name__.strip("_"),
        type(estimator).__name__,
        (sklearn.__version__, tenfold.__version__),
        candidates.items(),
        asked,
    )


def _parameters(call: Call) -> dict[str, Any]:
    return call.kwargs.get("parameters") or {}


def _place(call: Call, number: int) -> tuple[int, int]:
    """Candidate and split; calls of a validation function are the splits of one candidate."""
    if call.kwargs.get("candidate_progress") is None:
        return 0, number
    return call.kwargs["candidate_progress"][0], call.kwargs["split_progress"][0]


def _shown(value: Any) -> Any:
    """A parameter as JSON has it: numbers and text as they are, the rest as it is printed."""
    if value is None or type(value) in (bool, int, float, str):
        return value
    if hasattr(value, "item") and getattr(value, "ndim", None) == 0:
        return _shown(value.item())
    return " ".join(repr(value).split())
