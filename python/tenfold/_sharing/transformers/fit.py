"""Fitting the transformers in front of a last step, once for all cells that read them.

Transformers are fitted one after the other as a one-step Pipeline each, so the code that runs, and a user's
``memory``, are scikit-learn's. Fronts of one split that begin alike are fitted as a tree: what they have in
common once, then each branch on a copy of its own, since a transformer may work in place. Transformers that
differ in a path's parameters alone are fitted once too, and read off.
"""

from __future__ import annotations

import copy
import functools
import math
import random
import time
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

import numpy as np
from scipy import sparse
from sklearn.base import clone
from sklearn.pipeline import Pipeline

from tenfold import _versions
from tenfold._refusal import Refusal
from tenfold._sharing.transformers.offer import Offer, family_of, shape_of


class Step(NamedTuple):
    """One transformer of a front: its name, an unfitted instance, what it equals, whether it is on trial.

    ``offer`` is the path that reads its variants, if there is one.
    """

    name: str
    transformer: Any
    key: Hashable
    on_trial: bool = False
    offer: Offer | None = None


@dataclass
class Front:
    """What the transformers of one (parameters, split) gave; empty where ``reason`` says why.

    Attributes
    ----------
    fitted_on : what the last step is fitted on: ``fit_transform`` of the training rows
    test, train : ``transform`` of the test rows and of the training rows (where asked for)
    fitted : list of (step name, fitted transformer), where asked for
    fit_seconds, score_seconds : float
        Its share of the time spent on fitting, and on transforming the test rows.
    """

    fitted_on: Any = None
    test: Any = None
    train: Any = None
    fitted: list[tuple[str, Any]] | None = None
    fit_seconds: float = 0.0
    score_seconds: float = 0.0
    nbytes: int = 0
    reason: str | None = None
    dropped: bool = False

    def drop(self) -> None:
        """Let go of the data: its last reader is done."""
        self.fitted_on = self.test = self.train = self.fitted = None
        self.dropped = True


class Asked(NamedTuple):
    """What the readers of a front need beside the data to fit on."""

    test: bool
    train: bool
    fitted: bool


@dataclass
class _Stream:
    """The rows of one split on their way through the transformers, and what that took so far."""

    fit: Any
    test: Any
    train: Any
    fitted: list[tuple[str, Any]] = field(default_factory=list)
    fit_seconds: float = 0.0
    score_seconds: float = 0.0

    def gives_as(self, other: _Stream) -> bool:
        """Whether another stream has the same values, in the same containers."""
        pairs = ((self.fit, other.fit), (self.test, other.test), (self.train, other.train))
        return all(type(a) is type(b) and (a is None or _is_same(a, b)) for a, b in pairs)

    def own(self) -> _Stream:
        """A copy whose data nobody else works on."""
        fit = own_copy(self.fit)
        # Never the rows that are fitted on, where a transformer returns those: it may work in place.
        train = own_copy(self.train)
        test = own_copy(self.test)
        return _Stream(fit, test, train, list(self.fitted), self.fit_seconds, self.score_seconds)


Reader = Callable[[int, _Stream], None]


def fit_fronts(
    pipeline: Any,
    X: Any,
    y: Any,
    train: Any,
    test: Any,
    fronts: list[list[Step]],
    asked: Asked,
    limit: int,
    n_readers: list[int],
    ends: float = math.inf,
) -> list[Front | None]:
    """Fit the fronts of one split, as many as fit into ``limit`` bytes together.

    ``n_readers`` is how many cells read each. A transformer on trial that several read is fitted twice.
    None is begun once it is ``ends``, by ``time.monotonic``.

    Returns
    -------
    list of Front or None
        None for those that were left for another time; at least one is done.
    """
    X_train, y_train = _versions.safe_split(pipeline, X, y, train)
    X_test, _ = _versions.safe_split(pipeline, X, y, test, train)
    fitting = _Fitting(pipeline.memory, y_train, asked, limit, n_readers)
    fitting.ends = ends
    fitting.tries = any(step.on_trial for steps in fronts for step in steps)
    before = np.random.get_state(), random.getstate()
    fitting.branch(_Stream(X_train, X_test, X_train), list(range(len(fronts))), fronts, 0)
    if not _same_state(before[0], np.random.get_state()) or before[1] != random.getstate():
        np.random.set_state(before[0])
        random.setstate(before[1])
        return [Front(reason="a transformer drew random numbers") for _ in fronts]
    return fitting.done


def _same_state(before: Any, after: Any) -> bool:
    return all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))


