"""Cutting a search into tasks: every cell once, the longest first, and no score changed."""

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import ParameterGrid, StratifiedKFold

from tenfold import _engine
from tenfold._gather.calls import Call, Request
from tenfold._run import native as run_native
from tenfold._translate.cells import translate
from tenfold._translate.session import Session
from tenfold._versions import fit_and_score
from tenfold.spark._search import cutting

X, Y = load_iris(return_X_y=True)
GRID = {
    "max_depth": [2, 4, None],
    "min_samples_leaf": [1, 3, 10],
    "criterion": ["gini", "entropy"],
    "n_estimators": [20, 60],
}


def native_run(random_state, grid=GRID):
    splits = list(StratifiedKFold(3).split(X, Y))
    calls = []
    for parameters in ParameterGrid(grid):
        for train, test in splits:
            estimator = RandomForestClassifier(random_state=random_state)
            asked = {
                "scorer": estimator.score, "train": train, "test": test, "verbose": 0,
                "parameters": parameters, "fit_params": None, "score_params": None,
            }  # fmt: skip
            from sklearn.metrics import check_scoring

            asked["scorer"] = check_scoring(estimator)
            calls.append(Call(fit_and_score, (estimator, X, Y), asked))
    (run,) = translate(Request(calls, 1, True, False), Session(), _engine).runs
    return run


def scores(run, free_seed):
    search = run_native.engine_search(_engine, run, free_seed)
    search.start(1)
    while not search.wait(1.0):
        pass
    return dict(zip([cell.number for cell in run.cells], search.scores()[:, 0], strict=True))


@pytest.mark.parametrize("random_state", [0, None])
@pytest.mark.parametrize("n_slots", [1, 2, 7, 40, 1000])
@pytest.mark.parametrize("n_tasks", [None, 1, 5])
def test_every_cell_once(monkeypatch, random_state, n_slots, n_tasks):
    monkeypatch.setattr(cutting, "_SHORTEST_SECONDS", 1e-4)
    run = native_run(random_state)
    cuts = cutting.cut_native(_engine, run, n_slots, n_tasks)
    numbers = [cell.number for cut in cuts for cell in cut.run.cells]
    assert sorted(numbers) == list(range(len(run.cells)))
    if n_tasks is not None:
        assert len(cuts) <= n_tasks
    for cut in cuts:
        assert sum(len(family["cells"]) for family in cut.families) == len(cut.run.cells)
        assert cut.seconds == pytest.approx(sum(f["predicted_seconds"] for f in cut.families))


@pytest.mark.parametrize("random_state", [0, None])
def test_cutting_changes_no_score(monkeypatch, random_state):
    monkeypatch.setattr(cutting, "_SHORTEST_SECONDS", 1e-4)
    monkeypatch.setattr(cutting, "_DRIVER_SECONDS", 1e-6)
    grid = {**GRID, "n_estimators": [3, 6], "ccp_alpha": [0.0, 0.01]}
    run = native_run(random_state, grid)
    whole = scores(run, free_seed=5)
    cuts = cutting.cut_native(_engine, run, 50, None)
    assert len(cuts) > (3 if random_state is None else 30) - 1
    parts = {}
    for cut in cuts:
        parts.update(scores(cut.run, free_seed=5))
    assert parts == whole


def test_more_slots_get_shorter_tasks(monkeypatch):
    monkeypatch.setattr(cutting, "_SHORTEST_SECONDS", 1e-5)
    monkeypatch.setattr(cutting, "_DRIVER_SECONDS", 1e-6)
    run = native_run(0)
    longest = [
        max(cut.seconds for cut in cutting.cut_native(_engine, run, n_slots, None))
        for n_slots in (1, 4, 16)
    ]
    assert longest[0] > longest[1] > longest[2]


