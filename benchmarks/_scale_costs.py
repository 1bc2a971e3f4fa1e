"""What searches on Spark are made of, for ``scale.py``: tasks as they are really cut, and measured costs.

Times of tasks are processor time of one thread; those of Spark are wall time, the least of some repeats.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest import mock

import numpy as np
from joblib import parallel_config
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import ParameterGrid, cross_validate
from sklearn.tree import DecisionTreeClassifier

import tenfold
from _report import describe_machine
from _search_task import Data
from _spark_task import start_session, wait_for_cores
from digits import N_SPLITS, PARAM_GRID
from tenfold import _engine as engine
from tenfold._run import local as run_local
from tenfold._run import native as run_native
from tenfold._translate.cells import NativeRun
from tenfold.spark._search import cutting

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from scripts.standalone import Cluster

CUT_FOR = (1, 4, 16, 64)  # slots; tasks of these cuts are timed
FINEST = 10_000
FEW, MANY = 20, 400  # tasks of jobs that do next to nothing
CORES = 2


@dataclass(frozen=True)
class Costs:
    """Measured seconds.

    Attributes
    ----------
    ratios : list of float
        Per timed native task, what it took over what the planner predicts.
    fits : list of (float, float)
        Per combination of parameters but ``n_estimators``: seconds of scikit-learn's fit and score on one
        split, the part that does not depend on the number of trees and that of a tree.
    refit : float
        Of the best candidate, on one core of the driver.
    plan : float
        Of cutting a search, a task.
    job : float
        From the start of a search to its first task and from its last one to its end.
    dispatch : float
        Of the driver, a task.
    task : float
        Of a slot, a task beyond its work.
    worker : float
        Start of a Python worker with what a search needs.
    """

    command: str
    machine: str
    ratios: list[float]
    fits: list[tuple[float, float]]
    refit: float
    plan: float
    job: float
    dispatch: float
    task: float
    worker: float

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(asdict(self), indent=1) + "\n")

    @classmethod
    def read(cls, path: Path) -> "Costs":
        return cls(**json.loads(path.read_text()))


def digits(times: int) -> Data:
    """The digits, every row so many times."""
    x, y = load_digits(return_X_y=True)
    return np.tile(x, (times, 1)), np.tile(y, times)


class _Taken(Exception):
    pass


def native_run(data: Data) -> NativeRun:
    """The native run that the digits grid comes to, taken from where it would start."""
    taken: list[NativeRun] = []

    def take(engine: Any, request: Any, translation: Any, *rest: Any) -> None:
        taken.extend(translation.runs)
        raise _Taken

    search = tenfold.GridSearchCV(RandomForestClassifier(random_state=0), PARAM_GRID, cv=N_SPLITS)
    with (
        mock.patch.object(run_local, "run", take),
        tenfold.config_context(backend="local", progress=False),
        suppress(_Taken),
    ):
        search.fit(*data)
    (run,) = taken
    return run


def native_tasks(run: NativeRun, n_slots: int) -> list[float]:
    """Predicted seconds of the tasks that a native run is cut into, the longest first."""
    return [cut.seconds for cut in cutting.cut_native(engine, run, n_slots, None)]


def fit_tasks(costs: Costs, n_slots: int) -> list[float]:
    """Seconds of the tasks of the same grid where every cell is a fit of scikit-learn's."""
    trees = PARAM_GRID["n_estimators"]
    cells = [fixed + tree * n for fixed, tree in costs.fits for n in trees for _ in range(N_SPLITS)]
    indices = range(len(cells))
    first = cutting.first_calls(indices, n_slots, None)
    if first:  # what these take is taken to tell what the others do
        later = sorted(set(indices).difference(first))
        tasks = cutting.cut_learnt(later, [cells[index] for index in later], n_slots)
        tasks = [[index] for index in first] + tasks
    else:
        tasks = cutting.cut_calls(indices, n_slots, None)
    return [sum(cells[index] for index in task) for task in tasks]


