"""Forty searches as people write them, scikit-learn beside tenfold, every fold score compared.

Each search has a process of its own, in which both take turns on the same cores, with modules imported and
workers started beforehand; the quickest turn of each counts. ``--write`` draws docs/catalogue.svg and writes
the table into the README, between two marks.
"""

import argparse
import sys
import time
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from joblib import Parallel, delayed
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, ParameterGrid

import tenfold
from _catalogue_searches import SEARCHES, Search
from _measure import ALL_CORES, measure
from _report import describe_machine
from _search_task import as_grid, search_and_stay

DOCS = Path(__file__).resolve().parents[1] / "docs"
N_SPLITS = 3
PACKAGES = {"scikit-learn": GridSearchCV, "tenfold": tenfold.GridSearchCV}


@dataclass
class Outcome:
    """What a search's turns gave: the quickest of each, and whether all scores are the same."""

    seconds: dict[str, float]
    n_scores: int
    n_equal: int
    n_asked: int
    n_done: int
    plan: str

    @property
    def ratio(self) -> float:
        """How many times sooner tenfold is done."""
        return self.seconds["scikit-learn"] / self.seconds["tenfold"]

    @property
    def equal(self) -> bool:
        """Whether every fold score is equal to the last bit."""
        return self.n_equal == self.n_scores


@dataclass
class CatalogueTask:
    """One search of the catalogue, run by both packages in turns."""

    name: str
    cores: int
    turns: int
    disabled: tuple[str, ...] = ()
    clock: Any = time.perf_counter
    data: Any = field(default=None, repr=False)

    @property
    def search(self) -> Search:
        """The search itself, which need not be sent."""
        return next(search for search in SEARCHES if search.name == self.name)

    def prepare(self) -> None:
        """Load the data, start workers, and have both packages search two candidates."""
        warnings.simplefilter("ignore")
        if self.disabled:
            tenfold.set_config(disabled_rules=self.disabled)
        self.data = self.search.load()
        some = np.random.default_rng(0).permutation(len(self.data[1]))[:300]
        rows = [_rows(part, some) for part in self.data]
        two = as_grid(list(ParameterGrid(self.search.grid))[:2])
        if self.cores != 1:
            for package in PACKAGES:
                Parallel(n_jobs=self.cores)(
                    delayed(search_and_stay)(package, self.search.estimator, two, *rows)
                    for _ in range(self.cores)
                )
        for package in PACKAGES:
            self._fit(package, two, *rows)

    def run(self) -> Outcome:
        """Let both search in turns."""
        seconds: dict[str, list[float]] = {package: [] for package in PACKAGES}
        found: dict[str, Any] = {}
        for _ in range(self.turns):
            for package in PACKAGES:
                started = self.clock()
                found[package] = self._fit(package, self.search.grid, *self.data)
                seconds[package].append(self.clock() - started)
        theirs, ours = (_scores(found[package].cv_results_) for package in PACKAGES)
        plan = found["tenfold"].plan_
        return Outcome(
            seconds={package: min(times) for package, times in seconds.items()},
            n_scores=theirs.size,
            n_equal=int(((theirs == ours) | (np.isnan(theirs) & np.isnan(ours))).sum()),
            n_asked=plan.n_fits_asked,
            n_done=plan.n_fits_done,
            plan=str(plan),
        )

    def _fit(self, package: str, grid: Any, x: Any, y: Any) -> Any:
        search = PACKAGES[package](
            clone(self.search.estimator), grid, cv=N_SPLITS, n_jobs=self.cores
        )
        return search.fit(x, y)


def _rows(part: Any, numbers: Any) -> Any:
    if hasattr(part, "iloc"):
        return part.iloc[numbers]
    return [part[i] for i in numbers] if isinstance(part, list) else part[numbers]


def _scores(results: dict[str, Any]) -> Any:
    return np.stack([results[f"split{i}_test_score"] for i in range(N_SPLITS)], axis=1)


HEADINGS = ("search", "candidates", "scikit-learn", "tenfold", "times", "fits", "done", "scores")


def row_of(search: Search, outcome: Outcome) -> tuple[str, ...]:
    """A search's line of the table."""
    equal = "equal" if outcome.equal else f"{outcome.n_equal} of {outcome.n_scores} EQUAL"
    return (
        search.name,
        str(len(ParameterGrid(search.grid))),
        f"{outcome.seconds['scikit-learn']:.2f} s",
        f"{outcome.seconds['tenfold']:.2f} s",
        f"{outcome.ratio:.2f}" if outcome.ratio < 10 else f"{outcome.ratio:.1f}",
        str(outcome.n_asked),
        str(outcome.n_done),
        equal,
    )


def geometric_mean(outcomes: list[Outcome]) -> float:
    """Of the ratios."""
    return float(np.exp(np.mean([np.log(outcome.ratio) for outcome in outcomes])))


