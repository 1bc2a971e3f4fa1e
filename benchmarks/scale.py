"""How far a search spreads: the digits grid on 1 to 10,000 cores, simulated from measured costs.

No machine at hand has so many cores. The tasks are those that tenfold really cuts for so many slots;
what a task, a job, a Python worker and the driver take is measured (``--measure``, on a standalone
cluster of two cores, kept in scale.json); the rest is a model of driver, network and hosts, with
stragglers and lost executors, seeded. It prints where efficiency falls under 90% and which limit
binds: the driver that hands tasks out, the link over which hosts are sent the data, the longest task,
work that is no longer shared once cut apart, stragglers and losses, the refit on the driver, or what a
search takes to start and end.

Three workloads: the digits grid, native; the same grid on a hundred times the rows, native, by
predicted costs times the same ratios; and the digits grid as scikit-learn's own 2,592 fits, which is
what runs where no native learner is.

A search is simulated with five seeds; the median is shown. *First* is a search on data that hosts have
not, by Python workers that have yet to start; *second* is the next one. What *binds* is what would save
most if it were not there. Efficiency is that of the second: work on one core over cores times seconds.
"""

import argparse
import functools
import shlex
import statistics
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

import _scale_model as model
from _scale_costs import Costs, digits, fit_tasks, measure_costs, native_run, native_tasks
from tenfold._translate.cells import NativeRun
from tenfold.spark._search.bundle import Bundle
from tenfold.spark._search.package import package

COSTS = Path(__file__).with_name("scale.json")
CORES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1000, 2000, 5000, 10_000)
SEEDS = range(5)
TIMES = 100
ENOUGH = 0.9
BLOG_SECONDS, BLOG_CORES, BLOG_TARGET = 300.0, 16, 30.0


@dataclass(frozen=True)
class Workload:
    """A search: its tasks for so many slots, what a host is sent, seconds on the driver.

    ``refit`` is on one core; ``plan`` is of cutting, a task.
    """

    name: str
    tasks: Callable[[int], list[float]]
    n_bytes: int
    refit: float
    plan: float


@dataclass(frozen=True)
class Row:
    """What a search comes to on so many cores."""

    n_cores: int
    n_tasks: int
    first: float
    first_binds: str
    second: float
    binds: str
    efficiency: float


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--measure", action="store_true", help="measure the costs anew; minutes")
    parser.add_argument("--cores", type=int, nargs="+", default=CORES)
    parser.add_argument("--cores-a-host", type=int, default=16)
    parser.add_argument("--gigabits", type=float, default=10.0, help="of the driver's link")
    parser.add_argument("--stragglers", type=float, default=0.01, help="share of tasks")
    parser.add_argument("--slower", type=float, default=3.0, help="times, a straggler")
    parser.add_argument("--losses", type=float, default=0.01, help="share of hosts, a search")
    parser.add_argument("--restart", type=float, default=10.0, help="seconds, of an executor")
    options = parser.parse_args()
    console = Console(width=max(Console().width, 110), highlight=False)
    if options.measure:
        command = f"python {shlex.join(['benchmarks/scale.py', *sys.argv[1:]])}"
        measure_costs(command).write(COSTS)
    costs = Costs.read(COSTS)
    simulator = Simulator(costs, options)
    searches = workloads(costs)
    for workload in searches:
        rows = [simulator.row(workload, n_cores) for n_cores in options.cores]
        print_rows(console, workload, rows)
    print_blog(console, simulator, searches)
    console.print(
        f"Stragglers: {options.stragglers:.0%} of tasks, {options.slower:g} times slower. "
        f"Lost: {options.losses:.0%} of executors a search, back after {options.restart:g} s.\n"
        f"Hosts of {options.cores_a_host} cores; the driver's link has {options.gigabits:g} Gbit/s. "
        f"A task costs the driver {costs.dispatch * 1e3:.1f} ms and its slot {costs.task * 1e3:.0f} ms,\n"
        f"a job {costs.job:.2f} s, a Python worker's start {costs.worker:.1f} s; native tasks take "
        f"{statistics.mean(costs.ratios):.2f} times their predicted seconds.\n"
        f"Measured with {costs.command}\non {costs.machine}"
    )
    return 0


def workloads(costs: Costs) -> list[Workload]:
    """The three searches."""
    x, y = digits(1)
    small, large = native_run(digits(1)), native_run(digits(TIMES))
    growth = sum(native_tasks(large, 1)) / sum(native_tasks(small, 1))
    return [
        native_workload("The digits grid, native", small, costs, costs.refit),
        native_workload(
            f"The same grid on {TIMES} times the rows, native", large, costs, costs.refit * growth
        ),
        Workload(
            "The digits grid as scikit-learn's own fits",
            partial(fit_tasks, costs),
            x.nbytes + y.nbytes + package().nbytes,
            costs.refit,
            plan=0.0,
        ),
    ]


def native_workload(name: str, run: NativeRun, costs: Costs, refit: float) -> Workload:
    """A native run, whose tasks differ from their prediction as those measured do."""

    @functools.cache
    def tasks(n_slots: int) -> list[float]:
        predicted = native_tasks(run, n_slots)
        ratios = np.random.default_rng(0).choice(costs.ratios, len(predicted))
        return [float(seconds * ratio) for seconds, ratio in zip(predicted, ratios, strict=True)]

    rows = [part for split in run.splits for part in (split.train, split.test)]
    n_bytes = Bundle([run.table.store, *rows]).nbytes + package().nbytes
    return Workload(name, tasks, n_bytes, refit, costs.plan)


