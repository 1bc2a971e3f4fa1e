"""What goes to Spark comes back: properties over frames and matrices of every supported kind."""

import datetime

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as hs
from hypothesis.extra import numpy as hn
from pyspark.ml.linalg import Vectors

import tenfold.spark as ts

pytestmark = pytest.mark.smoke

few = settings.get_profile("session")
FLOATS = hs.floats(allow_nan=True, allow_infinity=True)
TEXT = hs.one_of(hs.none(), hs.text(hs.characters(codec="utf-8"), max_size=5))
TIMES = hs.datetimes(datetime.datetime(1900, 1, 1), datetime.datetime(2100, 1, 1))


@hs.composite
def vector_columns(draw, n_rows):
    width = draw(hs.integers(1, 4))
    elements = hs.one_of(hs.just(0.0), hs.floats(allow_nan=False))
    matrix = draw(hn.arrays(np.float64, (n_rows, width), elements=elements))
    nulls = draw(hn.arrays(bool, n_rows))
    matrix[nulls] = 0
    if nulls.all():
        nulls[0] = False
    return ts.VectorArray(sp.csr_matrix(matrix) if draw(hs.booleans()) else matrix, nulls)


@hs.composite
def frames(draw):
    n = draw(hs.integers(1, 6))

    def column(elements):
        return draw(hs.lists(elements, min_size=n, max_size=n))

    times = pd.array(column(hs.one_of(hs.none(), TIMES)), dtype="datetime64[us]")
    return pd.DataFrame(
        {
            "long": np.array(column(hs.integers(-(2**63), 2**63 - 1)), np.int64),
            "byte": np.array(column(hs.integers(-128, 127)), np.int8),
            "double": np.array(column(FLOATS)),
            "float": np.array(column(hs.floats(width=32)), np.float32),
            "bool": np.array(column(hs.booleans())),
            "text": pd.Series(column(TEXT), dtype=object),
            "bytes": pd.Series(column(hs.one_of(hs.none(), hs.binary(max_size=4))), dtype=object),
            "time": times,
            "list": pd.Series(
                [np.array(v) for v in column(hs.lists(FLOATS, max_size=3))], dtype=object
            ),
            "vector": draw(vector_columns(n)),
            "other vector": draw(vector_columns(n)),
        }
    )


def assert_same(frame, back):
    assert list(back.columns) == list(frame.columns)
    for name in frame.columns:
        got, wanted = back[name], frame[name]
        if isinstance(wanted.array, ts.VectorArray):
            np.testing.assert_array_equal(got.isna(), wanted.isna())
            np.testing.assert_array_equal(got.array.to_dense(), wanted.array.to_dense())
            assert sp.issparse(got.array.matrix) == sp.issparse(wanted.array.matrix)
        elif name == "list":
            for a, b in zip(got, wanted, strict=True):
                np.testing.assert_array_equal(np.asarray(a, float), np.asarray(b, float))
        else:
            pd.testing.assert_series_equal(got, wanted)


@few
@given(frame=frames())
def test_pandas(spark, frame):
    assert_same(frame, ts.to_pandas(ts.from_pandas(spark, frame)))


@few
@given(frame=frames())
def test_arrow(spark, frame):
    table = ts.to_arrow(ts.from_pandas(spark, frame))
    again = ts.to_arrow(ts.from_arrow(spark, table))
    assert again.schema.equals(table.schema)
    # The text tells NaN and -0.0 apart from other values, and NaN is not equal to itself.
    assert repr(again.to_pylist()) == repr(table.to_pylist())


@few
@given(X=hn.arrays(np.float64, hs.tuples(hs.integers(1, 6), hs.integers(1, 4)), elements=FLOATS))
def test_numpy_as_vectors_and_as_columns(spark, X):
    vectors = ts.from_numpy(spark, X, y=np.arange(len(X)))
    assert ts.to_numpy(vectors, "features").tobytes() == X.tobytes()
    names = [f"x{i}" for i in range(X.shape[1])]
    np.testing.assert_array_equal(ts.to_numpy(ts.from_numpy(spark, X, names)), X)
    features, label = ts.to_xy(vectors, "features", "label")
    np.testing.assert_array_equal(features, X)
    np.testing.assert_array_equal(label, np.arange(len(X)))


@few
@given(
    dense=hn.arrays(
        np.float64,
        hs.tuples(hs.integers(1, 6), hs.integers(1, 6)),
        elements=hs.one_of(hs.just(0.0), hs.floats(allow_nan=False)),
    ),
    kind=hs.sampled_from(["csr", "csc", "coo", "lil"]),
)
def test_scipy(spark, dense, kind):
    matrix = sp.csr_matrix(dense).asformat(kind)
    back = ts.to_scipy(ts.from_scipy(spark, matrix), "features")
    expected = sp.csr_matrix(matrix)
    for name in ("data", "indices", "indptr"):
        np.testing.assert_array_equal(getattr(back, name), getattr(expected, name))
    assert back.shape == expected.shape


def test_sparks_own_vectors_arrive_as_such(spark):
    df = ts.from_scipy(spark, sp.csr_matrix([[0, 2.0, 0]]), y=["yes"])
    row = df.first()
    assert row.features == Vectors.sparse(3, [1], [2.0])
    assert row.label == "yes"
    row = ts.from_numpy(spark, [[1.0, 2.0]]).first()
    assert row.features == Vectors.dense([1, 2])


