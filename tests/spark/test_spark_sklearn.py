"""Scripts written for the package before this one: its README's and documentation's examples, retyped.

Classic Spark hands them ``sc``; on Connect, which has no context, they pass the session instead.
"""

import numpy as np
import pandas as pd
import pytest
from pyspark.ml.classification import LogisticRegressionModel
from pyspark.ml.linalg import Matrices, MatrixUDT, Vectors
from pyspark.ml.regression import LinearRegressionModel
from pyspark.sql import Row
from pyspark.sql.functions import udf
from pyspark.sql.types import LongType, StructType
from scipy.sparse import csr_matrix
from sklearn import datasets, svm
from sklearn.base import clone
from sklearn.cluster import DBSCAN, KMeans
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV as Reference
from sklearn.model_selection import RandomizedSearchCV as RandomizedReference

import spark_sklearn
import spark_sklearn.util
import tenfold

pytestmark = [
    pytest.mark.smoke,
    pytest.mark.filterwarnings("ignore:spark_sklearn:DeprecationWarning"),
]


@pytest.fixture(scope="module")
def sc(spark, spark_kind):
    return spark if spark_kind == "connect" else spark.sparkContext


def lines(capsys):
    return [line.strip() for line in capsys.readouterr().out.splitlines() if line.strip()]


def test_readme_grid_search(sc):
    from spark_sklearn import GridSearchCV

    iris = datasets.load_iris()
    parameters = {"kernel": ("linear", "rbf"), "C": [1, 10]}
    svr = svm.SVC(gamma="auto")
    clf = GridSearchCV(sc, svr, parameters)
    clf.fit(iris.data, iris.target)

    reference = Reference(svr, parameters, cv=3, return_train_score=True).fit(
        iris.data, iris.target
    )
    assert isinstance(clf, tenfold.GridSearchCV)
    assert clf.best_params_ == reference.best_params_
    for name, values in reference.cv_results_.items():
        if "time" not in name:
            np.testing.assert_array_equal(clf.cv_results_[name], values)
    assert (clf.predict(iris.data) == reference.predict(iris.data)).all()


def test_blog_post_grid_search_without_a_context():
    from spark_sklearn import GridSearchCV

    digits = datasets.load_digits()
    X, y = digits.data[:300], digits.target[:300]
    param_grid = {
        "max_depth": [3, None],
        "max_features": [1, 3],
        "min_samples_leaf": [1, 3],
        "bootstrap": [True, False],
        "criterion": ["gini", "entropy"],
        "n_estimators": [5, 10],
    }
    gs = GridSearchCV(RandomForestClassifier(random_state=0), param_grid=param_grid)
    gs.fit(X, y)
    reference = Reference(RandomForestClassifier(random_state=0), param_grid, cv=3).fit(X, y)
    scores = reference.cv_results_["mean_test_score"]
    np.testing.assert_array_equal(gs.cv_results_["mean_test_score"], scores)


def test_documentations_randomized_search(sc):
    from spark_sklearn.random_search import RandomizedSearchCV

    iris = datasets.load_iris()
    parameters = {"kernel": ("linear", "rbf"), "C": range(1, 10)}
    svr = svm.SVC()
    clf = RandomizedSearchCV(sc, svr, parameters, random_state=4)
    clf.fit(iris.data, iris.target)
    reference = RandomizedReference(svr, parameters, random_state=4, cv=3)
    reference.fit(iris.data, iris.target)
    assert clf.best_params_ == reference.best_params_
    assert clf.estimator.get_params() == svr.get_params()


def test_old_keywords_of_searches(sc):
    from spark_sklearn.grid_search import GridSearchCV

    X, y = datasets.load_iris(return_X_y=True)
    weights = np.linspace(1, 2, len(y))
    with pytest.warns(DeprecationWarning, match="iid has no effect"):
        clf = GridSearchCV(
            sc, LogisticRegression(), {"C": [0.1, 1]}, None, {"sample_weight": weights}, 1, False
        )
    clf.fit(X, y)
    reference = Reference(LogisticRegression(), {"C": [0.1, 1]}, cv=3).fit(
        X, y, sample_weight=weights
    )
    np.testing.assert_array_equal(
        clf.cv_results_["mean_test_score"], reference.cv_results_["mean_test_score"]
    )
    again = clone(GridSearchCV(sc=sc, estimator=LogisticRegression(), param_grid={"C": [1]}, cv=4))
    assert again.cv == 4


