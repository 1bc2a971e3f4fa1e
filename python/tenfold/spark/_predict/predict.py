"""``predict_udf``: what a fitted estimator says of each row, as a column."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import sklearn
from pyspark import cloudpickle
from pyspark.sql import Column
from pyspark.sql import functions as sf
from pyspark.sql import types as st
from sklearn.base import is_classifier, is_outlier_detector, is_regressor
from sklearn.utils.validation import check_is_fitted

from tenfold._versions import BaseSearchCV, is_clusterer
from tenfold.spark._frames import vectors
from tenfold.spark._frames.schema import quoted
from tenfold.spark._keyed import worker as keyed_worker
from tenfold.spark._predict import worker

for _module in (keyed_worker, vectors, worker):
    cloudpickle.register_pickle_by_value(_module)

_NULLS = ("pass", "null")
_LABELS: dict[str, st.DataType] = {
    "b": st.BooleanType(),
    "f": st.DoubleType(),
    "i": st.LongType(),
    "u": st.LongType(),
    "O": st.StringType(),
    "U": st.StringType(),
}
_MANY = st.ArrayType(st.DoubleType())


def predict_udf(
    estimator: Any,
    method: str = "predict",
    features: str | Sequence[str] | None = None,
    *,
    return_type: st.DataType | str | None = None,
    nulls: str = "pass",
) -> Callable[..., Column]:
    """What a fitted estimator says of each row of a DataFrame, as a function of columns.

    The estimator goes to executors with the query and is read once a task; rows reach it batch by batch,
    as Arrow's buffers or, where it knows the names of its columns, as a pandas DataFrame of them.

    Parameters
    ----------
    estimator : estimator
        Any fitted estimator or Pipeline of scikit-learn's interface; of a search, its best one.
    method : str, default="predict"
        ``predict``, ``predict_proba``, ``predict_log_proba``, ``decision_function``, ``score_samples``,
        ``transform``, or another that takes X alone, with ``return_type``.
    features : str or sequence of str, optional
        The columns of numbers (or what else the estimator was fitted on) in the order of X's columns, or one
        column of vectors or arrays. By default those that the estimator was fitted on, by name
        (``feature_names_in_``); where it knows names, ``features`` must be the same, in any order.
    return_type : DataType or str, optional
        The column's type. By default ``array<double>`` for probabilities and transformed rows, the labels'
        type for classifiers, double for regressors, long for clusterers and outlier detectors.
    nulls : {"pass", "null"}, default="pass"
        With "pass" a null is what pandas makes of it, NaN in a column of numbers, and the estimator's
        business. With "null" a row with a null among its features gives null, and the estimator does not see
        it. Before Spark 4.1 rows come by way of pandas, where NaN is a null too.

    Returns
    -------
    callable
        Of no arguments: a Column of the features by name. Or of as many columns, in the order of
        ``features``, by name or as expressions.

    Raises
    ------
    ValueError
        Where names or their number are not what the estimator was fitted on, and for unknown ``nulls``.
    AttributeError
        Where the estimator has no such method.
    TypeError
        Where the column's type cannot be told: then ``return_type`` says it.
    sklearn.exceptions.NotFittedError
        Where the estimator is not fitted.

    Examples
    --------
    >>> X = pd.DataFrame({"a": [0.0, 1.0], "b": [1.0, 1.0]})  # doctest: +SKIP
    >>> model = tree.DecisionTreeClassifier().fit(X, ["no", "yes"])  # doctest: +SKIP
    >>> df = spark.createDataFrame(X)  # doctest: +SKIP
    >>> df.withColumn("label", predict_udf(model)()).columns  # doctest: +SKIP
    ['a', 'b', 'label']
    """
    if isinstance(estimator, BaseSearchCV):
        check_is_fitted(estimator, "best_estimator_")
        estimator = estimator.best_estimator_
    check_is_fitted(estimator)
    if not hasattr(estimator, method):
        raise AttributeError(f"{type(estimator).__name__} has no {method}()")
    if nulls not in _NULLS:
        raise ValueError(f"nulls must be 'pass' or 'null', got {nulls!r}")
    names = _names_of(estimator, features)
    kind = _type_of(estimator, method) if return_type is None else _parsed(return_type)
    known = getattr(estimator, "feature_names_in_", None)
    function = _udf(
        worker.predictor(
            cloudpickle.dumps(estimator),
            sklearn.__version__,
            method,
            names,
            None if known is None else [str(name) for name in known],
            _arrow_type(kind),
            nulls == "null",
        ),
        kind,
    )

    def predict(*columns: Any) -> Column:
        if columns and len(columns) != len(names):
            raise ValueError(
                f"{len(columns)} columns were given for {len(names)} features: {', '.join(names)}"
            )
        return function(*(columns or [sf.col(quoted(name)) for name in names]))

    predict.__name__ = predict.__qualname__ = method
    predict.__doc__ = f"``{type(estimator).__name__}.{method}`` of {', '.join(names)}, as a column."
    return predict


def _names_of(estimator: Any, features: str | Sequence[str] | None) -> list[str]:
    """The columns, in the order of X's."""
    known = getattr(estimator, "feature_names_in_", None)
    n_known = getattr(estimator, "n_features_in_", None)
    if features is None:
        if known is None:
            raise ValueError(
                "features must name the columns: the estimator was fitted without names"
            )
        return [str(name) for name in known]
    names = [features] if isinstance(features, str) else list(features)
    repeated = [name for name in names if names.count(name) > 1]
    if not names or repeated:
        what = f"names {repeated[0]!r} more than once" if repeated else "names no column"
        raise ValueError(f"features {what}")
    if len(names) == 1 and n_known != 1:
        return names  # vectors or arrays: their width is seen when they come
    if known is not None:
        wanted = [str(name) for name in known]
        missing = [name for name in wanted if name not in names]
        unknown = [name for name in names if name not in wanted]
        if missing or unknown:
            raise ValueError(
                "features are not what the estimator was fitted on: "
                + "; ".join(
                    f"{what} {', '.join(map(repr, some))}"
                    for what, some in (("missing", missing), ("unknown", unknown))
                    if some
                )
            )
        return wanted
    if n_known is not None and len(names) != n_known:
        raise ValueError(f"features has {len(names)} names, the estimator was fitted on {n_known}")
    return names


