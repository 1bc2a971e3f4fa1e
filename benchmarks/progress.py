"""Is the time left that the bar shows to be believed?

The catalogue's searches and the digits grid, each as the bar sees it: when it says that a quarter is done,
the time left that it says is compared with what was left. Searches over within a second are left out, since
they show no bar worth reading; ten splits make most longer than that. Where a bar says no time until more
is done (many cells wait for one transformer), the first time that it says is taken. Within 30 % in nine of
ten is what is asked for; other work on the machine meanwhile makes any prediction wrong.
"""

import argparse
import time
import warnings
from typing import Any, ClassVar

from rich.console import Console
from rich.table import Table
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier

from _catalogue_searches import SEARCHES, Search
from _measure import ALL_CORES
from digits import PARAM_GRID
from tenfold import GridSearchCV, cross_val_score
from tenfold._run.progress import Progress

SHORTEST_SECONDS = 1.0
SHARE = 0.25
WITHIN = 0.3


class Watched(Progress):
    """A bar that nobody sees, and what it would have said."""

    watched = True
    said: ClassVar[list[tuple[float, float, float | None]]] = []

    def show(self) -> None:
        super().show()
        now = time.monotonic()
        if not self.said or now - self.said[-1][0] >= 0.2:  # as often as a bar is renewed
            self.look(now)
            self.said.append((now, self.share, self.left))


def predicted(search: Search, n_splits: int) -> tuple[float, float, float, float] | None:
    """Seconds that the search took, the share that was done, seconds left as predicted and as they were."""
    x, y = search.load()
    Watched.said.clear()
    fitted = GridSearchCV(search.estimator, search.grid, cv=n_splits, n_jobs=ALL_CORES, refit=False)
    started = time.monotonic()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fitted.fit(x, y)
    ended = time.monotonic()
    for now, share, left in Watched.said:
        if share >= SHARE and left is not None:
            return ended - started, share, left, ended - now
    return (ended - started, 0.0, 0.0, 0.0) if ended - started >= SHORTEST_SECONDS else None


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", nargs="+", help="searches by name")
    parser.add_argument("--skip", nargs="+", default=[], help="searches by name")
    parser.add_argument("--splits", type=int, default=10)
    parser.add_argument(
        "--seconds", type=float, default=600.0, help="begin no search after so many"
    )
    options = parser.parse_args()
    from tenfold._run import request

    request.Progress = Watched  # type: ignore[misc]
    grid: dict[str, list[Any]] = {**PARAM_GRID, "n_estimators": [40, 80, 160, 320]}
    all_searches = [
        Search("digits", RandomForestClassifier(), grid, lambda: load_digits(return_X_y=True)),
        *SEARCHES,
    ]
    x, y = load_digits(return_X_y=True)
    # Worker processes start before the first clock does.
    cross_val_score(SEARCHES[0].estimator, x[:100], y[:100], cv=3, n_jobs=ALL_CORES)
    table = Table("search", "seconds", "share", "left as predicted", "as it was", "error", box=None)
    started, n_good, n_all = time.monotonic(), 0, 0
    for search in all_searches:
        if (options.only and search.name not in options.only) or search.name in options.skip:
            continue
        if time.monotonic() - started > options.seconds:
            break
        found = predicted(search, options.splits)
        if found is None or found[0] < SHORTEST_SECONDS:
            continue
        seconds, share, left, actual = found
        error = (left - actual) / actual if actual > 0 else float("inf")
        n_all += 1
        n_good += abs(error) <= WITHIN
        table.add_row(
            search.name,
            f"{seconds:.2f}",
            f"{share:.0%}",
            f"{left:.2f}",
            f"{actual:.2f}",
            f"{error:+.0%}",
        )
    console = Console()
    console.print(table)
    console.print(f"{n_good} of {n_all} within {WITHIN:.0%}", highlight=False)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
