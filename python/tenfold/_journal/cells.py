"""What a cell is known by: all that decides what it gives, by value.

That is the function that is called, the estimator and its parameters, the bytes of the data and of the split,
scoring and fit parameters, scikit-learn's configuration, and the versions of the packages at work. Where
the cell stands in its search, and what is printed meanwhile, is not part of it.
"""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import scipy
import sklearn

import tenfold
from tenfold import _versions
from tenfold._gather.calls import Call, Kind, arguments_of
from tenfold._journal.digest import digest
from tenfold._refusal import Refusal, Remembered

# Arguments that say where a cell stands, and what is shown of it.
_IDLE = frozenset(
    {"verbose", "split_progress", "candidate_progress", "callback_ctx", "caller", "parameters"}
)
_CELL = ("estimator", "X", "y", "train", "test", "parameters")
_SIZE = 20
_PLAIN = frozenset((bool, int, float, str, type(None)))
_CONFIGURATION = (
    "assume_finite",
    "enable_metadata_routing",
    "array_api_dispatch",
    "transform_output",
    "skip_parameter_validation",
    "enable_cython_pairwise_dist",
)
# Results that hold what no journal keeps.
_NOT_KEPT = {
    "return_estimator": "fitted estimators are asked for",
    "return_parameters": "parameters are asked for beside the scores",
}


class CellKeys:
    """Keys of the calls of one request; what calls share is looked at once."""

    def __init__(self, calls: list[Call]) -> None:
        self._digests = Remembered[bytes]()
        self._names: dict[tuple[str, ...], tuple[str, ...]] = {}
        # scikit-learn's searches clone one and the same estimator for every cell.
        self._of_search = all("candidate_progress" in call.kwargs for call in calls)
        configuration = sklearn.get_config()
        self._world = digest(
            [tenfold.__version__, sklearn.__version__, np.__version__, scipy.__version__],
            [configuration.get(name) for name in _CONFIGURATION],
        )

    def of(self, call: Call) -> bytes:
        """The key of a call; raises Refusal, in words, for one that can't be known by value."""
        return hashlib.blake2b(b"".join(self._parts(call)), digest_size=_SIZE).digest()

    def of_search(self, call: Call) -> bytes:
        """A key of the search that a call is of, the same for a larger grid over the same data."""
        *parts, _ = self._parts(call)
        return hashlib.blake2b(b"".join(parts), digest_size=_SIZE).digest()

    def _parts(self, call: Call) -> tuple[bytes, ...]:
        kind = call.kind
        if kind is Kind.FIT_AND_SCORE and len(call.args) == 3:
            estimator, X, y = call.args
            asked = call.kwargs
        else:
            asked = arguments_of(call)
            estimator, X, y = (asked.get(name) for name in ("estimator", "X", "y"))
        rows = (X, y, asked.get("train"), asked.get("test"))
        return (
            self._manner(call, asked),
            self._estimator(estimator),
            # Calls are held while their keys are made, so an identity stays one object's.
            self._digests.get(("rows", *map(id, rows)), lambda: self._digest_of_rows(rows)),
            self._candidate(asked.get("parameters")),
        )

    def _estimator(self, estimator: Any) -> bytes:
        key = "estimator" if self._of_search else ("estimator", id(estimator))
        return self._digests.get(key, lambda: digest(estimator))

    def _candidate(self, parameters: Any) -> bytes:
        return self._digests.get(
            ("parameters", id(parameters)), lambda: _digest_of_candidate(parameters)
        )

    def _digest_of_rows(self, rows: tuple[Any, ...]) -> bytes:
        return b"".join(
            self._digests.get(("data", id(value)), lambda value=value: digest(value))  # type: ignore[misc]
            for value in rows
        )

    def _manner(self, call: Call, asked: dict[str, Any]) -> bytes:
        given = tuple(asked)
        names = self._names.get(given)
        if names is None:
            names = tuple(name for name in asked if name not in _IDLE and name not in _CELL)
            self._names[given] = names
        function = getattr(call.function, "function", call.function)
        values = map(asked.__getitem__, names)
        key = ("manner", id(function), id(asked.get("callback_ctx")), names, *map(id, values))
        return self._digests.get(
            key,
            lambda: self._world + _digest_of_manner(function, asked, names),
        )


def _digest_of_manner(function: Any, asked: dict[str, Any], names: tuple[str, ...]) -> bytes:
    for name, reason in _NOT_KEPT.items():
        if asked.get(name):
            raise Refusal(reason)
    if _versions.has_callbacks(asked.get("callback_ctx")):
        raise Refusal("callbacks are to be called")
    return digest(function, {name: asked[name] for name in sorted(names)})


def _digest_of_candidate(parameters: Any) -> bytes:
    if isinstance(parameters, dict) and _PLAIN.issuperset(map(type, parameters.values())):
        # As nearly all are: there are many, and a text of theirs is quicker made than walked through.
        said = [(name, type(own).__name__, repr(own)) for name, own in sorted(parameters.items())]
        return hashlib.blake2b(repr(said).encode(), digest_size=_SIZE, person=b"plain").digest()
    return digest(dict(sorted(parameters.items())) if isinstance(parameters, dict) else parameters)
