"""What Spark says of a job that failed, in a line: which of its many lines is the cause, and what to do."""

from __future__ import annotations

import re

_FULL_DISK = re.compile(
    r"no space left|disk quota exceeded|SIGBUS|bus error|exit code:? (?:135|-7)\b", re.I
)


def on(reason: str) -> str:
    """What to do about a task that was given up."""
    if _FULL_DISK.search(reason):
        return (
            "A host's local disk is full: the data lies there once, below spark.local.dir. Give that a disk "
            "with more room, or send less data."
        )
    return (
        "Most often a fit needs more memory than its executor has: give executors more "
        "(spark.executor.memoryOverhead, spark.executor.pyspark.memory), fewer tasks at a time "
        "(spark.task.cpus), or leave the candidate out."
    )


_LOST_TASK = re.compile(r"most recent failure: (Lost task .*)")
_CAUSED_BY = re.compile(r"^\s*Caused by: (.*)")


def cause(text: str) -> str:
    """The line of an error of Spark's that says what happened; the first may only name a call of py4j's."""
    lines = [line.strip() for line in text.strip().splitlines() if line.strip()]
    full = [line for line in lines if _FULL_DISK.search(line)]
    lost = [found.group(1) for line in lines if (found := _LOST_TASK.search(line))]
    causes = [found.group(1) for line in lines if (found := _CAUSED_BY.match(line))]
    return [*lines[:1], *causes[-1:], *lost[:1], *full[:1]][-1][:500]


# What Spark's own code says where an executor's Python cannot run a task at all, and what that means.
_PYTHON_TROUBLE = [
    (
        re.compile(r"Cannot run program \"(?P<what>[^\"]+)\""),
        "there is no Python at {what}",
    ),
    (
        re.compile(
            r"Python in worker has different version:? \(?(?P<what>\d+[\d., ]*\d)\)? than that in "
            r"driver:? \(?(?P<here>\d+[\d., ]*\d)\)?"
        ),
        "its Python is {what}, the driver's {here}",
    ),
    (
        re.compile(r"(?P<what>[\w.-]+) >= [\w.]+ must be installed; however, it was not found"),
        "its Python lacks {what}",
    ),
    (
        re.compile(
            r"(?:Module|Import)\w*Error: No module named '(?P<what>pyarrow|pandas|numpy|pyspark)\b"
        ),
        "its Python lacks {what}",
    ),
]
_HOST = re.compile(r"\(TID \d+\) \((\S+) executor")


def trouble_with_python(text: str) -> str | None:
    """The sentence of an executor whose Python cannot run any task; None where that is not what happened."""
    for pattern, meaning in _PYTHON_TROUBLE:
        found = pattern.search(text)
        if found is not None:
            host = _HOST.search(text)
            where = f" on {host.group(1)}" if host else ""
            return (
                f"Spark could not run Python for this search{where}: {meaning.format(**found.groupdict())}. "
                "Executors run the Python that PYSPARK_PYTHON, or spark.pyspark.python, names as the session "
                "starts, and without either the first python3 on their path: before making the session, set "
                'os.environ["PYSPARK_PYTHON"] to one of the driver\'s version that has the packages the '
                "search needs, on every host (on this machine alone: to sys.executable)."
            )
    return None
