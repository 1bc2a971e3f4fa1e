"""What runs on executors for keyed models: fit one group, apply one group's model.

The module is sent by value, so that executors need scikit-learn but not this package; it therefore
imports nothing of the package but what is sent with it.
"""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from tenfold._memory_limit import available
from tenfold.spark._frames.vectors import check_widths, decode, encode, list_parts, to_dense

# Arrow's copy, NumPy's copy and a learner's working set.
_COPIES_OF_A_GROUP = 3
# Bytes that any worker has left. Asking what it has takes as long as fitting a small group.
_NEVER_TOO_LARGE = 1 << 20


@dataclass(frozen=True)
class GroupTask:
    """What executors are told of a keyed estimator."""

    key_cols: tuple[str, ...]
    x_col: str | tuple[str, ...]
    y_col: str | None
    max_group_bytes: int | None = None
    on_error: str = "raise"


def features(table: Any, x_col: str | tuple[str, ...]) -> Any:
    """The matrix of a group: vectors, arrays or scalars of one column, or several scalar columns."""
    if isinstance(x_col, tuple):
        return np.column_stack([_scalars(table.column(name)) for name in x_col])
    column = table.column(x_col).combine_chunks()
    is_wide = pa.types.is_struct(column.type) or pa.types.is_list(column.type)
    if not is_wide:
        return _scalars(column).reshape(-1, 1)
    if column.null_count:
        raise ValueError(f"column {x_col!r} has nulls: drop such rows first")
    if pa.types.is_struct(column.type):
        return to_dense(decode(column, x_col))
    values, offsets = list_parts(column)
    return values.reshape(len(column), check_widths(np.diff(offsets), None, x_col))


def _scalars(column: Any) -> Any:
    if pa.types.is_decimal(column.type) or column.null_count:
        column = column.cast(pa.float64())
    return (
        column.to_numpy(zero_copy_only=False) if isinstance(column, pa.Array) else column.to_numpy()
    )


def _labels(table: Any, y_col: str) -> Any:
    column = table.column(y_col)
    if column.null_count:
        raise ValueError(f"column {y_col!r} has nulls: drop such rows first")
    return _scalars(column)


def name_key(key_cols: tuple[str, ...], key: tuple[Any, ...]) -> str:
    """A key as messages name it."""
    values = [k.as_py() if isinstance(k, pa.Scalar) else k for k in key]
    return ", ".join(f"{name}={value!r}" for name, value in zip(key_cols, values, strict=True))


def check_group(task: GroupTask, key: tuple[Any, ...], table: Any) -> None:
    """Refuse a group that would exhaust the worker's memory, while there is memory to say so."""
    limit = task.max_group_bytes
    if limit is None:
        if table.nbytes <= _NEVER_TOO_LARGE:
            return
        limit = available() // _COPIES_OF_A_GROUP
    if table.nbytes > limit:
        raise MemoryError(
            f"the group {name_key(task.key_cols, key)} has {table.num_rows:,} rows in "
            f"{table.nbytes / 1e6:,.1f} MB, more than the {limit / 1e6:,.1f} MB that one worker may "
            f"use for it: sample it, add a key column, or give executors more memory"
        )


@contextmanager
def native_search(is_search: bool) -> Iterator[None]:
    """Let a search inside a group run on the native engine, on the cores of this task."""
    if not is_search:
        yield
        return
    try:
        import tenfold
    except ImportError:  # then scikit-learn does the search
        yield
        return
    from joblib import parallel_config

    with (
        tenfold.config_context(backend="local", progress=False),
        parallel_config(backend="tenfold", n_jobs=task_cpus()),
    ):
        yield


def task_cpus() -> int:
    """Cores that Spark gives a task."""
    from pyspark import TaskContext

    context = TaskContext.get()
    return 1 if context is None else max(1, int(context.cpus()))


