"""Running a search on this machine: what is native on the engine, the rest as scikit-learn's own code."""

from __future__ import annotations

from typing import Any

from tenfold._gather.calls import Answer, Request
from tenfold._plan.record import Part
from tenfold._run import native as run_native
from tenfold._run import processes as run_processes
from tenfold._run.progress import Progress
from tenfold._sharing.rules import disabled_rules
from tenfold._sharing.transformers import RULE as TRANSFORMERS
from tenfold._sharing.transformers import groups
from tenfold._sharing.transformers import record as transformers_record
from tenfold._sharing.transformers import run as transformers_run
from tenfold._translate.cells import Translation


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
        search = run_native.run(engine, native, n_threads, progress, answer)
        if part is not None:
            part.add_native(native, search)
        offset += share
    if not translation.left:
        return
    progress.part(offset, len(translation.left) / n_calls)
    indices = [index for index, _ in translation.left]
    noting = answer if part is None else part.noting_seconds(answer)
    if engine is not None and TRANSFORMERS not in disabled_rules():
        sharing = groups.plan(request, indices)
        if part is not None:
            transformers_record.record_prefixes(sharing, part)
        alone = transformers_run.run(engine, request, sharing, n_threads, progress, noting, part)
        indices = [index for index, _ in alone]
    if indices:
        run_processes.run(request, indices, progress, noting)
