"""Between Spark and Python: data both ways, models both ways, and a model a key.

Every function works on classic Spark and on Spark Connect, and moves data by Arrow, never row by row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold._lazy import lazily

if TYPE_CHECKING:
    from tenfold.spark._from_python import from_arrow, from_numpy, from_pandas, from_scipy
    from tenfold.spark._gapply import gapply
    from tenfold.spark._keyed import KeyedEstimator, KeyedModel
    from tenfold.spark._models import to_sklearn_model, to_spark_model
    from tenfold.spark._to_python import to_arrow, to_numpy, to_pandas, to_scipy, to_xy
    from tenfold.spark._vector_array import VectorArray

__all__ = [
    "KeyedEstimator",
    "KeyedModel",
    "VectorArray",
    "from_arrow",
    "from_numpy",
    "from_pandas",
    "from_scipy",
    "gapply",
    "to_arrow",
    "to_numpy",
    "to_pandas",
    "to_scipy",
    "to_sklearn_model",
    "to_spark_model",
    "to_xy",
]

_HOMES = {
    "from_arrow": "_from_python",
    "from_numpy": "_from_python",
    "from_pandas": "_from_python",
    "from_scipy": "_from_python",
    "gapply": "_gapply",
    "KeyedEstimator": "_keyed",
    "KeyedModel": "_keyed",
    "to_sklearn_model": "_models",
    "to_spark_model": "_models",
    "to_arrow": "_to_python",
    "to_numpy": "_to_python",
    "to_pandas": "_to_python",
    "to_scipy": "_to_python",
    "to_xy": "_to_python",
    "VectorArray": "_vector_array",
}


__getattr__, __dir__ = lazily(__name__, _HOMES)
