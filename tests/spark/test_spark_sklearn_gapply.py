"""``gapply`` under its old name: cells are the objects that the package before this one gave.

Functions that a group is given to are made within tests: executors cannot import the tests.
"""

import datetime
import decimal

import numpy as np
import pandas as pd
import pytest
from pyspark.ml.linalg import DenseVector, SparseVector, Vectors, VectorUDT
from pyspark.sql import Row
from pyspark.sql import types as st

from spark_sklearn import gapply

try:
    from pyspark.testing.objects import (
        ExamplePoint,
        ExamplePointUDT,
        PythonOnlyPoint,
        PythonOnlyUDT,
    )
except ImportError:  # before Spark 4
    from pyspark.testing.sqlutils import (
        ExamplePoint,
        ExamplePointUDT,
        PythonOnlyPoint,
        PythonOnlyUDT,
    )

pytestmark = [
    pytest.mark.smoke,
    pytest.mark.filterwarnings("ignore:spark_sklearn:DeprecationWarning"),
]
TEXT = st.StructType().add("text", "string")


def kinds_of_cells(df, column):
    """Per key, the classes of a column's cells as the function gets them."""

    def look(key, values):
        found = sorted(
            {type(cell).__module__ + "." + type(cell).__name__ for cell in values[column]}
        )
        return pd.DataFrame({"text": [",".join(found)]})

    return {row.key: row.text for row in gapply(df.groupBy("key"), look, TEXT, column).collect()}


def test_vectors_are_vectors(spark):
    rows = [(1, Vectors.dense(1, 2)), (1, Vectors.sparse(2, {1: 3.0})), (2, Vectors.dense(4, 5))]
    df = spark.createDataFrame(rows, ["key", "v"])
    assert kinds_of_cells(df, "v") == {
        1: "pyspark.ml.linalg.DenseVector,pyspark.ml.linalg.SparseVector",
        2: "pyspark.ml.linalg.DenseVector",
    }

    def total(key, values):
        return pd.DataFrame({"sum": [Vectors.dense(sum(v.toArray() for v in values["v"]))]})

    schema = st.StructType().add("sum", VectorUDT())
    found = gapply(df.groupBy("key"), total, schema).sort("key").collect()
    assert found == [Row(key=1, sum=DenseVector([1, 5])), Row(key=2, sum=DenseVector([4, 5]))]
    sparse = SparseVector(3, {0: 2.0})
    given = gapply(df.groupBy("key"), lambda k, v: pd.DataFrame({"sum": [sparse]}), schema)
    assert [row.sum for row in given.collect()] == [sparse, sparse]


def test_structs_are_rows_even_with_names_twice(spark):
    struct = st.StructType().add("a", "long").add("a", "long")
    schema = st.StructType().add("key", "long").add("s", struct)
    df = spark.createDataFrame([(1, (1, 2)), (1, (3, 4)), (2, (5, 2**60 + 1))], schema)
    assert set(kinds_of_cells(df, "s").values()) == {"pyspark.sql.types.Row"}

    def total(key, values):
        x = int(values["s"].apply(sum).sum())
        return pd.DataFrame.from_records([((x, np.int64(x)),)])

    result = gapply(df.groupBy("key"), total, st.StructType().add("s", struct), "s")
    found = {row.key: tuple(row.s) for row in result.collect()}
    assert found == {1: (10, 10), 2: (2**60 + 6, 2**60 + 6)}


@pytest.mark.parametrize(
    ("point", "kind"),
    [(ExamplePoint, ExamplePointUDT), (PythonOnlyPoint, PythonOnlyUDT)],
)
def test_user_defined_types_are_their_objects(spark, point, kind):
    schema = st.StructType().add("key", "long").add("p", kind())
    df = spark.createDataFrame([(1, point(1.0, 2.0)), (1, point(3.0, 4.0))], schema)
    assert kinds_of_cells(df, "p") == {1: f"{point.__module__}.{point.__name__}"}

    def total(key, values):
        x = float(values["p"].apply(lambda p: p.x + p.y).sum())
        return pd.DataFrame({"p": [type(values["p"][0])(x, x)]})

    result = gapply(df.groupBy("key"), total, st.StructType().add("p", kind()))
    assert result.collect()[0].p == point(10.0, 10.0)


