"""``gapply``, with cells as it gave them: what Spark's Python functions get, not what Arrow makes of them."""

from __future__ import annotations

from typing import Any

from pyspark import cloudpickle
from pyspark.sql import DataFrame
from pyspark.sql import functions as sf
from pyspark.sql import types as st

from spark_sklearn import group_rows
from spark_sklearn._deprecation import warn
from tenfold.spark._frames.schema import quoted
from tenfold.spark._keyed.gapply import plan_groups

cloudpickle.register_pickle_by_value(group_rows)

_ROWS = "__gapply_rows"


def gapply(grouped_data: Any, func: Any, schema: Any, *cols: str) -> DataFrame:
    """:func:`tenfold.spark.gapply` with ``Vector``, ``Row`` and objects of user-defined types as cells.

    ``schema`` may name a key column again: the result has it twice. A group's rows travel as one row, as
    they did: :func:`tenfold.spark.gapply` is quicker, and takes larger groups.
    """
    warn("gapply", "tenfold.spark.gapply(grouped, func, schema, *cols)")
    plan = plan_groups(grouped_data, schema, cols)
    function = group_rows.rows_function(func, plan.key_names, plan.names, plan.kinds, plan.nullable)
    kind = st.ArrayType(st.StructType([*plan.keys, *schema.fields]), containsNull=False)
    # Not by Arrow, whatever the session's setting: that has no objects for cells.
    apply_one = sf.udf(function, kind, useArrow=False)
    rows = sf.collect_list(sf.struct(*map(quoted, plan.names))).alias(_ROWS)
    groups = grouped_data.agg(rows)
    keys = [quoted(name) for name in plan.key_names]
    results = groups.select(sf.explode(apply_one(*keys, _ROWS)).alias("gapply"))
    return results.select("gapply.*")
