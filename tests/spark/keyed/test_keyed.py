"""A model a key."""

import decimal

import numpy as np
import pandas as pd
import pytest
from pyspark.ml import Pipeline
from pyspark.ml.linalg import Vectors
from pyspark.sql import functions as sf
from sklearn.base import BaseEstimator, clone
from sklearn.cluster import DBSCAN, KMeans
from sklearn.decomposition import PCA
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV

import tenfold
from tenfold.spark import KeyedEstimator, KeyedModel, VectorArray, from_pandas, to_pandas

pytestmark = pytest.mark.smoke

RNG = np.random.default_rng(0)
N = 300
X = RNG.normal(size=(N, 3))
KEYS = RNG.integers(0, 4, N)


@pytest.fixture(scope="module")
def frame():
    y = X @ [1.0, 2.0, 3.0] * (KEYS + 1) + RNG.normal(size=N)
    return pd.DataFrame(
        {
            "row": np.arange(N),
            "key": KEYS,
            "features": VectorArray(X),
            "a": X[:, 0],
            "b": X[:, 1].astype(np.float32),
            "y": y,
            "text": np.where(y > 0, "high", "low"),
        }
    )


@pytest.fixture(scope="module")
def df(spark, frame):
    return from_pandas(spark, frame).cache()


def expected(frame, estimator, method, y=None):
    """Each group's own model, applied to its rows, in the order of the frame."""
    out = {}
    for _, group in frame.groupby("key"):
        features = group["features"].array.matrix
        fitted = clone(estimator).fit(features, None if y is None else group[y].to_numpy())
        out.update(zip(group["row"], getattr(fitted, method)(features), strict=True))
    return [out[i] for i in range(len(frame))]


def output(df):
    return to_pandas(df).sort_values("row")["output"]


def test_predictor(df, frame):
    model = KeyedEstimator(sklearn_estimator=LinearRegression(), y_col="y").fit(df)
    assert model.sklearn_estimator_type == "predictor"
    result = model.transform(df)
    assert result.columns == [*df.columns, "output"]
    wanted = expected(frame, LinearRegression(), "predict", "y")
    np.testing.assert_allclose(output(result), wanted, rtol=1e-12)
    back = to_pandas(result).sort_values("row")
    np.testing.assert_array_equal(back["features"].array.to_dense(), X)
    assert back["text"].tolist() == frame["text"].tolist()


def test_classifier_of_text_over_several_columns(df, frame):
    keyed = KeyedEstimator(
        sklearn_estimator=LogisticRegression(), x_col=["a", "b"], y_col="text", output_col="output"
    )
    got = output(keyed.fit(df).transform(df))
    for _, group in frame.groupby("key"):
        columns = np.column_stack([group["a"], group["b"]])
        fitted = LogisticRegression().fit(columns, group["text"])
        assert (fitted.predict(columns) == got.to_numpy()[group["row"]]).all()


def test_transformer(df, frame):
    got = output(KeyedEstimator(sklearn_estimator=PCA(2)).fit(df).transform(df)).array.to_dense()
    np.testing.assert_allclose(got, expected(frame, PCA(2), "transform"), atol=1e-12)


def test_clusterer(df, frame):
    kmeans = KMeans(2, n_init=1, random_state=0)
    keyed = KeyedEstimator(sklearn_estimator=kmeans)
    assert keyed.sklearn_estimator_type == "clusterer"
    got = output(keyed.fit(df).transform(df))
    assert got.dtype == np.int64
    assert got.tolist() == expected(frame, kmeans, "predict")


def test_clusterer_without_predict_can_be_fitted_only(df):
    model = KeyedEstimator(sklearn_estimator=DBSCAN()).fit(df)
    assert model.models.count() == 4
    assert len(model.get(0).labels_) == (KEYS == 0).sum()
    with pytest.raises(AttributeError, match=r"DBSCAN has no predict\(\)"):
        model.transform(df)


