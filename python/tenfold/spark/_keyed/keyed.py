"""A scikit-learn model a key, fitted and applied by Spark, one group a task's turn."""

from __future__ import annotations

import base64
import json
import pickle
from collections.abc import Sequence
from typing import Any

import sklearn
from pyspark import cloudpickle
from pyspark.ml.base import Estimator, Model
from pyspark.ml.linalg import VectorUDT
from pyspark.ml.param import Param, Params
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as sf
from pyspark.sql import types as st
from sklearn.base import BaseEstimator, is_regressor

from tenfold import _memory_limit
from tenfold._versions import BaseSearchCV
from tenfold.spark._frames import memory, vectors
from tenfold.spark._frames.schema import NUMERIC, is_numeric_array, is_vector, quoted
from tenfold.spark._frames.to_python import to_arrow
from tenfold.spark._keyed import arrow_groups, worker
from tenfold.spark._keyed.arrow_groups import apply_to_cogroups, apply_to_groups

TYPES = ("transformer", "clusterer", "predictor")
_METHODS = {"transformer": "transform", "clusterer": "predict", "predictor": "predict"}
_RESERVED = ("estimator", "n_rows", "error", "sklearn_version")

for _module in (_memory_limit, arrow_groups, memory, vectors, worker):
    cloudpickle.register_pickle_by_value(_module)


def _param(name: str, doc: str) -> Param[Any]:
    return Param(Params._dummy(), name, doc)