def test_documentations_keyed_models(spark, capsys):
    from spark_sklearn.keyed_models import KeyedEstimator

    df = spark.createDataFrame(
        [
            (user, Vectors.dense([i, i**2, i**3]), 0.0 + user + i + 2 * i**2 + 3 * i**3)
            for user in range(3)
            for i in range(5)
        ]
    )
    df = df.toDF("key", "features", "y")
    km = KeyedEstimator(sklearnEstimator=LinearRegression(), yCol="y").fit(df)

    def printFloat(x):
        return f"{round(x, 2):.2f}"

    def printModel(model):
        coef = "[" + ", ".join(map(printFloat, model.coef_)) + "]"
        return f"intercept: {printFloat(abs(model.intercept_))} coef: {coef}"

    assert km.keyedModels.columns == ["key", "estimator"]
    assert km.keyedModels.dtypes[1][1] in ("sklearn-estimator", "estimatorudt")
    printed = udf(printModel)("estimator").alias("linear fit")
    capsys.readouterr()
    km.keyedModels.select("key", printed).sort("key").show(truncate=False)
    assert "|2  |intercept: 2.00 coef: [1.00, 2.00, 3.00]|" in lines(capsys)

    test = spark.createDataFrame([(0, Vectors.dense(3, 1, -1))]).toDF("key", "features")
    km.transform(test).withColumn("output", udf(printFloat)("output")).show()
    assert "|  0|[3.0,1.0,-1.0]|  2.00|" in lines(capsys)


def test_documentations_keyed_clustering(spark):
    df = spark.createDataFrame(
        [(user, Vectors.dense([i, i**2])) for user in range(2) for i in range(5)]
    ).toDF("key", "features")
    km = spark_sklearn.KeyedEstimator(sklearnEstimator=KMeans(random_state=0, n_clusters=2)).fit(df)
    assert isinstance(km, spark_sklearn.KeyedModel)
    assert km.sklearnEstimatorType == "clusterer"

    def getCentroids(kmeans):
        n_clusters, n_features = kmeans.cluster_centers_.shape
        return Matrices.dense(n_clusters, n_features, kmeans.cluster_centers_.reshape(-1))

    centroids = udf(getCentroids, MatrixUDT())("estimator").alias("centroids")
    rows = km.keyedModels.select("key", centroids).sort("key").collect()
    assert [row.centroids.numRows for row in rows] == [2, 2]
    assert km.transform(df.limit(1)).withColumnRenamed("output", "cluster label").columns[-1] == (
        "cluster label"
    )


def test_old_checks_of_keyed_estimators():
    KeyedEstimator = spark_sklearn.KeyedEstimator
    assert KeyedEstimator(sklearnEstimator=PCA()).sklearnEstimatorType == "transformer"
    assert KeyedEstimator(sklearnEstimator=DBSCAN()).sklearnEstimatorType == "clusterer"
    assert KeyedEstimator(
        sklearnEstimator=KMeans(), estimatorType="transformer"
    ).sklearnEstimatorType == ("transformer")
    wrong = [
        {},
        {"sklearnEstimator": 5},
        {"sklearnEstimator": PCA(), "keyCols": []},
        {"sklearnEstimator": PCA(), "keyCols": ["key", "estimator"]},
        {"sklearnEstimator": PCA(), "xCol": "estimator"},
        {"sklearnEstimator": LinearRegression(), "yCol": "y", "estimatorType": "clusterer"},
    ]
    for arguments in wrong:
        with pytest.raises(ValueError, match=r"\w"):
            KeyedEstimator(**arguments)


def test_documentations_gapply(spark, capsys):
    from spark_sklearn.group_apply import gapply

    df = spark.createDataFrame(
        [
            Row(course="dotNET", year=2012, earnings=10000),
            Row(course="Java", year=2012, earnings=20000),
            Row(course="dotNET", year=2012, earnings=5000),
            Row(course="dotNET", year=2013, earnings=48000),
            Row(course="Java", year=2013, earnings=30000),
        ]
    ).select("course", "year", "earnings")

    def yearlyMedian(_, vals):
        all_years = set(vals["year"])
        yearly_median = [
            (year, int(vals["earnings"][vals["year"] == year].median())) for year in all_years
        ]
        return pd.DataFrame.from_records(yearly_median)

    newSchema = StructType().add("year", LongType()).add("median_earnings", LongType())
    capsys.readouterr()
    gapply(df.groupBy("course"), yearlyMedian, newSchema).orderBy("median_earnings").show()
    assert lines(capsys)[3:7] == [
        "|dotNET|2012|           7500|",
        "|  Java|2012|          20000|",
        "|  Java|2013|          30000|",
        "|dotNET|2013|          48000|",
    ]

    def twoKeyYearlyMedian(_, vals):
        return pd.DataFrame.from_records([(int(vals["earnings"].median()),)])

    newSchema = StructType([df.schema["earnings"]])
    result = gapply(df.groupBy("course", "year"), twoKeyYearlyMedian, newSchema, "earnings")
    result.orderBy("earnings").show()
    assert lines(capsys)[3] == "|dotNET|2012|    7500|"


