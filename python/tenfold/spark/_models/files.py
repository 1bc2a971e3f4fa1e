"""Spark ML's own files as the way into Spark ML: a model is written as Spark saves it, then loaded.

The constructors of Spark's models are not public and not there on Connect; the format of saved models
is public, has been stable since Spark 2, and works on both.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from tenfold.spark._frames.stream import is_connect


@contextmanager
def workspace(spark: SparkSession, path: str | None) -> Iterator[str]:
    """A folder that every process of the cluster sees.

    Without a ``path`` it is a temporary one of this machine, which serves where Spark runs in local
    mode; files under a given ``path`` are left there, since not every file system can be reached
    from here.
    """
    if path is not None:
        yield f"{path.rstrip('/')}/tenfold-{uuid.uuid4().hex}"
        return
    master = _master(spark)
    if not master.startswith("local"):
        raise ValueError(
            f"Spark runs on {master}: name a folder that all its hosts can read and write with "
            f"path= (on HDFS, an object store, a shared mount)"
        )
    folder = tempfile.mkdtemp(prefix="tenfold-")
    try:
        yield f"file://{folder}/model"
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _master(spark: SparkSession) -> str:
    if is_connect(spark):
        return str(spark.conf.get("spark.master", "an unknown cluster"))
    return str(spark.sparkContext.master)


def write_metadata(
    spark: SparkSession, folder: str, class_name: str, params: Mapping[str, Any], **extra: Any
) -> str:
    """Write the metadata of a model with these parameters; returns it."""
    text = metadata(spark, class_name, params, **extra)
    write(spark.createDataFrame([(text,)], "value string"), f"{folder}/metadata", "text")
    return text


def metadata(spark: SparkSession, class_name: str, params: Mapping[str, Any], **extra: Any) -> str:
    """The metadata of a model, as the line of JSON that Spark ML saves."""
    name = class_name.rsplit(".", 1)[-1]
    record = {
        "class": class_name,
        "timestamp": int(time.time() * 1000),
        "sparkVersion": spark.version,
        "uid": f"{name}_{uuid.uuid4().hex[:12]}",
        "paramMap": dict(params),
        "defaultParamMap": {},
        **extra,
    }
    return json.dumps(record)


def write(df: DataFrame, folder: str, form: str = "parquet") -> None:
    """Write a small DataFrame as one file."""
    df.coalesce(1).write.format(form).mode("overwrite").save(folder)


def write_row(
    spark: SparkSession, folder: str, row: Sequence[Any], names: Sequence[str], schema: Any
) -> None:
    """Write the one row of data that a linear model has."""
    write(spark.createDataFrame([tuple(row)], schema).toDF(*names), f"{folder}/data")


def local_path(uri: str) -> Path:
    """The path of a ``file:`` address."""
    return Path(uri.removeprefix("file://"))