class KeyedEstimator(Estimator):  # type: ignore[misc]
    """Fits one clone of a scikit-learn estimator on the rows of every key.

    A Spark ML estimator, to be used alone or in a ``Pipeline``: ``fit(df)`` runs at once, as one Spark job,
    and gives a :class:`KeyedModel`.

    Parameters
    ----------
    sklearn_estimator : estimator
        Any scikit-learn estimator; a search (``GridSearchCV(...)``) searches every key, on the
        native engine where this package is on the executors.
    key_cols : sequence of str, default=("key",)
        The columns whose values make a key.
    x_col : str or sequence of str, default="features"
        A column of vectors, arrays or numbers, or several columns of numbers.
    y_col : str, optional
        The label, for predictors.
    output_col : str, default="output"
        The column that the model adds.
    estimator_type : {"transformer", "clusterer", "predictor"}, optional
        Which method the model applies: ``transform`` or ``predict``. By default a predictor where
        there is a ``y_col``, a clusterer where there is ``fit_predict``, else a transformer.
    on_error : {"raise", "null"}, default="raise"
        What a key whose fit fails does: fail the run, or have no model, its error in
        ``model.models``.
    max_group_bytes : int, optional
        The most that the rows of one key may take; by default a third of the memory available to a
        worker.

    Raises
    ------
    ValueError
        Where the parameters do not fit together.
    AttributeError
        Where the estimator has no ``fit``.

    Examples
    --------
    >>> df = spark.sql("select key, x, key * x as y from range(1, 3) k(key), range(3) v(x)")  # doctest: +SKIP
    >>> keyed = KeyedEstimator(sklearn_estimator=LinearRegression(), x_col="x", y_col="y")  # doctest: +SKIP
    >>> model = keyed.fit(df)  # doctest: +SKIP
    >>> model.transform(df).columns  # doctest: +SKIP
    ['key', 'x', 'y', 'output']
    """

    sklearn_estimator = _param("sklearn_estimator", "estimator cloned for every key")
    key_cols = _param("key_cols", "columns that make a key")
    x_col = _param("x_col", "column or columns of features")
    y_col = _param("y_col", "column of labels, or None")
    output_col = _param("output_col", "column that the model adds")
    estimator_type = _param("estimator_type", "transformer, clusterer or predictor")
    on_error = _param("on_error", "raise, or null: a key whose fit fails has no model")
    max_group_bytes = _param("max_group_bytes", "most that one group may take, or None")

    def __init__(
        self,
        *,
        sklearn_estimator: Any = None,
        key_cols: Sequence[str] = ("key",),
        x_col: str | Sequence[str] = "features",
        y_col: str | None = None,
        output_col: str = "output",
        estimator_type: str | None = None,
        on_error: str = "raise",
        max_group_bytes: int | None = None,
    ) -> None:
        super().__init__()
        keys = [key_cols] if isinstance(key_cols, str) else list(key_cols)
        xs = x_col if isinstance(x_col, str) else list(x_col)
        _check_estimator(sklearn_estimator)
        _check_columns(keys, xs, y_col, output_col)
        kind = estimator_type or _infer_type(sklearn_estimator, y_col)
        _check_type(kind, y_col)
        if on_error not in ("raise", "null"):
            raise ValueError(f"on_error must be 'raise' or 'null', got {on_error!r}")
        self._set(
            sklearn_estimator=sklearn_estimator,
            key_cols=keys,
            x_col=xs,
            output_col=output_col,
            estimator_type=kind,
            on_error=on_error,
        )
        # A Param cannot be set to None, only left to its default.
        self._setDefault(y_col=None, max_group_bytes=None)
        self._set(y_col=y_col, max_group_bytes=max_group_bytes)

    @property
    def sklearn_estimator_type(self) -> str:
        """Which of "transformer", "clusterer" and "predictor" it is."""
        return str(self.getOrDefault("estimator_type"))

    def _fit(self, dataset: DataFrame) -> KeyedModel:
        get = self.getOrDefault
        keys, x_col, y_col = get("key_cols"), get("x_col"), get("y_col")
        xs = [x_col] if isinstance(x_col, str) else x_col
        _check_schema(dataset.schema, keys, xs, y_col)
        names = list(dict.fromkeys([*keys, *xs, *([y_col] if y_col else [])]))
        is_search = isinstance(get("sklearn_estimator"), BaseSearchCV)
        models = apply_to_groups(
            dataset.select(*map(quoted, names)),
            keys,
            worker.fit_function(self._task(), get("sklearn_estimator"), is_search),
            _models_schema(dataset.schema, keys),
        ).persist()
        # Fitted now, and once: errors belong to fit, and transform must not fit again.
        models.count()
        output_type = self._output_type(dataset.schema)
        return KeyedModel(self, models, output_type)

    def _task(self) -> worker.GroupTask:
        get = self.getOrDefault
        x_col = get("x_col")
        return worker.GroupTask(
            key_cols=tuple(get("key_cols")),
            x_col=x_col if isinstance(x_col, str) else tuple(x_col),
            y_col=get("y_col"),
            max_group_bytes=get("max_group_bytes"),
            on_error=get("on_error"),
        )

    def _output_type(self, schema: st.StructType) -> st.DataType:
        kind = self.sklearn_estimator_type
        if kind == "transformer":
            return VectorUDT()
        if kind == "clusterer":
            return st.LongType()
        if is_regressor(self.getOrDefault("sklearn_estimator")):
            return st.DoubleType()
        return schema[self.getOrDefault("y_col")].dataType