def test_converter_of_models(sc):
    X = np.random.default_rng(0).normal(size=(50, 3))
    y = (X[:, 0] > 0).astype(int)
    converter = spark_sklearn.Converter(sc)
    for estimator, kind in (
        (LogisticRegression(), LogisticRegressionModel),
        (LinearRegression(), LinearRegressionModel),
    ):
        estimator.fit(X, y)
        model = converter.toSpark(estimator)
        assert isinstance(model, kind)
        assert Vectors.dense(estimator.coef_.flatten()) == model.coefficients
        assert model.intercept == estimator.intercept_
        back = converter.toSKLearn(model)
        assert type(back) is type(estimator)
        np.testing.assert_array_equal(back.predict(X), estimator.predict(X))


def test_converter_to_pandas(spark, sc):
    data = [(Vectors.dense([0.1, 0.2]),), (Vectors.sparse(2, {0: 0.3, 1: 0.4}),)]
    frame = spark_sklearn.Converter(sc).toPandas(spark.createDataFrame(data, ["features"]))
    assert len(frame) == 2
    assert isinstance(frame.features[0], csr_matrix)
    assert frame.features[0][0, 0] == 0.1
    assert frame.features[1][0, 1] == 0.4


def test_csr_matrices_as_cells(spark):
    df = spark.createDataFrame([(csr_matrix([[0.1, 0, 0.2]]),)], ["features"])
    cell = df.toPandas().features[0]
    assert isinstance(cell, csr_matrix)
    assert cell.shape == (1, 3)
    np.testing.assert_array_equal(cell.toarray(), [[0.1, 0, 0.2]])
    with pytest.raises(ValueError, match="a cell holds one row, the matrix has 2"):
        spark_sklearn.CSRVectorUDT().serialize(csr_matrix(np.eye(2)))


@pytest.mark.filterwarnings("always:spark_sklearn:DeprecationWarning")
@pytest.mark.parametrize(
    ("use", "now"),
    [
        (lambda: spark_sklearn.GridSearchCV(svm.SVC(), {}), r"write tenfold\.GridSearchCV\("),
        (lambda: spark_sklearn.RandomizedSearchCV(svm.SVC(), {}), r"tenfold\.RandomizedSearchCV\("),
        (lambda: spark_sklearn.Converter(), r"the functions of tenfold\.spark"),
        (lambda: spark_sklearn.KeyedEstimator(PCA()), r"write tenfold\.spark\.KeyedEstimator\("),
    ],
)
def test_each_name_says_what_to_write_now(use, now):
    with pytest.warns(DeprecationWarning, match=now) as caught:
        use()
    assert len(caught) == 1
    assert caught[0].filename == __file__


def test_the_old_modules_are_there():
    assert spark_sklearn.udt.CSRVectorUDT is spark_sklearn.CSRVectorUDT
    assert callable(spark_sklearn.util.createLocalSparkSession)
    assert set(spark_sklearn.__all__) >= {"Converter", "CSRVectorUDT", "GridSearchCV", "gapply"}


def test_the_old_session_gives_structs_as_rows(spark, spark_kind):
    if spark_kind == "connect":
        pytest.skip("the old session is a classic one")
    before = spark.conf.get("spark.sql.execution.pandas.structHandlingMode")
    try:
        session = spark_sklearn.util.createLocalSparkSession()
        value = session.sql("select struct(1 as a, 2 as b) as both").toPandas()["both"][0]
        assert value == (1, 2)
        assert hash(value) == hash((1, 2))
    finally:
        spark.conf.set("spark.sql.execution.pandas.structHandlingMode", before)


def test_keyed_parameters_by_their_old_names(spark):
    keyed = spark_sklearn.KeyedEstimator(sklearnEstimator=LinearRegression(), yCol="y", xCol="x")
    model = spark_sklearn.KeyedModel(keyed, None, None)
    for one in (keyed, model):
        assert (
            one.getOrDefault("yCol")
            == one.getOrDefault(one.yCol)
            == one.getOrDefault("y_col")
            == "y"
        )
        assert one.getOrDefault("keyCols") == ["key"]
        assert one.getOrDefault("outputCol") == "output"
        assert one.getOrDefault(one.xCol) == "x"
        assert one.getOrDefault("estimatorType") == "predictor"
        assert isinstance(one.getOrDefault(one.sklearnEstimator), LinearRegression)
        assert one.hasParam("yCol")
        assert not one.hasParam("zCol")
