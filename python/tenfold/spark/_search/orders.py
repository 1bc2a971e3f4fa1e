"""Orders of a search: what all its tasks are told, its large parts sent ahead, once for all its jobs."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from tenfold._data.table import Table
from tenfold._gather.calls import Call, Request, arguments_of
from tenfold._translate.cells import Translation
from tenfold.spark._search import job
from tenfold.spark._search.bootstrap import Order, Parcel
from tenfold.spark._search.bundle import Bundle
from tenfold.spark._search.compact import compact_rows, compact_store
from tenfold.spark._search.package import package
from tenfold.spark._search.requirements import requirements_of
from tenfold.spark._search.ship import Shipment, is_local, shipper_of
from tenfold.spark._search.tasks import CallsTask, ResponseTask

# Arrays from this size on travel as files of their own, to be found there by the next search.
_PARCEL_BYTES = 1 << 16


class Orders:
    """Makes the orders of a search.

    Parameters
    ----------
    spark : SparkSession
    shipment : Shipment
        Takes what is large.
    request : Request
    translation : Translation
    tasks : sequence
        Those of the first order.
    later : sequence of Call
        Calls that tasks of later orders will have.
    """

    def __init__(
        self,
        spark: Any,
        shipment: Shipment,
        request: Request,
        translation: Translation,
        tasks: Sequence[Any],
        later: Sequence[Call],
    ) -> None:
        self._shipper = shipper_of(spark)
        self._here = is_local(spark)  # then nothing travels
        self._most_failures = (
            1 if self._here else int(job.setting(spark, "spark.task.maxFailures", "4"))
        )
        self._requirements = requirements_of(request)
        self._parcels: dict[str, Parcel] = {}
        self._numbers: dict[int, int] = {}
        calls = [*_calls_of(tasks), *later]
        shared = self._send(shipment, translation, calls)
        self._shared = Bundle(shared).to_bytes()
        self._package = shipment.send(package())
        # Tasks refer to objects by their id: none may go before the last order is made.
        self._alive = calls, translation, tasks

    def of(self, tasks: Sequence[Any]) -> Order:
        """The order of these tasks."""
        return Order(
            list(self._parcels.values()),
            self._package,
            self._requirements,
            self._shared,
            Bundle(tasks, shared=self._numbers).to_bytes(),
            self._most_failures,
            uuid.uuid4().hex,
            self._shipper.dropped,
            self._shipper.directory if self._here else None,
        )

    def _send(
        self, shipment: Shipment, translation: Translation, calls: Sequence[Call]
    ) -> list[Any]:
        """Send what tasks share: where each object is, and those that go along with each order."""
        objects = {id(one): one for one in _data(translation, calls) if one is not None}
        others = {id(one): one for one in _searches(calls) if one is not None}
        of_runs = {id(native.table): native.table for native in translation.runs}
        tables = {id(one.store): one for one in of_runs.values() if isinstance(one, Table)}
        # Stores that need the order of rows are built of X by each process, which keeps the table.
        ordered = {key: one for key, one in of_runs.items() if not isinstance(one, Table)}
        places: list[tuple[str, int]] = []
        own: list[Any] = []
        sent: dict[int, str] = {}

        def place(key: int, one: Any, bundle: Bundle | None = None, n_bytes: int = 0) -> None:
            if bundle is not None and max(bundle.nbytes, n_bytes) >= _PARCEL_BYTES:
                parcel = shipment.send(bundle)
                self._parcels[parcel.digest] = parcel
                sent[key] = parcel.digest
                places.append((parcel.digest, 0))
            else:
                places.append(("", len(own)))
                own.append(one)
            self._numbers[key] = len(self._numbers)

        for key, one in objects.items():
            if key not in tables:
                content = _in_one_piece(one) if self._here else compact_rows(_in_one_piece(one))
                place(key, one, Bundle([content]), getattr(one, "nbytes", 0))
        for key, table in tables.items():  # after X, which they may refer to
            content = table.store if self._here else compact_store(table, has_x=id(table.X) in sent)
            place(key, table.store, Bundle([content], shared=sent), table.store.nbytes)
        for key, one in ordered.items():
            place(key, one, Bundle([one], shared=sent), _PARCEL_BYTES if id(one.X) in sent else 0)
        for key, one in others.items():
            place(key, one)
        return [places, *own]


def _in_one_piece(one: Any) -> Any:
    """An array that can be mapped: others would be unpickled by each process for itself."""
    if type(one) is np.ndarray and not (one.flags.c_contiguous or one.flags.f_contiguous):
        return np.ascontiguousarray(one)
    return one


def _data(translation: Translation, calls: Sequence[Call]) -> Iterator[Any]:
    """What several tasks read: column stores, X, y, splits, weights."""
    for native in translation.runs:
        if isinstance(native.table, Table):
            yield native.table.store
        for weights in native.weights:
            yield weights.sample_weight
        for split in native.splits:
            yield split.train
            yield split.test
    for call in calls:
        asked = arguments_of(call)
        for name in ("X", "y", "train", "test"):
            yield asked.get(name)


def _searches(calls: Sequence[Call]) -> Iterator[Any]:
    """From scikit-learn 1.9 on a call may hold its search, with all that an earlier fit left in it."""
    for call in calls:
        yield call.kwargs.get("caller")


def _calls_of(tasks: Sequence[Any]) -> Iterator[Call]:
    for task in tasks:
        if isinstance(task, CallsTask):
            yield from task.calls
        elif isinstance(task, ResponseTask):
            yield from (cell.call for cell in task.run.cells)
