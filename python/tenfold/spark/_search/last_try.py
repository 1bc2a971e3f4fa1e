"""The process of a task's last try (``apart.py``)."""

from __future__ import annotations

import os
import sys
import threading
import traceback

from tenfold.spark._search import bootstrap


def _end_with_the_parent() -> None:
    """The pipe from it closes as it ends, in whatever way; a task that is cancelled is killed."""
    os.read(sys.stdin.fileno(), 1)
    os._exit(1)


def _main() -> None:
    from pyspark import SparkFiles, TaskContext, cloudpickle

    order, number, directory, root, context = cloudpickle.load(sys.stdin.buffer)
    threading.Thread(target=_end_with_the_parent, daemon=True).start()
    SparkFiles._root_directory, SparkFiles._is_running_on_worker = root, True
    vars(TaskContext._getOrCreate()).update(context)
    bootstrap.stand_in(order)
    from tenfold.spark._search import (
        work,
    )  # it loads the engine, which needs what stands in by then

    files = bootstrap.Files(bootstrap.open_parcel, bootstrap.open_made, directory)
    answer: tuple[bytes, Exception | None, str]
    try:
        answer = work.run_task(order, number, files, apart=True), None, ""
    except Exception as error:
        answer = b"", error, traceback.format_exc()
    with os.fdopen(int(sys.argv[1]), "wb") as answers:
        answers.write(cloudpickle.dumps(answer, protocol=5))


if __name__ == "__main__":
    _main()
