"""How an outcome is written: JSON of numbers, text and arrays, which gives back what went in, type and all.

Nothing is pickled, so nothing that is read can run.
"""

from __future__ import annotations

import base64
import io
import json
from typing import Any

import numpy as np

from tenfold._refusal import Refusal

# The key that marks what JSON has no form for; a dictionary that has it itself is marked, too.
_MARK = "$"
_PLAIN = (bool, int, float, str, type(None))
_KINDS = frozenset(_PLAIN)
_ENCODER = json.JSONEncoder(separators=(",", ":"))


def encode(outcome: Any) -> str:
    """The text of an outcome; raises Refusal where it holds something else than numbers and text."""
    return _ENCODER.encode(outcome if _is_plain(outcome) else _plain(outcome))


def _is_plain(outcome: Any) -> bool:
    """Whether it is written as it is, as nearly every one is."""
    return (
        type(outcome) is dict
        and _KINDS.issuperset(map(type, outcome.values()))
        and _MARK not in outcome
        and all(type(key) is str for key in outcome)
    )


def decode(text: str) -> Any:
    """The outcome of a text."""
    return _outcome(json.loads(text))


def _plain(value: Any) -> Any:
    if type(value) in _PLAIN:
        return value
    if isinstance(value, np.generic) and value.dtype.kind in "biuf":
        return {_MARK: "scalar", "dtype": value.dtype.str, "value": value.item()}
    if isinstance(value, np.ndarray) and type(value) is np.ndarray and not value.dtype.hasobject:
        buffer = io.BytesIO()
        np.save(buffer, value, allow_pickle=False)
        return {_MARK: "array", "npy": base64.b64encode(buffer.getvalue()).decode()}
    if type(value) in (list, tuple):
        return {_MARK: type(value).__name__, "items": [_plain(item) for item in value]}
    if type(value) is dict and all(type(key) is str for key in value):
        plain = {key: _plain(item) for key, item in value.items()}
        return {_MARK: "dict", "items": plain} if _MARK in value else plain
    raise Refusal(f"a {type(value).__name__} in its result is neither number nor text")


def _outcome(plain: Any) -> Any:
    if not isinstance(plain, dict):
        return plain
    mark = plain.get(_MARK)
    if mark is None:
        return {key: _outcome(item) for key, item in plain.items()}
    if mark == "scalar":
        return np.dtype(plain["dtype"]).type(plain["value"])
    if mark == "array":
        return np.load(io.BytesIO(base64.b64decode(plain["npy"])), allow_pickle=False)
    if mark == "dict":
        return {key: _outcome(item) for key, item in plain["items"].items()}
    items = [_outcome(item) for item in plain["items"]]
    return tuple(items) if mark == "tuple" else items
