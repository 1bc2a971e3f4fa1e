"""A Spark DataFrame of an Arrow table, on every version of Spark that is supported.

From 4.0 on ``createDataFrame`` takes the table. Spark 3.5 takes pandas only, where NaN would become
null; there, the table's batches go the way that the pandas form takes inside PySpark.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import types as st

from tenfold.spark._frames.stream import is_connect


def create_dataframe(spark: SparkSession, table: Any, naive_is_ntz: bool = False) -> DataFrame:
    """``createDataFrame`` of a ``pyarrow.Table``, or the error that names a column."""
    schema = _spark_schema(table.schema, naive_is_ntz)
    if int(spark.version.split(".")[0]) >= 4:
        return spark.createDataFrame(table, schema)
    if is_connect(spark):
        raise RuntimeError(
            f"Spark Connect {spark.version} cannot take Arrow tables: use Spark 4, or a classic session"
        )
    return _by_stream(spark, table, schema)


def _spark_schema(fields: Any, naive_is_ntz: bool) -> st.StructType:
    from pyspark.sql.pandas.types import from_arrow_type

    schema = st.StructType()
    for field in fields:
        try:
            kind = from_arrow_type(field.type, naive_is_ntz)
        except TypeError as error:
            raise TypeError(
                f"column {field.name!r}: {field.type} has no counterpart in Spark"
            ) from error
        schema.add(field.name, kind, True)
    return schema


def _by_stream(spark: Any, table: Any, schema: st.StructType) -> DataFrame:
    """Spark 3.5's own steps in ``createDataFrame`` of pandas, after its conversion to Arrow."""
    from pyspark.sql.pandas.serializers import ArrowStreamSerializer
    from pyspark.sql.pandas.types import to_arrow_schema

    zone = spark.conf.get("spark.sql.session.timeZone")
    columns = [_localized(field, table.column(i), zone) for i, field in enumerate(schema.fields)]
    target = to_arrow_schema(schema)
    table = pa.Table.from_arrays(columns, names=table.column_names).cast(target)
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


def _localized(field: st.StructField, column: Any, zone: str) -> Any:
    """Times without a zone are of the session's, where Spark's type has one."""
    if isinstance(field.dataType, st.TimestampType) and column.type.tz is None:
        return pc.assume_timezone(column, zone)
    if _holds_times(field.dataType):
        raise TypeError(
            f"column {field.name!r}: Spark 3.5 cannot take timestamps inside other values from Arrow"
        )
    return column


def _holds_times(kind: st.DataType) -> bool:
    children = {
        st.ArrayType: ("elementType",),
        st.MapType: ("keyType", "valueType"),
    }.get(type(kind), ())
    inner = [getattr(kind, name) for name in children]
    if isinstance(kind, st.StructType):
        inner = [field.dataType for field in kind.fields]
    return any(isinstance(k, st.TimestampType) or _holds_times(k) for k in inner)
