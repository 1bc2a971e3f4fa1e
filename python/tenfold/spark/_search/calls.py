"""Independent calls of joblib on Spark: one job a run of ``Parallel``, data once a host, results in order.

The members of one fit (bags, classes, outputs, the folds of RFECV), and, where the user asks for it, the
calls of any ``Parallel``. Each task has some calls, pickled together as joblib pickles a batch: what calls of
one task have in common stays one object. Large arrays go once a host. As with joblib's own processes, those
from a megabyte on are mapped and can only be read, smaller ones are a copy of the task's own.
"""

from __future__ import annotations

import io
import pickle
import uuid
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np

from tenfold._config import get_config
from tenfold._gather.calls import Answer, Call, Request
from tenfold._run import worker
from tenfold.spark._search import advice, cutting, draws, job
from tenfold.spark._search.bootstrap import Order, Requirements
from tenfold.spark._search.bundle import Bundle
from tenfold.spark._search.package import package
from tenfold.spark._search.requirements import requirements_for
from tenfold.spark._search.ship import Shipment, is_local, shipper_of
from tenfold.spark._search.slots import slots_of
from tenfold.spark._search.tasks import MAPPED_BYTES, PlainTask

# Arrays from this size on travel as files of their own, if more than one task needs them.
_PARCEL_BYTES = 1 << 16


def run_calls(spark: Any, request: Request, answer: Answer) -> None:
    """Answer every call of a request that is no search from one job of the session's executors."""
    n_slots, n_tasks = slots_of(spark, request)
    seeds = draws.quiet_seeds()
    arrays = _Arrays()
    tasks = [
        _task(request, indices, seeds, arrays)
        for indices in cutting.cut_calls(range(len(request.calls)), n_slots, n_tasks)
    ]
    drawn = draws.Drawn(False, False)
    said = f"tenfold: {len(request.calls):,} calls of {_name(request)} in {len(tasks):,} tasks"
    with shipper_of(spark).shipment() as shipment, job.Jobs(spark, said) as jobs:
        order = _order(spark, shipment, arrays, tasks, _requirements(request.calls))
        try:
            jobs.start(order, len(tasks), shipment.begun)
            for outcome in filter(None, jobs.follow()):
                result = _result_of(outcome.pickled)
                worker.show_again(result)
                drawn = draws.Drawn(*map(max, drawn, result.drawn))
                for index, given in result.answers:
                    answer(index, given)
        except job.TaskFailed as error:
            reason = advice.cause(str(error))
            raise RuntimeError(
                f"Spark gave up a task of {_name(request)}, after as many tries as spark.task.maxFailures "
                f"allows. {advice.on(reason)} Spark says: {reason}"
            ) from error
    draws.move_on(drawn)


class _Arrays:
    """Arrays that tasks refer to instead of holding them, each once however many views of it there are."""

    def __init__(self) -> None:
        self.all: list[Any] = []
        self._places: dict[Any, int] = {}

    def place_of(self, one: Any) -> int | None:
        """The number of an array that is worth sending by itself; None of anything else."""
        if type(one) is not np.ndarray or one.nbytes < _PARCEL_BYTES or one.dtype.hasobject:
            return None
        key = one.__array_interface__["data"][0], one.shape, one.strides, one.dtype
        if key not in self._places:
            self._places[key] = len(self.all)
            self.all.append(one)  # kept, so that the place stays its own
        return self._places[key]


def _task(request: Request, indices: list[int], seeds: Any, arrays: _Arrays) -> PlainTask:
    from pyspark import cloudpickle

    used: dict[int, int] = {}

    class Pickler(cloudpickle.CloudPickler):  # type: ignore[misc]
        def persistent_id(self, item: Any) -> int | None:
            number = arrays.place_of(item)
            return None if number is None else used.setdefault(number, len(used))

    file = io.BytesIO()
    calls = [tuple(request.calls[index]) for index in indices]
    try:
        Pickler(file, protocol=5).dump(calls)
    except Exception as error:
        raise pickle.PicklingError(
            f"a call of {_name(request)} cannot be sent to Spark's executors ({error}). Leave out what does "
            'not pickle, or run it on this machine: tenfold.set_config(backend="local").'
        ) from error
    numbers = [request.number_of(index) for index in indices]
    return PlainTask(
        list(indices),
        numbers,
        seeds,
        [arrays.all[number] for number in used],
        file.getvalue(),
        get_config()["disabled_rules"],
    )


def _order(
    spark: Any,
    shipment: Shipment,
    arrays: _Arrays,
    tasks: list[PlainTask],
    requirements: Requirements,
) -> Order:
    users = Counter(id(one) for task in tasks for one in task.arrays)
    # What one task alone has a copy of goes within it: a file costs every host some hundredths of a second.
    common = [one for one in arrays.all if users[id(one)] > 1 or one.nbytes >= MAPPED_BYTES]
    parcels = {}
    places: list[tuple[str, int]] = []
    for one in common:
        is_whole = one.flags.c_contiguous or one.flags.f_contiguous
        parcel = shipment.send(Bundle([one if is_whole else np.ascontiguousarray(one)]))
        parcels[parcel.digest] = parcel
        places.append((parcel.digest, 0))
    shared = {id(one): number for number, one in enumerate(common)}
    here = is_local(spark)
    return Order(
        list(parcels.values()),
        shipment.send(package()),
        requirements,
        Bundle([places]).to_bytes(),
        Bundle(tasks, shared=shared).to_bytes(),
        1 if here else int(job.setting(spark, "spark.task.maxFailures", "4")),
        uuid.uuid4().hex,
        shipper_of(spark).dropped,
        shipper_of(spark).directory if here else None,
    )


def _inner(call: Call) -> Callable[..., Any]:
    return getattr(call.function, "function", call.function)


def _name(request: Request) -> str:
    """The function that is called, as messages name it."""
    function = _inner(request.calls[0])
    return str(getattr(function, "__qualname__", None) or type(function).__name__)


def _requirements(calls: list[Call]) -> Requirements:
    """Versions that the first call's function and arguments need; the others are of its kind."""
    first = calls[0]
    given = [*first.args, *first.kwargs.values()]
    return requirements_for(given, [_inner(first), *given])


def _result_of(outcome: bytes) -> Any:
    kind: str
    content: list[Any]
    kind, *content = pickle.loads(outcome)
    if kind == "refused":
        raise RuntimeError(content[0])
    if kind == "raised":
        error, text = content
        raise error from job.ExecutorTraceback(text)
    return content[0]
