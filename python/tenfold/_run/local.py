"""Running a search on this machine: what is native on the engine, the rest as scikit-learn's own code."""

from __future__ import annotations

from typing import Any

from tenfold._gather.calls import Answer, Request
from tenfold._plan.part import Part
from tenfold._run import native as run_native
from tenfold._run import processes as run_processes
from tenfold._run import transformers as transformers_run
from tenfold._run import transformers_record
from tenfold._run.assignment import Assignment
from tenfold._run.paths import run as run_paths
from tenfold._run.progress import Progress
from tenfold._sharing.paths.plan import plan as plan_paths
from tenfold._sharing.transformers import groups
from tenfold._threads import allowed_threads

BACKEND = "local"


def n_threads(request: Request) -> int:
    """Threads or worker processes at a time."""
    return min(request.workers, allowed_threads(True)) if request.nested else request.workers


def notes(request: Request, left: list[int]) -> list[str]:
    """What a plan should say of calls that run as scikit-learn's own code here: nothing."""
    return []


def run(assignment: Assignment) -> None:
    """Answer every call of a request."""
    engine, request, n_threads = assignment.engine, assignment.request, assignment.n_threads
    translation, progress = assignment.translation, assignment.progress
    answer, part = assignment.answer, assignment.part
    n_outside = len(request.calls)
    for native in translation.runs:
        n_outside -= len(native.cells) - len(native.answered())
        progress.stage("native", n_outside=n_outside, tells=True)
        free_seed = run_native.draw_free_seed(native, request)
        search = run_native.run(engine, native, n_threads, progress, answer, free_seed)
        if part is not None:
            part.add_native(native, search)
    if not translation.left:
        return
    left = translation.left
    noting = answer if part is None else part.noting_seconds(answer)
    if engine is not None:
        sharing = groups.plan(request, [index for index, _ in left])
        if part is not None:
            transformers_record.record_fronts(sharing, part)
        if sharing.splits:
            progress.stage("shared")
        alone = transformers_run.run(engine, request, sharing, n_threads, progress, noting, part)
        if part is not None:
            part.leave_alone(dict(alone))
        left = _with_reasons(alone, left)
    if assignment.shares:
        left = _read_off(request, left, progress, noting, part)
    if left:
        progress.stage("scikit-learn")
        run_processes.run(request, [index for index, _ in left], progress, noting)


def _with_reasons(
    alone: list[tuple[int, str]], left: list[tuple[int, str]]
) -> list[tuple[int, str]]:
    """Calls that share no transformers, with the reasons why they are not native."""
    reasons = dict(left)
    return [(index, reasons[index]) for index, _ in alone]


def _read_off(
    request: Request,
    left: list[tuple[int, str]],
    progress: Progress,
    answer: Answer,
    part: Part | None,
) -> list[tuple[int, str]]:
    """Have families read off, and all other calls run beside them; returns what is still to be run."""
    reading = plan_paths(request, left)
    if part is not None:
        part.last_reasons.update(reading.left)
    if not reading.families:
        return reading.left
    progress.stage("shared")
    others = [index for index, _ in reading.left]

    def answer_other(place: int, result: Any) -> None:
        answer(others[place], result)

    calls = [request.calls[index] for index in others]
    return run_paths(request, reading.families, calls, progress, answer, answer_other, part)
