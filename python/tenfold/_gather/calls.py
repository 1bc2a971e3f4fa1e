"""The calls of one search, held as one request.

A *call* is what scikit-learn hands to joblib: a function and its arguments. A *request* is every call of one
``Parallel`` run, with what the user allowed it. Runners take a request and give a result a call; nothing
here knows how they do it.
"""

from __future__ import annotations

import enum
import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tenfold import _versions
from tenfold._gather.objects import another_object

# Takes the result of a call, by its number in the request.
Answer = Callable[[int, Any], None]


class Kind(enum.Enum):
    """What a gathered call is asked to do."""

    FIT_AND_SCORE = "fit and score"
    FIT_AND_PREDICT = "fit and predict"
    OTHER_SEARCH = "other work of a search"
    PART_OF_FIT = "a part of one fit"
    OTHER = "work that is not of a search"


_KINDS: dict[Callable[..., Any], Kind] = {
    _versions.fit_and_score: Kind.FIT_AND_SCORE,
    _versions.fit_and_predict: Kind.FIT_AND_PREDICT,
    **dict.fromkeys(_versions.other_search_functions, Kind.OTHER_SEARCH),
}
_SEARCH_KINDS = frozenset({Kind.FIT_AND_SCORE, Kind.FIT_AND_PREDICT, Kind.OTHER_SEARCH})


class Call(NamedTuple):
    """One call as joblib holds it; ``function`` is scikit-learn's wrapper around the function meant."""

    function: Callable[..., Any]
    args: tuple[Any, ...]
    kwargs: dict[str, Any]

    @property
    def kind(self) -> Kind:
        """What is asked, told by the identity of the wrapped function."""
        return kind_of(self.function)

    def __call__(self) -> Any:
        """Run it as scikit-learn would, here and now.

        A cell's estimator is fitted as another object: the request keeps its calls until the search is over,
        and must not keep all that was ever fitted.
        """
        if self.kind not in (Kind.FIT_AND_SCORE, Kind.FIT_AND_PREDICT):
            return self.function(*self.args, **self.kwargs)
        if self.args:
            return self.function(another_object(self.args[0]), *self.args[1:], **self.kwargs)
        given = {**self.kwargs, "estimator": another_object(self.kwargs["estimator"])}
        return self.function(**given)


def kind_of(function: Callable[..., Any]) -> Kind:
    """What a function that joblib was given does."""
    inner = getattr(function, "function", function)
    try:
        kind = _KINDS.get(inner)
    except TypeError:  # a callable that cannot be hashed
        return Kind.OTHER
    if kind is None:
        return Kind.PART_OF_FIT if _versions.is_part_of_fit(inner) else Kind.OTHER
    return kind


def is_search(kind: Kind) -> bool:
    """Whether calls of this kind are cells of a search, to be spread over all cores."""
    return kind in _SEARCH_KINDS


def splits_are_listed(call: Call) -> bool:
    """Whether whoever makes this call has all its splits before the first call: searches have."""
    return call.kwargs.get("candidate_progress") is not None


def without_idle_callbacks(calls: list[Call]) -> list[Call]:
    """Relieve calls of what only callbacks would read, where there are none (scikit-learn 1.9).

    That is the search itself and a tree of all its tasks. Both would go with every chunk of calls that a
    worker process is sent, and grow with the number of candidates. All calls get one and the same node
    of that tree, and no search.
    """
    context = next((call.kwargs.get("callback_ctx") for call in calls), None)
    if context is None or _versions.has_callbacks(context):
        return calls
    relieved = {"callback_ctx": _versions.without_other_tasks(context), "caller": None}
    return [
        call._replace(kwargs={**call.kwargs, **relieved}) if _is_idle(call) else call
        for call in calls
    ]


def _is_idle(call: Call) -> bool:
    asked = call.kwargs
    estimators = [*call.args[:1], asked.get("estimator"), asked.get("parameters")]
    return not _versions.may_hold_callbacks(estimators)


def arguments_of(call: Call) -> dict[str, Any]:
    """The call's arguments by name, defaults filled in."""
    inner = getattr(call.function, "function", call.function)
    bound = _signature(inner).bind(*call.args, **call.kwargs)
    bound.apply_defaults()
    return dict(bound.arguments)


def arguments_of_cell(call: Call) -> dict[str, Any] | None:
    """The arguments of a call that fits and scores, or fits and predicts; None of any other.

    Of a search's calls those that were given, by name: nothing is looked up a cell.
    """
    kind = call.kind
    if kind is Kind.FIT_AND_SCORE and len(call.args) == 3:
        estimator, X, y = call.args
        return {**call.kwargs, "estimator": estimator, "X": X, "y": y}
    if kind in (Kind.FIT_AND_SCORE, Kind.FIT_AND_PREDICT):
        return arguments_of(call)
    return None


_signatures: dict[Callable[..., Any], inspect.Signature] = {}


def _signature(function: Callable[..., Any]) -> inspect.Signature:
    if function not in _signatures:
        _signatures[function] = inspect.signature(function)
    return _signatures[function]


def _as_drawn(purpose: str, drawn: int) -> int:
    return drawn


@dataclass
class Request:
    """Every call of one ``Parallel`` run.

    Attributes
    ----------
    calls : list of Call
    workers : int
        Threads or processes that the user allows.
    explicit : bool
        Whether the user gave that number (``n_jobs``), or tenfold chose it.
    nested : bool
        Whether this runs inside a worker of another parallel run.
    requested : int or None
        ``n_jobs`` as the user gave it.
    joblib_options : dict
        The user's settings for memory mapping and the like, for a ``Parallel`` of our own.
    keep_seed : callable
        Given what a master seed is for and the one just drawn, says which to use: a journal keeps the first.
    numbers : list of int or None
        Per call its number in the search, where the request is a part of one; draws may depend on it.
    """

    calls: list[Call]
    workers: int
    explicit: bool
    nested: bool
    requested: int | None = None
    joblib_options: dict[str, Any] = field(default_factory=dict)
    keep_seed: Callable[[str, int], int] = _as_drawn
    numbers: list[int] | None = None

    def number_of(self, index: int) -> int:
        """The number in the search of a call of this request."""
        return index if self.numbers is None else self.numbers[index]
