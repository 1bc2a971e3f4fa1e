"""A scikit-learn that tenfold does not know: its own code runs, with one warning, and no crash."""

from __future__ import annotations

import subprocess
import sys
import warnings

import joblib
import pytest
import sklearn
from joblib.externals.loky import get_reusable_executor
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import cross_val_score

import tenfold
from tenfold import _native, _versions

from . import data_sets


@pytest.mark.smoke
@pytest.mark.parametrize("version", ["1.10.0", "2.0.dev0", "1.4.2"])
def test_unknown_version(monkeypatch: pytest.MonkeyPatch, version: str) -> None:
    monkeypatch.setattr(sklearn, "__version__", version)
    monkeypatch.setattr(_native, "_warned", False)
    X, y = data_sets.iris()
    forest = RandomForestClassifier(n_estimators=2, random_state=0)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in range(2):
            ours = tenfold.cross_val_score(forest, X, y, cv=3)
    assert ours.tolist() == cross_val_score(forest, X, y, cv=3).tolist()
    assert ["newer or older" in str(w.message) for w in caught] == [True]


WITHOUT_ENGINE = """
import sys, warnings
sys.modules["tenfold._engine"] = None  # importing it raises ImportError
import tenfold
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
X, y = load_iris(return_X_y=True)
forest = RandomForestClassifier(n_estimators=2, random_state=0)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    print(tenfold.cross_val_score(forest, X, y, cv=3, n_jobs=1).tolist())
print([w.category.__name__ for w in caught if "could not be imported" in str(w.message)])
"""


def test_a_package_without_its_engine_runs_scikit_learns_code() -> None:
    said = subprocess.run(
        [sys.executable, "-c", WITHOUT_ENGINE], capture_output=True, text=True, check=True
    ).stdout
    X, y = data_sets.iris()
    forest = RandomForestClassifier(n_estimators=2, random_state=0)
    assert said.splitlines() == [
        str(cross_val_score(forest, X, y, cv=3).tolist()),
        "['RuntimeWarning']",
    ]


@pytest.mark.parametrize(
    ("text", "numbers"), [("1.9.1", (1, 9)), ("1.10.dev0", (1, 10)), ("2.0rc1", (2, 0))]
)
def test_version_numbers(text: str, numbers: tuple[int, int]) -> None:
    assert _versions.version_tuple(text) == numbers


@pytest.mark.smoke
def test_this_version_is_known() -> None:
    assert _versions.is_tested()
    assert _native.why_not() is None


@pytest.mark.smoke
def test_workers_that_wait_are_seen_whoever_started_them() -> None:
    get_reusable_executor().shutdown(kill_workers=True)
    assert _versions.waiting_workers() == 0
    joblib.Parallel(n_jobs=2)(joblib.delayed(abs)(number) for number in range(4))
    assert _versions.waiting_workers() == 2
    get_reusable_executor().shutdown(kill_workers=True)
    assert _versions.waiting_workers() == 0
