"""``predict_udf``: a column of what the estimator itself would have said of the rows."""

import numpy as np
import pandas as pd
import pytest
from pyspark.sql import functions as sf
from pyspark.sql import types as st
from sklearn.cluster import KMeans
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_iris, make_regression
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.svm import SVC

import tenfold
from tenfold.spark import from_numpy, from_pandas, predict_udf

NAMES = ["a", "b", "c", "d"]
X, Y = load_iris(return_X_y=True)
FRAME = pd.DataFrame(X, columns=NAMES)
LABELS = np.array(["setosa", "versicolor", "virginica"])[Y]


@pytest.fixture(scope="module")
def df(spark):
    numbered = FRAME.assign(row=np.arange(len(FRAME)))
    return from_pandas(spark, numbered).repartition(3).cache()


def predicted(df, column):
    rows = df.select("row", column.alias("p")).orderBy("row").collect()
    return [row.p for row in rows]


@pytest.mark.parametrize("named", [True, False])
@pytest.mark.parametrize(
    ("estimator", "y", "method", "kind"),
    [
        (RandomForestClassifier(5, random_state=0), LABELS, "predict", "string"),
        (RandomForestClassifier(5, random_state=0), Y, "predict", "bigint"),
        (RandomForestClassifier(5, random_state=0), Y, "predict_proba", "array<double>"),
        (RandomForestClassifier(5, random_state=0), Y > 0, "predict", "boolean"),
        (RandomForestRegressor(5, random_state=0), X[:, 0], "predict", "double"),
        (SVC(), Y, "decision_function", "array<double>"),
        (SVC(), Y > 0, "decision_function", "double"),
        (KMeans(3, n_init=1, random_state=0), None, "predict", "bigint"),
        (PCA(2), None, "transform", "array<double>"),
        (make_pipeline(StandardScaler(), LogisticRegression()), LABELS, "predict", "string"),
        (RandomForestRegressor(3, random_state=0), X[:, :2], "predict", "array<double>"),
    ],
)
def test_every_kind_of_answer(df, estimator, y, method, kind, named):
    given = FRAME if named else X
    fitted = estimator.fit(given, y)
    column = predict_udf(fitted, method, None if named else NAMES)()
    assert df.select(column.alias("p")).schema["p"].dataType.simpleString() == kind
    expected = getattr(fitted, method)(given)
    np.testing.assert_allclose(
        *(np.asarray(one, float) if kind != "string" else one == LABELS for one in
          (np.array(predicted(df, column)), expected)),
        rtol=1e-12, atol=1e-12,
    )  # fmt: skip


def test_columns_by_name_in_any_order_and_by_place(df):
    fitted = LinearRegression().fit(FRAME, X[:, 0] - 2 * X[:, 3])
    expected = fitted.predict(FRAME)
    for predict in (predict_udf(fitted), predict_udf(fitted, features=["d", "c", "b", "a"])):
        np.testing.assert_allclose(predicted(df, predict()), expected, rtol=1e-12)
    moved = df.select("row", *(sf.col(name).alias(f"x.{name}") for name in NAMES))
    places = [sf.col(f"`x.{name}`") for name in NAMES]
    np.testing.assert_allclose(predicted(moved, predict_udf(fitted)(*places)), expected, rtol=1e-12)


def test_mixed_columns_reach_a_pipeline_as_pandas_has_them(spark):
    frame = pd.DataFrame({"kind": list("abcab") * 4, "n": range(20), "x": np.linspace(0, 1, 20)})
    encoder = make_column_transformer((OneHotEncoder(), ["kind"]), remainder="passthrough")
    fitted = make_pipeline(encoder, LinearRegression()).fit(frame, np.arange(20) % 5)
    sent = from_pandas(spark, frame.assign(row=range(20)))
    np.testing.assert_allclose(
        predicted(sent, predict_udf(fitted)()), fitted.predict(frame), rtol=1e-12, atol=1e-12
    )
    alone = make_pipeline(OneHotEncoder(), LinearRegression()).fit(frame[["kind"]], frame["n"])
    np.testing.assert_allclose(
        predicted(sent, predict_udf(alone)()), alone.predict(frame[["kind"]]), rtol=1e-12
    )


