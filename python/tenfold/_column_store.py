"""Pickling of column stores: as their parts, plain arrays that can be mapped where they arrive."""

from __future__ import annotations

import copyreg
from typing import Any

from tenfold import _engine


def store_of_parts(*parts: Any) -> Any:
    """A column store over these parts, which are viewed and not copied."""
    return _engine.Dataset.of_parts(*parts)


def _reduce(store: Any) -> tuple[Any, ...]:
    return store_of_parts, store.parts()


copyreg.pickle(_engine.Dataset, _reduce)
