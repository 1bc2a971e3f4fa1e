"""The catalogue's searches, as people write them: estimators, grids and data, three folds each.

The data are those that scikit-learn brings, or generated; nothing is fetched.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
from lightgbm import LGBMClassifier
from sklearn.compose import ColumnTransformer
from sklearn.datasets import (
    load_breast_cancer,
    load_diabetes,
    load_digits,
    load_iris,
    make_classification,
    make_friedman1,
)
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer
from sklearn.feature_selection import RFE, SelectKBest, f_classif
from sklearn.impute import SimpleImputer
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import ElasticNet, Lasso, LogisticRegression, Ridge, SGDClassifier
from sklearn.naive_bayes import ComplementNB, GaussianNB, MultinomialNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder, PolynomialFeatures, StandardScaler
from sklearn.svm import SVC, SVR, LinearSVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor
from xgboost import XGBClassifier, XGBRegressor

Grid = dict[str, list[Any]] | list[dict[str, list[Any]]]
Load = Callable[[], tuple[Any, Any]]


@dataclass(frozen=True)
class Search:
    """One search; ``target`` is how many times sooner it is to be, where that is said."""

    name: str
    estimator: Any
    grid: Grid
    load: Load
    target: float | None = None


def scaled_digits() -> tuple[Any, Any]:
    x, y = load_digits(return_X_y=True)
    return StandardScaler().fit_transform(x), y


def classes(
    n_rows: int, n_columns: int = 20, n_classes: int = 2, missing: float = 0.0
) -> tuple[Any, Any]:
    """A made classification, some of its values missing."""
    x, y = make_classification(
        n_rows, n_columns, n_informative=n_columns // 2, n_classes=n_classes, flip_y=0.05,
        random_state=0,
    )  # fmt: skip
    if missing:
        x[np.random.default_rng(0).random(x.shape) < missing] = np.nan
    return x, y


def friedman(n_rows: int, n_columns: int = 10) -> tuple[Any, Any]:
    x, y = make_friedman1(n_rows, n_columns, noise=1.0, random_state=0)
    return x, y


def scaled(load: Load) -> tuple[Any, Any]:
    x, y = load()
    return StandardScaler().fit_transform(x), y


def rare_class(n_rows: int) -> tuple[Any, Any]:
    x, y = make_classification(
        n_rows, 20, n_informative=8, weights=[0.93], flip_y=0.02, random_state=0
    )
    return x, y


def texts(n_texts: int) -> tuple[Any, Any]:
    """Documents of four topics, words by Zipf's law."""
    draw = np.random.default_rng(0)
    n_words = 6000
    words = np.array([f"{'bcdfghklmnprst'[i % 14]}o{i:x}" for i in range(n_words)])
    common = 1.0 / np.arange(1, n_words + 1) ** 1.05
    topics = [common * draw.gamma(0.6, size=n_words) for _ in range(4)]
    y = draw.integers(0, 4, n_texts)
    documents = []
    for topic in y:
        weights = 0.75 * common / common.sum() + 0.25 * topics[topic] / topics[topic].sum()
        documents.append(" ".join(draw.choice(words, draw.integers(30, 120), p=weights)))
    return documents, y


def mixed_columns(n_rows: int) -> tuple[Any, Any]:
    """A table as of ticket holders: numbers with gaps, and names of categories."""
    draw = np.random.default_rng(0)
    x, y = make_classification(n_rows, 6, n_informative=4, flip_y=0.1, random_state=0)
    table = pd.DataFrame(x, columns=["age", "fare", "relatives", "distance", "weight", "height"])
    table = table.mask(draw.random(table.shape) < 0.05)
    codes = np.digitize(x[:, 0] + draw.normal(size=n_rows), [-1, 0, 1])
    table["harbour"] = np.array(["S", "C", "Q", "B"])[codes]
    table["deck"] = np.array(list("ABCDEFG"))[draw.integers(0, 7, n_rows)]
    return table, y


def on_mixed_columns(last: Any) -> Pipeline:
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    columns = ColumnTransformer(
        [
            ("numbers", numbers, ["age", "fare", "relatives", "distance", "weight", "height"]),
            ("names", OneHotEncoder(handle_unknown="ignore"), ["harbour", "deck"]),
        ]
    )
    return Pipeline([("columns", columns), ("last", last)])


digits = partial(load_digits, return_X_y=True)
cancer = partial(load_breast_cancer, return_X_y=True)
diabetes = partial(load_diabetes, return_X_y=True)
iris = partial(load_iris, return_X_y=True)

