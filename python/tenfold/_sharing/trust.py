"""Whose fits may be shared: classes that give the same for the same data, every time.

A generator of a transformer's own (``np.random.default_rng()``), ``secrets`` or the clock cannot be seen from
outside. So one fit serves several cells only where it is known that another would have given the
same, in one of three ways:

- the class is of a package that is known to draw only from what ``random_state`` says;
- somebody who knows the class has declared it (:func:`deterministic`);
- it was tried: the same data, fitted and transformed twice, gave equal values both times.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

KNOWN_PACKAGES = frozenset({"sklearn"})

_DECLARED = "declared deterministic"
_TRIED = "two fits of the same data must give equal values"

_declared: set[type] = set()

_Class = TypeVar("_Class", bound=type)


def deterministic(cls: _Class) -> _Class:
    """Declare that a class gives the same for the same data and parameters, and return it.

    It holds for this class and not for those derived from it, which may do something else.
    """
    if not isinstance(cls, type):
        raise TypeError(f"a class is declared to be deterministic, got {cls!r}")
    _declared.add(cls)
    return cls


def is_declared(cls: type) -> bool:
    """Whether somebody has declared exactly this class to be deterministic."""
    return cls in _declared


def foreign_classes(value: Any, known: frozenset[str] = KNOWN_PACKAGES) -> Iterator[type]:
    """Classes of estimators within an unfitted one, itself included, that are of no known package."""
    if isinstance(value, list | tuple):
        for item in value:
            yield from foreign_classes(item, known)
    elif isinstance(value, dict):
        yield from foreign_classes(list(value.values()), known)
    elif hasattr(value, "get_params") and not isinstance(value, type):
        if type(value).__module__.partition(".")[0] not in known:
            yield type(value)
        yield from foreign_classes(getattr(value, "__dict__", {}), known)


def on_trial(value: Any) -> bool:
    """Whether an unfitted transformer has parts for which nobody vouches."""
    return any(not is_declared(cls) for cls in foreign_classes(value))


def reasons(values: Any) -> dict[str, str]:
    """For each foreign class within some transformers, why its fits may be shared."""
    return {
        cls.__name__: _DECLARED if is_declared(cls) else _TRIED for cls in foreign_classes(values)
    }
