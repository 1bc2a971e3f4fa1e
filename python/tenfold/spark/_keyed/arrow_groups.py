"""A function on every group of rows, as Arrow tables, on every version of Spark that is supported.

Rows are brought together by key, sorted by it, and cut into groups as ``mapInArrow`` hands them over, some
thousand rows at a time. Spark's own ``applyInArrow``, from 4.0 on, makes a stream of its own of each group,
which for many small groups costs more than their models; it serves where Spark alone can say which keys are
equal: floats (0.0 and -0.0, NaN), text that is compared by a collation, and nested types. Spark 3.5 lacks it:
there floats are compared here, as Spark does, and nested keys are refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from pyspark.sql import DataFrame
from pyspark.sql import functions as sf
from pyspark.sql import types as st

from tenfold.spark._frames.schema import quoted

Key = tuple[Any, ...]

# Columns of the other side and of which side a row is, while both travel in one DataFrame.
_OTHER = "__tenfold_other_{}"
_SIDE = "__tenfold_side"

# Spark's default of ``spark.sql.shuffle.partitions``.
_UNASKED_PARTITIONS = 200
# Enough that keys of unlike size keep all cores busy to the end.
_PARTITIONS_A_CORE = 4

_BATCH_ROWS = 10_000
_BATCH_BYTES = 1 << 24


# Groups that are worked on together: what is done to one after the other stays in the processor's caches.
_GROUPS_AT_ONCE = 128
_BYTES_AT_ONCE = 1 << 22
# Bytes of what comes of them, and by how much at most they become more from one time to the next.
_RESULT_BYTES_AT_ONCE = 1 << 23
_GROWTH = 4


def apply_to_groups(
    df: DataFrame,
    keys: Sequence[str],
    function: Callable[[list[tuple[Key, Any]]], Any],
    schema: st.StructType,
) -> DataFrame:
    """``function([(key, rows), ...])``, one table of some keys' rows, both from and to ``pyarrow.Table``."""
    grouped = df.groupBy(*map(quoted, keys))
    if hasattr(grouped, "applyInArrow") and not _are_equal_as_they_look(df, keys):
        return grouped.applyInArrow(lambda key, rows: function([(key, rows)]), schema)

    def each(batches: Iterator[Any]) -> Iterator[Any]:
        return in_few_batches(in_turns(function, some_at_once(groups(batches, keys))))

    return _by_key(df, keys).mapInArrow(each, schema)


def apply_to_cogroups(
    df: DataFrame,
    other: DataFrame,
    keys: Sequence[str],
    function: Callable[[list[tuple[Key, Any, Any]]], Any],
    schema: st.StructType,
) -> DataFrame:
    """``function([(key, rows, other_rows), ...])`` of every key of either side; ``other`` should be small."""
    grouped = df.groupBy(*map(quoted, keys)), other.groupBy(*map(quoted, keys))
    cogrouped = grouped[0].cogroup(grouped[1])
    if hasattr(cogrouped, "applyInArrow") and not (
        _are_equal_as_they_look(df, keys) and _are_equal_as_they_look(other, keys)
    ):
        return cogrouped.applyInArrow(
            lambda key, rows, others: function([(key, rows, others)]), schema
        )

    extra = [name for name in other.columns if name not in keys]
    hidden = [_OTHER.format(i) for i in range(len(extra))]
    right = [sf.col(quoted(k)).cast(df.schema[k].dataType).alias(k) for k in keys]
    right += [sf.col(quoted(n)).alias(h) for n, h in zip(extra, hidden, strict=True)]
    both = df.withColumn(_SIDE, sf.lit(0)).unionByName(
        other.select(*right, sf.lit(1).alias(_SIDE)), allowMissingColumns=True
    )
    names = df.columns

    def parted(group: tuple[Key, Any]) -> tuple[Key, Any, Any]:
        key, rows = group
        is_other = rows.column(_SIDE).to_numpy() == 1
        n_mine = len(is_other) - int(is_other.sum())
        if is_other[:n_mine].any():  # keys that are equal and sorted by how they look
            rows = rows.take(pa.array(np.argsort(is_other, kind="stable")))
        others = rows.slice(n_mine).select([*keys, *hidden]).rename_columns([*keys, *extra])
        return key, rows.slice(0, n_mine).select(names), others

    def each(batches: Iterator[Any]) -> Iterator[Any]:
        some = some_at_once(groups(batches, keys))
        return in_few_batches(in_turns(lambda few: function(list(map(parted, few))), some))

    return _by_key(both, keys, _SIDE).mapInArrow(each, schema)


_PLAIN_KEYS = (
    st.BooleanType,
    st.ByteType,
    st.ShortType,
    st.IntegerType,
    st.LongType,
    st.DecimalType,
    st.DateType,
    st.TimestampType,
    st.TimestampNTZType,
)


def _are_equal_as_they_look(df: DataFrame, keys: Sequence[str]) -> bool:
    """Whether two keys are equal to Spark where they are to Arrow."""
    kinds = [df.schema[name].dataType for name in keys]
    return all(
        isinstance(kind, _PLAIN_KEYS)
        or (type(kind) is st.StringType and kind.simpleString() == "string")
        for kind in kinds
    )


