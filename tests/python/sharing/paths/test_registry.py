"""The list of paths, and what of it is imported when."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module

import pytest

from tenfold import _learners
from tenfold._sharing.paths import SHIPPED

SEARCH = """
import sys
import tenfold
from sklearn.datasets import load_iris
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
estimator = LinearDiscriminantAnalysis(solver="lsqr")
search = tenfold.GridSearchCV(estimator, {"shrinkage": [0.1, 0.5]}, cv=2, n_jobs=1)
search.fit(*load_iris(return_X_y=True))
print(*sys.modules)
assert search.plan_.n_fits_done == 2
"""


@pytest.mark.parametrize("file", SHIPPED)
def test_the_table_names_what_a_file_covers(file: str) -> None:
    """A class that is missing from it would be read off by nobody."""
    paths = import_module(f"tenfold._sharing.paths.{file}").PATHS
    covered = {address.rpartition(".")[2] for path in paths for address in path.estimators}
    assert covered == set(SHIPPED[file])


def test_a_search_imports_the_paths_of_its_estimator_alone() -> None:
    printed = subprocess.run(
        [sys.executable, "-c", SEARCH], check=True, capture_output=True, text=True
    ).stdout
    imported = set(printed.split())
    files = {name for name in SHIPPED if f"tenfold._sharing.paths.{name}" in imported}
    assert files == {"discriminant_analysis"}
    for unused in (
        "sklearn.ensemble",
        "sklearn.tree",
        "sklearn.neighbors",
        "tenfold._learners.trees",
    ):
        assert unused not in imported


def test_learners_are_found_where_they_are_looked_for() -> None:
    """Their modules are imported for classes of these packages alone."""
    for file in _learners._FILES:
        learner = _learners._module(file)
        assert all(_learners.learner_of(cls) is learner for cls in learner.LEARNERS)