def fit_function(task: GroupTask, estimator: Any, is_search: bool) -> Any:
    """The function that fits groups: a table of their keys and pickled models.

    Of many small groups each step is done for all before the next one: code and data that one step needs are
    then in the processor's caches, which more than halves what the steps around ``fit`` take.

    The driver says whether the estimator is a search: the class that tells is a private name of
    scikit-learn's, which this module, sent without the package, does not know.
    """

    def read(key: tuple[Any, ...], table: Any) -> tuple[Any, ...]:
        check_group(task, key, table)
        X = features(table, task.x_col)
        return (X,) if task.y_col is None else (X, _labels(table, task.y_col))

    def fit(data: tuple[Any, ...]) -> Any:
        from sklearn.base import clone

        return clone(estimator).fit(*data)

    def fit_many(groups: list[tuple[tuple[Any, ...], Any]]) -> Any:
        import sklearn
        from pyspark import cloudpickle

        steps = _Steps(task, [key for key, _ in groups])
        data = steps.of_all(read, groups)
        with native_search(is_search):
            fitted = steps.of_all(fit, [(one,) for one in data])
        models = steps.of_all(cloudpickle.dumps, [(one,) for one in fitted])
        firsts = pa.concat_tables(
            [table.select(list(task.key_cols)).slice(0, 1) for _, table in groups]
        )
        columns = {name: firsts.column(name) for name in task.key_cols}
        columns["estimator"] = pa.array(models, pa.binary())
        columns["n_rows"] = pa.array([table.num_rows for _, table in groups], pa.int64())
        columns["error"] = pa.array(steps.problems, pa.string())
        columns["sklearn_version"] = pa.array([sklearn.__version__] * len(groups), pa.string())
        return pa.table(columns)

    return fit_many


class _Steps:
    """Steps that groups go through, each for all of them but those that have failed in one before.

    Attributes
    ----------
    problems : list of str or None
        Why each group failed.
    """

    def __init__(self, task: GroupTask, keys: list[tuple[Any, ...]]) -> None:
        self._task = task
        self._keys = keys
        self.problems: list[str | None] = [None] * len(keys)

    def of_all(self, step: Any, arguments: list[tuple[Any, ...]]) -> list[Any]:
        """What a step gives of each group; None where the group has failed."""
        results: list[Any] = [None] * len(arguments)
        for number, given in enumerate(arguments):
            if self.problems[number] is not None:
                continue
            try:
                results[number] = step(*given)
            except Exception as error:
                if self._task.on_error == "raise":
                    if isinstance(error, MemoryError):
                        raise
                    key = name_key(self._task.key_cols, self._keys[number])
                    raise RuntimeError(f"the model of {key}: {error}") from error
                self.problems[number] = f"{type(error).__name__}: {error}"
        return results


def transform_function(task: GroupTask, method: str, output_col: str, output_type: Any) -> Any:
    """The function that adds groups' output column; ``output_type`` is None for vectors."""
    empty_type = output_type or encode(np.empty((0, 0))).type

    def apply(key: tuple[Any, ...], rows: Any, models: Any) -> Any:
        pickled = models.column("estimator")[0].as_py() if models.num_rows else None
        if pickled is None or rows.num_rows == 0:
            return None
        check_group(task, key, rows)
        check_version(models.column("sklearn_version")[0].as_py())
        return getattr(pickle.loads(pickled), method)(features(rows, task.x_col))

    def output(given: Any, key: tuple[Any, ...], n_rows: int) -> Any:
        if given is None:
            return pa.nulls(n_rows, empty_type)
        found = _as_output(given, output_type)
        if len(found) != n_rows:  # or rows of other keys would get what is this one's
            raise ValueError(
                f"{method}() of the model of {name_key(task.key_cols, key)} must give a row for each of the "
                f"{n_rows:,} rows of its key, got {len(found):,}"
            )
        return found

    def transform_many(groups: list[tuple[tuple[Any, ...], Any, Any]]) -> Any:
        results = [apply(*group) for group in groups]
        outputs = [
            output(given, key, rows.num_rows)
            for given, (key, rows, _) in zip(results, groups, strict=True)
        ]
        rows = pa.concat_tables([rows for _, rows, _ in groups])
        return rows.append_column(output_col, pa.chunked_array(outputs, empty_type))

    return transform_many


def _as_output(result: Any, output_type: Any) -> Any:
    if output_type is None:
        dense = result.toarray() if hasattr(result, "toarray") else np.asarray(result)
        return encode(dense.astype(np.float64, copy=False))
    values = np.asarray(result)
    if values.dtype.kind == "U":
        values = values.astype(object)
    if pa.types.is_decimal(output_type):
        return pa.array(values.astype(np.float64)).cast(output_type)
    return pa.array(values).cast(output_type)


def check_version(recorded: str) -> None:
    """Refuse a model that another version of scikit-learn has fitted."""
    import sklearn

    if recorded.split(".")[:2] != sklearn.__version__.split(".")[:2]:
        raise RuntimeError(
            f"the models were fitted with scikit-learn {recorded}, this Python has "
            f"{sklearn.__version__}: install the version they were fitted with, or fit again"
        )
