"""A search for each sharing rule in which the rule is at work: a rule has a line here, by the name it has."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.cross_decomposition import PLSRegression
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import (
    AdaBoostClassifier,
    AdaBoostRegressor,
    BaggingClassifier,
    BaggingRegressor,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.feature_selection import (
    RFE,
    SelectFromModel,
    SelectKBest,
    SequentialFeatureSelector,
    VarianceThreshold,
)
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import (
    BayesianRidge,
    Lasso,
    LogisticRegression,
    Perceptron,
    Ridge,
    SGDClassifier,
    SGDRegressor,
)
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import ComplementNB, GaussianNB, MultinomialNB
from sklearn.neighbors import KNeighborsClassifier, RadiusNeighborsRegressor
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler
from sklearn.svm import SVC, LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from .. import data_sets

_ROUNDS = {"n_estimators": [3, 6]}
_NEAREST = {"kneighborsclassifier__n_neighbors": [1, 4]}


class Example(NamedTuple):
    """A search in which a rule is at work."""

    estimator: Any
    grid: dict[str, Any]
    data: Callable[[], data_sets.Data] = data_sets.iris
    scoring: Any = None


def numbers() -> data_sets.Data:
    """Real numbers to learn."""
    generator = np.random.RandomState(0)
    X = generator.randn(90, 5)
    return X, X @ generator.randn(5) + 0.1 * generator.randn(90)


def texts() -> data_sets.Data:
    """Short lines of few words."""
    generator = np.random.RandomState(0)
    words = np.array(["red", "green", "blue", "one", "two", "three", "sun", "moon"])
    lines = [" ".join(generator.choice(words, 6)) for _ in range(60)]
    return lines, np.array([line.count("red") > 0 for line in lines])


def _forest(seed: int | None = 0) -> RandomForestClassifier:
    return RandomForestClassifier(n_estimators=4, random_state=seed)


def _of(library: str, name: str, **parameters: Any) -> Any:
    """An estimator of a library that need not be there; None without it."""
    try:
        return getattr(importlib.import_module(library), name)(**parameters)
    except ImportError:
        return None


def _before_neighbours(*steps: Any) -> Any:
    return make_pipeline(*steps, KNeighborsClassifier())


EXAMPLES: dict[str, Example] = {
    "equal": Example(_forest(), {"min_samples_split": [2, 3], "min_samples_leaf": [4]}),
    "prefix": Example(_forest(), _ROUNDS),
    "forking": Example(_forest(), {"max_depth": [2, None], "criterion": ["gini", "entropy"]}),
    "cost complexity": Example(_forest(), {"ccp_alpha": [0.0, 0.01, 0.05]}),
    "transformers": Example(_before_neighbours(StandardScaler()), _NEAREST),
    "parts of a union": Example(
        _before_neighbours(FeatureUnion([("scaled", MinMaxScaler()), ("best", SelectKBest())])),
        {"featureunion__best__k": [1, 2]},
    ),
    "boosting rounds (HistGradientBoosting)": Example(
        HistGradientBoostingClassifier(max_leaf_nodes=4), {"max_iter": [2, 5]}
    ),
    "histogram trees": Example(
        HistGradientBoostingClassifier(max_iter=2), {"learning_rate": [0.1, 0.2]}
    ),
    "networks": Example(
        MLPClassifier((4,), max_iter=3, random_state=0), {"alpha": [1e-4, 1.0]}
    ),
    "boosting rounds": Example(GradientBoostingClassifier(random_state=0), _ROUNDS),
    "baselines": Example(DummyClassifier(), {"strategy": ["prior", "most_frequent"]}),
    # The engine starts from no other estimator's predictions.
    "boosting rounds (GradientBoosting)": Example(
        GradientBoostingClassifier(random_state=0, init=GaussianNB()), _ROUNDS
    ),
    "boosting rounds (AdaBoost)": Example(AdaBoostClassifier(random_state=0), _ROUNDS),
    "boosting rounds (XGBoost)": Example(_of("xgboost", "XGBClassifier", n_jobs=1), _ROUNDS),
    "boosting rounds (LightGBM)": Example(
        _of("lightgbm", "LGBMClassifier", n_jobs=1, verbose=-1), _ROUNDS
    ),
    **{
        f"boosting rounds (CatBoost: {name})": Example(
            _of(
                "catboost", "CatBoostClassifier", learning_rate=0.2, thread_count=1, verbose=0,
                allow_writing_files=False,
            ),
            {name: [3, 6]},
        )
        for name in ("iterations", "n_estimators")
    },
    "native members": Example(AdaBoostClassifier(random_state=0), _ROUNDS),
    "members of a bagging ensemble": Example(BaggingClassifier(random_state=0), _ROUNDS),
    "trees of an isolation forest": Example(
        IsolationForest(random_state=0), _ROUNDS, scoring="accuracy"
    ),
    "share of outliers": Example(
        IsolationForest(n_estimators=5, random_state=0), {"contamination": [0.1, 0.3]},
        scoring="accuracy",
    ),
    "trees of a forest": Example(
        RandomForestRegressor(random_state=0, criterion="absolute_error"), _ROUNDS, numbers
    ),
    "nearest neighbours": Example(KNeighborsClassifier(), {"n_neighbors": [1, 4]}),
    "neighbours within a radius": Example(
        RadiusNeighborsRegressor(), {"radius": [3.0, 5.0]}, numbers
    ),
    "ridge: one Gram matrix": Example(Ridge(), {"alpha": [0.1, 1.0]}, numbers),
    "coordinate descent: rows centred once": Example(Lasso(), {"alpha": [0.01, 0.1]}, numbers),
    "kernel ridge: a kernel for all alphas": Example(KernelRidge(), {"alpha": [0.1, 1.0]}, numbers),
    "logistic regression: rows prepared once": Example(
        LogisticRegression(max_iter=500), {"C": [0.1, 1.0]}
    ),
    "liblinear: rows prepared once": Example(LinearSVC(random_state=0), {"C": [0.1, 1.0]}),
    "size of a tree": Example(
        DecisionTreeRegressor(random_state=0, criterion="absolute_error"),
        {"ccp_alpha": [0.0, 0.1]},
        numbers,
    ),
    "smoothing of Gaussian naive Bayes": Example(GaussianNB(), {"var_smoothing": [1e-9, 1e-3]}),
    "smoothing of naive Bayes over counts": Example(MultinomialNB(), {"alpha": [0.1, 1.0]}),
    "smoothing of complement naive Bayes": Example(ComplementNB(), {"alpha": [0.1, 1.0]}),
    "shrinkage of linear discriminant analysis": Example(
        LinearDiscriminantAnalysis(solver="lsqr"), {"shrinkage": [0.1, 0.5]}
    ),
    "regularization of quadratic discriminant analysis": Example(
        QuadraticDiscriminantAnalysis(), {"reg_param": [0.1, 0.5]}
    ),
    "components of partial least squares": Example(
        PLSRegression(), {"n_components": [1, 2]}, numbers
    ),
    "stochastic gradient descent: candidates in step": Example(
        SGDClassifier(random_state=0), {"alpha": [1e-4, 1e-2]}
    ),
    "stochastic average gradient: candidates in step": Example(
        LogisticRegression(solver="saga", random_state=0, max_iter=50), {"C": [0.1, 1.0]}
    ),
    "logistic regression by Newton: rows checked once": Example(
        LogisticRegression(solver="newton-cholesky"), {"C": [0.1, 1.0]}
    ),
    "limit on iterations": Example(BayesianRidge(), {"max_iter": [200, 300]}, numbers),
    "support vectors: a kernel for all penalties": Example(SVC(), {"C": [0.1, 1.0]}),
    "components": Example(
        _before_neighbours(PCA(svd_solver="full")), {"pca__n_components": [1, 2]}
    ),
    "scored columns": Example(_before_neighbours(SelectKBest()), {"selectkbest__k": [1, 2]}),
    "columns of one model": Example(
        _before_neighbours(SelectFromModel(DecisionTreeClassifier(random_state=0))),
        {"selectfrommodel__threshold": ["mean", "median"]},
    ),
    "variances": Example(
        _before_neighbours(MinMaxScaler(), VarianceThreshold()),
        {"variancethreshold__threshold": [0.0, 0.05]},
    ),
    "analysis of the corpus": Example(
        make_pipeline(CountVectorizer(), MultinomialNB()),
        {"countvectorizer__min_df": [1, 2], "countvectorizer__binary": [False, True]},
        texts,
    ),
    "recursive elimination": Example(
        _before_neighbours(RFE(DecisionTreeClassifier(random_state=0))),
        {"rfe__n_features_to_select": [1, 2]},
    ),
    "sequential selection": Example(
        _before_neighbours(SequentialFeatureSelector(GaussianNB(), cv=2)),
        {"sequentialfeatureselector__n_features_to_select": [1, 2]},
    ),
    "members of a vote": Example(
        VotingClassifier([("bayes", GaussianNB()), ("tree", DecisionTreeClassifier(random_state=0))]),
        {"weights": [[1, 1], [1, 2]]},
    ),
    "members of a stack": Example(
        StackingClassifier([("bayes", GaussianNB())], cv=2),
        {"final_estimator": [GaussianNB(), DecisionTreeClassifier(random_state=0)]},
    ),
    "methods of calibration": Example(
        CalibratedClassifierCV(GaussianNB(), cv=2), {"method": ["sigmoid", "isotonic"]}
    ),
    "estimators inside": Example(
        OneVsRestClassifier(GaussianNB()), {"estimator__var_smoothing": [1e-9, 0.1]}
    ),
    "regressors of a transformed target": Example(
        TransformedTargetRegressor(Ridge(), transformer=StandardScaler()),
        {"regressor__alpha": [0.1, 1.0]},
        numbers,
    ),
    "classifiers that are calibrated": Example(
        CalibratedClassifierCV(GaussianNB(), cv=2), {"estimator__var_smoothing": [1e-9, 0.1]}
    ),
    # Unseeded cells: equal in distribution, so their scores are compared elsewhere.
    "pruning": Example(_forest(None), {"max_depth": [2, None]}),
    "fewer leaves": Example(
        RandomForestRegressor(random_state=0, n_estimators=3), {"max_leaf_nodes": [4, 8]}, numbers
    ),
}  # fmt: skip

# Further searches for rules over estimators of several kinds.
FURTHER: list[tuple[str, Example]] = [
    ("native members", Example(AdaBoostRegressor(random_state=0), _ROUNDS, numbers)),
    ("native members", Example(BaggingClassifier(random_state=0, max_features=0.5), _ROUNDS)),
    ("native members", Example(BaggingRegressor(random_state=0), _ROUNDS, numbers)),
    ("native members", Example(IsolationForest(random_state=0), _ROUNDS, scoring="accuracy")),
    (
        "histogram trees",
        Example(
            HistGradientBoostingRegressor(max_iter=3, max_features=0.5, random_state=0),
            {"max_depth": [2, None], "l2_regularization": [0.0, 1.0]},
            numbers,
        ),
    ),
    (
        "stochastic gradient descent: candidates in step",
        Example(SGDRegressor(random_state=0), {"alpha": [1e-4, 1e-2], "penalty": ["l2", "l1"]}, numbers),
    ),
    (
        "stochastic gradient descent: candidates in step",
        Example(Perceptron(random_state=0), {"alpha": [1e-4, 1e-2], "penalty": ["l2", None]}),
    ),
    (
        "stochastic average gradient: candidates in step",
        Example(LogisticRegression(solver="sag", random_state=0, max_iter=50), {"C": [0.1, 1.0]}),
    ),
    (
        "networks",
        Example(
            MLPRegressor(hidden_layer_sizes=4, solver="lbfgs", random_state=0, max_iter=20),
            {"alpha": [1e-4, 1.0]},
            numbers,
        ),
    ),
    (
        "logistic regression by Newton: rows checked once",
        Example(LogisticRegression(solver="newton-cg"), {"C": [0.1, 1.0], "tol": [1e-4, 1e-2]}),
    ),
]  # fmt: skip