def _parsed(kind: st.DataType | str) -> st.DataType:
    if isinstance(kind, st.DataType):
        return kind
    parsed: st.DataType = (
        st.DataType.fromDDL(kind)
        if hasattr(st.DataType, "fromDDL")
        else (st._parse_datatype_string(kind))
    )
    return parsed


def _type_of(estimator: Any, method: str) -> st.DataType:
    """The type of what a method gives, as far as that can be told without rows."""
    classes = getattr(estimator, "classes_", None)
    many_outputs = isinstance(classes, list) or getattr(estimator, "n_outputs_", 1) != 1
    found: st.DataType | None = None
    if method == "transform":
        found = _MANY
    elif method == "score_samples":
        found = st.DoubleType()
    elif method in ("predict_proba", "predict_log_proba"):
        found = None if many_outputs else _MANY
    elif method == "decision_function":
        is_single = classes is None or len(classes) == 2
        found = None if many_outputs else st.DoubleType() if is_single else _MANY
    elif method == "predict":
        found = _predicted_type(estimator, classes, many_outputs)
    if found is None:
        raise TypeError(
            f"what {type(estimator).__name__}.{method} gives cannot be told beforehand: say it with "
            "return_type, 'double' or 'array<double>' for example"
        )
    return found


def _predicted_type(estimator: Any, classes: Any, many_outputs: bool) -> st.DataType | None:
    if many_outputs:
        return _MANY if is_regressor(estimator) else None
    if is_classifier(estimator) and classes is not None:
        labels = np.asarray(classes)
        is_text = labels.dtype.kind != "O" or all(isinstance(one, str) for one in labels)
        return _LABELS.get(labels.dtype.kind) if is_text else None
    if is_regressor(estimator):
        return st.DoubleType()
    if is_clusterer(estimator) or is_outlier_detector(estimator):
        return st.LongType()
    return None


def _arrow_type(kind: st.DataType) -> Any:
    from pyspark.sql.pandas.types import to_arrow_type

    return to_arrow_type(kind)


def _udf(function: Callable[[Iterator[Any]], Iterator[Any]], kind: st.DataType) -> Any:
    """Spark's function over iterators of Arrow arrays; by way of pandas before Spark 4.1."""
    if hasattr(sf, "arrow_udf"):
        function.__annotations__ = {
            "batches": Iterator[tuple[pa.Array, ...]],
            "return": Iterator[pa.Array],
        }
        return sf.arrow_udf(function, kind)
    return sf.pandas_udf(_by_pandas(function), kind)


def _by_pandas(function: Callable[[Iterator[Any]], Iterator[Any]]) -> Any:
    import pandas as pd

    def predict(batches: Iterator[Any]) -> Iterator[Any]:
        def arrow(one: Any) -> Any:
            if isinstance(one, pd.DataFrame):  # vectors
                return (
                    pa.Table.from_pandas(one, preserve_index=False)
                    .to_struct_array()
                    .combine_chunks()
                )
            return pa.Array.from_pandas(one)

        arrays = (
            tuple(map(arrow, batch)) if isinstance(batch, tuple) else (arrow(batch),)
            for batch in batches
        )
        for output in function(arrays):
            yield output.to_pandas()

    predict.__annotations__ = {
        "batches": Iterator[tuple[pd.Series, ...]],
        "return": Iterator[pd.Series],
    }
    return predict
