"""Models from scikit-learn to Spark ML and back: equal predictions on the same rows."""

import numpy as np
import pytest
from pyspark.ml import classification as sc
from pyspark.ml import feature, regression
from pyspark.ml.linalg import Vectors
from sklearn.dummy import DummyRegressor
from sklearn.ensemble import (
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import Lasso, LinearRegression, LogisticRegression
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

import tenfold.spark as ts

RNG = np.random.default_rng(0)
# Doubles, not float32 values: the two libraries compare them with thresholds differently.
X = RNG.normal(size=(400, 5))
Y = X @ np.array([3.0, -2, 1, 0, 0.5]) + RNG.normal(size=400)
BINARY = (Y > 0).astype(int)
THREE = np.digitize(Y, [-2, 2])

EXACT = 0.0
SUMMATION = 1e-12

PAIRS = [
    (LinearRegression(), Y, regression.LinearRegressionModel, SUMMATION),
    (Lasso(alpha=0.1, fit_intercept=False), Y, regression.LinearRegressionModel, SUMMATION),
    (LogisticRegression(), BINARY, sc.LogisticRegressionModel, SUMMATION),
    (LogisticRegression(), THREE, sc.LogisticRegressionModel, SUMMATION),
    (DecisionTreeClassifier(criterion="entropy"), THREE, sc.DecisionTreeClassificationModel, EXACT),
    (DecisionTreeRegressor(max_depth=4), Y, regression.DecisionTreeRegressionModel, EXACT),
    (RandomForestClassifier(12, random_state=0), THREE, sc.RandomForestClassificationModel, EXACT),
    (
        RandomForestRegressor(7, random_state=0),
        Y,
        regression.RandomForestRegressionModel,
        SUMMATION,
    ),
    (
        ExtraTreesClassifier(5, class_weight="balanced"),
        BINARY,
        sc.RandomForestClassificationModel,
        SUMMATION,
    ),
    (GradientBoostingClassifier(n_estimators=15), BINARY, sc.GBTClassificationModel, SUMMATION),
    (GradientBoostingRegressor(n_estimators=15), Y, regression.GBTRegressionModel, SUMMATION),
    (
        GradientBoostingRegressor(n_estimators=5, init="zero"),
        Y,
        regression.GBTRegressionModel,
        SUMMATION,
    ),
]


def rows(spark, label=None):
    return ts.from_numpy(spark, X, y=label)


@pytest.mark.parametrize(
    ("estimator", "y", "kind", "tolerance"), PAIRS, ids=lambda v: type(v).__name__
)
def test_to_spark_and_back(spark, estimator, y, kind, tolerance):
    estimator = estimator.fit(X, y)
    model = ts.to_spark_model(estimator, spark)
    assert isinstance(model, kind)
    result = ts.to_pandas(model.transform(rows(spark)), vectors="dense")
    predicted = result["prediction"].to_numpy()
    if tolerance == EXACT or hasattr(estimator, "classes_"):
        np.testing.assert_array_equal(predicted, estimator.predict(X))
    else:
        np.testing.assert_allclose(predicted, estimator.predict(X), rtol=tolerance, atol=tolerance)
    if "probability" in result:
        proba = result["probability"].array.matrix
        np.testing.assert_allclose(
            proba, estimator.predict_proba(X), rtol=0, atol=max(tolerance, 1e-15)
        )
    back = ts.to_sklearn_model(model)
    np.testing.assert_allclose(
        back.predict(X), estimator.predict(X), rtol=SUMMATION, atol=SUMMATION
    )
    if hasattr(estimator, "predict_proba"):
        np.testing.assert_allclose(back.predict_proba(X), estimator.predict_proba(X), atol=1e-12)


SPARKS = [
    (regression.LinearRegression, {}, Y),
    (sc.LogisticRegression, {}, BINARY),
    (sc.LogisticRegression, {"family": "multinomial"}, BINARY),
    (sc.LogisticRegression, {}, THREE),
    (sc.DecisionTreeClassifier, {}, THREE),
    (regression.DecisionTreeRegressor, {}, Y),
    (sc.RandomForestClassifier, {"numTrees": 5, "seed": 1}, THREE),
    (regression.RandomForestRegressor, {"numTrees": 5, "seed": 1}, Y),
    (sc.GBTClassifier, {"maxIter": 4, "seed": 1}, BINARY),
    (regression.GBTRegressor, {"maxIter": 4, "seed": 1, "stepSize": 0.3}, Y),
]


@pytest.mark.parametrize(("learner", "params", "y"), SPARKS)
def test_what_spark_has_fitted(spark, learner, params, y):
    model = learner(**params).fit(rows(spark, y.astype(float)))
    result = ts.to_pandas(model.transform(rows(spark)), vectors="dense")
    estimator = ts.to_sklearn_model(model)
    predicted = estimator.predict(X)
    np.testing.assert_allclose(predicted, result["prediction"], rtol=SUMMATION, atol=SUMMATION)
    if "probability" in result:
        proba = result["probability"].array.matrix
        np.testing.assert_allclose(estimator.predict_proba(X), proba, rtol=0, atol=1e-12)


def test_thresholds_hold_for_doubles_between_float32_values(spark):
    tree = DecisionTreeClassifier().fit(np.array([[0.1], [0.3]]), [0, 1])
    threshold = tree.tree_.threshold[0]
    near = threshold + np.arange(-40, 41)[:, None] * np.spacing(np.float32(threshold)) / 16
    assert len(np.unique(near.astype(np.float32))) < len(near)
    model = ts.to_spark_model(tree, spark)
    predicted = ts.to_numpy(model.transform(ts.from_numpy(spark, near)), "prediction")
    np.testing.assert_array_equal(predicted, tree.predict(near))
    assert set(predicted) == {0.0, 1.0}


def test_spark_models_explain_themselves(spark):
    tree = DecisionTreeClassifier(max_depth=3).fit(X, THREE)
    model = ts.to_spark_model(tree, spark)
    assert model.depth == 3
    assert model.numNodes == tree.tree_.node_count
    np.testing.assert_allclose(
        model.featureImportances.toArray(), tree.feature_importances_, atol=1e-12
    )


def test_labels_that_are_not_positions_are_warned_of(spark):
    estimator = LogisticRegression().fit(X, np.where(BINARY, "yes", "no"))
    with pytest.warns(UserWarning, match="position in estimator.classes_"):
        model = ts.to_spark_model(estimator, spark)
    predicted = ts.to_numpy(model.transform(rows(spark)), "prediction").astype(int)
    np.testing.assert_array_equal(estimator.classes_[predicted], estimator.predict(X))


@pytest.mark.parametrize(
    ("estimator", "y", "error", "message"),
    [
        (SVC(), BINARY, TypeError, "no counterpart of SVC"),
        (LinearRegression(), np.column_stack([Y, Y]), ValueError, "has 2 outputs"),
        (DecisionTreeRegressor(), np.column_stack([Y, Y]), ValueError, "has 2 outputs"),
        (GradientBoostingClassifier(n_estimators=2), THREE, ValueError, "with 3 classes"),
        (
            GradientBoostingClassifier(n_estimators=2, loss="exponential"),
            BINARY,
            ValueError,
            "loss 'exponential'",
        ),
        (
            GradientBoostingRegressor(n_estimators=2, init=LinearRegression()),
            Y,
            ValueError,
            "init=LinearRegression",
        ),
    ],
)
def test_what_spark_lacks_is_said(spark, estimator, y, error, message):
    with pytest.raises(error, match=message):
        ts.to_spark_model(estimator.fit(X, y), spark)


def test_a_constant_start_given_by_name_is_carried(spark):
    estimator = GradientBoostingRegressor(n_estimators=2, init=DummyRegressor(strategy="median"))
    model = ts.to_spark_model(estimator.fit(X, Y), spark)
    predicted = ts.to_numpy(model.transform(rows(spark)), "prediction")
    np.testing.assert_allclose(predicted, estimator.predict(X), rtol=SUMMATION)


def test_unfitted_estimators_are_refused(spark):
    with pytest.raises(NotFittedError):
        ts.to_spark_model(LinearRegression(), spark)


def test_what_scikit_learn_lacks_is_said(spark):
    data = [(float(i % 3 == 0), Vectors.dense([float(i % 3), float(i)])) for i in range(12)]
    df = spark.createDataFrame(data, ["label", "raw"])
    indexer = feature.VectorIndexer(inputCol="raw", outputCol="features", maxCategories=3).fit(df)
    by_category = sc.DecisionTreeClassifier().fit(indexer.transform(df))
    with pytest.raises(ValueError, match="feature 0 is split by categories"):
        ts.to_sklearn_model(by_category)
    moved = sc.LogisticRegression(threshold=0.3).fit(rows(spark, BINARY.astype(float)))
    with pytest.raises(ValueError, match=r"threshold=\[0.3\]"):
        ts.to_sklearn_model(moved)
    bayes = sc.NaiveBayes(modelType="gaussian").fit(rows(spark, BINARY.astype(float)))
    with pytest.raises(TypeError, match="no scikit-learn counterpart of NaiveBayesModel"):
        ts.to_sklearn_model(bayes)


def test_a_folder_of_the_users(spark, tmp_path):
    tree = DecisionTreeRegressor(max_depth=2).fit(X, Y)
    model = ts.to_spark_model(tree, spark, path=f"file://{tmp_path}")
    back = ts.to_sklearn_model(model, path=f"file://{tmp_path}")
    np.testing.assert_array_equal(back.predict(X), tree.predict(X))
    assert len(list(tmp_path.iterdir())) == 2