SEARCHES = (
    # Neighbours
    Search(
        "knn",
        KNeighborsClassifier(),
        {"n_neighbors": list(range(1, 31)), "weights": ["uniform", "distance"], "p": [1, 2]},
        scaled_digits,
        target=15,
    ),
    Search(
        "knn-regressor",
        KNeighborsRegressor(),
        {"n_neighbors": list(range(1, 31)), "weights": ["uniform", "distance"], "p": [1, 2]},
        partial(friedman, 1000),
        target=15,
    ),
    # Boosting
    Search(
        "hist-boosting",
        HistGradientBoostingClassifier(random_state=0),
        {"max_iter": [50, 100, 200], "learning_rate": [0.05, 0.1], "max_leaf_nodes": [15, 31]},
        partial(classes, 2000),
        target=1.8,
    ),
    Search(
        "scaled-hist-boosting",
        make_pipeline(StandardScaler(), HistGradientBoostingClassifier(random_state=0)),
        {
            "histgradientboostingclassifier__max_iter": [50, 100, 200],
            "histgradientboostingclassifier__learning_rate": [0.05, 0.1],
        },
        partial(classes, 2000),
    ),
    Search(
        "boosting",
        GradientBoostingClassifier(random_state=0),
        {"n_estimators": [50, 100, 200], "learning_rate": [0.05, 0.1], "max_depth": [2, 3]},
        cancer,
    ),
    Search(
        "boosting-regressor",
        GradientBoostingRegressor(random_state=0, subsample=0.8),
        {"n_estimators": [100, 200, 300], "learning_rate": [0.05, 0.1], "max_depth": [2, 4]},
        partial(friedman, 1500),
    ),
    Search(
        "ada-boost",
        AdaBoostClassifier(random_state=0),
        {"n_estimators": [50, 100, 200], "learning_rate": [0.1, 0.5, 1.0]},
        partial(classes, 1000),
    ),
    Search(
        "xgboost",
        XGBClassifier(random_state=0, n_jobs=1),
        {"n_estimators": [100, 200, 300], "max_depth": [3, 6], "learning_rate": [0.05, 0.1]},
        partial(classes, 3000),
        target=1.9,
    ),
    Search(
        "xgboost-regressor",
        XGBRegressor(random_state=0, n_jobs=1),
        {"n_estimators": [100, 300, 500], "max_depth": [3, 5], "subsample": [0.7, 1.0]},
        partial(friedman, 2000),
    ),
    Search(
        "lightgbm",
        LGBMClassifier(random_state=0, n_jobs=1, verbose=-1),
        {"n_estimators": [100, 200, 300], "num_leaves": [15, 31], "learning_rate": [0.05, 0.1]},
        partial(classes, 3000),
        target=1.7,
    ),
    # Trees and forests
    Search(
        "forest",
        RandomForestClassifier(random_state=0),
        {"n_estimators": [50, 100, 200], "max_depth": [5, 10, None]},
        digits,
    ),
    Search(
        "forest-weights",
        RandomForestClassifier(random_state=0, class_weight="balanced"),
        {"n_estimators": [50, 100, 200], "max_depth": [5, 10, None]},
        partial(rare_class, 2000),
    ),
    Search(
        "forest-missing",
        RandomForestClassifier(random_state=0),
        {"n_estimators": [50, 100, 200], "min_samples_leaf": [1, 5]},
        partial(classes, 1500, missing=0.05),
    ),
    Search(
        "forest-regressor",
        RandomForestRegressor(random_state=0),
        {"n_estimators": [50, 100, 200], "max_features": [0.5, 1.0]},
        partial(friedman, 1500),
    ),
    Search(
        "extra-trees",
        ExtraTreesClassifier(random_state=0),
        {"n_estimators": [50, 100, 200], "max_features": ["sqrt", 0.5]},
        digits,
    ),
    Search(
        "bagging",
        BaggingClassifier(random_state=0),
        {"n_estimators": [20, 50, 100], "max_samples": [0.5, 1.0]},
        cancer,
    ),
    Search(
        "tree-leaves",
        DecisionTreeClassifier(random_state=0),
        {"max_leaf_nodes": [4, 8, 16, 32, 64, 128], "criterion": ["gini", "entropy"]},
        partial(classes, 4000),
    ),
    Search(
        "tree-pruning",
        DecisionTreeRegressor(random_state=0),
        {"ccp_alpha": [0.0, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5], "min_samples_leaf": [1, 5]},
        partial(friedman, 4000),
    ),
    # Support vectors
    Search(
        "svc",
        SVC(),
        {"C": [0.1, 1.0, 10.0, 100.0], "gamma": [0.001, 0.01, 0.1]},
        scaled_digits,
    ),
    Search(
        "scaled-svc",
        make_pipeline(StandardScaler(), SVC()),
        [
            {"svc__kernel": ["rbf"], "svc__C": [0.1, 1.0, 10.0, 100.0], "svc__gamma": [0.01, 0.1]},
            {"svc__kernel": ["linear"], "svc__C": [0.1, 1.0, 10.0]},
        ],
        partial(classes, 1500),
    ),
    Search(
        "svr",
        make_pipeline(StandardScaler(), SVR()),
        {"svr__C": [0.1, 1.0, 10.0], "svr__epsilon": [0.01, 0.1], "svr__gamma": [0.01, 0.1]},
        partial(friedman, 1200),
    ),
    Search(
        "linear-svc",
        LinearSVC(random_state=0),
        {"C": [0.001, 0.01, 0.1, 1.0]},
        partial(scaled, partial(classes, 2000)),
    ),
    # Linear models
    Search(
        "logistic",
        make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)),
        {"logisticregression__C": list(np.logspace(-3, 3, 13))},
        cancer,
    ),
    Search(
        "logistic-classes",
        LogisticRegression(max_iter=200),
        {"C": list(np.logspace(-3, 1, 8))},
        scaled_digits,
    ),
    Search(
        "logistic-elastic",
        LogisticRegression(solver="saga", l1_ratio=0.5, max_iter=200, random_state=0),
        {"C": [0.01, 0.1, 1.0], "l1_ratio": [0.1, 0.5, 0.9]},
        partial(scaled, cancer),
    ),
    Search("ridge", Ridge(), {"alpha": list(np.logspace(-3, 3, 50))}, partial(friedman, 3000, 40)),
    Search(
        "lasso", Lasso(max_iter=5000), {"alpha": list(np.logspace(-3, 0, 40))}, diabetes
    ),
    Search(
        "elastic-net",
        ElasticNet(max_iter=5000),
        {"alpha": list(np.logspace(-3, 0, 15)), "l1_ratio": [0.1, 0.5, 0.7, 0.9, 1.0]},
        partial(friedman, 1000, 30),
    ),
    Search(
        "polynomial-ridge",
        make_pipeline(PolynomialFeatures(), StandardScaler(), Ridge()),
        {
            "polynomialfeatures__degree": [1, 2, 3],
            "ridge__alpha": list(np.logspace(-3, 3, 13)),
        },
        diabetes,
    ),
    Search(
        "kernel-ridge",
        KernelRidge(kernel="rbf"),
        {"alpha": [1.0, 0.1, 0.01, 0.001], "gamma": list(np.logspace(-2, 2, 5))},
        partial(friedman, 800),
    ),
    Search(
        "sgd",
        make_pipeline(StandardScaler(), SGDClassifier(random_state=0)),
        {
            "sgdclassifier__alpha": [1e-5, 1e-4, 1e-3, 1e-2],
            "sgdclassifier__penalty": ["l2", "elasticnet"],
        },
        partial(classes, 5000),
    ),
    # Naive Bayes and discriminants
    Search(
        "gaussian-nb",
        GaussianNB(),
        {"var_smoothing": list(np.logspace(0, -9, 100))},
        digits,
        target=5,
    ),
    Search(
        "lda",
        LinearDiscriminantAnalysis(solver="lsqr"),
        {"shrinkage": [0.0, 0.1, 0.3, 0.5, 0.7, 0.9]},
        iris,
    ),
    # Pipelines
    Search(
        "text",
        Pipeline(
            [("words", CountVectorizer()), ("tfidf", TfidfTransformer()), ("nb", MultinomialNB())]
        ),
        {
            "words__ngram_range": [(1, 1), (1, 2)],
            "words__max_df": [0.5, 1.0],
            "tfidf__use_idf": [True, False],
            "tfidf__norm": ["l1", "l2"],
            "nb__alpha": [0.01, 0.1, 1.0],
        },
        partial(texts, 1200),
        target=5,
    ),
    Search(
        "text-complement",
        Pipeline([("words", CountVectorizer(min_df=2)), ("nb", ComplementNB())]),
        {"nb__alpha": list(np.logspace(-3, 1, 9)), "nb__norm": [True, False]},
        partial(texts, 2000),
    ),
    Search(
        "pca-logistic",
        Pipeline(
            [
                ("scale", StandardScaler()),
                ("pca", PCA()),
                ("logistic", LogisticRegression(max_iter=2000)),
            ]
        ),
        {"pca__n_components": [5, 15, 30, 45], "logistic__C": [0.01, 0.1, 1.0]},
        digits,
    ),
    Search(
        "anova-svc",
        Pipeline([("anova", SelectKBest(f_classif)), ("scale", StandardScaler()), ("svc", SVC())]),
        {"anova__k": [5, 10, 20, 30], "svc__C": [0.1, 1.0, 10.0]},
        cancer,
    ),
    Search(
        "rfe-logistic",
        Pipeline(
            [
                ("rfe", RFE(LogisticRegression(max_iter=1000))),
                ("logistic", LogisticRegression(max_iter=1000)),
            ]
        ),
        {"rfe__n_features_to_select": [5, 10, 15, 20, 25], "logistic__C": [0.1, 1.0]},
        partial(scaled, cancer),
        target=4,
    ),
    Search(
        "mixed-columns",
        on_mixed_columns(LogisticRegression(max_iter=1000)),
        [
            {"last__C": [0.01, 0.1, 1.0, 10.0]},
            {
                "last": [RandomForestClassifier(random_state=0)],
                "last__n_estimators": [50, 100],
                "last__max_depth": [4, 8],
            },
            {
                "last": [GradientBoostingClassifier(random_state=0)],
                "last__n_estimators": [50, 100],
            },
        ],
        partial(mixed_columns, 1000),
    ),
    # A network, whose fits nothing shares
    Search(
        "network",
        MLPClassifier(random_state=0, max_iter=60, early_stopping=True),
        {"hidden_layer_sizes": [(32,), (64,)], "alpha": [1e-4, 1e-2]},
        scaled_digits,
    ),
)  # fmt: skip
