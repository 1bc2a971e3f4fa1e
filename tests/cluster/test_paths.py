"""Paths on a cluster: families travel as tasks, and what reads them off travels too."""

import sys
import types
import zipfile
from importlib.machinery import EXTENSION_SUFFIXES
from io import BytesIO
from pathlib import Path

import pytest
from sklearn.datasets import load_breast_cancer
from sklearn.ensemble import AdaBoostClassifier
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from tests.cluster import learners
from tests.cluster.test_results import assert_as_on_one_machine

import tenfold
from tenfold import _engine
from tenfold._plan.families import SHARED
from tenfold._sharing.paths import registry
from tenfold.spark._search.package import package

X, Y = load_breast_cancer(return_X_y=True)
X, Y = X[::2], Y[::2]
CASES = {
    "compiled kernels": (SVC(), {"C": [0.1, 1.0], "gamma": [1e-4, 1e-3]}, {}),
    "neighbours": (KNeighborsClassifier(), {"n_neighbors": [1, 3, 9]}, {"scoring": "roc_auc"}),
    "rounds": (
        AdaBoostClassifier(random_state=0),
        {"n_estimators": [2, 5], "learning_rate": [0.5, 1.0]},
        {"return_train_score": True},
    ),
    "penalties": (RidgeClassifier(), {"alpha": [0.1, 1.0, 10.0, 100.0]}, {}),
    "iterations": (LogisticRegression(), {"C": [0.1, 1.0, 10.0]}, {"scoring": "neg_log_loss"}),
    "a Pipeline's last step": (
        make_pipeline(StandardScaler(), KNeighborsClassifier()),
        {"kneighborsclassifier__n_neighbors": [1, 3, 9]},
        {},
    ),
}


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("case", CASES)
def test_paths(spark, case):
    estimator, grid, options = CASES[case]
    search = tenfold.GridSearchCV(estimator, grid, cv=3, **options)
    there = assert_as_on_one_machine(search, X, Y)
    with tenfold.config_context(backend="local"):
        here = search.fit(X, Y)
    assert there.plan_.rules == here.plan_.rules
    assert {family.engine for family in there.plan_.families} == {SHARED}


def test_a_path_of_the_users(spark, tmp_path):
    """Its class is sent by value: executors have no module of that name."""
    before = dict(registry._registered)
    tenfold.sharing.register_path(learners.Sizes())
    try:
        search = tenfold.GridSearchCV(
            learners.Careful(notes=str(tmp_path)), {"size": [1, 2, 3]}, cv=2, refit=False
        ).fit(X, Y)
    finally:
        registry._registered.clear()
        registry._registered.update(before)
    assert search.plan_.rules == {"toy sizes": learners.Sizes.why}
    assert len(list(tmp_path.glob("fit-*"))) == 2, "one fit a split"


def test_a_path_whose_module_executors_lack(spark, monkeypatch):
    """A search that it does not concern runs, and one that it does runs as scikit-learn's own code."""
    module = types.ModuleType("only_on_the_driver")
    path = type(
        "Elsewhere", (learners.Sizes,), {"__module__": module.__name__, "name": "elsewhere"}
    )
    module.Elsewhere = path
    monkeypatch.setitem(sys.modules, module.__name__, module)
    monkeypatch.setattr(registry, "_registered", {path.name: path()})
    for estimator, grid in (
        (KNeighborsClassifier(), {"n_neighbors": [1, 3]}),
        (learners.Careful(), {"size": [1, 2]}),
    ):
        search = tenfold.GridSearchCV(estimator, grid, cv=2, refit=False)
        assert_as_on_one_machine(search, X, Y)


def test_the_package_has_all_that_is_compiled():
    with zipfile.ZipFile(BytesIO(package()._content)) as archive:
        sent = {name for name in archive.namelist() if name.endswith(tuple(EXTENSION_SUFFIXES))}
    folder = Path(_engine.__file__).parent
    compiled = {f"tenfold/{path.name}" for path in folder.glob("_*.so")}
    assert {name.partition(".")[0] for name in compiled} == {"tenfold/_engine", "tenfold/_kernels"}
    assert sent == compiled