def markdown(rows: list[tuple[str, ...]], mean: float, cores: int) -> str:
    """The table as a page's part."""
    lines = [
        "| " + " | ".join(HEADINGS) + " |",
        "|" + "---|" + "---:|" * (len(HEADINGS) - 2) + "---|",
        *("| " + " | ".join(row) + " |" for row in rows),
        "",
        f"Geometric mean: {mean:.2f} times. {N_SPLITS} folds, `n_jobs={cores}` on both sides, refit "
        f"included. {describe_machine()}.",
        "",
    ]
    return "\n".join(lines)


MARKS = "<!-- catalogue: begin -->", "<!-- catalogue: end -->"


def write_table(table: str, page: Path) -> None:
    """Put a table between the page's two marks, in place of what is there."""
    before, _, rest = page.read_text(encoding="utf-8").partition(MARKS[0])
    _, _, after = rest.partition(MARKS[1])
    page.write_text(f"{before}{MARKS[0]}\n\n{table}\n{MARKS[1]}{after}", encoding="utf-8")


def draw(results: list[tuple[Search, Outcome]], mean: float, path: Path) -> None:
    """A bar a search, the longest first; bars to the left of 1 are slower than scikit-learn."""
    import matplotlib as mpl
    import matplotlib.pyplot as plt

    mpl.rcParams["svg.hashsalt"] = "tenfold"
    ordered = sorted(results, key=lambda result: result[1].ratio)
    ratios = [outcome.ratio for _, outcome in ordered]
    figure, axis = plt.subplots(figsize=(8, 0.2 * len(ordered) + 1.2), layout="constrained")
    colours = ["#1f77b4" if ratio >= 1 else "#d62728" for ratio in ratios]
    bars = axis.barh(
        [search.name for search, _ in ordered], [r - 1 for r in ratios], left=1, color=colours
    )
    axis.bar_label(bars, [f"{r:.1f}" for r in ratios], padding=3, fontsize="x-small")
    axis.set(xscale="log", xlabel="times faster than scikit-learn (logarithmic)")
    axis.axvline(mean, color="grey", linestyle=":", label=f"geometric mean {mean:.2f}")
    axis.set_xlim(min(0.5, *ratios), max(ratios) * 1.6)
    axis.tick_params(axis="y", labelsize="x-small")
    axis.legend(loc="lower right", fontsize="small")
    figure.savefig(path, metadata={"Date": None})


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--list", action="store_true", help="name the searches and stop")
    parser.add_argument(
        "--only", nargs="*", default=[], help="searches with one of these in the name"
    )
    parser.add_argument("--cores", type=int, default=ALL_CORES)
    parser.add_argument("--turns", type=int, default=2, help="turns of each package")
    parser.add_argument("--plans", action="store_true", help="print each search's plan")
    parser.add_argument("--disable", nargs="*", default=[], help="sharing rules to switch off")
    parser.add_argument(
        "--write", action="store_true", help="write docs/catalogue.svg and README's table"
    )
    parser.add_argument("--cpu", action="store_true", help="CPU seconds, on one core")
    options = parser.parse_args()
    clock = time.process_time if options.cpu else time.perf_counter
    options.cores = 1 if options.cpu else options.cores
    chosen = [s for s in SEARCHES if not options.only or any(o in s.name for o in options.only)]
    if options.list:
        print("\n".join(search.name for search in chosen))
        return 0

    results: list[tuple[Search, Outcome]] = []
    widths = (22, 10, 12, 9, 6, 5, 5, 6)
    print("  ".join(h.ljust(w) for h, w in zip(HEADINGS, widths, strict=True)))
    for search in chosen:
        task = CatalogueTask(
            search.name, options.cores, options.turns, tuple(options.disable), clock
        )
        outcome: Outcome = measure(task, options.cores).result
        results.append((search, outcome))
        row = row_of(search, outcome)
        print("  ".join(e.ljust(w) for e, w in zip(row, widths, strict=True)), flush=True)
        if options.plans:
            print(outcome.plan, flush=True)
    outcomes = [outcome for _, outcome in results]
    mean = geometric_mean(outcomes)
    n_equal = sum(outcome.equal for outcome in outcomes)
    print(f"geometric mean {mean:.2f}; {n_equal} of {len(outcomes)} searches equal in all scores")
    missed = [s for s, o in results if s.target is not None and o.ratio < s.target]
    for search in missed:
        print(f"{search.name}: below {search.target} times")
    if options.write:
        rows = [row_of(search, outcome) for search, outcome in results]
        write_table(markdown(rows, mean, options.cores), DOCS.parent / "README.md")
        draw(results, mean, DOCS / "catalogue.svg")
    return 0 if n_equal == len(outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
