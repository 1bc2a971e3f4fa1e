"""Grids over the last step of a Pipeline: the transformers in front of it are fitted once a fold.

Two searches: ``StandardScaler -> PCA -> RandomForestClassifier`` on the digits, and a ColumnTransformer
over mixed columns (numbers with gaps, strings) in front of the same forest. Both run beside
scikit-learn, and beside scikit-learn with the Pipeline's ``memory=``, which spares it most fits of the
transformers at the price of hashing and of a disk. Every fold score must be equal to the last bit, and
the fits of the front (what stands before the last step) are counted: one a fold.
"""

import argparse
import os
import tempfile
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_digits
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.model_selection import ParameterGrid
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import tenfold
from _measure import ALL_CORES, measure
from _report import Comparison, compare, print_comparisons
from _search_task import SearchTask
from tenfold._sharing.trust import deterministic

PARAM_GRID: dict[str, list[Any]] = {
    "forest__max_depth": [4, None],
    "forest__min_samples_leaf": [1, 5],
    "forest__n_estimators": [10, 20, 40],
}
N_SPLITS = 3
MIXED_ROWS = 2000


@deterministic  # else it is on trial, and fitted twice
class Counted(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Passes its input on, and leaves a file in a folder each time that it is fitted."""

    def __init__(self, folder: str | None = None) -> None:
        self.folder = folder

    def fit(self, X: Any, y: Any = None) -> "Counted":
        if self.folder is not None:
            handle, _ = tempfile.mkstemp(dir=self.folder)
            os.close(handle)
        self.n_features_in_ = X.shape[1]
        return self

    def transform(self, X: Any) -> Any:
        return X


def projected_forest() -> Pipeline:
    return Pipeline(
        [
            ("scale", StandardScaler()),
            ("project", PCA(n_components=32, random_state=0)),
            ("forest", RandomForestClassifier(random_state=0)),
        ]
    )


def forest_on_columns() -> Pipeline:
    columns = ColumnTransformer(
        [
            (
                "numbers",
                make_pipeline(SimpleImputer(), StandardScaler()),
                ["age", "income", "hours"],
            ),
            (
                "words",
                OneHotEncoder(handle_unknown="ignore", sparse_output=False),
                ["town", "work"],
            ),
        ]
    )
    return Pipeline([("columns", columns), ("forest", RandomForestClassifier(random_state=0))])


def load_mixed() -> tuple[pd.DataFrame, Any]:
    """People with an age (sometimes unknown), an income, hours of work, a town and a trade."""
    generator = np.random.default_rng(0)
    towns, trades = [f"town {i}" for i in range(20)], [f"trade {i}" for i in range(12)]
    X = pd.DataFrame(
        {
            "age": np.where(
                generator.random(MIXED_ROWS) < 0.1, np.nan, generator.integers(18, 80, MIXED_ROWS)
            ),
            "income": generator.lognormal(10, 1, MIXED_ROWS),
            "hours": generator.integers(0, 60, MIXED_ROWS).astype(float),
            "town": generator.choice(towns, MIXED_ROWS),
            "work": generator.choice(trades, MIXED_ROWS),
        }
    )
    merit = (
        np.log(X["income"])
        + X["hours"] / 30
        + (X["town"] < "town 3")
        + generator.normal(size=MIXED_ROWS)
    )
    return X, (merit > merit.median()).to_numpy()


SEARCHES = {
    "digits, scaled and projected": (projected_forest, partial(load_digits, return_X_y=True)),
    "mixed columns": (forest_on_columns, load_mixed),
}


class PipelineTask(SearchTask):
    """A search whose warm-up takes rows of data frames too."""

    def prepare(self) -> None:
        """Load the data; search two candidates on some of its rows, which starts workers."""
        self.data = self.load()
        x, y = self.data
        some = np.random.default_rng(0).permutation(len(x))[:300]
        rows = x.iloc[some] if isinstance(x, pd.DataFrame) else x[some]
        few = [
            {name: [value] for name, value in point.items()} for point in ParameterGrid(self.grid)
        ]
        self._search(few[:2], rows, y[some])


def side_by_side(name: str, cores: int) -> list[Comparison]:
    """One search: scikit-learn with and without ``memory=``, each beside the same run of tenfold."""
    make, load = SEARCHES[name]

    def run(package: str, estimator: Pipeline) -> Any:
        return measure(PipelineTask(package, estimator, PARAM_GRID, load, N_SPLITS, cores), cores)

    ours, theirs = run("tenfold", make()), run("scikit-learn", make())
    with tempfile.TemporaryDirectory() as cache:
        remembering = run("scikit-learn", clone(make()).set_params(memory=cache))
    return [
        compare(name, cores, theirs, ours),
        compare(f"{name}, memory=", cores, remembering, ours),
    ]


def count_front_fits(name: str, cores: int) -> int:
    """Fits of the transformers while tenfold searches, without the refit."""
    make, load = SEARCHES[name]
    with tempfile.TemporaryDirectory() as folder:
        pipeline = make()
        pipeline.steps.insert(-1, ("count", Counted(folder)))
        search = tenfold.GridSearchCV(
            pipeline, PARAM_GRID, cv=N_SPLITS, n_jobs=cores, refit=False, error_score="raise"
        )
        search.fit(*load())
        return len(list(Path(folder).iterdir()))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cores", type=int, nargs="+", default=[1, ALL_CORES])
    parser.add_argument("--search", choices=SEARCHES, nargs="+", default=list(SEARCHES))
    options = parser.parse_args()

    comparisons: list[Comparison] = []
    fits: dict[str, int] = {}
    for name in options.search:
        fits[name] = count_front_fits(name, ALL_CORES)
        for cores in dict.fromkeys(options.cores):
            comparisons += side_by_side(name, cores)
    n_candidates = len(ParameterGrid(PARAM_GRID))
    print_comparisons(
        f"Pipelines: {n_candidates} candidates of the last step, cv={N_SPLITS}", comparisons
    )
    for name, n_fits in fits.items():
        print(
            f"{name}: {n_fits} fits of the transformers for {n_candidates * N_SPLITS} cells"
            f" (folds: {N_SPLITS})"
        )
    right = all(row.equal for row in comparisons) and set(fits.values()) == {N_SPLITS}
    return 0 if right else 1


if __name__ == "__main__":
    raise SystemExit(main())
