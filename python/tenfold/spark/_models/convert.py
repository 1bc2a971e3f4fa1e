"""Fitted models from scikit-learn to Spark ML and back."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from pyspark.ml import classification as spark_classification
from pyspark.ml import regression as spark_regression
from pyspark.sql import SparkSession
from sklearn import ensemble, linear_model, tree
from sklearn.utils.validation import check_is_fitted

from tenfold.spark._models import linear, trees
from tenfold.spark._models.files import workspace

_TO_SPARK: list[tuple[tuple[type, ...], Any]] = [
    ((linear_model.LogisticRegression,), linear.logistic_to_spark),
    (linear.LINEAR_REGRESSORS, linear.linear_to_spark),
    ((ensemble.RandomForestClassifier, ensemble.RandomForestRegressor), trees.forest_to_spark),
    ((ensemble.ExtraTreesClassifier, ensemble.ExtraTreesRegressor), trees.forest_to_spark),
    (
        (ensemble.GradientBoostingClassifier, ensemble.GradientBoostingRegressor),
        trees.boosting_to_spark,
    ),
    ((tree.DecisionTreeClassifier, tree.DecisionTreeRegressor), trees.tree_to_spark),
]

_FROM_FILES: list[tuple[tuple[type, ...], Any]] = [
    (
        (
            spark_classification.RandomForestClassificationModel,
            spark_regression.RandomForestRegressionModel,
        ),
        trees.forest_to_sklearn,
    ),
    (
        (spark_classification.GBTClassificationModel, spark_regression.GBTRegressionModel),
        trees.boosting_to_sklearn,
    ),
    (
        (
            spark_classification.DecisionTreeClassificationModel,
            spark_regression.DecisionTreeRegressionModel,
        ),
        trees.tree_to_sklearn,
    ),
]


def to_spark_model(estimator: Any, spark: SparkSession, *, path: str | None = None) -> Any:
    """A fitted scikit-learn estimator as the Spark ML model that predicts the same.

    Parameters
    ----------
    estimator : fitted estimator
        LinearRegression, Ridge, Lasso, ElasticNet; LogisticRegression, binary or multinomial;
        DecisionTree, RandomForest, ExtraTrees and GradientBoosting classifiers and regressors.
    spark : pyspark.sql.SparkSession
        Classic or Connect.
    path : str, optional
        A folder that all hosts of the cluster can read and write, on which the model passes through
        Spark ML's file format; files written there stay. Not needed in local mode.

    Returns
    -------
    pyspark.ml.Model
        With the default columns (``features``, ``prediction``, ...). A classifier's predictions are
        positions in ``estimator.classes_``, as Spark's always are.

    Raises
    ------
    TypeError
        Where Spark ML has no such model.
    ValueError
        Where the estimator uses what Spark's model lacks (several outputs, more than two classes
        for boosted trees, ...), or where a cluster needs a ``path``.

    Warns
    -----
    UserWarning
        Where ``classes_`` are not 0, 1, ..., so that Spark's predictions are not the labels.

    Examples
    --------
    >>> X, y = np.eye(2), [1, 2]  # doctest: +SKIP
    >>> model = to_spark_model(tree.DecisionTreeRegressor().fit(X, y), spark)  # doctest: +SKIP
    >>> model.transform(from_numpy(spark, X)).columns  # doctest: +SKIP
    ['features', 'prediction']
    """
    convert = _converter(estimator, _TO_SPARK)
    if convert is None:
        known = ", ".join(kind.__name__ for kinds, _ in _TO_SPARK for kind in kinds)
        raise TypeError(
            f"Spark ML has no counterpart of {type(estimator).__name__}; known: {known}"
        )
    check_is_fitted(estimator)
    _warn_of_labels(estimator)
    with workspace(spark, path) as folder:
        return convert(estimator, spark, folder)


def _warn_of_labels(estimator: Any) -> None:
    classes = getattr(estimator, "classes_", None)
    if classes is not None and not np.array_equal(classes, np.arange(len(classes))):
        warnings.warn(
            f"classes are {list(classes)[:5]}...: Spark's prediction is a position in "
            f"estimator.classes_, not the label (pyspark.ml.feature.IndexToString turns it back)",
            UserWarning,
            stacklevel=3,
        )


def to_sklearn_model(model: Any, *, path: str | None = None) -> Any:
    """A Spark ML model as the fitted scikit-learn estimator that predicts the same.

    Parameters
    ----------
    model : pyspark.ml.Model
        LinearRegressionModel; LogisticRegressionModel; DecisionTree, RandomForest and GBT
        classification and regression models.
    path : str, optional
        As in :func:`to_spark_model`; tree models pass through it.

    Returns
    -------
    estimator
        A genuine scikit-learn estimator; its classes are 0.0, 1.0, ...

    Raises
    ------
    TypeError
        Where scikit-learn has no such model.
    ValueError
        Where the model uses what scikit-learn's lacks: splits by category, thresholds.

    Examples
    --------
    >>> df = from_numpy(spark, np.array([[0.0], [1.0]]), y=[1.0, 3.0])  # doctest: +SKIP
    >>> model = spark_regression.DecisionTreeRegressor().fit(df)  # doctest: +SKIP
    >>> to_sklearn_model(model).predict([[0.2], [0.9]])  # doctest: +SKIP
    array([1., 3.])
    """
    if isinstance(model, spark_regression.LinearRegressionModel):
        return linear.linear_to_sklearn(model)
    if isinstance(model, spark_classification.LogisticRegressionModel):
        return linear.logistic_to_sklearn(model)
    convert = _converter(model, _FROM_FILES)
    if convert is None:
        raise TypeError(
            f"no scikit-learn counterpart of {type(model).__name__} is known: linear and logistic "
            f"regression, trees, random forests and gradient-boosted trees are"
        )
    spark = SparkSession.active()
    with workspace(spark, path) as folder:
        return convert(model, spark, folder)


def _converter(model: Any, table: list[tuple[tuple[type, ...], Any]]) -> Any:
    return next((convert for kinds, convert in table if isinstance(model, kinds)), None)