def test_every_other_kind_of_cell(spark):
    row = (
        1, [1, None, 2**60 + 1], {"a": [1.5, None]}, datetime.date(2020, 1, 2),
        datetime.datetime(2020, 1, 2, 3, 4, 5, 6), decimal.Decimal("1.50"), bytearray(b"\x00\xff"),
    )  # fmt: skip
    schema = (
        "key long, l array<long>, m map<string, array<double>>, d date, t timestamp, n decimal(5, 2),"
        " b binary"
    )
    df = spark.createDataFrame([row], schema)

    def echo(key, values):
        assert values["l"][0] == [1, None, 2**60 + 1]
        assert values["m"][0] == {"a": [1.5, None]}
        assert values["d"][0] == datetime.date(2020, 1, 2)
        return values

    result = gapply(df.groupBy("key"), echo, st.StructType(df.schema.fields[1:]))
    assert tuple(result.collect()[0]) == row


def test_a_key_column_may_be_in_the_schema_again(spark):
    df = spark.createDataFrame([(1, 2), (1, 3), (4, 5)], "a long, b long")
    schema = st.StructType().add("a", "long").add("b", "long")

    def total(key, values):
        return pd.DataFrame({"a": [-1], "b": [values["b"].sum()]})

    result = gapply(df.groupBy("a"), total, schema, "b")
    assert result.columns == ["a", "a", "b"]
    assert sorted(tuple(row) for row in result.collect()) == [(1, 1, 5), (4, 4, 5)]
    nothing = gapply(df.limit(0).groupBy("a"), lambda k, v: pd.DataFrame(), schema, "b")
    assert nothing.collect() == []


def test_keys_columns_and_numbers(spark):
    df = spark.createDataFrame(
        [(1, "x", 2, 0.5), (1, "x", 3, None)], "k long, `l.m` string, n int, y double"
    )

    def look(key, values):
        assert key == (1, "x"), key
        assert values.columns.tolist() == ["y", "n"], values.columns
        assert str(values["n"].dtype) == "int64", values.dtypes
        assert values["y"].isna().sum() == 1
        return pd.DataFrame.from_records([(int(values["n"].sum()), 1)])

    schema = st.StructType().add("n", "integer").add("y", "double")
    result = gapply(df.groupBy("k", "`l.m`"), look, schema, "y", "n")
    assert [tuple(row) for row in result.collect()] == [(1, "x", 5, 1.0)]
    by_expression = gapply(
        df.groupBy((df.n % 2).alias("odd")),
        lambda k, v: v[["n"]],
        st.StructType([schema["n"]]),
        "n",
    )
    assert sorted(tuple(row) for row in by_expression.collect()) == [(0, 2), (1, 3)]


def test_without_group_columns(spark):
    df = spark.createDataFrame([(1, 2), (1, 3)], "key long, val long")
    spark.conf.set("spark.sql.retainGroupColumns", "false")
    try:
        schema = st.StructType().add("val", "long")
        result = gapply(
            df.groupBy("key"), lambda key, v: v[["val"]].sum().to_frame().T, schema, "val"
        )
        assert result.columns == ["val"]
        assert [tuple(row) for row in result.collect()] == [(5,)]
    finally:
        spark.conf.set("spark.sql.retainGroupColumns", "true")


def test_arguments_and_results_are_checked(spark):
    df = spark.createDataFrame([(1, 2)], "key long, val long")
    grouped, schema = df.groupBy("key"), st.StructType().add("val", "long")
    for arguments in (
        (st.LongType(), "val"),
        (schema, "*"),
        (schema, "val", "*"),
        (schema, "val", "val"),
    ):
        with pytest.raises(ValueError, match=r"schema must be|not '\*'|more than once"):
            gapply(grouped, lambda key, values: values, *arguments)
    with pytest.raises(Exception, match=r"gapply, group key=1: column 'val'.*is not of type int64"):
        gapply(grouped, lambda key, values: pd.DataFrame({"val": ["x"]}), schema).collect()
