"""A search as MLflow runs: a run for the search, and below it one for each candidate."""

from __future__ import annotations

import math
import re
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from tenfold._report.page import write_report
from tenfold._report.table import SearchTable, table_of, text

# What MLflow takes in one request, and in one value.
_MOST_METRICS = 1000
_MOST_PARAMETERS = 100
_LONGEST_VALUE = 500
_FOREIGN = re.compile(r"[^\w\-./ ]")


def log_to_mlflow(
    search: Any, *, metric: str | None = None, report: bool = True, experiment_id: str | None = None
) -> str:
    """Log a search to MLflow: every candidate as a run below one for the search.

    ``mlflow.sklearn.autolog()`` logs a tenfold search as it logs scikit-learn's, but rebuilds five candidates
    unless it is told otherwise, and knows nothing of journals.

    Parameters
    ----------
    search : fitted search, str or path-like
        Or the path of a journal, of which the last search is taken.
    metric : str, optional
        The score that the report shows; by default the one that decided.
    report : bool, default=True
        Whether the page of ``search.report`` is logged as an artifact, ``report.html``.
    experiment_id : str, optional
        Where a run is begun if none is active; by default MLflow's active experiment.

    Returns
    -------
    run_id : str
        Of the search's run: the active one where there is one, else a new one, ended.

    Raises
    ------
    ImportError
        Where MLflow is not installed; with ``report``, where Plotly is not (the extra ``report``).
    ValueError
        Where the search is not fitted, or has no such metric.

    Notes
    -----
    Candidates have their parameters, and as metrics the mean, standard deviation and fold values of each test
    score, mean seconds and rank. One without a score is a failed run.
    """
    import mlflow

    table = table_of(search, metric)
    page = None
    client = mlflow.MlflowClient()
    active = mlflow.active_run()
    with tempfile.TemporaryDirectory() as folder:
        if report:
            page = write_report(table, Path(folder, "report.html"))
        if active is not None:
            _log(client, active.info, table, page)
            return str(active.info.run_id)
        with mlflow.start_run(experiment_id=experiment_id, run_name=table.title) as run:
            _log(client, run.info, table, page)
            return str(run.info.run_id)


def _log(client: Any, info: Any, table: SearchTable, page: str | None) -> None:
    best = int(table.order[0])
    own = {f"best_{name}": value for name, value in table.candidates[best].items()}
    metrics = {f"best_{name}": value for name, value in _metrics_of(table, best).items()}
    _log_batches(client, info.run_id, metrics, own)
    if page is not None:
        client.log_artifact(info.run_id, page)
    ranks = np.empty(len(table), dtype=np.int64)
    ranks[table.order] = 1 + np.arange(len(table))
    width = len(str(len(table) - 1))
    for number in range(len(table)):
        run = client.create_run(
            info.experiment_id,
            run_name=f"candidate {number:0{width}}",
            tags={"mlflow.parentRunId": info.run_id, "mlflow.user": info.user_id or ""},
        )
        values = {**_metrics_of(table, number), "rank": float(ranks[number])}
        _log_batches(client, run.info.run_id, values, table.candidates[number])
        status = "FINISHED" if math.isfinite(table.means[number]) else "FAILED"
        client.set_terminated(run.info.run_id, status)


def _metrics_of(table: SearchTable, number: int) -> dict[str, float]:
    metrics = {"mean_fit_time": float(table.fit_times[number])}
    for name, scores in table.scores.items():
        folds = scores[number]
        metrics[f"mean_test_{name}"] = float(folds.mean())
        metrics[f"std_test_{name}"] = float(folds.std())
        metrics |= {f"split{split}_test_{name}": float(score) for split, score in enumerate(folds)}
    return {name: value for name, value in metrics.items() if math.isfinite(value)}


def _log_batches(
    client: Any, run_id: str, metrics: dict[str, float], parameters: dict[str, Any]
) -> None:
    from mlflow.entities import Metric, Param

    now = int(time.time() * 1000)
    values = [Metric(_name(name), value, now, 0) for name, value in metrics.items()]
    texts = [Param(_name(name), text(v)[:_LONGEST_VALUE]) for name, v in parameters.items()]
    for some in _cut(texts, _MOST_PARAMETERS):
        client.log_batch(run_id, params=some)
    for some in _cut(values, _MOST_METRICS):
        client.log_batch(run_id, metrics=some)


def _name(name: str) -> str:
    return _FOREIGN.sub("_", name)


def _cut(items: list[Any], size: int) -> Iterator[list[Any]]:
    for first in range(0, len(items), size):
        yield items[first : first + size]
