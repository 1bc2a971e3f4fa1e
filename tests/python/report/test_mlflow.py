"""Searches in MLflow, with a real server over a database of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sklearn import model_selection
from sklearn.datasets import load_iris
from sklearn.naive_bayes import GaussianNB
from sklearn.tree import DecisionTreeClassifier

import tenfold

mlflow = pytest.importorskip("mlflow")
pytest.importorskip("flask")
pytest.importorskip("optuna")
pytest.importorskip("plotly")

X, Y = load_iris(return_X_y=True)
GRID = {"max_depth": [1, 2, None], "min_samples_leaf": [1, 5, 20]}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("mlflow")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [
            sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port),
            "--backend-store-uri", f"sqlite:///{folder / 'mlflow.db'}", "--workers", "1",
            "--artifacts-destination", str(folder / "artifacts"),
        ],
        cwd=folder,
        env={**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )  # fmt: skip
    address = f"http://127.0.0.1:{port}"
    limit = time.monotonic() + 90
    while not _answers(f"{address}/health"):
        assert process.poll() is None, process.stdout and process.stdout.read()
        assert time.monotonic() < limit, "the server does not come up"
        time.sleep(0.2)
    mlflow.set_tracking_uri(address)
    yield address
    mlflow.set_tracking_uri(None)
    process.terminate()
    process.communicate(timeout=30)


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def runs_of(experiment: str) -> tuple[Any, dict[str, Any]]:
    """The search's run, and those of its candidates by name."""
    client = mlflow.MlflowClient()
    found = client.search_runs([client.get_experiment_by_name(experiment).experiment_id])
    (parent,) = [run for run in found if "mlflow.parentRunId" not in run.data.tags]
    children = [
        run for run in found if run.data.tags.get("mlflow.parentRunId") == parent.info.run_id
    ]
    assert len(children) == len(found) - 1
    return parent, {run.info.run_name: run for run in children}


def test_every_candidate_is_a_run(server: str, tmp_path: Path) -> None:
    search = tenfold.GridSearchCV(
        DecisionTreeClassifier(random_state=0), GRID, cv=3,
        scoring=["accuracy", "neg_log_loss"], refit="accuracy",
    ).fit(X, Y)  # fmt: skip
    mlflow.set_experiment("every candidate")
    run_id = tenfold.log_to_mlflow(search)
    assert mlflow.active_run() is None
    parent, children = runs_of("every candidate")
    assert parent.info.run_id == run_id
    assert parent.info.status == "FINISHED"
    assert parent.data.metrics["best_mean_test_accuracy"] == search.best_score_
    assert len(children) == 9
    results = search.cv_results_
    for number, own in enumerate(results["params"]):
        run = children[f"candidate {number}"]
        assert run.data.params == {name: str(value) for name, value in own.items()}
        for name in ("mean_test_accuracy", "std_test_accuracy", "split2_test_neg_log_loss"):
            assert run.data.metrics[name] == pytest.approx(results[name][number], abs=1e-15)
    page = mlflow.artifacts.download_artifacts(
        run_id=run_id, artifact_path="report.html", dst_path=str(tmp_path)
    )
    assert "<h2>Best candidates</h2>" in Path(page).read_text()


def test_an_active_run_is_gone_on_with_and_a_journal_is_logged(server: str, tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    with tenfold.config_context(journal=journal), pytest.warns(UserWarning, match="non-finite"):
        tenfold.GridSearchCV(GaussianNB(), {"var_smoothing": [1e-9, -1.0]}, cv=3).fit(X, Y)
    mlflow.set_experiment("a journal")
    with mlflow.start_run() as run:
        assert tenfold.log_to_mlflow(journal, report=False) == run.info.run_id
        assert mlflow.active_run() is not None
    parent, children = runs_of("a journal")
    assert parent.data.params == {"best_var_smoothing": "1e-09"}
    statuses = {name: run.info.status for name, run in children.items()}
    assert statuses == {"candidate 0": "FINISHED", "candidate 1": "FAILED"}


def test_autologging_logs_what_it_logs_of_scikit_learn(server: str) -> None:
    logged = []
    for module in (model_selection, tenfold):
        experiment = f"autologging {module.__name__}"
        mlflow.set_experiment(experiment)
        mlflow.sklearn.autolog(log_models=False, log_datasets=False, silent=True, max_tuning_runs=4)
        try:
            search = module.GridSearchCV(DecisionTreeClassifier(random_state=0), GRID, cv=3)
            if module is tenfold:
                search.explain(X, Y)  # fits nothing, and logs nothing
            search.fit(X, Y)
        finally:
            mlflow.sklearn.autolog(disable=True)
        parent, children = runs_of(experiment)
        artifacts = mlflow.MlflowClient().list_artifacts(parent.info.run_id)
        logged.append(
            (
                parent.data.params,
                _without_seconds(parent),
                sorted(one.path for one in artifacts),
                sorted(
                    (sorted(run.data.params.items()), sorted(_without_seconds(run).items()))
                    for run in children.values()
                ),
            )
        )
    assert len(logged[0][3]) == 4
    assert logged[0] == logged[1]


def _without_seconds(run: Any) -> dict[str, float]:
    return {name: value for name, value in run.data.metrics.items() if "time" not in name}