class KeyedModel(Model):  # type: ignore[misc]
    """The fitted models of a :class:`KeyedEstimator`, a row a key.

    A Spark ML model: ``transform(df)`` gives ``df`` with the output column, which is null for keys that
    were not there at fit.

    Attributes
    ----------
    models : pyspark.sql.DataFrame
        The key columns, ``estimator`` (the pickled model, null where its fit failed), ``n_rows`` it
        was fitted on, ``error``, and the ``sklearn_version`` that fitted it. Persisted; call
        ``model.models.unpersist()`` when done.

    Examples
    --------
    >>> df = spark.sql("select key, x, key * x as y from range(1, 3) k(key), range(3) v(x)")  # doctest: +SKIP
    >>> keyed = KeyedEstimator(sklearn_estimator=LinearRegression(), x_col="x", y_col="y")  # doctest: +SKIP
    >>> model = keyed.fit(df)  # doctest: +SKIP
    >>> model.get(2).coef_.round(6)  # doctest: +SKIP
    array([2.])
    """

    def __init__(self, keyed: KeyedEstimator, models: DataFrame, output_type: st.DataType) -> None:
        super().__init__()
        self._keyed, self._output_type = keyed, output_type
        self.models = models

    @property
    def sklearn_estimator_type(self) -> str:
        """Which of "transformer", "clusterer" and "predictor" it is."""
        return self._keyed.sklearn_estimator_type

    def get(self, *key: Any) -> Any:
        """The fitted estimator of one key, on the driver.

        Parameters
        ----------
        *key
            One value a key column, in their order.

        Returns
        -------
        estimator

        Raises
        ------
        KeyError
            Where the key has no model.
        """
        keys = self._keyed.getOrDefault("key_cols")
        if len(key) != len(keys):
            raise ValueError(f"a key has {len(keys)} values ({', '.join(keys)}), got {len(key)}")
        found = self.models
        for name, value in zip(keys, key, strict=True):
            found = found.where(sf.col(quoted(name)).eqNullSafe(sf.lit(value)))
        table = to_arrow(found, ["estimator", "error", "sklearn_version"], progress=False)
        if table.num_rows == 0 or table["estimator"][0].as_py() is None:
            why = f": {table['error'][0].as_py()}" if table.num_rows else ""
            raise KeyError(f"no model for {worker.name_key(tuple(keys), key)}{why}")
        worker.check_version(table["sklearn_version"][0].as_py())
        return pickle.loads(table["estimator"][0].as_py())

    def _transform(self, dataset: DataFrame) -> DataFrame:
        from pyspark.sql.pandas.types import to_arrow_type

        get = self._keyed.getOrDefault
        keys, x_col, output_col = get("key_cols"), get("x_col"), get("output_col")
        method = _METHODS[self.sklearn_estimator_type]
        if not hasattr(get("sklearn_estimator"), method):
            name = type(get("sklearn_estimator")).__name__
            raise AttributeError(
                f"{name} has no {method}(), which a {self.sklearn_estimator_type} needs"
            )
        _check_schema(dataset.schema, keys, [x_col] if isinstance(x_col, str) else x_col, None)
        if output_col in dataset.columns:
            raise ValueError(f"the DataFrame already has a column {output_col!r}")
        is_vectors = is_vector(self._output_type)
        function = worker.transform_function(
            self._keyed._task(),
            method,
            output_col,
            None if is_vectors else to_arrow_type(self._output_type),
        )
        schema = st.StructType([*dataset.schema.fields])
        schema = schema.add(output_col, self._output_type, True)
        models = self.models.select(*map(quoted, keys), "estimator", "sklearn_version")
        return apply_to_cogroups(dataset, models, keys, function, schema)

    def save(self, path: str, *, overwrite: bool = False) -> None:
        """Write the models (Parquet) and what is needed to apply them.

        Parameters
        ----------
        path : str
            A folder on any file system that Spark writes to.
        overwrite : bool, default=False
            Replace what is there.
        """
        get = self._keyed.getOrDefault
        names = ("key_cols", "x_col", "y_col", "output_col", "estimator_type", "max_group_bytes")
        record = {
            "format": 1,
            "sklearn_version": sklearn.__version__,
            "output_type": self._output_type.json(),
            "estimator": base64.b64encode(cloudpickle.dumps(get("sklearn_estimator"))).decode(),
            **{name: get(name) for name in names},
        }
        mode = "overwrite" if overwrite else "error"
        spark = self.models.sparkSession
        self.models.write.mode(mode).parquet(f"{path}/models")
        text = spark.createDataFrame([(json.dumps(record),)], "value string")
        text.coalesce(1).write.mode(mode).text(f"{path}/metadata")

    @classmethod
    def load(cls, path: str, spark: SparkSession | None = None) -> KeyedModel:
        """Read models that :meth:`save` wrote.

        Models are pickled: load only what you trust.

        Parameters
        ----------
        path : str
            The folder.
        spark : pyspark.sql.SparkSession, optional
            By default the active session.

        Returns
        -------
        KeyedModel

        Raises
        ------
        RuntimeError
            Where they were fitted with another version of scikit-learn.
        """
        spark = spark or SparkSession.active()
        record = json.loads(spark.read.text(f"{path}/metadata").collect()[0][0])
        worker.check_version(record["sklearn_version"])
        keyed = KeyedEstimator(
            sklearn_estimator=pickle.loads(base64.b64decode(record["estimator"])),
            key_cols=record["key_cols"],
            x_col=record["x_col"],
            y_col=record["y_col"],
            output_col=record["output_col"],
            estimator_type=record["estimator_type"],
            max_group_bytes=record["max_group_bytes"],
        )
        output_type = st._parse_datatype_json_string(record["output_type"])
        return cls(keyed, spark.read.parquet(f"{path}/models"), output_type)


