"""Claim: vectors come from Spark sooner by tenfold.spark than by toPandas, with Arrow or row by row.

On one local session, in one run: a million rows by 50 numbers, as 50 columns and as one column of
dense vectors, and a hundred thousand sparse vectors. Each way ends with what scikit-learn takes: a
2-D array or a CSR matrix; all ways must give equal values. Every way runs in the same process after
the data is cached in Spark and the ways by Arrow have run once, so that only the transfer is
measured; ``peak`` is what this process grew by at most while tenfold collected, over the size of the
result (the other ways then reuse memory that the process has, so theirs would say nothing).

    python benchmarks/bridge.py [--rows 1000000] [--sparse-rows 100000] [--skip-rows]
"""

import argparse
import gc
import os
import sys
import time
from pathlib import Path

import numpy as np
import scipy.sparse as sp

from _local_session import local_session

os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")

WIDTH = 50
SPARSE_WIDTH, STORED = 20_000, 30
ARROW = "spark.sql.execution.arrow.pyspark.enabled"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--sparse-rows", type=int, default=100_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--skip-rows", action="store_true", help="leave out row-by-row collection")
    options = parser.parse_args()
    spark = local_session(2, "5g", {"spark.driver.maxResultSize": "0"})
    frames = {
        f"{options.rows:,} rows, {WIDTH} columns": (columns(spark, options.rows), COLUMN_WAYS),
        f"{options.rows:,} dense vectors of {WIDTH}": (dense(spark, options.rows), DENSE_WAYS),
        f"{options.sparse_rows:,} sparse vectors, {STORED} of {SPARSE_WIDTH:,} stored": (
            sparse(spark, options.sparse_rows),
            SPARSE_WAYS,
        ),
    }
    for title, (df, ways) in frames.items():
        df = df.cache()
        df.count()
        print(f"\n{title}", flush=True)
        compare(spark, df, ways, options)
        df.unpersist(blocking=True)
    spark.stop()


def columns(spark, rows):
    names = [f"hash(id, {i}) / 1e6d as x{i}" for i in range(WIDTH)]
    return spark.range(0, rows, 1, 8).selectExpr(*names)


def dense(spark, rows):
    from pyspark.ml.functions import array_to_vector

    values = f"transform(sequence(1, {WIDTH}), i -> hash(id, i) / 1e6d) as v"
    return spark.range(0, rows, 1, 8).selectExpr(values).select(array_to_vector("v").alias("v"))


def sparse(spark, rows):
    from tenfold.spark import from_scipy

    rng = np.random.default_rng(0)
    matrix = sp.csr_matrix(
        (
            rng.normal(size=rows * STORED),
            rng.integers(0, SPARSE_WIDTH, rows * STORED),
            np.arange(0, rows * STORED + 1, STORED),
        ),
        shape=(rows, SPARSE_WIDTH),
    )
    return from_scipy(spark, matrix, "v")


def bridge_columns(df):
    from tenfold.spark import to_numpy

    return to_numpy(df, progress=False)


def bridge_dense(df):
    from tenfold.spark import to_numpy

    return to_numpy(df, "v", progress=False)


def bridge_sparse(df):
    from tenfold.spark import to_scipy

    return to_scipy(df, "v", progress=False)


def pandas_columns(df):
    return df.toPandas().to_numpy()


def pandas_dense(df):
    return np.stack([v.toArray() for v in df.toPandas()["v"]])


def pandas_sparse(df):
    return stacked(df.toPandas()["v"])


def collected_columns(df):
    return np.array(df.collect())


def collected_dense(df):
    return np.stack([row.v.toArray() for row in df.collect()])


def collected_sparse(df):
    return stacked([row.v for row in df.collect()])


def stacked(vectors):
    """Sparse vectors as one CSR matrix, the shortest way there is from objects."""
    indptr = np.cumsum([0, *(len(v.indices) for v in vectors)])
    data = np.concatenate([v.values for v in vectors])
    indices = np.concatenate([v.indices for v in vectors])
    return sp.csr_matrix((data, indices, indptr), shape=(len(vectors), SPARSE_WIDTH))


# Each way: its name, what it calls, whether toPandas may use Arrow, whether it goes row by row.
COLUMN_WAYS = [
    ("tenfold.spark.to_numpy", bridge_columns, True, False),
    ("toPandas, Arrow", pandas_columns, True, False),
    ("toPandas, rows", pandas_columns, False, True),
    ("collect", collected_columns, False, True),
]
DENSE_WAYS = [
    ("tenfold.spark.to_numpy", bridge_dense, True, False),
    ("toPandas, Arrow", pandas_dense, True, False),
    ("toPandas, rows", pandas_dense, False, True),
    ("collect", collected_dense, False, True),
]
SPARSE_WAYS = [
    ("tenfold.spark.to_scipy", bridge_sparse, True, False),
    ("toPandas, Arrow", pandas_sparse, True, False),
    ("toPandas, rows", pandas_sparse, False, True),
    ("collect", collected_sparse, False, True),
]


def compare(spark, df, ways, options):
    first = first_seconds = None
    spark.conf.set(ARROW, "true")
    for _, way, _, by_row in ways:
        if not by_row:
            way(df)
    for name, way, arrow, by_row in ways:
        if by_row and options.skip_rows:
            continue
        spark.conf.set(ARROW, str(arrow).lower())
        seconds, peak, result = measure(way, df, 1 if by_row else options.repeat)
        if first is None:
            first, first_seconds = result, seconds
        check_equal(first, result)
        line = f"  {name:24s} {seconds:8.2f} s  {seconds / first_seconds:6.1f} x"
        if result is first:
            size = n_bytes(result)
            line += f"   peak {peak / size:.2f} of {size / 1e6:,.0f} MB"
        print(line, flush=True)
        del result


def measure(way, df, repeat):
    """Least time, highest peak, and the result, over some repetitions."""
    times, peaks, result = [], [], None
    for _ in range(repeat):
        result = None
        gc.collect()
        before = reset_peak()
        start = time.perf_counter()
        result = way(df)
        times.append(time.perf_counter() - start)
        peaks.append(memory("VmHWM") - before)
    return min(times), max(peaks), result


def reset_peak():
    Path("/proc/self/clear_refs").write_text("5")
    return memory("VmRSS")


def memory(field):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(field + ":"))


def n_bytes(result):
    if sp.issparse(result):
        return result.data.nbytes + result.indices.nbytes + result.indptr.nbytes
    return result.nbytes


def check_equal(a, b):
    same = not (a != b).nnz if sp.issparse(a) else np.array_equal(a, b)
    if not same:
        raise SystemExit("the ways do not agree")


if __name__ == "__main__":
    main()
