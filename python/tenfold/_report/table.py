"""A search as a table of candidates: what every way of showing one begins with."""

from __future__ import annotations

import math
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from tenfold._journal.reading import read_rows

# Numbers that an axis shows each by itself; of more, so many ranges.
_MOST_NUMBERS = 24
_N_BINS = 12


class Column(NamedTuple):
    """A parameter's values, and which of them each candidate has.

    Attributes
    ----------
    values : list of str
        Numbers in their order, the rest as they come.
    places : ndarray of int
        Per candidate, the place of its value; -1 where it sets none.
    numbers : ndarray or None
        The values, where all are numbers.
    """

    values: list[str]
    places: NDArray[np.intp]
    numbers: NDArray[np.float64] | None = None

    def in_bins(self) -> Column:
        """The same where values are few or no numbers; else as many candidates to a range of values each."""
        if self.numbers is None or len(self.numbers) <= _MOST_NUMBERS:
            return self
        set_places = self.places[self.places >= 0]
        ends = np.quantile(set_places, np.linspace(0.0, 1.0, _N_BINS + 1), method="nearest")
        starts = np.unique(ends[:-1])
        bins = np.searchsorted(starts, np.arange(len(self.numbers)), side="right") - 1
        lasts = np.append(starts[1:] - 1, len(self.numbers) - 1)
        said = [
            f"{self.numbers[a]:.3g} to {self.numbers[b]:.3g}"
            for a, b in zip(starts, lasts, strict=True)
        ]
        return Column(said, np.where(self.places >= 0, bins[self.places], -1))


@dataclass
class SearchTable:
    """Candidates and what they gave.

    Attributes
    ----------
    title : str
    candidates : list of dict
        Parameters by name; a parameter that a candidate does not set is not there.
    scores : dict of ndarray of shape (n_candidates, n_splits)
        Test scores by metric, greater is better, as scikit-learn's scorers are; NaN where there is none.
    metric : str
        The one that decides.
    fit_times : ndarray of shape (n_candidates,)
        Mean seconds a split.
    iterations : ndarray of shape (n_candidates,)
        Of successive halving; 0 elsewhere.
    failures : dict of str to int
        The last lines of errors, and how many cells gave each.
    plan : Plan or None
    spans : list of (str, str, float, float)
        Thread or process, what it did, from when to when in seconds.
    """

    title: str
    candidates: list[dict[str, Any]]
    scores: dict[str, NDArray[np.float64]]
    metric: str
    fit_times: NDArray[np.float64]
    iterations: NDArray[np.int64]
    failures: dict[str, int] = field(default_factory=dict)
    plan: Any = None
    spans: list[tuple[str, str, float, float]] = field(default_factory=list)

    @cached_property
    def means(self) -> NDArray[np.float64]:
        """Mean test score of each candidate; NaN where a split has none."""
        means: NDArray[np.float64] = self.scores[self.metric].mean(axis=1)
        return means

    @cached_property
    def order(self) -> NDArray[np.intp]:
        """Candidates, the best first, those without a score last; of a halving search by iteration."""
        means = np.nan_to_num(self.means, nan=-np.inf)
        return np.lexsort((-means, -self.iterations))

    @cached_property
    def columns(self) -> dict[str, Column]:
        """What the candidates have for each parameter, in the order in which they name them."""
        names = dict.fromkeys(name for own in self.candidates for name in own)
        return {name: _column(name, self.candidates) for name in names}

    @cached_property
    def axes(self) -> dict[str, Column]:
        """The same for figures: of numbers that are many, such as those drawn from a distribution, ranges."""
        return {name: column.in_bins() for name, column in self.columns.items()}

    @cached_property
    def varied(self) -> list[str]:
        """Parameters that take more than one value, or that only some candidates set."""
        return [
            name
            for name, column in self.columns.items()
            if len(column.values) + (column.places < 0).any() > 1
        ]

    def __len__(self) -> int:
        return len(self.candidates)


def text(value: Any) -> str:
    """A parameter's value in a few characters: a function or class by its name, an estimator too."""
    if hasattr(value, "get_params") and not isinstance(value, type):
        return type(value).__name__
    if callable(value) and hasattr(value, "__name__"):
        return str(value.__name__)
    if isinstance(value, float | np.floating):
        return f"{float(value):.6g}"
    said = " ".join(str(value).split())
    return said if len(said) <= 40 else said[:39] + "…"


