"""Running a search on this machine: what is native on the engine, the rest as scikit-learn's own code."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tenfold import _prefix, _prefix_plan, _prefix_run, _run_native, _run_processes
from tenfold._gather import Request
from tenfold._progress import Progress
from tenfold._record import Part
from tenfold._translate import Translation

Answer = Callable[[int, Any], None]


def run(
    engine: Any,
    request: Request,
    translation: Translation,
    n_threads: int,
    progress: Progress,
    answer: Answer,
    part: Part | None,
) -> None:
    """Answer every call of a request; ``engine`` is None where nothing may be native."""
    n_calls = len(request.calls)
    offset = 0.0
    for native in translation.runs:
        share = len(native.cells) / n_calls
        progress.part(offset, share)
        search = _run_native.run(engine, native, n_threads, progress, answer)
        if part is not None:
            part.add_native(native, search)
        offset += share
    if not translation.left:
        return
    progress.part(offset, len(translation.left) / n_calls)
    indices = [index for index, _ in translation.left]
    noting = answer if part is None else part.noting_seconds(answer)
    if engine is not None:
        sharing = _prefix.plan(request, indices)
        if part is not None:
            _prefix_plan.record_prefixes(sharing, part)
        alone = _prefix_run.run(engine, request, sharing, n_threads, progress, noting, part)
        indices = [index for index, _ in alone]
    if indices:
        _run_processes.run(request, indices, progress, noting)
