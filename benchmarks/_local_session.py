"""A Spark session on this machine's cores, in this process, for benchmarks that need no cluster."""

from __future__ import annotations

from typing import Any

SETTINGS = {
    "spark.driver.host": "127.0.0.1",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
}


def local_session(cores: int, memory: str, settings: dict[str, str] | None = None) -> Any:
    """Start one with so much memory, and as many partitions of a shuffle as cores."""
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master(f"local[{cores}]")
    own = {"spark.driver.memory": memory, "spark.sql.shuffle.partitions": str(cores)}
    for name, value in {**SETTINGS, **own, **(settings or {})}.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    return session