class _Fitting:
    """The walk over the tree of fronts, depth first."""

    # Whether some transformer is on trial: then the test rows are looked at, asked for or not.
    tries = False
    ends = math.inf

    def __init__(self, memory: Any, y: Any, asked: Asked, limit: int, n_readers: list[int]) -> None:
        self._memory = memory
        self._y = y
        self._asked = asked
        self._limit = limit
        self._nbytes = 0
        self._full = False
        self._n_readers = n_readers
        self.done: list[Front | None] = [None] * len(n_readers)

    def branch(
        self, stream: _Stream, members: list[int], fronts: list[list[Step]], depth: int
    ) -> None:
        """Take the members, alike up to here, through the rest of their steps."""
        at_end = [m for m in members if len(fronts[m]) == depth]
        for member in at_end:
            self._keep(member, stream, len(at_end))
        going_on = [m for m in members if len(fronts[m]) > depth]
        branches = _grouped(going_on, [fronts[m][depth] for m in going_on], stream.fit)
        for number, branch in enumerate(branches):
            shared = depth == 0 or number < len(branches) - 1 or bool(at_end)
            taken = stream.own() if shared else stream
            self._take_step(taken, branch, fronts, depth)
            if depth == 0 and self._worked_in_place(stream, taken):
                for member in (member for members in branch for member in members):
                    self.done[member] = Front(reason="a transformer works in place")
            if self._full or (time.monotonic() >= self.ends and any(self.done)):
                return

    def _worked_in_place(self, before: _Stream, after: _Stream) -> bool:
        """Whether the split's own rows were changed, which scikit-learn would then score."""
        if not _is_same(before.test, after.test):
            return True
        looks_again = self._asked.train or self._asked.fitted
        return looks_again and not _is_same(before.fit, after.fit)

    def _take_step(
        self, stream: _Stream, branch: list[list[int]], fronts: list[list[Step]], depth: int
    ) -> None:
        """Fit one step and go on; its variants differ in what is read off one fit."""
        n_fronts = sum(map(len, branch))
        before = stream.fit_seconds, stream.score_seconds
        spent = [0.0, 0.0]
        left = list(range(len(branch)))

        def go_on(position: int, outcome: _Stream) -> None:
            """Take the readers of a variant further, their share of what was shared before on them."""
            left.remove(position)
            spent[0] += outcome.fit_seconds - before[0]
            spent[1] += outcome.score_seconds - before[1]
            share = len(branch[position]) / n_fronts
            outcome.fit_seconds, outcome.score_seconds = before[0] * share, before[1] * share
            self.branch(outcome, branch[position], fronts, depth + 1)

        variants = [fronts[members[0]][depth] for members in branch]
        rest = stream
        if len(variants) > 1:
            # What is left must find the rows as they were: a path may work in place where its estimator does.
            rest = replace(stream, fit=own_copy(stream.fit))
            self._read_off(stream, variants, go_on)
        for position in tuple(left):
            if self._full:
                break
            own = rest.own() if len(left) > 1 else rest
            try:
                outcome = self._alone(own, variants[position], branch[position])
            except Exception as error:
                left.remove(position)
                refused = isinstance(error, Refusal)
                why = str(error) if refused else f"{variants[position].name} fails: {error}"
                for member in branch[position]:
                    self.done[member] = Front(reason=why)
            else:
                go_on(position, outcome)
        for front in (self.done[member] for members in branch for member in members):
            if front is not None:
                front.fit_seconds += spent[0] / n_fronts
                front.score_seconds += spent[1] / n_fronts

    def _alone(self, stream: _Stream, step: Step, members: list[int]) -> _Stream:
        """What a transformer gives that is read off nothing."""
        tried = step.on_trial and sum(self._n_readers[member] for member in members) > 1
        return self._tried(stream, step) if tried else self._fitted(stream, step)

    def _tried(self, stream: _Stream, step: Step) -> _Stream:
        """What a transformer gives, which is the same twice; raises Refusal where it isn't."""
        again = stream.own()
        first, second = self._fitted(stream, step), self._fitted(again, step)
        if not first.gives_as(second):
            name = type(step.transformer).__name__
            raise Refusal(f"{name} gave other values when it was fitted again on the same data")
        spent = second.fit_seconds - stream.fit_seconds, second.score_seconds - stream.score_seconds
        first.fit_seconds += spent[0]
        first.score_seconds += spent[1]
        return first

    def _fitted(self, stream: _Stream, step: Step) -> _Stream:
        name, transformer = step.name, step.transformer
        front = Pipeline([(name, clone(transformer)), ("last", "passthrough")], memory=self._memory)
        started = time.perf_counter()
        fit = front.fit_transform(stream.fit, self._y)
        fitted = front.steps[0][1]
        seconds = time.perf_counter() - started
        return self._applied(stream, fitted, name, fit, seconds, fitted.transform)

    def _read_off(self, stream: _Stream, variants: list[Step], go_on: Reader) -> None:
        """Variants of one fit, as far as the path reads them; the others are left."""
        offers = [step.offer for step in variants]
        assert offers[0] is not None
        path = offers[0].path
        values = [offer.values for offer in offers if offer is not None]
        unread = set(range(len(variants)))
        started = time.perf_counter()
        common = clone(variants[0].transformer)
        readings = _until_it_ends(lambda: path.fit_transform(common, values, stream.fit, self._y))
        for position, fitted, transformed in readings:
            if self._full or position not in unread:
                break
            seconds = time.perf_counter() - started
            transform = functools.partial(path.response, fitted, "transform")
            try:
                outcome = self._applied(
                    stream, fitted, variants[position].name, transformed, seconds, transform
                )
            except Exception:  # as the variant will say itself
                continue
            unread.remove(position)
            go_on(position, outcome)
            started = time.perf_counter()

    def _applied(
        self,
        stream: _Stream,
        fitted: Any,
        name: str,
        fit: Any,
        seconds: float,
        transform: Callable[[Any], Any],
    ) -> _Stream:
        started = time.perf_counter()
        test = transform(stream.test) if self._asked.test else None
        transformed = time.perf_counter()
        train = transform(stream.train) if self._asked.train else None
        return _Stream(
            fit,
            test,
            train,
            [*stream.fitted, (name, fitted)],
            stream.fit_seconds + seconds,
            stream.score_seconds + transformed - started,
        )

    def _keep(self, member: int, stream: _Stream, n_sharing: int) -> None:
        parts = [stream.fit]
        parts += [stream.test] if self._asked.test else []
        parts += [stream.train] if self._asked.train and stream.train is not stream.fit else []
        nbytes = sum(map(_nbytes, parts))
        if nbytes > self._limit:
            self.done[member] = Front(nbytes=nbytes, reason="its data exceeds memory_budget")
            return
        if self._nbytes + nbytes > self._limit:
            self._full = True
            return
        self._nbytes += nbytes
        self.done[member] = Front(
            stream.fit,
            stream.test if self._asked.test else None,
            stream.train if self._asked.train else None,
            stream.fitted if self._asked.fitted else None,
            stream.fit_seconds / n_sharing,
            stream.score_seconds / n_sharing,
            nbytes,
        )


