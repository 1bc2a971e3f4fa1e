"""A model a key by tenfold.spark beside a plain Python loop over the groups: the time of each, and equality.

Ten thousand keys of twenty rows on one local session of two cores, each key its own model: all are fitted
(``KeyedEstimator.fit``) and applied to their rows (``KeyedModel.transform``, the result brought back as
columns). The loop does the same over pandas' ``groupby`` on one core, in this process, with the data at hand.
Every predicted value must be equal to the last bit.

    python benchmarks/keyed.py [--keys 10000] [--rows 20]
"""

import argparse
import os
import sys
import time

import numpy as np
from sklearn.base import clone
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge

from _local_session import local_session

os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ.setdefault(name, "1")  # Spark sets it for workers; rounding depends on it

N_COLUMNS = 5
ESTIMATORS = {
    "linear": (LinearRegression(), "y"),
    "ridge": (Ridge(), "y"),
    "logistic": (LogisticRegression(), "label"),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--keys", type=int, default=10_000)
    parser.add_argument("--rows", type=int, default=20)
    parser.add_argument("--cores", type=int, default=2)
    parser.add_argument("--estimators", nargs="+", choices=list(ESTIMATORS), default=["linear"])
    options = parser.parse_args()
    spark = local_session(options.cores, "3g")
    df = made(spark, options).cache()
    df.count()
    warm_up(df)
    equal = [compare(df, name) for name in options.estimators]
    spark.stop()
    return 0 if all(equal) else 1


def made(spark, options):
    xs = [f"hash(id, {i}) / 2147483648d as x{i}" for i in range(N_COLUMNS)]
    y = " + ".join(f"{i + 1} * x{i}" for i in range(N_COLUMNS))
    return (
        spark.range(0, options.keys * options.rows, 1, options.cores)
        .selectExpr("id", f"id div {options.rows} as key", *xs)
        .selectExpr("*", f"{y} + hash(id, 99) / 2147483648d as y", f"cast({y} > 0 as int) as label")
    )


def xs_of():
    return [f"x{i}" for i in range(N_COLUMNS)]


def matrix(group):
    """A group's X, row by row: sums along columns laid out otherwise round otherwise."""
    return np.column_stack([group[name].to_numpy() for name in xs_of()])


def warm_up(df):
    """Workers started, modules imported, code compiled."""
    by_key(df.where("key < 20"), "linear")


def by_key(df, name):
    from tenfold.spark import KeyedEstimator, to_pandas

    estimator, y_col = ESTIMATORS[name]
    keyed = KeyedEstimator(sklearn_estimator=estimator, x_col=xs_of(), y_col=y_col)
    start = time.perf_counter()
    model = keyed.fit(df)
    fitted = time.perf_counter()
    output = to_pandas(model.transform(df), ["id", "output"], progress=False)
    done = time.perf_counter()
    model.models.unpersist(blocking=True)
    return fitted - start, done - fitted, output.sort_values("id")["output"].to_numpy()


def by_loop(frame, name):
    estimator, y_col = ESTIMATORS[name]
    start = time.perf_counter()
    models = {}
    for key, group in frame.groupby("key"):
        models[key] = clone(estimator).fit(matrix(group), group[y_col].to_numpy())
    fitted = time.perf_counter()
    output = np.empty(len(frame))
    for key, rows in frame.groupby("key").indices.items():
        output[rows] = models[key].predict(matrix(frame.iloc[rows]))
    return fitted - start, time.perf_counter() - fitted, output


def compare(df, name):
    from tenfold.spark import to_pandas

    fit, transform, ours = by_key(df, name)
    frame = to_pandas(df, progress=False).sort_values("id", ignore_index=True)
    loop_fit, loop_apply, theirs = by_loop(frame, name)
    equal = np.array_equal(ours, theirs)
    print(
        f"{ESTIMATORS[name][0]}, {len(frame):,} rows, {frame['key'].nunique():,} keys: "
        f"fit {fit:.1f} s, transform {transform:.1f} s, together {fit + transform:.1f} s; "
        f"loop {loop_fit:.1f} + {loop_apply:.1f} = {loop_fit + loop_apply:.1f} s, "
        f"{(loop_fit + loop_apply) / (fit + transform):.1f} times; equal: {equal}",
        flush=True,
    )
    return equal


if __name__ == "__main__":
    raise SystemExit(main())
