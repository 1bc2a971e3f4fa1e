"""Linear and logistic regression between scikit-learn and Spark ML.

Both predict from the same formula, so coefficients are carried as they are. Predictions are equal but
for the order of summation in the dot product: one part in 1e12.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp
from pyspark.ml.classification import LogisticRegressionModel
from pyspark.ml.linalg import DenseMatrix, MatrixUDT, Vectors, VectorUDT
from pyspark.ml.regression import LinearRegressionModel
from pyspark.sql import SparkSession
from pyspark.sql import types as st
from sklearn.linear_model import ElasticNet, Lasso, LinearRegression, LogisticRegression, Ridge

from tenfold.spark._models.files import write_metadata, write_row

LINEAR_REGRESSORS = (LinearRegression, Ridge, ElasticNet, Lasso)

_LINEAR = "org.apache.spark.ml.regression.LinearRegressionModel"
_LOGISTIC = "org.apache.spark.ml.classification.LogisticRegressionModel"


def linear_to_spark(estimator: Any, spark: SparkSession, folder: str) -> LinearRegressionModel:
    """A fitted linear regressor as Spark's."""
    coefficients = _dense(estimator.coef_)
    if coefficients.size != coefficients.shape[-1]:
        raise ValueError(
            f"{type(estimator).__name__} has {coefficients.shape[0]} outputs; Spark's has one"
        )
    schema = st.StructType().add("a", "double").add("b", VectorUDT()).add("c", "double")
    row = (float(np.ravel(estimator.intercept_)[0]), Vectors.dense(coefficients.ravel()), 1.0)
    write_metadata(spark, folder, _LINEAR, {})
    write_row(spark, folder, row, ["intercept", "coefficients", "scale"], schema)
    return LinearRegressionModel.load(folder)


def linear_to_sklearn(model: LinearRegressionModel) -> LinearRegression:
    """Spark's linear regression as a fitted scikit-learn one."""
    estimator = LinearRegression()
    estimator.coef_ = model.coefficients.toArray()
    estimator.intercept_ = float(model.intercept)
    estimator.n_features_in_ = len(estimator.coef_)
    return estimator


def logistic_to_spark(
    estimator: LogisticRegression, spark: SparkSession, folder: str
) -> LogisticRegressionModel:
    """A fitted logistic regression as Spark's, binomial or multinomial."""
    coefficients, intercepts = _dense(estimator.coef_), np.ravel(estimator.intercept_)
    n_classes, multinomial = len(estimator.classes_), len(estimator.classes_) > 2
    one_each = getattr(estimator, "multi_class", None) == "ovr" or estimator.solver == "liblinear"
    if multinomial and one_each:
        raise ValueError(
            "LogisticRegression with one model a class has no counterpart in Spark; "
            "fit it with solver='lbfgs'"
        )
    matrix = DenseMatrix(*coefficients.shape, coefficients.ravel(), isTransposed=True)
    names = ["numClasses", "numFeatures", "interceptVector", "coefficientMatrix", "isMultinomial"]
    kinds = ["integer", "integer", VectorUDT(), MatrixUDT(), "boolean"]
    schema = st.StructType()
    for name, kind in zip(names, kinds, strict=True):
        schema.add(name, kind)
    intercept_vector = Vectors.dense(np.broadcast_to(intercepts, len(coefficients)))
    row = (n_classes, coefficients.shape[1], intercept_vector, matrix, multinomial)
    write_metadata(spark, folder, _LOGISTIC, {})
    write_row(spark, folder, row, names, schema)
    return LogisticRegressionModel.load(folder)


def logistic_to_sklearn(model: LogisticRegressionModel) -> LogisticRegression:
    """Spark's logistic regression as a fitted scikit-learn one; its classes are 0.0, 1.0, ..."""
    check_thresholds(model)
    coefficients = model.coefficientMatrix.toArray()
    intercepts = model.interceptVector.toArray()
    if model.numClasses == 2 and len(coefficients) == 2:
        # The softmax of two scores is the logistic function of their difference.
        coefficients = coefficients[1:] - coefficients[:1]
        intercepts = intercepts[1:] - intercepts[:1]
    estimator = LogisticRegression()
    estimator.coef_ = np.ascontiguousarray(coefficients)
    estimator.intercept_ = intercepts
    estimator.classes_ = np.arange(model.numClasses, dtype=np.float64)
    estimator.n_features_in_ = coefficients.shape[1]
    estimator.n_iter_ = np.zeros(1, np.int32)
    return estimator


def check_thresholds(model: Any) -> None:
    """Refuse a model that decides by thresholds of its own: scikit-learn's classifiers have none."""
    for name in ("threshold", "thresholds"):
        if not model.hasParam(name) or not model.isDefined(name):
            continue
        values = np.atleast_1d(model.getOrDefault(name))
        if (values != values[0]).any() or (name == "threshold" and values[0] != 0.5):
            raise ValueError(
                f"the model decides by {name}={values.tolist()}, which scikit-learn's classifiers "
                f"lack: set it back, and wrap the estimator in FixedThresholdClassifier"
            )


def _dense(coefficients: Any) -> Any:
    full = coefficients.toarray() if sp.issparse(coefficients) else np.asarray(coefficients)
    return np.atleast_2d(full.astype(np.float64))
