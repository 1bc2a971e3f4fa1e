"""Object columns: what is mixed is refused by name, in whatever order and at whatever depth."""

import datetime as dt
import itertools
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from tenfold.spark._frames.objects import arrow_of

DAY, MOMENT = dt.date(2013, 1, 1), dt.datetime(2013, 7, 1, 12, 34, 56)
ZONED = MOMENT.replace(tzinfo=dt.UTC)
ONE_EACH = [True, 1, "a", b"a", DAY, MOMENT, ZONED, dt.timedelta(1), [1], {"a": 1}]
DEPTHS = [
    lambda cells: cells,
    lambda cells: [cells],
    lambda cells: [[cell] for cell in cells],
    lambda cells: [{"field": cell} for cell in cells],
    lambda cells: [{1: cells[0], 2: cells[1]}],
]


def column(cells):
    filled = pd.Series(np.empty(len(cells), dtype=object))
    filled[:] = cells
    return filled


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("pair", list(itertools.permutations(ONE_EACH, 2)), ids=str)
def test_mixed_objects_are_refused(pair, depth):
    with pytest.raises(TypeError, match="column 'c' holds objects of mixed type"):
        arrow_of("c", column(depth(list(pair))))


@pytest.mark.parametrize("depth", DEPTHS[:4])
@pytest.mark.parametrize("cell", ONE_EACH, ids=str)
def test_one_kind_and_nothing(cell, depth):
    cells = depth([cell, None, cell])
    assert arrow_of("c", column(cells)).to_pylist()[0] == cells[0]


def test_what_goes_together():
    assert arrow_of("c", column([1, 2.5, float("nan")])).to_pylist() == [1.0, 2.5, None]
    assert arrow_of("c", column(["a", float("nan"), pd.NA])).to_pylist() == ["a", None, None]
    assert arrow_of("c", column([1, Decimal("2.5")])).to_pylist() == [1, Decimal("2.5")]
    assert arrow_of("c", column([MOMENT, pd.NaT])).to_pylist() == [MOMENT, None]
    mixed_containers = [[1], np.array([2.5]), (3,)]
    assert arrow_of("c", column(mixed_containers)).to_pylist() == [[1.0], [2.5], [3.0]]


def test_dicts():
    assert arrow_of("c", column([{"a": 1}, {"b": 2}])).to_pylist()[0] == {"a": 1, "b": None}
    assert arrow_of("c", column([{DAY: MOMENT}, None, {}])).to_pylist() == [
        [(DAY, MOMENT)],
        None,
        [],
    ]
    with pytest.raises(TypeError, match="column 'c'"):
        arrow_of("c", column([[{1: 2}]]))
