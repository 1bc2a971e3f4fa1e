"""A request answered from a journal as far as it goes, and its other answers written to it."""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Callable, Collection, Iterator
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
    whole : Request
        All calls.
    request : Request
        What is left to run.
    places : list of int
        By number in ``request``, the call's number in ``whole``.
    not_kept : dict
        Per reason, how many cells it can't keep.
    keys : list of bytes or None
        By number in ``whole``.
    store : Store or None
    known : frozenset of int
        Numbers in ``whole`` of the calls that it answered.
    """

    path: str | None
    whole: Request
    request: Request
    places: list[int]
    take: Answer
    not_kept: dict[str, int] = field(default_factory=dict)
    keys: list[bytes | None] = field(default_factory=list)
    store: Store | None = None
    known: frozenset[int] = frozenset()

    @property
    def answered(self) -> tuple[Call, ...]:
        """The calls that were answered from it, and are not left to run."""
        left = set(self.places)
        return tuple(call for index, call in enumerate(self.whole.calls) if index not in left)

    def answer(self, number: int, result: Any) -> None:
        """Take an answer, by its call's number in ``request``, and write it down."""
        index = self.places[number]
        if index in self.known:
            return
        key = self.keys[index] if self.keys else None
        if key is not None and self.store is not None:
            try:
                self.store.add(key, encode(result))
            except Refusal as reason:
                self.not_kept[str(reason)] = self.not_kept.get(str(reason), 0) + 1
        self.take(index, result)

    def give_up(self, number: int, result: Any) -> None:
        """The same for an answer that is not to be kept: nobody knows what it would have been."""
        if self.places[number] not in self.known:
            self.take(self.places[number], result)

    def run_again(self, indices: Collection[int]) -> None:
        """Leave these calls of ``whole`` to run, too: what others draw depends on their being there."""
        if not set(indices) <= set(self.places):
            self._leave(sorted({*self.places, *indices}))

    def _leave(self, places: list[int]) -> None:
        self.places = places
        calls = [self.whole.calls[index] for index in places]
        self.request = replace(self.whole, calls=calls, numbers=places)


@contextmanager
def keeping(request: Request, answer: Answer, *, plan_only: bool = False) -> Iterator[Kept]:
    """Answer from the journal in force what it knows, and write to it what else is answered.

    With ``plan_only`` nothing is answered or written, and the file need not be there.
    """
    path = get_config()["journal"]
    everything = list(range(len(request.calls)))
    if path is None or request.nested:
        yield Kept(None, request, request, everything, answer)
        return
    cell_keys = CellKeys(request.calls)
    keys, not_kept = _keys_of(cell_keys, request.calls)
    if plan_only and not os.path.exists(path):
        yield Kept(path, request, request, everything, _nobody, not_kept, keys)
        return
    store = Store(path)
    try:
        found = store.outcomes_of([key for key in keys if key is not None])
        outcomes = {
            index: decode(found[key])
            for index, key in enumerate(keys)
            if key is not None and key in found
        }
        if plan_only:
            answer = _nobody
        else:
            store.soon(functools.partial(_begin, store, request.calls, keys))
            for index, outcome in outcomes.items():
                answer(index, outcome)
            request = replace(request, keep_seed=_keeping_seeds(store, cell_keys, request, keys))
        kept = Kept(path, request, request, everything, answer, not_kept, keys, store)
        kept.known = frozenset(outcomes)
        kept._leave([index for index in everything if index not in outcomes])
        yield kept
    finally:
        store.close()


def _keeping_seeds(
    store: Store, cell_keys: CellKeys, request: Request, keys: list[bytes | None]
) -> Callable[[str, int], int]:
    """A function that keeps a master seed just drawn, and gives back the one that was drawn first."""
    known = next((index for index, key in enumerate(keys) if key is not None), None)
    if known is None:
        return request.keep_seed
    search = cell_keys.of_search(request.calls[known]).hex()
    return lambda purpose, drawn: store.seed(f"{search} {purpose}", drawn)


def _nobody(index: int, result: Any) -> None:
    """Take no notice of an answer."""


def _keys_of(cell_keys: CellKeys, calls: list[Call]) -> tuple[list[bytes | None], dict[str, int]]:
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
