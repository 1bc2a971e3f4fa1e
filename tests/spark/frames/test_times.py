"""Timestamps are what Spark reads them as: at any depth, in any zone, at any change of its clocks."""

import datetime as dt
import itertools
import zoneinfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenfold.spark import from_arrow, from_pandas, to_arrow, to_pandas, to_xy

NEW_YORK = "America/New_York"
UTC = dt.UTC


@pytest.fixture
def in_zone(spark):
    """Sets the session's time zone, until the test is over."""
    before = spark.conf.get("spark.sql.session.timeZone")
    yield lambda zone: spark.conf.set("spark.sql.session.timeZone", zone)
    spark.conf.set("spark.sql.session.timeZone", before)


def changes(zone, year):
    """The hours of a year before which the zone's clocks change."""
    zone, hour = zoneinfo.ZoneInfo(zone), dt.timedelta(hours=1)
    hours = [dt.datetime(year, 1, 1, tzinfo=UTC) + i * hour for i in range(366 * 24)]
    offsets = [moment.astimezone(zone).utcoffset() for moment in hours]
    return [hours[i] for i, (a, b) in enumerate(itertools.pairwise(offsets)) if a != b]


@st.composite
def moments(draw):
    """A zone and moments of a year, most of them about a change of its clocks."""
    zone = draw(st.sampled_from(sorted(z for z in zoneinfo.available_timezones() if "/" in z)))
    year = draw(st.integers(1930, 2025))
    about = [*changes(zone, year), dt.datetime(year, 7, 1, tzinfo=UTC)]
    minutes = st.integers(-240, 240).map(lambda m: dt.timedelta(minutes=m))
    moment = st.builds(lambda base, away: base + away, st.sampled_from(about), minutes)
    return zone, draw(st.lists(moment, min_size=1, max_size=20))


SHAPES = {
    "plain": lambda c: c,
    "list": lambda c: f"array({c}, null)",
    "struct": lambda c: f"struct({c} as f)",
    "key": lambda c: f"map({c}, 1)",
    "item": lambda c: f"map(1, array(struct({c} as f)))",
}


def leaf(cell):
    """The one time in a cell."""
    while not isinstance(cell, dt.datetime):
        cell = next(iter(cell.items())) if isinstance(cell, dict) else cell
        cell = next(
            (part for part in cell if isinstance(part, dt.datetime)),
            cell[-1] if len(cell) else None,
        )
    return pd.Timestamp(cell)


@given(moments())
@settings(settings.get_profile("session"))
def test_both_ways(spark, in_zone, drawn):
    zone, times = drawn
    in_zone(zone)
    micros = [int(time.timestamp()) * 1_000_000 for time in times]
    stored = spark.createDataFrame([(m,) for m in micros], "m long").selectExpr(
        "timestamp_micros(m) as t",
        "date_format(timestamp_micros(m), 'yyyy-MM-dd HH:mm:ss') as text",
    )
    shown = stored.selectExpr("text", *[f"{shape('t')} as {n}" for n, shape in SHAPES.items()])
    found = to_pandas(shown, progress=False)
    local = [pd.Timestamp(text) for text in found["text"]]
    for name in SHAPES:
        assert list(map(leaf, found[name])) == local, name

    # Back again every wall clock is what Spark's own SQL makes of it, for a change has some hours twice.
    back = from_pandas(spark, found)
    read = back.selectExpr("unix_micros(plain) as ours", "unix_micros(to_timestamp(text)) as sql")
    assert all(row.ours == row.sql for row in read.collect())
    again = to_pandas(back, progress=False)
    for name in SHAPES:
        assert list(map(leaf, again[name])) == local, name


def test_hours_that_are_twice_or_not_at_all(spark, in_zone):
    in_zone(NEW_YORK)
    hours = pd.to_datetime(["2013-11-03 01:30", "2013-03-10 02:30", "2013-07-01 12:00"])
    frame = pd.DataFrame({"t": hours, "cells": [[hour] for hour in hours]})
    made = from_pandas(spark, frame).selectExpr("unix_micros(t) t", "unix_micros(cells[0]) cell")
    expected = ["2013-11-03 05:30", "2013-03-10 07:30", "2013-07-01 16:00"]
    micros = [int(pd.Timestamp(text, tz="UTC").timestamp()) * 1_000_000 for text in expected]
    assert [(row.t, row.cell) for row in made.collect()] == [(m, m) for m in micros]


def test_labels_and_repeated_names(spark, in_zone):
    in_zone(NEW_YORK)
    df = spark.sql("select 1 as x, timestamp'2013-07-01 12:00:00' as t, 2 as x")
    frame = to_pandas(df)
    assert list(frame.columns) == ["x", "t", "x"]
    assert frame["t"][0] == pd.Timestamp(2013, 7, 1, 12)
    _, y = to_xy(df.toDF("x", "t", "z"), features="x", label="t")
    assert y[0] == np.datetime64("2013-07-01T12:00")
    nothing = to_pandas(df.toDF("a", "t", "b").where("a = 3"))
    assert nothing["t"].dtype.kind == "M"


def test_maps_are_dicts(spark):
    df = spark.sql(
        "select map('a', 1) s, map(date'2013-01-01', timestamp'2013-07-01 12:34:56') d, "
        "map(1, map('x', 2.5d)) i, struct(map(1, 'a') as m) r, cast(null as map<int,int>) n"
    )
    frame = to_pandas(df)
    assert frame["s"][0] == {"a": 1}
    assert frame["d"][0] == {dt.date(2013, 1, 1): dt.datetime(2013, 7, 1, 12, 34, 56)}
    assert frame["i"][0] == {1: {"x": 2.5}}
    assert frame["r"][0] == {"m": {1: "a"}}
    assert frame["n"][0] is None
    back = from_pandas(spark, frame[["d", "i"]])
    assert back.schema["d"].dataType.simpleString() == "map<date,timestamp>"
    assert to_pandas(back)["d"][0] == frame["d"][0]
    assert from_pandas(spark, frame[["s"]]).first().s.a == 1  # keys of text: a struct, as to Spark
    with pytest.raises(TypeError, match="column 'r'"):
        from_pandas(spark, frame[["r"]])


def test_fields_of_one_name_are_refused(spark):
    df = spark.sql("select struct(1 as a, 2 as a) as c")
    with pytest.raises(TypeError, match=r"column 'c'.*two fields of one name"):
        to_pandas(df)


def test_arrow_tables_of_no_rows_and_of_structs(spark):
    nothing = to_arrow(spark.sql("select cast(null as array<double>) c where false"))
    assert from_arrow(spark, nothing).schema["c"].dataType.simpleString() == "array<double>"
    structs = spark.sql("select array(struct(1 as a, 'x' as b), null) c")
    back = from_arrow(spark, to_arrow(structs))
    assert back.collect() == structs.collect()