def measure_costs(command: str) -> Costs:
    """Time all of it here: some minutes."""
    run = native_run(digits(1))
    ratios = [ratio for n_slots in CUT_FOR for ratio in _ratios(run, n_slots)]
    fits = [_fit_cost(parameters) for parameters in _combinations()]
    forest = RandomForestClassifier(80, max_features=10, random_state=0)
    with parallel_config(backend="tenfold", n_jobs=1):
        refit = _least(lambda: forest.fit(*digits(1)), time.process_time)
    n_tasks = len(native_tasks(run, FINEST))
    plan = _least(lambda: native_tasks(run, FINEST), time.process_time) / n_tasks
    return Costs(command, describe_machine(), ratios, fits, refit, plan, **_spark_costs())


def _ratios(run: NativeRun, n_slots: int) -> list[float]:
    ratios = []
    for cut in cutting.cut_native(engine, run, n_slots, None):

        def grow(own: NativeRun = cut.run) -> None:
            search = run_native.engine_search(engine, own)
            search.start(1)
            while not search.wait(1.0):
                pass

        ratios.append(_least(grow, time.process_time, 2) / cut.seconds)
    return ratios


def _combinations() -> list[dict[str, Any]]:
    return list(ParameterGrid({k: v for k, v in PARAM_GRID.items() if k != "n_estimators"}))


def _fit_cost(parameters: dict[str, Any]) -> tuple[float, float]:
    def seconds(n_trees: int) -> float:
        forest = RandomForestClassifier(n_trees, random_state=0, **parameters)
        with parallel_config(n_jobs=1):
            cell = _least(lambda: cross_validate(forest, *digits(1), cv=2), time.process_time, 2)
        return cell / 2

    one, ten = seconds(1), seconds(10)
    tree = (ten - one) / 9
    return one - tree, tree


def _least(work: Callable[[], Any], clock: Callable[[], float], repeats: int = 3) -> float:
    times = []
    for _ in range(repeats):
        start = clock()
        work()
        times.append(clock() - start)
    return min(times)


def _spark_costs() -> dict[str, float]:
    """Costs of Spark itself, by jobs of next to no work on a cluster of two cores."""
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    with (
        TemporaryDirectory(prefix="tenfold-cluster-") as directory,
        Cluster(Path(directory), n_workers=1, memory="2g", n_cores=CORES) as cluster,
    ):
        session = start_session(cluster.url)
        wait_for_cores(session, CORES)
        jvm_job(session, FEW)
        first = _least(lambda: empty_search(FEW), time.perf_counter, 1)
        few, many = (_least(lambda n=n: empty_search(n), time.perf_counter) for n in (FEW, MANY))
        here = _least(lambda: empty_search(FEW, "local"), time.perf_counter)
        jvm_few, jvm_many = (
            _least(lambda n=n: jvm_job(session, n), time.perf_counter) for n in (FEW, MANY)
        )
        session.stop()
    dispatch = (jvm_many - jvm_few) / (MANY - FEW)
    task = max(0.0, (many - few) / (MANY - FEW) * CORES - dispatch)
    return {
        "job": max(0.0, few - here - FEW * (task + dispatch) / CORES),
        "dispatch": dispatch,
        "task": task,
        "worker": first - few,
    }


def empty_search(n_tasks: int, backend: str = "spark") -> None:
    """A search of so many tasks, each of one stump."""
    grid = {"min_samples_leaf": list(range(1, MANY // 2 + 1))}
    stump = DecisionTreeClassifier(max_depth=1, random_state=0)
    search = tenfold.GridSearchCV(clone(stump), grid, cv=2, n_jobs=n_tasks, refit=False)
    x, y = load_digits(return_X_y=True)
    with tenfold.config_context(backend=backend, progress=False):
        search.fit(x[:100], y[:100])


def jvm_job(session: Any, n_tasks: int) -> None:
    """A job of so many tasks that Python workers have no part in."""
    session.range(0, n_tasks, 1, n_tasks).write.format("noop").mode("overwrite").save()
