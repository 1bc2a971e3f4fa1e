"""The Arrow record batches of a Spark DataFrame, handed on as they arrive.

Classic Spark sends batches in the order in which tasks end, and their right order at the end; Connect
sends them in order. Both ends are internal to PySpark; where a version lacks them, the public
``toArrow`` serves, which holds all batches at once.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from pyspark.sql import DataFrame


def is_connect(obj: Any) -> bool:
    """Whether a DataFrame or session belongs to Spark Connect."""
    return type(obj).__module__.startswith("pyspark.sql.connect")


class BatchStream:
    """Iterates over the record batches of ``df``; afterwards :attr:`order` tells their right order."""

    def __init__(self, df: DataFrame) -> None:
        self._df = df
        self._order: list[int] | None = None
        self._n_batches = 0

    def __iter__(self) -> Iterator[Any]:
        batches = _connect_batches if is_connect(self._df) else _classic_batches
        for item in batches(self._df):
            if isinstance(item, list):
                self._order = item
            else:
                self._n_batches += 1
                yield item

    @property
    def order(self) -> list[int]:
        """Places, in order of arrival, of the first batch, the second, and so on."""
        return list(range(self._n_batches)) if self._order is None else self._order


def _connect_batches(df: Any) -> Iterator[Any]:
    try:
        client = df.sparkSession.client
        plan, iterate = df._plan, client.to_table_as_iterator
    except AttributeError:
        yield from df.toArrow().to_batches()
        return
    arguments = [plan.to_proto(client)]
    if hasattr(plan, "observations"):
        arguments.append(plan.observations)
    for item in iterate(*arguments):
        if hasattr(item, "to_batches"):
            yield from item.to_batches()


def _classic_batches(df: Any) -> Iterator[Any]:
    try:
        load_from_socket, arrival_order = _socket_reader()
        connect = df._jdf.collectAsArrowToPython
    except (ImportError, AttributeError):
        yield from df.toArrow().to_batches()
        return
    port, secret, server = connect()
    try:
        with contextlib.ExitStack() as stack:
            stream = load_from_socket((port, secret), arrival_order())
            if hasattr(stream, "__enter__"):
                stream = stack.enter_context(stream)
            yield from stream
    except GeneratorExit:
        # The reader has had enough; that the serving thread cannot write on is no error.
        raise
    except Exception:
        # Its own error is the one to show, whatever reading ran into.
        server.getResult()
        raise
    server.getResult()


def _socket_reader() -> tuple[Any, Any]:
    """PySpark's socket opener, and a serializer that yields batches and then their order, a list."""
    from pyspark.serializers import UTF8Deserializer, read_int
    from pyspark.sql.pandas.serializers import ArrowStreamSerializer

    try:
        from pyspark.util import _load_from_socket
    except ImportError:  # before Spark 4
        from pyspark.rdd import _load_from_socket

    class ArrivalOrder(ArrowStreamSerializer):  # type: ignore[misc]
        def load_stream(self, stream: Any) -> Iterator[Any]:
            yield from super().load_stream(stream)
            n_batches = read_int(stream)
            if n_batches == -1:
                raise RuntimeError(f"Spark could not collect: {UTF8Deserializer().loads(stream)}")
            yield [read_int(stream) for _ in range(n_batches)]

    return _load_from_socket, ArrivalOrder