def _until_it_ends(readings: Callable[[], Iterable[Any]]) -> Iterator[Any]:
    """What a path yields until it is done or fails: the members that are left run alone."""
    try:
        yield from readings()
    except GeneratorExit:
        raise
    except Exception:
        return


def _grouped(members: list[int], steps: Sequence[Step], X: Any) -> list[list[list[int]]]:
    """Branches of a tree: each the variants of one fit, each variant the members that are equal."""
    branches: dict[Hashable, dict[Hashable, list[int]]] = {}
    shape = shape_of(X)
    for member, step in zip(members, steps, strict=True):
        variants = branches.setdefault((step.name, family_of(step, shape)), {})
        variants.setdefault(step.key, []).append(member)
    return [list(variants.values()) for variants in branches.values()]


def own_copy(data: Any) -> Any:
    """The same values in memory of their own, laid out alike: results may depend on the layout."""
    if isinstance(data, np.memmap) or type(data) is np.ndarray:
        return np.array(data, order="K", copy=True, subok=False)
    if sparse.issparse(data) or hasattr(data, "iloc"):
        return data.copy()
    return copy.deepcopy(data)


def _is_same(a: Any, b: Any) -> bool:
    """Whether data still equals its copy."""
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and np.array_equal(a, b, equal_nan=a.dtype.kind in "fc")
    if sparse.issparse(a):
        alike = type(a) is type(b) and a.shape == b.shape and a.dtype == b.dtype
        return alike and (a != b).nnz == 0
    if hasattr(a, "equals"):
        return bool(a.equals(b))
    return bool(np.all(a == b))


def _nbytes(data: Any) -> int:
    if sparse.issparse(data):
        arrays = [v for v in vars(data).values() if isinstance(v, np.ndarray)]
        return sum(array.nbytes for array in arrays)
    if hasattr(data, "memory_usage"):
        return int(np.sum(data.memory_usage(deep=True)))
    return int(getattr(data, "nbytes", 0)) or 64 * len(data)
