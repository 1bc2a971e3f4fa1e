"""What ``tenfold.verify`` reports."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any

from sklearn import __version__ as sklearn_version

from tenfold._plan import words

# Chance that a report finds fault with scores that are distributed as they should be.
LEVEL = 0.01


@dataclass(frozen=True)
class Comparison:
    """One candidate by one scorer, on all splits.

    Attributes
    ----------
    candidate : int
        Row of ``cv_results_``.
    score : str
        "test_score" and the like.
    contract : str
        What the scores were promised to be.
    ours, theirs : tuple of float
        A score a split: the search's, and scikit-learn's (the mean of its fits, where there are several).
    n_equal : int
        Splits on which scikit-learn's (first) fit gave the same score to the last bit.
    p_value : float or None
        Chance of scores as far from scikit-learn's, if both have one distribution; None where scores are
        compared to the last bit.
    smallest_p_value : float or None
        What the p-value would be if our scores were the farthest of all.
    """

    candidate: int
    score: str
    contract: str
    ours: tuple[float, ...]
    theirs: tuple[float, ...]
    n_equal: int
    p_value: float | None
    smallest_p_value: float | None


@dataclass(frozen=True, repr=False)
class Verification:
    """The outcome of :func:`tenfold.verify`: print it, or show it in a notebook.

    Attributes
    ----------
    comparisons : tuple of Comparison
    candidates : tuple of int
        Rows of ``cv_results_`` that were drawn.
    parameters : tuple of dict
        Their parameters.
    n_all_candidates : int
        Candidates that there were to draw from.
    n_repeats : int
        Fits a cell, where scores are equal in distribution only.
    problem : str or None
        Why nothing could be compared.
    """

    comparisons: tuple[Comparison, ...]
    candidates: tuple[int, ...]
    parameters: tuple[dict[str, Any], ...]
    n_all_candidates: int
    n_repeats: int
    problem: str | None = None

    @property
    def ok(self) -> bool:
        """Whether something was compared, and all of it went as promised."""
        return bool(self.comparisons) and all(map(self.holds, self.comparisons))

    @property
    def n_equal(self) -> int:
        """Scores compared to the last bit that are equal."""
        return sum(one.n_equal for one in self.comparisons if one.p_value is None)

    @property
    def n_compared(self) -> int:
        """Scores compared to the last bit."""
        return sum(len(one.ours) for one in self.comparisons if one.p_value is None)

    @property
    def significance(self) -> float:
        """P-values below this count as a fault: 1 % over all comparisons together."""
        return LEVEL / max(1, sum(one.p_value is not None for one in self.comparisons))

    def holds(self, one: Comparison) -> bool:
        """Whether a comparison went as promised."""
        if one.p_value is None:
            return one.n_equal == len(one.ours)
        return one.p_value >= self.significance

    def __repr__(self) -> str:
        lines = [self._title(), *(f"  {line}" for line in self._summary())]
        if self.comparisons:
            lines.extend(["", *words.aligned(self._rows())])
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        summary = "".join(f"<p>{escape(line)}</p>" for line in self._summary())
        table = words.html_table(self._rows()) if self.comparisons else ""
        return f"<div><p><b>{escape(self._title())}</b></p>{summary}{table}</div>"

    def _title(self) -> str:
        verdict = "ok" if self.ok else "not compared" if self.problem else "NOT as promised"
        return (
            f"{verdict}: {len(self.candidates)} of {self.n_all_candidates} candidates, fitted again "
            f"with scikit-learn {sklearn_version}"
        )

    def _summary(self) -> list[str]:
        if self.problem is not None:
            return [self.problem]
        lines = []
        if self.n_compared:
            lines.append(f"{self.n_equal} of {self.n_compared} scores equal to the last bit")
        tests = [one for one in self.comparisons if one.p_value is not None]
        if tests:
            lines.append(
                f"{len(tests)} compared in distribution, with {self.n_repeats} fits a split: no single "
                "score is claimed to be equal"
            )
            smallest = min(one.p_value for one in tests if one.p_value is not None)
            lines.append(
                f"smallest p-value {smallest:.2g}; below {self.significance:.2g} would be a fault"
            )
            if any((one.smallest_p_value or 0.0) >= self.significance for one in tests):
                lines.append("too few splits and fits for any fault to show: raise n_repeats")
        return lines

    def _rows(self) -> list[tuple[str, ...]]:
        rows: list[tuple[str, ...]] = [
            ("candidate", "score", "ours", "scikit-learn", "equal", "p-value", "parameters")
        ]
        for one in self.comparisons:
            p_value = "-" if one.p_value is None else f"{one.p_value:.2g}"
            parameters = self.parameters[self.candidates.index(one.candidate)]
            rows.append(
                (
                    f"{one.candidate}",
                    one.score,
                    f"{sum(one.ours) / len(one.ours):.6f}",
                    f"{sum(one.theirs) / len(one.theirs):.6f}",
                    f"{one.n_equal}/{len(one.ours)}",
                    p_value if self.holds(one) else f"{p_value} !",
                    words.parameters(parameters),
                )
            )
        return rows
