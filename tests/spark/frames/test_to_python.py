"""Spark DataFrames to pandas, NumPy, SciPy and Arrow."""

import datetime
import decimal

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from pyspark.ml.linalg import Vectors

import tenfold.spark as ts


@pytest.fixture(scope="module")
def many_kinds(spark):
    day = datetime.datetime(2020, 1, 1, 12, 30, 0, 123456)
    kinds = "i int, d double, s string, b boolean, t timestamp, a array<double>, m decimal(6,2)"
    rows = [
        (1, 2.5, "a", True, day, [1.0, 2.0], decimal.Decimal("1.25")),
        (2, None, None, None, None, [3.0, 4.0], None),
        (None, 3.5, "é", False, datetime.datetime(1500, 1, 1), [5.0, None], decimal.Decimal("-3")),
    ]
    return spark.createDataFrame(rows, kinds)


@pytest.fixture(scope="module")
def mixed_vectors(spark):
    rows = [
        (0, Vectors.dense([1, 2.0])),
        (1, Vectors.sparse(2, [1], [3.0])),
        (2, Vectors.dense([0, 7])),
    ]
    return spark.createDataFrame(rows, ["i", "v"])


def test_scalars_and_nulls_to_pandas(many_kinds):
    frame = ts.to_pandas(many_kinds)
    assert list(frame.columns) == ["i", "d", "s", "b", "t", "a", "m"]
    np.testing.assert_array_equal(frame["i"], [1, 2, np.nan])
    assert frame["s"].tolist() == ["a", None, "é"]
    assert frame["b"].tolist() == [True, None, False]
    assert frame["t"][0] == pd.Timestamp("2020-01-01 12:30:00.123456")
    assert frame["t"].isna().tolist() == [False, True, False]
    assert frame["t"][2].year == 1500
    np.testing.assert_array_equal(frame["a"][2], [5.0, np.nan])
    assert frame["m"].tolist() == [decimal.Decimal("1.25"), None, decimal.Decimal("-3.00")]


def test_pandas_agrees_with_sparks_own(spark):
    df = spark.range(1000).selectExpr(
        "id", "id / 7 as x", "cast(id as string) as s", "id % 2 = 0 as b"
    )
    pd.testing.assert_frame_equal(ts.to_pandas(df), df.toPandas())


def test_columns_are_chosen_in_order_and_unknown_ones_named(many_kinds):
    assert list(ts.to_pandas(many_kinds, ["s", "i"]).columns) == ["s", "i"]
    with pytest.raises(ValueError, match="no column 'x'"):
        ts.to_pandas(many_kinds, ["x"])


def test_names_with_dots_and_repeated_names(spark):
    df = spark.range(2).selectExpr("id as `a.b`", "id + 1 as `c``d`")
    np.testing.assert_array_equal(ts.to_numpy(df, ["c`d", "a.b"]), [[1, 0], [2, 1]])
    twice = spark.range(2).selectExpr("id as x", "id * 2 as x")
    assert ts.to_pandas(twice).to_numpy().tolist() == [[0, 0], [1, 2]]


def test_order_of_many_partitions_is_kept(spark):
    df = spark.range(0, 50_000, 1, 17).selectExpr("id", "cast(id as string) as s", "id * 0.5d as x")
    frame = ts.to_pandas(df)
    np.testing.assert_array_equal(frame["id"], np.arange(50_000))
    np.testing.assert_array_equal(frame["x"], np.arange(50_000) * 0.5)
    assert frame["s"][44_321] == "44321"


def test_vectors_in_each_form(mixed_vectors):
    expected = np.array([[1, 2], [0, 3], [0, 7.0]])
    auto = ts.to_pandas(mixed_vectors)["v"].array
    assert sp.issparse(auto.matrix)
    np.testing.assert_array_equal(auto.to_dense(), expected)
    dense = ts.to_pandas(mixed_vectors, vectors="dense")["v"]
    np.testing.assert_array_equal(np.stack(dense), expected)
    np.testing.assert_array_equal(ts.to_numpy(mixed_vectors, "v"), expected)
    sparse = ts.to_scipy(mixed_vectors, "v")
    assert sparse.nnz == 4
    np.testing.assert_array_equal(sparse.toarray(), expected)


def test_numpy_of_several_columns(many_kinds):
    values = ts.to_numpy(many_kinds, ["i", "d", "b", "a", "m"])
    expected = [
        [1, 2.5, 1, 1, 2, 1.25],
        [2, np.nan, np.nan, 3, 4, np.nan],
        [np.nan, 3.5, 0, 5, np.nan, -3],
    ]
    np.testing.assert_array_equal(values, expected)
    assert ts.to_numpy(many_kinds, "s").tolist() == ["a", None, "é"]
    assert ts.to_numpy(many_kinds, "t").dtype.kind == "M"


def test_numpy_dtypes(spark):
    df = spark.range(3).selectExpr("cast(id as int) as i", "cast(id as float) as f", "id as l")
    assert ts.to_numpy(df, ["i"]).dtype == np.int32
    assert ts.to_numpy(df, ["i", "l"]).dtype == np.int64
    assert ts.to_numpy(df, "f").dtype == np.float32
    assert ts.to_numpy(df, dtype=np.float32).dtype == np.float32
    nullable = spark.sql("select cast(null as int) as i union all select 1")
    with pytest.raises(ValueError, match="column 'i' has nulls, which dtype int64"):
        ts.to_numpy(nullable, dtype=np.int64)