def _by_key(df: DataFrame, keys: Sequence[str], *then: str) -> DataFrame:
    for name in keys:
        kind = df.schema[name].dataType
        if isinstance(kind, st.StructType | st.ArrayType | st.MapType):
            raise TypeError(
                f"column {name!r} is a key of type {kind.simpleString()}: keys of nested types take "
                f"Spark 4.0 or later; this is {df.sparkSession.version}"
            )
    columns = [quoted(name) for name in keys]
    brought_together = df.repartition(_n_partitions(df.sparkSession), *columns)
    return brought_together.sortWithinPartitions(*columns, *then)


def _n_partitions(spark: Any) -> int:
    """As many as Spark is set to make, but of the 200 that it makes unasked some for each core.

    ``mapInArrow`` starts Python for a partition without rows too, and what is kept for later is not
    coalesced: ten keys would take two hundred starts.
    """
    from tenfold.spark._search.slots import parallelism  # executors import this module too

    n_set = int(spark.conf.get("spark.sql.shuffle.partitions"))
    if n_set != _UNASKED_PARTITIONS:
        return n_set
    return min(n_set, _PARTITIONS_A_CORE * parallelism(spark))


def groups(batches: Iterator[Any], keys: Sequence[str]) -> Iterator[tuple[Key, Any]]:
    """Cut batches that are sorted by ``keys`` into groups: each key with all its rows."""
    held: list[Any] = []
    for batch in batches:
        if batch.num_rows == 0:
            continue
        # With the last row before it, a batch's first row shows whether it begins a group.
        before = [held[-1].slice(held[-1].num_rows - 1)] if held else []
        starts = group_starts(pa.Table.from_batches([*before, batch]), keys) - len(before)
        begun = 0
        for start in starts:
            held.append(batch.slice(begun, start - begun))
            yield _group(held, keys)
            held, begun = [], start
        held.append(batch.slice(begun))
    if held:
        yield _group(held, keys)


def some_at_once(groups: Iterator[tuple[Key, Any]]) -> Iterator[list[tuple[Key, Any]]]:
    """Small groups some hundred at a time, a large one alone."""
    held: list[tuple[Key, Any]] = []
    n_bytes = 0
    for group in groups:
        size = group[1].nbytes
        if held and n_bytes + size > _BYTES_AT_ONCE:
            yield held
            held, n_bytes = [], 0
        held.append(group)
        n_bytes += size
        del group  # a large one is gone before the next is read
        if n_bytes >= _BYTES_AT_ONCE or len(held) == _GROUPS_AT_ONCE:
            yield held
            held, n_bytes = [], 0
    if held:
        yield held


def in_turns(function: Callable[[Any], Any], some: Iterator[list[Any]]) -> Iterator[Any]:
    """Tables that a function gives of groups: of one, then of more as their size turns out to be small.

    A model or its output may be many times as large as the rows, and those of all groups of a turn are held
    together.
    """
    at_once = 1
    for groups in some:
        while groups:
            few, groups = groups[:at_once], groups[at_once:]
            table = function(few)
            room = _RESULT_BYTES_AT_ONCE // max(table.nbytes // len(few), 1)
            at_once = max(min(room, _GROWTH * at_once), 1)
            del few
            yield table
            del table


def in_few_batches(tables: Iterator[Any]) -> Iterator[Any]:
    """Small tables as batches of some size: each costs Spark about as much as a thousand rows."""
    held: list[Any] = []
    n_rows = n_bytes = 0
    for table in tables:
        held.append(table)
        n_rows, n_bytes = n_rows + table.num_rows, n_bytes + table.nbytes
        del table
        if n_rows >= _BATCH_ROWS or n_bytes >= _BATCH_BYTES:
            yield from pa.concat_tables(held).combine_chunks().to_batches()
            held, n_rows, n_bytes = [], 0, 0
    if held:
        yield from pa.concat_tables(held).combine_chunks().to_batches()


def group_starts(table: Any, keys: Sequence[str]) -> NDArray[np.int64]:
    """The rows, from the second on, whose key is not that of the row before.

    Nulls are a key like any other, and so is NaN. Of floats, 0.0 and -0.0 are one key and so are all NaN, as
    they are to Spark, whose releases before 4.0 have no ``applyInArrow`` to leave them to.
    """
    changed = np.zeros(table.num_rows, bool)
    for name in keys:
        column = _with_one_zero_and_nan(table.column(name).combine_chunks())
        codes = column.dictionary_encode(null_encoding="encode").indices.to_numpy()
        changed[1:] |= codes[1:] != codes[:-1]
    return np.flatnonzero(changed)


def _with_one_zero_and_nan(column: Any) -> Any:
    if not pa.types.is_floating(column.type):
        return column
    plain = pc.add(column, pa.scalar(0.0, column.type))  # -0.0 + 0.0 is 0.0
    return pc.if_else(pc.is_nan(plain), pa.scalar(float("nan"), column.type), plain)


def _group(batches: list[Any], keys: Sequence[str]) -> tuple[Key, Any]:
    table = pa.Table.from_batches(batches)
    return tuple(table.column(name)[0] for name in keys), table
