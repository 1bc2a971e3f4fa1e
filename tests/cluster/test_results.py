"""Results on a cluster are those of one machine, to the last bit."""

import random
import sqlite3

import joblib
import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from sklearn import model_selection
from sklearn.base import clone
from sklearn.datasets import load_digits, load_iris
from sklearn.decomposition import PCA
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import (
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.model_selection import StratifiedKFold
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier
from tests.cluster.learners import Drawing

import tenfold

pytestmark = pytest.mark.usefixtures("spark")
FOREST = RandomForestClassifier(n_estimators=5, random_state=0)
FOREST_GRID = {"max_depth": [2, None], "min_samples_leaf": [1, 5], "criterion": ["gini", "entropy"]}
IRIS = load_iris(return_X_y=True)


def scores(search):
    return {
        name: value
        for name, value in search.cv_results_.items()
        if not name.endswith("_time") and not name.startswith("param")
    }


def assert_as_on_one_machine(search, X, y, **fit_params):
    np.random.seed(11)
    there = clone(search).fit(X, y, **fit_params)
    assert there.plan_.backend == "spark"
    np.random.seed(11)
    with tenfold.config_context(backend="local"):
        here = clone(search).fit(X, y, **fit_params)
    assert here.plan_.backend == "local"
    expected = scores(here)
    assert expected
    for name, values in scores(there).items():
        np.testing.assert_array_equal(values, expected[name], err_msg=name)
    return there


CASES = {
    "native": (FOREST, FOREST_GRID, {}),
    "native, one core of many": (FOREST, FOREST_GRID, {"n_jobs": 1}),
    "train scores": (FOREST, FOREST_GRID, {"return_train_score": True}),
    "other scorers": (
        FOREST,
        FOREST_GRID,
        {"scoring": ["roc_auc_ovr", "neg_log_loss"], "refit": "roc_auc_ovr"},
    ),
    "a scorer of the user's": (
        DecisionTreeClassifier(random_state=1),
        {"max_depth": [1, 2]},
        {"scoring": lambda estimator, X, y: float(estimator.tree_.node_count)},
    ),
    "no seed": (RandomForestClassifier(n_estimators=4), FOREST_GRID, {}),
    "a baseline": (DummyClassifier(), {"strategy": ["prior", "most_frequent"]}, {}),
    "no seed, other scorers": (
        ExtraTreesClassifier(n_estimators=4), FOREST_GRID, {"scoring": "f1_macro"},
    ),
    "fallback": (SVC(), {"C": [0.1, 1.0, 10.0], "gamma": [0.1, 1.0]}, {}),
    "Pipeline, fallback": (
        make_pipeline(StandardScaler(), PCA(random_state=0), SVC()),
        {"pca__n_components": [1, 2, 3], "svc__C": [0.1, 1.0]},
        {},
    ),
    "Pipeline, native": (
        make_pipeline(StandardScaler(), clone(FOREST)),
        {"randomforestclassifier__max_depth": [2, None]},
        {},
    ),
    "Pipeline, native, no seed": (
        make_pipeline(PCA(n_components=2), RandomForestClassifier(n_estimators=3)),
        {"randomforestclassifier__max_depth": [2, None], "pca__whiten": [True, False]},
        {},
    ),
    "mixed": (
        make_pipeline(StandardScaler(), LogisticRegression()),
        [{"logisticregression": [clone(FOREST), LogisticRegression()]}],
        {"return_train_score": True},
    ),
}  # fmt: skip


def _with_gaps(X):
    X = X.copy()
    X[::7, 1] = np.nan
    return X


_WEIGHTS = np.random.default_rng(0).random(len(IRIS[1]))
_REGRESSOR = RandomForestRegressor(n_estimators=4, random_state=0)
# Of growths that add up in the order of rows: the estimator, its grid, what becomes of X, what fit is given.
IN_ORDER = {
    "regression": (_REGRESSOR, {"max_depth": [2, None]}, None, {}),
    "regression, no seed": (
        clone(_REGRESSOR).set_params(random_state=None), {"max_depth": [2, None]}, None, {},
    ),
    "weights of classes": (
        FOREST, {"class_weight": ["balanced", "balanced_subsample", {0: 2.0}]}, None, {},
    ),
    "weights of rows": (FOREST, FOREST_GRID, None, {"sample_weight": _WEIGHTS}),
    "missing values": (FOREST, FOREST_GRID, _with_gaps, {}),
    "leaves": (DecisionTreeClassifier(random_state=0), {"max_leaf_nodes": [3, 5]}, None, {}),
    "sparse": (FOREST, FOREST_GRID, sparse.csr_matrix, {}),
    "boosting": (
        GradientBoostingClassifier(random_state=0, subsample=0.7),
        {"n_estimators": [2, 4], "learning_rate": [0.1, 0.5]},
        None,
        {},
    ),
    "boosting, regression": (
        GradientBoostingRegressor(n_estimators=3, random_state=0),
        {"loss": ["squared_error", "huber"]},
        None,
        {},
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", IN_ORDER)
def test_native_growths_in_order(case):
    """Their stores are built on executors, from X and y."""
    estimator, grid, of_X, fit_params = IN_ORDER[case]
    X, y = IRIS
    X = X if of_X is None else of_X(X)
    for scoring in (None, "neg_mean_squared_error"):
        search = tenfold.GridSearchCV(estimator, grid, cv=3, scoring=scoring)
        there = assert_as_on_one_machine(search, X, y, **fit_params)
        assert {family.engine for family in there.plan_.families} == {"native"}


def test_a_large_table_of_numbers_is_sent_once():
    """X is a file of its own here, to which the table that all tasks read refers."""
    X = np.random.default_rng(0).normal(size=(2_000, 9))
    y = X[:, 0] - X[:, 1] * X[:, 2]
    search = tenfold.GridSearchCV(_REGRESSOR, {"max_depth": [3, 6], "max_features": [3, 9]}, cv=3)
    assert_as_on_one_machine(search, X, y)


@pytest.mark.parametrize("case", CASES)
def test_grid_search(case):
    estimator, grid, options = CASES[case]
    assert_as_on_one_machine(tenfold.GridSearchCV(estimator, grid, cv=3, **options), *IRIS)


def test_digits():
    X, y = load_digits(return_X_y=True)
    grid = {
        "max_depth": [3, None],
        "max_features": [3, 10],
        "n_estimators": [5, 10],
        "bootstrap": [True, False],
    }
    search = tenfold.GridSearchCV(RandomForestClassifier(random_state=0), grid, cv=3)
    there = assert_as_on_one_machine(search, X, y)
    plain = model_selection.GridSearchCV(search.estimator, grid, cv=3, n_jobs=-1).fit(X, y)
    np.testing.assert_array_equal(
        there.cv_results_["split1_test_score"], plain.cv_results_["split1_test_score"]
    )
    assert there.best_params_ == plain.best_params_
    np.testing.assert_array_equal(there.predict_proba(X), plain.predict_proba(X))


def test_halving():
    search = tenfold.HalvingGridSearchCV(
        FOREST, FOREST_GRID, cv=2, random_state=0, min_resources=40
    )
    there = assert_as_on_one_machine(search, *IRIS)
    assert there.n_iterations_ > 1


@pytest.mark.parametrize(
    "data",
    [
        lambda X: pd.DataFrame(X, columns=list("abcd")),
        lambda X: X.tolist(),
        sparse.csr_matrix,
        lambda X: np.asfortranarray(X, dtype=np.float32),
    ],
    ids=["pandas", "list", "sparse", "Fortran"],
)
def test_any_data(data):
    X, y = IRIS
    search = tenfold.GridSearchCV(FOREST, {"max_depth": [1, 2]}, cv=3)
    assert_as_on_one_machine(search, data(X), y)


def test_labels_of_any_type():
    X, y = IRIS
    search = tenfold.GridSearchCV(FOREST, {"max_depth": [1, 2]}, cv=3, scoring="f1_macro")
    assert_as_on_one_machine(search, X, pd.Series(np.array(["a", "b", "c"])[y]))


def test_validation_functions():
    X, y = IRIS

    def results():
        return [
            tenfold.cross_val_score(FOREST, X, y, cv=3),
            tenfold.cross_val_predict(FOREST, X, y, cv=3, method="predict_proba"),
            tenfold.cross_validate(SVC(), X, y, cv=3)["test_score"],
            *tenfold.validation_curve(
                FOREST, X, y, param_name="max_depth", param_range=[1, 3], cv=3
            ),
            *tenfold.learning_curve(FOREST, X, y, cv=3, shuffle=True, random_state=2)[1:],
            tenfold.permutation_test_score(SVC(), X, y, cv=3, n_permutations=5, random_state=0)[1],
        ]

    there = results()
    with tenfold.config_context(backend="local"):
        here = results()
    for one, other in zip(there, here, strict=True):
        np.testing.assert_array_equal(one, other)


def test_returned_estimators():
    X, y = IRIS
    result = tenfold.cross_validate(FOREST, X, y, cv=3, return_estimator=True)
    with tenfold.config_context(backend="local"):
        here = tenfold.cross_validate(FOREST, X, y, cv=3, return_estimator=True)
    for one, other in zip(result["estimator"], here["estimator"], strict=True):
        assert type(one) is RandomForestClassifier
        np.testing.assert_array_equal(one.predict_proba(X), other.predict_proba(X))


def test_scikit_learns_own_class_by_joblib(spark):
    X, y = IRIS
    search = model_selection.GridSearchCV(FOREST, FOREST_GRID, cv=3)
    plain = clone(search).fit(X, y)
    with joblib.parallel_config(backend="tenfold"):
        search.fit(X, y)
    np.testing.assert_array_equal(
        search.cv_results_["mean_test_score"], plain.cv_results_["mean_test_score"]
    )


def test_a_search_within_a_search():
    inner = tenfold.GridSearchCV(
        DecisionTreeClassifier(random_state=0), {"max_depth": [1, 3]}, cv=2
    )
    X, y = IRIS
    there = tenfold.cross_val_score(inner, X, y, cv=3)
    with tenfold.config_context(backend="local"):
        np.testing.assert_array_equal(there, tenfold.cross_val_score(inner, X, y, cv=3))


def test_warnings_and_prints_come_home(capfd):
    X, y = IRIS
    search = tenfold.GridSearchCV(
        LogisticRegression(max_iter=2),
        {"C": [1.0, 2.0]},
        cv=StratifiedKFold(2),
        verbose=2,
        refit=False,
    )
    with (
        tenfold.config_context(fold_warnings=False),
        pytest.warns(UserWarning, match="failed to converge") as caught,
    ):
        search.fit(X, y)
    assert len([w for w in caught if "failed to converge" in str(w.message)]) >= 4
    assert capfd.readouterr().out.count("[CV] END") == 4


def test_explain_says_where(spark):
    plan = tenfold.GridSearchCV(FOREST, FOREST_GRID, cv=3).explain(*IRIS)
    assert plan.backend == "spark"
    assert "spark" in str(plan)


def test_data_still_in_spark_is_refused(spark):
    df = spark.range(3)
    for call in (
        lambda: tenfold.GridSearchCV(FOREST, FOREST_GRID).fit(df, [0, 1, 0]),
        lambda: tenfold.cross_val_score(FOREST, df, [0, 1, 0]),
    ):
        with pytest.raises(TypeError, match=r"tenfold\.spark\.to_xy"):
            call()


@pytest.mark.parametrize(
    "estimator", [SGDClassifier(max_iter=5), Drawing(), make_pipeline(StandardScaler(), Drawing())]
)
def test_draws_without_a_seed_are_repeatable(estimator):
    name = "alpha" if isinstance(estimator, SGDClassifier) else "C"
    prefix = "drawing__" if hasattr(estimator, "steps") else ""
    grid = {prefix + name: [1e-3, 1e-2, 1e-1]}
    found = []
    for n_jobs in (None, 1):
        np.random.seed(5)
        random.seed(5)
        search = tenfold.GridSearchCV(estimator, grid, cv=3, n_jobs=n_jobs)
        first, second = (clone(search).fit(*IRIS) for _ in range(2))
        assert first.plan_.backend == "spark"
        split_scores = [one.cv_results_["split1_test_score"].tolist() for one in (first, second)]
        assert split_scores[0] != split_scores[1], "the driver's generator did not move on"
        found.append(split_scores)
    assert found[0] == found[1]
    if isinstance(estimator, SGDClassifier):
        assert "9 fits by scikit-learn's code have random_state=None" in str(search.explain(*IRIS))


def test_unseeded_scores_go_with_content():
    """Not with the order of candidates, which decides how the search is cut."""

    def by_depth(depths):
        np.random.seed(5)
        grid = {"max_depth": depths, "max_features": [1, 2]}
        search = tenfold.GridSearchCV(RandomForestClassifier(n_estimators=4), grid, cv=3)
        search.set_params(refit=False).fit(*IRIS)
        assert search.plan_.backend == "spark"
        results = search.cv_results_
        return {
            (own["max_depth"], own["max_features"]): [
                results[f"split{s}_test_score"][i] for s in range(3)
            ]
            for i, own in enumerate(results["params"])
        }

    expected = by_depth([1, 2, None])
    assert by_depth([None, 1, 2]) == expected
    with tenfold.config_context(backend="local"):
        np.random.seed(5)
        here = tenfold.GridSearchCV(
            RandomForestClassifier(n_estimators=4), {"max_depth": [None, 2, 1], "max_features": [2, 1]},
            cv=3, refit=False,
        ).fit(*IRIS)  # fmt: skip
    assert sorted(here.cv_results_["split0_test_score"]) == sorted(v[0] for v in expected.values())


def test_searches_that_draw_nothing_leave_the_generator_alone():
    np.random.seed(5)
    before = np.random.get_state()[1:3]
    tenfold.GridSearchCV(GaussianNB(), {"var_smoothing": [1e-9, 1e-8]}, cv=3).fit(*IRIS)
    after = np.random.get_state()[1:3]
    np.testing.assert_array_equal(before[0], after[0])
    assert before[1] == after[1]


@pytest.mark.parametrize(
    ("estimator", "grid"),
    [
        (RandomForestClassifier(n_estimators=5), {"max_depth": [1, 2], "max_features": [1, 2, 4]}),
        (SGDClassifier(), {"alpha": [1e-4, 1e-3, 1e-2], "penalty": ["l1", "l2"]}),
    ],
    ids=["native", "scikit-learn's code"],
)
def test_a_search_without_a_seed_goes_on_to_the_last_bit(estimator, grid, tmp_path):
    search = tenfold.GridSearchCV(estimator, grid, cv=3, refit=False)
    with tenfold.config_context(journal=tmp_path / "journal"):
        expected = scores(search.fit(*IRIS))
        connection = sqlite3.connect(tmp_path / "journal")
        cells = [row[0] for row in connection.execute("SELECT cell FROM outcomes ORDER BY cell")]
        connection.executemany("DELETE FROM outcomes WHERE cell = ?", [(c,) for c in cells[::3]])
        connection.commit()
        connection.close()
        resumed = scores(clone(search).fit(*IRIS))
    for name, values in resumed.items():
        np.testing.assert_array_equal(values, expected[name], err_msg=name)
