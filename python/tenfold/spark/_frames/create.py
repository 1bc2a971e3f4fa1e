"""A Spark DataFrame of an Arrow table, on every version of Spark that is supported.

From 4.0 on ``createDataFrame`` takes the table. Spark 3.5 takes pandas only, where NaN would become
null; there, the table's batches go the way that the pandas form takes inside PySpark.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import types as st

from tenfold.spark._frames.schema import cast_times
from tenfold.spark._frames.stream import is_connect


def create_dataframe(spark: SparkSession, table: Any, naive_is_ntz: bool = False) -> DataFrame:
    """``createDataFrame`` of a ``pyarrow.Table``, or the error that names a column.

    Times without a zone are the session's unless ``naive_is_ntz``. Spark itself reads them: they travel as
    they are and are cast there, so hours that a change of clocks has twice or not at all are what Spark
    takes them for, at any depth and by its own table of zones.
    """
    table = pa.Table.from_arrays(
        [_plain(column) for column in table.columns], names=table.column_names
    )
    schema = _spark_schema(table.schema)
    if int(spark.version.split(".")[0]) >= 4:
        df = spark.createDataFrame(table, schema)
    elif is_connect(spark):
        raise RuntimeError(
            f"Spark Connect {spark.version} cannot take Arrow tables: use Spark 4, or a classic session"
        )
    else:
        df = _by_stream(spark, table, schema)
    return df if naive_is_ntz else cast_times(df, st.TimestampNTZType, st.TimestampType)


def _spark_schema(fields: Any) -> st.StructType:
    from pyspark.sql.pandas.types import from_arrow_type

    schema = st.StructType()
    for field in fields:
        try:
            kind = from_arrow_type(field.type, True)
        except TypeError as error:
            raise TypeError(
                f"column {field.name!r}: {field.type} has no counterpart in Spark"
            ) from error
        schema.add(field.name, kind, True)
    return schema


def _plain(column: Any) -> Any:
    """A column in the type that PySpark itself would build, with a chunk: others it fails to put together."""
    kind = _plain_type(column.type)
    if column.type != kind:
        column = column.cast(kind)
    return column if column.num_chunks else pa.chunked_array([pa.array([], kind)], kind)


def _plain_type(kind: Any) -> Any:
    """The type with the names that Arrow gives to parts of values, and parts that may be null."""
    if pa.types.is_map(kind):
        return pa.map_(_plain_type(kind.key_type), _plain_type(kind.item_type))
    if pa.types.is_large_list(kind) or pa.types.is_list(kind):
        return pa.list_(_plain_type(kind.value_type))
    if pa.types.is_struct(kind):
        return pa.struct([pa.field(field.name, _plain_type(field.type)) for field in kind])
    return kind


def _by_stream(spark: Any, table: Any, schema: st.StructType) -> DataFrame:
    """Spark 3.5's own steps in ``createDataFrame`` of pandas, after its conversion to Arrow."""
    from pyspark.sql.pandas.serializers import ArrowStreamSerializer
    from pyspark.sql.pandas.types import to_arrow_schema

    table = table.cast(to_arrow_schema(schema))
    batches = table.to_batches(max_chunksize=spark._jconf.arrowMaxRecordsPerBatch())
    jvm, context = spark._jvm, spark.sparkContext
    received = context._serialize_to_jvm(
        batches,
        ArrowStreamSerializer(),
        lambda path: jvm.PythonSQLUtils.readArrowStreamFromFile(path),
        lambda: jvm.ArrowIteratorServer(),
    )
    java_frame = jvm.PythonSQLUtils.toDataFrame(received, schema.json(), spark._jsparkSession)
    return DataFrame(java_frame, spark)
