"""Search the digits grid with tenfold, and part of it with scikit-learn for comparison.

``make demo`` runs this. The whole grid is 864 random-forest candidates on 3 splits; scikit-learn
would need minutes for it, so it is given the quarter of the candidates with ``bootstrap=True`` and
``criterion="gini"``, and tenfold is given that quarter again, so that the two times are of the same
work. It ends with a page about the search.
"""

import os
import time
from pathlib import Path
from typing import Any

import numpy as np
from rich import box
from rich.console import Console
from rich.table import Table
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import GridSearchCV as ScikitLearnGridSearchCV
from sklearn.model_selection import ParameterGrid

from tenfold import GridSearchCV

PARAM_GRID: dict[str, list[Any]] = {
    "max_depth": [3, None],
    "max_features": [1, 3, 10],
    "min_samples_split": [2, 3, 10],
    "min_samples_leaf": [1, 3, 10],
    "bootstrap": [True, False],
    "criterion": ["gini", "entropy"],
    "n_estimators": [10, 20, 40, 80],
}
QUARTER = {**PARAM_GRID, "bootstrap": [True], "criterion": ["gini"]}
N_SPLITS = 3
CORES = len(os.sched_getaffinity(0))

console = Console()


def timed_search(search_class: type, grid: dict[str, list[Any]]) -> tuple[Any, float]:
    """Fit a search on all cores and return it with the seconds it took."""
    x, y = load_digits(return_X_y=True)
    search = search_class(RandomForestClassifier(random_state=0), grid, cv=N_SPLITS, n_jobs=CORES)
    start = time.perf_counter()
    search.fit(x, y)
    return search, time.perf_counter() - start


def fold_scores(search: Any) -> dict[tuple[Any, ...], tuple[float, ...]]:
    """Return each candidate's scores, split by split."""
    results = search.cv_results_
    splits = np.stack([results[f"split{i}_test_score"] for i in range(N_SPLITS)], axis=1)
    names = sorted(PARAM_GRID)
    return {
        tuple(parameters[name] for name in names): tuple(row)
        for parameters, row in zip(results["params"], splits, strict=True)
    }


def print_best(search: Any, count: int = 8) -> None:
    """Print the best candidates as a table."""
    results = search.cv_results_
    table = Table(
        title=f"The best {count} of {len(results['params'])} candidates, by accuracy",
        title_justify="left",
        box=box.SIMPLE_HEAD,
        show_edge=False,
        padding=0,
    )
    for name in ("#", "mean", "std"):
        table.add_column(name, justify="right", vertical="bottom")
    for name in PARAM_GRID:
        table.add_column(name.replace("_", "\n"), justify="right", vertical="bottom")
    for i in np.argsort(results["rank_test_score"], kind="stable")[:count]:
        values = [str(results["params"][i][name]) for name in PARAM_GRID]
        score = f"{results['mean_test_score'][i]:.4f}"
        spread = f"{results['std_test_score'][i]:.4f}"
        table.add_row(str(results["rank_test_score"][i]), score, spread, *values)
    console.print()
    console.print(table)
    console.print()


def main() -> int:
    n_all, n_quarter = len(ParameterGrid(PARAM_GRID)), len(ParameterGrid(QUARTER))
    console.print(
        f"Random forests on digits: {n_all} candidates x {N_SPLITS} splits = "
        f"{n_all * N_SPLITS:,} fits, on {CORES} cores.",
        highlight=False,
    )
    search, seconds = timed_search(GridSearchCV, PARAM_GRID)
    print_best(search)
    console.print(f"tenfold searched the whole grid in [bold]{seconds:.2f} s[/bold].\n")

    console.print(
        f"Now the {n_quarter} candidates with bootstrap=True and criterion='gini', with "
        "scikit-learn (the whole grid would take several times as long) ...",
        highlight=False,
    )
    # Its worker processes start before the clock does.
    timed_search(ScikitLearnGridSearchCV, {"n_estimators": [1] * CORES})
    theirs, their_seconds = timed_search(ScikitLearnGridSearchCV, QUARTER)
    ours, our_seconds = timed_search(GridSearchCV, QUARTER)
    console.print(
        f"Those {n_quarter} candidates: scikit-learn {their_seconds:.1f} s, tenfold "
        f"{our_seconds:.2f} s: [bold]{their_seconds / our_seconds:.0f} times faster[/bold].",
        highlight=False,
    )

    all_scores, expected = fold_scores(search), fold_scores(theirs)
    different = [key for key, scores in expected.items() if all_scores[key] != scores]
    if different or fold_scores(ours) != expected:
        console.print("[bold red]Some fold scores differ from scikit-learn's.[/bold red]")
        return 1
    console.print(
        f"All {n_quarter * N_SPLITS} fold scores are equal to scikit-learn's, to the last bit.",
        highlight=False,
    )
    page = search.report(Path("build", "demo-report.html"))
    console.print(f"\nThe whole search on one page, to open in a browser: {page}", highlight=False)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
