"""A search on a Spark cluster as a discrete-event model: driver, its network link, hosts, slots.

The driver plans, then hands tasks out one at a time; its link sends each host the data, one host after the
other; a host's slots start their Python workers and take tasks until none is left. Some tasks are
stragglers; some hosts lose their executor, with all tasks that it runs, and get another one, which is sent
the data again.
"""

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import numpy as np
import simpy

Events = Generator[simpy.Event, Any, None]


@dataclass(frozen=True)
class Cluster:
    """What a search runs on; seconds, and bytes a second.

    Attributes
    ----------
    serial : float
        Of the driver alone, before tasks run: planning, the job's start and end.
    refit : float
        Of the driver's cores, once all tasks are done.
    dispatch, task, worker : float
        As in :class:`_scale_costs.Costs`.
    bandwidth : float
        Of the driver's link.
    restart : float
        Until a lost executor is replaced.
    """

    n_cores: int
    cores_a_host: int
    serial: float
    refit: float
    dispatch: float
    task: float
    worker: float
    bandwidth: float
    restart: float

    @property
    def n_hosts(self) -> int:
        return -(-self.n_cores // self.cores_a_host)


@dataclass(frozen=True)
class Trouble:
    """Shares of tasks that are stragglers and of hosts that lose their executor in a search."""

    stragglers: float
    slower: float
    losses: float


def seconds(
    cluster: Cluster, tasks: list[float], n_bytes: int, trouble: Trouble, seed: int
) -> float:
    """Simulate one search; ``n_bytes`` is what each host is sent, 0 if it has it."""
    rng = np.random.default_rng(seed)
    slow = rng.random(len(tasks)) < trouble.stragglers
    work = np.asarray(tasks) * np.where(slow, trouble.slower, 1.0)
    search = _Search(cluster, work.tolist(), n_bytes)
    busy = sum(tasks) / cluster.n_cores + max(tasks)
    for host in range(min(cluster.n_hosts, len(tasks))):  # others get no task, and so no data
        lost_at = rng.random() * busy if rng.random() < trouble.losses else None
        search.environment.process(search.host(host, lost_at))
    search.environment.run(until=search.over)
    return float(search.environment.now) + cluster.refit


class _Search:
    def __init__(self, cluster: Cluster, work: list[float], n_bytes: int) -> None:
        self.environment = simpy.Environment()
        self.over = self.environment.event()
        self._cluster = cluster
        self._n_bytes = n_bytes
        self._driver = simpy.Resource(self.environment)
        self._link = simpy.Resource(self.environment)
        self._waiting = simpy.PriorityStore(self.environment)  # in the order of the job's tasks
        self._work = work
        self._n_left = len(work)
        for number in range(len(work)):
            self._waiting.put(number)

    def host(self, number: int, lost_at: float | None) -> Events:
        """One host: an executor, and where that is lost another one."""
        cluster = self._cluster
        n_slots = min(cluster.cores_a_host, cluster.n_cores - number * cluster.cores_a_host)
        yield self.environment.timeout(cluster.serial)
        slots = self._start_executor(n_slots)
        if lost_at is None:
            return
        yield self.environment.timeout(lost_at)
        for slot in slots:
            if slot.is_alive:
                slot.interrupt()
        yield self.environment.timeout(cluster.restart)
        self._start_executor(n_slots)

    def _start_executor(self, n_slots: int) -> list[simpy.Process]:
        arrived = self.environment.process(self._fetch())
        return [self.environment.process(self._slot(arrived)) for _ in range(n_slots)]

    def _fetch(self) -> Events:
        if self._n_bytes:
            with self._link.request() as turn:
                yield turn
                yield self.environment.timeout(self._n_bytes / self._cluster.bandwidth)

    def _slot(self, arrived: simpy.Process) -> Events:
        try:
            yield arrived
            yield self.environment.timeout(self._cluster.worker)
        except simpy.Interrupt:
            return
        while True:
            request = self._waiting.get()
            number = None
            try:
                number = yield request
                yield from self._run(number)
            except simpy.Interrupt:
                request.cancel()
                if number is not None:
                    self._waiting.put(number)
                return

    def _run(self, number: int) -> Events:
        with self._driver.request() as turn:
            yield turn
            yield self.environment.timeout(self._cluster.dispatch)
        yield self.environment.timeout(self._cluster.task + self._work[number])
        self._n_left -= 1
        if not self._n_left:
            self.over.succeed()
