"""Outcomes come home task by task: a fit on an executor waits for an answer that the driver has had."""

import numpy as np
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from tests.cluster.learners import Careful

import tenfold
from tenfold._run.stopping import Unfinished
from tenfold.spark._search import cutting, job

X, Y = load_iris(return_X_y=True)


def on_answers(monkeypatch, told):
    """Have each answer told, before it goes on."""
    original = Unfinished.noting

    def noting(self, answer, deadline):
        noted = original(self, answer, deadline)

        def take(number, result):
            told(number)
            noted(number, result)

        return take

    monkeypatch.setattr(Unfinished, "noting", noting)


def test_a_fit_waits_for_an_earlier_answer(spark, tmp_path, monkeypatch):
    on_answers(monkeypatch, lambda number: (tmp_path / "answered").touch())
    # A task each, for two slots.
    grid = {"trouble": [None, f"wait for {tmp_path / 'answered'}"]}
    split = [(np.arange(0, 150, 2), np.arange(1, 150, 2))]
    search = tenfold.GridSearchCV(Careful(), grid, cv=split, refit=False, error_score="raise")
    search.fit(X, Y)
    assert search.plan_.backend == "spark"


def test_native_cells_are_answered_with_their_task(spark, monkeypatch):
    events = []
    original = job.Jobs.follow

    def follow(self):
        for item in original(self):
            if item is not None:
                events.append("task")
            yield item

    monkeypatch.setattr(job.Jobs, "follow", follow)
    monkeypatch.setattr(cutting, "_SHORTEST_SECONDS", 1e-3)
    on_answers(monkeypatch, lambda number: events.append("answer"))
    forest = RandomForestClassifier(300, random_state=0)
    search = tenfold.GridSearchCV(forest, {"max_features": [1, 2, 3, 4]}, cv=3, refit=False)
    search.fit(X, Y)
    assert not search.plan_.reasons
    assert events.count("answer") == 12
    assert events.count("task") > 2
    assert "task task" not in " ".join(events)


def test_costs_are_learnt_from_the_first_calls(spark, monkeypatch):
    cuts = []
    original = cutting.cut_learnt

    def cut_learnt(indices, seconds, n_slots, **options):
        tasks = original(indices, seconds, n_slots, **options)
        cuts.append((dict(zip(indices, seconds, strict=True)), tasks))
        return tasks

    monkeypatch.setattr(cutting, "cut_learnt", cut_learnt)
    grid = {"size": list(range(16)), "seconds": [0.2]}
    search = tenfold.GridSearchCV(Careful(), grid, cv=2, refit=False).fit(X, Y)
    assert search.plan_.backend == "spark"
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    ((seconds, tasks),) = cuts
    assert len(seconds) == 32 - 4, "two a slot have been run by then, or are under way"
    assert min(seconds.values()) > 0.15
    assert all(sum(seconds[index] for index in task) > 0.25 for task in tasks[:-1])
