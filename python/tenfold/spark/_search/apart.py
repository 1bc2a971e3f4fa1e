"""The last try of a task, in a process of its own: should that die, somebody is left to say in which fit.

An executor that has seen an earlier try die knows the fit, by a note on its disk. Spark may give the last
one to another, and a task may have many fits.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from typing import Any


class Died(Exception):
    """The process has died before it was done."""


class _There(Exception):
    """Where in the other process an error was raised, shown as its cause."""

    def __str__(self) -> str:
        return f"\n{self.args[0]}"


def run_apart(order: Any, number: int, directory: str) -> bytes:
    """What :func:`tenfold.spark._search.work.run_task` gives, run in another process of this Python.

    Raises
    ------
    Died
    """
    from pyspark import SparkFiles, TaskContext, cloudpickle

    given = order, number, directory, SparkFiles._root_directory, vars(TaskContext.get())
    reading, writing = os.pipe()
    with (
        os.fdopen(reading, "rb") as answers,
        subprocess.Popen(
            [sys.executable, "-m", f"{__package__}.last_try", str(writing)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            pass_fds=[writing],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        ) as child,
    ):
        os.close(writing)
        assert child.stdin is not None
        try:
            with contextlib.suppress(BrokenPipeError):
                child.stdin.write(cloudpickle.dumps(given, protocol=5))
                child.stdin.flush()
            answer = answers.read()
            if not answer:
                raise Died(f"the process of the last try of a task has ended with {child.wait()}")
        finally:
            child.kill()
    outcome, error, text = cloudpickle.loads(answer)
    if error is not None:
        raise error from _There(text)
    return bytes(outcome)
