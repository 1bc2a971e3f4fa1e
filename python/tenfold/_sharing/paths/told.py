"""Whose a warning is that a path's fit gives."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tenfold._sharing.paths.path import Path, Values
from tenfold._warning import Warned, drained


def told_readings(
    path: Path,
    estimator: Any,
    values: Sequence[Values],
    X: Any,
    y: Any,
    fit_params: Mapping[str, Any],
    log: list[warnings.WarningMessage],
) -> Iterator[tuple[int, Any, Warned]]:
    """:meth:`Path.fit`, with what each reading is to warn of.

    Parameters
    ----------
    log : list
        That of the ``warnings.catch_warnings`` within which this is called; it is emptied.
    """
    of_all: Warned = []
    is_first = True
    for position, fitted in path.fit(estimator, values, X, y, **fit_params):
        given = drained(log)
        if is_first and path.warns == "all":
            of_all, given = given, []
        is_first = False
        yield position, fitted, [*of_all, *given]
