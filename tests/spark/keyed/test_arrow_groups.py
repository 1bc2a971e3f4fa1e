"""Groups cut from sorted batches, in place of a stream of its own for each as ``applyInArrow`` has it."""

import math
from itertools import pairwise

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as hs

from tenfold.spark._keyed.arrow_groups import groups

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
