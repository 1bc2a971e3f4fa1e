"""Search a small grid with the installed package: natively, and with scikit-learn's own scores."""

import sys

import numpy as np
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import GridSearchCV

import tenfold


def main():
    X, y = load_iris(return_X_y=True)
    grid = {"max_depth": [2, None], "n_estimators": [3, 6]}
    forest = RandomForestClassifier(random_state=0)
    search = tenfold.GridSearchCV(forest, grid, cv=3).fit(X, y)
    engines = {family.engine for family in search.plan_.families}
    if engines != {"native"}:
        sys.exit(f"the search ran on {engines}\n{search.plan_}")
    scores = GridSearchCV(forest, grid, cv=3).fit(X, y).cv_results_["mean_test_score"]
    np.testing.assert_array_equal(search.cv_results_["mean_test_score"], scores)
    print(f"tenfold {tenfold.__version__} searches natively, from {tenfold.__file__}")


if __name__ == "__main__":
    main()
