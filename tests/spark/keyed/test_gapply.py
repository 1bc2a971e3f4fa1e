"""gapply: a pandas function on every group."""

import numpy as np
import pandas as pd
import pytest
from pyspark.sql import types as st

from tenfold.spark import from_pandas, gapply, to_pandas

FRAME = pd.DataFrame({"key": [1, 1, 2, 3, 3, 3], "a": range(6), "b": list("uvwxyz")})
LONG = st.StructType().add("total", st.LongType())


@pytest.fixture(scope="module")
def df(spark):
    return from_pandas(spark, FRAME)


@pytest.fixture
def total():
    # Not a module's function: executors cannot import the tests.
    return lambda key, values: pd.DataFrame.from_records([(values["a"].sum(),)])


def sorted_rows(df):
    return sorted(tuple(row) for row in df.collect())


def test_one_key_is_passed_bare_and_put_before_the_result(df):
    def tenfold_key(key, values):
        assert isinstance(key, int)
        return pd.DataFrame({"total": [key * 10 + len(values)]})

    result = gapply(df.groupBy("key"), tenfold_key, LONG)
    assert result.columns == ["key", "total"]
    assert sorted_rows(result) == [(1, 12), (2, 21), (3, 33)]


def test_several_keys_are_a_tuple_in_the_order_of_grouping(df):
    def joined(key, values):
        return pd.DataFrame({"text": [f"{key[0]}{key[1]}"]})

    result = gapply(df.groupBy("b", "key"), joined, st.StructType().add("text", "string"))
    assert result.columns == ["b", "key", "text"]
    assert sorted_rows(result)[0] == ("u", 1, "u1")


def test_columns_are_all_but_the_keys_or_those_named(df):
    def names(key, values):
        return pd.DataFrame({"names": [",".join(values.columns)]})

    schema = st.StructType().add("names", "string")
    assert gapply(df.groupBy("key"), names, schema).first().names == "a,b"
    assert gapply(df.select("b", "key", "a").groupBy("key"), names, schema).first().names == "b,a"
    assert gapply(df.groupBy("key"), names, schema, "b").first().names == "b"


def test_results_by_position_or_by_name(df):
    schema = st.StructType().add("x", "long").add("y", "double")

    def by_name(key, values):
        return pd.DataFrame({"y": [0.5], "x": [7]})

    def by_position(key, values):
        return pd.DataFrame.from_records([(7, 0.5)])

    for function in (by_name, by_position):
        assert sorted_rows(gapply(df.groupBy("key"), function, schema)) == [
            (k, 7, 0.5) for k in (1, 2, 3)
        ]


def test_no_rows_and_many_rows(df, total):
    def repeated(key, values):
        return pd.DataFrame({"total": np.arange(key - 1)})

    assert sorted_rows(gapply(df.groupBy("key"), repeated, LONG)) == [(2, 0), (3, 0), (3, 1)]
    assert gapply(df.limit(0).groupBy("key"), total, LONG).collect() == []


def test_nothing_returned_at_all(df):
    assert (
        gapply(df.groupBy("key"), lambda k, v: pd.DataFrame.from_records([]), LONG).collect() == []
    )


def test_without_group_columns(spark, df):
    spark.conf.set("spark.sql.retainGroupColumns", "false")
    try:
        seen_empty = gapply(
            df.groupBy("key"), lambda key, v: pd.DataFrame({"total": [len(key)]}), LONG, "a"
        )
        assert seen_empty.columns == ["total"]
        assert sorted_rows(seen_empty) == [(0,), (0,), (0,)]
    finally:
        spark.conf.set("spark.sql.retainGroupColumns", "true")


def test_grouping_by_an_expression(df, total):
    result = gapply(df.groupBy((df.key % 2).alias("odd")), total, LONG, "a")
    assert sorted_rows(result) == [(0, 2), (1, 13)]


def test_null_keys_and_null_values(spark):
    frame = pd.DataFrame({"key": ["a", None], "x": [1.0, None]})
    schema = st.StructType().add("key_was", "string").add("x", "double")

    def echo(key, values):
        return pd.DataFrame({"key_was": [str(key)], "x": values["x"].to_numpy()})

    result = to_pandas(gapply(from_pandas(spark, frame).groupBy("key"), echo, schema))
    assert sorted(result["key_was"]) == ["None", "a"]
    assert result["x"].isna().sum() == 1


@pytest.mark.parametrize(
    ("result", "kind", "message"),
    [
        ({"total": ["x"]}, st.LongType(), "column 'total'.*is not of type int64"),
        ({"total": [1.5]}, st.LongType(), "column 'total'.*is not of type int64"),
        (
            {"total": [1], "more": [2]},
            st.LongType(),
            r"2 columns \(total, more\), the schema has 1",
        ),
        ([1], st.LongType(), "must return a pandas DataFrame, got list"),
        ({"total": [2**40]}, st.IntegerType(), "column 'total'.*is not of type int32"),
    ],
)
def test_a_result_that_is_not_of_the_schema_names_column_and_group(df, result, kind, message):
    def wrong(key, values):
        return pd.DataFrame(result) if isinstance(result, dict) else result

    with pytest.raises(Exception, match=f"gapply, group key=[123]: .*{message}"):
        gapply(df.groupBy("key"), wrong, st.StructType().add("total", kind)).collect()


def test_nulls_where_the_schema_allows_none(df):
    schema = st.StructType().add("total", st.DoubleType(), False)
    with pytest.raises(Exception, match="column 'total' has nulls"):
        gapply(df.groupBy("key"), lambda k, v: pd.DataFrame({"total": [None]}), schema).collect()


@pytest.mark.parametrize(
    ("schema", "cols", "message"),
    [
        (st.LongType(), [], "schema must be a StructType, got LongType"),
        (LONG, ["a", "*"], r"not '\*'"),
        (LONG, ["a", "a"], "names 'a' more than once"),
        (LONG, ["nope"], "no column 'nope'"),
        (st.StructType().add("key", "long"), [], "column 'key', which is a key column already"),
    ],
)
def test_arguments_are_checked(df, total, schema, cols, message):
    with pytest.raises(ValueError, match=message):
        gapply(df.groupBy("key"), total, schema, *cols)


def test_what_is_not_grouped(total):
    with pytest.raises(TypeError, match=r"must be what df\.groupBy"):
        gapply(5, total, LONG)
