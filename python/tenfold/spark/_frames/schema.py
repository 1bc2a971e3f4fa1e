"""What a Spark column is to Python: the kinds of column the bridge knows, and its word on the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from pyspark.sql import DataFrame
from pyspark.sql import functions as sf
from pyspark.sql import types as st

# Integer columns with nulls become float64: NumPy's integers have no missing value.
NUMERIC: dict[type[st.DataType], Any] = {
    st.BooleanType: np.bool_,
    st.ByteType: np.int8,
    st.ShortType: np.int16,
    st.IntegerType: np.int32,
    st.LongType: np.int64,
    st.FloatType: np.float32,
    st.DoubleType: np.float64,
    st.DecimalType: np.float64,
}
_OTHER_SCALARS = (
    st.NullType,
    st.StringType,
    st.CharType,
    st.VarcharType,
    st.BinaryType,
    st.DateType,
    st.TimestampType,
    st.TimestampNTZType,
    st.DayTimeIntervalType,
)


def is_vector(kind: st.DataType) -> bool:
    """Whether a column holds Spark ML (or older MLlib) vectors."""
    return isinstance(kind, st.UserDefinedType) and type(kind).__name__ == "VectorUDT"


def is_numeric_array(kind: st.DataType) -> bool:
    """Whether a column holds arrays of numbers."""
    return isinstance(kind, st.ArrayType) and type(kind.elementType) in NUMERIC


def is_numeric(kind: st.DataType) -> bool:
    """Whether a column can be part of a numeric matrix."""
    return type(kind) in NUMERIC or is_vector(kind) or is_numeric_array(kind)


def numpy_type(kind: st.DataType) -> Any:
    """The NumPy type of a column's numbers."""
    if is_vector(kind):
        return np.float64
    return NUMERIC[type(kind.elementType if isinstance(kind, st.ArrayType) else kind)]


def check_supported(field: st.StructField) -> None:
    """Raise the error that names a column whose type cannot be carried."""
    problem = _unsupported(field.dataType)
    if problem is not None:
        raise TypeError(
            f"column {field.name!r}: type {problem} cannot be carried to Python; "
            f"drop the column or cast it in Spark"
        )


def _unsupported(kind: st.DataType) -> str | None:
    if is_vector(kind) or type(kind) in NUMERIC or isinstance(kind, _OTHER_SCALARS):
        return None
    children: list[st.DataType]
    if isinstance(kind, st.ArrayType):
        children = [kind.elementType]
    elif isinstance(kind, st.MapType):
        children = [kind.keyType, kind.valueType]
    elif isinstance(kind, st.StructType):
        if len(set(kind.names)) < len(kind.names):
            return f"{kind.simpleString()}, with two fields of one name,"
        children = [field.dataType for field in kind.fields]
    else:
        return str(kind.simpleString())
    # Inside other values a vector would arrive as its raw struct.
    nested = [str(c.simpleString()) if is_vector(c) else _unsupported(c) for c in children]
    return next((problem for problem in nested if problem is not None), None)


def select(df: DataFrame, columns: Sequence[str] | None) -> DataFrame:
    """The named columns of ``df``, every one of a type that can be carried."""
    if not isinstance(df, _dataframe_types()):
        raise TypeError(
            f"df must be a Spark DataFrame, got {type(df).__module__}.{type(df).__name__}"
        )
    if columns is not None:
        missing = [name for name in columns if name not in df.columns]
        if missing:
            raise ValueError(f"no column {missing[0]!r}; the DataFrame has {', '.join(df.columns)}")
        df = df.select(*[quoted(name) for name in columns])
    for field in df.schema.fields:
        check_supported(field)
    return df


def cast_times(df: DataFrame, of: type[st.DataType], to: type[st.DataType]) -> DataFrame:
    """``df`` with one type of timestamp cast to another wherever it stands, also inside other values."""
    kinds = [_with_times(field.dataType, of, to) for field in df.schema.fields]
    if all(kind == field.dataType for kind, field in zip(kinds, df.schema.fields, strict=True)):
        return df
    # Names may repeat; places do not.
    names = df.columns
    df = df.toDF(*[f"c{i}" for i in range(len(names))])
    return df.select(
        *[
            sf.col(place) if kind == field.dataType else sf.col(place).cast(kind).alias(place)
            for place, kind, field in zip(df.columns, kinds, df.schema.fields, strict=True)
        ]
    ).toDF(*names)


def _with_times(kind: st.DataType, of: type[st.DataType], to: type[st.DataType]) -> st.DataType:
    def inner(part: st.DataType) -> st.DataType:
        return _with_times(part, of, to)

    if type(kind) is of:
        return to()
    if isinstance(kind, st.ArrayType):
        return st.ArrayType(inner(kind.elementType), kind.containsNull)
    if isinstance(kind, st.MapType):
        return st.MapType(inner(kind.keyType), inner(kind.valueType), kind.valueContainsNull)
    if isinstance(kind, st.StructType):
        return st.StructType(
            [st.StructField(f.name, inner(f.dataType), f.nullable) for f in kind.fields]
        )
    return kind


def quoted(name: str) -> str:
    """A column's name as Spark reads it, dots and all."""
    return "`" + name.replace("`", "``") + "`"


def _dataframe_types() -> Any:
    try:
        from pyspark.sql.connect.dataframe import DataFrame as ConnectDataFrame
    except ImportError:  # Connect's own requirements are not installed
        return (DataFrame,)
    return (DataFrame, ConnectDataFrame)
