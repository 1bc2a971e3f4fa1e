"""Ten short fits: what a search costs beside scikit-learn's, in milliseconds.

Estimators that are native, that share, and that nobody knows, with ``n_jobs`` unset and 2. The quickest of
several turns of each counts; no search may take 10 ms longer than scikit-learn's.
"""

import argparse
import time
import warnings
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.datasets import load_iris
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, NearestCentroid
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

import tenfold

MOST_MILLISECONDS = 10.0
N_SPLITS = 2


class Threshold(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """An estimator of a package that nobody knows, whose fit takes no time."""

    def __init__(self, at: float = 0.0) -> None:
        self.at = at

    def fit(self, x: Any, y: Any) -> Any:
        self.classes_ = np.unique(y)
        self.means_ = x.mean(axis=0)
        return self

    def predict(self, x: Any) -> Any:
        return self.classes_[((x - self.means_)[:, 0] > self.at).astype(int)]


FIVE = [0.1, 0.2, 0.3, 0.4, 0.5]
SEARCHES: dict[str, tuple[Any, dict[str, list[Any]]]] = {
    "of no known package": (Threshold(), {"at": FIVE}),
    "of no known package, in a Pipeline": (
        make_pipeline(StandardScaler(), Threshold()),
        {"threshold__at": FIVE},
    ),
    "NearestCentroid": (NearestCentroid(), {"shrink_threshold": FIVE}),
    "GaussianNB": (GaussianNB(), {"var_smoothing": FIVE}),
    "KNeighborsClassifier": (KNeighborsClassifier(), {"n_neighbors": [1, 2, 3, 4, 5]}),
    "LinearDiscriminantAnalysis": (LinearDiscriminantAnalysis("lsqr"), {"shrinkage": FIVE}),
    "LogisticRegression": (LogisticRegression(max_iter=500), {"C": FIVE}),
    "SVC in a Pipeline": (make_pipeline(StandardScaler(), SVC()), {"svc__C": FIVE}),
    "DecisionTreeClassifier": (
        DecisionTreeClassifier(random_state=0),
        {"max_depth": [1, 2, 3, 4, 5]},
    ),
    "DummyClassifier": (
        DummyClassifier(),
        {"strategy": ["prior", "most_frequent"], "constant": [0, 1]},
    ),
}


def milliseconds(kind: Any, name: str, n_jobs: int | None, data: Any, clock: Any) -> float:
    """One search."""
    estimator, grid = SEARCHES[name]
    search = kind(clone(estimator), grid, cv=N_SPLITS, n_jobs=n_jobs)
    started = clock()
    search.fit(*data)
    return 1e3 * float(clock() - started)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--turns", type=int, default=20)
    parser.add_argument("--only", default="", help="searches whose name has this in it")
    parser.add_argument("--cpu", action="store_true", help="CPU time, without workers")
    options = parser.parse_args()
    clock = time.process_time if options.cpu else time.perf_counter
    warnings.simplefilter("ignore")
    data = load_iris(return_X_y=True)
    too_long = 0
    print(f"{'search':36} n_jobs  scikit-learn  tenfold  longer by")
    for n_jobs in (None,) if options.cpu else (None, 2):
        for name in SEARCHES:
            if options.only not in name:
                continue
            theirs, ours = (
                min(milliseconds(kind, name, n_jobs, data, clock) for _ in range(options.turns))
                for kind in (GridSearchCV, tenfold.GridSearchCV)
            )
            too_long += ours - theirs > MOST_MILLISECONDS
            print(
                f"{name:36} {n_jobs!s:6} {theirs:9.1f} ms {ours:5.1f} ms {ours - theirs:6.1f} ms",
                flush=True,
            )
    return 1 if too_long else 0


if __name__ == "__main__":
    raise SystemExit(main())
