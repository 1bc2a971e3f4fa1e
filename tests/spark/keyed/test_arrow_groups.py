"""Groups cut from sorted batches, in place of a stream of its own for each as ``applyInArrow`` has it."""

import math
import pickle
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as hs
from sklearn import __version__

from tenfold.spark._keyed.arrow_groups import groups, in_turns, some_at_once
from tenfold.spark._keyed.worker import GroupTask, transform_function

VALUES = hs.one_of(hs.none(), hs.integers(0, 3).map(float), hs.just(math.nan))

pytestmark = pytest.mark.smoke


def as_spark_sorts(key):
    """Nulls first, NaN last."""
    return [(v is not None, v is not None and math.isnan(v), v if v and v > 0 else 0) for v in key]


def text(key):
    """NaN is not equal to itself, its text is."""
    return str([v.as_py() if isinstance(v, pa.Scalar) else v for v in key])


@given(keys=hs.lists(hs.tuples(VALUES, VALUES), max_size=20), cuts=hs.lists(hs.integers(0, 20)))
def test_every_key_comes_once_with_all_its_rows(keys, cuts):
    keys = sorted(keys, key=as_spark_sorts)
    table = pa.table(
        {
            "a": pa.array([a for a, _ in keys], pa.float64()),
            "place": pa.array(range(len(keys)), pa.int64()),
            "b": pa.array([b for _, b in keys], pa.float64()),
        }
    )
    whole = table.combine_chunks().to_batches() or [pa.RecordBatch.from_pylist([], table.schema)]
    edges = sorted([0, *(min(cut, len(keys)) for cut in cuts), len(keys)])
    batches = [whole[0].slice(start, stop - start) for start, stop in pairwise(edges)]

    found = list(groups(iter(batches), ["a", "b"]))

    assert [text(key) for key, _ in found] == list(dict.fromkeys(map(text, keys)))
    places = [place for _, rows in found for place in rows.column("place").to_pylist()]
    assert places == list(range(len(keys)))
    for key, rows in found:
        columns = rows.column("a").to_pylist(), rows.column("b").to_pylist()
        assert {text(row) for row in zip(*columns, strict=True)} == {text(key)}


def of_bytes(*sizes):
    return [((n,), pa.table({"x": np.zeros(size, np.uint8)})) for n, size in enumerate(sizes)]


def test_a_large_group_is_gone_before_the_next_is_read():
    read = []

    def reading():
        for group in of_bytes(10, 1 << 23, 10, 1 << 23):
            read.append(group[0][0])
            yield group

    seen = [([key for (key,), _ in some], read[-1]) for some in some_at_once(reading())]
    assert seen == [([0], 1), ([1], 1), ([2], 3), ([3], 3)]


@pytest.mark.parametrize("first", [0, 1 << 10])
def test_what_comes_of_groups_is_small_though_that_of_the_first_is_smaller(first):
    sizes = []

    def function(few):
        sizes.append(len(few))
        of_each = [first if key == 0 else 1 << 22 for (key,), _ in few]
        return pa.table({"model": np.zeros(sum(of_each), np.uint8)})

    tables = list(in_turns(function, some_at_once(iter(of_bytes(*[8] * 40)))))
    assert sum(sizes) == 40
    assert sizes[0] == 1
    assert max(table.nbytes for table in tables) <= 1 << 24


def test_small_results_come_of_many_groups_at_a_time():
    sizes = []

    def function(few):
        sizes.append(len(few))
        return pa.table({"model": np.zeros(len(few), np.uint8)})

    list(in_turns(function, some_at_once(iter(of_bytes(*[8] * 300)))))
    assert sum(sizes) == 300
    assert max(sizes) == 128


class Uneven:
    """Gives the first key's rows one output too many and the second one's one too few."""

    def transform(self, X):
        return np.zeros(3 if X[0, 0] == 0 else 1)


def test_outputs_of_one_key_never_reach_the_rows_of_another():
    models = pa.table({"estimator": [pickle.dumps(Uneven())], "sklearn_version": [__version__]})
    function = transform_function(GroupTask(("key",), "x", None), "transform", "out", pa.float64())
    two = [((key,), pa.table({"x": [float(key)] * 2}), models) for key in range(2)]
    with pytest.raises(ValueError, match=r"transform\(\) of the model of key=0 .* 2 rows .* got 3"):
        function(two)