def _column(name: str, candidates: list[dict[str, Any]]) -> Column:
    found: dict[str, int] = {}
    values: list[Any] = []
    places = np.full(len(candidates), -1, dtype=np.intp)
    for number, own in enumerate(candidates):
        if name in own:
            value = own[name]
            said = text(value)
            place = found.setdefault(said, len(values))
            if place == len(values):
                values.append(value)
            places[number] = place
    order = sorted(range(len(values)), key=lambda place: _in_order(values[place]))
    rank = np.empty(len(values) + 1, dtype=np.intp)
    rank[order] = np.arange(len(values))
    rank[-1] = -1
    words = list(found)
    numbers = None
    if all(_in_order(value)[0] == 0 for value in values):
        numbers = np.array([float(values[place]) for place in order])
    return Column([words[place] for place in order], rank[places], numbers)


def _in_order(value: Any) -> tuple[int, float]:
    is_number = isinstance(value, int | float | np.number) and not isinstance(value, bool)
    return (0, float(value)) if is_number else (1, 0.0)


def table_of(search: Any, metric: str | None = None, number: int | None = None) -> SearchTable:
    """The table of a fitted search, or of the last (or the ``number``-th) search of a journal.

    Raises
    ------
    ValueError
        Where the search is not fitted, the journal has no such search, or there is no such metric.
    """
    if isinstance(search, SearchTable):
        return search
    if isinstance(search, str | os.PathLike):
        return _of_journal(search, metric, number)
    if not hasattr(search, "cv_results_"):
        raise ValueError(
            f"search must be a fitted search or the path of a journal, got {search!r}."
        )
    return _of_search(search, metric)


def _of_search(search: Any, metric: str | None) -> SearchTable:
    results = search.cv_results_
    names = [name.removeprefix("mean_test_") for name in results if name.startswith("mean_test_")]
    chosen = metric or (search.refit if isinstance(search.refit, str) else names[0])
    n_splits = search.n_splits_
    scores = {
        name: np.column_stack([results[f"split{split}_test_{name}"] for split in range(n_splits)])
        for name in names
    }
    record = getattr(search, "_record", None)
    return SearchTable(
        title=f"{type(search).__name__} of {type(search.estimator).__name__}",
        candidates=[dict(parameters) for parameters in results["params"]],
        scores=scores,
        metric=_checked(chosen, names),
        fit_times=np.asarray(results["mean_fit_time"], dtype=np.float64),
        iterations=np.asarray(
            results.get("iter", np.zeros(len(results["params"]))), dtype=np.int64
        ),
        failures={} if record is None else dict(record.failures),
        plan=None if record is None else search.plan_,
        spans=[] if record is None else _in_turn(part.spans for part in record.parts),
    )


def _of_journal(
    path: str | os.PathLike[str], metric: str | None, number: int | None
) -> SearchTable:
    rows = read_rows(path)
    numbers = sorted({row["search"] for row in rows})
    if not numbers or (number is not None and number not in numbers):
        raise ValueError(f"the journal {os.fspath(path)!r} has no search {number or 'yet'}.")
    rows = [row for row in rows if row["search"] == (numbers[-1] if number is None else number)]
    names = list(dict.fromkeys(n[5:] for row in rows for n in row if n.startswith("test_")))
    by_candidate: dict[int, list[dict[str, Any]]] = {}
    for row in rows:
        by_candidate.setdefault(row["candidate"], []).append(row)
    n_splits = max(map(len, by_candidate.values()))
    errors = [row["error"] for row in rows if row.get("error")]
    return SearchTable(
        title=f"search {rows[0]['search']} of {rows[0]['estimator']}",
        candidates=[
            {k[len("param_") :]: v for k, v in own[0].items() if k.startswith("param_")}
            for own in by_candidate.values()
        ],
        scores={
            name: np.array(
                [_padded(own, f"test_{name}", n_splits) for own in by_candidate.values()]
            )
            for name in names or ["score"]
        },
        metric=_checked(metric or (names or ["score"])[0], names or ["score"]),
        fit_times=np.array(
            [np.mean(_padded(own, "fit_time", n_splits)) for own in by_candidate.values()]
        ),
        iterations=np.zeros(len(by_candidate), dtype=np.int64),
        failures=dict(Counter(errors)),
    )


def _in_turn(
    parts: Iterable[list[tuple[str, str, float, float]]],
) -> list[tuple[str, str, float, float]]:
    """Iterations of a halving search, one after the other."""
    spans: list[tuple[str, str, float, float]] = []
    offset = 0.0
    for part in parts:
        spans += [(lane, what, offset + a, offset + b) for lane, what, a, b in part]
        offset = max((span[3] for span in spans), default=0.0)
    return spans


def _padded(rows: Sequence[dict[str, Any]], name: str, length: int) -> list[float]:
    values = [float(row.get(name, math.nan)) for row in rows]
    return values + [math.nan] * (length - len(values))


def _checked(metric: str, names: list[str]) -> str:
    if metric not in names:
        raise ValueError(f"metric must be one of {names}, got {metric!r}.")
    return metric