class Simulator:
    """Simulates searches with the costs and the cluster that are asked for."""

    def __init__(self, costs: Costs, options: argparse.Namespace) -> None:
        self._costs = costs
        self._options = options
        self._trouble = model.Trouble(options.stragglers, options.slower, options.losses)

    def row(self, workload: Workload, n_cores: int, speed: float = 1.0) -> Row:
        """Simulate a first and a second search; ``speed`` is that of cores, over those measured."""
        tasks = [seconds / speed for seconds in workload.tasks(n_cores)]
        work = sum(workload.tasks(1)) / speed
        cluster = self._cluster(workload, n_cores, len(tasks), speed)
        cold = Search(cluster, tasks, work, workload.n_bytes, self._trouble)
        warm = Search(replace(cluster, worker=0.0), tasks, work, 0, self._trouble)
        first, second = cold.median(), warm.median()
        efficiency = work / (n_cores * second)
        return Row(n_cores, len(tasks), first, cold.binds(), second, warm.binds(), efficiency)

    def _cluster(
        self, workload: Workload, n_cores: int, n_tasks: int, speed: float
    ) -> model.Cluster:
        options, costs = self._options, self._costs
        return model.Cluster(
            n_cores,
            options.cores_a_host,
            serial=costs.job + workload.plan / speed * n_tasks,
            refit=workload.refit / speed / min(n_cores, options.cores_a_host),
            dispatch=costs.dispatch,
            task=costs.task,
            worker=costs.worker,
            bandwidth=options.gigabits * 1e9 / 8,
            restart=options.restart,
        )


@dataclass(frozen=True)
class Search:
    """A search to simulate; ``work`` is its seconds of work where nothing that is shared is parted."""

    cluster: model.Cluster
    tasks: list[float]
    work: float
    n_bytes: int
    trouble: model.Trouble

    def median(self) -> float:
        """Median seconds over the seeds."""
        return statistics.median(self._seconds(seed) for seed in SEEDS)

    def _seconds(self, seed: int) -> float:
        return model.seconds(self.cluster, self.tasks, self.n_bytes, self.trouble, seed)

    def binds(self) -> str:
        """What would save most if it were not there, for one seed."""
        cluster, total = self.cluster, sum(self.tasks)
        even = [total / len(self.tasks)] * len(self.tasks)
        shared = [seconds * min(1.0, self.work / total) for seconds in self.tasks]
        without = {
            "driver": replace(self, cluster=replace(cluster, dispatch=0.0)),
            "shipping": replace(self, n_bytes=0),
            "longest task": replace(self, tasks=even),
            "lost sharing": replace(self, tasks=shared),
            "start and end": replace(self, cluster=replace(cluster, serial=0.0, worker=0.0)),
            "refit": replace(self, cluster=replace(cluster, refit=0.0)),
            "stragglers": replace(self, trouble=model.Trouble(0.0, 1.0, 0.0)),
        }
        seconds = {name: search._seconds(SEEDS[0]) for name, search in without.items()}
        return min(seconds, key=seconds.__getitem__)


def print_rows(console: Console, workload: Workload, rows: list[Row]) -> None:
    """Print a workload's table, and from where on it is not efficient."""
    one = sum(workload.tasks(1))
    title = f"{workload.name}: {one:,.1f} s of work, {workload.n_bytes / 1e6:.1f} MB a host"
    table = Table(title=title, title_justify="left", title_style="bold")
    for heading in ("cores", "tasks", "first search"):
        table.add_column(heading, justify="right")
    table.add_column("binds")
    for heading in ("second search", "efficiency"):
        table.add_column(heading, justify="right")
    table.add_column("binds")
    for row in rows:
        table.add_row(
            f"{row.n_cores:,}",
            f"{row.n_tasks:,}",
            f"{row.first:,.2f} s",
            row.first_binds,
            f"{row.second:,.2f} s",
            f"{row.efficiency:.0%}",
            row.binds,
        )
    console.print(table)
    low = next((row for row in rows if row.efficiency < ENOUGH), None)
    if low is None:
        console.print(f"Efficiency stays at {ENOUGH:.0%} or more.\n")
    else:
        console.print(
            f"Efficiency of a second search falls under {ENOUGH:.0%} on {low.n_cores:,} "
            f"core{'s' if low.n_cores > 1 else ''}; what binds there: {low.binds}.\n"
        )


def print_blog(console: Console, simulator: Simulator, searches: list[Workload]) -> None:
    """Print what the set-up of the blog post would come to: 5 minutes on one core, 16 cores."""
    native, fits = searches[0], searches[-1]
    here = sum(fits.tasks(1))
    speed = here / BLOG_SECONDS
    console.print(
        f"[bold]The blog post's set-up[/]: its {BLOG_SECONDS:.0f} s on one core came to under "
        f"{BLOG_TARGET:.0f} s on {BLOG_CORES}. The same fits take {here:.0f} s on one core\nmeasured "
        f"here; on cores {1 / speed:.1f} times slower, a first search on {BLOG_CORES} of them is "
        "predicted to take"
    )
    for how, workload in (("with its fits as they are", fits), ("native", native)):
        row = simulator.row(workload, BLOG_CORES, speed)
        console.print(f"  {row.first:5.1f} s {how} (second search: {row.second:.1f} s)")
    console.print()


if __name__ == "__main__":
    raise SystemExit(main())