def _check_estimator(estimator: Any) -> None:
    if estimator is None:
        raise ValueError("sklearn_estimator must be given")
    if not isinstance(estimator, BaseEstimator):
        kind = type(estimator).__name__
        raise ValueError(f"sklearn_estimator must be a scikit-learn estimator, got {kind}")
    if not hasattr(estimator, "fit"):
        raise AttributeError(f"{type(estimator).__name__} has no fit()")


def _check_columns(
    keys: Sequence[str], x_col: str | Sequence[str], y_col: str | None, output_col: str
) -> None:
    if not keys:
        raise ValueError("key_cols must name at least one column")
    if not x_col:
        raise ValueError("x_col must name at least one column")
    used = [*keys, *([x_col] if isinstance(x_col, str) else x_col), *([y_col] if y_col else [])]
    for name in used:
        if name in _RESERVED:
            raise ValueError(f"no column may be named {name!r}: the models' own columns are")
    if output_col in used:
        raise ValueError(f"output_col {output_col!r} is one of the input columns")


def _infer_type(estimator: Any, y_col: str | None) -> str:
    if y_col is not None:
        return "predictor"
    return "clusterer" if hasattr(estimator, "fit_predict") else "transformer"


def _check_type(kind: str, y_col: str | None) -> None:
    if kind not in TYPES:
        raise ValueError(f"estimator_type must be one of {', '.join(TYPES)}, got {kind!r}")
    if (kind == "predictor") != (y_col is not None):
        needs = "needs a y_col" if y_col is None else f"takes no y_col, got {y_col!r}"
        raise ValueError(f"a {kind} {needs}")


def _check_schema(
    schema: st.StructType, keys: Sequence[str], xs: Sequence[str], y_col: str | None
) -> None:
    for name in [*keys, *xs, *([y_col] if y_col else [])]:
        if name not in schema.names:
            raise ValueError(f"no column {name!r}; the DataFrame has {', '.join(schema.names)}")
    for name in xs:
        kind = schema[name].dataType
        scalar = type(kind) in NUMERIC
        if not scalar and (len(xs) > 1 or not (is_vector(kind) or is_numeric_array(kind))):
            wanted = "numbers" if len(xs) > 1 else "numbers, arrays of numbers or vectors"
            raise TypeError(f"column {name!r} must hold {wanted}, not {kind.simpleString()}")
    if y_col is not None:
        kind = schema[y_col].dataType
        if type(kind) not in NUMERIC and not isinstance(kind, st.StringType):
            raise TypeError(
                f"column {y_col!r} must hold numbers or strings, not {kind.simpleString()}"
            )


def _models_schema(schema: st.StructType, keys: Sequence[str]) -> st.StructType:
    models = st.StructType([schema[name] for name in keys])
    models = models.add("estimator", "binary").add("n_rows", "long")
    return models.add("error", "string").add("sklearn_version", "string")
