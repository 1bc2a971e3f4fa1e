"""Between Spark and Python: data both ways, models both ways, and a model a key.

Every function works on classic Spark and on Spark Connect, and moves data by Arrow, never row by row.
"""

from tenfold.spark._from_python import from_arrow, from_numpy, from_pandas, from_scipy
from tenfold.spark._to_python import to_arrow, to_numpy, to_pandas, to_scipy, to_xy
from tenfold.spark._vector_array import VectorArray

__all__ = [
    "VectorArray",
    "from_arrow",
    "from_numpy",
    "from_pandas",
    "from_scipy",
    "to_arrow",
    "to_numpy",
    "to_pandas",
    "to_scipy",
    "to_xy",
]