def test_scalar_and_array_features(df, frame):
    for column in ("a", sf.array("a", "b")):
        keyed = KeyedEstimator(sklearn_estimator=LinearRegression(), x_col="x", y_col="y")
        model = keyed.fit(df.withColumn("x", sf.col(column) if isinstance(column, str) else column))
        group = frame[frame["key"] == 1]
        columns = group[["a"]] if isinstance(column, str) else group[["a", "b"]]
        wanted = LinearRegression().fit(columns.to_numpy(), group["y"]).coef_
        np.testing.assert_allclose(model.get(1).coef_, wanted, rtol=1e-5)


def test_several_key_columns_and_null_keys(spark):
    frame = pd.DataFrame(
        {
            "who": ["a", "a", None, None, "b", "b"],
            "when": [1, 1, 1, 1, 2, 2],
            "x": [0.0, 1, 0, 1, 0, 1],
            "y": [0.0, 1, 0, 2, 0, 3],
        }
    )
    df = from_pandas(spark, frame)
    keyed = KeyedEstimator(
        sklearn_estimator=LinearRegression(), key_cols=["who", "when"], x_col="x", y_col="y"
    )
    model = keyed.fit(df)
    assert model.get(None, 1).coef_ == pytest.approx([2])
    assert model.get("b", 2).coef_ == pytest.approx([3])
    np.testing.assert_allclose(
        to_pandas(model.transform(df)).sort_values(["y", "x"])["output"],
        [0, 0, 0, 1, 2, 3],
        atol=1e-12,
    )
    with pytest.raises(KeyError, match="no model for who='c', when=1"):
        model.get("c", 1)
    with pytest.raises(ValueError, match="a key has 2 values"):
        model.get("a")


def test_unseen_keys_give_null(spark, df):
    unseen = spark.createDataFrame(
        [(0, Vectors.dense([1, 1, 1.0])), (9, Vectors.dense([1, 1, 1.0]))]
    )
    unseen = unseen.toDF("key", "features")
    for estimator, y in ((LinearRegression(), "y"), (PCA(2), None)):
        model = KeyedEstimator(sklearn_estimator=estimator, y_col=y).fit(df)
        result = {row.key: row.output for row in model.transform(unseen).collect()}
        assert result[0] is not None
        assert result[9] is None


def test_nothing_to_fit_and_nothing_to_transform(spark, df):
    keyed = KeyedEstimator(sklearn_estimator=LinearRegression(), y_col="y")
    model = keyed.fit(df.limit(0))
    assert model.models.count() == 0
    assert model.transform(df.limit(2)).select("output").collect() == [(None,), (None,)]
    assert keyed.fit(df).transform(df.limit(0)).count() == 0


def test_save_and_load(spark, df, frame, tmp_path):
    model = KeyedEstimator(sklearn_estimator=PCA(2)).fit(df)
    path = f"file://{tmp_path}/models"
    model.save(path)
    back = KeyedModel.load(path)
    np.testing.assert_allclose(
        output(back.transform(df)).array.to_dense(),
        expected(frame, PCA(2), "transform"),
        atol=1e-12,
    )
    with pytest.raises(Exception, match=r"(?i)already exists"):
        model.save(path)
    model.save(path, overwrite=True)


def test_another_versions_models_are_refused(spark, df, tmp_path):
    path = f"file://{tmp_path}/models"
    model = KeyedEstimator(sklearn_estimator=LinearRegression(), y_col="y").fit(df)
    model.models = model.models.withColumn("sklearn_version", sf.lit("0.19.2"))
    with pytest.raises(Exception, match=r"fitted with scikit-learn 0\.19\.2"):
        model.transform(df).count()
    model.save(path)
    text = spark.read.text(f"{path}/metadata").first()[0]
    older = text.replace(
        f'"sklearn_version": "{__import__("sklearn").__version__}"', '"sklearn_version": "1.2.0"'
    )
    assert older != text
    other = spark.createDataFrame([(older,)], "value string")
    other.write.mode("overwrite").text(f"{path}/metadata")
    with pytest.raises(RuntimeError, match=r"fitted with scikit-learn 1\.2\.0"):
        KeyedModel.load(path)