def test_pandas_columns_of_vector_objects(spark):
    objects = [Vectors.dense([1, 0]), None, Vectors.sparse(2, [1], [5.0])]
    rows = [sp.csr_matrix([[0, 1.0]]), sp.csr_matrix([[2.0, 0]]), None]
    frame = pd.DataFrame(
        {"v": pd.Series(objects, dtype=object), "w": pd.Series(rows, dtype=object)}
    )
    back = ts.to_pandas(ts.from_pandas(spark, frame))
    np.testing.assert_array_equal(back["v"].array.to_dense(), [[1, 0], [0, 0], [0, 5]])
    np.testing.assert_array_equal(back["w"].array.to_dense(), [[0, 1], [2, 0], [0, 0]])
    assert back["w"].isna().tolist() == [False, False, True]


def test_types_without_a_direct_counterpart(spark):
    frame = pd.DataFrame(
        {
            "category": pd.Categorical(["a", "b", "a"]),
            "unsigned": np.array([1, 2, 2**32 - 1], np.uint32),
            "half": np.array([1, 2, 3], np.float16),
            "sparse": pd.arrays.SparseArray([0.0, 0.0, 1.0]),
            "nullable": pd.array([1, None, 3], "Int64"),
            "span": pd.to_timedelta([1, 2, 3], unit="s"),
        }
    )
    back = ts.to_pandas(ts.from_pandas(spark, frame))
    assert back["category"].tolist() == ["a", "b", "a"]
    assert back["unsigned"].tolist() == [1, 2, 2**32 - 1]
    assert back["half"].tolist() == [1, 2, 3]
    assert back["sparse"].tolist() == [0, 0, 1]
    np.testing.assert_array_equal(back["nullable"], [1, np.nan, 3])
    assert back["span"].tolist() == frame["span"].tolist()


@pytest.mark.parametrize(
    ("values", "error", "message"),
    [
        ([1, "a"], TypeError, r"column 'c' holds objects of mixed type \(int, str\)"),
        ([1j], TypeError, "column 'c': dtype complex128 has no counterpart"),
        ([object()], TypeError, "column 'c': objects of type object have no counterpart"),
        (pd.period_range("2020", periods=2), TypeError, "column 'c'.*has no counterpart"),
        (np.array([2**64 - 1], np.uint64), TypeError, "column 'c': uint64 values beyond"),
        ([datetime.time(1)], TypeError, "column 'c': time64.*has no counterpart"),
        ([Vectors.dense([1]), Vectors.dense([1, 2])], ValueError, "column 'c' has rows of"),
        ([Vectors.dense([1]), "x"], TypeError, "column 'c' holds objects of mixed type"),
    ],
)
def test_what_spark_cannot_take_is_named(spark, values, error, message):
    with pytest.raises(error, match=message):
        ts.from_pandas(spark, pd.DataFrame({"c": values}))


def test_shapes_and_names_must_fit(spark):
    with pytest.raises(ValueError, match="X has 2 columns, columns has 1 names"):
        ts.from_numpy(spark, np.eye(2), ["a"])
    with pytest.raises(ValueError, match=r"y must have shape \(2,\), got \(3,\)"):
        ts.from_numpy(spark, np.eye(2), y=[1, 2, 3])
    with pytest.raises(ValueError, match="X must have 1 or 2 dimensions, got 3"):
        ts.from_numpy(spark, np.zeros((1, 1, 1)))
    with pytest.raises(ValueError, match="column 'a' is there more than once"):
        ts.from_pandas(spark, pd.DataFrame([[1, 2]], columns=["a", "a"]))
    with pytest.raises(TypeError, match="column 0: Spark's columns are named by strings"):
        ts.from_pandas(spark, pd.DataFrame([[1]]))
    with pytest.raises(TypeError, match="matrix must be sparse, got ndarray"):
        ts.from_scipy(spark, np.eye(2))
    with pytest.raises(TypeError, match=r"table must be a pyarrow\.Table"):
        ts.from_arrow(spark, pd.DataFrame())


def test_timestamps_with_and_without_a_zone(spark):
    moment = datetime.datetime(2024, 5, 6, 7, 8, 9)
    zoned = pa.array([moment], pa.timestamp("ms", tz="Europe/Berlin"))
    df = ts.from_arrow(spark, pa.table({"zoned": zoned, "naive": pa.array([moment])}))
    assert dict(df.dtypes) == {"zoned": "timestamp", "naive": "timestamp_ntz"}
    assert ts.to_arrow(df)["naive"][0].as_py() == moment
    assert ts.to_arrow(df)["zoned"][0].as_py().timestamp() == zoned[0].as_py().timestamp()


def test_naive_times_are_of_the_sessions_zone(spark):
    spark.conf.set("spark.sql.session.timeZone", "America/New_York")
    try:
        frame = pd.DataFrame({"t": pd.to_datetime(["2024-01-01 06:00:00", "2024-07-01 06:00:00"])})
        df = ts.from_pandas(spark, frame)
        assert [row.h for row in df.selectExpr("hour(t) as h").collect()] == [6, 6]
        assert ts.to_pandas(df)["t"].tolist() == frame["t"].tolist()
        assert ts.to_arrow(df)["t"][0].as_py().hour == 11
    finally:
        spark.conf.set("spark.sql.session.timeZone", "UTC")


def test_timestamps_inside_other_values(spark):
    frame = pd.DataFrame({"when": [[datetime.datetime(2024, 1, 1)], None]})
    if spark.version.startswith("3."):
        with pytest.raises(TypeError, match=r"column 'when': Spark 3\.5 cannot take timestamps"):
            ts.from_pandas(spark, frame)
    else:
        first = ts.from_pandas(spark, frame).first()
        assert first.when[0].date() == datetime.date(2024, 1, 1)
