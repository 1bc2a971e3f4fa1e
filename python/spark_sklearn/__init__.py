"""The names of the package that came before, calling what there is now.

Nearly nothing is computed here: names call :mod:`tenfold` or :mod:`tenfold.spark`, and each
DeprecationWarning says what to write instead.
"""

from scipy.sparse import csr_matrix

from spark_sklearn.converter import Converter
from spark_sklearn.grid_search import GridSearchCV
from spark_sklearn.group_apply import gapply
from spark_sklearn.keyed_models import KeyedEstimator, KeyedModel, SparkSklearnEstimator
from spark_sklearn.random_search import RandomizedSearchCV
from spark_sklearn.udt import CSRVectorUDT

__all__ = [
    "CSRVectorUDT",
    "Converter",
    "GridSearchCV",
    "KeyedEstimator",
    "KeyedModel",
    "RandomizedSearchCV",
    "SparkSklearnEstimator",
    "gapply",
]

# One-row CSR matrices in createDataFrame and toPandas.
csr_matrix.__UDT__ = CSRVectorUDT()
