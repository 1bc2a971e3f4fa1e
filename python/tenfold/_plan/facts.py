"""The facts of a plan: families of cells, what answers them, and the sums over them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from tenfold._plan.families import NATIVE, Family, Group, groups_of, total_of
from tenfold._sharing.rules import rules as sharing_rules


@dataclass(frozen=True)
class Memory:
    """Bytes that the native part takes at most, about.

    Attributes
    ----------
    store : int
        The column store, shared by all families and threads.
    votes : int
        Sums of the trees' votes, of the families that are being grown.
    working : int
        The rows that travel down the trees, of all threads.
    waiting : int
        Probabilities that wait to be scored; where scoring is slower than the engine, that waits too.
    scoring : int
        Copies of a split's rows that scikit-learn's scoring makes; none where accuracy alone is asked for.
    cells : int
        What scikit-learn hands over and is handed back a cell: a clone, its arguments, its result.
    """

    store: int
    votes: int
    working: int
    waiting: int = 0
    scoring: int = 0
    cells: int = 0

    @property
    def total(self) -> int:
        """All of it."""
        return self.store + self.votes + self.working + self.waiting + self.scoring + self.cells


@dataclass(frozen=True, repr=False)
class Facts:
    """What is known of a search that will be or was run; ``Plan`` says what each attribute is."""

    title: str
    families: tuple[Family, ...]
    candidates: tuple[Any, ...]
    n_splits: int
    n_iterations: int
    n_threads: int
    memory: Memory
    n_prefixes_asked: int = 0
    n_prefixes_done: int = 0
    vouched: dict[str, str] = field(default_factory=dict)
    unshared: dict[str, int] = field(default_factory=dict)
    backend: str = "local"
    notes: tuple[str, ...] = field(default=())
    whys: dict[str, str] = field(default_factory=dict)

    @property
    def n_fits_asked(self) -> int:
        """Fits asked for: one a cell."""
        return sum(len(family.cells) for family in self.families)

    @property
    def n_fits_done(self) -> int:
        """Fits done for them."""
        return int(total_of(self.families, "n_fits"))

    @property
    def sharing(self) -> float:
        """Fits asked for, a fit done."""
        return self.n_fits_asked / max(self.n_fits_done, 1)

    @property
    def n_trees_asked(self) -> int:
        """Trees that the native cells would take, each fitted alone."""
        return int(total_of(self.families, "n_trees_asked"))

    @property
    def n_trees_grown(self) -> int:
        """Trees grown for them; those that share their growth in part count whole."""
        return int(total_of(self.families, "n_trees_grown"))

    @property
    def predicted_seconds(self) -> float | None:
        """Predicted for the native cells, on one core; None where there are none."""
        return self._native_total_of("predicted_seconds")

    @property
    def actual_seconds(self) -> float | None:
        """Spent on all cells by all threads and processes together; None before the fit."""
        seconds: float | None = total_of(self.families, "actual_seconds")
        return seconds

    @property
    def rules(self) -> dict[str, str]:
        """Sharing rules at work, and why each is sound."""
        used = dict.fromkeys(rule for family in self.families for rule in family.rules)
        why = sharing_rules()
        return {rule: why.get(rule) or self.whys.get(rule, "") for rule in used}

    @property
    def reasons(self) -> dict[str, int]:
        """Why cells are left to scikit-learn's code, and how many are for that reason."""
        counts: dict[str, int] = {}
        for family in self.families:
            if family.reason is not None:
                counts[family.reason] = counts.get(family.reason, 0) + len(family.cells)
        return counts

    @cached_property
    def groups(self) -> tuple[Group, ...]:
        """The lines of the table."""
        return groups_of(self.families, self.candidates)

    def _native_total_of(self, name: str) -> float | None:
        native = [family for family in self.families if family.engine == NATIVE]
        return total_of(native, name) if native else None