@pytest.mark.parametrize("search", [GridSearchCV, tenfold.GridSearchCV])
def test_grid_search_a_key(df, frame, search):
    grid = {"alpha": [0.01, 1.0, 100.0]}
    keyed = KeyedEstimator(sklearn_estimator=search(Ridge(), grid, cv=3), y_col="y")
    model = keyed.fit(df)
    for key, group in frame.groupby("key"):
        local = GridSearchCV(Ridge(), grid, cv=3)
        local.fit(group["features"].array.matrix, group["y"].to_numpy())
        # Rows of a group may come in another order, and so in other folds.
        assert set(model.get(key).cv_results_["params"][0]) == {"alpha"}
        assert model.get(key).best_params_ == local.best_params_


def test_a_failing_key_is_named_or_null(spark):
    frame = pd.DataFrame({"key": [1, 1, 2, 2], "x": [0.0, 1, 2, 3], "y": ["a", "b", "a", "a"]})
    df = from_pandas(spark, frame)
    arguments = {"sklearn_estimator": LogisticRegression(), "x_col": "x", "y_col": "y"}
    with pytest.raises(Exception, match=r"the model of key=2: .*at least 2 classes"):
        KeyedEstimator(**arguments).fit(df)
    model = KeyedEstimator(**arguments, on_error="null").fit(df)
    found = {row.key: row for row in model.models.drop("estimator").collect()}
    assert found[1].error is None
    assert "at least 2 classes" in found[2].error
    assert {row.key: row.output is None for row in model.transform(df).collect()} == {
        1: False,
        2: True,
    }
    with pytest.raises(KeyError, match="at least 2 classes"):
        model.get(2)


def test_a_group_too_large_is_named(df):
    keyed = KeyedEstimator(sklearn_estimator=LinearRegression(), y_col="y", max_group_bytes=100)
    with pytest.raises(Exception, match=r"the group key=\d has \d+ rows in .* MB, more than"):
        keyed.fit(df)


def test_a_stage_of_a_pipeline(df, frame):
    keyed = KeyedEstimator(sklearn_estimator=PCA(2), output_col="components")
    then = KeyedEstimator(sklearn_estimator=Ridge(), x_col="components", y_col="y")
    result = Pipeline(stages=[keyed, then]).fit(df).transform(df)
    group = frame[frame["key"] == 2]
    components = PCA(2).fit_transform(group["features"].array.matrix)
    wanted = Ridge().fit(components, group["y"]).predict(components)
    np.testing.assert_allclose(output(result).to_numpy()[group["row"]], wanted, rtol=1e-9)


@pytest.mark.slow
def test_ten_thousand_keys_in_one_run(spark, spark_kind):
    if spark_kind == "connect":
        pytest.skip("the same job as on classic Spark, which takes its time")
    df = spark.range(0, 20_000, 1, 2).selectExpr(
        "id div 2 as key", "double(id % 2) as x", "(id % 2) * double(id div 2) as y"
    )
    keyed = KeyedEstimator(sklearn_estimator=LinearRegression(), x_col="x", y_col="y")
    model = keyed.fit(df)
    assert model.models.where("error is null").count() == 10_000
    assert model.get(777).coef_ == pytest.approx([777])
    result = to_pandas(model.transform(df.where("key % 50 = 0")), ["key", "x", "output"])
    assert len(result) == 400
    np.testing.assert_allclose(result["output"], result["key"] * result["x"], atol=1e-8)
    model.models.unpersist()


class NoFit(BaseEstimator):
    """Has nothing."""


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({}, ValueError, "sklearn_estimator must be given"),
        ({"sklearn_estimator": 5}, ValueError, "must be a scikit-learn estimator, got int"),
        ({"sklearn_estimator": NoFit()}, AttributeError, r"NoFit has no fit\(\)"),
        ({"key_cols": []}, ValueError, "key_cols must name at least one column"),
        ({"key_cols": ["estimator"]}, ValueError, "no column may be named 'estimator'"),
        ({"y_col": "y", "estimator_type": "transformer"}, ValueError, "takes no y_col, got 'y'"),
        ({"estimator_type": "predictor"}, ValueError, "needs a y_col"),
        ({"estimator_type": "regressor"}, ValueError, "estimator_type must be one of"),
        ({"output_col": "features"}, ValueError, "output_col 'features' is one of the input"),
        ({"on_error": "ignore"}, ValueError, "on_error must be 'raise' or 'null'"),
    ],
)
def test_parameters_are_checked(arguments, error, message):
    if arguments and "sklearn_estimator" not in arguments:
        arguments = {"sklearn_estimator": PCA(), **arguments}
    with pytest.raises(error, match=message):
        KeyedEstimator(**arguments)


