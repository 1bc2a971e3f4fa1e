"""The estimators that a sweep draws from, each with values of its parameters, native or not alike."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn import (
    calibration,
    cross_decomposition,
    discriminant_analysis,
    dummy,
    ensemble,
    gaussian_process,
    kernel_ridge,
    linear_model,
    multiclass,
    naive_bayes,
    neighbors,
    neural_network,
    svm,
    tree,
)
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.feature_selection import (
    RFE,
    SelectFromModel,
    SelectKBest,
    SelectPercentile,
    SequentialFeatureSelector,
    VarianceThreshold,
)
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import (
    KBinsDiscretizer,
    MinMaxScaler,
    PolynomialFeatures,
    QuantileTransformer,
    SplineTransformer,
    StandardScaler,
)

Grid = dict[str, list[Any]]


class Doubled(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """A transformer of a user's."""

    def __init__(self, factor: float = 2.0) -> None:
        self.factor = factor

    def fit(self, X: Any, y: Any = None) -> Any:
        self.n_features_in_ = X.shape[1]
        return self

    def transform(self, X: Any) -> Any:
        return X * self.factor


class Noisy(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """A transformer of a user's that draws from NumPy's global generator, seeded for both searches alike."""

    def fit(self, X: Any, y: Any = None) -> Any:
        self.weights_ = np.random.rand(X.shape[1])
        return self

    def transform(self, X: Any) -> Any:
        return X * self.weights_


_TREE: Grid = {
    "max_depth": [1, 2, 3, 5, None],
    "min_samples_leaf": [1, 2, 5, 0.1],
    "min_samples_split": [2, 4, 0.2],
    "max_features": [None, 1, "sqrt", "log2", 0.5, 1.0],
    "min_impurity_decrease": [0.0, 0.01, 0.1],
    "min_weight_fraction_leaf": [0.0, 0.1],
    "ccp_alpha": [0.0, 0.005, 0.02],
    "max_leaf_nodes": [None, 4],
    "random_state": [0, 1, 7],
}
_FOREST: Grid = {
    **_TREE,
    "n_estimators": [1, 2, 3, 5, 8],
    "bootstrap": [True, False],
    "n_jobs": [None, 1],
}
_OF_CLASSES: Grid = {
    "criterion": ["gini", "entropy", "log_loss"],
    "class_weight": [None, "balanced"],
}
_OF_NUMBERS: Grid = {"criterion": ["squared_error", "absolute_error", "friedman_mse", "poisson"]}
_BOOSTING: Grid = {
    "n_estimators": [1, 3, 6],
    "learning_rate": [0.05, 0.1, 0.5],
    "max_depth": [1, 2, 3],
    "subsample": [1.0, 0.5],
    "max_features": [None, 1, "sqrt"],
    "min_samples_leaf": [1, 3],
    "random_state": [0, 3],
}
_HISTOGRAM: Grid = {
    "max_iter": [1, 3, 6],
    "learning_rate": [0.1, 0.5],
    "max_leaf_nodes": [3, 8],
    "l2_regularization": [0.0, 1.0],
}
_NEIGHBOURS: Grid = {
    "n_neighbors": [1, 2, 3, 5, 9],
    "weights": ["uniform", "distance"],
    "p": [1, 2, 3],
    "algorithm": ["auto", "brute", "kd_tree"],
}
_SVM: Grid = {
    "C": [0.1, 1.0, 10.0],
    "kernel": ["linear", "rbf", "poly", "sigmoid"],
    "gamma": ["scale", 0.1],
    "degree": [2, 3],
}
_PENALTY: Grid = {"alpha": [0.001, 0.1, 1.0, 10.0], "fit_intercept": [True, False]}
_SEED = {"random_state": 0}
# libsvm goes on for ever where columns of very different scale meet a polynomial, in scikit-learn too.
_ENDS = {"max_iter": 100_000}

CLASSIFIERS: list[tuple[Any, Grid]] = [
    (ensemble.RandomForestClassifier(4, **_SEED), {**_FOREST, **_OF_CLASSES, "max_samples": [None, 0.6, 12]}),
    (ensemble.RandomForestClassifier(4, **_SEED), {**_FOREST, **_OF_CLASSES}),
    (ensemble.ExtraTreesClassifier(4, **_SEED), {**_FOREST, **_OF_CLASSES}),
    (tree.DecisionTreeClassifier(**_SEED), {**_TREE, **_OF_CLASSES, "splitter": ["best", "random"]}),
    (tree.ExtraTreeClassifier(**_SEED), {**_TREE, **_OF_CLASSES}),
    (ensemble.GradientBoostingClassifier(n_estimators=3, **_SEED), _BOOSTING),
    (ensemble.HistGradientBoostingClassifier(max_iter=3, **_SEED), _HISTOGRAM),
    (ensemble.AdaBoostClassifier(n_estimators=3, **_SEED),
     {"n_estimators": [1, 3, 5], "learning_rate": [0.5, 1.0]}),
    (ensemble.BaggingClassifier(n_estimators=3, **_SEED),
     {"n_estimators": [1, 2, 4], "max_samples": [0.5, 1.0]}),
    (neighbors.KNeighborsClassifier(), _NEIGHBOURS),
    (svm.SVC(**_ENDS, **_SEED), {**_SVM, "class_weight": [None, "balanced"]}),
    (svm.LinearSVC(max_iter=200, **_SEED), {"C": [0.1, 1.0, 5.0], "loss": ["hinge", "squared_hinge"]}),
    (linear_model.LogisticRegression(max_iter=200), {"C": [0.1, 1.0, 10.0], "fit_intercept": [True, False]}),
    (linear_model.SGDClassifier(max_iter=20, **_SEED),
     {"alpha": [1e-4, 1e-2], "loss": ["hinge", "log_loss"], "penalty": ["l2", "l1"]}),
    (linear_model.RidgeClassifier(), _PENALTY),
    (linear_model.Perceptron(max_iter=20, **_SEED), {"alpha": [1e-4, 1e-2], "penalty": [None, "l2"]}),
    (discriminant_analysis.LinearDiscriminantAnalysis(solver="lsqr"),
     {"shrinkage": [None, 0.1, 0.5, "auto"]}),
    (discriminant_analysis.QuadraticDiscriminantAnalysis(), {"reg_param": [0.1, 0.3, 0.9]}),
    (naive_bayes.GaussianNB(), {"var_smoothing": [1e-9, 1e-3, 1e-1]}),
    (naive_bayes.BernoulliNB(), {"alpha": [0.1, 1.0], "binarize": [0.0, 0.5]}),
    (dummy.DummyClassifier(**_SEED), {"strategy": ["prior", "stratified", "uniform"]}),
    (calibration.CalibratedClassifierCV(naive_bayes.GaussianNB(), cv=2), {"method": ["sigmoid", "isotonic"]}),
    (ensemble.VotingClassifier(
        [("a", tree.DecisionTreeClassifier(**_SEED)), ("b", naive_bayes.GaussianNB())]),
     {"voting": ["hard", "soft"], "a__max_depth": [1, 3]}),
    (svm.NuSVC(nu=0.1, **_ENDS, **_SEED),
     {"nu": [0.05, 0.1, 0.3], "kernel": ["linear", "rbf"], "gamma": ["scale", 0.1]}),
    (svm.SVC(probability=True, **_ENDS, **_SEED), {"C": [0.1, 1.0], "gamma": ["scale", 0.1]}),
    (linear_model.LogisticRegression(max_iter=30),
     {"C": [0.1, 1.0, 10.0], "class_weight": [None, "balanced", {0: 2.0}],
      "solver": ["lbfgs", "newton-cg", "newton-cholesky", "sag", "saga"], "max_iter": [5, 30, 200]}),
    (linear_model.LogisticRegression(solver="liblinear", **_SEED),
     {"C": [0.1, 1.0, 10.0], "class_weight": [None, "balanced"], "intercept_scaling": [1, 2]}),
    (linear_model.RidgeClassifier(class_weight="balanced"), {**_PENALTY, "class_weight": [None, "balanced"]}),
    (neighbors.RadiusNeighborsClassifier(2.0, outlier_label="most_frequent"),
     {"radius": [1.0, 2.0, 5.0], "weights": ["uniform", "distance"]}),
    (neighbors.NearestCentroid(), {"shrink_threshold": [None, 0.1, 0.5]}),
    (neural_network.MLPClassifier((4,), max_iter=8, **_SEED),
     {"alpha": [1e-4, 1e-1], "max_iter": [3, 8], "learning_rate_init": [1e-3, 1e-2]}),
    (gaussian_process.GaussianProcessClassifier(optimizer=None), {"max_iter_predict": [5, 100]}),
    (multiclass.OneVsRestClassifier(linear_model.LogisticRegression()), {"estimator__C": [0.1, 1.0]}),
    (ensemble.StackingClassifier(
        [("a", tree.DecisionTreeClassifier(max_depth=2, **_SEED)), ("b", naive_bayes.GaussianNB())],
        linear_model.LogisticRegression(), cv=2),
     {"final_estimator__C": [0.1, 1.0], "passthrough": [False, True], "a__max_depth": [1, 3]}),
    (RFE(linear_model.LogisticRegression(), n_features_to_select=1),
     {"n_features_to_select": [1, 2, 0.5], "step": [1, 2]}),
    (naive_bayes.MultinomialNB(), {"alpha": [0.0, 0.1, 1.0], "fit_prior": [True, False]}),
    (naive_bayes.ComplementNB(), {"alpha": [0.1, 1.0], "norm": [True, False]}),
    (discriminant_analysis.LinearDiscriminantAnalysis(),
     {"solver": ["svd", "lsqr", "eigen"], "tol": [1e-4, 1e-2]}),
    (ensemble.HistGradientBoostingClassifier(max_iter=5, early_stopping=True, n_iter_no_change=2, **_SEED),
     {**_HISTOGRAM, "max_iter": [2, 5, 9]}),
    (ensemble.GradientBoostingClassifier(n_estimators=5, n_iter_no_change=2, **_SEED), _BOOSTING),
    (ensemble.RandomForestClassifier(4, **_SEED),
     {**_FOREST, "class_weight": [None, "balanced", "balanced_subsample", {0: 3.0, 1: 0.5}, {0: 0.3}],
      "max_leaf_nodes": [None, 3, 7], "oob_score": [False, True]}),
    (tree.DecisionTreeClassifier(**_SEED),
     {**_TREE, "class_weight": [None, "balanced", {0: 3.0, 1: 0.5}], "max_leaf_nodes": [None, 2, 3, 7, 12],
      "splitter": ["best", "random"]}),
]  # fmt: skip

REGRESSORS: list[tuple[Any, Grid]] = [
    (ensemble.RandomForestRegressor(4, **_SEED), {**_FOREST, **_OF_NUMBERS, "max_samples": [None, 0.6, 12]}),
    (ensemble.ExtraTreesRegressor(4, **_SEED), {**_FOREST, **_OF_NUMBERS}),
    (tree.DecisionTreeRegressor(**_SEED), {**_TREE, **_OF_NUMBERS, "splitter": ["best", "random"]}),
    (tree.ExtraTreeRegressor(**_SEED), {**_TREE, **_OF_NUMBERS}),
    (ensemble.GradientBoostingRegressor(n_estimators=3, **_SEED),
     {**_BOOSTING, "loss": ["squared_error", "absolute_error", "huber"]}),
    (ensemble.HistGradientBoostingRegressor(max_iter=3, **_SEED), _HISTOGRAM),
    (ensemble.AdaBoostRegressor(n_estimators=3, **_SEED), {"n_estimators": [1, 3, 5]}),
    (neighbors.KNeighborsRegressor(), _NEIGHBOURS),
    (svm.SVR(**_ENDS), {**_SVM, "epsilon": [0.01, 0.1]}),
    (linear_model.Ridge(), {**_PENALTY, "solver": ["auto", "svd", "cholesky", "lsqr"]}),
    (linear_model.Lasso(max_iter=200), _PENALTY),
    (linear_model.ElasticNet(max_iter=200), {**_PENALTY, "l1_ratio": [0.2, 0.9]}),
    (linear_model.LinearRegression(), {"fit_intercept": [True, False], "positive": [True, False]}),
    (linear_model.BayesianRidge(), {"alpha_1": [1e-6, 1e-3]}),
    (linear_model.SGDRegressor(max_iter=20, **_SEED), {"alpha": [1e-4, 1e-2], "penalty": ["l2", "l1"]}),
    (linear_model.HuberRegressor(max_iter=50), {"epsilon": [1.1, 1.5]}),
    (kernel_ridge.KernelRidge(),
     {"alpha": [0.1, 1.0], "kernel": ["linear", "rbf", "poly"], "gamma": [None, 0.1]}),
    (svm.NuSVR(**_ENDS), {"C": [0.1, 1.0], "nu": [0.3, 0.5], "gamma": ["scale", 0.1]}),
    (svm.LinearSVR(max_iter=100, **_SEED), {"C": [0.1, 1.0], "epsilon": [0.0, 0.1]}),
    (neighbors.RadiusNeighborsRegressor(3.0), {"radius": [2.0, 5.0], "weights": ["uniform", "distance"]}),
    (cross_decomposition.PLSRegression(1), {"n_components": [1, 2], "scale": [True, False]}),
    (linear_model.Lars(), {"n_nonzero_coefs": [1, 2, 5]}),
    (linear_model.OrthogonalMatchingPursuit(), {"n_nonzero_coefs": [1, 2]}),
    (linear_model.PoissonRegressor(max_iter=20), {"alpha": [0.1, 1.0]}),
    (neural_network.MLPRegressor((4,), max_iter=8, **_SEED), {"alpha": [1e-4, 1e-1], "max_iter": [3, 8]}),
    (gaussian_process.GaussianProcessRegressor(optimizer=None), {"alpha": [1e-6, 1e-2]}),
    (ensemble.BaggingRegressor(n_estimators=3, **_SEED),
     {"n_estimators": [1, 2, 4], "max_features": [0.5, 1.0]}),
    (ensemble.VotingRegressor(
        [("a", tree.DecisionTreeRegressor(**_SEED)), ("b", linear_model.Ridge())]),
     {"a__max_depth": [1, 3], "weights": [None, [1, 2]]}),
    (ensemble.HistGradientBoostingRegressor(max_iter=5, early_stopping=True, n_iter_no_change=2, **_SEED),
     {**_HISTOGRAM, "max_iter": [2, 5, 9]}),
]  # fmt: skip

TRANSFORMERS: list[tuple[Any, Grid]] = [
    (StandardScaler(), {"with_mean": [True, False], "with_std": [True, False]}),
    (MinMaxScaler(), {"feature_range": [(0, 1), (0, 2)]}),
    (SimpleImputer(), {"strategy": ["mean", "median"]}),
    (PCA(svd_solver="full"), {"n_components": [1, 2, None], "whiten": [True, False]}),
    (PCA(1), {"n_components": [1, 2]}),
    (TruncatedSVD(1, random_state=0), {"n_components": [1, 2]}),
    (SelectKBest(k=1), {"k": [1, 2, "all"]}),
    (SelectPercentile(percentile=50), {"percentile": [20, 50, 100]}),
    (VarianceThreshold(), {"threshold": [0.0, 1e-4]}),
    (PolynomialFeatures(2), {"degree": [1, 2], "include_bias": [True, False]}),
    (QuantileTransformer(n_quantiles=10, random_state=0), {"n_quantiles": [5, 10]}),
    (KBinsDiscretizer(3, encode="ordinal"), {"n_bins": [2, 4]}),
    (SplineTransformer(3), {"n_knots": [2, 4], "degree": [1, 3]}),
    (
        SelectFromModel(
            tree.DecisionTreeRegressor(random_state=0), threshold=-np.inf, max_features=1
        ),
        {"max_features": [1, 2]},
    ),
    (
        SequentialFeatureSelector(
            tree.DecisionTreeRegressor(max_depth=1, **_SEED), n_features_to_select=1, cv=2
        ),
        {"n_features_to_select": [1, 2]},
    ),
    (Doubled(), {"factor": [1.0, 3.0]}),
    (Noisy(), {}),
    ("passthrough", {}),
]
