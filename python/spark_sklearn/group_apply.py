"""``gapply``, as it was written."""

from __future__ import annotations

from typing import Any

import tenfold.spark
from spark_sklearn._deprecation import warn


def gapply(grouped_data: Any, func: Any, schema: Any, *cols: str) -> Any:
    """:func:`tenfold.spark.gapply`."""
    warn("gapply", "tenfold.spark.gapply(grouped, func, schema, *cols)")
    return tenfold.spark.gapply(grouped_data, func, schema, *cols)
