"""Families of cells, and the groups of them that a plan's table has lines for.

A *family* is a set of cells that are read off one piece of work; every cell is in exactly one. Families that
hold the same candidates on different splits make one *group*, a line of the table.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from tenfold._plan.words import short_name, value

NATIVE = "native"
SHARED = "shared"
SKLEARN = "scikit-learn"
JOURNAL = "journal"
BIT_EQUAL = "bit-equal"
IN_DISTRIBUTION = "equal in distribution"


@dataclass(frozen=True)
class Family:
    """Cells that are read off one piece of work.

    Attributes
    ----------
    cells : tuple of (int, int)
        Candidates, as rows of ``cv_results_``, and splits.
    iteration : int
        Of successive halving; 0 elsewhere.
    engine : {"native", "shared", "scikit-learn", "journal"}
        What answers the cells: the engine, a path that reads them off one fit of the library's own,
        scikit-learn's code, or a journal that has them already.
    reason : str or None
        Why the cells are left to scikit-learn's code.
    contract : {"bit-equal", "equal in distribution", "scikit-learn"}
        What may be said of their scores.
    rules : tuple of str
        Sharing rules that brought the cells together, by their names in ``Plan.rules``.
    n_fits : int
        Forests that are grown, fits that paths make, or fits that scikit-learn makes.
    n_trees_asked, n_trees_grown : int
        Trees if each cell were fitted alone, and trees that are grown; 0 where scikit-learn fits.
    predicted_seconds : float or None
        On one core; None where nothing is known of the learner's cost.
    actual_seconds : float or None
        Seconds spent on it by all threads together; None before the fit.
    """

    cells: tuple[tuple[int, int], ...]
    iteration: int
    engine: str
    reason: str | None
    contract: str
    rules: tuple[str, ...]
    n_fits: int
    n_trees_asked: int
    n_trees_grown: int
    predicted_seconds: float | None
    actual_seconds: float | None


@dataclass(frozen=True)
class Group:
    """Families alike but for their split (or, in a long plan, but for their parameters).

    Attributes
    ----------
    label : str
        The parameters that all its candidates have in common and others have not.
    families : tuple of Family
    """

    label: str
    families: tuple[Family, ...]

    @property
    def first(self) -> Family:
        """Any of its families: they are alike."""
        return self.families[0]

    @property
    def n_cells(self) -> int:
        """Cells of all its families."""
        return sum(len(family.cells) for family in self.families)

    def total(self, name: str) -> Any:
        """Sum of an attribute of its families; None where one of them has none."""
        return total_of(self.families, name)


def total_of(families: Iterable[Family], name: str) -> Any:
    """Sum of an attribute; None where one of them has none."""
    values = [getattr(family, name) for family in families]
    return None if None in values else sum(values)


# A table longer than this is told by kinds of families, not by parameters.
_MANY_GROUPS = 12


def groups_of(families: tuple[Family, ...], candidates: tuple[Any, ...]) -> tuple[Group, ...]:
    """Families alike but for their split; in a long plan, alike but for their parameters."""
    labels = _Labels(families, candidates)
    by_candidates = _grouped(families, with_candidates=True)
    if len(by_candidates) > _MANY_GROUPS:
        by_candidates = _grouped(families, with_candidates=False)
    return tuple(Group(labels.of(alike), tuple(alike)) for alike in by_candidates)


def _grouped(families: Iterable[Family], with_candidates: bool) -> list[list[Family]]:
    groups: dict[Any, list[Family]] = {}
    for family in families:
        kind = (family.iteration, family.engine, family.reason, family.contract, family.rules)
        # scikit-learn fits every cell by itself: its candidates make no families to be told apart.
        told_apart = with_candidates and family.engine != SKLEARN
        candidates = tuple(dict.fromkeys(cell[0] for cell in family.cells)) if told_apart else ()
        groups.setdefault((kind, candidates), []).append(family)
    return list(groups.values())


class _Labels:
    """Names sets of candidates by the parameters that only they have in common."""

    def __init__(self, families: Iterable[Family], candidates: tuple[Any, ...]) -> None:
        self._candidates = [
            {name: value(one) for name, one in parameters.items()} for parameters in candidates
        ]
        self._common = self._shared_by(range(len(candidates)))
        self._of_iteration: dict[int, set[int]] = {}
        for family in families:
            own = self._of_iteration.setdefault(family.iteration, set())
            own.update(cell[0] for cell in family.cells)

    def of(self, families: list[Family]) -> str:
        """The label of these families' candidates."""
        numbers = {cell[0] for family in families for cell in family.cells}
        if numbers == self._of_iteration[families[0].iteration]:
            return "all candidates"
        shared = self._shared_by(numbers)
        own = {name: text for name, text in shared.items() if name not in self._common}
        if not own:
            return self._values_that_only_they_set(numbers) or f"{len(numbers)} candidates"
        return ", ".join(f"{short_name(name)}={text}" for name, text in own.items())

    def _values_that_only_they_set(self, numbers: set[int]) -> str:
        chosen = [self._candidates[number] for number in sorted(numbers)]
        names = set(chosen[0]).intersection(*chosen) - {
            name
            for number, other in enumerate(self._candidates)
            if number not in numbers
            for name in other
        }
        return ", ".join(
            f"{short_name(name)}: {', '.join(dict.fromkeys(one[name] for one in chosen))}"
            for name in chosen[0]
            if name in names
        )

    def _shared_by(self, numbers: Iterable[int]) -> dict[str, str]:
        chosen = [self._candidates[number] for number in numbers]
        first = chosen[0] if chosen else {}
        return {
            name: text
            for name, text in first.items()
            if all(other.get(name) == text for other in chosen)
        }