@pytest.mark.parametrize("named", [True, False])
def test_vectors_and_arrays(spark, named):
    fitted = LogisticRegression(max_iter=500).fit(FRAME if named else X, LABELS)
    vectors = from_numpy(spark, X, "v").withColumn("row", sf.monotonically_increasing_id())
    arrays = spark.createDataFrame(
        [(x.tolist(), i) for i, x in enumerate(X)], "v array<double>, row long"
    )
    expected = fitted.predict(FRAME if named else X).tolist()
    for sent in (vectors, arrays):
        assert predicted(sent, predict_udf(fitted, features="v")()) == expected


def test_nulls(spark):
    X, y = make_regression(60, 2, random_state=0)
    X[::7, 0] = np.nan
    fitted = HistGradientBoostingRegressor(max_iter=5).fit(X, y)
    rows = [(i, None if np.isnan(a) else float(a), float(b)) for i, (a, b) in enumerate(X)]
    sent = spark.createDataFrame(rows, "row long, a double, b double")
    passed = predicted(sent, predict_udf(fitted, features=["a", "b"])())
    np.testing.assert_allclose(passed, fitted.predict(X), rtol=1e-12)
    skipped = predicted(sent, predict_udf(fitted, features=["a", "b"], nulls="null")())
    missing = np.isnan(X[:, 0])
    assert [one is None for one in skipped] == missing.tolist()
    np.testing.assert_allclose(
        [one for one in skipped if one is not None], fitted.predict(X[~missing]), rtol=1e-12
    )
    nothing = sent.where("a is null")
    assert set(predicted(nothing, predict_udf(fitted, features=["a", "b"], nulls="null")())) == {
        None
    }
    strict = LinearRegression().fit(X[~missing], y[~missing])
    with pytest.raises(Exception, match="contains NaN"):
        predicted(sent, predict_udf(strict, features=["a", "b"])())


def test_of_a_search_its_best(df):
    with tenfold.config_context(backend="local"):
        search = tenfold.GridSearchCV(
            RandomForestClassifier(3, random_state=0), {"max_depth": [1, 3]}, cv=2
        ).fit(FRAME, LABELS)
    assert predicted(df, predict_udf(search)()) == search.predict(FRAME).tolist()


def test_no_rows_and_batches_of_any_size(spark, df):
    fitted = LinearRegression().fit(FRAME, X[:, 0])
    assert predicted(df.limit(0), predict_udf(fitted)()) == []
    spark.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", "7")
    try:
        np.testing.assert_allclose(predicted(df, predict_udf(fitted)()), fitted.predict(FRAME))
    finally:
        spark.conf.unset("spark.sql.execution.arrow.maxRecordsPerBatch")


@pytest.mark.parametrize(
    ("estimator", "arguments", "error", "message"),
    [
        (LinearRegression(), {}, NotFittedError, "not fitted"),
        (LinearRegression().fit(X, Y), {}, ValueError, "fitted without names"),
        (
            LinearRegression().fit(X, Y),
            {"features": NAMES[:3]},
            ValueError,
            "3 names, .* fitted on 4",
        ),
        (LinearRegression().fit(X, Y), {"features": ["a", "a"]}, ValueError, "'a' more than once"),
        (
            LinearRegression().fit(X, Y),
            {"features": NAMES, "nulls": "x"},
            ValueError,
            "nulls must be",
        ),
        (
            LinearRegression().fit(FRAME, Y),
            {"features": ["a", "b", "c", "e"]},
            ValueError,
            "missing 'd'; unknown 'e'",
        ),
        (LinearRegression().fit(X, Y), {"method": "nope"}, AttributeError, r"no nope\(\)"),
        (
            RandomForestClassifier(2).fit(X, np.c_[Y, Y]),
            {"features": NAMES},
            TypeError,
            "return_type",
        ),
    ],
)
def test_arguments_are_checked(spark, estimator, arguments, error, message):
    with pytest.raises(error, match=message):
        predict_udf(estimator, **arguments)


def test_a_type_that_is_said(df):
    fitted = LinearRegression().fit(FRAME, X[:, :2])
    column = predict_udf(fitted, return_type="array<float>")()
    assert df.select(column.alias("p")).schema["p"].dataType == st.ArrayType(st.FloatType())
    np.testing.assert_allclose(predicted(df, column), fitted.predict(FRAME), rtol=1e-6)
    with pytest.raises(Exception, match="predict gave an array a row, and double was announced"):
        predicted(df, predict_udf(fitted)())
    with pytest.raises(ValueError, match="2 columns were given for 4 features"):
        predict_udf(fitted)("a", "b")
