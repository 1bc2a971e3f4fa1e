"""Compare two runs, and print what a reader needs to believe the comparison."""

import os
import platform
from dataclasses import dataclass
from pathlib import Path

import joblib
import numpy as np
import sklearn
from rich.console import Console
from rich.table import Table

import tenfold
from _measure import Run


@dataclass(frozen=True)
class Comparison:
    """scikit-learn's run and tenfold's of the same search on the same cores."""

    name: str
    cores: int
    theirs: Run
    ours: Run
    equal: bool
    n_scores: int

    @property
    def ratio(self) -> float:
        """How many times sooner tenfold is done."""
        return self.theirs.seconds / self.ours.seconds


def compare(name: str, cores: int, theirs: Run, ours: Run) -> Comparison:
    """Put two runs side by side; their results are arrays of fold scores, equal to the last bit."""
    a, b = np.asarray(theirs.result), np.asarray(ours.result)
    equal = a.shape == b.shape and np.array_equal(a, b, equal_nan=True)
    return Comparison(name, cores, theirs, ours, equal, a.size)


def describe_machine() -> str:
    """Name what was measured on: processor, cores and versions."""
    model = "unknown processor"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    return (
        f"{model}, {len(os.sched_getaffinity(0))} cores; Python {platform.python_version()}, "
        f"scikit-learn {sklearn.__version__}, joblib {joblib.__version__}, "
        f"NumPy {np.__version__}, tenfold {tenfold.__version__}"
    )


def print_comparisons(title: str, comparisons: list[Comparison], exact: bool = True) -> None:
    """Print a table, a row a comparison, and below it how it was measured.

    ``exact=False`` says that the searches have no seed, so that no two runs are equal.
    """
    table = Table(title=title, title_justify="left", title_style="bold")
    table.add_column("search")
    for heading in (
        "cores",
        "scikit-learn",
        "tenfold",
        "times faster",
        "memory,\nscikit-learn",
        "memory,\ntenfold",
    ):
        table.add_column(heading, justify="right")
    table.add_column("fold scores")
    for row in comparisons:
        table.add_row(
            row.name,
            str(row.cores),
            f"{row.theirs.seconds:.2f} s",
            f"{row.ours.seconds:.2f} s",
            f"{row.ratio:.2f}" if row.ratio < 10 else f"{row.ratio:.1f}",
            f"{row.theirs.peak_bytes / 2**20:.0f} MiB",
            f"{row.ours.peak_bytes / 2**20:.0f} MiB",
            _verdict(row) if exact else "no seed: not compared",
        )
    console = Console(width=max(Console().width, 110))
    console.print(table)
    console.print(
        "Wall time of the whole fit, refit included; every run in a process of its own, with "
        "modules imported\nand workers started beforehand. Memory: peak beyond what was held "
        "before the fit, over all processes.",
        highlight=False,
    )
    console.print(describe_machine(), highlight=False)


def _verdict(row: Comparison) -> str:
    return f"all {row.n_scores:,} equal" if row.equal else "[bold red]DIFFERENT[/]"
