"""``gapply``: a pandas function on every group, its key passed, its result checked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import pandas as pd
import pyarrow as pa
from pyspark import cloudpickle
from pyspark.sql import DataFrame
from pyspark.sql import types as st

from tenfold.spark._keyed import gapply_worker

cloudpickle.register_pickle_by_value(gapply_worker)


def gapply(
    grouped_data: Any,
    func: Callable[[Any, pd.DataFrame], pd.DataFrame],
    schema: st.StructType,
    *cols: str,
) -> DataFrame:
    """Apply a pandas function to every group of a grouped DataFrame.

    Parameters
    ----------
    grouped_data : pyspark.sql.GroupedData
        What ``df.groupBy(...)`` gives; classic or Connect.
    func : callable
        ``func(key, values)``: the key (a tuple where several columns make it) and the group's rows
        as a pandas DataFrame; returns a pandas DataFrame of ``schema``, by name or by position.
    schema : StructType
        The columns that ``func`` returns.
    *cols : str
        The columns that ``values`` has, in this order; by default all but the keys.

    Returns
    -------
    pyspark.sql.DataFrame
        The key columns, repeated for every row of a group's result, and the columns of ``schema``.
        Where ``spark.sql.retainGroupColumns`` is false, ``func`` gets an empty key and the result
        has ``schema`` alone.

    Raises
    ------
    ValueError
        Where ``schema`` is not a StructType, ``cols`` has ``"*"``, repeats or unknown names; and,
        when run, where a result does not match ``schema``: it names the column and the group.

    Notes
    -----
    The rows of a group must fit in a worker's memory; their order is not kept.

    Examples
    --------
    >>> def median(key, values):
    ...     return pd.DataFrame({"median": [values["x"].median()]})
    >>> df = spark.sql("select id % 2 as odd, double(id) as x from range(6)")  # doctest: +SKIP
    >>> schema = st.StructType().add("median", "double")  # doctest: +SKIP
    >>> sorted(gapply(df.groupBy("odd"), median, schema).collect())  # doctest: +SKIP
    [Row(odd=0, median=2.0), Row(odd=1, median=3.0)]
    """
    plan = plan_groups(grouped_data, schema, cols)
    for field in schema.fields:
        if field.name in plan.key_names:
            raise ValueError(f"schema has a column {field.name!r}, which is a key column already")
    function = gapply_worker.group_function(
        func, plan.key_names, plan.names, plan.kinds, plan.nullable
    )
    return grouped_data.applyInPandas(function, st.StructType([*plan.keys, *schema.fields]))


class GroupPlan(NamedTuple):
    """What a ``gapply`` comes to.

    Attributes
    ----------
    keys : list of StructField
        The key columns of the result; none where the session drops them.
    names : list of str
        Columns of a group.
    kinds : dict of str to Arrow type or None
        Per column of a result what it must convert to; None where Spark converts objects.
    nullable : dict of str to bool
    """

    keys: list[st.StructField]
    names: list[str]
    kinds: dict[str, Any]
    nullable: dict[str, bool]

    @property
    def key_names(self) -> list[str]:
        """Names of the key columns."""
        return [field.name for field in self.keys]


def plan_groups(grouped_data: Any, schema: Any, cols: Sequence[str]) -> GroupPlan:
    """Check the arguments of a ``gapply``, and look up what they leave open."""
    if not isinstance(schema, st.StructType):
        raise ValueError(f"schema must be a StructType, got {type(schema).__name__}")
    parent = _parent(grouped_data)
    keys = _key_fields(grouped_data, parent)
    key_names = [field.name for field in keys]
    names = list(cols) or [name for name in parent.columns if name not in key_names]
    _check_cols(names, parent.columns)
    kinds = {field.name: _arrow_type(field.dataType) for field in schema.fields}
    nullable = {field.name: field.nullable for field in schema.fields}
    return GroupPlan(keys, names, kinds, nullable)


def _check_cols(names: list[str], there: list[str]) -> None:
    for name in names:
        if name == "*":
            raise ValueError("cols must name single columns, not '*'")
        if name not in there:
            raise ValueError(f"no column {name!r}; the DataFrame has {', '.join(there)}")
        if names.count(name) > 1:
            raise ValueError(f"cols names {name!r} more than once")


def _key_fields(grouped_data: Any, parent: Any) -> list[st.StructField]:
    # On Connect the analysed schema has the keys whatever the setting says.
    retained = parent.sparkSession.conf.get("spark.sql.retainGroupColumns", "true")
    return grouped_data.count().schema.fields[:-1] if retained.lower() == "true" else []


def _parent(grouped_data: Any) -> Any:
    """The DataFrame that was grouped."""
    try:
        return grouped_data._df
    except AttributeError as error:
        kind = type(grouped_data).__name__
        raise TypeError(f"grouped_data must be what df.groupBy(...) gives, got {kind}") from error


def _arrow_type(kind: st.DataType) -> Any:
    """The Arrow type that a result's column must convert to; None where Spark converts objects."""
    from pyspark.sql.pandas.types import to_arrow_type

    if isinstance(kind, st.UserDefinedType | st.StructType | st.MapType | st.ArrayType):
        return None
    if isinstance(kind, st.TimestampType):
        return pa.timestamp("us")
    return to_arrow_type(kind)