def test_xy_in_one_go(spark, mixed_vectors):
    df = mixed_vectors.selectExpr("i", "v", "case when i = 1 then 'no' else 'yes' end as y")
    X, y = ts.to_xy(df, ["v", "i"], "y")
    np.testing.assert_array_equal(X.toarray(), [[1, 2, 0], [0, 3, 1], [0, 7, 2]])
    assert y.tolist() == ["yes", "no", "yes"]
    X, y = ts.to_xy(df, label="y", vectors="dense")
    assert X.tolist() == [[0, 1, 2], [1, 0, 3], [2, 0, 7]]
    X, Y = ts.to_xy(spark.range(2).selectExpr("id", "id as a", "id + 1 as b"), "id", ["a", "b"])
    assert (X.tolist(), Y.tolist()) == ([[0], [1]], [[0, 1], [1, 2]])
    with pytest.raises(TypeError, match="column 'y': type string is not numeric"):
        ts.to_xy(df, ["y"], "i")


def test_empty_frames_have_types_and_shapes(spark):
    df = spark.createDataFrame([], "a int, b double, s string, t timestamp")
    assert [str(t) for t in ts.to_pandas(df).dtypes] == [
        "int32",
        "float64",
        "object",
        "datetime64[us]",
    ]
    assert ts.to_numpy(df, ["a", "b"]).shape == (0, 2)
    assert ts.to_arrow(df).schema.names == ["a", "b", "s", "t"]
    assert ts.to_scipy(ts.from_scipy(spark, sp.eye(2)).limit(0), "features").shape == (0, 0)


def test_nested_values(spark):
    df = spark.sql("select named_struct('a', 1, 'b', 'x') as s, map('k', 2) as m, array('p') as a")
    row = ts.to_pandas(df).iloc[0]
    assert row["s"] == {"a": 1, "b": "x"}
    assert dict(row["m"]) == {"k": 2}
    assert list(row["a"]) == ["p"]


@pytest.mark.parametrize(
    ("query", "error", "message"),
    [
        ("select interval 1 month as span", TypeError, "column 'span': type interval month"),
        ("select array(interval 1 month) as spans", TypeError, "column 'spans': type interval"),
        (
            "select array(1d) as a union all select array(1d, 2d)",
            ValueError,
            "column 'a' has rows of",
        ),
        ("select array(1d) as a union all select null", ValueError, "column 'a' has nulls"),
        ("select 'x' as s, array(1d) as a", ValueError, "column 'a' holds several numbers"),
    ],
)
def test_what_cannot_be_carried_is_named(spark, query, error, message):
    with pytest.raises(error, match=message):
        ts.to_numpy(spark.sql(query))


def test_ragged_and_null_vectors_are_named(spark):
    ragged = spark.createDataFrame([(Vectors.dense([1, 2]),), (Vectors.dense([1]),)], ["speeds"])
    for convert in (ts.to_pandas, ts.to_numpy, lambda df: ts.to_scipy(df, "speeds")):
        with pytest.raises(ValueError, match="column 'speeds' has rows of"):
            convert(ragged)
    missing = ts.from_pandas(
        spark, pd.DataFrame({"v": ts.VectorArray(np.eye(2), np.array([False, True]))})
    )
    with pytest.raises(ValueError, match="column 'v' has nulls"):
        ts.to_numpy(missing)
    assert ts.to_pandas(missing)["v"].isna().tolist() == [False, True]


def test_more_than_memory_is_an_error_naming_the_largest_column(spark):
    df = spark.range(100_000).selectExpr("id", "repeat('x', 50) as text")
    with pytest.raises(MemoryError, match="column 'text' is the largest"):
        ts.to_pandas(df, max_bytes=1_000_000)
    assert len(ts.to_pandas(df, max_bytes=100_000_000)) == 100_000


def test_not_a_dataframe():
    with pytest.raises(TypeError, match="df must be a Spark DataFrame, got pandas"):
        ts.to_pandas(pd.DataFrame())


def test_text_where_vectors_are_wanted(spark):
    with pytest.raises(TypeError, match="column 's': type string is neither vectors nor numbers"):
        ts.to_scipy(spark.sql("select 'x' as s"), "s")


def test_errors_of_the_job_itself_come_through(spark):
    df = spark.range(10).selectExpr("raise_error(concat('boom ', id)) as x")
    with pytest.raises(Exception, match="boom"):
        ts.to_pandas(df)
    assert len(ts.to_pandas(spark.range(3))) == 3


def test_peak_memory_is_under_twice_the_result(spark):
    # Large enough for batches under way, some tens of megabytes whatever the result, to be the small part.
    n_rows, width = 500_000, 50
    df = spark.range(0, n_rows, 1, 8).selectExpr(
        "id", f"transform(sequence(1, {width}), k -> id * k * 1.0d) as a"
    )
    ts.to_numpy(df.limit(1000), "a")  # imports and first-use buffers are not the result
    before = _reset_peak()
    X = ts.to_numpy(df, "a")
    peak = _peak() - before
    assert X.shape == (n_rows, width)
    np.testing.assert_array_equal(X[:, 0], np.arange(n_rows))
    assert X.nbytes < peak < 2 * X.nbytes


def _reset_peak():
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")
    return _peak()


def _peak():
    with open("/proc/self/status") as file:
        return next(int(line.split()[1]) * 1024 for line in file if line.startswith("VmHWM"))
