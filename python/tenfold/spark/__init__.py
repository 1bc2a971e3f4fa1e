"""Between Spark and Python: data both ways, models both ways, and a model a key.

Every function works on classic Spark and on Spark Connect, and moves data by Arrow, never row by row.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tenfold._lazy import lazily

if TYPE_CHECKING:
    from tenfold.spark._frames.from_python import from_arrow, from_numpy, from_pandas, from_scipy
    from tenfold.spark._frames.to_python import to_arrow, to_numpy, to_pandas, to_scipy, to_xy
    from tenfold.spark._frames.vector_array import VectorArray
    from tenfold.spark._keyed.gapply import gapply
    from tenfold.spark._keyed.keyed import KeyedEstimator, KeyedModel
    from tenfold.spark._models.convert import to_sklearn_model, to_spark_model
    from tenfold.spark._predict.predict import predict_udf

__all__ = [
    "KeyedEstimator",
    "KeyedModel",
    "VectorArray",
    "from_arrow",
    "from_numpy",
    "from_pandas",
    "from_scipy",
    "gapply",
    "predict_udf",
    "to_arrow",
    "to_numpy",
    "to_pandas",
    "to_scipy",
    "to_sklearn_model",
    "to_spark_model",
    "to_xy",
]

_HOMES = {
    "from_arrow": "_frames.from_python",
    "from_numpy": "_frames.from_python",
    "from_pandas": "_frames.from_python",
    "from_scipy": "_frames.from_python",
    "gapply": "_keyed.gapply",
    "KeyedEstimator": "_keyed.keyed",
    "KeyedModel": "_keyed.keyed",
    "predict_udf": "_predict.predict",
    "to_sklearn_model": "_models.convert",
    "to_spark_model": "_models.convert",
    "to_arrow": "_frames.to_python",
    "to_numpy": "_frames.to_python",
    "to_pandas": "_frames.to_python",
    "to_scipy": "_frames.to_python",
    "to_xy": "_frames.to_python",
    "VectorArray": "_frames.vector_array",
}


__getattr__, __dir__ = lazily(__name__, _HOMES)