@pytest.mark.parametrize("n_cells", [1, 2, 10, 3000])
@pytest.mark.parametrize("n_slots", [1, 2, 64])
@pytest.mark.parametrize("n_tasks", [None, 3])
def test_calls_are_dealt_out_once(n_cells, n_slots, n_tasks):
    indices = list(range(100, 100 + n_cells))
    tasks = cutting.cut_calls(indices, n_slots, n_tasks)
    assert sorted(index for task in tasks for index in task) == indices
    assert all(task for task in tasks)
    sizes = [len(task) for task in tasks]
    if n_tasks is None:
        assert sizes == sorted(sizes, reverse=True)
        assert sizes[-1] <= max(1, n_cells // 500)
        assert sizes[0] <= max(1, n_cells // (2 * n_slots))
    else:
        assert len(tasks) <= n_tasks
        assert max(sizes) - min(sizes) <= 1


@pytest.mark.parametrize("n_cells", [1, 10, 3000])
def test_calls_of_a_search_that_may_end_early_are_few_a_task_and_in_order(n_cells):
    """What a task has done is known when it ends, and what is done is to be candidates."""
    indices = list(range(100, 100 + n_cells))
    tasks = cutting.cut_calls(indices, 2, None, small=True)
    assert [index for task in tasks for index in task] == indices
    assert max(map(len, tasks)) == max(1, n_cells // 500)


def test_neighbours_are_spread():
    """What a fit costs often goes with its place in the grid: no task may get only dear ones."""
    cost = np.repeat([1.0, 100.0], 500)
    tasks = cutting.cut_calls(list(range(1000)), 4, None)
    large = [task for task in tasks if len(task) >= 50]
    shares = [cost[task].mean() for task in large]
    assert max(shares) < 2 * min(shares)


@pytest.mark.parametrize("n_slots", [1, 2, 64, 1000])
@pytest.mark.parametrize("small", [False, True])
def test_calls_of_learnt_cost_are_packed(n_slots, small):
    rng = np.random.default_rng(n_slots)
    indices = list(range(100, 6100))
    seconds = np.exp(rng.normal(-3.0, 1.5, 6000)).tolist()
    tasks = cutting.cut_learnt(indices, seconds, n_slots, small=small)
    assert sorted(index for task in tasks for index in task) == indices
    took = [sum(seconds[index - 100] for index in task) for task in tasks]
    share = sum(seconds) / n_slots
    assert np.median(took) > 0.4 * min(0.5, share), "worth a task"
    assert max(took) < max(6.0, 2 * share, max(seconds) + 1.0)
    assert len(tasks) >= min(n_slots, 60), "and something for every slot"
    driver = len(tasks) * cutting._DRIVER_SECONDS
    assert driver < max(0.05, 2 * share), "which the driver hands out in time"
    if small:
        assert [index for task in tasks for index in task] == indices, "candidates in their order"
    else:
        longest = [max(seconds[index - 100] for index in task) for task in tasks]
        assert longest == sorted(longest, reverse=True)


def test_first_calls_are_few_and_from_all_over():
    indices = list(range(100, 1100))
    first = cutting.first_calls(indices, 4, None)
    assert len(first) == 8
    assert max(np.diff(first)) < 200
    assert first[0] < 200
    assert first[-1] > 900
    assert cutting.first_calls(indices, 4, None, small=True) == indices[:8]
    assert not cutting.first_calls(indices, 4, 3), "n_jobs says how many tasks"
    assert not cutting.first_calls(indices[:20], 4, None), "too few to be worth it"


def test_few_native_tasks_where_many_slots_wait(monkeypatch):
    run = native_run(0)
    total = sum(cut.seconds for cut in cutting.cut_native(_engine, run, 1, None))
    monkeypatch.setattr(cutting, "_SHORTEST_SECONDS", 1e-5)
    monkeypatch.setattr(cutting, "_DRIVER_SECONDS", total / 100)
    cuts = cutting.cut_native(_engine, run, 1000, None)
    assert 3 < len(cuts) <= 20, "as many as take the driver as long as the last of them takes"