def test_columns_are_checked(spark, df):
    keyed = KeyedEstimator(sklearn_estimator=PCA(), x_col="text")
    with pytest.raises(
        TypeError, match="column 'text' must hold numbers, arrays of numbers or vectors"
    ):
        keyed.fit(df)
    with pytest.raises(ValueError, match="no column 'nope'"):
        KeyedEstimator(sklearn_estimator=PCA(), key_cols=["nope"]).fit(df)
    labelled = df.withColumn("labels", sf.array("y"))
    with pytest.raises(TypeError, match="column 'labels' must hold numbers or strings"):
        KeyedEstimator(sklearn_estimator=Ridge(), y_col="labels").fit(labelled)
    model = KeyedEstimator(sklearn_estimator=PCA(), output_col="row").fit(df)
    with pytest.raises(ValueError, match="already has a column 'row'"):
        model.transform(df)
    holes = from_pandas(spark, pd.DataFrame({"key": [1, 1], "features": [[1.0], None]}))
    with pytest.raises(Exception, match="column 'features' has nulls"):
        KeyedEstimator(sklearn_estimator=PCA()).fit(holes)


def test_nested_keys(spark):
    df = spark.createDataFrame([(1, 2.0), (1, 3.0), (2, 5.0)], "id int, x double")
    df = df.withColumn("y", sf.col("x")).withColumn("key", sf.struct("id"))
    estimator = KeyedEstimator(sklearn_estimator=LinearRegression(), x_col="x", y_col="y")
    if spark.version < "4":
        refused = r"column 'key' is a key of type struct<id:int>: .* Spark 4\.0 or later"
        with pytest.raises(TypeError, match=refused):
            estimator.fit(df)
    else:
        assert estimator.fit(df).models.count() == 2


def test_decimal_features_and_labels(spark):
    D = decimal.Decimal
    rows = [(1, D("0.5"), D("1.0")), (1, D("1.5"), D("3.0"))]
    df = spark.createDataFrame(rows, "key int, x decimal(5,2), y decimal(5,2)")
    model = KeyedEstimator(sklearn_estimator=LinearRegression(), x_col="x", y_col="y").fit(df)
    assert model.get(1).coef_ == pytest.approx([2.0])


@pytest.mark.parametrize(
    ("keys", "column", "n_models"),
    [
        ([0.0, -0.0, float("nan"), -float("nan")], "key", 2),
        (["a", "A", "b", "B"], "key collate UTF8_LCASE", 2),
        (["a", "A", "b", "B"], "key", 4),
        ([decimal.Decimal("1.5"), decimal.Decimal("1.50"), decimal.Decimal("2"), None], "key", 3),
    ],
)
def test_keys_are_equal_where_spark_has_them_equal(spark, keys, column, n_models):
    if "collate" in column and spark.version < "4":
        pytest.skip("collations are Spark 4's")
    rows = [(key, float(x), i * 4 + x) for i, key in enumerate(keys) for x in range(4)]
    kind = {float: "double", str: "string"}.get(type(keys[0]), "decimal(5, 2)")
    df = spark.createDataFrame(rows, f"key {kind}, x double, row long").repartition(3)
    df = df.withColumn("key", sf.expr(column)).withColumn("y", sf.col("x") * 2)
    model = KeyedEstimator(sklearn_estimator=LinearRegression(), x_col="x", y_col="y").fit(df)
    fitted = model.models.collect()
    assert len(fitted) == n_models
    assert sum(row.n_rows for row in fitted) == len(rows)
    found = output(model.transform(df))
    np.testing.assert_allclose(found, [2 * x for _, x, _ in rows], atol=1e-9)
